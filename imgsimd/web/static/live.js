/** What imgsimd does, on every page, as it changes. */

/**
 * @typedef {Object} Figures see imgsimd/web/figures.py
 * @property {boolean} running
 * @property {string} line
 * @property {boolean} busy
 * @property {number} done
 * @property {number} total
 * @property {string} stamp
 */

const ENDED = "These pages have ended. Run `imgsimctl browse` to look again.";
const PATIENCE = 4000;
/** @type {Set<(figures: Figures) => void>} */
const listeners = new Set();
let last = null;
let timer = null;

/**
 * Calls it with what is known now, and whenever that changes.
 * @param {(figures: Figures) => void} listener
 */
export function follow(listener) {
  listeners.add(listener);
  if (last) listener(last);
}

/** @param {Figures | null} news null: the stream has broken off, and is tried again */
function hear(news) {
  if (!news) {
    timer ??= setTimeout(() => warn(ENDED), PATIENCE);
    return;
  }
  clearTimeout(timer);
  timer = null;
  last = news;
  warn(news.running || saysSo() ? "" : news.line);
  for (const listener of listeners) listener(news);
}

/** Whether the page itself says that nobody answers. */
function saysSo() {
  return document.body.matches("[data-gone]");
}

function warn(sentence) {
  const place = document.getElementById("gone");
  place.replaceChildren(...withCommands(sentence));
  place.hidden = !sentence;
}

/** What a sentence has in backticks is a command. */
function withCommands(sentence) {
  const code = (textContent) => Object.assign(document.createElement("code"), { textContent });
  return sentence.split("`").map((part, n) => (n % 2 ? code(part) : part));
}

function showLine({ running, busy, line }) {
  const place = document.getElementById("live");
  place.hidden = !running || !busy;
  if (place.textContent !== line) place.textContent = line;
}

/** A page that could not be shown while nobody answered shows itself when somebody does. */
function recover({ running }) {
  if (running && saysSo()) location.reload();
}

function listen() {
  if (!globalThis.SharedWorker) {
    const events = new EventSource(new URL("../events", import.meta.url));
    events.onmessage = ({ data }) => hear(JSON.parse(data));
    events.onerror = () => hear(null);
    return;
  }
  const { port } = new SharedWorker(new URL("live_worker.js", import.meta.url));
  port.onmessage = ({ data }) => hear(data);
  addEventListener("pagehide", () => port.postMessage("leaving"));
}

follow(showLine);
follow(recover);
listen();
// A page that comes back from the cache of "back" has told that it was leaving.
addEventListener("pageshow", ({ persisted }) => persisted && listen());
