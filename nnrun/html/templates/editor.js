// The text of an experiment file in the page of `nnrun live`: line numbers, completions, and how it is saved.
const editing = (() => {
  "use strict";
  const { html } = drawing;

  async function ask(action, content) {
    try {
      const reply = await fetch(action, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });
      return { status: reply.status, ...(await reply.json()) };
    } catch {
      return { status: 0, problem: "nnrun live does not answer." };
    }
  }

  class Editor {
    constructor(pane, words) {
      this.pane = pane;
      this.words = words;
      this.list = pane.find(".offered");
      this.chosen = -1;
      this.area = pane.find("textarea");
      this.gutter = pane.find(".lines pre");
      this.digest = null;
      this.saved = "";
      this.wrong = new Set();
      this.area.oninput = () => { this.changed(); this.offer(false); };
      this.area.onblur = () => this.close();
      this.area.onclick = () => this.close();
      this.area.onscroll = () => { this.scrolled(); this.close(); };
      this.area.onkeydown = (event) => this.pressed(event);
      pane.find("form").onsubmit = (event) => { event.preventDefault(); this.save(this.digest); };
      pane.find(".load").onclick = () => this.put(this.there.text, this.there.digest);
      pane.find(".overwrite").onclick = () => this.save(this.there.digest);
    }

    get dirty() { return this.area.value !== this.saved; }

    // The file as it is on disk now.
    take(text, digest) {
      if (digest === this.digest) return;
      if (this.digest !== null && this.dirty) this.conflict("The file has changed on disk.", { text, digest });
      else this.put(text, digest);
    }

    put(text, digest) {
      const { selectionStart, selectionEnd, scrollTop } = this.area;
      this.area.value = text;
      this.saved = this.area.value;
      this.digest = digest;
      if (document.activeElement === this.area) this.area.setSelectionRange(selectionStart, selectionEnd);
      this.area.scrollTop = scrollTop;
      this.pane.find(".conflict").hidden = true;
      this.changed();
    }

    async save(digest) {
      const text = this.area.value;
      const reply = await ask("save", { pane: this.pane.number, text, digest });
      if (reply.status === 200) {
        this.saved = text;
        this.digest = reply.digest;
        this.pane.find(".conflict").hidden = true;
        this.changed();
      } else if (reply.status === 409) this.conflict("The file was changed by another program.", reply);
      else this.pane.find(".dirty").textContent = reply.problem;
    }

    conflict(message, there) {
      this.there = there;
      const box = this.pane.find(".conflict");
      box.hidden = false;
      box.querySelector("span").textContent = message;
    }

    changed() {
      this.pane.find(".dirty").textContent = this.dirty ? "not saved" : "";
      this.number();
    }

    number() {
      const count = this.area.value.split("\n").length;
      this.gutter.replaceChildren(...Array.from({ length: count }, (_, i) =>
        html("span", this.wrong.has(i + 1) ? { class: "wrong" } : {}, `${i + 1}\n`)));
      this.scrolled();
    }

    markLines(lines) {
      this.wrong = new Set(lines);
      this.number();
    }

    scrolled() { this.gutter.scrollTop = this.area.scrollTop; }

    goTo(line, column) {
      const lines = this.area.value.split("\n");
      const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
      this.area.focus();
      this.area.setSelectionRange(start, start);
      const height = this.area.scrollHeight / lines.length;
      this.area.scrollTop = Math.max(0, (line - 5) * height);
    }

    pressed(event) {
      const control = event.ctrlKey || event.metaKey;
      if (control && event.key.toLowerCase() === "s") this.save(this.digest);
      else if (control && event.key === " ") this.offer(true);
      else if (!this.list.hidden && ["ArrowDown", "ArrowUp"].includes(event.key)) this.choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
      else if (!this.list.hidden && ["Enter", "Tab"].includes(event.key)) this.accept(this.chosen);
      else if (!this.list.hidden && event.key === "Escape") this.close();
      else if (event.key === "Enter" && !control) this.breakLine();
      else return;
      event.preventDefault();
    }

    // A new line begins below the one before it, further in after a key without a value.
    breakLine() {
      const before = this.area.value.slice(0, this.area.selectionStart).split("\n").pop();
      this.insert(`\n${before.match(/^ */)[0]}${/:\s*$/.test(before) ? "  " : ""}`);
      this.close();
    }

    // Shows the words for the place of the cursor; while typing only from the second letter on.
    offer(asked) {
      const place = this.area.selectionStart;
      const { start, words } = completing.at(this.words, this.area.value, place);
      if (!words.length || (!asked && start.length < 2)) return this.close();
      this.start = start;
      this.list.replaceChildren(...words.slice(0, 12).map((word, i) => {
        const option = html("li", { role: "option", id: `${this.area.id}-${i}` }, word.trim().replace(/:$/, ""));
        option.dataset.word = word;
        option.onmousedown = (event) => { event.preventDefault(); this.accept(i); };
        return option;
      }));
      const lines = this.area.value.slice(0, place).split("\n"), style = getComputedStyle(this.area);
      const height = parseFloat(style.lineHeight), pad = parseFloat(style.paddingTop);
      this.list.style.top = `${pad + lines.length * height - this.area.scrollTop + 2}px`;
      this.list.style.left = `calc(${this.area.offsetLeft + pad - this.area.scrollLeft}px + ${lines.pop().length - start.length}ch)`;
      this.list.hidden = false;
      this.area.setAttribute("aria-expanded", "true");
      this.choose(0);
    }

    choose(i) {
      const options = [...this.list.children];
      this.chosen = (i + options.length) % options.length;
      options.forEach((option, k) => option.setAttribute("aria-selected", String(k === this.chosen)));
      this.area.setAttribute("aria-activedescendant", options[this.chosen].id);
    }

    accept(i) {
      const { word } = this.list.children[i].dataset;
      this.insert(word.slice(this.start.length));
      this.close();
    }

    close() {
      this.list.hidden = true;
      this.area.setAttribute("aria-expanded", "false");
      this.area.removeAttribute("aria-activedescendant");
    }

    insert(text) {
      const { selectionStart, selectionEnd } = this.area;
      if (!document.execCommand("insertText", false, text)) this.area.setRangeText(text, selectionStart, selectionEnd, "end");
      this.changed();
    }
  }

  return { ask, Editor };
})();
