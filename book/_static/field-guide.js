// The filter of the field guide: it shows the mistakes that fit, and keeps what was asked for in the address.
(() => {
  const form = document.getElementById("bug-filter");
  if (!form) return;
  const { q, exercise, check, high, shown } = form.elements;
  const folds = [...document.querySelectorAll("details.bugs")].map((fold) => ({
    fold,
    bugs: [...fold.querySelectorAll(".bug")].map((bug) => ({
      bug,
      marks: bug.dataset.f.split(" "),
      words: `${fold.id} ${bug.textContent}`.toLowerCase(),
    })),
  }));
  const all = folds.reduce((sum, { bugs }) => sum + bugs.length, 0);

  const state = () => {
    const asked = new URLSearchParams();
    if (q.value.trim()) asked.set("q", q.value.trim());
    if (exercise.value) asked.set("exercise", exercise.value);
    if (check.value) asked.set("check", check.value);
    if (high.checked) asked.set("high", "1");
    return asked.toString();
  };

  function show() {
    const wanted = q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const asks = state() !== "";
    let count = 0;
    for (const { fold, bugs } of folds) {
      let here = 0;
      for (const { bug, marks, words } of bugs) {
        const fits =
          (!exercise.value || exercise.value === fold.id) &&
          (!check.value || marks.includes(check.value)) &&
          (!high.checked || marks.includes("high")) &&
          wanted.every((word) => words.includes(word));
        bug.hidden = !fits;
        here += fits;
      }
      fold.hidden = here === 0;
      fold.open = asks && here > 0;
      count += here;
    }
    for (const section of new Set(folds.map(({ fold }) => fold.closest("section")))) {
      section.hidden = !section.querySelector("details.bugs:not([hidden])");
    }
    shown.value = `${count} of ${all} shown`;
  }

  // An address asks for a filter (#check=gradient) or for one mistake (#two_layer-relu_mask).
  function obey() {
    const hash = decodeURIComponent(location.hash.slice(1));
    const asked = new URLSearchParams(hash.includes("=") ? hash : "");
    q.value = asked.get("q") ?? "";
    exercise.value = asked.get("exercise") ?? "";
    check.value = asked.get("check") ?? "";
    high.checked = asked.has("high");
    show();
    const meant = hash && !hash.includes("=") && document.getElementById(hash);
    const fold = meant && meant.closest("details.bugs");
    if (fold) {
      fold.open = true;
      meant.scrollIntoView();
    }
  }

  let waiting = 0;
  const asked = () => {
    show();
    clearTimeout(waiting);
    waiting = setTimeout(() => history.replaceState(null, "", state() ? `#${state()}` : location.pathname), 200);
  };
  form.addEventListener("input", asked);
  form.addEventListener("reset", () => setTimeout(asked));
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", obey);
  form.hidden = false;
  obey();
})();
