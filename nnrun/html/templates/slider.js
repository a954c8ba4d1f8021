(function () {
  "use strict";
  var box = document.getElementById("moments");
  var data = JSON.parse(document.getElementById("moments-data").textContent);
  var range = box.querySelector("input");
  var cells = box.querySelectorAll("td");
  var marks = document.querySelectorAll("line.at");
  var lines = document.querySelectorAll("#prediction polyline");
  function show(i) {
    var epoch = data.epochs[i];
    var share = data.last > 1 ? (Math.max(epoch, 1) - 1) / (data.last - 1) : 0;
    var x = data.left + share * (data.right - data.left);
    box.querySelector("output").textContent = epoch || "0 (initial weights)";
    data.numbers.forEach(function (number, row) { cells[row].textContent = number[1][i]; });
    data.curves.forEach(function (curve, unit) { lines[unit].setAttribute("points", curve[i]); });
    marks.forEach(function (mark) {
      mark.setAttribute("x1", x);
      mark.setAttribute("x2", x);
      mark.setAttribute("visibility", "visible");
    });
  }
  range.max = data.epochs.length - 1;
  range.value = range.max;
  range.addEventListener("input", function () { show(Number(range.value)); });
  box.hidden = false;
  show(Number(range.value));
})();
