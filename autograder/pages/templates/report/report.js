"use strict";
// Sorts the tables by a column and filters the students; without it, the page says the same.
const shown = cell => cell ? cell.textContent.trim() : "";
const value = cell => {
  const text = shown(cell);
  if (!cell.classList.contains("n")) return text.toLocaleLowerCase();
  return text.startsWith("?") ? -0.5 : text.startsWith("–") ? -1 : parseFloat(text);
};

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...table.tBodies[0].rows].map((row, place) => ({ row, place, key: value(row.cells[column]) }));
      rows.sort((a, b) => {
        const order = typeof a.key === "number" ? a.key - b.key : a.key.localeCompare(b.key);
        return (up ? order : -order) || a.place - b.place;
      });
      table.tBodies[0].append(...rows.map(one => one.row));
    });
  });
}

const filter = document.querySelector(".filter");
if (filter) {
  const search = document.getElementById("search"), state = document.getElementById("state");
  const showing = document.getElementById("showing");
  const rows = [...document.querySelectorAll("table.students tbody tr")].map(row => ({
    row, name: shown(row.cells[0]).toLocaleLowerCase(), state: shown(row.cells[1]), late: "late" in row.dataset,
  }));
  const update = () => {
    const wanted = search.value.trim().toLocaleLowerCase();
    const chosen = state ? state.value : "";
    let count = 0;
    for (const one of rows) {
      const isChosen = chosen === "late" ? one.late : one.state.startsWith(chosen);
      const fits = one.name.includes(wanted) && isChosen;
      one.row.hidden = !fits;
      count += fits;
    }
    showing.textContent = `${count} of ${rows.length} students`;
  };
  search.addEventListener("input", update);
  if (state) state.addEventListener("change", update);
  filter.hidden = false;
  update();
}

addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(part => { part.open = true; }));
