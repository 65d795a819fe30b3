// A button on anybody's page that opens the chat in a frame:
// <script src="https://…/ui/widget.js" data-queue="support" data-language="ko" data-color="0a6c4a" async></script>
// Its one global is aiccChat: open(), close().
(() => {
  const script = document.currentScript;
  if (!script || window.aiccChat) return;
  const { queue = "", language = "", color = "" } = script.dataset;
  const gateway = new URL(script.src).origin;
  const RUNNING = "aicc-chat-running"; // in the host's own storage: only that there is something to come back to
  const korean = (language || navigator.language).startsWith("ko");
  const says = korean
    ? { open: "상담 채팅 열기", close: "상담 채팅 닫기", frame: "상담 채팅", news: (n) => `새 메시지 ${n}개` }
    : { open: "Open chat", close: "Close chat", frame: "Chat", news: (n) => `${n} new ${n === 1 ? "message" : "messages"}` };
  const [, digits = "1d4ed8"] = /^#?([0-9a-f]{6})$/i.exec(color) ?? [];
  const light = [0, 2, 4].reduce((sum, at, n) => sum + [0.3, 0.59, 0.11][n] * parseInt(digits.slice(at, at + 2), 16), 0) > 140;
  const STYLE = `
    :host { all: initial; }
    button, .panel { position: fixed; right: 20px; z-index: 2147483000; }
    button { bottom: 20px; width: 56px; height: 56px; padding: 0; border: 0; border-radius: 50%; cursor: pointer;
      background: #${digits}; color: ${light ? "#101216" : "#fff"}; box-shadow: 0 2px 12px #0006; }
    button:focus-visible { outline: 3px solid #101216; outline-offset: 2px; box-shadow: 0 0 0 6px #fff; }
    svg { width: 28px; height: 28px; display: block; margin: auto; }
    .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; padding: 0 4px; box-sizing: border-box;
      border-radius: 11px; background: #b3261e; color: #fff; font: 600 13px/22px system-ui, sans-serif; }
    .panel { bottom: 88px; width: 380px; height: min(640px, calc(100vh - 108px)); border-radius: 12px; overflow: hidden;
      background: Canvas; box-shadow: 0 4px 32px #0005; }
    iframe { width: 100%; height: 100%; border: 0; display: block; }
    [hidden] { display: none; }
    .news { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    @media (max-width: 480px) {
      .panel { inset: 0; width: 100%; height: 100dvh; border-radius: 0; }
      .shown button { display: none; }
    }`;

  const make = (name, attributes = {}, inside = []) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };
  const icon = () => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("fill", "currentColor");
    path.setAttribute("d", "M4 4h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z");
    svg.append(path);
    return svg;
  };

  const badge = make("span", { class: "badge", "aria-hidden": "true", hidden: "" });
  const launcher = make("button", { type: "button", "aria-expanded": "false", "aria-controls": "panel" }, [icon(), badge]);
  const panel = make("div", { class: "panel", id: "panel", role: "dialog", "aria-label": says.frame, hidden: "" });
  const news = make("p", { class: "news", role: "status" });
  const around = make("div", {}, [panel, launcher, news]);
  const host = make("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  let frame = null;
  let ready = false; // until then the frame is not yet of the gateway's origin
  let unread = 0;

  function load() {
    if (frame) return;
    const asked = new URLSearchParams({ host: location.origin, queue, color: digits });
    if (language) asked.set("lang", language.slice(0, 2));
    frame = make("iframe", { title: says.frame, src: `${gateway}/ui/chat?${asked}`, referrerpolicy: "no-referrer" });
    panel.append(frame);
  }

  const tell = () => {
    if (ready) frame.contentWindow.postMessage({ aicc: "widget", shown: !panel.hidden }, gateway);
  };

  function show(shown) {
    if (shown) load();
    panel.hidden = !shown;
    around.className = shown ? "shown" : "";
    launcher.setAttribute("aria-expanded", String(shown));
    label();
    tell();
    (shown ? frame : launcher).focus();
  }

  function label() {
    const name = panel.hidden ? says.open : says.close;
    launcher.setAttribute("aria-label", unread ? `${name}, ${says.news(unread)}` : name);
    badge.hidden = !unread;
    badge.textContent = unread > 99 ? "99+" : String(unread);
  }

  function keep(running) {
    try {
      if (running) localStorage.setItem(RUNNING, "1");
      else localStorage.removeItem(RUNNING);
    } catch {
      // This page may keep nothing: the chat waits for its button.
    }
  }

  const keptRunning = () => {
    try {
      return localStorage.getItem(RUNNING) !== null;
    } catch {
      return false;
    }
  };

  addEventListener("message", ({ data, source, origin }) => {
    if (!frame || source !== frame.contentWindow || origin !== gateway || data?.aicc !== "chat") return;
    if (data.ready) {
      ready = true;
      tell();
    }
    if (data.close) show(false);
    if (Number.isInteger(data.unread)) {
      if (data.unread > unread && panel.hidden) news.textContent = says.news(data.unread);
      unread = data.unread;
      label();
      keep(data.running);
    }
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) show(false);
  });
  launcher.addEventListener("click", () => show(panel.hidden));

  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  root.append(around);
  label();
  const put = () => {
    document.body.append(host);
    if (keptRunning()) load();
  };
  if (document.body) put();
  else addEventListener("DOMContentLoaded", put);
  window.aiccChat = Object.freeze({ open: () => show(true), close: () => show(false) });
})();
