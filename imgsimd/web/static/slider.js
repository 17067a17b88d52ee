/** The slider that cuts what is farther away, while it moves. The address keeps where it is. */
import { renew } from "./grid.js";
import { more } from "./more.js";

const MOST = 10000; // matches that the daemon gives
const REST = 200; // milliseconds: browsers refuse to change the address too often
const LINKS = 'a[href*="similar?"]';
const NAME = "max_distance";
const numbers = new Intl.NumberFormat("en");
const form = document.querySelector(".cut");
const slider = form?.querySelector("input[type=range]");
/** How many photos are on the pages before. */
const before = Number(form?.dataset.before);
/** @type {number[] | null} distances of all matches, in their order, once they have been asked for */
let distances = null;
let isAsked = false;
/** @type {number | undefined} */
let resting;

/** How far away a photo may be; Infinity at the end of the slider. */
function limit() {
  return slider.value === slider.max ? Infinity : slider.valueAsNumber;
}

function cut() {
  const most = limit();
  for (const card of document.querySelectorAll(".grid .card")) {
    const beyond = isBeyond(card, most);
    if (card.hidden !== beyond) card.hidden = beyond;
  }
  if (more()) more().hidden = !comes(most);
  tell();
  renew();
  dispatchEvent(new Event("resize")); // what came into view may be hollow
}

function isBeyond(card, most) {
  const head = card.dataset.group ? document.getElementById(`photo-${card.dataset.group}`) : card;
  return Number(head.dataset.distance) > most;
}

/** How many photos have been loaded, and are on the pages before. */
function last() {
  return before + document.querySelectorAll(".grid [data-distance]").length;
}

/** Whether a photo that is near enough is still to be loaded, as far as is known. */
function comes(most) {
  return most === Infinity || !distances || distances.slice(last()).some((distance) => distance <= most);
}

function tell() {
  const most = limit();
  const similar = (Math.max(0, 1 - most ** 2 / 2) * 100).toFixed(1);
  const output = form.querySelector("output");
  output.textContent = most === Infinity ? "any" : `${most.toFixed(2)} (${similar} % similar)`;
  slider.setAttribute("aria-valuetext", output.textContent);
  document.querySelector(".left").textContent = left(most);
}

/** How many photos are left, in the words of results.py; what it says, while that is not known. */
function left(most) {
  if (most === Infinity) return all();
  if (!distances) return document.querySelector(".left").textContent;
  const near = distances.filter((distance) => distance <= most).length;
  if (!near) return `Nothing within ${most.toFixed(2)}; the nearest is at ${distances[0].toFixed(3)}.`;
  const isAll = near < distances.length || distances.length < MOST;
  return `${isAll ? "" : "More than "}${photos(near)} within ${most.toFixed(2)}.`;
}

function all() {
  const end = last();
  if (before) return `Photos ${numbers.format(before + 1)} to ${numbers.format(end)}.`;
  if (end >= MOST) return `The first ${photos(end)}; filters lead to others.`;
  return `${more() ? "The first" : "All"} ${photos(end)}.`;
}

function photos(count) {
  return `${numbers.format(count)} photo${count === 1 ? "" : "s"}`;
}

/** Asks for the distances of all matches, once they are needed. */
async function measure() {
  if (isAsked) return;
  isAsked = true;
  const response = await fetch(form.dataset.distances, { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  distances = await response.json();
  cut();
}

/** An address with the limit. */
function limited(address) {
  const url = new URL(address);
  if (limit() === Infinity) url.searchParams.delete(NAME);
  else url.searchParams.set(NAME, String(limit()));
  return url.href;
}

/** Whoever follows a link takes the limit along; keys follow those of their card. */
function carry({ target }) {
  const links = target.closest?.(LINKS) ? [target.closest(LINKS)] : target.closest?.(".card")?.querySelectorAll(LINKS);
  for (const link of links ?? []) link.href = limited(link.href);
}

/** Whoever sends a form, too. */
function carryInForm({ target }) {
  if (target === form) return;
  target.querySelector(`input[name=${NAME}]`)?.remove();
  if (limit() === Infinity) return;
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: NAME, value: String(limit()) });
  target.append(field);
}

function remember() {
  history.replaceState(history.state, "", limited(location.href));
}

function move() {
  measure();
  cut();
  clearTimeout(resting);
  resting = setTimeout(remember, REST);
}

if (slider && document.querySelector(".grid .card")) {
  slider.addEventListener("input", move);
  document.addEventListener("more", cut);
  for (const kind of ["pointerdown", "click", "auxclick", "keydown"]) document.addEventListener(kind, carry, true);
  document.addEventListener("submit", carryInForm);
  if (limit() < Infinity) measure();
  cut();
}
