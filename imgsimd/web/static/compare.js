/**
 * Two pictures side by side or in one place, with one zoom for both: what is seen is the same part
 * of each, as shares of their sizes, or the same content if they are aligned.
 */
import { register } from "./keys.js";
import { after, asTransform, onto, scaling, shift } from "./placing.js";

const MOST = 32;
/** One step of the zoom, of a key or a button. */
const STEP = 1.25;
/** Of the view's size, for an arrow key. */
const MOVED = 0.1;
/** Pixels of a wheel for which the zoom doubles. */
const WHEEL = 300;
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const stage = document.querySelector("[data-stage]");
const tools = document.querySelector(".tools");
const panes = [...stage.querySelectorAll("[data-pane]")];
const views = panes.map((pane) => pane.querySelector(".view"));
const images = views.map((view) => view.querySelector("img"));
const outline = stage.querySelector("svg");
const corners = stage.dataset.corners ? JSON.parse(stage.dataset.corners) : null;
const other = tools.querySelector("[data-flip]");
const align = tools.querySelector("[data-align]");
const isOutlined = tools.querySelector("[data-outline]");

/** What is seen: how much it is enlarged, and which place of the pictures is in the middle. */
const seen = { zoom: 1, x: 0.5, y: 0.5 };
let isFlipped = false;
/** Whether the user has said if the two are to be aligned. Until then they are in one place. */
let isAlignmentChosen = false;
const mode = () => stage.dataset.mode;
const isAligned = () => Boolean(align?.checked);

/** The size at which a picture fits into its view. */
function fitting(image, view) {
  const [width, height] = [image.naturalWidth || 4, image.naturalHeight || 3];
  const scale = Math.min(view.clientWidth / width, view.clientHeight / height);
  return [width * scale, height * scale];
}

/** Puts the places of a picture of this size where they are seen in the view. */
function placed([width, height], view) {
  const enlarged = scaling(width * seen.zoom, height * seen.zoom);
  const middle = shift(view.clientWidth / 2, view.clientHeight / 2);
  return after(middle, after(enlarged, shift(-seen.x, -seen.y)));
}

function show() {
  const sizes = images.map((image, n) => fitting(image, views[n]));
  const places = sizes.map((size, n) => placed(size, views[n]));
  if (isAligned()) places[0] = after(placed(sizes[1], views[0]), onto(corners));
  images.forEach((image, n) => put(image, sizes[n], places[n]));
  if (outline) put(outline, sizes[1], places[1]);
  stage.style.setProperty("--zoom", seen.zoom); // the outline is as thin as ever
  tools.querySelector("[data-shown]").textContent = `${Math.round(seen.zoom * 100)} %`;
  images.forEach((image, n) => sharpen(image, Math.max(...sizes[n])));
}

/** The element takes so many pixels before it is transformed. */
function put(element, [width, height], place) {
  element.style.width = `${width}px`;
  element.style.height = `${height}px`;
  element.style.transform = asTransform(after(place, scaling(1 / width, 1 / height)));
}

/** Loads a larger picture where the one that is there is enlarged. */
function sharpen(image, side) {
  const wanted = side * seen.zoom * devicePixelRatio;
  const sizes = image.dataset.sizes.split(" ").map(Number);
  const size = sizes.find((each) => each >= wanted) ?? sizes.at(-1);
  const now = Number(image.dataset.size ?? sizes[0]);
  if (size <= now) return;
  image.dataset.size = size;
  const address = new URL(image.src);
  address.searchParams.set("pixels", size);
  const larger = new Image();
  larger.src = address;
  // A picture that nobody can make any more is the answer of an error: the small one stays.
  // One that is larger still may have come before it.
  larger.decode().then(() => { if (pixels(image) < size) image.src = larger.src; }, () => {});
}

/** The size at which the picture that is there was asked for. */
function pixels(image) {
  return Number(new URL(image.src).searchParams.get("pixels"));
}

/** Enlarges what is seen; the place under the pointer, in pixels from the middle, stays there. */
function zoom(factor, x = 0, y = 0) {
  const before = seen.zoom;
  seen.zoom = Math.min(MOST, Math.max(1, before * factor));
  const [width, height] = base();
  const rest = 1 / before - 1 / seen.zoom;
  look(seen.x + (x * rest) / width, seen.y + (y * rest) / height);
}

/** The size of the picture whose places the middle counts in. */
function base() {
  return fitting(images[1], views[0]);
}

