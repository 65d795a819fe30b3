// The supervisor's socket, what it tells of a pool and of conversations; and the numbers asked for beside it.
import { Socket } from "../shared/socket.js";

const FILL_MS = 3000;
const METRICS_MS = 2000;
const TREND = 150; // samples of METRICS_MS: five minutes

export class Feed {
  // `transcript(sessionId, frame)` gets entries and ends of what is listened to.
  constructor({ api, board, pool, me, onState, transcript }) {
    Object.assign(this, { api, board, pool, me, onState, transcript });
    this.metrics = null;
    this.trend = new Map(); // queue → how many waited, a sample each
    this.socket = new Socket({
      address: () => this.address(),
      onFrame: (frame) => this.heard(frame),
      onState,
    });
    this.timers = [setInterval(() => this.fill(), FILL_MS), setInterval(() => this.measure(), METRICS_MS)];
    this.measure();
  }

  // Without a last number: after each cut the pool comes as a whole, and nothing of before counts.
  address() {
    const asked = new URLSearchParams({ pool: this.pool, supervisor: this.me });
    if (this.api.token) asked.set("token", this.api.token);
    return `/ws/supervisor?${asked}`;
  }

  heard(frame) {
    if (frame.feed === "pool") this.board.hear(frame);
    else if (frame.type === "reset" && frame.feed === "pool") this.board.clear();
    else if (frame.type === "token.ending") this.renew();
    else if (frame.session_id) this.transcript(frame.session_id, frame);
  }

  async renew() {
    if (await this.api.refreshed()) this.socket.send({ type: "token", token: this.api.token });
  }

  listen(sessionId, lastSeq) {
    return this.socket.send({ type: "listen", session_id: sessionId, last_seq: lastSeq });
  }

  unlisten(sessionId) {
    this.socket.send({ type: "unlisten", session_id: sessionId });
  }

  // Events name no customer and no priority: the pool as a whole does, which a second socket begins with.
  fill() {
    if (!this.board.lacks || document.hidden || this.filling) return;
    this.filling = new WebSocket(new URL(this.address(), location.href.replace(/^http/, "ws")));
    this.filling.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.data?.type === "pool.state") this.board.fill(frame.data);
      this.filling.close();
    };
    this.filling.onclose = () => { this.filling = null; };
  }

  async measure() {
    if (document.hidden) return;
    this.metrics = await this.api.get("/monitoring/metrics").catch(() => null);
    for (const queue of this.board.queues) {
      const samples = this.trend.get(queue) ?? [];
      samples.push(this.waiting(queue));
      this.trend.set(queue, samples.slice(-TREND));
    }
    this.board.drawSoon();
  }

  // How many wait there; where the pool has more than it shows, as it was measured.
  waiting(queue) {
    if (this.board.moreContacts) return this.of(queue)?.now.waiting ?? 0;
    return this.board.waiting.filter((one) => one.queue === queue && !one.synthetic).length;
  }

  of(queue) {
    return this.metrics?.queues.find((one) => one.pool === this.pool && one.now.queue === queue);
  }

  close() {
    this.timers.forEach(clearInterval);
    this.filling?.close();
    this.socket.close();
  }
}
