// Where the customer writes. The field is not Preact's: what is being composed must not be set anew.
import { Adder, Chosen } from "/ui/shared/images.js";
import { kept } from "/ui/shared/kept.js";
import { html, useEffect, useRef, useState } from "/ui/shared/ui.js";
import { t } from "./texts.js";

const MOST = 4000;
const DRAFT = "aicc-chat-draft";

export function Composer({ chat }) {
  const box = useRef(null);
  const [empty, setEmpty] = useState(true);
  const { tray } = chat;

  const grow = () => {
    box.current.style.height = "auto";
    box.current.style.height = `${box.current.scrollHeight + 2}px`;
    setEmpty(box.current.value.trim() === "");
    kept.set(DRAFT, box.current.value);
  };
  useEffect(() => {
    box.current.value = kept.get(DRAFT) ?? "";
    grow();
    box.current.focus({ preventScroll: true });
  }, []);
  const send = (event) => {
    event?.preventDefault();
    const text = box.current.value.trim();
    if (tray.busy) return;
    const images = tray.take();
    if (text || images.length) chat.outbox.add(text, images);
    box.current.value = "";
    grow();
    box.current.focus();
  };
  const key = (event) => {
    // Enter that ends a composition (Korean, Japanese …) is no wish to send; Safari says so by 229 alone.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    send(event);
  };
  const typed = () => {
    grow();
    chat.tellTyping();
  };

  return html`<form onSubmit=${send} ...${tray.zone}>
    <${Chosen} tray=${tray} />
    <div class="composer">
    <${Adder} tray=${tray} />
    <label class="hidden-text" for="message">${t("message")}</label>
    <textarea id="message" ref=${box} rows="1" maxlength=${MOST} placeholder=${t("placeholder")} dir="auto"
      enterkeyhint="send" aria-describedby="hint" onKeyDown=${key} onInput=${typed}></textarea>
    <span id="hint" class="hidden-text">${t("hint")}</span>
    <button class="main" disabled=${tray.busy || (empty && !tray.ready)} aria-label=${t("send")}><span aria-hidden="true">➤</span></button>
    </div>
  </form>`;
}
