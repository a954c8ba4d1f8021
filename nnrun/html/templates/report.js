{% include "drawing.js" %}
(() => {
  "use strict";
  const box = document.getElementById("moments");
  const content = JSON.parse(document.getElementById("moments-data").textContent);
  const cells = box.querySelectorAll("td");
  const marks = document.querySelectorAll("line.at");
  const prediction = document.getElementById("prediction");
  const lines = document.querySelectorAll("#prediction polyline");
  const shows = [];
  if (content.surface) {
    const figure = drawing.chart(content.axes);
    prediction.replaceChildren(figure);
    shows.push(drawing.surface(figure, content.axes, content.surface));
  }
  if (content.network) {
    const figure = drawing.html("figure", { class: "network" });
    box.append(figure);
    shows.push(drawing.network(figure, content.network));
  }
  box.hidden = false;
  if (prediction) prediction.hidden = false;
  drawing.player(box, content.epochs, (i) => {
    content.numbers.forEach((number, row) => { cells[row].textContent = number[1][i]; });
    content.curves.forEach((curve, unit) => { lines[unit].setAttribute("points", curve[Math.min(i, curve.length - 1)]); });
    drawing.markEpoch(marks, content, content.epochs[i]);
    shows.forEach((show) => show(i));
  });
})();
