/**
 * More photos when the end of a grid comes near: the link to the next page is followed in place.
 * After "back" there are as many as before. An event "more" of the document tells of each page.
 */
import { focus, focused, renew } from "./grid.js";
import { say } from "./toast.js";

const NEAR = "1500px"; // how long before its end comes into view the next page is fetched
const GRID = "form.photos .grid";

let isLoading = false;

/** The paragraph with the link to the next page, or null. */
export function more() {
  return document.querySelector(".more");
}

/**
 * Another page of ours.
 * @param {string} address
 * @returns {Promise<Document>}
 */
export async function page(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status} ${address}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

async function load() {
  const link = more()?.querySelector("a");
  if (!link || isLoading || more().hidden) return;
  isLoading = true;
  try {
    append(await page(link.href));
    remember({ pages: (history.state?.pages ?? 1) + 1 });
  } catch {
    watcher.disconnect();
    say("The next photos could not be loaded.", { label: "Try again", action: load });
    return;
  } finally {
    isLoading = false;
  }
  observe();
}

function append(next) {
  const grid = document.querySelector(GRID);
  const known = new Set([...grid.children].map((card) => card.id));
  grid.append(...[...next.querySelectorAll(`${GRID} > .card`)].filter(({ id }) => !known.has(id)));
  const link = next.querySelector(".more");
  if (link) more().replaceWith(link);
  else more().remove();
  renew();
  document.dispatchEvent(new Event("more"));
}

const watcher = new IntersectionObserver(
  (entries) => entries.some((entry) => entry.isIntersecting) && load(),
  { rootMargin: NEAR },
);

function observe() {
  watcher.disconnect();
  if (more()) watcher.observe(more());
}

function remember(change) {
  history.replaceState({ ...history.state, ...change }, "");
}

/** As many pages as there were, and the card where one was: heights are only estimates then. */
async function restore() {
  const { pages = 1, card, hadFocus } = history.state ?? {};
  remember({ pages: 1 });
  for (let n = 1; n < pages && more(); n++) await load();
  const found = document.getElementById(card);
  if (found && hadFocus) focus(found);
  if (found && (hadFocus || pages > 1)) found.scrollIntoView({ block: "center" });
  observe();
}

function leave() {
  const first = [...document.querySelectorAll(`${GRID} .card`)]
    .find((card) => card.getBoundingClientRect().bottom > innerHeight / 2);
  remember({ card: (focused() ?? first)?.id, hadFocus: focused() !== null });
}

addEventListener("pagehide", leave);
if (document.querySelector(GRID)) restore();
