// On a narrow screen the panels of a figure stand below one another, as words flow into the next line.
//
// A drawing of Matplotlib has a group for each panel. Panels above one another belong together and move together; a figure
// in which anything else stands between the panels stays as it is, and scrolls.
(() => {
  const SHRINK = 0.7; // as in book.css: more, and words become too small
  const NARROW = window.matchMedia("(max-width: 576px)");

  /** Return the columns of panels, each with its place in the drawing's own units; clipped curves do not count. */
  function columnsOf(drawing) {
    const place = drawing.getBoundingClientRect();
    const unit = drawing.viewBox.baseVal.width / place.width;
    const columns = [];
    for (const panel of drawing.querySelectorAll(":scope > g > g.panel")) {
      const seen = [...panel.querySelectorAll("path, use, image")].filter((part) => !part.closest("[clip-path]"));
      const boxes = seen.map((part) => part.getBoundingClientRect()).filter((box) => box.width || box.height);
      const left = (Math.min(...boxes.map((box) => box.left)) - place.left) * unit;
      const right = (Math.max(...boxes.map((box) => box.right)) - place.left) * unit;
      columns.push({ panels: [panel], left, right });
    }
    columns.sort((a, b) => a.left - b.left);
    return columns.reduce(joined, []);
  }

  /** Join a column that overlaps the one before it, or that is a scale of colours beside it. */
  function joined(columns, next) {
    const last = columns.at(-1);
    if (last && (next.left < last.right || next.right - next.left < 0.3 * (last.right - last.left))) {
      last.panels.push(...next.panels);
      last.right = Math.max(last.right, next.right);
    } else columns.push(next);
    return columns;
  }

  /** Break columns into lines that are at most so wide. */
  function lines(columns, width) {
    const found = [];
    for (const column of columns) {
      const line = found.at(-1);
      if (line && column.right - line[0].left <= width) line.push(column);
      else found.push([column]);
    }
    return found;
  }

  function flow(drawing) {
    const { width, height } = drawing.viewBox.baseVal;
    const natural = Number(drawing.getAttribute("width"));
    const others = drawing.querySelectorAll(":scope > g > g:not(.panel)");
    const room = drawing.closest("figure").clientWidth;
    if (others.length > 1 || SHRINK * natural <= room) return;
    const flowing = lines(columnsOf(drawing), ((room / SHRINK) * width) / natural);
    if (flowing.length < 2) return;
    const widest = Math.max(...flowing.map((line) => line.at(-1).right - line[0].left)) + 4;
    flowing.forEach((line, row) => {
      const shift = `translate(${2 - line[0].left} ${row * height})`;
      line.forEach((column) => column.panels.forEach((panel) => panel.setAttribute("transform", shift)));
    });
    show(drawing, widest, height * flowing.length, (widest * natural) / width);
    drawing.classList.add("flows");
  }

  /** Give a drawing its size, in its own units and in pixels. */
  function show(drawing, width, height, pixels) {
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.setAttribute("width", pixels);
    drawing.setAttribute("height", (pixels * height) / width);
    drawing.style.setProperty("--natural", `${pixels}px`);
  }

  function restore(drawing) {
    drawing.querySelectorAll("g.panel[transform]").forEach((panel) => panel.removeAttribute("transform"));
    const [, , width, height] = drawing.dataset.box.split(" ");
    show(drawing, width, height, drawing.dataset.pixels);
    drawing.classList.remove("flows");
  }

  function flowAll() {
    for (const drawing of document.querySelectorAll("article figure svg.drawing")) {
      drawing.dataset.box ??= drawing.getAttribute("viewBox");
      drawing.dataset.pixels ??= drawing.getAttribute("width");
      if (drawing.classList.contains("flows")) restore(drawing);
      if (NARROW.matches && drawing.checkVisibility()) flow(drawing);
    }
  }

  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(flowAll, 60);
  };
  flowAll();
  window.addEventListener("resize", soon);
  document.addEventListener("toggle", soon, true);
})();
