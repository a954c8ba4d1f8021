{% include "drawing.js" %}
(() => {
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

  class Pane {
    constructor(section) {
      this.section = section;
      this.number = Number(section.dataset.pane);
      this.find = (selector) => section.querySelector(selector);
      this.run = 0;
      this.name = "";
      this.content = null;
      this.player = null;
      this.editor = new Editor(this);
      this.find(".keep").onclick = () => this.keep();
      this.find(".copy").onclick = (event) => this.copy(event.currentTarget);
    }

    take(message) {
      this.run = Math.max(this.run, message.run);
      this[message.kind]?.(message);
      for (const part of this.section.querySelectorAll(".part"))
        part.classList.toggle("stale", Number(part.dataset.run ?? 0) < this.run);
    }

    file({ text, digest }) { this.editor.take(text, digest); }

    started({ name, epochs, warnings }) {
      this.name = name;
      this.epochs = epochs;
      this.warnings = warnings;
      this.facts_text = "";
    }

    stage({ text }) {
      if (text) this.status(`${text} …`);
      else if (!this.wrong && this.last) this.status(this.last);
    }

    status(text) {
      this.find(".status").textContent = [this.name, text, this.facts_text].filter(Boolean).join(" · ");
    }

    facts({ parameters, parts }) {
      const rows = Object.entries(parts).map(([name, count]) => `${count} ${name}`).join(", ");
      this.facts_text = `${parameters.toLocaleString("en")} parameters · ${rows} samples`;
    }

    progress({ run, epoch, epochs, charts }) {
      const curves = this.find(".curves");
      curves.replaceChildren(...charts.map(drawing.chart));
      curves.dataset.run = run;
      this.section.dataset.epoch = epoch;
      this.section.dataset.run = run;
      this.last = epoch < epochs ? `epoch ${epoch} of ${epochs}` : `${epochs} epochs`;
      this.status(this.last);
      if (this.content?.run === run && this.content.last === epoch) this.mark();
    }

    mark() {
      const marks = this.section.querySelectorAll("line.at");
      if (this.player) drawing.markEpoch(marks, this.content, this.content.epochs[this.player.value()]);
    }

    moments(content) {
      const at = this.player && !this.player.atEnd() ? this.player.value() : content.epochs.length - 1;
      this.player?.stop();
      this.content = content;
      const shows = [];
      const prediction = this.find(".prediction");
      prediction.replaceChildren();
      if (content.axes) {
        const figure = drawing.chart(content.axes);
        prediction.append(figure);
        const lines = figure.querySelectorAll("polyline");
        if (content.surface) shows.push(drawing.surface(figure, content.axes, content.surface));
        else shows.push((i) => content.curves.forEach((curve, unit) => {
          lines[unit].setAttribute("points", curve[Math.min(i, curve.length - 1)]);
        }));
      }
      const network = this.find(".network");
      network.replaceChildren();
      if (content.network) shows.push(drawing.network(network, content.network));
      const cells = content.numbers.map(() => html("td", {}));
      this.find(".numbers table").replaceChildren(
        ...content.numbers.map(([name], row) => html("tr", {}, html("th", {}, html("bdi", {}, name)), cells[row])));
      for (const part of [".moments", ".prediction", ".network", ".numbers"]) {
        this.find(part).hidden = false;
        this.find(part).dataset.run = content.run;
      }
      this.player = drawing.player(this.find(".player"), content.epochs, (i) => {
        content.numbers.forEach((number, row) => { cells[row].textContent = number[1][i]; });
        shows.forEach((show) => show(i));
        if (this.player) this.mark();
      }, Math.min(at, content.epochs.length - 1));
      this.mark();
    }

    results({ run, reason, metrics, verdicts, findings }) {
      const list = html("ul", { class: "plain" }, ...verdicts.map(({ expectation, met, text }) => html("li", {},
        html("span", { class: met ? "good" : "bad" }, met ? "✓ met" : "✗ not met"), ": ", html("code", {}, expectation), `: ${text}`)));
      const numbers = html("p", { class: "faint" }, metrics.map(([name, value]) => `${name} ${value}`).join(" · "));
      const found = findings.map(({ kind, message, remedy }) => html("div", { class: "finding" },
        html("p", {}, html("strong", {}, kind), ": ", html("bdi", {}, message)), html("p", {}, html("bdi", {}, remedy))));
      const results = this.find(".results");
      results.replaceChildren(list, numbers, ...(reason ? [html("p", {}, reason)] : []), ...found);
      results.dataset.run = run;
    }

    problems({ problems }) {
      const box = this.find(".problems");
      box.hidden = !problems.length;
      box.replaceChildren(...problems.map((problem) => this.problem(problem)));
      this.editor.markLines(problems.map((problem) => problem.line));
      this.wrong = problems.length > 0;
      if (this.wrong) this.status(`${problems.length} problem${problems.length > 1 ? "s" : ""}`);
    }

    problem({ message, hint, line, column, place, excerpt }) {
      const where = line
        ? html("button", { type: "button", title: "Go to this line" }, `line ${line}`)
        : html("span", { class: "place" }, place);
      if (line) where.onclick = () => this.editor.goTo(line, column);
      const parts = [html("p", {}, where, " ", html("bdi", {}, message))];
      if (excerpt) parts.push(html("pre", {}, excerpt));
      if (hint) parts.push(html("p", {}, html("bdi", {}, hint)));
      return html("div", { class: "problem" }, ...parts);
    }

    kept({ folder, problem }) {
      this.find(".keep").disabled = false;
      this.told(problem ? `Not kept. ${problem}` : `Kept in ${folder}`);
    }

    told(text) {
      const box = this.find(".kept");
      box.hidden = !text;
      box.textContent = text;
    }

    async keep() {
      this.find(".keep").disabled = true;
      this.told("Training it into a run folder …");
      const reply = await ask("keep", { pane: this.number });
      if (reply.status !== 202) this.kept({ problem: reply.problem });
    }

    async copy(button) {
      try {
        await navigator.clipboard.writeText(button.dataset.command);
        this.told(`Copied: ${button.dataset.command}`);
      } catch {
        this.told(button.dataset.command);
      }
    }
  }

  class Editor {
    constructor(pane) {
      this.pane = pane;
      this.area = pane.find("textarea");
      this.gutter = pane.find(".lines pre");
      this.digest = null;
      this.saved = "";
      this.wrong = new Set();
      this.area.oninput = () => this.changed();
      this.area.onscroll = () => this.scrolled();
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
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        this.save(this.digest);
      } else if (event.key === "Enter" && !event.ctrlKey) {
        event.preventDefault();
        const before = this.area.value.slice(0, this.area.selectionStart).split("\n").pop();
        const indent = before.match(/^ */)[0] + (/:\s*$/.test(before) ? "  " : "");
        this.insert(`\n${indent}`);
      }
    }

    insert(text) {
      if (!document.execCommand("insertText", false, text)) this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
      this.changed();
    }
  }

  const panes = [...document.querySelectorAll(".pane")].map((section) => new Pane(section));
  const lost = document.querySelector(".lost");
  let source = null;

  // A hidden page gives its connection back: a browser has six for one address.
  function connect() {
    if (document.hidden || source) return;
    source = new EventSource("events");
    source.onopen = () => { lost.hidden = true; };
    source.onerror = () => { lost.hidden = false; };
    source.onmessage = (event) => {
      const message = JSON.parse(event.data);
      panes[message.pane].take(message);
    };
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else connect();
  });
  addEventListener("beforeunload", (event) => {
    if (panes.some((pane) => pane.editor.dirty)) event.preventDefault();
  });
  connect();
})();
