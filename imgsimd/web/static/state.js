/** Keeps the numbers of the page State, and what is wrong, as they are now. */

import { follow } from "./live.js";

const numbers = new Intl.NumberFormat("en");
let stamp = document.querySelector("[data-stamp]").dataset.stamp;
let isLoading = false;

function show(figures) {
  if (!figures.running) return;
  set("line", figures.line);
  for (const name of ["images", "pending", "failed", "damaged"]) {
    set(name, numbers.format(figures[name]));
  }
  const folders = document.querySelectorAll("[data-folder]");
  if (folders.length === figures.folders.length) {
    folders.forEach((place, n) => setText(place, figures.folders[n]));
  }
  const progress = document.querySelector("[data-figure=progress]");
  progress.max = Math.max(figures.total, 1);
  progress.value = figures.done;
  if (figures.stamp !== stamp) renew(figures.stamp);
}

function set(name, text) {
  setText(document.querySelector(`[data-figure=${name}]`), text);
}

function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** Loads the parts of the page that are more than numbers. */
async function renew(newest) {
  if (isLoading) return;
  isLoading = true;
  try {
    const answer = await fetch("state");
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    page.querySelectorAll("[data-part]").forEach(exchange);
    stamp = newest;
  } finally {
    isLoading = false;
  }
}

/** Puts a part in the place of the old one, if it differs; the focus stays where it was. */
function exchange(part) {
  const old = document.querySelector(`[data-part=${part.dataset.part}]`);
  if (old.innerHTML === part.innerHTML) return;
  const hadFocus = old.contains(document.activeElement);
  old.innerHTML = part.innerHTML;
  if (hadFocus) old.querySelector("button, a")?.focus();
}

follow(show);
