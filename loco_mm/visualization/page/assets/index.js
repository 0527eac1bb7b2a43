// The page: selection of the video, the class and the order.

const state = { number: 0, time: 0, zoom: 1, threshold: scale.initial, label: null };
const ORDERS = {
  errors: ["most errors first", (a, b) => b.errors - a.errors],
  right: ["fewest errors first", (a, b) => a.errors - b.errors],
  score: ["best score first", (a, b) => b.best - a.best],
  events: ["most events first", (a, b) => b.kept - a.kept],
  given: ["original order", () => 0],
  name: ["by name", (a, b) => (a.id < b.id ? -1 : 1)],
};
const NARROW = matchMedia("(max-width: 760px)");
const withTruth = page.videos.some((video) => video.gt);
let entries = [];

function judgeAll() {
  entries = page.videos.map((video, number) => {
    const verdict = view(video, state.threshold, state.label);
    const events = [...(verdict.gt || []), ...verdict.kept];
    const names = new Set(events.map((event) => page.classes[event.label]));
    return {
      number, id: video.id, verdict, kept: verdict.kept.length, events: events.length,
      errors: verdict.missed.length + verdict.wrong.length,
      best: verdict.kept.length ? verdict.kept[0].score : 0,
      text: [video.id, ...names].join("\n").toLowerCase(),
    };
  });
  const sum = (key) => entries.reduce((total, entry) => total + entry.verdict[key].length, 0);
  const parts = [counted(page.videos.length, "video"), counted(sum("kept"), "prediction")];
  if (withTruth) parts.push(`${counted(sum("missed"), "missed event")}, ${counted(sum("wrong"), "false positive")} at tIoU ${MATCH}`);
  at("summary").textContent = parts.join(" · ");
  at("kinds").textContent = kindsOf(entries.flatMap((entry) => entry.verdict.wrong));
}

// Numbers of the kinds of false positives, most frequent first.
function kindsOf(wrong) {
  const counts = {};
  for (const { kind } of wrong) counts[kind] = (counts[kind] || 0) + 1;
  const found = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return found.length ? `False positives: ${found.map((pair) => pair.join(" ")).join(" · ")}` : "";
}

function listed() {
  const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => (state.label === null || entry.events) && words.every((word) => entry.text.includes(word)));
  return found.sort((a, b) => ORDERS[at("order").value][1](a, b) || a.number - b.number);
}

function drawIndex() {
  const shown = listed();
  const few = shown.length ? `${shown.length} of ${entries.length}` : "No video matches.";
  at("hits").textContent = shown.length === entries.length ? "" : few;
  at("list").replaceChildren(...shown.map((entry) => make("li", {}, entryButton(entry))));
}

function entryButton(entry) {
  const { missed, wrong } = entry.verdict;
  const counts = make("span", { className: "counts", textContent: counted(entry.kept, "prediction") });
  if (page.videos[entry.number].gt) counts.append(` · ${missed.length} missed, ${wrong.length} false`);
  const name = make("bdi", { className: "id", textContent: entry.id });
  const button = make("button", { type: "button" }, ...thumbnail(entry.number), make("span", {}, name, counts));
  if (entry.number === state.number) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => {
    select(entry.number);
    if (NARROW.matches) at("index").open = false;
  });
  return button;
}

const thumbnails = new Map();
function thumbnail(number) {
  const text = at(`picture-${number}`);
  if (!text) return [];
  if (!thumbnails.has(number)) thumbnails.set(number, blobUrl(text, "image/jpeg"));
  return [make("img", { src: thumbnails.get(number), alt: "", loading: "lazy" })];
}

function drawTable(verdict) {
  const rows = [...verdict.kept, ...verdict.missed].sort((a, b) => a.start - b.start);
  at("events").firstElementChild.textContent = `Table of ${counted(rows.length, "event")}`;
  const shown = at("events").open ? rows : [];
  at("events").querySelector("tbody").replaceChildren(...shown.map((event) => {
    const name = make("bdi", { textContent: page.classes[event.label] });
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", () => choose(event));
    const cells = [clock(event.start, 3), clock(event.end, 3), event.score?.toFixed(3) ?? "", verdictOf(event)];
    return make("tr", {}, make("td", {}, button), ...cells.map((text) => make("td", { textContent: text })));
  }));
}

function drawVideo() {
  const video = page.videos[state.number], { verdict } = entries[state.number];
  drawTimeline(video, verdict);
  drawTable(verdict);
  const parts = [clock(video.duration) + (video.duration < 60 ? " s" : ""), counted(verdict.kept.length, "prediction")];
  if (video.gt) parts.push(`${verdict.gt.length} annotated`, `${verdict.missed.length} missed`);
  at("facts").textContent = parts.join(" · ");
  drawEditor();
}

