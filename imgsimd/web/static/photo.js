/** The page of one photo: its buttons, and the photos before and after it in the list. */
import { focused } from "./grid.js";
import { register } from "./keys.js";
import { copy, list, reveal } from "./photo_actions.js";

const photo = document.querySelector("[data-photo]");
const turn = photo.querySelector(".turns");

function offer(name, action) {
  const button = photo.querySelector(`[data-${name}]`);
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => action(photo));
}

/** Leads to a photo of the list; there is no end that leads to the beginning. */
function lead(name, id) {
  const link = turn.querySelector(`[data-${name}]`);
  if (id) link.href = `photo?of=${id}`;
  else link.remove();
}

/** Goes on without a new entry in the history: back leads to the list. */
function go(name) {
  location.replace(turn.querySelector(`[data-${name}]`).href);
}

function place() {
  const ids = list()?.ids ?? [];
  const at = ids.indexOf(photo.dataset.id);
  if (at < 0 || ids.length < 2) return;
  lead("before", ids[at - 1]);
  lead("after", ids[at + 1]);
  turn.querySelector("[data-at]").textContent = `${at + 1} of ${ids.length}`;
  turn.hidden = false;
  turn.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    location.replace(link.href);
  });
  const can = (name) => () => focused() === null && turn.querySelector(`[data-${name}]`) !== null;
  register("This photo", [
    { keys: ["ArrowLeft"], label: "The photo before in the list", action: () => go("before"), when: can("before") },
    { keys: ["ArrowRight"], label: "The next photo in the list", action: () => go("after"), when: can("after") },
  ]);
}

offer("copy", copy);
offer("reveal", reveal);
place();
