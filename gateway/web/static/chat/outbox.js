// Messages on their way. Each is kept until the transcript has it, and said again with the same message_id: the
// conversation takes an id once, so nothing is lost and nothing is said twice.
import { newId } from "/ui/shared/api.js";
import { kept } from "/ui/shared/kept.js";

const TRIES = 5;
const SILENT_MS = 12_000; // a verdict that has not come by then never does
const PASSING = new Set([0, 429, 503]);

export class Outbox {
  // `say(id, text, images)` sends and raises a Problem; `onChange` hears of every change.
  constructor({ say, onChange }) {
    Object.assign(this, { say, onChange });
    this.messages = []; // {id, text, images, at, state: queued | sending | said | failed, reason}
    this.linked = false;
    this.timer = 0;
  }

  // The messages of this session that are kept from before.
  open(session) {
    this.prefix = `aicc-chat-out:${session}:`;
    this.messages = kept.names(this.prefix).map((name) => {
      const { text = "", images = [], at = 0 } = kept.object(name);
      return { id: name.slice(this.prefix.length), text, images, at, state: "queued", tries: 0 };
    }).sort((a, b) => a.at - b.at);
  }

  add(text, images = []) {
    const last = this.messages.at(-1)?.at ?? 0;
    const message = { id: newId(), text, images, at: Math.max(Date.now(), last + 1), state: "queued", tries: 0 };
    this.messages = [...this.messages, message];
    kept.set(this.prefix + message.id, JSON.stringify({ text, images, at: message.at }));
    this.onChange();
    this.pump();
  }

  again(id) {
    this.change(id, { state: "queued", reason: "", tries: 0 });
    this.pump();
  }

  // The transcript has it.
  confirmed(id) {
    if (!this.messages.some((one) => one.id === id)) return;
    kept.remove(this.prefix + id);
    this.messages = this.messages.filter((one) => one.id !== id);
    this.onChange();
  }

  rejected(id, reason) {
    this.change(id, { state: reason === "unknown" || reason === "expired" ? "queued" : "failed", reason });
    this.pump();
  }

  // The conversation is over: what was not said never will be.
  shut() {
    this.messages = this.messages.map((one) => (
      one.state === "said" ? one : { ...one, state: "failed", reason: "closed" }));
  }

  forget() {
    for (const name of kept.names(this.prefix)) kept.remove(name);
    this.messages = [];
  }

  link(linked) {
    this.linked = linked;
    if (linked) this.pump();
  }

  change(id, news) {
    this.messages = this.messages.map((one) => (one.id === id ? { ...one, ...news } : one));
    this.onChange();
  }

  // One at a time, in the order in which they were written.
  async pump() {
    clearTimeout(this.timer);
    if (this.busy || !this.linked) return;
    this.busy = true;
    let waitMs = 0;
    for (let next; !waitMs && this.linked && (next = this.messages.find((one) => one.state === "queued"));) {
      waitMs = await this.attempt(next);
    }
    this.busy = false;
    if (waitMs) this.timer = setTimeout(() => this.pump(), waitMs);
  }

  // How long to wait before the next one, in ms.
  async attempt({ id, text, images, tries }) {
    this.change(id, { state: "sending" });
    try {
      await this.say(id, text, images);
      this.change(id, { state: "said" });
      setTimeout(() => this.doubt(id), SILENT_MS);
    } catch (problem) {
      if (!PASSING.has(problem.status)) {
        this.change(id, { state: "failed", reason: problem.reason || problem.type });
      } else if (this.linked && tries + 1 >= TRIES) {
        this.change(id, { state: "failed", reason: problem.status === 429 ? "too_many" : "" });
      } else {
        this.change(id, { state: "queued", tries: this.linked ? tries + 1 : tries });
        return 1000 * (problem.retryAfterS ?? 0.3 * 2 ** tries);
      }
    }
    return 0;
  }

  doubt(id) {
    if (this.messages.some((one) => one.id === id && one.state === "said")) {
      this.change(id, { state: "queued" });
      this.pump();
    }
  }
}
