// The notebooks link to /book/..., the book at the top of its server. Where it lies deeper, the links follow here.
(() => {
  const top = new URL("../../", location.href).pathname;
  const mend = (event) => {
    const link = event.target.closest?.("a[href^='/book/']");
    if (link) link.setAttribute("href", top + link.getAttribute("href").slice(1));
  };
  if (top !== "/") for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, mend, true);
})();
