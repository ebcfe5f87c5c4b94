"use strict";
// Sorting of the record tables; without this script they stay in the order of the audit.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  table.querySelectorAll("thead th").forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const down = header.getAttribute("aria-sort") !== "descending";
      table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
      const order = (a, b) => key(a).localeCompare(key(b), undefined, { numeric: true });
      const byNumber = (a, b) => Number(key(a)) - Number(key(b));
      const numeric = [...body.rows].every((row) => row.cells[column].dataset.sort !== undefined);
      const sorted = [...body.rows].sort(numeric ? byNumber : order);
      body.append(...(down ? sorted.reverse() : sorted));
    });
  });
}
