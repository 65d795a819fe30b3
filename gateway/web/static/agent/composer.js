// Where the agent writes: to the customer, or a note that the customer never sees.
import { Adder, Chosen } from "/ui/shared/images.js";
import { html, useRef, useState } from "/ui/shared/ui.js";
import { Picker, filled, matching } from "./canned.js";
import { t } from "./texts.js";

const MOST = 4000;

export function Composer({ work, held, session }) {
  const { desk, line, actions } = work;
  const { kept } = desk;
  const [noting, setNoting] = useState(false);
  const [at, setAt] = useState(0);
  const [shut, setShut] = useState(false);
  const field = useRef(null);
  const name = noting ? `note:${session.sessionId}` : session.sessionId;
  const text = kept.draft(name);
  const tray = session.tray(desk);
  const found = (typed) =>
    !noting && typed.startsWith("/") && !shut ? matching(desk.agent.canned_answers, typed.slice(1)) : null;
  const answers = found(text);
  const write = (value) => {
    kept.setDraft(name, value);
    desk.changed();
  };
  const pick = (answer) => {
    write(filled(answer, session.hangul, { customer: session.about?.customer_name, agent: desk.agent.name }));
    setAt(0);
    field.current.focus();
  };
  const typed = (event) => {
    write(event.target.value);
    setShut(false);
    setAt(0);
    if (!noting && event.target.value && !event.target.value.startsWith("/")) line.type(session.sessionId);
  };
  const send = async () => {
    // Not what was drawn last: Enter may come before the frame that shows the last letter.
    const said = kept.draft(name).trim();
    if (!noting && tray.busy) return;
    const images = noting ? [] : tray.take();
    if (!said && !images.length) return;
    write("");
    if (!noting) line.write(session.sessionId, said, images);
    else if (!(await actions.note(session.sessionId, said)) && !kept.draft(name)) write(said);
  };
  const key = (event) => {
    // Enter while a syllable is being composed ends the syllable, not the message.
    if (event.isComposing || event.keyCode === 229) return;
    const now = found(kept.draft(name));
    if (now && picked(event, { answers: now, at, setAt, pick, setShut })) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  };
  const list = `canned-${held.contact_id}`;
  return html`<form class=${noting ? "composer noting" : "composer"} onSubmit=${(event) => { event.preventDefault(); send(); }}
      ...${noting ? {} : tray.zone}>
    ${!noting && html`<${Chosen} tray=${tray} />`}
    ${answers && html`<${Picker} id=${list} answers=${answers} at=${at} hangul=${session.hangul} onPick=${pick} />`}
    <textarea ref=${field} rows="2" maxlength=${MOST} value=${text} onInput=${typed} onKeyDown=${key}
      aria-label=${t(noting ? "note.label" : "message.label")} placeholder=${t(noting ? "note.hint" : "message.hint")}
      aria-autocomplete="list" aria-controls=${answers ? list : undefined}
      aria-activedescendant=${answers?.length ? `${list}-${at}` : undefined}></textarea>
    <div class="row tight">
      <button type="button" class="small" aria-pressed=${noting} onClick=${() => setNoting(!noting)}>${t("note")}</button>
      ${!noting && html`<${Adder} tray=${tray} />`}
      ${!noting && desk.agent.canned_answers.length > 0 && html`<button type="button" class="small"
        onClick=${() => { write("/"); setShut(false); field.current.focus(); }}>${t("canned")} <kbd aria-hidden="true">/</kbd></button>`}
      <span class="push"></span>
      <button class="main" disabled=${noting ? !text.trim() : tray.busy || (!text.trim() && !tray.ready)}>${t(noting ? "note.keep" : "send")}</button>
    </div>
  </form>`;
}

// Whether the key was one of the list's.
function picked(event, { answers, at, setAt, pick, setShut }) {
  if (event.key === "Escape") setShut(true);
  else if (answers.length === 0) return false;
  else if (event.key === "ArrowDown") setAt((at + 1) % answers.length);
  else if (event.key === "ArrowUp") setAt((at + answers.length - 1) % answers.length);
  else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) pick(answers[at]);
  else return false;
  return true;
}
