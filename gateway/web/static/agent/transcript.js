// One session's entries as this page knows them, and what is said of it for the moment.

import { Tray } from "/ui/shared/images.js";

const MOST = 5000;
export const STEP = 60;
const BLOCK = 20;
const TYPING_MS = 4000;

export class Transcript {
  constructor(sessionId, readTo = 0) {
    this.sessionId = sessionId;
    this.readTo = readTo;
    this.shown = STEP;
    this.present = null; // the customer: true, false, or not known
    this.typedAt = 0;
    this.about = null; // the consultation, as history has it
    this.clear();
  }

  clear() {
    this.entries = [];
    this.forgotten = 0; // entries before those, which the page has let go
    this.unread = 0;
    this.waitingSince = 0; // the customer's first word that nobody has answered, Unix ms
    this.leftAt = 0;
    this.summary = "";
    this.hangul = false; // how the customer wrote last
  }

  add(entry) {
    this.entries.push(entry);
    if (this.entries.length > MOST) {
      this.entries.shift();
      this.forgotten += 1;
    }
    if (entry.kind === "summary") this.summary = entry.text;
    if (entry.kind === "customer.left" || entry.kind === "agent.left") this.leftAt = entry.at_ms;
    if (entry.kind !== "text" && entry.kind !== undefined) return;
    if (entry.role === "customer") {
      this.waitingSince ||= entry.at_ms;
      if (entry.text) this.hangul = /[\u3131-\uD79D]/.test(entry.text);
      this.typedAt = 0;
      if (entry.seq > this.readTo) this.unread += 1;
    } else if (entry.role === "agent") {
      this.waitingSince = 0;
    }
  }

  // The images that are about to be sent.
  tray(desk) {
    if (!this.images) {
      this.images = new Tray(this.sessionId);
      this.images.onChange = () => desk.changed();
    }
    return this.images;
  }

  get lastSeq() {
    return this.entries.at(-1)?.seq ?? 0;
  }

  // Entries that are folded away: whole blocks, so that what stays is drawn as it was.
  get hidden() {
    const over = this.entries.length - this.shown;
    if (over <= 0) return 0;
    const upTo = Math.ceil((this.forgotten + over) / BLOCK) * BLOCK - this.forgotten;
    return Math.min(upTo, this.entries.length - 1);
  }

  // The last ones, as many as are shown at the most, as {nth, entries}: an entry stays in its block.
  get blocks() {
    const found = [];
    for (let from = this.hidden; from < this.entries.length; ) {
      const nth = Math.floor((this.forgotten + from) / BLOCK);
      const to = (nth + 1) * BLOCK - this.forgotten;
      found.push({ nth, entries: this.entries.slice(from, to) });
      from = to;
    }
    return found;
  }

  typing(now) {
    return now - this.typedAt < TYPING_MS;
  }

  seen() {
    this.readTo = this.lastSeq;
    this.unread = 0;
  }
}
