// Draws the parts of the page. Only the server's own HTML is set as HTML; everything else is text.

export const element = (id) => document.getElementById(id);

export function make(name, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

export const counted = (points) => `${points} ${Number(points) === 1 ? "point" : "points"}`;
const worth = (points) => `${Number(points) > 0 ? "+" : ""}${points}`.replace("-", "−");

export function stateOf(line, most) {
  const then = `${line.points} of ${counted(most)}`;
  return {
    marked: `marked: ${counted(line.points)}`,
    again: `marked before (${then}); it was graded again since`,
    changed: `changed since it was marked (${then})`,
    partly: `marked for some of the group only: ${then}`,
    waiting: `not marked yet${line.empty ? "; empty, or as it was handed out" : ""}`,
  }[line.state];
}

export function takenBack({ label, taken, left }) {
  const said = taken > 1 ? `Taken back: ${taken} answers are as they were before.` : `Taken back: ${label} is as it was before.`;
  return left ? `${said} Somebody has changed the mark of ${left} ${left === 1 ? "student" : "students"} since, which stays.` : said;
}

export function drawEmpty(list) {
  const empty = list.filter((line) => line.empty);
  element("empty-box").hidden = !empty.length;
  element("empty-count").textContent = `(${empty.length})`;
  element("empty-answers").replaceChildren(...empty.map((line) => make("li", { textContent: line.label })));
  element("zero-empty").textContent = empty.length === 1 ? "Give it 0 points" : `Give all ${empty.length} of them 0 points`;
}

export function drawProgress(progress, exercise) {
  const { marked, total } = progress.find((one) => one.number === exercise.number);
  element("counted").textContent = `${marked} of ${total} marked`;
  Object.assign(element("bar"), { max: Math.max(total, 1), value: marked });
  for (const option of element("exercise").options) {
    const one = progress.find(({ number }) => number === Number(option.value));
    option.dataset.title ||= option.textContent;
    option.textContent = `${option.dataset.title} (${one.marked}/${one.total})`;
  }
}

export function drawItems(items, chosen, draft, toggle, forget) {
  const offered = new Set(items.map((item) => item.text));
  const former = chosen.filter((item) => !offered.has(item.text) && draft.has(item.text));
  const key = JSON.stringify([items, former, draft.items]);
  if (element("items").dataset.key === key) return;
  element("items").dataset.key = key;
  const focused = document.activeElement?.closest?.("#items li")?.dataset.text;
  element("items").replaceChildren(...[...items, ...former].map((item, place) => row(item, place, items.length, draft, toggle, forget)));
  if (focused !== undefined) {
    [...element("items").children].find((one) => one.dataset.text === focused)?.querySelector("input").focus();
  }
}

function row(item, place, offered, draft, toggle, forget) {
  const box = make("input", { type: "checkbox", checked: draft.has(item.text) });
  box.addEventListener("change", () => toggle(item));
  const key = place < Math.min(offered, 10) ? String((place + 1) % 10) : "";
  const words = make("span", { className: "words", innerHTML: item.html });
  const label = make("label", {}, make("kbd", { textContent: key, ariaHidden: "true" }), box, make("span", { className: "worth", textContent: worth(item.points) }), words);
  const line = make("li", {}, label);
  line.dataset.text = item.text;
  const before = draft.items.find((one) => one.text === item.text);
  if (place >= offered) line.append(make("p", { className: "quiet", textContent: "This item is not offered any more." }));
  else if (before && Number(before.points) !== Number(item.points)) {
    line.append(make("p", { className: "quiet", textContent: `It was worth ${before.points} when this was marked.` }));
  }
  if (item.added && place < offered) {
    const button = make("button", { type: "button", className: "forget", textContent: "Remove", ariaLabel: `Remove the item ${item.text}` });
    button.addEventListener("click", () => forget(item));
    line.append(button);
  }
  return line;
}

export function drawEarlier(comments, reuse) {
  element("earlier-box").hidden = !comments.length;
  element("earlier-count").textContent = `(${comments.length})`;
  element("earlier").replaceChildren(...comments.map(({ text, times }) => {
    const button = make("button", { type: "button" }, make("span", { textContent: text }), make("span", { className: "times", textContent: `${times}×` }));
    button.addEventListener("click", () => reuse(text));
    return make("li", {}, button);
  }));
}

export function drawAnswers(list, handle, others, isKept, go) {
  const focused = document.activeElement?.closest?.("#answers button")?.dataset.id;
  element("answers").replaceChildren(...list.map((line) => {
    const who = others.filter((one) => one.answer === line.id).map((one) => one.who).join(", ");
    const states = { marked: line.points, again: "again", changed: "changed", partly: "partly", waiting: line.empty ? "empty" : "…" };
    const said = [states[line.state], isKept(line.id) && "unsaved", who].filter(Boolean).join(", ");
    const button = make("button", { type: "button", className: line.state }, make("span", { textContent: line.label }), make("span", { className: "worth", textContent: said }));
    button.dataset.id = line.id;
    button.addEventListener("click", () => go(line.id));
    return make("li", {}, button);
  }));
  drawChoice(list, handle);
  if (focused) element("answers").querySelector(`[data-id="${focused}"]`)?.focus();
}

export function drawChoice(list, handle) {
  for (const button of element("answers").querySelectorAll("button")) {
    if (button.dataset.id === handle) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

export function drawConflict(theirs, most, keepTheirs, saveMine) {
  const theirItems = theirs.items.map((item) => make("li", { innerHTML: item.html }, ` (${worth(item.points)})`));
  const keep = make("button", { type: "button", id: "theirs", textContent: "Keep theirs (t)" });
  const mine = make("button", { type: "button", id: "mine", textContent: "Save mine instead (m)" });
  keep.addEventListener("click", keepTheirs);
  mine.addEventListener("click", saveMine);
  const points = theirs.state === "marked" ? `${theirs.points} of ${counted(most)}` : "not marked";
  const parts = [
    make("p", { className: "says", textContent: "Somebody else has changed this answer since you opened it." }),
    make("p", { textContent: `Theirs: ${points}.` }), make("ul", {}, ...theirItems),
  ];
  if (theirs.comment) parts.push(make("blockquote", { textContent: theirs.comment }));
  parts.push(make("p", { textContent: "Yours is what stands above; it is not saved." }), make("p", { className: "buttons" }, keep, mine));
  element("conflict").replaceChildren(...parts);
  element("conflict").hidden = false;
  element("label").focus({ preventScroll: true });
}
