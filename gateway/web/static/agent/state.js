// What the agent's desk knows, by what its socket says. It lives outside of Preact: `changed` asks for one
// drawing, however much has come.
import { Cursors } from "/ui/shared/socket.js";
import { Transcript } from "./transcript.js";

const HELD = new Set(["assigned", "wrapping"]);
const DEFAULT_WRAP_S = 30;
const NOTICE_MS = 12_000;
const UNHEARD_MS = 6000;

export class Desk {
  // `onOffer(offer)` and `onWord(contact, entry)` may make themselves heard; `changed()` draws.
  constructor({ agent, kept, changed, onOffer = () => {}, onOfferOver = () => {}, onWord = () => {}, now = Date.now }) {
    Object.assign(this, { agent, kept, changed, onOffer, onOfferOver, onWord, now });
    this.line = "connecting";
    this.known = false; // whether the agent's state has been heard
    this.presence = "offline";
    this.reason = "";
    this.offers = new Map(); // by contact_id, with `until`, Unix ms, or 0 where it is not known
    this.contacts = new Map();
    this.sessions = new Map();
    this.cursors = new Cursors();
    this.active = "";
    this.asked = new Map(); // commands that are under way, by their id
    this.notices = [];
    this.expiresAt = 0; // the token's, when it is about to end
    this.names = new Map([[agent.agent_id, agent.name], ...agent.colleagues.map((one) => [one.agent_id, one.name])]);
    this.queues = new Map(agent.queues.map((one) => [one.name, one]));
  }

  // A frame of the feeds, or one of the moment.
  hear(frame) {
    if (frame.feed === "agent" && frame.data) {
      if (this.cursors.passes("agent", frame.seq)) this.told(frame.data);
    } else if (frame.feed === "session" && frame.data) {
      this.entered(frame.session_id, frame.seq, frame.data);
    } else if (frame.type === "reset") {
      this.reset(frame);
    } else if (frame.type === "typing" && frame.role === "customer") {
      this.of(frame.session_id).typedAt = this.now();
    } else if (frame.type === "presence" && frame.role === "customer") {
      this.of(frame.session_id).present = frame.present;
    } else return;
    this.changed();
  }

  told(news) {
    switch (news.type) {
      case "agent.state": this.restate(news); break;
      case "offer.made": this.offered(news); break;
      case "offer.ended": this.offerOver(news); break;
      case "assignment.made": this.assigned(news); break;
      case "assignment.ended": this.ended(news); break;
      case "command.refused": this.refused(news.request_id, news.reason); break;
    }
  }

  // Everything that the agent holds: what is not named is not held any more.
  restate({ presence, reason = "", contacts = [] }) {
    Object.assign(this, { presence, reason, known: true });
    const named = new Set(contacts.map((one) => one.contact_id));
    for (const id of this.offers.keys()) if (!named.has(id)) this.drop(id);
    for (const [id, held] of this.contacts) {
      if (named.has(id)) continue;
      this.notice("lost", { who: this.nameOf(held) });
      this.drop(id);
    }
    for (const one of contacts) {
      if (one.state === "reserved") {
        if (!this.offers.has(one.contact_id)) this.offered(one);
      } else if (HELD.has(one.state)) {
        this.hold(one, one.state);
        if (one.state === "wrapping") this.wrapUp(one.contact_id);
      }
    }
    this.kept.outbox = this.kept.outbox.filter((one) => this.contactOf(one.sessionId));
  }

  offered(news) {
    const id = news.contact_id;
    if (news.timeout_s) this.kept.clocks[id] = this.now() + news.timeout_s * 1000;
    const limitS = news.timeout_s ?? this.queues.get(news.queue)?.offer_timeout_s ?? 0;
    const offer = { ...news, limitS, until: this.kept.clocks[id] ?? 0, answer: "" };
    this.offers.set(id, offer);
    this.kept.later();
    this.onOffer(offer);
  }

  offerOver({ contact_id: id, reason }) {
    const offer = this.offers.get(id);
    if (offer && !offer.answer) this.notice(`offer.${reason}`);
    this.drop(id);
  }

  assigned(news) {
    const asked = this.offers.get(news.contact_id)?.answer === "accept";
    this.unoffer(news.contact_id);
    this.hold(news, "assigned");
    if (asked || !this.contacts.has(this.active)) this.activate(news.contact_id);
  }

  ended({ contact_id: id, reason }) {
    const held = this.contacts.get(id);
    if (reason === "wrapping") {
      this.kept.clocks[id] = 0;
      this.wrapUp(id, true);
      return;
    }
    if (held && reason !== "completed") this.notice("lost", { who: this.nameOf(held) });
    this.drop(id);
  }

  // The command changed nothing.
  refused(id, reason) {
    const one = this.asked.get(id);
    this.asked.delete(id);
    if (one) one.on.answer = "";
    this.notice("refused", { reason });
    if (reason === "stale_offer" && this.offers.has(one?.on.contact_id)) this.drop(one.on.contact_id);
  }

