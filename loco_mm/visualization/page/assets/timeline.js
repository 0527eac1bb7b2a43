// The timeline of a video: waveform, one row per class, playhead.

const GT_HEIGHT = 16, LANE_HEIGHT = 25, CURVE_HEIGHT = 30, GAP = 4;
const timeline = { video: null, verdict: null, rows: [], overlay: null, head: null, cursor: null };

function drawTimeline(video, verdict) {
  const body = at("timeline");
  Object.assign(timeline, { video, verdict, rows: [] });
  body.replaceChildren(axisRow());
  if (video.wave) body.append(waveRow(video));
  for (const row of rowsOf(verdict)) body.append(classRow(video, row));
  if (!timeline.rows.length) {
    const text = !video.pred.length ? "No events." : state.label === null
      ? "No event reaches the minimum score." : `No event of ${page.classes[state.label]}.`;
    body.append(make("p", { className: "none", textContent: text }));
  }
  timeline.head = make("div", { className: "playhead" });
  timeline.cursor = make("div", { className: "cursor", hidden: true });
  timeline.overlay = make("div", { className: "overlay" }, timeline.cursor, timeline.head);
  body.append(timeline.overlay);
  body.style.width = `${100 * state.zoom}%`;
  drawTicks();
  drawLegend(video);
  movePlayhead();
}

function plainRow(kind, name, ...content) {
  const label = make("div", { className: "name" }, make("b", {}, make("bdi", { textContent: name })));
  const track = make("div", { className: "track" }, ...content);
  return make("div", { className: `row ${kind}` }, label, track);
}

function axisRow() {
  const row = plainRow("axis", "Time");
  timeline.axis = row.lastChild;
  return row;
}

function waveRow(video) {
  video.waveform ??= waveform([...bytesOf(video.wave)]);
  const [box, path] = video.waveform;
  return plainRow("wave", "Sound", drawing(box, "", shape("path", { d: path })));
}

// View box and path: peaks above the middle, mirrored below.
function waveform(peaks) {
  const above = peaks.map((peak, k) => `${k},${255 - peak}`);
  const below = peaks.map((peak, k) => `${k},${255 + peak}`).reverse();
  return [`0 0 ${Math.max(1, peaks.length - 1)} 510`, `M${above.join("L")}L${below.join("L")}Z`];
}

function classRow(video, row) {
  const node = plainRow("class", page.classes[row.label]);
  const track = node.lastChild;
  const first = video.gt ? GT_HEIGHT : 0;
  for (const event of row.gt) track.append(bar(event, "gt", GAP / 2));
  const lanes = lanesOf(row.pred);
  lanes.forEach((lane, number) => {
    const top = GAP / 2 + first + number * LANE_HEIGHT;
    for (const event of lane) track.append(bar(event, "pred", top));
  });
  const curve = scoresOf(video, row.label);
  if (curve) track.append(curve.scale, curveDrawing(video, curve));
  const below = curve ? CURVE_HEIGHT : 0;
  const above = Math.max(LANE_HEIGHT, first + lanes.length * LANE_HEIGHT) + GAP;
  track.style.height = `${above + below}px`;
  timeline.rows.push({ node, label: row.label, events: row.pred });
  return node;
}

// Scores of a class over time and their path, if the page contains them; cached.
function scoresOf(video, label) {
  const curves = video.curves;
  const index = curves ? curves.labels.indexOf(label) : -1;
  if (index < 0) return null;
  curves.made ??= [];
  curves.made[index] ??= madeCurve(curves, bytesOf(curves.values[index]));
  return curves.made[index];
}

function madeCurve(curves, values) {
  const time = (k) => (curves.start + k * curves.step).toFixed(3);
  const points = [...values].map((value, k) => `${time(k)},${255 - value}`);
  const path = `M${time(0)},255L${points.join("L")}L${time(values.length - 1)},255Z`;
  const ends = [curves.top, 0].map((value) => make("span", { textContent: String(value) }));
  const numbers = make("div", { className: "numbers" }, ...ends);
  return { values, path, scale: make("div", { className: "scale", "aria-hidden": "true" }, numbers) };
}

