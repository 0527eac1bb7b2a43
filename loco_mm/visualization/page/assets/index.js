// The page: selection of the video, threshold and order.

const state = { number: 0, time: 0, zoom: 1, threshold: within(page.threshold) };
const ORDERS = {
  given: ["original order", () => 0],
  errors: ["most errors first", (a, b) => b.errors - a.errors],
  right: ["fewest errors first", (a, b) => a.errors - b.errors],
  score: ["best score first", (a, b) => b.best - a.best],
  events: ["most events first", (a, b) => b.kept - a.kept],
  name: ["by name", (a, b) => (a.id < b.id ? -1 : 1)],
};
const withTruth = page.videos.some((video) => video.gt);
let entries = [];

// The minimum score ranges from the lowest score in the page to 1.
function within(score) {
  return Math.max(page.least, Math.min(1, score));
}

function judgeAll() {
  entries = page.videos.map((video, number) => {
    const verdict = judge(video, state.threshold);
    const names = new Set([...(video.gt || []), ...verdict.kept].map((event) => page.classes[event.label]));
    return {
      number, id: video.id, verdict, kept: verdict.kept.length,
      missed: verdict.missed.length, wrong: verdict.wrong.length,
      errors: verdict.missed.length + verdict.wrong.length,
      best: verdict.kept.length ? verdict.kept[0].score : 0,
      text: [video.id, ...names].join("\n").toLowerCase(),
    };
  });
  const sum = (key) => entries.reduce((total, entry) => total + entry[key], 0);
  const parts = [counted(page.videos.length, "video"), counted(sum("kept"), "prediction")];
  if (withTruth) parts.push(`${counted(sum("missed"), "missed event")}, ${counted(sum("wrong"), "false positive")} (tIoU below ${MATCH})`);
  at("summary").textContent = parts.join(" · ");
}

function listed() {
  const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => words.every((word) => entry.text.includes(word)));
  return found.sort((a, b) => ORDERS[at("order").value][1](a, b) || a.number - b.number);
}

function drawIndex() {
  const shown = listed();
  at("hits").textContent = shown.length === entries.length ? "" : `${shown.length} of ${entries.length}`;
  at("list").replaceChildren(...shown.map((entry) => {
    const counts = make("span", { className: "counts", textContent: counted(entry.kept, "prediction") });
    if (page.videos[entry.number].gt) {
      counts.append(` · ${entry.missed} missed, ${entry.wrong} false`);
    }
    const name = make("bdi", { className: "id", textContent: entry.id });
    const button = make("button", { type: "button" }, name, counts);
    if (entry.number === state.number) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => select(entry.number));
    return make("li", {}, button);
  }));
}

function drawTable(video, verdict) {
  const rows = [...verdict.kept, ...verdict.missed].sort((a, b) => a.start - b.start);
  at("events").firstElementChild.textContent = `Table of ${counted(rows.length, "event")}`;
  const shown = at("events").open ? rows : [];
  at("events").querySelector("tbody").replaceChildren(...shown.map((event) => {
    const name = make("bdi", { textContent: page.classes[event.label] });
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", () => seek(event.start));
    const cells = [clock(event.start, 3), clock(event.end, 3), event.score?.toFixed(3) ?? "", verdictOf(event)];
    return make("tr", {}, make("td", {}, button), ...cells.map((text) => make("td", { textContent: text })));
  }));
}

function drawVideo() {
  const video = page.videos[state.number], { verdict } = entries[state.number];
  drawTimeline(video, verdict);
  drawTable(video, verdict);
  const parts = [clock(video.duration) + (video.duration < 60 ? " s" : ""), counted(verdict.kept.length, "prediction")];
  if (video.gt) parts.push(`${video.gt.length} annotated`, `${verdict.missed.length} missed`);
  at("facts").textContent = parts.join(" · ");
}

function select(number) {
  Object.assign(state, { number, time: 0, zoom: 1 });
  at("name").replaceChildren(make("bdi", { textContent: page.videos[number].id }));
  loadMedia(number);
  drawVideo();
  drawIndex();
  document.querySelector("#list [aria-current]")?.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", `#${encodeURIComponent(page.videos[number].id)}`);
}

function setThreshold(value) {
  state.threshold = within(Math.round(100 * value) / 100);
  at("threshold").value = state.threshold;
  at("threshold-value").textContent = state.threshold.toFixed(2);
  judgeAll();
  drawIndex();
  drawVideo();
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
  if (found !== undefined) seek(found);
}

const KEYS = {
  ArrowLeft: (shift) => seek(state.time - (shift ? 0.1 : 1)),
  ArrowRight: (shift) => seek(state.time + (shift ? 0.1 : 1)),
  " ": playOrPause,
  ",": () => toEvent(-1),
  ".": () => toEvent(1),
  "[": () => setThreshold(state.threshold - 0.05),
  "]": () => setThreshold(state.threshold + 0.05),
  "-": () => zoom(0.5),
  "+": () => zoom(2),
  "=": () => zoom(2),
  0: () => zoom(0),
  n: () => step(1),
  p: () => step(-1),
};

function listen() {
  at("threshold").addEventListener("input", (event) => setThreshold(Number(event.target.value)));
  at("search").addEventListener("input", drawIndex);
  at("order").addEventListener("change", drawIndex);
  at("events").addEventListener("toggle", () => {
    drawTable(page.videos[state.number], entries[state.number].verdict);
  });
  at("zoom-in").addEventListener("click", () => zoom(2));
  at("zoom-out").addEventListener("click", () => zoom(0.5));
  at("zoom-fit").addEventListener("click", () => zoom(0));
  // Enter seeks to the focused event, Space plays from there.
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
}

function start() {
  for (const [value, [text]] of Object.entries(ORDERS)) {
    const hidden = !withTruth && ["errors", "right"].includes(value);
    if (!hidden) at("order").append(make("option", { value, textContent: text }));
  }
  at("index").hidden = page.videos.length < 2;
  at("threshold").min = page.least;
  at("threshold").value = state.threshold;
  at("threshold-value").textContent = state.threshold.toFixed(2);
  judgeAll();
  listen();
  startErrors();
  if (!page.videos.length) return;
  select(Math.max(0, numberAsked()));
  addEventListener("hashchange", () => {
    if (numberAsked() >= 0) select(numberAsked());
  });
}

// Index of the video in the URL, or -1.
function numberAsked() {
  let name = location.hash.slice(1);
  try {
    name = decodeURIComponent(name);
  } catch {
    // Typed by hand without URL encoding.
  }
  return page.videos.findIndex((video) => video.id === name);
}

start();
