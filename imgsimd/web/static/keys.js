/**
 * The keys of a page. Whoever has one registers it; `?` lists all of them.
 *
 * No key is taken while something is typed, or together with Ctrl, Alt or Meta: these are the
 * browser's.
 */

/**
 * @typedef {Object} Key
 * @property {string[]} keys as KeyboardEvent.key has them, such as "j" and "ArrowDown"; the first
 *   for which `when` holds is obeyed
 * @property {string} label what it does, for the list
 * @property {(event: KeyboardEvent) => void} action
 * @property {(event: KeyboardEvent) => boolean} [when] whether it does it now; without, always
 */

/** @type {Map<string, Key[]>} */
const sections = new Map();
const EVERYWHERE = "On every page";
const SHOWN = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", " ": "Space",
};
const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], "
  + "[type=file]), textarea, select, [contenteditable]";

/**
 * Adds keys, under a heading of the list.
 * @param {string} section
 * @param {Key[]} keys
 */
export function register(section, keys) {
  sections.set(section, [...(sections.get(section) ?? []), ...keys]);
}

/**
 * Whether something is typed: in a field, or in a dialog that is open.
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
function isTyping(event) {
  return event.isComposing || Boolean(event.target.closest?.(TYPED));
}

function obey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (isTyping(event)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const key = ordered().flatMap(([, keys]) => keys)
    .find(({ keys, when }) => keys.includes(event.key) && (!when || when(event)));
  if (!key) return;
  event.preventDefault();
  key.action(event);
}

/** The page's own keys come before those of every page. */
function ordered() {
  const own = [...sections].filter(([name]) => name !== EVERYWHERE);
  return [...own, [EVERYWHERE, sections.get(EVERYWHERE)]];
}

function list() {
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = Object.assign(document.createElement("h2"), {
    id: "keys-title", textContent: "Keys on this page", tabIndex: -1, autofocus: true, // the list begins at its top
  });
  const form = Object.assign(document.createElement("form"), { method: "dialog" });
  form.append(Object.assign(document.createElement("button"), { textContent: "Close" }));
  dialog.append(title, ...ordered().flatMap(([name, keys]) => described(name, keys)), form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Whether this is another one of the keys, with Shift: "J" beside "j". */
function isShifted(key, keys) {
  return key !== key.toLowerCase() && keys.includes(key.toLowerCase());
}

function described(name, keys) {
  const heading = Object.assign(document.createElement("h3"), { textContent: name });
  const terms = document.createElement("dl");
  for (const { keys: names, label } of keys) {
    const term = document.createElement("dt");
    names.filter((each) => !isShifted(each, names)).forEach((each, n) => {
      if (n) term.append(" ");
      term.append(Object.assign(document.createElement("kbd"), { textContent: SHOWN[each] ?? each }));
    });
    terms.append(term, Object.assign(document.createElement("dd"), { textContent: label }));
  }
  return [heading, terms];
}

function search() {
  const field = document.querySelector("[data-search]");
  field.focus();
  field.select?.();
}

/** Whether the page before this one is ours. */
function canGoBack() {
  return globalThis.navigation?.canGoBack ?? document.referrer.startsWith(location.origin);
}

document.addEventListener("keydown", obey);
if (document.querySelector("[data-search]")) {
  register(EVERYWHERE, [{ keys: ["/"], label: "Search or filter", action: search }]);
}
register(EVERYWHERE, [
  { keys: ["Escape"], label: "Back", action: () => history.back(), when: canGoBack },
  { keys: ["?"], label: "Show this list", action: list },
]);
const help = document.getElementById("help");
document.addEventListener("DOMContentLoaded", () => { help.hidden = false; }); // all have registered
help.addEventListener("click", list);
