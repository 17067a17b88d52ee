/** The bar below a grid that says how many photos are selected, and what can be done with them. */
import { clear } from "./grid.js";

const COMPARED = 2;

function show(bar, ids) {
  bar.querySelector("[role=status]").textContent = ids.length ? `${ids.length.toLocaleString("en")} selected` : "";
  const compare = bar.querySelector("[data-compare]");
  compare.hidden = ids.length !== COMPARED;
  if (!compare.hidden) compare.href = `compare?${new URLSearchParams({ a: ids[0], b: ids[1] })}`;
}

for (const bar of document.querySelectorAll(".selection")) {
  const unmark = bar.querySelector("[data-clear]");
  unmark.hidden = false;
  unmark.addEventListener("click", clear);
  document.addEventListener("selection", ({ detail }) => show(bar, detail.map((card) => card.dataset.id)));
}
