// The desk's socket: where it goes on, what is sent once and only once, and tokens that end.
import { newId } from "/ui/shared/api.js";
import { Socket } from "/ui/shared/socket.js";

const UNCONFIRMED_MS = 6000;
const DEAD_MS = 15_000;
const TYPING_MS = 2000;

export class Line {
  // `onOut(why)` where nobody may go on with this token.
  constructor(desk, bearer, onOut) {
    Object.assign(this, { desk, bearer, onOut });
    this.typed = new Map();
    this.socket = new Socket({
      address: () => this.address(),
      onOpen: () => this.opened(),
      onFrame: (frame) => this.hear(frame),
      onState: (state) => this.became(state),
    });
    this.lost = () => this.socket.drop();
    addEventListener("offline", this.lost);
  }

  address() {
    const asked = new URLSearchParams({ token: this.bearer.token });
    if (this.desk.cursors.of("agent")) asked.set("last_seq", this.desk.cursors.of("agent"));
    return `/ws/agent?${asked}`;
  }

  opened() {
    const { cursors, sessions, kept } = this.desk;
    const known = Object.fromEntries([...sessions.keys()].map((id) => [id, cursors.of(id)]));
    this.socket.send({ type: "resume", agent_seq: cursors.of("agent"), sessions: known });
    for (const one of kept.outbox) if (!one.failed) this.post(one);
  }

  became(state) {
    this.desk.line = state;
    if (state === "signed-out") this.onOut("over");
    if (state === "waiting") this.check();
    this.desk.changed();
  }

  // A handshake that is refused looks like a lost network: an old token is told by its time.
  async check() {
    if (!(await this.bearer.fresh())) {
      this.close();
      this.onOut("over");
    }
  }

  hear(frame) {
    switch (frame.type) {
      case "message.rejected": this.rejected(frame.message_id, frame.reason); break;
      case "error": this.rejected(frame.ref, frame.detail); break;
      case "token.ending": this.ending(frame.expires_at); break;
      case "token.accepted":
        this.desk.expiresAt = 0;
        this.desk.changed();
        break;
      default: this.desk.hear(frame);
    }
  }

  say(frame) {
    return this.socket.send(frame);
  }

  // Goes out now, or when the line is back; the same id makes it one message however often it goes.
  write(sessionId, text, images = []) {
    const one = { sessionId, messageId: newId(), text, images, sentAt: 0, begunAt: Date.now(), failed: "" };
    this.desk.kept.outbox.push(one);
    this.desk.kept.write();
    this.post(one);
  }

  post(one) {
    const { sessionId, messageId, text, images = [] } = one;
    one.failed = "";
    one.sentAt = Date.now();
    one.begunAt ??= one.sentAt;
    const said = { type: "message", session_id: sessionId, message: text, message_id: messageId, ref: messageId };
    this.say(images.length ? { ...said, attachment_ids: images.map(({ id }) => id) } : said);
    this.desk.changed();
  }

  discard(one) {
    const { kept } = this.desk;
    kept.outbox = kept.outbox.filter((other) => other !== one);
    kept.write();
    this.desk.changed();
  }

  rejected(messageId, reason) {
    const one = this.desk.kept.outbox.find((sent) => sent.messageId === messageId);
    if (one && reason !== "unknown") one.failed = reason; // unknown: it is said again
    else if (!one && reason) this.desk.refused(messageId, reason);
    this.desk.changed();
  }

  type(sessionId) {
    const now = Date.now();
    if (now - (this.typed.get(sessionId) ?? 0) < TYPING_MS) return;
    this.typed.set(sessionId, now);
    this.say({ type: "typing", session_id: sessionId });
  }

  // Once a second: what nobody has confirmed is said again, and a line that swallows it is none.
  tick() {
    const now = Date.now();
    for (const one of this.desk.kept.outbox) {
      if (one.failed || this.desk.line !== "open" || now - one.sentAt < UNCONFIRMED_MS) continue;
      if (now - one.begunAt > DEAD_MS) {
        one.begunAt = now;
        this.socket.drop();
        return;
      }
      this.post(one);
    }
  }

  async ending(expiresAt) {
    if (this.bearer.login && (await this.bearer.api.refreshed())) this.showToken();
    else this.desk.expiresAt = expiresAt;
    this.desk.changed();
  }

  showToken() {
    this.say({ type: "token", token: this.bearer.token, ref: "token" });
  }

  close() {
    removeEventListener("offline", this.lost);
    this.socket.close();
  }
}
