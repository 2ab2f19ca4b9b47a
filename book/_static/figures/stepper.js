// The worked network, one line at a time: the reader fills in a matrix, hears of every entry whether it is exact, and
// which line was the first wrong one. The numbers and the judgement are those of `stepper-lines.js`.
"use strict";

Live.define("stepper", ({ box, data, say, words }) => {
  const { make, set, button, number } = Live;
  const { names, judge, isGradient, isWhole, each } = StepperLines;
  const { given, exact } = data;
  const TITLES = {
    Z1: "hidden values before the ReLU", A1: "hidden values after the ReLU", Z2: "logits", p: "probabilities",
    loss: "mean cross-entropy of the batch", dZ2: "gradient of the logits", dW2: "gradient of the weights of layer 2",
    db2: "gradient of the biases of layer 2", dA1: "gradient after the ReLU", dZ1: "gradient before the ReLU",
    dW1: "gradient of the weights of layer 1", db1: "gradient of the biases of layer 1",
  };
  const MARKS = { exact: "\u2713", follows: "\u21b3", wrong: "\u2717", unread: "?", "": "" };
  const KEPT = "backprop-by-hand-stepper";
  const size = (rows) => [rows.length, rows[0].length];
  let texts = kept() ?? blank();
  let verdict = judge(given, exact, texts);
  let at = 0;
  let typing = 0;
  let revealed = false;

  // What the reader has typed outlives a reload where the browser allows it.
  function kept() {
    try {
      const found = JSON.parse(localStorage.getItem(KEPT));
      const fits = names.every((name) => String(size(found[name])) === String(size(exact[name])));
      return fits && each([names], (name) => each(found[name], String)) && found;
    } catch {
      return null;
    }
  }
  function keep() {
    try {
      localStorage.setItem(KEPT, JSON.stringify(texts));
    } catch {
      // Without storage the entries last as long as the page.
    }
  }
  function blank() {
    return Object.fromEntries(names.map((name) => [name, each(exact[name], () => "")]));
  }

  // ---- words

  const done = (line) => line.filled === line.count;
  const short = (value) => number(value, 3).replace(/\.?0+$/, "").replace(/^\u22120$/, "0");
  function stateOf(name) {
    const line = verdict.lines[name];
    if (line.state === "wrong") return verdict.first === name ? "first wrong line" : "wrong";
    if (line.state === "unread") return "not a number yet";
    if (!line.filled) return "still empty";
    if (!done(line)) return `${line.filled} of ${line.count} filled in`;
    return line.state === "follows" ? `follows from your ${line.cause}` : "exact";
  }
  function aboutEntry(name, i, j) {
    const line = verdict.lines[name];
    const place = line.count === 1 ? "The loss" : `${name}, row ${i + 1}, column ${j + 1}`;
    const state = line.states[i][j];
    const first = verdict.first;
    if (state === "") return `${place} is empty.`;
    if (state === "unread") return `${place}: type a number, such as \u22123/16, 0.25 or ln 3.`;
    if (state === "follows") return `${place} is not exact, but it follows from your ${line.cause}. Go back to ${line.cause}.`;
    if (state === "wrong" && first === name) return `${place} is not exact. ${name} is the first wrong line.`;
    if (state === "wrong" && line.cause) return `${place} is wrong, and does not follow from your ${line.cause} either. First wrong line: ${first}.`;
    if (state === "wrong") return `${place} is wrong. The first wrong line is ${first}, but ${name} does not use it.`;
    const all = line.count > 1 && done(line) && line.state === "exact" ? ` ${name} is complete: all ${line.count} entries are exact.` : "";
    return `${place} is exact.${all}`;
  }

  // ---- matrices that are only shown

  /** A matrix of numbers in brackets; entries that are missing are dots. */
  function matrix(rows, label, marks) {
    const cells = each(rows, (text, i, j) => make("span", { "data-state": marks?.[i][j] }, text)).flat();
    const spoken = rows.map((row) => row.join(", ")).join("; ");
    return make(
      "span",
      { class: "stepper-matrix", role: "img", "aria-label": `${label}: ${spoken}`, style: `--columns: ${rows[0].length}` },
      ...cells,
    );
  }
  /** Values of a line as text: gradients in sixteenths, where all of them are whole ones. */
  function shown(name, values, marks) {
    const all = values.flat().filter((value) => value !== null);
    const inSixteenths = isGradient(name) && all.length > 0 && all.every((value) => Math.abs(16 * value - Math.round(16 * value)) < 1e-9);
    const rows = each(values, (value) => (value === null ? "\u00b7" : short(inSixteenths ? 16 * value : value)));
    const factor = make("span", { class: "stepper-factor" }, "1/16");
    return [...(inSixteenths ? [factor] : []), matrix(rows, inSixteenths ? `${name}, in sixteenths` : name, marks)];
  }
  const named = (name, ...parts) =>
    make("span", { class: "stepper-named" }, make("b", { "data-way": isGradient(name) ? "back" : null }, name), "\u2009=\u2009", ...parts);

  // ---- the parts of the figure

  const chips = Object.fromEntries(names.map((name) => [name, make("button", { type: "button", class: "stepper-chip", onclick: () => go(names.indexOf(name)) })]));
  const end = make("button", { type: "button", class: "stepper-chip", onclick: () => go(names.length) }, "Table");
  const rail = (label, part) => make("div", { class: "stepper-rail", role: "group", "aria-label": label }, make("span", { "aria-hidden": "true" }, label), ...part);
  const work = make("div", { class: "stepper-work" });
  const sheet = make("div", { class: "stepper-sheet" });
  const back = button("Back", (event) => go(at - 1, event));
  const next = button("Next", (event) => go(at + 1, event));
  const hint = button("Hint", () => showHint(help.hidden), { "aria-expanded": "false" });
  const help = make("div", { class: "stepper-help", hidden: true });
  const details = make("details", { class: "stepper-paper", open: true }, make("summary", {}, "Your sheet"), sheet);
  const controls = make("div", { class: "live-controls" }, back, next, hint);
  box.append(
    make("div", { class: "stepper-rails" }, rail("Forward", names.filter((name) => !isGradient(name)).map((name) => chips[name])),
      rail("Backward", [...names.filter(isGradient).map((name) => chips[name]), end])),
    make("div", { class: "stepper-desk" }, make("div", {}, work, say.words, controls, help), details),
  );

  function showHint(open) {
    help.hidden = !open;
    hint.setAttribute("aria-expanded", String(open));
  }

  function mark() {
    for (const name of names) {
      const { state } = verdict.lines[name];
      const sign = state || !verdict.lines[name].filled ? MARKS[state] : "";
      const part = state === "exact" && !done(verdict.lines[name]);
      chips[name].replaceChildren(name, make("i", { "aria-hidden": "true" }, part ? "\u2026" : sign));
      set(chips[name], {
        "data-state": part ? "part" : state,
        "data-way": isGradient(name) ? "back" : null,
        "aria-label": `${name}: ${stateOf(name)}`,
        "aria-current": names[at] === name ? "step" : null,
      });
    }
    set(end, { "aria-current": at === names.length ? "step" : null });
    const filled = names.filter((name) => verdict.lines[name].filled);
    const entered = (value) => (Math.abs(value - Math.log(3)) < 1e-9 ? "ln 3" : short(value));
    const givens = (...pair) => make("div", { class: "stepper-pair" }, ...pair.map((name) => named(name, matrix(each(given[name], entered), name))));
    sheet.replaceChildren(
      givens("X"), givens("Y"), givens("W1", "b1"), givens("W2", "b2"),
      ...filled.map((name) => named(name, ...shown(name, verdict.lines[name].values, verdict.lines[name].states))),
    );
  }

  // ---- one line

  function entry(name, i, j) {
    const input = make("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", value: texts[name][i][j] });
    const cell = make("span", { class: "stepper-cell" }, input, make("span", { "aria-hidden": "true", class: "stepper-unit" }, "/16"), make("i", { "aria-hidden": "true" }));
    cell.show = () => {
      const state = verdict.lines[name].states[i][j];
      set(cell, { "data-state": state, "data-unit": isGradient(name) && isWhole(input.value) });
      cell.lastChild.textContent = MARKS[state];
      set(input, {
        "aria-label": `${name}, row ${i + 1}, column ${j + 1}${cell.dataset.unit === "" ? ", in sixteenths" : ""}${state ? `, ${state}` : ""}`,
        "aria-invalid": state === "wrong" || state === "unread" ? "true" : null,
      });
    };
    const settle = () => {
      clearTimeout(typing);
      if (input.value === texts[name][i][j]) return;
      texts[name][i][j] = input.value;
      verdict = judge(given, exact, texts);
      keep();
      work.querySelectorAll(".stepper-cell").forEach((other) => other.show());
      mark();
      say(aboutEntry(name, i, j));
    };
    input.addEventListener("input", () => {
      set(cell, { "data-state": "", "data-unit": isGradient(name) && isWhole(input.value) });
      cell.lastChild.textContent = "";
      clearTimeout(typing);
      // A reader who pauses after the last digit gets the verdict without leaving the entry.
      typing = setTimeout(settle, 1000);
    });
    input.addEventListener("blur", settle);
    input.addEventListener("keydown", (event) => move(event, settle));
    cell.show();
    return cell;
  }

  /** Enter goes on row by row; arrows go to the neighbours, left and right at the ends of what is typed. */
  function move(event, settle) {
    const inputs = [...work.querySelectorAll("input")];
    const here = inputs.indexOf(event.target);
    const columns = exact[names[at]][0].length;
    const { selectionStart: start, selectionEnd: stop, value } = event.target;
    const steps = {
      Enter: here + 1,
      ArrowDown: here + columns,
      ArrowUp: here - columns,
      ArrowRight: stop === value.length && start === stop && (here + 1) % columns ? here + 1 : NaN,
      ArrowLeft: stop === 0 && here % columns ? here - 1 : NaN,
    };
    if (!(event.key in steps)) return;
    const target = inputs[steps[event.key]] ?? (event.key === "Enter" ? next : null);
    settle();
    if (!target) return;
    event.preventDefault();
    target.focus();
    target.select?.();
  }

  function showLine(name) {
    const [rows, columns] = size(exact[name]);
    const cells = each(exact[name], (_, i, j) => entry(name, i, j)).flat();
    const shape = name === "loss" ? "one number" : `${rows}\u00a0\u00d7\u00a0${columns}`;
    work.replaceChildren(
      make("p", { class: "stepper-title" }, make("small", {}, `Line ${at + 1} of ${names.length}`), make("b", { "data-way": isGradient(name) ? "back" : null }, name), make("span", {}, `${TITLES[name]}, ${shape}`)),
      make("div", { class: "stepper-matrix stepper-entries", style: `--columns: ${columns}` }, ...cells),
    );
    help.replaceChildren(words[name] ?? "");
  }

  // ---- the table at the end

  function showTable() {
    // The roles are there because a phone shows the rows as blocks, and browsers then forget that this is a table.
    const head = make("tr", { role: "row" }, ...["Line", "Verdict", "Exact", "Yours"].map((text) => make("th", { role: "columnheader" }, text)));
    const rows = names.map((name) => {
      const line = verdict.lines[name];
      const link = make("button", { type: "button", class: "stepper-chip", onclick: () => go(names.indexOf(name)), "aria-label": `Go to ${name}` }, name);
      set(link, { "data-way": isGradient(name) ? "back" : null });
      const cell = (label, parts) => make("td", { role: "cell", "data-label": label }, ...(parts || ["\u2013"]));
      return make("tr", { role: "row", "data-state": line.state, "data-first": verdict.first === name },
        make("th", { role: "rowheader" }, link),
        make("td", { role: "cell", class: "stepper-verdict" }, `${MARKS[line.state]} ${stateOf(name)}`.trim()),
        cell("exact", (revealed || done(line)) && shown(name, exact[name])),
        cell("yours", line.filled && shown(name, line.values, line.states)));
    });
    const more = [
      button(revealed ? "Hide the values of open lines" : "Show all exact values", () => ((revealed = !revealed), go(at))),
      button("Show the drawing", (event) => drawing(event.target)),
      button("Start again", () => ((texts = blank()), (revealed = false), keep(), (verdict = judge(given, exact, texts)), go(0))),
    ];
    work.replaceChildren(make("table", { class: "stepper-table", role: "table" }, make("thead", { role: "rowgroup" }, head), make("tbody", { role: "rowgroup" }, ...rows)), make("div", { class: "live-controls" }, ...more));
  }

  function drawing(toggle) {
    const still = box.closest("figure").querySelector("svg.drawing, img");
    const hidden = still.classList.toggle("live-still");
    toggle.textContent = hidden ? "Show the drawing" : "Hide the drawing";
    if (!hidden) still.scrollIntoView({ block: "nearest" });
    say(hidden ? "The drawing is hidden." : "The drawing of the whole network stands above.");
  }

  function summary() {
    const exactLines = names.filter((name) => verdict.lines[name].state === "exact" && done(verdict.lines[name])).length;
    if (verdict.first) return `The first wrong line is ${verdict.first}: do it again before you look at the lines below it.`;
    if (exactLines === names.length) return "All twelve lines are exact. You have run a network forward and backward by hand.";
    return `No line is wrong; ${exactLines} of ${names.length} are complete and exact.`;
  }

  /** Show a line or the table; a reader without a mouse goes on at its first entry. */
  function go(to, event) {
    clearTimeout(typing);
    at = Math.max(0, Math.min(names.length, to));
    const table = at === names.length;
    showHint(false);
    set(back, { disabled: at === 0 });
    set(next, { disabled: table });
    set(hint, { hidden: table });
    details.hidden = table;
    box.classList.toggle("stepper-whole", table);
    if (table) showTable();
    else showLine(names[at]);
    mark();
    if (event?.detail === 0) (work.querySelector("input") ?? end).focus();
    if (table) say(summary());
    else say(`Line ${at + 1} of ${names.length}, ${names[at]}: ${stateOf(names[at])}.${verdict.lines[names[at]].filled ? "" : " Type an entry and press Enter."}`);
  }

  go(0);
  return { follow: StepperLines.follow, read: StepperLines.read, judge };
});
