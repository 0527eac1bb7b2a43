// Corrections of the annotations, and the files that save them.

const editor = { active: false, event: null, undo: [], unsaved: new Set(), drag: null };
// Width of the ends of a bar that change its start or end, in pixels, and shortest event in seconds.
const GRIP = 7, SHORTEST = 0.01;

function setEditing(active) {
  Object.assign(editor, { active, event: null });
  at("edit").setAttribute("aria-pressed", String(active));
  document.body.classList.toggle("editing", active);
  at("editor").hidden = !active;
  drawVideo();
}

function drawEditor() {
  if (!editor.active) return;
  const video = page.videos[state.number], { event } = editor;
  const editable = Boolean(event && !("score" in event));
  at("edit-fields").hidden = !editable;
  at("delete").disabled = !editable;
  at("undo").disabled = !editor.undo.length;
  at("add").textContent = event && !editable ? "Add as annotation" : "Add event";
  at("from-predictions").hidden = Boolean(video.gt);
  const files = counted(editor.unsaved.size, "video");
  at("unsaved").textContent = editor.unsaved.size ? `${files} with unsaved changes` : "";
  at("edit-hint").textContent = event ? "" : "Click an event to change it, or drag the bar or an end of an annotated event.";
  if (editable) {
    at("edit-class").value = page.classes[event.label];
    at("edit-start").value = event.start.toFixed(2);
    at("edit-end").value = event.end.toFixed(2);
  }
  at("class-names").replaceChildren(...page.classes.map((name) => make("option", { value: name })));
  for (const bar of document.querySelectorAll(".bar")) bar.classList.toggle("chosen", bar.event === event);
}

function selectEvent(event) {
  editor.event = event;
  drawEditor();
}

// Changes the annotations of the current video by a function of their list, which may be undone.
function change(edit) {
  const { number } = state, video = page.videos[number];
  const before = video.gt && video.gt.map(({ start, end, label }) => ({ start, end, label }));
  editor.undo.push({ number, before, unsaved: editor.unsaved.has(number) });
  video.gt ??= [];
  edit(video.gt);
  editor.unsaved.add(number);
  redraw(video);
}

// After the annotations of a video have changed.
function redraw(video) {
  judge(video);
  drawClasses();
  drawAll();
}

function undo() {
  const last = editor.undo.pop();
  if (!last) return;
  const video = page.videos[last.number];
  video.gt = last.before;
  if (!last.unsaved) editor.unsaved.delete(last.number);
  editor.event = null;
  redraw(video);
  if (last.number !== state.number) select(last.number);
}

function hundredths(time) {
  return Math.round(100 * time) / 100;
}

function addEvent() {
  if (!editor.active) return;
  const { event } = editor, { duration } = page.videos[state.number];
  if (event && "score" in event) {
    addCopy(event);
    return;
  }
  const start = Math.min(state.time, Math.max(0, duration - SHORTEST));
  const label = state.label ?? event?.label ?? timeline.rows[0]?.label ?? 0;
  addCopy({ start: hundredths(start), end: Math.min(duration, hundredths(start + 1)), label });
}

function addCopy({ start, end, label }) {
  const added = { start, end, label };
  editor.event = added;
  change((gt) => gt.push(added));
}

function deleteEvent() {
  const { event } = editor;
  if (!editor.active || !event || "score" in event) return;
  editor.event = null;
  change((gt) => gt.splice(gt.indexOf(event), 1));
}

function relabel(name) {
  const { event } = editor, text = name.trim();
  if (!text || text === page.classes[event.label]) return drawEditor();
  let label = page.classes.indexOf(text);
  if (label < 0) label = page.classes.push(text) - 1;
  change(() => (event.label = label));
}

function setTimes(event, start, end) {
  const first = Math.max(0, start), last = Math.min(page.videos[state.number].duration, end);
  // Also if one of them is no number; the fields then show the event as it is.
  if (!(last - first > SHORTEST - 1e-6)) return drawEditor();
  change(() => Object.assign(event, { start: first, end: last }));
}

function startDrag(pointer) {
  const { event } = pointer.target;
  if (!editor.active || pointer.button || !event || "score" in event) return;
  const box = pointer.target.getBoundingClientRect();
  const grip = Math.min(GRIP, box.width / 3);
  const fromLeft = pointer.clientX - box.left, fromRight = box.right - pointer.clientX;
  const ends = fromLeft < grip ? ["start"] : fromRight < grip ? ["end"] : ["start", "end"];
  const { start, end } = event;
  editor.drag = { event, node: pointer.target, ends, from: pointer.clientX, start, end, moved: false };
  pointer.target.setPointerCapture(pointer.pointerId);
}