  hold(news, state) {
    const known = this.contacts.get(news.contact_id);
    const held = { attributes: {}, channel: "chat", ...known, ...news, state, answer: known?.answer ?? "", wrapEnds: known?.wrapEnds ?? 0 };
    this.contacts.set(news.contact_id, held);
    this.unoffer(news.contact_id);
    this.of(news.session_id);
    if (!this.contacts.has(this.active)) this.active = news.contact_id;
  }

  // The clock begins now, or where it was before a reload; a new tab has only the transcript to go by.
  wrapUp(id, begins = false) {
    const held = this.contacts.get(id);
    if (!held) return;
    if (held.answer === "transfer") held.answer = "";
    held.state = "wrapping";
    held.wrapS = this.queues.get(held.queue)?.wrap_up_s ?? DEFAULT_WRAP_S;
    held.wrapEnds ||= this.kept.clocks[id] || 0;
    if (begins) held.wrapEnds = this.now() + held.wrapS * 1000;
    if (held.wrapEnds) this.kept.clocks[id] = held.wrapEnds;
    this.kept.later();
  }

  entered(sessionId, seq, entry) {
    if (!this.cursors.passes(sessionId, seq)) return;
    const one = this.of(sessionId);
    one.add(entry);
    const { outbox } = this.kept;
    const at = entry.role === "agent" ? outbox.findIndex((sent) => sent.messageId === entry.message_id) : -1;
    if (at >= 0) {
      outbox.splice(at, 1);
      this.kept.later();
    }
    const held = this.contactOf(sessionId);
    if (held?.state === "wrapping" && !held.wrapEnds && one.leftAt) {
      const longest = this.now() + held.wrapS * 1000;
      held.wrapEnds = Math.min(longest, one.leftAt + held.wrapS * 1000);
    }
    if (held && entry.role === "customer") this.heardWord(held, one, entry);
  }

  heardWord(held, one, entry) {
    if (held.contact_id === this.active && !document.hidden) this.seen(one);
    else if (entry.seq > one.readTo) this.onWord(held, entry);
  }

  seen(one) {
    one.seen();
    this.kept.read[one.sessionId] = one.readTo;
    this.kept.later();
  }

  activate(id) {
    this.active = id;
    const held = this.contacts.get(id);
    if (held) this.seen(this.of(held.session_id));
    this.changed();
  }

  reset({ feed, session_id: sessionId }) {
    this.cursors.reset(feed === "agent" ? "agent" : sessionId);
    if (feed === "session") this.of(sessionId).clear();
  }

  unoffer(id) {
    if (this.offers.delete(id)) this.onOfferOver(id);
  }

  // The contact is no business of the agent's any more.
  drop(id) {
    this.unoffer(id);
    const held = this.contacts.get(id);
    if (!held) {
      delete this.kept.clocks[id];
      return;
    }
    const next = [...this.contacts.keys()].filter((one) => one !== id);
    this.contacts.delete(id);
    this.kept.drop(id, held.session_id);
    if (!this.contactOf(held.session_id)) {
      const left = this.kept.outbox.filter((one) => one.sessionId !== held.session_id);
      if (left.length < this.kept.outbox.length) this.notice("unsent", { who: this.nameOf(held) });
      this.kept.outbox = left;
      this.sessions.delete(held.session_id);
      this.cursors.last.delete(held.session_id);
    }
    if (this.active === id) this.activate(next[0] ?? "");
  }

  of(sessionId) {
    if (!this.sessions.has(sessionId)) {
      this.sessions.set(sessionId, new Transcript(sessionId, this.kept.read[sessionId]));
    }
    return this.sessions.get(sessionId);
  }

  contactOf(sessionId) {
    for (const one of this.contacts.values()) if (one.session_id === sessionId) return one;
    return undefined;
  }

  // What to call the customer of an offer or contact.
  nameOf({ session_id: sessionId, customer_id: customerId }) {
    return this.sessions.get(sessionId)?.about?.customer_name || customerId;
  }

  notice(key, values = {}) {
    this.notices.push({ key, values, until: this.now() + NOTICE_MS });
    this.notices.splice(0, this.notices.length - 4);
    this.changed();
  }

  // Once a second: what is over goes.
  tick() {
    const now = this.now();
    this.notices = this.notices.filter((one) => one.until > now);
    // Of a command that a lost line has swallowed nothing is heard: it may be given again.
    for (const [id, one] of this.asked) {
      if (one.at > now - UNHEARD_MS) continue;
      this.asked.delete(id);
      one.on.answer = "";
    }
    // An offer whose end was not heard, as the line is down.
    for (const [id, one] of this.offers) if (one.until && one.until < now - 5000) this.drop(id);
    this.changed();
  }
}
