// Images that messages carry: chosen, pasted or dropped, sent ahead of their message, and shown.
import { texts } from "./i18n.js";
import { html, useEffect, useReducer, useRef, useState } from "./ui.js";

const KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const MOST = 5; // of one message
const LARGE = 5 << 20; // what a gateway takes if it is not told otherwise
const KEPT = 200;
const TRIES = 3;

export const viewer = { token: () => "" }; // the page says whose token reads and sends images

const t = texts({
  add: { ko: "이미지 첨부", en: "Add an image" },
  chosen: { ko: "보낼 이미지", en: "Images to send" },
  progress: { ko: "{name} 올리는 중", en: "Uploading {name}" },
  ready: { ko: "{name}, 보낼 준비가 되었습니다", en: "{name}, ready to send" },
  remove: { ko: "{name} 빼기", en: "Remove {name}" },
  again: { ko: "다시 시도", en: "Try again" },
  kind: { ko: "PNG, JPEG, GIF, WebP 이미지만 보낼 수 있습니다.", en: "Only PNG, JPEG, GIF and WebP images can be sent." },
  large: { ko: "이미지가 너무 큽니다.", en: "The image is too large." },
  damaged: { ko: "이미지를 읽을 수 없습니다.", en: "The image can't be read." },
  many: { ko: "이 대화에는 이미지를 더 보낼 수 없습니다.", en: "No more images can be sent here now." },
  most: { ko: "한 번에 {count}장까지 보낼 수 있습니다.", en: "A message takes {count} images at most." },
  over: { ko: "상담이 끝나 보내지 못했습니다.", en: "Not sent: the conversation is over." },
  failed: { ko: "이미지를 올리지 못했습니다.", en: "The image could not be uploaded." },
  one: { ko: "{who} 님이 보낸 이미지", en: "Image from {who}" },
  some: { ko: "{who} 님이 보낸 이미지 {count}장 중 {nth}번째", en: "Image {nth} of {count} from {who}" },
  loading: { ko: "이미지를 불러오는 중…", en: "Loading the image…" },
  lost: { ko: "이미지를 볼 수 없습니다.", en: "The image can't be shown." },
});
const WHY = { 409: "over", 413: "large", 415: "kind", 422: "damaged", 429: "many" };

// A file that misses the field must not replace the page.
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());

const shown = new Map(); // address → a promise of a blob: address
const addressOf = (session, id) => `/chat/${encodeURIComponent(session)}/attachment/${encodeURIComponent(id)}`;

function remember(address, promise) {
  shown.set(address, promise);
  if (shown.size <= KEPT) return;
  const [oldest, url] = shown.entries().next().value;
  shown.delete(oldest);
  url.then(URL.revokeObjectURL, () => {});
}

// An <img> can't bear a token, so what it shows is fetched.
function load(address) {
  if (!shown.has(address)) {
    const token = viewer.token();
    remember(address, fetch(address, { headers: token ? { Authorization: `Bearer ${token}` } : {} }).then(async (answer) => {
      if (!answer.ok || !KINDS.includes(answer.headers.get("Content-Type"))) throw new Error(`HTTP ${answer.status}`);
      return URL.createObjectURL(await answer.blob());
    }));
    shown.get(address).catch(() => shown.delete(address));
  }
  return shown.get(address);
}

// The images of one message.
export function Images({ session, images, who, text = "" }) {
  const about = (n) => {
    const what = images.length > 1 ? t("some", { who, nth: n + 1, count: images.length }) : t("one", { who });
    return text ? `${what}: ${text}` : what;
  };
  return html`<div class="images">${images.map((one, n) => html`
    <${Shown} key=${one.id} address=${addressOf(session, one.id)} one=${one} about=${about(n)} />`)}</div>`;
}

function Shown({ address, one, about }) {
  const frame = useRef(null);
  const [url, setUrl] = useState("");
  const [lost, setLost] = useState(false);
  const look = () => {
    setLost(false);
    load(address).then(setUrl, () => setLost(true));
  };
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      look();
    }, { rootMargin: "200px" });
    seen.observe(frame.current);
    return () => seen.disconnect();
  }, [address]);
  return html`<div class="image" ref=${frame}>
    ${lost
      ? html`<p class="small bad">${t("lost")} <button type="button" class="small plain" onClick=${look}>${t("again")}</button></p>`
      : url
        ? html`<a href=${url} target="_blank" rel="noopener"><img src=${url} alt=${about} width=${one.width} height=${one.height}
            onError=${() => setLost(true)} /></a>`
        : html`<svg class="wait" viewBox="0 0 ${one.width} ${one.height}" width=${one.width} height=${one.height}
            role="img" aria-label=${`${t("loading")} ${about}`}></svg>`}
  </div>`;
}

// The images of a message that is being written, each sent to the gateway at once.
export class Tray {
  constructor(session) {
    Object.assign(this, { session, items: [], problem: "", nth: 0, onChange: () => {} });
  }

