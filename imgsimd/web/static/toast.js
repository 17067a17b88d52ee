/** What is said for a moment, at the bottom of the page. */

const SECONDS = 6;

/**
 * Says a sentence; screen readers read it out.
 * @param {string} text
 * @param {{label: string, action: () => void}} [button] what can be done about it, such as undo
 */
export function say(text, button) {
  const place = document.getElementById("toast");
  const sentence = document.createElement("p");
  sentence.textContent = text;
  if (button) sentence.append(" ", made(button, sentence));
  place.replaceChildren(sentence);
  setTimeout(() => sentence.remove(), SECONDS * 1000);
}

function made({ label, action }, sentence) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => {
    sentence.remove();
    action();
  });
  return button;
}
