// One customer's conversation: begins, is found again after a reload, is heard over the socket, ends.
import { Api, newId } from "/ui/shared/api.js";
import { Tray, viewer } from "/ui/shared/images.js";
import { kept } from "/ui/shared/kept.js";
import { Cursors, Socket } from "/ui/shared/socket.js";
import { Outbox } from "./outbox.js";
import { BEGUN, after, isNews } from "./standing.js";

const CUSTOMER = "aicc-chat-customer";
const TYPING_MS = 4000;
const LOOK_MS = 15_000;
const ANSWER_MS = 8000; // without an answer by then, a person is offered more clearly
const LOST = new Set([401, 403, 404]);

export class Conversation {
  // `queue` is where a person is asked for; "" leaves that to the gateway.
  constructor({ queue, onChange }) {
    Object.assign(this, { queue, onChange });
    this.drawer = `aicc-chat:${queue}`;
    this.api = new Api();
    this.outbox = new Outbox({ say: (...message) => this.say(...message), onChange });
    viewer.token = () => this.kept.token;
    this.clear();
  }

  clear() {
    Object.assign(this, {
      session: "", kept: {}, standing: BEGUN, entries: [], place: null, link: "none", loaded: false,
      asking: false, problem: "", typing: "", agentThere: true, heardSeq: 0, deliveredSeq: 0, unanswered: false,
    });
    this.cursors = new Cursors();
  }

  get phase() {
    return this.session ? this.standing.phase : "start";
  }

  get linked() {
    return this.link === "open";
  }

  // The conversation of before, if there is one.
  resume() {
    this.kept = kept.object(this.drawer);
    if (this.kept.session) this.open();
  }

  async start(name) {
    this.set({ asking: true, problem: "" });
    if (this.startName !== name) this.startKey = newId();
    this.startName = name;
    try {
      const begun = await this.api.post(
        "/chat/start", { customer_id: customer(), customer_name: name }, { key: this.startKey });
      this.startName = undefined;
      this.clear();
      this.keep({ session: begun.session_id, token: begun.token, connectKey: newId() });
      this.open();
    } catch (problem) {
      this.set({ asking: false, problem: said(problem, "startFailed") });
    }
  }

  open() {
    this.session = this.kept.session;
    this.api = new Api({ token: this.kept.token });
    this.outbox.say = (...message) => this.say(...message);
    this.outbox.open(this.session);
    this.tray = new Tray(this.session);
    this.tray.onChange = () => this.onChange();
    this.socket = new Socket({
      address: () => this.address(),
      onFrame: (frame) => this.hear(frame),
      onState: (state) => this.linkIs(state),
    });
    this.looking = setInterval(() => this.look(), LOOK_MS);
    this.onChange();
  }

  address() {
    const asked = new URLSearchParams({ session_id: this.session, last_seq: this.cursors.of("session") });
    if (this.kept.token) asked.set("token", this.kept.token);
    return `/ws/customer?${asked}`;
  }

  linkIs(state) {
    this.failures = state === "open" ? 0 : (this.failures ?? 0) + (state === "waiting");
    this.set({ link: state });
    this.outbox.link(state === "open");
    if (state === "open" || this.failures % 3 === 2) this.look();
  }

  hear(frame) {
    if (frame.feed === "session") {
      // Fields that have their defaults are left out.
      if (this.cursors.passes("session", frame.seq)) this.enter({ kind: "text", sender_id: "", text: "", ...frame.data });
      return;
    }
    switch (frame.type) {
      case "queue.position": this.waits(frame); break;
      case "typing": this.types(frame.role); break;
      case "presence": this.agentIs(frame.present); break;
      case "message.rejected": this.outbox.rejected(frame.message_id, frame.reason); break;
      case "reset":
        this.cursors.reset("session");
        this.set({ entries: [], standing: BEGUN });
        break;
    }
  }

  enter(entry) {
    this.entries = [...this.entries, entry];
    this.standing = after(this.standing, entry);
    this.outbox.confirmed(entry.message_id);
    if (entry.role === "agent" || entry.role === "bot") Object.assign(this, { heardSeq: entry.seq, typing: "" });
    if (this.phase === "active" && this.agentThere) this.deliveredSeq = entry.seq;
    if (this.phase !== "waiting") this.place = null;
    if (entry.kind === "agent.joined") this.agentThere = true;
    this.expectAnswer(entry);
    if (entry.role === "bot") setTimeout(() => this.look(), 1000); // it may have asked for a person
    if (this.phase === "over") this.hangUp();
    this.onChange();
  }

  // Without a bot nobody answers: then the way to a person is shown more clearly.
  expectAnswer({ kind, role }) {
    clearTimeout(this.answerTimer);
    this.unanswered = false;
    if (this.phase !== "bot" || kind !== "text" || role !== "customer") return;
    this.answerTimer = setTimeout(() => this.set({ unanswered: true }), ANSWER_MS);
  }

