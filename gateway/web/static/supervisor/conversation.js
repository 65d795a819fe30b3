// A conversation as it goes on: while it waits its transcript is asked for, with an agent it is listened to.
import { html, useEffect, useRef, useState } from "../shared/ui.js";
import { Cursors } from "../shared/socket.js";
import { Dialog, words } from "../shared/staff.js";
import { State } from "./contacts.js";
import { Transcript } from "./transcript.js";
import { t } from "./texts.js";

const POLL_MS = 1500;
const ENDS = { not_permitted: "notPermitted", unavailable: "unavailable", ended: "ended" };

// The entries so far, what is to be said of them, and a way to try again.
function useConversation({ api, feed, pool, me, contact, session }) {
  const [entries, setEntries] = useState([]);
  const [status, setStatus] = useState("");
  const [nth, again] = useState(0);
  const kept = useRef({ cursors: new Cursors(), entries: [], due: 0 });
  const state = contact?.state;
  const add = (news) => {
    const one = kept.current;
    one.entries.push(...news.filter((entry) => one.cursors.passes(session, entry.seq)));
    one.due ||= requestAnimationFrame(() => {
      one.due = 0;
      setEntries([...one.entries]);
    });
  };
  const heard = (frame) => {
    if (frame.type === "listen.ended") setStatus(ENDS[frame.reason] ?? "ended");
    else if (frame.data) add([frame.data]);
  };
  const listen = () => {
    const id = contact.id;
    const permit = (listening) => api.post("/supervisor/listen", { pool, supervisor: me, contact_id: id, listening });
    feed.listeners.set(session, heard);
    setStatus("");
    permit(true).then(() => {
      setStatus("listening");
      feed.listen(session, kept.current.cursors.of(session));
    }, (problem) => setStatus(words(problem)));
    return () => {
      feed.listeners.delete(session);
      feed.unlisten(session);
      permit(false).catch(() => {}); // it ends with the contact in any case
    };
  };
  const poll = () => {
    let timer = 0;
    let over = false;
    const ask = async () => {
      try {
        const page = await api.get(`/chat/${session}/messages`, { after: kept.current.cursors.of(session), limit: 100 });
        add(page.items);
        setStatus(page.over ? "ended" : "reading");
        if (page.over) return;
        if (!over) timer = setTimeout(ask, page.more ? 0 : POLL_MS);
      } catch (problem) {
        setStatus(words(problem));
      }
    };
    ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  };
  useEffect(() => (state === "assigned" ? listen() : poll()), [state === "assigned", feed, nth]);
  return [entries, status, () => again(nth + 1)];
}

function Whisper({ api, pool, me, id, say }) {
  const [message, setMessage] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async (event) => {
    event.preventDefault();
    if (!message.trim()) return;
    setBusy(true);
    try {
      await api.post("/supervisor/whisper", { pool, supervisor: me, contact_id: id, message });
      setMessage("");
      say(t("whispered"));
    } catch (problem) {
      say(words(problem), true);
    }
    setBusy(false);
  };
  return html`<form class="line" onSubmit=${send}>
    <label><span>${t("whisper")}</span>
      <input value=${message} maxlength="2000" onInput=${(event) => setMessage(event.target.value)} /></label>
    <button class="main" disabled=${busy || !message.trim()}>${t("whisperDo")}</button>
  </form>`;
}

const CALM = new Set(["listening", "reading", "ended", ""]);

export function Conversation({ api, feed, pool, me, id, who, say, onClose }) {
  const contact = feed.board.contacts.get(id);
  const session = id.split(".")[0];
  const title = useRef(t("conversation", { who: who.contact(contact ?? { session }) }));
  const [entries, status, again] = useConversation({ api, feed, pool, me, contact, session });
  const held = contact && (contact.state === "assigned" || contact.state === "wrapping");
  return html`<${Dialog} title=${title.current} onClose=${onClose}>
    <div class="row">${contact && html`<${State} state=${contact.state} /><span>${contact.queue}</span>
      ${contact.agent && html`<span>${who.agent(contact.agent)}</span>`}`}
      <span role="status" class=${`small ${CALM.has(status) ? "quiet" : "bad"}`}>${status && t(status)}</span>
      ${!CALM.has(status) && html`<button type="button" onClick=${again}>${t("retry")}</button>`}</div>
    <${Transcript} entries=${entries} who=${who} />
    ${held && html`<${Whisper} api=${api} pool=${pool} me=${me} id=${id} say=${say} />`}
  <//>`;
}
