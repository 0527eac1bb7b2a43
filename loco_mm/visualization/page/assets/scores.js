// The minimum score: its slider, the histogram of all scores, and what is right at this score.

const BINS = 40;
const scale = scaleOfScores();

// The slider spans the scores that are there, and the initial minimum.
function scaleOfScores() {
  const initial = Math.max(page.least, Math.min(1, page.threshold));
  let low = initial, high = initial;
  for (const video of page.videos) {
    for (const event of video.pred) {
      low = Math.min(low, event.score);
      high = Math.max(high, event.score);
    }
  }
  if (low === high) [low, high] = [page.least, 1];
  const rough = (high - low) / 100, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((some) => some * power >= rough * 0.999);
  const digits = Math.max(2, -Math.floor(Math.log10(step) + 1e-9));
  const whole = (value) => Number(value.toFixed(digits));
  return {
    step, digits, initial,
    low: whole(Math.floor(low / step + 1e-9) * step),
    high: whole(Math.ceil(high / step - 1e-9) * step),
  };
}

function withinScale(value) {
  const whole = Number((Math.round(value / scale.step) * scale.step).toFixed(scale.digits));
  return Math.max(scale.low, Math.min(scale.high, whole));
}

function drawScores() {
  at("threshold").value = state.threshold;
  at("threshold-value").textContent = state.threshold.toFixed(scale.digits);
  drawHistogram();
  const measures = measure();
  at("measures").hidden = !measures;
  if (measures) {
    const shown = (value) => (value === null ? "–" : value.toFixed(2));
    const [precision, recall, f1] = measures.map(shown);
    at("measures").textContent = `precision ${precision} · recall ${recall} · F1 ${f1}`;
  }
}

// Precision, recall and F1 over the videos with ground truth; null where there is no ground truth.
function measure() {
  const judged = entries.filter((entry) => entry.verdict.gt);
  if (!judged.length) return null;
  const sum = (key) => judged.reduce((total, entry) => total + entry.verdict[key].length, 0);
  const kept = sum("kept"), events = sum("gt"), right = kept - sum("wrong");
  const ratio = (part, whole) => (whole ? part / whole : null);
  return [ratio(right, kept), ratio(right, events), ratio(2 * right, kept + events)];
}

function histogram() {
  const bins = Array.from({ length: BINS }, () => ({ right: 0, wrong: 0 }));
  for (const video of page.videos) {
    for (const event of video.pred) {
      if (state.label !== null && event.label !== state.label) continue;
      const share = (event.score - scale.low) / (scale.high - scale.low);
      const bin = bins[Math.max(0, Math.min(BINS - 1, Math.floor(share * BINS)))];
      bin[video.gt && !event.partner ? "wrong" : "right"]++;
    }
  }
  return bins;
}

// Heights are logarithmic, as most scores are low; a bar is divided by the shares of both kinds.
function drawHistogram() {
  const bins = histogram(), shapes = [];
  const most = Math.log1p(Math.max(1, ...bins.map((bin) => bin.right + bin.wrong)));
  const cut = (BINS * (state.threshold - scale.low)) / (scale.high - scale.low);
  bins.forEach((bin, number) => {
    const all = bin.right + bin.wrong, height = (100 * Math.log1p(all)) / most;
    const below = number + 0.5 < cut ? " below" : "";
    let top = 100 - height;
    for (const kind of ["wrong", "right"]) {
      const part = all ? (height * bin[kind]) / all : 0;
      if (part) shapes.push(shape("rect", { x: number + 0.05, width: 0.9, y: top, height: part, class: kind + below }));
      top += part;
    }
  });
  at("histogram").replaceChildren(drawing(`0 0 ${BINS} 100`, "", ...shapes));
}

// AP of a class in percent, if the page has an error analysis.
function apOf(label) {
  const found = page.diagnosis && page.diagnosis.classes[page.classes[label]];
  return found ? (100 * found.AP).toFixed(1) : null;
}

function drawClasses() {
  const labels = new Set(page.videos.flatMap((video) => [...video.pred, ...(video.gt || [])].map((event) => event.label)));
  const names = [...labels].sort((a, b) => (page.classes[a] < page.classes[b] ? -1 : 1));
  const options = names.map((label) => {
    const ap = apOf(label), text = page.classes[label] + (ap === null ? "" : ` (AP ${ap} %)`);
    return make("option", { value: String(label), textContent: text });
  });
  at("class").replaceChildren(make("option", { value: "", textContent: "All classes" }), ...options);
  at("class").value = state.label === null ? "" : String(state.label);
  at("class-field").hidden = names.length < 2;
}
