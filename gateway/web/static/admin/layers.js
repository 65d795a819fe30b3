// Where the steps of a flow are drawn: in layers from its start downwards, with few crossings (Sugiyama's method).
import { ways } from "./flow.js";

export const BOX = { width: 136, height: 42 };
const GAP = { x: 26, y: 48 };
const THIN = 14; // what a way through a layer takes
const SWEEPS = 6;

// {from, to, labels, back} for each pair of steps with a way between them; `back` leads up again.
function edgesOf(flow) {
  const pairs = new Map();
  for (const [from, one] of Object.entries(flow.nodes)) {
    for (const [path, to] of ways(one)) {
      if (!Object.hasOwn(flow.nodes, to)) continue;
      const key = JSON.stringify([from, to]);
      if (!pairs.has(key)) pairs.set(key, { from, to, labels: [] });
      pairs.get(key).labels.push(path);
    }
  }
  return [...pairs.values()];
}

// Marks the edges that lead back to a step they came from; the steps in an order in which all others lead on.
function ordered(flow, out) {
  const state = new Map(); // undefined, then 1 while below it, then 2
  const order = [];
  const visit = (first) => {
    const path = [[first, 0]];
    state.set(first, 1);
    while (path.length) {
      const top = path.at(-1);
      const edge = out.get(top[0])[top[1]++];
      if (!edge) {
        state.set(top[0], 2);
        order.unshift(path.pop()[0]);
      } else if (state.get(edge.to) === 1) edge.back = true;
      else if (!state.has(edge.to)) {
        state.set(edge.to, 1);
        path.push([edge.to, 0]);
      }
    }
  };
  for (const name of [flow.start, flow.hangup, ...Object.keys(flow.nodes)]) if (out.has(name) && !state.has(name)) visit(name);
  return order;
}

const middle = (list) => (list.length ? list.reduce((sum, one) => sum + one, 0) / list.length : null);

// Each layer by the middle of its neighbours, down and up again.
function untangle(layers) {
  for (let nth = 0; nth < SWEEPS; nth += 1) {
    const down = nth % 2 === 0;
    const walk = down ? layers.slice(1) : layers.slice(0, -1).reverse();
    layers.forEach((layer) => layer.forEach((cell, place) => { cell.place = place - (layer.length - 1) / 2; }));
    for (const layer of walk) {
      for (const cell of layer) cell.want = middle(cell[down ? "above" : "below"].map((one) => one.place)) ?? cell.place;
      layer.sort((one, other) => one.want - other.want);
      layer.forEach((cell, place) => { cell.place = place - (layer.length - 1) / 2; });
    }
  }
}

// Lines leave a box side by side, in the order of where they go, and come in likewise.
function spread(lines) {
  const share = (those, name, towards) => {
    const step = Math.min(BOX.width / (those.length + 1), name === "leaves" ? 44 : 16);
    those.sort((one, other) => towards(one).x - towards(other).x).forEach((line, nth) => { line[name] = (nth - (those.length - 1) / 2) * step; });
  };
  for (const line of lines) Object.assign(line, { leaves: 0, comes: 0 });
  const straight = lines.filter((line) => line.from !== line.to);
  Map.groupBy(straight, (line) => `${line.from} ${Boolean(line.back)}`).forEach((those) => share(those, "leaves", (line) => line.chain[1]));
  Map.groupBy(straight, (line) => `${line.to} ${Boolean(line.back)}`).forEach((those) => share(those, "comes", (line) => line.chain.at(-2)));
}

// {width, height, boxes: [{name, x, y}] (the middle of each), lines: [{from, to, labels, back, points}]}
export function laidOut(flow) {
  const edges = edgesOf(flow);
  const out = new Map(Object.keys(flow.nodes).map((name) => [name, []]));
  edges.forEach((edge) => edge.from !== edge.to && out.get(edge.from).push(edge));
  const order = ordered(flow, out);
  const depth = new Map(order.map((name) => [name, 0]));
  for (const name of order) {
    for (const { to, back } of out.get(name)) if (!back) depth.set(to, Math.max(depth.get(to), depth.get(name) + 1));
  }
  const cells = new Map(order.map((name) => [name, { name, wide: BOX.width, above: [], below: [] }]));
  const layers = Array.from({ length: Math.max(0, ...depth.values()) + 1 }, () => []);
  order.forEach((name) => layers[depth.get(name)].push(cells.get(name)));
  const lines = edges.map((edge) => {
    const ends = [edge.from, edge.to].map((name) => cells.get(name));
    const [top, end] = depth.get(edge.from) <= depth.get(edge.to) ? ends : ends.toReversed();
    const chain = [top];
    for (let layer = depth.get(top.name) + 1; layer < depth.get(end.name); layer += 1) {
      const cell = { wide: THIN, above: [], below: [] };
      layers[layer].push(cell);
      chain.push(cell);
    }
    if (top !== end) chain.push(end);
    chain.slice(1).forEach((cell, i) => { cell.above.push(chain[i]); chain[i].below.push(cell); });
    return { ...edge, chain: top === ends[0] ? chain : chain.reverse() };
  });
  untangle(layers);
  const widths = layers.map((layer) => layer.reduce((sum, cell) => sum + cell.wide + GAP.x, -GAP.x));
  const width = Math.max(...widths) + 2 * GAP.x;
  layers.forEach((layer, nth) => {
    let x = (width - widths[nth]) / 2;
    for (const cell of layer) {
      Object.assign(cell, { x: x + cell.wide / 2, y: nth * (BOX.height + GAP.y) + GAP.y / 2 + BOX.height / 2 });
      x += cell.wide + GAP.x;
    }
  });
  spread(lines);
  return {
    width, height: layers.length * (BOX.height + GAP.y), boxes: [...cells.values()],
    lines: lines.map(({ chain, ...edge }) => ({ ...edge, points: chain.map(({ x, y }, i) => [x + (i === 0 ? edge.leaves : i === chain.length - 1 ? edge.comes : 0), y]) })),
  };
}
