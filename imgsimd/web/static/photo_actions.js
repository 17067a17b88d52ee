/**
 * What can be done with a photo: the card that has the focus, or the photo of the page
 * (`[data-photo]`). The list that a photo is opened from is remembered for its page (photo.js).
 */
import { focused, selected } from "./grid.js";
import { register } from "./keys.js";
import { say } from "./toast.js";

/** Where the list is remembered; each tab has its own. */
const LIST = "imgsimd-list";
const COMPARED = 2;

/** The photo that keys mean, or null. */
function photo() {
  return focused() ?? document.querySelector("[data-photo][data-id]");
}

/**
 * The list that the photo of this page was opened from.
 * @returns {{ids: string[], address: string} | null}
 */
export function list() {
  try {
    return JSON.parse(sessionStorage.getItem(LIST));
  } catch {
    return null; // storage can be switched off
  }
}

function remember(card) {
  const cards = card.closest("[data-grid]").querySelectorAll(".card:not([hidden])");
  const ids = [...cards].map((each) => each.dataset.id).filter(Boolean);
  try {
    sessionStorage.setItem(LIST, JSON.stringify({ ids, address: location.href }));
  } catch {
    // without a list, the page has no next photo
  }
}

function similar() {
  const link = photo().querySelector("[data-similar]");
  location.href = link?.href ?? `similar?of=${photo().dataset.id}`;
}

/**
 * Copies the path of a photo; where the browser refuses, shows it selected.
 * @param {Element} of a card, or the photo of the page
 */
export async function copy(of) {
  const path = of.dataset.path;
  try {
    await navigator.clipboard.writeText(path);
    say(`Copied: ${path}`);
  } catch {
    offer(path);
  }
}

function offer(path) {
  const dialog = document.createElement("dialog");
  dialog.className = "copy";
  dialog.setAttribute("aria-labelledby", "copy-title");
  const title = Object.assign(document.createElement("h2"), {
    id: "copy-title", textContent: "Press Ctrl+C to copy the path",
  });
  const field = Object.assign(document.createElement("textarea"), { value: path, readOnly: true, rows: 3 });
  field.setAttribute("aria-labelledby", "copy-title");
  const form = Object.assign(document.createElement("form"), { method: "dialog" });
  form.append(Object.assign(document.createElement("button"), { textContent: "Close" }));
  dialog.append(title, field, form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  field.select();
}

/**
 * Shows a photo in the file manager.
 * @param {Element} of a card, or the photo of the page
 */
export async function reveal(of) {
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(`reveal?of=${of.dataset.id}`, { method: "POST", headers });
    const { sentence, error } = await answer.json();
    say(sentence ?? error.message);
  } catch {
    say("imgsimd does not answer.");
  }
}

function compare() {
  const two = pair();
  if (!two) {
    say(document.querySelector("[data-grid] .pick")
      ? "To compare two photos, select both: press Space on each."
      : "Go to another photo with the arrow keys, then press c.");
    return;
  }
  const [a, b] = two;
  location.href = `compare?${new URLSearchParams({ a, b })}`;
}

/** The two that are selected, or the picture that was asked about and the photo that is meant. */
function pair() {
  const chosen = selected().map((card) => card.dataset.id);
  if (chosen.length === COMPARED) return chosen;
  const card = focused();
  const asked = card?.closest("[data-grid]").dataset.asked;
  const id = card?.dataset.id;
  return asked && id && asked !== id ? [asked, id] : null;
}

const isThere = () => photo() !== null;
/** Whether this machine has it. */
const isHere = () => Boolean(photo()?.dataset.id);
const isLink = (event) => event.target.closest("a, button, input, summary") !== null;

document.addEventListener("click", (event) => {
  const card = event.target.closest(".picture")?.closest("[data-grid] .card");
  if (card?.dataset.id) remember(card);
}, { capture: true });

if (document.querySelector("[data-grid] .card, [data-photo][data-id]")) {
  register("This photo", [
    { keys: ["Enter"], label: "Open", action: () => focused().querySelector(".picture").click(), when: (event) => focused() !== null && !isLink(event) },
    { keys: ["s"], label: "Find similar photos", action: similar, when: isHere },
    { keys: ["p"], label: "Copy its path", action: () => copy(photo()), when: isThere },
    { keys: ["r"], label: "Show it in the file manager", action: () => reveal(photo()), when: isHere },
    { keys: ["c"], label: "Compare the two that are selected, or this one with the picture asked about", action: compare },
  ]);
}
