// The end of a conversation: asked for, said, rated, taken home.
import { html, useEffect, useRef, useState } from "/ui/shared/ui.js";
import { ending } from "./standing.js";
import { t } from "./texts.js";

export function EndDialog({ chat, onClose }) {
  const dialog = useRef(null);
  const [state, setState] = useState("");
  useEffect(() => { dialog.current.showModal(); }, []);
  const end = async () => {
    setState("busy");
    if (await chat.end()) dialog.current?.close();
    else setState("failed");
  };
  return html`<dialog ref=${dialog} onClose=${onClose} aria-labelledby="end-title">
    <div class="stack">
      <h2 id="end-title">${t("endAsk")}</h2>
      <p>${t("endExplained")}</p>
      ${state === "failed" && html`<p class="bad" role="alert">${t("endFailed")}</p>`}
      <div class="row">
        <button type="button" onClick=${() => dialog.current.close()}>${t("stay")}</button>
        <button type="button" class="main push" disabled=${state === "busy"} onClick=${end}>${t("end")}</button>
      </div>
    </div>
  </dialog>`;
}

export function Over({ chat }) {
  const head = useRef(null);
  const [problem, setProblem] = useState("");
  useEffect(() => { head.current.focus({ preventScroll: true }); }, []);
  const download = async () => setProblem((await save(chat)) ? "" : "downloadFailed");
  return html`<section class="over stack" aria-labelledby="over-title">
    <div>
      <h2 id="over-title" tabindex="-1" ref=${head}>${t("over")}</h2>
      <p>${t(ending(chat.standing, chat.kept))}</p>
    </div>
    ${chat.standing.status !== "refused" && chat.standing.status !== "overflow" && html`<${Rating} chat=${chat} />`}
    ${problem && html`<p class="bad" role="alert">${t(problem)}</p>`}
    <div class="row">
      <button type="button" onClick=${download}>${t("download")}</button>
      <button type="button" class="main push" onClick=${() => chat.forget()}>${t("anew")}</button>
    </div>
  </section>`;
}

function Rating({ chat }) {
  const [rating, setRating] = useState(0);
  const [state, setState] = useState("");
  if (chat.kept.rated) return html`<p role="status">${t(chat.kept.rated)}</p>`;
  const send = async (event) => {
    event.preventDefault();
    setState("busy");
    setState(await chat.rate(rating, new FormData(event.target).get("comment").trim()));
  };
  return html`<form class="stack" onSubmit=${send}>
    <fieldset class="stars">
      <legend>${t("rate")}</legend>
      ${[1, 2, 3, 4, 5].map((count) => html`<label class=${count <= rating ? "lit" : ""}>
        <input type="radio" name="rating" class="hidden-text" value=${count} checked=${count === rating}
          onChange=${() => setRating(count)} />
        <span class="hidden-text">${t("star", { count })}</span><i aria-hidden="true">★</i></label>`)}
    </fieldset>
    ${rating > 0 && html`
      <label><span>${t("comment")}</span><textarea name="comment" rows="2" maxlength="4000"></textarea></label>
      ${state === "rateFailed" && html`<p class="bad" role="alert">${t(state)}</p>`}
      <button disabled=${state === "busy"}>${t("rateSend")}</button>`}
  </form>`;
}

// The transcript as the gateway writes it. Whether it worked.
async function save({ session, kept: { token } }) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`/chat/${session}/transcript?format=text`, { headers }).catch(() => null);
  if (!answer?.ok) return false;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `chat-${session}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return true;
}