function curveDrawing(video, curve) {
  const line = (y) => shape("line", { x1: 0, x2: video.duration, y1: y, y2: y });
  const lines = [0, 127.5, 255].map(line);
  return drawing(`0 0 ${video.duration} 255`, "curve", ...lines, shape("path", { d: curve.path }));
}

function scoreAt(video, label, time) {
  const scores = scoresOf(video, label);
  if (!scores) return null;
  const step = Math.round((time - video.curves.start) / video.curves.step);
  return scores.values[Math.max(0, Math.min(scores.values.length - 1, step))] / 255 * video.curves.top;
}

function bar(event, kind, top) {
  const { video, verdict } = timeline;
  const fault = verdict.missed.includes(event) ? "missed" : verdict.wrong.includes(event) ? "wrong" : "";
  const node = make("button", { type: "button", className: `bar ${kind} ${fault}`, "aria-label": describe(event, ", ") });
  if (kind === "pred") node.textContent = event.score.toFixed(2);
  node.style.left = `${(100 * event.start) / video.duration}%`;
  node.style.width = `${(100 * (event.end - event.start)) / video.duration}%`;
  node.style.top = `${top}px`;
  node.addEventListener("click", () => choose(event));
  node.addEventListener("focus", () => showTip(describe(event, "\n"), node.getBoundingClientRect()));
  node.addEventListener("blur", hideTip);
  node.event = event;
  return node;
}

function verdictOf(event) {
  const { video, verdict } = timeline;
  if (!video.gt) return "";
  const value = (other) => `tIoU ${overlap(event, other).toFixed(2)}`;
  if (!("score" in event)) {
    return verdict.missed.includes(event) ? "missed" : `detected, ${value(event.partner)}`;
  }
  const { kind, nearest } = event;
  if (!nearest) return `${kind}, tIoU below ${LOWER}`;
  const named = nearest.label === event.label ? "" : ` with ${page.classes[nearest.label]}`;
  return `${kind}, ${value(nearest)}${named}`;
}

function describe(event, separator) {
  const parts = [
    page.classes[event.label] + ("score" in event ? "" : " (annotated)"),
    `${clock(event.start, 3)} to ${clock(event.end, 3)}, ${(event.end - event.start).toFixed(3)} s`,
  ];
  if ("score" in event) parts.push(`score ${event.score.toFixed(3)}`);
  if (verdictOf(event)) parts.push(verdictOf(event));
  return parts.join(separator);
}

function drawTicks() {
  const { axis, video } = timeline;
  const room = Math.max(1, Math.floor(axis.clientWidth / 70));
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
  const step = steps.find((some) => video.duration / some <= room) || 7200 * Math.ceil(video.duration / 7200 / room);
  const ticks = [];
  for (let k = 0; k * step <= video.duration; k++) {
    const tick = make("span", { textContent: clock(k * step, step < 1 ? 1 : 0) });
    if (k === 0) tick.className = "first";
    else if ((video.duration - k * step) / video.duration < 0.02) tick.className = "last";
    tick.style.left = `${(100 * k * step) / video.duration}%`;
    ticks.push(tick);
  }
  axis.replaceChildren(...ticks);
}

function drawLegend(video) {
  const kinds = video.gt
    ? [["pred", "true positive"], ["pred wrong", "false positive"], ["gt", "annotated, detected"], ["gt missed", "annotated, missed"]]
    : [["pred", "prediction, with its score"]];
  if (video.curves) kinds.push(["curve", "score over time, with its scale"]);
  at("legend").replaceChildren(
    ...kinds.map(([kind, text]) => make("span", {}, make("i", { className: `swatch ${kind}` }), text)),
  );
}

