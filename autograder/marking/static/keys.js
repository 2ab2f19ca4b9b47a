// The keys. In a field, letters are text; elsewhere each of them does something.

const SINGLE = {
  j: ["step", 1], ArrowRight: ["step", 1], k: ["step", -1], ArrowLeft: ["step", -1], n: ["nextUnmarked"],
  "]": ["stepExercise", 1], "[": ["stepExercise", -1], u: ["undo"], f: ["full"], z: ["zero"], p: ["points"],
  c: ["comment"], r: ["reuse"], i: ["newItem"], q: ["question"], e: ["empty"], a: ["all"], t: ["theirs"], m: ["mine"], "?": ["keys"],
  Enter: ["saveNext"],
};
const PRESSED_BY_ENTER = "a, button, summary, select, textarea";
const MOVED_BY_ARROWS = "pre, .own-text, .own-html, select, input";

export function bindKeys(actions, isReady) {
  const all = { nothing: () => {}, ...actions };
  document.addEventListener("keydown", (event) => {
    if (!isReady()) return;
    const found = meant(event);
    if (!found) return;
    event.preventDefault();
    all[found[0]](found[1]);
  });
}

function meant(event) {
  const { key, target } = event;
  const modified = event.ctrlKey || event.metaKey;
  if (modified && key.toLowerCase() === "s") return ["save"];
  if (modified && key === "Enter") return ["saveNext"];
  if (modified || event.altKey || event.isComposing) return undefined;
  if (key === "Escape") return ["leave"];
  if (target.closest("#earlier") && (key === "ArrowDown" || key === "ArrowUp")) return ["nothing", moveIn(target, key)];
  if (target.matches("#new-points, #new-text") && key === "Enter") return ["addItem"];
  if (target.matches("textarea, select, input:not([type=checkbox])")) {
    return key === "Enter" && target.id === "points" ? ["saveNext"] : undefined;
  }
  if (/^\d$/.test(key)) return ["item", Number(key) || 10];
  if (key === "Enter" && target.closest(PRESSED_BY_ENTER)) return undefined;
  if (key.startsWith("Arrow") && target.closest(MOVED_BY_ARROWS)) return undefined;
  return SINGLE[key];
}

function moveIn(button, key) {
  const beside = key === "ArrowDown" ? "nextElementSibling" : "previousElementSibling";
  button.closest("li")[beside]?.querySelector("button").focus();
}
