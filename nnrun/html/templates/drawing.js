// What the page of `nnrun live` and the report of a run draw at every epoch. Data: nnrun/report/page/moments.py.
const drawing = (() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const FRAME_MS = 90;

  function svg(name, attributes, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function html(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  // The bytes that Python has compressed with zlib and written in base64.
  async function unpack(text) {
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // A chart as `parts.html` draws it without a script.
  function chart(drawn) {
    const caption = html("figcaption", {}, html("bdi", {}, drawn.title), drawn.logarithmic ? " (log scale)" : "");
    for (const line of drawn.lines) caption.append(" ", html("span", { class: `key ${line.style}` }, line.label));
    const picture = svg("svg", { viewBox: `0 0 ${drawn.width} ${drawn.height}`, role: "img", "aria-label": drawn.title });
    for (const [at, text] of drawn.y_ticks) {
      picture.append(
        svg("line", { class: "grid", x1: drawn.left, x2: drawn.right, y1: at, y2: at }),
        svg("text", { x: drawn.left - 6, y: at, dy: 4, "text-anchor": "end" }, text));
    }
    for (const [at, text] of drawn.x_ticks)
      picture.append(svg("text", { x: at, y: drawn.bottom + 17, "text-anchor": "middle" }, text));
    picture.append(
      svg("text", { class: "name", x: drawn.right, y: drawn.height - 6, "text-anchor": "end" }, drawn.x_name));
    for (const [x, y] of drawn.dots) picture.append(svg("circle", { cx: x, cy: y, r: 2 }));
    for (const line of drawn.lines) picture.append(svg("polyline", { class: line.style, points: line.points }));
    if (drawn.marks_epochs)
      picture.append(svg("line", { class: "at", y1: drawn.top, y2: drawn.bottom, visibility: "hidden" }));
    return html("figure", { class: "chart" }, caption, picture);
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");

  function color(text) {
    const number = parseInt(text.slice(1), 16);
    return [number >> 16, (number >> 8) & 255, number & 255];
  }

  // The red, green and blue of a point of a surface, from its channels in 0 to 255.
  function painter(surface) {
    if (!surface.classes.length) {
      const shades = surface.shades.map(color);
      return { rgb: (values) => shades[Math.round((values[0] / 255) * (shades.length - 1))], likeliest: () => 0 };
    }
    const palette = surface.colors[dark.matches ? "dark" : "light"].map(color);
    const paper = dark.matches ? [22, 24, 29] : [255, 255, 255];
    const shares = (values) => (palette.length === 2 ? [255 - values[0], values[0]] : values);
    return {
      rgb: (values) => {
        const parts = shares(values);
        return paper.map((base, i) => {
          let mixed = 0;
          for (let k = 0; k < palette.length; k++) mixed += (parts[k] / 255) * palette[k][i];
          return 0.55 * base + 0.45 * mixed;
        });
      },
      likeliest: (values) => {
        const parts = shares(values);
        let best = 0;
        for (let k = 1; k < palette.length; k++) if (parts[k] > parts[best]) best = k;
        return best;
      },
    };
  }

  // A surface of (side, side, channels) in so many pixels, its first row lowest, with lines where the class changes.
  function paintSurface(canvas, surface, frame) {
    const size = canvas.width, side = surface.side, channels = frame.length / (side * side);
    const { rgb, likeliest } = painter(surface);
    const image = new ImageData(size, size), pixels = image.data;
    const classes = new Uint8Array(size * size), values = new Float64Array(channels);
    for (let row = 0; row < size; row++) {
      const y = ((size - 1 - row) / (size - 1)) * (side - 1), low = Math.min(Math.floor(y), side - 2), v = y - low;
      for (let column = 0; column < size; column++) {
        const x = (column / (size - 1)) * (side - 1), left = Math.min(Math.floor(x), side - 2), u = x - left;
        const at = (low * side + left) * channels, above = at + side * channels;
        for (let k = 0; k < channels; k++)
          values[k] = (1 - v) * ((1 - u) * frame[at + k] + u * frame[at + channels + k])
            + v * ((1 - u) * frame[above + k] + u * frame[above + channels + k]);
        const here = row * size + column;
        classes[here] = likeliest(values);
        const changes = (column && classes[here - 1] !== classes[here]) || (row && classes[here - size] !== classes[here]);
        const [r, g, b] = changes ? (dark.matches ? [232, 232, 232] : [34, 34, 34]) : rgb(values);
        pixels.set([r, g, b, 255], 4 * here);
      }
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  // The plane of two inputs below the axes of a chart, with its samples; returns what paints an epoch.
  function surface(figure, axes, content) {
    const picture = figure.querySelector("svg");
    const canvas = html("canvas", { width: 252, height: 252, "aria-hidden": "true" });
    const share = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(canvas.style, {
      left: share(axes.left, axes.width), width: share(axes.right - axes.left, axes.width),
      top: share(axes.top, axes.height), height: share(axes.bottom - axes.top, axes.height),
    });
    const box = html("div", { class: "plane" }, canvas);
    picture.replaceWith(box);
    box.append(picture);
    picture.querySelectorAll(".grid").forEach((line) => line.remove());
    const marks = svg("g", { class: "samples" });
    picture.append(marks);
    const colored = () => {
      const colors = content.classes.length ? content.colors[dark.matches ? "dark" : "light"] : content.shades;
      const validated = content.samples.some((sample) => sample[3]);
      marks.replaceChildren(...content.samples.map(([x, y, number, validation]) => validation
        ? svg("rect", { x: x - 3, y: y - 3, width: 6, height: 6, transform: `rotate(45 ${x} ${y})`, fill: colors[number], class: "validation" })
        : svg("circle", { cx: x, cy: y, r: content.samples.length > 80 ? 2.6 : 4, fill: colors[number], class: "training" })));
      const caption = figure.querySelector("figcaption");
      caption.querySelectorAll("span").forEach((old) => old.remove());
      content.classes.forEach((name, number) => {
        const dot = svg("svg", { viewBox: "0 0 10 10", class: "dot" }, svg("circle", { cx: 5, cy: 5, r: 4, fill: colors[number] }));
        caption.append(" ", html("span", { class: "class" }, dot, name));
      });
      if (!content.classes.length) {
        const [low, high] = content.range.map((value) => Number(value.toPrecision(3)));
        caption.append(" ", html("span", {}, `dark ${low}, light ${high}`));
      }
      if (validated) caption.append(" ", html("span", {}, "● training ◆ validation"));
    };
    colored();
    let frames = null, last = 0;
    const show = (i) => {
      last = i;
      if (!frames) return;
      const size = (frames.length / content.count) | 0;
      const at = Math.min(i, content.count - 1);
      paintSurface(canvas, content, frames.subarray(at * size, (at + 1) * size));
    };
    unpack(content.frames).then((bytes) => { frames = bytes; show(last); });
    dark.addEventListener("change", () => { colored(); show(last); });
    return show;
  }

  // The layers of any network as boxes, which no epoch changes.
  function boxes(figure, content) {
    const picture = svg("svg", { viewBox: `0 0 ${content.width} ${content.height}`, role: "img", "aria-label": "The layers of the network" });
    const [width, height] = content.box;
    for (const [[x, y], ...rest] of content.routes) {
      let path = `M${x} ${y}`, left = x, top = y;
      for (const [right, bottom] of rest) {
        const middle = (top + bottom) / 2;
        path += `C${left} ${middle} ${right} ${middle} ${right} ${bottom}`;
        [left, top] = [right, bottom];
      }
      picture.append(svg("path", { class: "route", d: path }));
    }
    for (const [x, y, texts, kind] of content.boxes) {
      picture.append(svg("rect", { class: kind, x: x - width / 2, y: y - height / 2, width, height, rx: kind === "end" ? height / 2 : 6 }));
      texts.forEach((text, i) => picture.append(svg("text", {
        class: i ? "" : "bold", x, y: y + 16 * (i - (texts.length - 1) / 2) + 4, "text-anchor": "middle" }, text)));
    }
    figure.replaceChildren(html("figcaption", {}, "Network"), picture);
    return () => {};
  }

  // The neurons and weights of a small network; returns what draws an epoch.
  function network(figure, content) {
    figure.classList.toggle("boxes", Boolean(content.boxes));
    if (content.boxes) return boxes(figure, content);
    const picture = svg("svg", {
      viewBox: `0 0 ${content.width} ${content.height}`, role: "img", "aria-label": "The network with its weights" });
    const at = content.nodes;
    const line = ([from, to], attributes) => svg("line", {
      x1: at[from][0], y1: at[from][1], x2: at[to][0], y2: at[to][1], ...attributes });
    for (const edge of content.plain) picture.append(line(edge, { class: "plain" }));
    const edges = content.edges.map((edge) => line(edge, { class: "edge" }));
    const circles = at.map(([x, y]) => svg("circle", { cx: x, cy: y, r: content.radius, class: "neuron" }));
    const words = content.words.map(([x, y, text, anchor, bold]) =>
      svg("text", { x, y, "text-anchor": anchor, class: bold ? "bold" : "" }, text));
    const discs = content.biased.map((node) =>
      svg("circle", { cx: at[node][0], cy: at[node][1], r: content.radius, class: "bias" }));
    picture.append(...edges, ...circles, ...discs, ...words);
    const legend = html("figcaption", {}, "Network ",
      html("span", { class: "key training" }, "positive weight"), " ",
      html("span", { class: "key negative" }, "negative weight"), ` · largest weight ${content.largest}`,
      content.largestBias ? ` · largest bias ${content.largestBias} (fill)` : "");
    figure.replaceChildren(legend, picture);
    let frames = null, last = 0;
    const show = (i) => {
      last = i;
      if (!frames) return;
      const count = edges.length + discs.length, start = Math.min(i, frames.length / count - 1) * count;
      edges.forEach((edge, k) => {
        const share = frames[start + k] / 127, size = Math.abs(share);
        edge.setAttribute("stroke", share < 0 ? "var(--validation)" : "var(--training)");
        edge.setAttribute("stroke-width", (0.5 + 3.5 * size).toFixed(2));
        edge.setAttribute("stroke-opacity", (0.12 + 0.83 * size).toFixed(2));
      });
      discs.forEach((disc, k) => {
        const share = frames[start + edges.length + k] / 127;
        disc.setAttribute("fill", share < 0 ? "var(--validation)" : "var(--training)");
        disc.setAttribute("fill-opacity", (0.75 * Math.abs(share)).toFixed(2));
      });
    };
    unpack(content.frames).then((bytes) => { frames = new Int8Array(bytes.buffer); show(last); });
    return show;
  }

  // A slider and a play button over the epochs; `show` draws the epoch with a number from 0.
  function player(box, epochs, show, start = epochs.length - 1) {
    const range = box.querySelector("input"), output = box.querySelector("output"), play = box.querySelector("button");
    let timer = 0;
    const draw = () => {
      const epoch = epochs[Number(range.value)];
      output.textContent = epoch ? String(epoch) : "0 (initial weights)";
      range.setAttribute("aria-valuetext", `epoch ${output.textContent}`);
      show(Number(range.value));
    };
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = "▶ Play";
    };
    const step = () => {
      if (Number(range.value) >= epochs.length - 1) return stop();
      range.value = Number(range.value) + 1;
      draw();
    };
    range.min = 0;
    range.max = epochs.length - 1;
    range.value = start;
    range.oninput = () => { stop(); draw(); };
    play.onclick = () => {
      if (timer) return stop();
      if (Number(range.value) >= epochs.length - 1) range.value = 0;
      draw();
      play.textContent = "❚❚ Pause";
      timer = setInterval(step, FRAME_MS);
    };
    draw();
    return { stop, atEnd: () => !timer && Number(range.value) >= epochs.length - 1, value: () => Number(range.value) };
  }

  // Moves the marks of charts to an epoch.
  function markEpoch(marks, content, epoch) {
    const share = content.last > 1 ? (Math.max(epoch, 1) - 1) / (content.last - 1) : 0;
    const x = content.left + share * (content.right - content.left);
    for (const mark of marks) {
      mark.setAttribute("x1", x);
      mark.setAttribute("x2", x);
      mark.setAttribute("visibility", "visible");
    }
  }

  return { chart, surface, network, player, markEpoch, html };
})();
