"use strict";
// Draws each chart from the data of the page; nothing is fetched.
const data = JSON.parse(document.getElementById("data").textContent);
const COLOURS = ["#2459c4", "#c2410c", "#14713d", "#8b2fb3", "#b3261e", "#0e7490", "#7a5c00", "#475569", "#be185d", "#4d7c0f", "#6d28d9", "#0369a1"];
const SHADES = { spike: "rgba(194, 65, 12, 0.10)", recovery: "rgba(36, 89, 196, 0.14)" };
const UNITS = { load: "/s", latency: "ms", failures: "/s", cpu: "cores", memory: "MB", lag: "s", sentinel: "ms", users: "" };

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

function clock(seconds) {
  const whole = Math.round(seconds), pad = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return (hours ? hours + ":" : "") + pad(Math.floor(whole / 60) % 60) + ":" + pad(whole % 60);
}

function draw(name) {
  const place = document.getElementById("chart-" + name), unit = UNITS[name] || "";
  const series = Object.entries(data.charts[name]);
  const told = (value) => (value == null ? "–" : value.toLocaleString("en", { maximumSignificantDigits: 4 }) + " " + unit);
  const options = {
    width: place.clientWidth,
    height: 240,
    scales: { x: { time: false }, y: { range: (_, least, most) => [Math.min(least ?? 0, 0), (most || 1) * 1.05] } },
    axes: [
      { values: (_, ticks) => ticks.map(clock) },
      { size: 64, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString("en")), label: unit },
    ],
    series: [
      { label: "t", value: (_, at) => (at == null ? "–" : clock(at)) },
      ...series.map(([label], nth) => ({ label, stroke: COLOURS[nth % COLOURS.length], width: 1.5, value: (_, v) => told(v), points: { show: false } })),
    ],
    hooks: { drawClear: [marks] },
    cursor: { sync: { key: "run" } },
  };
  const chart = new uPlot(options, [data.at, ...series.map(([, values]) => values)], place);
  addEventListener("resize", () => chart.setSize({ width: place.clientWidth, height: 240 }));
}

Object.keys(data.charts).forEach(draw);
const root = document.documentElement;
root.lang = (navigator.language || "en").startsWith("ko") ? "ko" : "en";
document.getElementById("language").addEventListener("click", () => { root.lang = root.lang === "ko" ? "en" : "ko"; });
