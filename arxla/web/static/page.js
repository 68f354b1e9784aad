// What every page has: light or dark at once, a list that follows its runs, and a comparison of two to five.

const theme = document.querySelector("#theme");
theme?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = theme.querySelector("button");
  const chosen = button.value;
  const body = new URLSearchParams({ theme: chosen, next: "/" });
  document.documentElement.dataset.theme = chosen;
  button.value = { auto: "dark", dark: "light", light: "auto" }[chosen];
  button.title = `Colours: ${chosen}`;
  button.setAttribute("aria-label", `Colours: ${chosen}; change to ${button.value}`);
  button.querySelector(".word").textContent = chosen;
  await fetch(theme.action, { method: "POST", body, redirect: "manual" });
});

const LOOK_MS = 4000;
const MOST_COMPARED = 5;
const list = document.querySelector("#list");

function limitTicks() {
  const ticks = [...list.querySelectorAll('input[name="run"]')];
  const ticked = ticks.filter((tick) => tick.checked).length;
  for (const tick of ticks) tick.disabled = !tick.checked && ticked >= MOST_COMPARED;
  const button = list.querySelector("#compare");
  if (button) {
    button.disabled = ticked < 2;
    button.textContent = ticked < 2 ? "Tick two runs to compare" : `Compare ${ticked} runs`;
  }
}

async function refreshList() {
  if (document.hidden || list.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#list tbody");
  if (!fresh) return;
  const ticked = new Set([...list.querySelectorAll("input:checked")].map((tick) => tick.value));
  list.querySelector("tbody").replaceWith(document.adoptNode(fresh));
  for (const tick of list.querySelectorAll('input[name="run"]')) tick.checked = ticked.has(tick.value);
  limitTicks();
}

if (list) {
  limitTicks();
  list.addEventListener("change", limitTicks);
  if ("live" in list.dataset) setInterval(() => refreshList().catch(() => undefined), LOOK_MS);
}
