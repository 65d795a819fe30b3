// What the gateway finds wrong with a draft while it is written, each error at the path of its field.
import { html, useEffect, useState } from "../shared/ui.js";
import { t } from "./texts.js";

const STILL_MS = 400;
// The commonest refusals in the page's language; others are shown as the gateway says them.
const SAID = [
  [/^no node ''$/, "says.nowhere"], [/^no node '(.*)'$/, "says.lost"], [/^no way leads to it$/, "says.apart"],
  [/^say something/, "says.mute"], [/^name one$/, "says.queue"], [/^a menu has some$/, "says.options"],
  [/^no node sets '(.*)'$/, "says.unset"], [/goes round for ever: (.*)$/, "says.round"], [/^the flow has no hours/, "says.hours"],
  [/^can not ask who/, "says.askGone"], [/^can not hand over who/, "says.handGone"], [/^at least one is needed/, "says.atLeast"],
  [/^'(.*)' is no name$/, "says.name"], [/^'(.*)' stands (\d+) times$/, "says.twice"], [/^has no language$/, "says.noLanguage"],
  [/^no queue '(.*)' in this pool$/, "says.noQueue"],
];

function plain(text) {
  for (const [pattern, key] of SAID) {
    const found = text.match(pattern);
    if (found) return t(key, { of: found[1] });
  }
  return text;
}

export class Wrong {
  constructor(lines = []) {
    this.lines = lines;
  }

  // What is wrong with exactly this field.
  at(path) {
    return this.lines.filter((line) => line.startsWith(`${path}: `)).map((line) => plain(line.slice(path.length + 2)));
  }

  // The errors of it and of what is in it.
  under(path) {
    return this.lines.filter((line) => line.startsWith(path) && ".:[".includes(line[path.length]));
  }
}

// The decoder counts where the rules name.
const lineOf = (line, pool) => line.replace(`pools[${pool.pool}].`, "")
  .replace(/^(.*) - at `\$\.(.*)`$/, "$2: $1")
  .replace(/^flows\[(\d+)\]/, (whole, nth) => (pool.flows?.[nth] ? `flows[${pool.flows[nth].name}]` : whole));

export function useWrong({ config, pool, base }) {
  const [wrong, setWrong] = useState(new Wrong());
  useEffect(() => {
    let waits = true;
    const heard = (problem) => {
      if (waits && (!problem || problem.status === 422)) setWrong(new Wrong(problem?.message.split("\n").map((line) => lineOf(line, pool))));
    };
    const timer = setTimeout(() => config.check(pool, base.version).then(() => heard(null), heard), STILL_MS);
    return () => { waits = false; clearTimeout(timer); };
  }, [pool, base.version]);
  return wrong;
}

// A control with its label, and under it what is wrong; `control` gets what it must have for that.
export function Field({ label, path, wrong, control, wide = false }) {
  const found = wrong.at(path);
  const id = `wrong ${path}`.replaceAll(/\s/g, "·");
  return html`<div class=${wide ? "all" : ""}><label><span>${label}</span>
    ${control({ "data-path": path, "aria-invalid": found.length ? "true" : undefined, "aria-describedby": found.length ? id : undefined })}</label>
    <${Said} id=${id} found=${found} path=${path} /></div>`;
}

// All that is wrong with it and with what is in it, each with its path.
export function Wrongs({ wrong, path }) {
  const lines = wrong.under(path).map((line) => line.split(": ", 1)[0]);
  return [...new Set(lines)].map((at) => html`<${Said} key=${at} found=${wrong.at(at)} path=${at} />`);
}

export function Said({ id, found, path }) {
  return found.length > 0 && html`<p class="bad small" id=${id}>${found.join(" ")} <code>${path}</code></p>`;
}
