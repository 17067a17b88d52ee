/** Photos that show the same as one of the results, opened in their place. */
import { renew } from "./grid.js";
import { page } from "./more.js";

async function toggle(event) {
  const link = event.target.closest("a[data-open]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const card = link.closest(".card");
  const isOpen = link.getAttribute("aria-expanded") === "true";
  if (isOpen && link.dataset.closed === undefined) return; // the page has opened it
  event.preventDefault();
  if (isOpen) close(card, link);
  else await open(card, link);
  renew();
}

async function open(card, link) {
  const opened = await page(link.href);
  card.after(...opened.querySelectorAll(`[data-group="${card.dataset.id}"]`));
  link.dataset.closed = link.textContent;
  link.textContent = opened.querySelector(`#${card.id} a[data-open]`).textContent;
  link.setAttribute("aria-expanded", "true");
}

function close(card, link) {
  for (const member of document.querySelectorAll(`[data-group="${card.dataset.id}"]`)) member.remove();
  link.textContent = link.dataset.closed;
  link.setAttribute("aria-expanded", "false");
}

document.addEventListener("click", toggle);