// Draws everything that depends on the minimum score, the class, or the annotations.
function drawAll() {
  judgeAll();
  drawScores();
  drawIndex();
  if (page.videos.length) drawVideo();
}

function select(number, time = 0) {
  Object.assign(state, { number, time: 0, zoom: 1 });
  editor.event = null;
  at("name").replaceChildren(make("bdi", { textContent: page.videos[number].id }));
  loadMedia(number);
  drawVideo();
  drawIndex();
  document.querySelector("#list [aria-current]")?.scrollIntoView({ block: "nearest" });
  seek(time);
}

// A click on an event plays it; while annotations are corrected, it selects it.
function choose(event) {
  if (!editor.active) return playEvent(event);
  selectEvent(event);
  moveTo(event.start);
}

function setThreshold(value) {
  state.threshold = withinScale(value);
  drawAll();
}

function setLabel(label) {
  state.label = label;
  at("class").value = label === null ? "" : String(label);
  drawAll();
}

function step(by) {
  const shown = listed();
  const place = shown.findIndex((entry) => entry.number === state.number);
  const next = shown[place + by];
  if (next) select(next.number);
}

function toEvent(by) {
  const starts = entries[state.number].verdict.kept.map((event) => event.start).sort((a, b) => a - b);
  const found = by > 0
    ? starts.find((start) => start > state.time + 0.01)
    : starts.reverse().find((start) => start < state.time - 0.01);
  if (found !== undefined) moveTo(found);
}

const KEYS = {
  ArrowLeft: (shift) => moveTo(state.time - (shift ? 0.1 : 1)),
  ArrowRight: (shift) => moveTo(state.time + (shift ? 0.1 : 1)),
  " ": playOrPause,
  ",": () => toEvent(-1),
  ".": () => toEvent(1),
  "[": () => setThreshold(state.threshold - 5 * scale.step),
  "]": () => setThreshold(state.threshold + 5 * scale.step),
  "-": () => zoom(0.5),
  "+": () => zoom(2),
  "=": () => zoom(2),
  0: () => zoom(0),
  l: () => setLoop(!player.loops),
  n: () => step(1),
  p: () => step(-1),
  e: () => setEditing(!editor.active),
  a: addEvent,
  Delete: deleteEvent,
};

function listen() {
  at("threshold").addEventListener("input", (event) => setThreshold(Number(event.target.value)));
  at("class").addEventListener("change", (event) => setLabel(event.target.value === "" ? null : Number(event.target.value)));
  at("search").addEventListener("input", drawIndex);
  at("order").addEventListener("change", drawIndex);
  at("events").addEventListener("toggle", () => drawTable(entries[state.number].verdict));
  at("zoom-in").addEventListener("click", () => zoom(2));
  at("zoom-out").addEventListener("click", () => zoom(0.5));
  at("zoom-fit").addEventListener("click", () => zoom(0));
  // Enter plays the focused event, Space plays from the current time.
  addEventListener("keydown", (event) => {
    const inside = event.target.closest?.("input, select, video, summary");
    const pressing = event.key === " " && event.target.closest?.("button:not(.bar)");
    if (!at("errors").hidden || inside || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = KEYS[event.key];
    if (!action) return;
    event.preventDefault();
    action(event.shiftKey);
  });
  listenToTimeline();
  listenToPlayer();
  listenToEditor();
}

function start() {
  for (const [value, [text]] of Object.entries(ORDERS)) {
    const hidden = !withTruth && ["errors", "right"].includes(value);
    if (!hidden) at("order").append(make("option", { value, textContent: text }));
  }
  at("order").value = withTruth ? "errors" : "given";
  at("index").hidden = page.videos.length < 2;
  // On a phone the list is folded; elsewhere it cannot be.
  const fold = () => (at("index").open = !NARROW.matches);
  NARROW.addEventListener("change", fold);
  fold();
  at("index").firstElementChild.textContent = counted(page.videos.length, "video");
  Object.assign(at("threshold"), { min: scale.low, max: scale.high, step: scale.step });
  drawClasses();
  judgeAll();
  drawScores();
  listen();
  startErrors();
  if (!page.videos.length) return;
  const { number, time } = linked();
  if (number >= 0) select(number, time);
  else select(listed()[0].number);
  addEventListener("hashchange", () => {
    const { number, time } = linked();
    if (number >= 0) select(number, time);
  });
}

start();