function look(x, y) {
  seen.x = Math.min(1, Math.max(0, x));
  seen.y = Math.min(1, Math.max(0, y));
  if (seen.zoom === 1) [seen.x, seen.y] = [0.5, 0.5];
  show();
}

/** Moves what is seen by so many pixels. */
function move(x, y) {
  const [width, height] = base();
  look(seen.x - x / (width * seen.zoom), seen.y - y / (height * seen.zoom));
}

function fit() {
  seen.zoom = 1;
  look(0.5, 0.5);
}

function choose(chosen) {
  stage.dataset.mode = chosen;
  for (const button of tools.querySelectorAll("[data-mode]")) {
    button.setAttribute("aria-pressed", button.dataset.mode === chosen);
  }
  if (align && !isAlignmentChosen) align.checked = chosen !== "side";
  turn(isFlipped);
  show();
}

/** Shows A or, if flipped, B, where both are in one place. */
function turn(flipped) {
  isFlipped = flipped;
  panes.forEach((pane, n) => pane.toggleAttribute("data-hidden", n === (flipped ? 0 : 1)));
  other.hidden = mode() !== "flip";
  other.textContent = `Show ${flipped ? "A" : "B"}`;
}

function flip() {
  if (mode() === "flip") turn(!isFlipped);
  else choose("flip");
}

function toggle(box) {
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change"));
}

function drag() {
  /** @type {Map<number, PointerEvent>} */
  const fingers = new Map();
  const apart = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  const end = (event) => {
    fingers.delete(event.pointerId);
    stage.classList.toggle("dragging", fingers.size > 0);
  };
  stage.addEventListener("pointerdown", (event) => {
    const view = event.target.closest(".view");
    if (!view || event.button) return;
    view.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    stage.classList.add("dragging");
  });
  stage.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const before = [...fingers.values()];
    fingers.set(event.pointerId, event);
    const share = 1 / fingers.size;
    move((event.clientX - last.clientX) * share, (event.clientY - last.clientY) * share);
    if (fingers.size === 2) zoom(apart([...fingers.values()]) / (apart(before) || 1));
  });
  for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, end);
}

function wheel(event) {
  const view = event.target.closest(".view");
  if (!view) return;
  event.preventDefault();
  const box = view.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  zoom(2 ** ((-event.deltaY * lines) / WHEEL), x, y);
}

function arrow({ key }) {
  const [x, y] = ARROWS[key];
  move(x * views[0].clientWidth * MOVED, y * views[0].clientHeight * MOVED);
}

const isOnStage = () => stage.contains(document.activeElement);

register("Compare", [
  { keys: ["f", " "], label: "Flip: both in one place; again: the other one", action: flip, when: notOnControl },
  { keys: ["v"], label: "Side by side", action: () => choose("side") },
  { keys: ["d"], label: "Difference", action: () => choose("difference") },
  ...(align ? [{ keys: ["a"], label: "Align the same content", action: () => toggle(align) }] : []),
  { keys: ["+", "="], label: "Zoom in", action: () => zoom(STEP) },
  { keys: ["-"], label: "Zoom out", action: () => zoom(1 / STEP) },
  { keys: ["0"], label: "Fit", action: fit },
  { keys: Object.keys(ARROWS), label: "Move, if the pictures have the focus", action: arrow, when: isOnStage },
]);

/** Space belongs to a button, a box or a link that has the focus. */
function notOnControl(event) {
  return event.key !== " " || !event.target.closest("a, button, input");
}

stage.classList.add("live", ...(corners ? ["outlined"] : []));
stage.tabIndex = 0;
stage.setAttribute("role", "group");
stage.setAttribute("aria-label", "The two pictures. The arrow keys move what is seen, + and - zoom.");
tools.hidden = false;
tools.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  if (button.dataset.mode) choose(button.dataset.mode);
  else if (button.dataset.zoom === "fit") fit();
  else if (button.dataset.zoom) zoom(button.dataset.zoom === "in" ? STEP : 1 / STEP);
  else flip();
});
align?.addEventListener("change", () => {
  isAlignmentChosen = true;
  show();
});
isOutlined?.addEventListener("change", () => stage.classList.toggle("outlined", isOutlined.checked));
stage.addEventListener("wheel", wheel, { passive: false });
drag();
turn(false);
for (const image of images) image.addEventListener("load", show);
new ResizeObserver(show).observe(stage);
show();
