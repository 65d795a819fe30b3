// A transcript, read-only: the last entries, and a button for those before.
import { html, useLayoutEffect, useRef, useState } from "../shared/ui.js";
import { Images } from "../shared/images.js";
import { time } from "../shared/format.js";
import { known, t } from "./texts.js";

const STEP = 100;
const ASIDE = new Set(["note", "whisper"]);

function Entry({ one, who }) {
  if (one.kind === "text" || !one.kind || ASIDE.has(one.kind)) {
    const aside = ASIDE.has(one.kind);
    const name = one.role === "agent" ? who.agent(one.sender_id) : aside ? one.sender_id : t(`role.${one.role}`);
    return html`<li class=${aside ? "aside" : one.role}><span class="small quiet">${aside ? `${t(`kind.${one.kind}`)} · ` : ""}${name} · ${time(one.at_ms)}</span><br />${one.text}
      ${one.attachments && html`<${Images} session=${one.session_id} images=${one.attachments} who=${name} text=${one.text} />`}</li>`;
  }
  const said = known(`kind.${one.kind}`) ? t(`kind.${one.kind}`, { text: one.text ?? "" }) : `${one.kind} ${one.text ?? ""}`;
  return html`<li class="system">${said} · ${time(one.at_ms)}</li>`;
}

export function Transcript({ entries, who }) {
  const [shown, setShown] = useState(STEP);
  const box = useRef();
  const last = entries.at(-1)?.seq;
  useLayoutEffect(() => {
    box.current.scrollTop = box.current.scrollHeight;
  }, [last]);
  return html`<div class="scroll" ref=${box} tabindex="0" role="log" aria-label=${t("transcript")}>
    ${entries.length > shown && html`<p><button type="button" onClick=${() => setShown(shown + STEP)}>${t("earlier")}</button></p>`}
    ${!entries.length && html`<p class="empty">${t("noEntries")}</p>`}
    <ol class="entries">${entries.slice(-shown).map((one) => html`<${Entry} key=${one.seq} one=${one} who=${who} />`)}</ol>
  </div>`;
}
