/** How far a search is, while it goes on. */

const SECONDS = 0.5;
const place = document.querySelector("[data-progress]");
const bar = document.querySelector("progress");

async function ask() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "application/json" } });
    const { state, text, done, total } = await answer.json();
    if (state !== "running") {
      location.reload(); // leads to the groups, or says why there are none
      return;
    }
    if (place.textContent !== text) place.textContent = text;
    if (total) Object.assign(bar, { max: total, value: done });
    else bar.removeAttribute("value");
  } catch {
    // imgsimd may be back the next time
  }
  setTimeout(ask, SECONDS * 1000);
}

ask();
