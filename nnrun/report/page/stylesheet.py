"""How a report looks: light and dark, on a phone and on paper."""

from nnrun.html.frame import BASE_STYLE

STYLE = (
    BASE_STYLE
    + """
:root { --training: #0072b2; --validation: #c04a00; --good: #00704f; --bad: #b00020; --faint: #5f6368;
  --unit2: #00704f; --unit3: #a0558a; }
@media (prefers-color-scheme: dark) {
  :root { --training: #56b4e9; --validation: #f08a4b; --good: #4cc9a0; --bad: #ff7a85; --faint: #a0a6ad;
    --unit2: #4cc9a0; --unit3: #e0a0cb; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --line: #bbb; --soft: #f4f4f4; --training: #0072b2;
    --validation: #c04a00; --good: #00704f; --bad: #b00020; --faint: #555; --unit2: #00704f; --unit3: #a0558a; }
  body { max-width: none; margin: 0; font-size: 10pt; }
  #moments, svg .at { display: none; }
  figure, tr, li { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
body, td, th, li, p, pre { overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; }
.lead { margin: 0 0 .3em; }
.faint, figcaption, .name { color: var(--faint); }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
ul.plain { list-style: none; padding: 0; }
ul.plain li { margin: .35em 0; }
.finding { border-left: .25rem solid var(--bad); background: var(--soft); padding: .5em .8em; margin: .6em 0; }
.finding p { margin: .2em 0; }
pre { background: var(--soft); border-radius: .4rem; padding: .7em 1em; margin: .6em 0; font: .85rem/1.5 ui-monospace,
  monospace; white-space: pre-wrap; }
code { font: .9em ui-monospace, monospace; }
pre .row { display: block; unicode-bidi: isolate; direction: ltr; }
pre b { font-weight: 600; color: var(--training); }
pre i { font-style: normal; }
pre .comment { color: var(--faint); }
pre .text { color: var(--good); }
pre .number { color: var(--validation); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .9em .2em 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
.numbers th, .numbers td { text-align: right; overflow-wrap: normal; }
.numbers td:first-child, .numbers th:first-child { text-align: left; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0 0 1rem; }
figcaption { font-size: .9rem; }
svg { width: 100%; max-width: 34rem; height: auto; display: block; }
.chart text { font: 13px system-ui, sans-serif; fill: var(--faint); }
.chart .grid { stroke: var(--line); }
.chart polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.chart circle { fill: var(--faint); opacity: .6; }
svg .at { stroke: var(--ink); stroke-dasharray: 2 3; }
polyline.training, polyline.unit0 { stroke: var(--training); }
polyline.validation, polyline.unit1 { stroke: var(--validation); }
polyline.validation { stroke-dasharray: 6 3; }
polyline.unit2 { stroke: var(--unit2); }
polyline.unit3 { stroke: var(--unit3); }
.key::before { content: ""; display: inline-block; width: 1.2em; margin: 0 .3em .25em .6em; border-top: 2px solid; }
.key.training::before, .key.unit0::before { color: var(--training); }
.key.validation::before { color: var(--validation); border-top-style: dashed; }
.key.unit1::before { color: var(--validation); }
.key.unit2::before { color: var(--unit2); }
.key.unit3::before { color: var(--unit3); }
.picture img { box-sizing: border-box; max-width: 100%; height: auto; background: #fff; border-radius: .5rem; }
@media screen and (prefers-color-scheme: dark) {
  .picture img { padding: .6rem; filter: brightness(.86); }
}
#moments input { width: 100%; }
#moments[hidden] { display: none; }
.many { columns: 15rem; }
.many table { width: 100%; }
.many th { font-weight: 400; }
.many th, .many td { overflow-wrap: normal; }
.many td { text-align: right; white-space: nowrap; }
@media (max-width: 34rem) { .chart text { font-size: 17px; } body { margin: 1rem auto; } }
"""
)
