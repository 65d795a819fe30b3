// A flow as a picture: each step a box, each way an arrow with what leads there.
import { html, useMemo } from "../shared/ui.js";
import { BOX, laidOut } from "./layers.js";
import { t } from "./texts.js";

const ROOM = 17; // letters of a box; Hangul counts twice
const HALF = BOX.height / 2;

const wide = (letter) => (letter > "\u1100" ? 2 : 1);
function short(text) {
  let left = ROOM;
  const fit = [...text].findIndex((letter) => { left -= wide(letter); return left < 0; });
  return fit < 0 ? text : `${[...text].slice(0, fit).join("")}…`;
}

const label = (path) => path.match(/^options\[(.*)\]\.then$/)?.[1] ?? (path === "then" ? "" : t(`way.${path}`));

// Through all points, leaving and coming in upright.
function curve(points) {
  const down = points[0][1] < points.at(-1)[1] ? 1 : -1;
  const way = points.map(([x, y], i) => [x, i === 0 ? y + down * HALF : i === points.length - 1 ? y - down * (HALF + 5) : y]);
  return way.slice(1).reduce((path, [x, y], i) => {
    const [fromX, fromY] = way[i];
    const bend = (y - fromY) / 2;
    return `${path} C${fromX} ${fromY + bend} ${x} ${y - bend} ${x} ${y}`;
  }, `M${way[0]}`);
}

function Line({ from, to, labels, back, points }) {
  const said = labels.map(label).filter(Boolean).join(" ");
  const [[x, y], next] = points;
  const round = from === to;
  const right = x + BOX.width / 2;
  const path = round ? `M${right} ${y - 8} C${right + 22} ${y - 16} ${right + 22} ${y + 16} ${right + 5} ${y + 8}` : curve(points);
  const at = round ? [right + 18, y - 12] : [x, y + Math.sign(next[1] - y) * (HALF + 12) + 4];
  return html`<path class=${back ? "way back" : "way"} d=${path} marker-end="url(#arrow)" />
    ${said && html`<text class="by" x=${at[0]} y=${at[1]}>${said}</text>`}`;
}

export function Drawing({ flow, at, onStep, wrong }) {
  const { width, height, boxes, lines } = useMemo(() => laidOut(flow), [flow]);
  return html`<div class="wide drawing" tabindex="0" role="region" aria-label=${t("drawing")}>
    <svg role="img" aria-label=${t("drawingOf", { name: flow.name, n: boxes.length })} width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`}>
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="3" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" /></marker></defs>
      ${lines.map((line) => html`<${Line} key=${JSON.stringify([line.from, line.to])} ...${line} />`)}
      ${boxes.map(({ name, x, y }) => html`<g key=${name} data-step=${name} onClick=${() => onStep(name)}
          class=${["step", name === at && "at", wrong(name) && "wrong", name === flow.start && "start"].filter(Boolean).join(" ")}>
        <title>${name}</title><rect x=${x - BOX.width / 2} y=${y - HALF} width=${BOX.width} height=${BOX.height} rx="8" />
        <text x=${x} y=${y - 3}>${short(name)}</text><text class="kind" x=${x} y=${y + 13}>${t(`kind.${flow.nodes[name].kind}`)}</text></g>`)}
    </svg></div>`;
}
