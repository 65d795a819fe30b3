// What customers are to read before they begin: that there is a maintenance, and until when.
import { Api } from "/ui/shared/api.js";
import { language } from "/ui/shared/i18n.js";
import { html } from "/ui/shared/ui.js";

const LOOK_MS = 30_000;

export class Notice {
  // `wanted` says whether anybody would read it now.
  constructor({ wanted, onChange }) {
    Object.assign(this, { wanted, onChange, text: "" });
    setInterval(() => this.look(), LOOK_MS);
  }

  async look() {
    if (!this.wanted()) return;
    try {
      const { maintenance } = await new Api({ tries: 1 }).get("/chat/notice");
      this.text = maintenance[language] ?? "";
      this.onChange();
    } catch {
      // Not known now: it stays as it was.
    }
  }
}

export function Told({ notice }) {
  return html`<div role="status" class="told">${notice.text && html`<p class="notice">${notice.text}</p>`}</div>`;
}
