// The lines of a worked network: what a reader may type, what each line comes to, and which line went wrong first.
//
// It shows nothing; `stepper.js` does. Every line is computed from the reader's own earlier lines, as a teacher would who
// takes off a mistake only once.
"use strict";

const StepperLines = (() => {
  const sum = (count, term) => Array.from({ length: count }, (_, k) => term(k)).reduce((total, value) => total + value, 0);
  const table = (rows, columns, entry) =>
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => entry(i, j)));
  const each = (rows, entry) => rows.map((row, i) => row.map((value, j) => entry(value, i, j)));

  // For each line: the lines it uses, two arrays that lend it their rows and their columns, and one entry.
  const LINES = {
    Z1: [[], "W1 X", (s, i, j) => s.b1[i][0] + sum(s.X.length, (k) => s.W1[i][k] * s.X[k][j])],
    A1: [["Z1"], "W1 X", (s, i, j) => (s.Z1[i][j] > 0 ? s.Z1[i][j] : 0)],
    Z2: [["A1"], "W2 X", (s, i, j) => s.b2[i][0] + sum(s.A1.length, (k) => s.W2[i][k] * s.A1[k][j])],
    p: [["Z2"], "W2 X", (s, i, j) => 1 / sum(s.Z2.length, (k) => Math.exp(s.Z2[k][j] - s.Z2[i][j]))],
    loss: [["p"], "Y b2", (s) => sum(s.Y[0].length, (j) => -Math.log(s.p[s.Y[0][j]][j]) / s.Y[0].length)],
    dZ2: [["p"], "W2 X", (s, i, j) => (s.p[i][j] - Number(s.Y[0][j] === i)) / s.Y[0].length],
    dW2: [["dZ2", "A1"], "W2 W2", (s, i, k) => sum(s.X[0].length, (j) => s.dZ2[i][j] * s.A1[k][j])],
    db2: [["dZ2"], "b2 b2", (s, i) => sum(s.X[0].length, (j) => s.dZ2[i][j])],
    dA1: [["dZ2"], "W1 X", (s, k, j) => sum(s.W2.length, (i) => s.W2[i][k] * s.dZ2[i][j])],
    dZ1: [["dA1", "Z1"], "W1 X", (s, i, j) => (s.Z1[i][j] > 0 ? s.dA1[i][j] : 0)],
    dW1: [["dZ1"], "W1 W1", (s, i, k) => sum(s.X[0].length, (j) => s.dZ1[i][j] * s.X[k][j])],
    db1: [["dZ1"], "b1 b1", (s, i) => sum(s.X[0].length, (j) => s.dZ1[i][j])],
  };
  const names = Object.keys(LINES);

  /** What each line comes to, from the given arrays and from the reader's entries in `mine` (null: left open). */
  function follow(given, mine = {}) {
    const sheet = { ...given };
    const expected = {};
    for (const name of names) {
      const [, lenders, entry] = LINES[name];
      const [rows, columns] = lenders.split(" ");
      expected[name] = table(given[rows].length, given[columns][0].length, (i, j) => entry(sheet, i, j));
      sheet[name] = each(expected[name], (value, i, j) => mine[name]?.[i]?.[j] ?? value);
    }
    return expected;
  }

  /** Read a sum of products of numbers and logarithms, such as -3/16, 0,25 or 2 ln 2 - 1/2 ln 3; null if it is none.
   *
   * `digits` is the number of decimals of the roughest number in it. */
  function read(text) {
    const plain = text.toLowerCase().replace(/[\u2212\u2013]/g, "-").replace(/[\u00d7\u00b7]/g, "*").replace(/,/g, ".");
    const signs = plain.match(/\d+\.?\d*|\.\d+|ln|[-+*/()]|\S/g) ?? [];
    let digits = Infinity;
    let at = 0;
    const next = (...choices) => choices.includes(signs[at]) && signs[at++];
    const whole = () => {
      let value = part();
      for (let sign; (sign = next("+", "-")); ) value += sign === "+" ? part() : -part();
      return value;
    };
    const part = () => {
      let value = factor();
      while (["*", "/", "ln", "("].includes(signs[at])) value = next("/") ? value / factor() : (next("*"), value * factor());
      return value;
    };
    const factor = () => {
      if (next("-")) return -factor();
      if (next("+")) return factor();
      if (next("ln")) return Math.log(factor());
      if (next("(")) {
        const value = whole();
        return next(")") ? value : NaN;
      }
      const sign = signs[at++] ?? "";
      if (sign.includes(".")) digits = Math.min(digits, sign.length - sign.indexOf(".") - 1);
      return /\d/.test(sign) ? Number(sign) : NaN;
    };
    const value = whole();
    return at === signs.length && Number.isFinite(value) ? { value, digits } : null;
  }

  const isGradient = (name) => name.startsWith("d");

  /** Whether an entry is a whole number, which counts in sixteenths in the line of a gradient. */
  const isWhole = (text) => /^\s*[-+\u2212\u2013]?\s*\d*\s*$/.test(text);

  /** Read one entry of a line. */
  function entryOf(name, text) {
    const number = read(text);
    return number && isGradient(name) && isWhole(text) ? { ...number, value: number.value / 16 } : number;
  }

  /** Whether a number is the expected one: exactly, or rounded to three decimals or more. */
  const meets = ({ value, digits }, expected) =>
    Math.abs(value - expected) <= (digits >= 3 && digits < 9 ? 0.5001 * 10 ** -digits : 1e-9 * Math.max(1, Math.abs(expected)));

  /** Judge all entries: "exact", "follows" (from a wrong line above), "wrong", "unread" or "" for each of them.
   *
   * `texts` holds for each line what the reader has typed. */
  function judge(given, exact, texts) {
    const mine = {};
    const lines = {};
    for (const name of names) {
      const expected = follow(given, mine)[name];
      const states = each(texts[name], (text, i, j) => {
        if (!text.trim()) return "";
        const number = entryOf(name, text);
        if (!number) return "unread";
        if (meets(number, exact[name][i][j])) return "exact";
        return meets(number, expected[i][j]) ? "follows" : "wrong";
      });
      // A rounded entry that is right hands on the exact value.
      mine[name] = each(states, (state, i, j) =>
        state === "exact" ? exact[name][i][j] : state === "follows" ? expected[i][j] : state === "wrong" ? entryOf(name, texts[name][i][j]).value : null,
      );
      const all = states.flat();
      const state = ["wrong", "unread", "follows", "exact"].find((word) => all.includes(word)) ?? "";
      lines[name] = { states, state, filled: all.filter(Boolean).length, count: all.length, values: mine[name] };
    }
    for (const name of names) lines[name].cause = cause(name, lines);
    return { lines, first: names.find((name) => lines[name].state === "wrong") ?? null };
  }

  /** The first wrong line among those that a line uses, and those that these use. */
  function cause(name, lines) {
    const above = new Set();
    const collect = (line) => LINES[line][0].forEach((used) => above.add(used) && collect(used));
    collect(name);
    return names.find((line) => above.has(line) && lines[line].state === "wrong") ?? null;
  }

  return { names, follow, read, judge, isGradient, isWhole, each };
})();
