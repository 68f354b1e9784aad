// A chat: messages are sent without leaving the page, and what a turn does appears while it does it.

const MOST_LINES = 200;
const messages = document.querySelector("#messages");
const composer = document.querySelector("#composer");
const text = document.querySelector("#text");
const fault = document.querySelector("#fault");

function add(kind, fill) {
  const item = document.createElement("li");
  item.className = kind;
  fill(item);
  messages.append(item);
  item.scrollIntoView({ block: "nearest" });
  return item;
}

function said(role, who, fill) {
  return add(role, (item) => {
    const name = document.createElement("span");
    name.className = "unseen";
    name.textContent = who;
    const body = document.createElement("div");
    body.className = "text";
    fill(body);
    item.append(name, body);
  });
}

function work() {
  let item = messages.querySelector(".work:last-of-type");
  if (!item || item.classList.contains("over")) {
    item = add("work", (made) => {
      const box = document.createElement("div");
      box.className = "log short";
      box.append(document.createElement("ol"));
      made.append(box);
    });
  }
  return item.querySelector("ol");
}

function addLine({ kind, text: words }) {
  const list = work();
  const line = document.createElement("li");
  line.className = String(kind).replace(/[^a-z_]/g, "");
  line.textContent = words;
  list.append(line);
  while (list.children.length > MOST_LINES) list.firstElementChild.remove();
  list.parentElement.scrollTop = list.parentElement.scrollHeight;
}

function listen(turn) {
  const source = new EventSource(`${messages.dataset.address}/news?turn=${encodeURIComponent(turn)}`);
  busy(true);
  // What the server sends as HTML is escaped there, and the page's policy runs no script but its own.
  source.addEventListener("message", (event) => {
    for (const one of messages.querySelectorAll(".work")) one.classList.add("over");
    said("ai", "arxla:", (body) => { body.innerHTML = JSON.parse(event.data).html; });
  });
  source.addEventListener("line", (event) => addLine(JSON.parse(event.data)));
  source.addEventListener("fault", (event) => { fault.textContent = JSON.parse(event.data).text; });
  source.addEventListener("done", (event) => {
    source.close();
    const { question, run_id: run } = JSON.parse(event.data);
    for (const one of messages.querySelectorAll(".work")) one.classList.add("over");
    if (question || run || document.querySelector("#stop")) location.reload();
    else busy(false);
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) { fault.textContent = "The connection is closed; reload the page."; busy(false); }
  });
  addEventListener("pagehide", () => source.close());
}

function busy(now) {
  text.disabled = now;
  composer.querySelector("button").disabled = now;
  if (!now) text.focus();
}

composer.addEventListener("submit", async (event) => {
  if (!messages.children.length) return; // the first message makes the chat: a form does that
  event.preventDefault();
  const words = text.value.trim();
  if (!words) return;
  fault.textContent = "";
  busy(true);
  const answer = await fetch(composer.action, { method: "POST", body: new URLSearchParams({ text: words }), headers: { accept: "application/json" } }).catch(() => null);
  const got = answer ? await answer.json().catch(() => ({ error: "The message could not be sent; reload the page." })) : { error: "The server can't be reached." };
  if (got.error) {
    fault.textContent = got.error;
    busy(false);
    return;
  }
  said("human", "You:", (body) => { body.textContent = words; });
  text.value = "";
  listen(got.turn);
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
});

if (messages.dataset.turn) {
  for (const one of messages.querySelectorAll(".work ol")) one.replaceChildren();
  listen(messages.dataset.turn);
}
messages.lastElementChild?.scrollIntoView({ block: "nearest" });
