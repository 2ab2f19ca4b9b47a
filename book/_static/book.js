// Boxes that are wider than the screen: the keyboard reaches them, and a fading edge says that there is more.
(() => {
  const kinds = {
    "div.math, mjx-container[display='true']": "Formula",
    figure: "Figure",
    "div.pst-scrollable-table-container, div.table-wrapper": "Table",
    "div.highlight pre, div.cell_output .output": "Code",
  };
  const all = Object.keys(kinds).join(", ");

  function look(box) {
    const more = box.scrollWidth - box.clientWidth;
    const wide = more > 1 && getComputedStyle(box).overflowX !== "visible";
    box.classList.toggle("scrolls", wide);
    box.classList.toggle("scrolled-to-end", wide && box.scrollLeft > more - 2);
    if (wide) {
      box.tabIndex = 0;
      if (box.tagName !== "FIGURE") box.setAttribute("role", "group");
      if (!box.hasAttribute("aria-label")) {
        const kind = Object.keys(kinds).find((selector) => box.matches(selector));
        box.setAttribute("aria-label", `${kinds[kind]}, scrolls sideways`);
      }
    } else if (box.hasAttribute("tabindex")) {
      box.removeAttribute("tabindex");
      box.removeAttribute("aria-label");
      if (box.tagName !== "FIGURE") box.removeAttribute("role");
    }
  }

  const lookAtAll = () => document.querySelectorAll(`article :is(${all})`).forEach(look);
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(lookAtAll, 100);
  };

  window.addEventListener("load", () => {
    lookAtAll();
    window.addEventListener("resize", soon);
    document.addEventListener("toggle", soon, true);
    document.addEventListener("scroll", (event) => event.target.matches?.(all) && look(event.target), true);
    window.MathJax?.startup?.promise?.then(lookAtAll);
    document.fonts?.ready.then(lookAtAll);
  });

  // On paper nothing is folded.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("article details:not([open])")];
    opened.forEach((fold) => (fold.open = true));
  });
  window.addEventListener("afterprint", () => opened.forEach((fold) => (fold.open = false)));
})();

// Notebooks in the browser need a web server: no link leads to them from pages that are opened as files.
if (location.protocol === "file:") document.querySelectorAll(".in-browser").forEach((link) => link.remove());
