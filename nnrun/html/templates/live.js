{% include "drawing.js" %}
{% include "completions.js" %}
{% include "editor.js" %}
(() => {
  "use strict";
  const { html } = drawing;
  const { ask, Editor } = editing;
  const words = JSON.parse(document.getElementById("completions").textContent);

  class Pane {
    constructor(section) {
      this.section = section;
      this.number = Number(section.dataset.pane);
      this.find = (selector) => section.querySelector(selector);
      this.run = 0;
      this.name = "";
      this.content = null;
      this.player = null;
      this.editor = new Editor(this, words);
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

    started({ name, epochs, warnings, command }) {
      this.name = name;
      this.find(".copy").dataset.command = command;
      this.warnings = warnings;
      this.epochs = epochs;
      this.facts_text = "";
      this.warn(warnings);
    }

    warn(warnings) {
      this.find(".warnings").replaceChildren(...warnings.map((text) => html("p", { class: "problem warning" }, text)));
    }

    stage({ text }) {
      if (text) this.status(`${text} …`);
      else if (!this.wrong && this.last) this.status(this.last);
    }

    status(text) {
      this.find(".status").textContent = [this.name, text, this.facts_text].filter(Boolean).join(" · ");
    }

    facts({ parameters, parts, warnings }) {
      this.warn([...(this.warnings ?? []), ...warnings]);
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
        html("span", { class: met ? "good" : "bad" }, met ? "✓ passed" : "✗ failed"), ": ", html("code", {}, expectation), `: ${text}`)));
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