  get busy() {
    return this.items.some((one) => one.state === "sending");
  }

  get ready() {
    return this.items.some((one) => one.state === "ready") && !this.busy;
  }

  add(files) {
    const images = [...files].filter((file) => KINDS.includes(file.type));
    this.problem = images.length < files.length ? t("kind") : "";
    for (const file of images) {
      if (this.items.length >= MOST) this.problem = t("most", { count: MOST });
      else this.send({ key: ++this.nth, file, url: URL.createObjectURL(file) });
    }
    this.onChange();
  }

  send(given) {
    const one = { ...given, state: "sending", share: 0, why: "", tries: 0 };
    this.items = [...this.items.filter(({ key }) => key !== one.key), one];
    this.again(one);
    this.onChange();
  }

  again(one) {
    const request = (one.request = new XMLHttpRequest());
    request.open("POST", `/chat/attachment?session_id=${encodeURIComponent(this.session)}`);
    if (viewer.token()) request.setRequestHeader("Authorization", `Bearer ${viewer.token()}`);
    request.upload.onprogress = ({ loaded, total }) => this.becomes(one, { share: total ? loaded / total : 0 });
    request.onload = () => this.answered(one, request);
    request.onerror = () => this.becomes(one, { state: "failed", why: one.file.size > LARGE ? "large" : "failed" });
    request.send(one.file);
  }

  answered(one, request) {
    const { status, responseText } = request;
    if (status === 503 && one.tries < TRIES) {
      one.tries += 1;
      setTimeout(() => this.items.includes(one) && this.again(one), 1000 * (request.getResponseHeader("Retry-After") || 1));
      return;
    }
    if (status !== 200) {
      this.becomes(one, { state: "failed", why: WHY[status] ?? "failed" });
      return;
    }
    const image = JSON.parse(responseText);
    remember(addressOf(this.session, image.id), Promise.resolve(one.url));
    this.becomes(one, { state: "ready", share: 1, image });
  }

  becomes(one, news) {
    Object.assign(one, news);
    this.onChange();
  }

  remove(one) {
    one.request.abort();
    if (!one.image) URL.revokeObjectURL(one.url);
    this.items = this.items.filter((other) => other !== one);
    this.problem = "";
    this.onChange();
  }

  // What is ready, for a message that takes it along.
  take() {
    const taken = this.items.filter((one) => one.state === "ready").map(({ image }) => image);
    this.items = this.items.filter((one) => one.state !== "ready");
    this.problem = "";
    this.onChange();
    return taken;
  }

  // What an element needs, so that images are pasted or dropped there.
  get zone() {
    const taking = (event, given) => {
      // What is copied from a text processor is a picture of its text, too.
      if (!given?.files.length || given.types.includes("text/plain")) return;
      event.preventDefault();
      this.add(given.files);
    };
    return {
      onPaste: (event) => taking(event, event.clipboardData),
      onDrop: (event) => taking(event, event.dataTransfer),
    };
  }
}

// The tray's images with their progress.
export function Chosen({ tray }) {
  const [, draw] = useReducer((n) => n + 1, 0);
  useEffect(() => {
    const before = tray.onChange;
    tray.onChange = () => { before(); draw(); };
    return () => { tray.onChange = before; };
  }, [tray]);
  return html`<div class="chosen-frame">
    ${tray.items.length > 0 && html`<ul class="chosen" aria-label=${t("chosen")}>${tray.items.map((one) => html`
      <${Choice} key=${one.key} tray=${tray} one=${one} />`)}</ul>`}
    <p class="small bad" role="alert">${tray.problem}</p>
  </div>`;
}

function Choice({ tray, one }) {
  const { name } = one.file;
  return html`<li data-state=${one.state}>
    <img src=${one.url} alt=${one.state === "ready" ? t("ready", { name }) : name} />
    ${one.state === "sending" && html`<progress max="1" value=${one.share} aria-label=${t("progress", { name })}></progress>`}
    ${one.state === "failed" && html`<p class="small bad" role="alert">${t(one.why)}
      ${(one.why === "failed" || one.why === "many") && html` <button type="button" class="small plain" onClick=${() => tray.send(one)}>${t("again")}</button>`}</p>`}
    <button type="button" class="small plain remove" aria-label=${t("remove", { name })}
      onClick=${() => tray.remove(one)}><span aria-hidden="true">✕</span></button>
  </li>`;
}

// The button that opens the browser's choice of files.
export function Adder({ tray }) {
  const input = useRef(null);
  const chosen = ({ target }) => {
    tray.add(target.files);
    target.value = "";
  };
  return html`<button type="button" class="small adder" aria-label=${t("add")} title=${t("add")}
      onClick=${() => input.current.click()}><span aria-hidden="true">＋</span></button>
    <input ref=${input} type="file" hidden accept=${KINDS.join(",")} multiple
      onChange=${chosen} />`;
}
