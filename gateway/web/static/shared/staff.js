// What the pages of supervisors and administrators share: dialogs, clocks, what was said, and plain words of problems.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./ui.js";
import { texts } from "./i18n.js";
import { duration } from "./format.js";

const t = texts({
  close: { ko: "닫기", en: "Close" },
  unreachable: { ko: "서버에 연결할 수 없습니다. 네트워크를 확인하고 다시 시도하세요.", en: "The server can't be reached. Check the network and try again." },
  busy: { ko: "지금은 처리할 수 없습니다. 잠시 후 다시 시도하세요.", en: "Not possible right now. Try again in a moment." },
  signIn: { ko: "로그인이 필요합니다.", en: "You need to sign in." },
  forbidden: { ko: "이 작업을 할 권한이 없습니다.", en: "You are not allowed to do this." },
  "unknown-contact": { ko: "이 상담은 이미 끝났습니다.", en: "This contact is over already." },
  "unknown-session": { ko: "이 대화를 찾을 수 없습니다.", en: "This conversation can't be found." },
  "already-assigned": { ko: "이미 상담원이 받은 상담입니다.", en: "An agent has accepted this contact already." },
  "already-offered": { ko: "이미 이 상담원에게 제안되어 있습니다.", en: "It is being offered to this agent already." },
  "agent-offline": { ko: "상담원이 접속해 있지 않습니다.", en: "The agent is offline." },
  "not-routable": { ko: "상담원이 지금 상담을 받을 수 없는 상태입니다.", en: "The agent takes nothing right now." },
  "at-capacity": { ko: "상담원이 더 받을 수 없습니다.", en: "The agent has no room." },
  "wrong-channel": { ko: "상담원이 이 채널을 담당하지 않습니다.", en: "The agent does not serve this channel." },
  "same-queue": { ko: "이미 이 대기열에 있습니다.", en: "It is in this queue already." },
  "same-agent": { ko: "이미 이 상담원의 상담입니다.", en: "It is this agent's already." },
  "not-assigned": { ko: "지금 이 상담을 맡은 상담원이 없습니다.", en: "No agent has this contact now." },
  synthetic: { ko: "시험용 상담과 실제 상담은 섞을 수 없습니다.", en: "Test contacts are for test agents only." },
  closed: { ko: "이미 끝난 대화입니다.", en: "The conversation is over." },
});

// A problem in plain words of the page's language; what is not known is said as the gateway says it.
export function words(problem) {
  if (problem.status === 0) return t("unreachable");
  if (problem.status === 401) return t("signIn");
  if (problem.status === 403) return t("forbidden");
  if (problem.status === 429 || problem.status === 503) return t("busy");
  const known = t(problem.type);
  return known === problem.type ? problem.message : known;
}

// A modal dialog; Escape closes it, and the focus goes back to where it was.
export function Dialog({ title, onClose, children }) {
  const box = useRef();
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  return html`<dialog ref=${box} aria-label=${title} onCancel=${(event) => { event.preventDefault(); onClose(); }}>
    <header><h2>${title}</h2><button type="button" class="push" onClick=${onClose}>${t("close")}</button></header>
    <div class="body stack">${children}</div>
  </dialog>`;
}

const clocks = new Map(); // element → Unix ms from which it counts
const tick = (element, at) => { element.textContent = duration((Date.now() - at) / 1000); };
setInterval(() => { if (!document.hidden) clocks.forEach((at, element) => tick(element, at)); }, 1000);

// Time since `at` (Unix ms), which counts on without anything being drawn anew.
export function Since({ at, ...rest }) {
  const element = useRef();
  useLayoutEffect(() => {
    const shown = element.current;
    clocks.set(shown, at);
    tick(shown, at);
    return () => clocks.delete(shown);
  }, [at]);
  return html`<time ref=${element} ...${rest}></time>`;
}

// What was said last, for some seconds: [say, <Said/>'s text]. say(text, bad).
export function useSaid() {
  const [said, setSaid] = useState(null);
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(null), said.bad ? 10_000 : 6000);
    return () => clearTimeout(timer);
  }, [said]);
  return [(text, bad = false) => setSaid({ text, bad }), said];
}

export function Said({ said }) {
  return html`<div class="said" role="status" aria-live="polite">
    ${said && html`<p class=${said.bad ? "bad" : ""}>${said.text}</p>`}
  </div>`;
}

// The section that the address names after #, and a way to another.
export function useTab(known) {
  const named = () => (known.includes(location.hash.slice(1)) ? location.hash.slice(1) : known[0]);
  const [tab, setTab] = useState(named());
  useEffect(() => {
    const heard = () => setTab(named());
    addEventListener("hashchange", heard);
    return () => removeEventListener("hashchange", heard);
  }, []);
  return [tab, (next) => { location.hash = next; }];
}

export function Tabs({ tabs, tab, onTab, label }) {
  return html`<nav class="tabs" aria-label=${label}>${tabs.map(([key, name]) => html`
    <button type="button" aria-current=${key === tab ? "page" : undefined} onClick=${() => onTab(key)}>${name}</button>`)}
  </nav>`;
}
