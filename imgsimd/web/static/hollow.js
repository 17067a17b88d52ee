/**
 * Cards far outside the view are hollow: they keep their place, but cost no more memory than their
 * text. So a grid may have 10,000 of them.
 *
 * Chromium with 10,000 whole cards took 1.2 GB, and half a second to select one.
 */
const STEP = 60; // cards that are looked at together
const SCREENS = 4; // how many heights of the window beyond it cards are whole
/** @type {WeakMap<Element, string>} what is in the hollow cards */
const contents = new WeakMap();

/**
 * Makes a card whole, if it is not.
 * @param {Element} card
 */
export function fill(card) {
  const content = contents.get(card);
  if (content === undefined) return;
  contents.delete(card);
  card.innerHTML = content;
}

/**
 * Keeps the cards of a grid hollow or whole while the page is scrolled.
 * @param {Element} grid
 */
export function watch(grid) {
  let isDue = false;
  const look = () => {
    isDue = false;
    sort([...grid.children]);
  };
  const plan = () => {
    if (!isDue) requestAnimationFrame(look);
    isDue = true;
  };
  for (const kind of ["scroll", "resize"]) addEventListener(kind, plan, { passive: true });
  document.addEventListener("more", plan);
}

function sort(cards) {
  const parts = [];
  for (let at = 0; at < cards.length; at += STEP) parts.push(cards.slice(at, at + STEP));
  const near = parts.map(isNear); // all are measured before any is changed
  parts.forEach((part, n) => part.forEach(near[n] ? fill : empty));
}

function isNear(part) {
  const shown = part.filter((card) => !card.hidden);
  if (!shown.length) return false;
  const margin = SCREENS * innerHeight;
  const { top } = shown[0].getBoundingClientRect();
  const { bottom } = shown.at(-1).getBoundingClientRect();
  return top < innerHeight + margin && bottom > -margin;
}

/** What is selected or has the focus stays whole. */
function empty(card) {
  if (contents.has(card) || card.querySelector(":checked") || card.contains(document.activeElement)) return;
  contents.set(card, card.innerHTML);
  card.replaceChildren();
}
