// What was said: the last entries, earlier ones when asked for, and what is on its way.
import { Component, html, useEffect, useLayoutEffect, useRef } from "/ui/shared/ui.js";
import { Images } from "/ui/shared/images.js";
import { time } from "/ui/shared/format.js";
import { refusal, t } from "./texts.js";
import { STEP } from "./transcript.js";

const NEAR_PX = 40;
const HIDDEN = new Set(["note", "whisper"]);
const SPOKEN = new Set(["text", "prompt", "input", undefined]);

export function Log({ desk, session, line, active }) {
  const box = useRef(null);
  const follows = useRef(true);
  const sending = desk.kept.outbox.filter((one) => one.sessionId === session.sessionId);
  const newest = `${session.lastSeq}/${sending.length}`;
  const follow = () => { if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight; };
  useLayoutEffect(follow, [newest]);
  useEffect(() => {
    const sizes = new ResizeObserver(follow); // an offer, or a keyboard, takes room
    sizes.observe(box.current);
    return () => sizes.disconnect();
  }, []);
  const scrolled = ({ target }) => {
    follows.current = target.scrollHeight - target.scrollTop - target.clientHeight < NEAR_PX;
  };
  const earlier = () => {
    session.shown += STEP;
    follows.current = false;
    desk.changed();
  };
  return html`<div class="log" role="log" aria-live=${active ? "polite" : "off"} aria-label=${t("transcript")} tabindex="0"
      ref=${box} onScroll=${scrolled}>
    ${session.hidden > 0 && html`<button class="earlier small" onClick=${earlier}>${t("earlier", { count: session.hidden })}</button>`}
    ${session.blocks.map((one) => html`<${Block} key=${one.nth} block=${one} names=${desk.names} own=${desk.agent.agent_id} />`)}
    ${sending.map((one) => html`<${Sending} key=${one.messageId} one=${one} line=${line} />`)}
    ${session.typing(desk.now()) && html`<p class="typing small quiet">${t("typing")}</p>`}
  </div>`;
}

// Entries that follow each other. Only the last block grows, and the first one goes as a whole: were the entries
// children of the log itself, each one that goes would move, and so lay out anew, all that stay.
class Block extends Component {
  shouldComponentUpdate({ block: { entries } }) {
    const known = this.props.block.entries;
    return entries.length !== known.length || entries[0] !== known[0];
  }

  render({ block, names, own }) {
    return html`<div class="block">${block.entries.map((one) => html`
      <${Entry} key=${one.seq} entry=${one} names=${names} own=${own} />`)}</div>`;
  }
}

// An entry never changes, so it is drawn once.
export class Entry extends Component {
  shouldComponentUpdate({ entry }) {
    return entry !== this.props.entry;
  }

  render({ entry, names, own }) {
    const { kind, role, text } = entry;
    const who = role === "agent" ? (names.get(entry.sender_id) ?? entry.sender_id) : t(`role.${role}`);
    const at = html`<time class="quiet">${time(entry.at_ms)}</time>`;
    if (HIDDEN.has(kind) || kind === "summary") {
      const mark = kind === "note" ? t("note.by", { who }) : t(`kind.${kind}`);
      return html`<div class="entry aside"><p class="small"><strong>${mark}</strong> ${at}</p><p>${text}</p></div>`;
    }
    if (!SPOKEN.has(kind)) {
      const shown = t(`kind.${kind}`, { who: text || names.get(entry.sender_id) || entry.sender_id });
      return html`<p class="entry event small quiet">${shown === `kind.${kind}` ? text || kind : shown} ${at}</p>`;
    }
    const mine = role === "agent" && entry.sender_id === own;
    return html`<div class=${`entry said ${role}${mine ? " own" : ""}`}>
      <p class="small"><span class="quiet">${mine ? t("you") : who}</span> ${at}${mine && html`<span class="tick" title=${t("delivered")}
        aria-label=${t("delivered")}> ✓</span>`}</p>
      ${entry.attachments && html`<${Images} session=${entry.session_id} images=${entry.attachments} who=${mine ? t("you") : who} text=${text} />`}
      ${text && html`<p class="bubble">${text}</p>`}</div>`;
  }
}

function Sending({ one, line }) {
  return html`<div class="entry said agent own sending">
    ${one.images?.length > 0 && html`<${Images} session=${one.sessionId} images=${one.images} who=${t("you")} text=${one.text} />`}
    ${one.text && html`<p class="bubble">${one.text}</p>`}
    ${one.failed
      ? html`<p class="small bad">${refusal(one.failed)}
          <button class="small" onClick=${() => line.post(one)}>${t("again")}</button>
          <button class="small" onClick=${() => line.discard(one)}>${t("discard")}</button></p>`
      : html`<p class="small quiet">${t("sending")}</p>`}
  </div>`;
}