  hangUp() {
    clearInterval(this.looking);
    clearTimeout(this.answerTimer);
    this.outbox.shut();
    this.link = "none";
    this.socket?.close();
  }

  // Where the conversation stands, as what has no number may have been missed.
  async look() {
    if (!this.session || this.phase === "over") return;
    try {
      const found = await new Api({ token: this.kept.token, tries: 1 }).get(`/chat/${this.session}`);
      this.seen(found);
    } catch (problem) {
      if (LOST.has(problem.status)) {
        this.hangUp();
        this.forget("lost");
      }
    }
  }

  seen({ session_id: session, state, seq, ...place }) {
    if (session !== this.session) return;
    this.loaded = this.loaded || seq <= this.cursors.of("session");
    if (seq > this.cursors.of("session")) {
      clearTimeout(this.behind);
      this.behind = setTimeout(() => {
        if (this.linked && seq > this.cursors.of("session")) this.socket.drop();
        this.set({ loaded: true });
      }, 4000);
    } else if (seq === this.cursors.of("session") && (state === "waiting" || state === "offered")) {
      this.waits(place);
    }
    this.onChange();
  }

  waits({ position, estimated_wait_s: usual, estimated_wait_high_s: high }) {
    if (this.phase === "over" || this.phase === "active") return;
    this.standing = { ...this.standing, phase: "waiting" };
    if (position) this.place = { position, usual, high };
    this.set({ unanswered: false, asking: false });
  }

  types(role) {
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.set({ typing: "" }), TYPING_MS);
    this.set({ typing: role, heardSeq: this.cursors.of("session") });
  }

  agentIs(there) {
    if (there && this.phase === "active") this.deliveredSeq = this.cursors.of("session");
    this.set({ agentThere: there });
  }

  async say(id, text, images) {
    const message = { session_id: this.session, message: text, message_id: id };
    if (images.length) message.attachment_ids = images.map((one) => one.id);
    await new Api({ token: this.kept.token, tries: 1 }).ask("POST", "/chat/message", message);
  }

  tellTyping() {
    const now = Date.now();
    if (this.phase !== "active" || now - (this.toldTyping ?? 0) < 1200) return;
    this.toldTyping = now;
    this.socket?.send({ type: "typing" });
  }

  // Asks for a person. Said again, it is the same wish: its key is kept.
  async connect() {
    this.set({ asking: true, problem: "" });
    const wish = { session_id: this.session, ...(this.queue && { queue: this.queue }) };
    try {
      const answer = await this.api.post("/agent/connect", wish, { key: this.kept.connectKey });
      if (answer.status === "refused") this.keep({ refusal: answer.reason || "refused" });
      else if (answer.status === "queued") this.waits(answer);
    } catch (problem) {
      if (problem.status === 409) this.look();
      else this.problem = said(problem, "connectFailed");
      if (problem.status !== 503 && problem.status !== 0) this.keep({ connectKey: newId() });
    }
    this.set({ asking: false });
  }

  // Whether it worked.
  async end() {
    this.keep({ byMe: true });
    try {
      await this.api.post("/chat/end", { session_id: this.session });
      return true;
    } catch (problem) {
      if (problem.status === 409) return true;
      this.keep({ byMe: false });
      return false;
    }
  }

  async rate(rating, comment) {
    try {
      await this.api.post("/chat/rating", { session_id: this.session, rating, comment });
      this.keep({ rated: "rated" });
      return "";
    } catch (problem) {
      if (problem.type === "rated") this.keep({ rated: "rated" });
      else if (problem.status === 404) this.keep({ rated: "rateLate" });
      else return "rateFailed";
      return "";
    }
  }

  // The conversation is put away; `problem` says why, if it is not the customer's wish.
  forget(problem = "") {
    if (this.session) this.outbox.forget();
    kept.remove(this.drawer);
    this.clear();
    this.set({ problem });
  }

  // What is new for the reader, above what was read.
  unread() {
    return this.entries.filter((entry) => entry.seq > (this.kept.read ?? 0) && isNews(entry)).length;
  }

  read() {
    const last = this.cursors.of("session");
    if (last > (this.kept.read ?? 0)) this.keep({ read: last });
  }

  keep(news) {
    this.kept = { ...this.kept, ...news };
    kept.set(this.drawer, JSON.stringify(this.kept));
    this.onChange();
  }

  set(news) {
    Object.assign(this, news);
    this.onChange();
  }
}

function said({ status, type }, otherwise) {
  if (status === 0) return "offline";
  if (type === "maintenance") return type;
  return status === 503 || status === 429 ? "busy" : otherwise;
}

// This browser's own id: it says nothing of who that is.
function customer() {
  const known = kept.get(CUSTOMER) ?? `web-${newId()}`;
  kept.set(CUSTOMER, known);
  return known;
}
