/**
 * Groups of duplicates: the keys that press the buttons of the page. They are registered before
 * those of grid.js, since `j` and `k` go from group to group here.
 */
import { register } from "./keys.js";

const form = document.querySelector("form.group");
const MOST_DIGIT = 9;
const SECONDS_COMPARING = 1;

function focused() {
  return document.activeElement?.closest("[data-grid] .card") ?? null;
}

/** Presses a button, if it is there and may be pressed. */
function press(button) {
  button?.click();
}

function button(name) {
  return document.querySelector(`form .bar [name=${name}], form.buttons [name=${name}]`);
}

function ofCard(name, card = focused()) {
  return card?.querySelector(`[name=${name}]`) ?? null;
}

/** The photo with a number, as the cards show it. */
function numbered(event) {
  return document.querySelectorAll(".members .card")[Number(event.key) - 1];
}

function follow(selector) {
  document.querySelector(selector)?.click();
}

/** The page that comes back shows the same photo with the focus. */
function remember() {
  form.elements.namedItem("at").value = focused()?.dataset.id ?? "";
}

function return_() {
  const at = new URLSearchParams(location.search).get("at");
  document.getElementById(`photo-${at}`)?.querySelector(".picture").focus();
}

const undo = { keys: ["u"], label: "Undo the last decision", action: () => press(button("undo")) };

if (form) {
  const digits = Array.from({ length: MOST_DIGIT }, (_, n) => String(n + 1));
  register("Groups", [
    { keys: ["j"], label: "The next group; this one stays as it is", action: () => follow("[data-group-after]") },
    { keys: ["k"], label: "The group before", action: () => follow("[data-group-before]") },
    { keys: ["y"], label: "Yes: what is marked can go", action: () => press(button("accept")) },
    { keys: ["b"], label: "Keep both, or all of the group", action: () => press(button("all")) },
    { keys: ["n"], label: "Not a duplicate: this photo, or all of the group", action: () => press(ofCard("apart") ?? button("apart")) },
    { keys: ["m"], label: "Keep this photo instead", action: () => press(ofCard("keep")), when: () => focused() !== null },
    { keys: ["x"], label: "Keep this photo, too, or let it go", action: () => press(ofCard("too")), when: () => focused() !== null },
    { keys: digits, label: "Keep the photo with this number", action: (event) => press(ofCard("keep", numbered(event))) },
    undo,
  ]);
  form.addEventListener("submit", remember);
  return_();
  for (const address of JSON.parse(form.dataset.ahead)) new Image().src = address;
  if ("comparing" in form.dataset) setTimeout(() => location.reload(), SECONDS_COMPARING * 1000);
} else {
  register("What can go", [undo]);
}
