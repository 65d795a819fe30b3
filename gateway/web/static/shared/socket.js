// A socket of the gateway that comes again by itself, and the cursors by which nothing is shown twice.

const LEAST_MS = 250;
const MOST_MS = 8000;
const SIGNED_OUT = 4401;

export class Socket {
  // `address()` gives path and query, asked anew at each attempt; `onOpen(send)` may say the first frame;
  // `onFrame(frame)` gets each one; `onState` gets connecting, open, waiting, signed-out or closed.
  constructor({ address, onFrame, onOpen = () => {}, onState = () => {} }) {
    Object.assign(this, { address, onFrame, onOpen, onState });
    this.failures = 0;
    this.timer = 0;
    this.waitMs = null;
    this.ended = false;
    this.again = () => { if (!this.ended && !this.socket) this.connect(); };
    this.gone = () => this.drop();
    addEventListener("online", this.again);
    addEventListener("offline", this.gone);
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.onState("connecting");
    const socket = new WebSocket(new URL(this.address(), location.href.replace(/^http/, "ws")));
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      this.onState("open");
      this.onOpen((frame) => this.send(frame));
    };
    socket.onmessage = ({ data }) => { if (socket === this.socket) this.heard(JSON.parse(data)); };
    socket.onclose = ({ code }) => { if (socket === this.socket) this.lost(code); };
  }

  heard(frame) {
    if (frame.type === "reconnect") this.waitMs = frame.after_ms;
    else this.onFrame(frame);
  }

  lost(code) {
    this.socket = null;
    if (this.ended) return;
    if (code === SIGNED_OUT) {
      this.close("signed-out");
      return;
    }
    const backoff = Math.min(MOST_MS, LEAST_MS * 2 ** this.failures) * (0.5 + Math.random());
    this.failures += 1;
    this.timer = setTimeout(this.again, this.waitMs ?? backoff);
    this.waitMs = null;
    this.onState("waiting");
  }

  // Comes again on another connection: this one is known or thought to be dead.
  drop() {
    if (!this.socket) return;
    const dead = this.socket;
    dead.onclose = dead.onmessage = null;
    dead.close();
    this.lost(0);
  }

  // Whether it was sent: what is sent while there is no socket is the caller's to say again.
  send(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  close(state = "closed") {
    this.ended = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.again);
    removeEventListener("offline", this.gone);
    this.socket?.close();
    this.onState(state);
  }
}

// How far each feed was heard, by a name that the page chooses.
export class Cursors {
  constructor(kept = {}) {
    this.last = new Map(Object.entries(kept));
  }

  of(feed) {
    return this.last.get(feed) ?? 0;
  }

  // Whether number `seq` of a feed is news.
  passes(feed, seq) {
    if (seq <= this.of(feed)) return false;
    this.last.set(feed, seq);
    return true;
  }

  // The feed begins anew.
  reset(feed, seq = 0) {
    this.last.set(feed, seq);
  }
}