function movePlayhead() {
  const { video, head, rows } = timeline;
  head.style.left = `${(100 * state.time) / video.duration}%`;
  const now = [];
  for (const row of rows) {
    const event = row.events.find((some) => some.start <= state.time && state.time < some.end);
    row.node.classList.toggle("active", Boolean(event));
    if (event) now.push(`${page.classes[row.label]} ${event.score.toFixed(2)}`);
  }
  const texts = now.map((text) => make("bdi", { className: "event", textContent: text }));
  at("now").replaceChildren(make("span", { className: "clock", textContent: clock(state.time) }), ...texts);
}

function keepInView() {
  const scroller = at("scroller"), place = timeline.head.offsetLeft + timeline.overlay.offsetLeft;
  const left = timeline.overlay.offsetLeft;
  if (place < scroller.scrollLeft + left || place > scroller.scrollLeft + scroller.clientWidth) {
    scroller.scrollLeft = place - left - scroller.clientWidth / 4;
  }
}

function zoom(factor) {
  const most = Math.max(1, timeline.video.duration / 2);
  state.zoom = factor ? Math.min(most, Math.max(1, state.zoom * factor)) : 1;
  at("timeline").style.width = `${100 * state.zoom}%`;
  drawTicks();
  keepInView();
}

// Zooms so that the time under the pointer remains there.
function zoomAt(pointer) {
  const time = timeOf(pointer);
  if (time === null) return;
  zoom(2 ** (-Math.sign(pointer.deltaY) / 2));
  const box = timeline.overlay.getBoundingClientRect();
  at("scroller").scrollLeft += box.left + (box.width * time) / timeline.video.duration - pointer.clientX;
}

function showTip(text, box) {
  const tip = at("tip");
  tip.textContent = text;
  tip.hidden = false;
  const left = Math.min(box.left, innerWidth - tip.offsetWidth - 8);
  const above = box.top - tip.offsetHeight - 8;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${above > 0 ? above : box.bottom + 8}px`;
}

function hideTip() {
  at("tip").hidden = true;
}

function timeOf(pointer) {
  const box = timeline.overlay.getBoundingClientRect();
  const share = (pointer.clientX - box.left) / box.width;
  const visible = pointer.clientX >= at("scroller").getBoundingClientRect().left + timeline.overlay.offsetLeft;
  return share >= 0 && share <= 1 && visible ? share * timeline.video.duration : null;
}

function listenToTimeline() {
  const body = at("timeline");
  let dragging = false;
  body.addEventListener("pointermove", (pointer) => {
    const time = timeOf(pointer);
    timeline.cursor.hidden = time === null;
    if (editor.drag) return dragTo(pointer);
    if (time === null) return hideTip();
    if (dragging) moveTo(time);
    timeline.cursor.style.left = `${(100 * time) / timeline.video.duration}%`;
    const box = { left: pointer.clientX + 12, top: pointer.clientY - 6, bottom: pointer.clientY + 12 };
    const event = pointer.target.event;
    const row = timeline.rows.find((some) => some.node.contains(pointer.target));
    const score = row ? scoreAt(timeline.video, row.label, time) : null;
    const lines = [event ? describe(event, "\n") : row ? page.classes[row.label] : ""];
    lines.push(`at ${clock(time, 3)}` + (score === null ? "" : `: ${score.toFixed(scale.digits)}`));
    showTip(lines.filter(Boolean).join("\n"), box);
  });
  body.addEventListener("wheel", (wheel) => {
    if (!wheel.ctrlKey && !wheel.metaKey) return;
    wheel.preventDefault();
    zoomAt(wheel);
  }, { passive: false });
  body.addEventListener("pointerleave", () => {
    timeline.cursor.hidden = true;
    hideTip();
  });
  body.addEventListener("pointerdown", (pointer) => {
    const time = timeOf(pointer);
    if (time === null || pointer.button || pointer.target.event) return;
    dragging = pointer.pointerType === "mouse";
    moveTo(time);
  });
  addEventListener("pointerup", () => (dragging = false));
  addEventListener("resize", drawTicks);
}
