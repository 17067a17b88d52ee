/**
 * Photos in grids (templates/card.html): keys go from one to another, and select them.
 *
 * One Tab leads to a grid, and one more through the controls of the card there, then out again:
 * only they have a tab stop. Arrows are taken from the page only while a card has the focus.
 */
import { fill, watch } from "./hollow.js";
import { register } from "./keys.js";

const GRIDS = "[data-grid]";
const CONTROLS = "a, button, input, summary";
/** By how many cards a key goes on; a row counts as often as the grid has columns. */
const STEPS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  h: [-1, 0], l: [1, 0], k: [0, -1], j: [0, 1],
};
const INTO = ["h", "j", "k", "l"];
/** @type {WeakMap<Element, Element>} the card of each grid that has the tab stop */
const current = new WeakMap();
/** @type {WeakSet<Element>} the cards that are known */
const known = new WeakSet();
/** @type {Element | null} the card from which a range goes */
let anchor = null;

/** The card that has the focus, or null. */
export function focused() {
  return document.activeElement?.closest(`${GRIDS} .card`) ?? null;
}

/** The cards that are selected, in their order. */
export function selected() {
  const boxes = document.querySelectorAll(`${GRIDS} .card .pick :checked`);
  return [...boxes].map((each) => each.closest(".card"));
}

/**
 * Selects a card, or takes that back. Every change is told by an event "selection" of the document.
 * @param {Element} card
 * @param {boolean} [on]
 */
function select(card, on = true) {
  mark(card, on);
  tell();
}

/** Takes back what is selected. */
export function clear() {
  selected().forEach((card) => mark(card, false));
  tell();
}

/**
 * Gives a card the focus.
 * @param {Element} card
 */
export function focus(card) {
  hold(card);
  card.querySelector(".picture").focus();
}

/** Has the keys know the cards that have come or gone since. */
export function renew() {
  for (const grid of document.querySelectorAll(GRIDS)) {
    const cards = shown(grid);
    for (const card of grid.querySelectorAll(".card")) meet(card);
    if (cards.length && !cards.includes(current.get(grid))) hold(cards[0]);
  }
  tell();
}

function meet(card) {
  if (known.has(card)) return;
  known.add(card);
  reach(card, false);
}

function box(card) {
  return card.querySelector(".pick input");
}

function isSelected(card) {
  return Boolean(box(card)?.checked);
}

function mark(card, on) {
  if (on) fill(card);
  const its = box(card);
  if (its) its.checked = on;
}

function tell() {
  document.dispatchEvent(new CustomEvent("selection", { detail: selected() }));
}

function shown(grid) {
  return [...grid.querySelectorAll(".card:not([hidden])")];
}

/** Gives the controls of a card a tab stop, or takes it. */
function reach(card, on) {
  for (const control of card.querySelectorAll(CONTROLS)) control.tabIndex = on ? 0 : -1;
}

/** Gives a card the tab stop of its grid. */
function hold(card) {
  const grid = card.closest(GRIDS);
  fill(card);
  const before = current.get(grid);
  if (before && before !== card) reach(before, false);
  reach(card, true);
  current.set(grid, card);
}

function columns(grid) {
  return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
}

/** The card that a key leads to from the one that has the focus. */
function beyond(card, key) {
  const grid = card.closest(GRIDS);
  const cards = shown(grid);
  const at = cards.indexOf(card);
  if (key === "Home") return cards[0];
  if (key === "End") return cards.at(-1);
  const [across, down] = STEPS[key] ?? STEPS[key.toLowerCase()];
  return cards[at + across + down * columns(grid)] ?? card;
}

function go(event) {
  const from = focused();
  if (!from) return enter();
  const to = beyond(from, event.key);
  if (event.shiftKey) extend(from, to);
  else anchor = null;
  focus(to);
}

function enter() {
  const grid = [...document.querySelectorAll(GRIDS)].find((each) => shown(each).length);
  if (grid) focus(current.get(grid) ?? shown(grid)[0]);
}

/** Selects all from where the range began to this card; what it has left is given back. */
function extend(from, to) {
  anchor ??= from;
  between(anchor, from).forEach((card) => mark(card, false));
  between(anchor, to).forEach((card) => mark(card, true));
  tell();
}

function between(one, other) {
  const cards = shown(one.closest(GRIDS));
  const [first, last] = [cards.indexOf(one), cards.indexOf(other)].sort((a, b) => a - b);
  return first < 0 ? [] : cards.slice(first, last + 1);
}

function pick() {
  const card = focused();
  anchor = card;
  select(card, !isSelected(card));
}

function click(event) {
  const card = event.target.closest(`${GRIDS} .card`);
  if (!card) return;
  const isBox = event.target === box(card);
  if (event.shiftKey && (isBox || event.target.closest(".picture"))) {
    if (!isBox) event.preventDefault(); // a range, not a new window
    range(card);
  } else if (isBox) {
    anchor = card;
    tell();
  }
}

function range(card) {
  const from = anchor ?? current.get(card.closest(GRIDS)) ?? card;
  between(from, card).forEach((each) => mark(each, true));
  anchor ??= from;
  focus(card);
  tell();
}

const isHere = () => focused() !== null;
const isOnPhoto = (event) => isHere() && !event.target.matches("button, input, summary");
const isGrid = () => document.querySelector(`${GRIDS} .card`) !== null;
const mayEnter = (event) => isHere() || (isGrid() && INTO.includes(event.key));

/** Whether a grid leaves the keys for rows to its page. */
const isLine = () => document.querySelector("[data-grid=line]") !== null;
const hasBoxes = () => document.querySelector(`${GRIDS} .pick`) !== null;

if (isGrid()) {
  document.querySelectorAll(GRIDS).forEach(watch);
  renew();
  document.addEventListener("click", click);
  document.addEventListener("focusin", () => isHere() && hold(focused()));
  register("Photos", [
    { keys: ["ArrowLeft", "h", "H"], label: "The photo before", action: go, when: mayEnter },
    { keys: ["ArrowRight", "l", "L"], label: "The next photo", action: go, when: mayEnter },
    { keys: isLine() ? ["ArrowUp"] : ["ArrowUp", "k", "K"], label: "The row above", action: go, when: mayEnter },
    { keys: isLine() ? ["ArrowDown"] : ["ArrowDown", "j", "J"], label: "The row below", action: go, when: mayEnter },
    { keys: ["Home"], label: "The first photo", action: go, when: isHere },
    { keys: ["End"], label: "The last photo", action: go, when: isHere },
  ]);
  if (hasBoxes()) register("Photos", [
    { keys: [" ", "x"], label: "Select; with Shift and arrows or clicks, a range", action: pick, when: isOnPhoto },
    { keys: ["Escape"], label: "Take the selection back", action: clear, when: () => selected().length > 0 },
  ]);
}
