// The tab with the error analysis of all predictions.

const KIND_NOTES = {
  "true positive": "matches an event",
  "double detection": "overlaps an event of its class that a better prediction matches",
  "wrong label": "overlaps an event of another class enough",
  localization: "overlaps an event of its class, but not enough",
  confusion: "overlaps an event of another class, but not enough",
  background: "overlaps no event, or by a tIoU below 0.1",
};
const percent = (value) => (value === null ? "" : (100 * value).toFixed(1));

// A cell with a number and a bar; `share` is the length of the bar, from 0 to 1.
function barCell(text, share, kind = "") {
  const fill = make("span", { className: `fill ${kind}` });
  fill.style.width = `${100 * Math.max(0, Math.min(1, share || 0))}%`;
  return make("td", { className: "measure" }, fill, make("span", { className: "value", textContent: text }));
}

function table(caption, heads, rows) {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col", textContent: text })));
  const body = make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells)));
  const node = make("table", {}, make("caption", { textContent: caption }), make("thead", {}, head), body);
  return make("div", { className: "card table" }, node);
}

const cell = (text) => make("td", {}, make("bdi", { textContent: String(text) }));

function groupRows(found) {
  return Object.entries(found.groups).flatMap(([property, groups]) =>
    groups.map((group, number) => [
      cell(number ? "" : property),
      cell(group.name),
      cell(group.num_events),
      barCell(percent(group.normalized_mAP), group.normalized_mAP),
      barCell(percent(group.missed), group.missed, "missed"),
    ]),
  );
}

function kindRows(found) {
  const most = Math.max(...Object.values(found.costs), 1e-9);
  return Object.entries(found.shares).map(([kind, share]) => {
    const cost = found.costs[kind];
    const name = make("td", { title: KIND_NOTES[kind] }, kind);
    const last = cost === undefined ? cell("") : barCell((100 * cost).toFixed(1), cost / most, "wrong");
    return [name, barCell(percent(share), share, kind === "true positive" ? "truth" : "wrong"), last];
  });
}

function classRows(found) {
  return Object.entries(found.classes)
    .sort(([, one], [, other]) => one.AP - other.AP)
    .map(([name, entry]) => [
      classCell(name),
      cell(entry.events),
      barCell(percent(entry.AP), entry.AP),
      barCell(percent(entry.missed), entry.missed, "missed"),
    ]);
}

// A click on a class shows its events in the videos.
function classCell(name) {
  const button = make("button", { type: "button" }, make("bdi", { textContent: name }));
  button.addEventListener("click", () => {
    showView("videos");
    setLabel(page.classes.indexOf(name));
    const [first] = listed();
    if (first) select(first.number);
  });
  return make("td", {}, button);
}

function drawErrors(found) {
  const at_ = `at tIoU ${found.tiou}`;
  const counts = [counted(found.num_videos, "video"), counted(found.num_events, "event"), counted(found.num_predictions, "prediction")];
  at("errors").replaceChildren(
    make("p", { className: "lead", textContent: `${counts.join(", ")}, average mAP ${percent(found.average_mAP)} %` }),
    table(`Kinds of the 10 G best predictions of each class, which has G events (%), ${at_}; gain in average mAP without a kind of error (points)`, ["Kind", "Share", "Cost"], kindRows(found)),
    table(`Events by group: normalized mAP (%), and missed events (%) ${at_}`, ["Property", "Group", "Events", "Normalized mAP", "Missed"], groupRows(found)),
    table(`Classes, worst first: AP (%), and missed events (%) ${at_}`, ["Class", "Events", "AP", "Missed"], classRows(found)),
    table(`Most frequent confusions ${at_}`, ["Class of the event", "Predicted class", "Predictions"], found.confusion.map((pair) => pair.map(cell))),
  );
}

function showView(name) {
  for (const [view, panel] of [["videos", "layout"], ["errors", "errors"]]) {
    at(panel).hidden = view !== name;
    at(`tab-${view}`).setAttribute("aria-selected", String(view === name));
  }
  at("score").hidden = name !== "videos";
  // The timeline has no width while it is hidden.
  if (name === "videos" && page.videos.length) drawTicks();
}

function startErrors() {
  if (!page.diagnosis) return;
  at("views").hidden = false;
  drawErrors(page.diagnosis);
  for (const view of ["videos", "errors"]) at(`tab-${view}`).addEventListener("click", () => showView(view));
}