function dragTo(pointer) {
  const { drag } = editor, { duration } = timeline.video;
  const pixels = pointer.clientX - drag.from;
  if (Math.abs(pixels) < 3 && !drag.moved) return;
  drag.moved = true;
  const by = (pixels * duration) / timeline.overlay.getBoundingClientRect().width;
  const { start, end } = drag.event;
  // An end stops at the end of the video, and before the event has no length.
  const least = drag.ends.includes("start") ? -start : start - end + SHORTEST;
  const most = drag.ends.includes("end") ? duration - end : end - start - SHORTEST;
  const shift = Math.max(least, Math.min(most, by));
  for (const name of drag.ends) drag[name] = hundredths(drag.event[name] + shift);
  drag.node.style.left = `${(100 * drag.start) / duration}%`;
  drag.node.style.width = `${(100 * (drag.end - drag.start)) / duration}%`;
  showTip(`${clock(drag.start, 3)} to ${clock(drag.end, 3)}`, drag.node.getBoundingClientRect());
}

function endDrag() {
  const { drag } = editor;
  editor.drag = null;
  if (!drag || !drag.moved) return;
  editor.event = drag.event;
  setTimes(drag.event, drag.start, drag.end);
}

// Names of videos and classes as in the input; the page shows some of them escaped.
const original = (name) => page.originals[name] ?? name;

function annotationFile() {
  const videos = page.videos.filter((video) => video.gt).map((video) => {
    const annotations = video.gt.map(({ start, end, label }) => (
      { segment: [start, end], label: original(page.classes[label]), label_id: label }
    ));
    return [original(video.id), { duration: video.duration, subset: video.subset, annotations }];
  });
  const content = { version: "loco_mm", database: Object.fromEntries(videos), classes: page.classes.map(original) };
  return JSON.stringify(content, null, 1);
}

function viaFile() {
  const options = Object.fromEntries(page.classes.map((name, label) => [String(label), original(name)]));
  const attribute = { anchor_id: "FILE1_Z2_XY0", desc: "", default_option_id: "", aname: "event", type: "4", options };
  const lines = [
    "# Written by loco_mm for the VGG Image Annotator, version 3",
    `# ATTRIBUTE = ${JSON.stringify({ 1: attribute })}`,
    "# CSV_HEADER = metadata_id,file_list,flags,temporal_coordinates,spatial_coordinates,metadata",
  ];
  const row = (...cells) => lines.push(cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","));
  page.videos.filter((video) => video.gt).forEach((video, number) => {
    const files = JSON.stringify([original(video.file)]);
    if (!video.gt.length) row(`${number + 1}_0`, files, "0", "[]", "[]", "{}");
    video.gt.forEach(({ start, end, label }, count) => {
      const times = JSON.stringify([start, end]), metadata = JSON.stringify({ 1: String(label) });
      row(`${number + 1}_${count + 1}`, files, "0", times, "[]", metadata);
    });
  });
  return `${lines.join("\n")}\n`;
}

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  editor.unsaved.clear();
  drawEditor();
}

function listenToEditor() {
  at("edit").addEventListener("click", () => setEditing(!editor.active));
  at("add").addEventListener("click", addEvent);
  at("delete").addEventListener("click", deleteEvent);
  at("undo").addEventListener("click", undo);
  at("from-predictions").addEventListener("click", () => {
    const { kept } = entries[state.number].verdict;
    change((gt) => gt.push(...kept.map(({ start, end, label }) => ({ start, end, label }))));
  });
  at("edit-class").addEventListener("change", (event) => relabel(event.target.value));
  at("edit-start").addEventListener("change", (event) => setTimes(editor.event, event.target.valueAsNumber, editor.event.end));
  at("edit-end").addEventListener("change", (event) => setTimes(editor.event, editor.event.start, event.target.valueAsNumber));
  at("save-json").addEventListener("click", () => save("annotations.json", "application/json", annotationFile()));
  at("save-via").addEventListener("click", () => save("annotations_via.csv", "text/csv", viaFile()));
  at("timeline").addEventListener("pointerdown", startDrag);
  addEventListener("pointerup", endDrag);
  addEventListener("keydown", (event) => {
    if (!editor.active || event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.target.closest?.("input")) return;
    event.preventDefault();
    undo();
  });
  addEventListener("beforeunload", (event) => {
    if (editor.unsaved.size) event.preventDefault();
  });
}
