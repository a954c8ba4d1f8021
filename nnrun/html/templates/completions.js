// What may stand at a place of an experiment file. Words: nnrun/live/completions.py.
const completing = (() => {
  "use strict";

  // The key that the line at `row` belongs to, by its indentation: its name and the row where it stands.
  function parent(lines, row, indent) {
    for (let i = row - 1; i >= 0; i--) {
      const found = lines[i].match(/^(\s*(?:-\s+)?)([\w-]+):/);
      if (found && lines[i].trim() && found[1].length < indent) return { name: found[2], indent: found[1].length, row: i };
      if (found && found[1].length === 0) return null;
    }
    return null;
  }

  // All keys above a place, the nearest first.
  function parents(lines, row, indent) {
    const found = [];
    for (let one = parent(lines, row, indent); one; one = parent(lines, one.row, one.indent)) found.push(one.name);
    return found;
  }

  function argumentsOf(words, name) {
    for (const kind of Object.values(words.kinds)) if (kind[name]) return kind[name].map((text) => `${text}: `);
    return [];
  }

  function valuesOf(words, key) {
    if (words.values[key]) return words.values[key];
    return Object.keys(words.kinds[words.takes[key]] ?? {});
  }

  // The words for a place in a text, and how many letters of them are there already.
  function at(words, text, place) {
    const lines = text.slice(0, place).split("\n"), row = lines.length - 1, before = lines[row];
    const start = before.match(/[\w.]*$/)[0];
    const head = before.slice(0, before.length - start.length);
    const known = (list) => ({ start, words: list.filter((word) => word.startsWith(start) && word.trim() !== start) });
    if (head.includes("#")) return known([]);
    const value = head.match(/([\w-]+):\s*(?:\[(?:[^[\]]*,\s*)?)?$/);
    if (value) return known(valuesOf(words, value[1]));
    const inside = head.match(/([\w-]+):\s*\{(?:[^{}]|\{[^{}]*\})*$/);
    if (inside && words.takes[inside[1]]) return known(valuesOf(words, inside[1]).map((name) => `${name}: `));
    if (inside) return known(argumentsOf(words, inside[1]));
    const item = head.match(/^(\s*-\s+)$/), indent = head.length;
    const [nearest, next] = parents(lines, row, item ? indent - 1 : indent);
    if (item) return known(valuesOf(words, nearest));
    if (!/^\s*$/.test(head)) return known([]);
    if (!nearest) return known(Object.keys(words.settings).map((name) => `${name}: `));
    if (words.settings[nearest]?.length && !next) return known(words.settings[nearest].map((name) => `${name}: `));
    if (words.takes[nearest]) return known(valuesOf(words, nearest).map((name) => `${name}: `));
    return known(argumentsOf(words, nearest));
  }

  return { at };
})();
