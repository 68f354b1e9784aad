// A run's page: what happens while it goes on, and its trials as lines that can be narrowed.

import { draw } from "./charts.js";
import { followParallel } from "./parallel.js";

const MOST_LINES = 400;
const MOST_CURVES = 30;
const WAITS = /^approve_/;
const card = document.querySelector("#live");
const at = (name) => document.getElementById(`live-${name}`);

class Live {
  constructor() {
    this.curves = new Map();
    this.current = ""; // the curve that is drawn; trials side by side would take it from each other
    this.settled = true;
    this.trials = new Map();
    this.totals = { calls: 0, tokens: 0, usd: 0, unknown: false };
    this.reported = null;
  }

  take(event) {
    const kinds = { stage: this.stage, epoch: this.epoch, trial: this.trial, model_call: this.call, cost: this.cost };
    if (Object.hasOwn(kinds, event.kind)) kinds[event.kind].call(this, event);
  }

  stage({ name, state, note }) {
    this.settled = true;
    const item = [...at("stages").children].find((one) => one.dataset.stage === String(name));
    for (const one of at("stages").querySelectorAll(".now")) one.classList.remove("now");
    const ended = state === "end";
    if (item) {
      item.classList.toggle("done", ended);
      item.classList.toggle("now", !ended);
      item.querySelector(".note").textContent = ended ? note || "" : WAITS.test(name) ? "waits for you" : "at work";
    }
    this.status = ended ? `${name} is done` : WAITS.test(name) ? "waits for your answer" : `at ${name}`;
  }

  epoch({ epoch, train_loss: train, val_loss: validation, trial, epochs }) {
    const key = trial === undefined ? "the program" : `trial ${Number(trial) + 1}`; // counted from 0 here, from 1 in a trial's event
    let curve = this.curves.get(key);
    if (!curve || curve.last >= epoch) curve = { train: [], validation: [], last: 0 };
    this.curves.delete(key);
    this.curves.set(key, curve);
    curve.last = epoch;
    curve.progress = `${key}, epoch ${epoch} of ${epochs}`;
    if (typeof train === "number") curve.train.push([epoch, train]);
    if (typeof validation === "number") curve.validation.push([epoch, validation]);
    if (this.curves.size > MOST_CURVES) this.curves.delete(this.curves.keys().next().value);
    if (this.settled) this.current = key;
    if (this.current === key) this.settled = epoch >= epochs;
  }

  trial(event) {
    if (event.state === "start") return;
    this.trials.set(event.index, event);
    this.settled ||= this.current === `trial ${event.index}`;
    if (typeof event.best === "number") this.best = event.best;
    this.of = event.of;
  }

  call({ input_tokens: input = 0, output_tokens: output = 0, usd }) {
    this.totals.calls += 1;
    this.totals.tokens += input + output;
    if (typeof usd === "number") this.totals.usd += usd;
    else this.totals.unknown = true;
  }

  cost({ calls, tokens, usd }) {
    this.reported = { calls, tokens, usd, unknown: usd === null };
  }

  show() {
    const { calls, tokens, usd, unknown } = this.reported || this.totals;
    at("calls").textContent = Number(calls || 0).toLocaleString("en");
    at("tokens").textContent = Number(tokens || 0).toLocaleString("en");
    at("cost").textContent = unknown ? "unknown" : `$${Number(usd || 0).toFixed(usd && usd < 1 ? 4 : 2)}`;
    if (this.trials.size) at("count").textContent = this.of ? `${this.trials.size} of ${this.of}` : this.trials.size;
    if (this.best !== undefined) at("best").textContent = this.best.toFixed(4);
    if (this.status) setText(at("status"), this.status);
    this.showLoss();
    this.showTrials();
  }

  showLoss() {
    const curve = this.curves.get(this.current);
    if (!curve) return;
    const others = [...this.curves].filter(([key]) => key !== this.current && key.startsWith("trial"));
    const lines = this.current.startsWith("trial")
      ? others.map(([, one]) => ({ points: one.validation, kind: "series-1 faint" }))
      : [];
    lines.push({ points: curve.train, kind: "series-1" }, { points: curve.validation, kind: "series-2" });
    const alt = `Loss of ${curve.progress}: training solid, validation dashed.`;
    const shown = draw(at("loss"), { lines, names: { x: "epoch", y: "loss", alt } });
    setText(at("loss-of"), `${curve.progress} · training solid, validation dashed`);
    reveal("loss", shown);
  }

  showTrials() {
    const ended = [...this.trials.values()].filter((trial) => typeof trial.objective === "number");
    const top = Math.max(...ended.map((trial) => trial.objective));
    const dots = ended.map((trial) => ({
      x: trial.index, y: trial.objective, kind: trial.objective === top ? "best" : "trial",
      label: `trial ${trial.index}: ${trial.state}, objective ${trial.objective.toFixed(4)}`,
    }));
    const alt = `${ended.length} trials, the best objective is ${top.toFixed(4)}.`;
    reveal("trials", ended.length > 0 && draw(at("trials"), { dots, names: { x: "trial", y: "objective", alt } }));
    if (this.trials.size) setText(at("trials-of"), this.trials.size > ended.length ? `${this.trials.size - ended.length} without a score` : "");
  }
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function reveal(name, shown) {
  if (!shown) return;
  at(`${name}-figure`).hidden = false;
  at("charts").hidden = false;
}

function addLines(list, lines) {
  const box = list.parentElement;
  const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 24;
  for (const [kind, words] of lines.slice(-MOST_LINES)) {
    const item = document.createElement("li");
    item.className = String(kind).replace(/[^a-z_]/g, "");
    item.textContent = words;
    list.append(item);
  }
  while (list.children.length > MOST_LINES) list.firstElementChild.remove();
  if (atEnd) box.scrollTop = box.scrollHeight;
}

function follow() {
  const live = new Live();
  const source = new EventSource(card.dataset.events);
  let standing = null;
  let drawn = 0;
  at("log").replaceChildren();
  at("status").dataset.begun = at("status").textContent;
  source.addEventListener("events", (message) => {
    const { events, lines } = JSON.parse(message.data);
    for (const event of events) live.take(event);
    addLines(at("log"), lines);
    cancelAnimationFrame(drawn);
    drawn = requestAnimationFrame(() => live.show());
  });
  source.addEventListener("standing", (message) => {
    const now = JSON.parse(message.data);
    const asks = standing ? now.waiting !== standing.waiting : Boolean(now.waiting) !== ("waiting" in card.dataset);
    if (asks) location.reload();
    if (standing && now.running !== standing.running && now.outcome === null && !now.running && !now.waiting) {
      setText(at("status"), "no process works on it at this moment");
    }
    card.classList.toggle("still", !now.running);
    const resume = document.querySelector("#resume");
    if (resume) resume.hidden = now.running;
    standing = now;
  });
  source.addEventListener("ended", (message) => {
    source.close();
    const { outcome } = JSON.parse(message.data);
    card.classList.add("still");
    if (outcome === null) setText(at("status"), "nobody works on it; reload to look again");
    else location.reload();
  });
  source.addEventListener("open", () => setText(at("status"), live.status || at("status").dataset.begun));
  source.addEventListener("error", () => {
    const over = source.readyState === EventSource.CLOSED;
    card.classList.add("still");
    setText(at("status"), over ? "the connection is closed; reload to look again" : "the server can't be reached; trying again");
  });
  addEventListener("pagehide", () => source.close());
}

if (card) follow();
followParallel(document.querySelector("#parallel"));
