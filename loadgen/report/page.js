"use strict";
// Draws each chart from the data of the page; nothing is fetched.
const data = JSON.parse(document.getElementById("data").textContent);
const COLOURS = ["#2459c4", "#c2410c", "#14713d", "#8b2fb3", "#b3261e", "#0e7490", "#7a5c00", "#475569", "#be185d", "#4d7c0f", "#6d28d9", "#0369a1"];
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];
const SHADES = { spike: "rgba(194, 65, 12, 0.10)", recovery: "rgba(36, 89, 196, 0.14)" };
const UNITS = { load: "/s", latency: "ms", failures: "/s", cpu: "cores", memory: "MB", lag: "s", sentinel: "ms", users: "" };

const root = document.documentElement, charts = [];

// Stages as lines, spikes and recoveries as shaded stretches behind the curves.
function marks(u) {
  const { ctx, bbox } = u;
  ctx.save();
  for (const mark of data.marks) {
    const begin = Math.max(u.valToPos(mark.begin, "x", true), bbox.left);
    const end = Math.min(u.valToPos(mark.end, "x", true), bbox.left + bbox.width);
    if (end <= begin) continue;
    if (SHADES[mark.kind]) {
      ctx.fillStyle = SHADES[mark.kind];
      ctx.fillRect(begin, bbox.top, end - begin, bbox.height);
    } else {
      ctx.fillStyle = "#c4c9d1";
      ctx.fillRect(begin, bbox.top, 1, bbox.height);
    }
  }
  ctx.restore();
}

function keep(chart, place) {
  charts.push({ chart, place });
}

function clock(seconds) {
  const whole = Math.round(seconds), pad = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return (hours ? hours + ":" : "") + pad(Math.floor(whole / 60) % 60) + ":" + pad(whole % 60);
}

function draw(name) {
  const place = document.getElementById("chart-" + name), unit = UNITS[name] || "";
  const series = Object.entries(data.charts[name]);
  const word = (key) => (data.texts[key] || [key, key])[root.lang === "ko" ? 1 : 0];
  const told = (value) => (value == null ? "–" : value.toLocaleString("en", { maximumSignificantDigits: 4 }) + " " + unit);
  const options = {
    width: place.clientWidth,
    height: 240,
    scales: { x: { time: false }, y: { range: (_, least, most) => [Math.min(least ?? 0, 0), (most || 1) * 1.05] } },
    axes: [
      { incrs: STEPS, values: (_, ticks) => ticks.map(clock) },
      { size: 64, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString("en")), label: word(unit) },
    ],
    series: [
      { label: "t", value: (_, at) => (at == null ? "–" : clock(at)) },
      ...series.map(([label], nth) => ({ label: word(label), stroke: COLOURS[nth % COLOURS.length], dash: nth < COLOURS.length ? [] : [6, 4], width: 1.5, value: (_, v) => told(v), points: { show: false } })),
    ],
    hooks: { drawClear: [marks] },
    cursor: { sync: { key: "run" } },
  };
  keep(new uPlot(options, [data.at, ...series.map(([, values]) => values)], place), place);
}

// Memory: what was measured as a line, where it leads as a dashed one inside the band of its interval.
function drawMemory({ at, until, warm, rows }) {
  const place = document.getElementById("trend"), legend = document.getElementById("trend-legend");
  const xs = [...at, until], last = at.length - 1, none = at.map(() => null);
  const columns = [], series = [{}], bands = [];
  rows.forEach(({ name, drawn, per_h, later }, nth) => {
    const colour = COLOURS[nth % COLOURS.length], [value, low, high] = later;
    const begin = value - per_h * (until - at[last]);
    const ray = (end) => [...none.slice(0, -1), begin, end];
    const hidden = { stroke: "transparent", width: 0, points: { show: false } };
    bands.push({ series: [series.length + 3, series.length + 2], fill: colour + "22" });
    series.push({ label: name, stroke: colour, width: 1.8, points: { show: false }, spanGaps: true });
    series.push({ stroke: colour, width: 1, dash: [5, 5], points: { show: false } }, { ...hidden }, { ...hidden });
    columns.push([...drawn, null], ray(value), ray(low), ray(high));
  });
  const warmed = (u) => {
    const end = u.valToPos(warm, "x", true);
    u.ctx.fillStyle = "#f0f1f4";
    u.ctx.fillRect(u.bbox.left, u.bbox.top, end - u.bbox.left, u.bbox.height);
  };
  const options = {
    width: place.clientWidth, height: 320, bands, series,
    legend: { show: false },
    scales: { x: { time: false }, y: { range: (_, least, most) => [0, (most || 1) * 1.05] } },
    axes: [{ values: (_, ticks) => ticks.map((tick) => tick + " h") }, { size: 64, label: "MB", values: (_, ticks) => ticks.map((tick) => tick.toLocaleString("en")) }],
    hooks: { drawClear: [warmed] },
    cursor: { show: false },
  };
  const chart = new uPlot(options, [xs, ...columns], place);
  keep(chart, place);
  rows.forEach(({ name }, nth) => {
    const button = document.createElement("button"), dot = document.createElement("i");
    dot.style.background = COLOURS[nth % COLOURS.length];
    button.type = "button";
    button.append(dot, name);
    button.addEventListener("click", () => {
      const show = button.classList.toggle("off") === false;
      for (let of = 1; of <= 4; of++) chart.setSeries(4 * nth + of, { show });
    });
    legend.append(button);
  });
}

// The charts' own words are drawn: another language draws them anew.
function drawAll(language) {
  root.lang = language;
  while (charts.length) charts.pop().chart.destroy();
  document.querySelectorAll(".legend").forEach((legend) => legend.replaceChildren());
  Object.keys(data.charts).forEach(draw);
  if (data.memory) drawMemory(data.memory);
}

addEventListener("resize", () => charts.forEach(({ chart, place }) => chart.setSize({ width: place.clientWidth, height: chart.height })));
document.getElementById("language").addEventListener("click", () => drawAll(root.lang === "ko" ? "en" : "ko"));
drawAll((navigator.language || "en").startsWith("ko") ? "ko" : "en");
