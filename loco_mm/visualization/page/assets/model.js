"use strict";
// Predictions, and how they match the ground truth.

const page = JSON.parse(document.getElementById("data").textContent);
const MATCH = 0.5;

for (const video of page.videos) {
  video.pred = video.pred.map(([start, end, label, score]) => ({ start, end, label, score }));
  video.gt = video.gt && video.gt.map(([start, end, label]) => ({ start, end, label }));
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function overlap(one, other) {
  const shared = Math.min(one.end, other.end) - Math.max(one.start, other.start);
  const all = one.end - one.start + other.end - other.start - shared;
  return shared > 0 && all > 0 ? shared / all : 0;
}

// Each prediction, best first, is matched with the annotated event of its class it overlaps most.
function judge(video, threshold) {
  const kept = video.pred.filter((event) => event.score >= threshold);
  const partner = new Map();
  if (!video.gt) return { kept, partner, missed: [], wrong: [] };
  const free = new Set(video.gt);
  for (const event of kept) {
    let best = null;
    for (const truth of free) {
      const value = truth.label === event.label ? overlap(event, truth) : 0;
      if (value >= MATCH && (!best || value > overlap(event, best))) best = truth;
    }
    if (!best) continue;
    free.delete(best);
    partner.set(event, best).set(best, event);
  }
  return { kept, partner, missed: [...free], wrong: kept.filter((event) => !partner.has(event)) };
}

// One row per class: predicted classes by their best score, then classes without predictions.
function rowsOf(video, verdict) {
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
  for (const event of video.gt || []) add(event, "gt");
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

const at = (id) => document.getElementById(id);
