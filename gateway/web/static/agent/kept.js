// What outlives a reload of this tab: messages not yet confirmed, drafts, clocks, what was read.

const NAME = "aicc-agent";
const LATER_MS = 300;

export class Kept {
  // `owner` is the agent: another one who works in this tab finds nothing of it.
  constructor(owner) {
    this.key = `${NAME}:${owner}`;
    const found = read(this.key);
    this.outbox = found.outbox ?? []; // {sessionId, messageId, text, images}
    this.drafts = found.drafts ?? {}; // by what they are for
    this.clocks = found.clocks ?? {}; // when offers and wrap-ups end, Unix ms, by contact
    this.read = found.read ?? {}; // the last seq seen, by session
    this.timer = 0;
    addEventListener("pagehide", () => this.write());
  }

  later() {
    this.timer ||= setTimeout(() => this.write(), LATER_MS);
  }

  write() {
    clearTimeout(this.timer);
    this.timer = 0;
    const { outbox, drafts, clocks, read: seen } = this;
    const kept = outbox.map(({ sessionId, messageId, text, images }) => ({ sessionId, messageId, text, images }));
    sessionStorage.setItem(this.key, JSON.stringify({ outbox: kept, drafts, clocks, read: seen }));
  }

  draft(name) {
    return this.drafts[name] ?? "";
  }

  setDraft(name, text) {
    if (text) this.drafts[name] = text;
    else delete this.drafts[name];
    this.later();
  }

  // Of what is over for the agent nothing is kept.
  drop(contactId, sessionId) {
    for (const name of [sessionId, `note:${sessionId}`, `wrap:${contactId}`, `done:${contactId}`]) delete this.drafts[name];
    delete this.clocks[contactId];
    delete this.read[sessionId];
    this.later();
  }
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}
