/**
 * Takes pictures that are dropped anywhere on the page, pasted, or chosen. They are shown at once;
 * meanwhile they are sent, and then the page of results is opened.
 */
import { say } from "./toast.js";

const MOST = 16; // pictures at once
const ACCEPT = { Accept: "application/json" };

/** @type {AbortController | null} */
let sending = null;
let isOwn = false;

/**
 * Shows the pictures, and opens the page that asks about them.
 * @param {File[]} files
 */
export async function take(files) {
  if (!files.length) return;
  if (files.length > MOST) {
    say(`Give at most ${MOST} pictures at once. These are ${files.length}.`);
    return;
  }
  sending?.abort();
  const now = sending = new AbortController();
  const dialog = shown(files, now);
  try {
    const names = [];
    for (const file of files) names.push(await sent(file, now.signal));
    location.assign(`similar?${new URLSearchParams(names.map((name) => ["of", name]))}`);
  } catch (error) {
    if (!now.signal.aborted) tell(dialog, error.message);
  }
}

/** Sends a picture. Returns what an address calls it. */
async function sent(file, signal) {
  const response = await fetch(`upload?${new URLSearchParams({ name: file.name })}`, {
    method: "POST", body: file, signal, headers: ACCEPT,
  }).catch((error) => {
    throw signal.aborted ? error : new Error("imgsimd does not answer. Is `imgsimctl browse` still running?");
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer.picture;
}

function shown(files, controller) {
  document.querySelector("dialog.dropped")?.remove();
  const dialog = document.createElement("dialog");
  dialog.className = "dropped";
  dialog.setAttribute("aria-label", "The picture to look for");
  const given = document.createElement("div");
  given.className = "given";
  given.append(...files.map(preview));
  const sentence = document.createElement("p");
  sentence.setAttribute("role", "status");
  sentence.textContent = `Looking for photos like ${files.length === 1 ? "it" : "them"}...`;
  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.textContent = "Cancel";
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    controller.abort();
    dialog.remove();
  });
  dialog.append(given, sentence, cancel);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** The picture itself, where the browser can read it. */
function preview(file) {
  const image = document.createElement("img");
  image.alt = file.name;
  image.src = URL.createObjectURL(file);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  image.addEventListener("error", () => image.replaceWith(file.name));
  return image;
}

function tell(dialog, sentence) {
  const place = dialog.querySelector("[role=status]");
  place.textContent = sentence;
  place.setAttribute("role", "alert");
  dialog.querySelector("button").textContent = "Close";
}

/** Whether files come from elsewhere: browsers make a file of a page's own picture, too. */
function isOfFiles(event) {
  return !isOwn && event.dataTransfer?.types.includes("Files");
}

function over(event) {
  if (!isOfFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  document.body.classList.add("dragged");
}

function out(event) {
  if (!event.relatedTarget) document.body.classList.remove("dragged"); // it has left the window
}

function drop(event) {
  document.body.classList.remove("dragged");
  if (!isOfFiles(event)) return;
  event.preventDefault();
  take([...event.dataTransfer.files]);
}

function paste(event) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  take(files);
}

document.addEventListener("dragstart", () => { isOwn = true; });
document.addEventListener("dragend", () => { isOwn = false; });
document.addEventListener("dragover", over);
document.addEventListener("dragleave", out);
document.addEventListener("drop", drop);
document.addEventListener("paste", paste);
addEventListener("pagehide", () => document.querySelector("dialog.dropped")?.remove());
for (const form of document.querySelectorAll("form[data-pictures]")) {
  const field = form.querySelector("input[type=file]");
  form.classList.add("scripted");
  field.addEventListener("change", () => {
    take([...field.files]);
    field.value = "";
  });
}
