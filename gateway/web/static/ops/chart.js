// A chart over time: lines, load tests as bands, alerts as marks at the lower edge. Drawn by uPlot.
import uPlot from "/ui/vendor/uplot.js";
import { html, useEffect, useRef } from "../shared/ui.js";
import { language } from "../shared/i18n.js";

const HEIGHT = 190;
const COLOURS = ["--accent", "--bad", "--good", "--warn", "--quiet", "--ink"];
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const exact = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

// Bands beneath the lines: [from, to] in Unix ms.
function bands(spans) {
  return (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { from, to, bad } of spans) {
      const [x, end] = [u.valToPos(from / 1000, "x", true), u.valToPos(to / 1000, "x", true)];
      ctx.globalAlpha = bad ? 0.9 : 0.14;
      ctx.fillStyle = colour(bad ? "--bad" : "--accent");
      if (bad) ctx.fillRect(x, bbox.top + bbox.height - 5, Math.max(3, end - x), 5);
      else ctx.fillRect(x, bbox.top, Math.max(2, end - x), bbox.height);
    }
    ctx.restore();
  };
}

function options({ lines, shown, width, spans }) {
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    width, height: HEIGHT, cursor: { y: false, sync: { key: "aicc-hour" } },
    scales: { y: { range: (u, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: [{ ...axis, values: (u, at) => at.map((s) => clock.format(s * 1000)) }, { ...axis, size: 58, values: (u, values) => values.map(shown) }],
    series: [
      { value: (u, s) => (s == null ? "" : exact.format(s * 1000)) },
      ...lines.map(({ label }, i) => ({ label, stroke: colour(COLOURS[i % COLOURS.length]), width: 1.6, dash: i >= 3 ? [5, 3] : undefined, points: { show: false }, value: (u, v) => (v == null ? "–" : shown(v)) })),
    ],
    hooks: { drawClear: [bands(spans)] },
  };
}

// `lines` are {label, values}, `at` Unix ms; `says` tells the chart to who does not see it.
export function Chart({ title, at, lines, shown, spans, says }) {
  const box = useRef();
  const drawn = useRef(null);
  const asked = useRef({});
  asked.current = { lines, shown, spans };
  const data = () => [at.map((ms) => ms / 1000), ...asked.current.lines.map(({ values }) => values)];
  const make = () => {
    drawn.current?.destroy();
    drawn.current = new uPlot(options({ ...asked.current, width: box.current.clientWidth }), data(), box.current);
  };
  const names = lines.map(({ label }) => label).join();
  const marked = spans.map(({ from, to }) => `${from}-${to}`).join();
  useEffect(() => {
    make();
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const resized = new ResizeObserver(([{ contentRect }]) => drawn.current?.setSize({ width: contentRect.width, height: HEIGHT }));
    scheme.addEventListener("change", make);
    resized.observe(box.current);
    return () => {
      scheme.removeEventListener("change", make);
      resized.disconnect();
      drawn.current?.destroy();
      drawn.current = null;
    };
  }, [names, marked]);
  useEffect(() => drawn.current?.setData(data()), [at]);
  return html`<section class="card chart"><h2>${title}</h2><p class="hidden-text">${says}</p><div ref=${box} aria-hidden="true"></div></section>`;
}
