// The platform as it is, asked for once a second while somebody looks.

const EVERY_MS = 1000;
const STALE_MS = 5000;

export class Feed {
  // `changed()` is called after each answer and refusal.
  constructor({ api, changed }) {
    Object.assign(this, { api, changed });
    this.view = null; // {now, alerts, marks}
    this.problem = null; // of the last try
    this.heardAt = 0;
    this.ended = false;
    this.shown = () => { if (!document.hidden) this.soon(0); };
    document.addEventListener("visibilitychange", this.shown);
    this.ask();
  }

  async ask() {
    clearTimeout(this.timer);
    if (this.asking || this.ended) return;
    const began = Date.now();
    this.asking = true;
    try {
      this.view = await this.api.get("/ops/now");
      this.heardAt = Date.now();
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.asking = false;
    if (this.ended) return;
    requestAnimationFrame(() => this.changed());
    if (this.problem?.status !== 401 && this.problem?.status !== 403) this.soon(Math.max(0, EVERY_MS - (Date.now() - began)));
  }

  // A page that nobody sees asks nothing.
  soon(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (!document.hidden) this.ask(); }, ms);
  }

  get isStale() {
    return Boolean(this.view) && Date.now() - this.heardAt > STALE_MS;
  }

  close() {
    this.ended = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.shown);
  }
}
