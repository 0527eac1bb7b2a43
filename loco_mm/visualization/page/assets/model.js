"use strict";
// Predictions, and how they match the ground truth.

const page = JSON.parse(document.getElementById("data").textContent);
// Temporal IoU of a match, and below which a prediction is background.
const MATCH = 0.5, LOWER = 0.1;

for (const video of page.videos) {
  video.pred = video.pred.map(([start, end, label, score]) => ({ start, end, label, score }));
  video.gt = video.gt && video.gt.map(([start, end, label]) => ({ start, end, label }));
  judge(video);
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function overlap(one, other) {
  const shared = Math.min(one.end, other.end) - Math.max(one.start, other.start);
  const all = one.end - one.start + other.end - other.start - shared;
  return shared > 0 && all > 0 ? shared / all : 0;
}

// Finds kind, as in loco_mm.evaluation.functional.error_analysis, and partner of each prediction,
// best first. As a threshold removes the last ones only,
// the others keep theirs.
function judge(video) {
  for (const truth of video.gt || []) truth.partner = null;
  for (const event of video.pred) {
    Object.assign(event, { partner: null, nearest: null, kind: "" });
    if (video.gt) judgeEvent(event, video.gt);
  }
}

function judgeEvent(event, truths) {
  const values = truths.map((truth) => ({ truth, value: overlap(event, truth) }));
  const best = (wanted) => values.filter(({ truth }) => wanted(truth)).reduce(
    (one, other) => (other.value > one.value ? other : one), { truth: null, value: 0 },
  );
  const own = best((truth) => truth.label === event.label);
  const free = best((truth) => truth.label === event.label && !truth.partner);
  const other = best((truth) => truth.label !== event.label);
  if (free.value >= MATCH) {
    Object.assign(event, { kind: "true positive", partner: free.truth, nearest: free.truth });
    free.truth.partner = event;
  } else if (own.value >= MATCH) Object.assign(event, { kind: "double detection", nearest: own.truth });
  else if (other.value >= MATCH) Object.assign(event, { kind: "wrong label", nearest: other.truth });
  else if (own.value >= LOWER) Object.assign(event, { kind: "localization", nearest: own.truth });
  else if (other.value >= LOWER) Object.assign(event, { kind: "confusion", nearest: other.truth });
  else event.kind = "background";
}

// The events of a video at a minimum score, of one class or of all (null).
function view(video, threshold, label) {
  const of = (event) => label === null || event.label === label;
  const kept = video.pred.filter((event) => event.score >= threshold && of(event));
  const gt = video.gt && video.gt.filter(of);
  const found = (truth) => truth.partner && truth.partner.score >= threshold;
  return {
    kept, gt,
    missed: (gt || []).filter((truth) => !found(truth)),
    wrong: video.gt ? kept.filter((event) => !event.partner) : [],
  };
}

// One row per class: predicted classes by their best score, then classes without predictions.
function rowsOf(verdict) {
  const rows = new Map();
  const add = (event, kind) => {
    if (!rows.has(event.label)) {
      rows.set(event.label, { label: event.label, gt: [], pred: [], evidence: 0, start: Infinity });
    }
    const row = rows.get(event.label);
    row[kind].push(event);
    row.start = Math.min(row.start, event.start);
    row.evidence = Math.max(row.evidence, event.score || 0);
  };
  for (const event of verdict.gt || []) add(event, "gt");
  for (const event of verdict.kept) add(event, "pred");
  return [...rows.values()].sort((a, b) => b.evidence - a.evidence || a.start - b.start);
}

// Splits the events of a class into lanes without overlap, the best in the first lane.
function lanesOf(events) {
  const lanes = [];
  for (const event of events) {
    const apart = (other) => event.end <= other.start || other.end <= event.start;
    const lane = lanes.find((some) => some.every(apart));
    if (lane) lane.push(event);
    else lanes.push([event]);
  }
  return lanes;
}

function clock(seconds, digits = 2) {
  const whole = Number(seconds.toFixed(digits));
  const minutes = Math.floor(whole / 60);
  const rest = (whole - 60 * minutes).toFixed(digits);
  if (whole < 60) return rest;
  const text = rest.padStart(digits ? digits + 3 : 2, "0");
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${text}` : `${minutes}:${text}`;
}

function counted(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

// Creates an element; strings are inserted as text, never as HTML.
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node && !name.includes("-")) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// A drawing that fills its element.
function drawing(box, kind, ...shapes) {
  const frame = { viewBox: box, preserveAspectRatio: "none", "aria-hidden": "true" };
  const svg = shape("svg", kind ? { ...frame, class: kind } : frame);
  svg.append(...shapes);
  return svg;
}

const at = (id) => document.getElementById(id);
