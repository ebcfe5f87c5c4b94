"use strict";
// Everything is on the page without this script. It adds values at the marks of figures, sorting and filtering.
document.documentElement.classList.add("scripted");

const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);

// Values at marks: with the pointer, or with the arrow keys on a focused figure.
const tip = make("div", { className: "tip", hidden: true });
tip.setAttribute("role", "status");
document.querySelector("main").append(tip);
let marked = null;

const centre = (mark) => {
  const box = mark.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2, box };
};

const hide = () => {
  marked?.classList.remove("at");
  marked = null;
  tip.hidden = true;
};

const show = (mark, text, x, y) => {
  if (marked !== mark) {
    hide();
    marked = mark;
    mark.classList.add("at");
    tip.textContent = text;
    tip.hidden = false;
  }
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(x + 12, document.documentElement.clientWidth - width - 8))}px`;
  tip.style.top = `${y - height - 12 > 0 ? y - height - 12 : y + 16}px`;
};

for (const svg of document.querySelectorAll("figure > svg")) {
  const texts = new Map();
  for (const title of svg.querySelectorAll("title")) {
    texts.set(title.parentElement, title.textContent);
    title.remove();
  }
  if (!texts.size) continue;
  svg.tabIndex = 0;
  const visible = () => [...texts.keys()].filter((mark) => mark.getClientRects().length);
  const nearest = (x, y) => {
    let best = null, least = 18;
    for (const mark of visible()) {
      const { x: across, y: down, box } = centre(mark);
      const distance = Math.hypot(across - x, down - y);
      if (box.width < 40 && distance < least) [best, least] = [mark, distance];
    }
    return best;
  };
  const point = (event) => {
    const mark = nearest(event.clientX, event.clientY) ?? event.target.closest("g[class^='arm-']");
    if (texts.has(mark)) show(mark, texts.get(mark), event.clientX, event.clientY);
    else hide();
  };
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("blur", hide);
  svg.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const marks = visible();
    if (!(event.key in steps) || !marks.length) return;
    event.preventDefault();
    const from = marks.indexOf(marked);
    const to = from < 0 && steps[event.key] < 0 ? marks.length - 1 : (from + steps[event.key] + marks.length) % marks.length;
    const { x, y } = centre(marks[to]);
    show(marks[to], texts.get(marks[to]), x, y);
  });
}
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
document.addEventListener("scroll", hide, { passive: true });

// The record tables: sorted by the buttons in their headers, filtered by a text.
const sortBy = (table, header, column) => {
  const down = header.getAttribute("aria-sort") !== "descending";
  table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...table.tBodies[0].rows];
  const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
  const numeric = rows.every((row) => row.cells[column].dataset.sort !== undefined);
  const order = numeric
    ? (a, b) => Number(key(a)) - Number(key(b))
    : (a, b) => key(a).localeCompare(key(b), undefined, { numeric: true });
  rows.sort(order);
  table.tBodies[0].append(...(down ? rows.reverse() : rows));
};

document.querySelectorAll("table.sortable").forEach((table, number) => {
  table.querySelectorAll("thead th").forEach((header, column) => {
    const button = make("button", { type: "button" });
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sortBy(table, header, column));
  });
  const field = make("input", { type: "search", id: `filter-${number}`, autocomplete: "off" });
  const name = make("label", { htmlFor: field.id, textContent: "Filter the records" });
  const count = make("output", { htmlFor: field.id });
  const rows = [...table.tBodies[0].rows];
  const filter = () => {
    const asked = field.value.trim().toLowerCase();
    rows.forEach((row) => (row.hidden = !row.textContent.toLowerCase().includes(asked)));
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
  };
  field.addEventListener("input", filter);
  filter();
  const bar = make("div", { className: "filter" });
  bar.append(name, field, count);
  table.parentElement.before(bar);
});
