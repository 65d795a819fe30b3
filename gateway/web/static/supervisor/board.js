// A pool as its feed tells it, kept outside of what is drawn: `changed` is called a few times a second at the most.

const KEPT_DECISIONS = 200;
const DRAW_MS = 200;
const HELD = new Set(["reserved", "assigned", "wrapping"]);
const GONE = new Set(["completed", "canceled", "released"]);
const STATES = {
  enqueued: "pending", requeued: "pending", overflowed: "pending", offered: "reserved", assigned: "assigned",
  wrapping: "wrapping", transferred: "wrapping",
};

export class Board {
  constructor(changed = () => {}) {
    this.changed = changed;
    this.timer = 0;
    this.clear();
  }

  clear() {
    this.ready = false;
    this.seq = 0;
    this.skewMs = 0; // what this machine's clock is ahead of the pool's
    this.queues = [];
    this.contacts = new Map();
    this.agents = new Map();
    this.decisions = [];
    this.moreContacts = 0;
    this.moreAgents = 0;
  }

  // A frame of the pool's feed.
  hear({ seq, data }) {
    if (data.type === "pool.state") this.show(data);
    else if (seq > this.seq) this.decided(data);
    this.seq = Math.max(this.seq, seq);
    this.drawSoon();
  }

  drawSoon() {
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      requestAnimationFrame(() => this.changed());
    }, DRAW_MS);
  }

  show(view) {
    const now = Date.now();
    this.ready = true;
    this.seq = view.seq;
    this.skewMs = now - view.at_ms;
    this.queues = view.queues.map((one) => one.queue);
    this.contacts = new Map((view.contacts ?? []).map((one) => [one.contact_id, contactOf(one, now)]));
    const before = this.agents;
    this.agents = new Map((view.agents ?? []).map((one) => [one.agent_id, agentOf(one, before.get(one.agent_id), now)]));
    this.moreContacts = view.more_contacts ?? 0;
    this.moreAgents = view.more_agents ?? 0;
  }

  // What the pool as a whole says of contacts of which events have told only a part.
  fill(view) {
    for (const one of view.contacts ?? []) {
      const known = this.contacts.get(one.contact_id);
      if (known) Object.assign(known, { customer: one.customer_id, priority: one.priority ?? 5, whole: true });
    }
    this.drawSoon();
  }

  get lacks() {
    return [...this.contacts.values()].some((one) => !one.whole);
  }

  decided(event) {
    const at = event.at_ms ? event.at_ms + this.skewMs : Date.now();
    this.decisions.unshift({ ...event, at });
    if (this.decisions.length > KEPT_DECISIONS) this.decisions.length = KEPT_DECISIONS;
    if (event.event === "presence") this.presence(event, at);
    else if (event.contact_id) this.contact(event, at);
    const agent = this.agents.get(event.agent_id);
    if (agent && event.capacity) agent.capacity = event.capacity;
  }

  presence({ agent_id: id, presence, reason = "", synthetic = false }, at) {
    if (!presence || presence === "offline") {
      this.agents.delete(id);
      return;
    }
    const known = this.agents.get(id) ?? { id, capacity: 0, synthetic };
    const away = presence === "routable" ? "" : reason;
    if (known.presence !== presence || known.reason !== away) Object.assign(known, { presence, reason: away, since: at, exact: true });
    this.agents.set(id, known);
  }

  contact(event, at) {
    const id = event.contact_id;
    if (GONE.has(event.event)) {
      this.contacts.delete(id);
      return;
    }
    const known = this.contacts.get(id) ?? {
      id, session: id.split(".")[0], customer: "", channel: event.channel ?? "chat", priority: 5, state: "pending",
      since: at - 1000 * (event.waited_s ?? 0), agent: "", synthetic: event.synthetic ?? false, whole: false,
    };
    known.queue = event.queue || known.queue;
    known.state = STATES[event.event] ?? known.state;
    if (HELD.has(known.state)) known.agent = event.agent_id || known.agent;
    else known.agent = "";
    if (event.event === "prioritized") known.priority = Number(/\d+/.exec(event.reason)?.[0] ?? known.priority);
    this.contacts.set(id, known);
  }

  // Contacts that wait or ring, who waits longest first; and those that agents have.
  get waiting() {
    return this.those((one) => one.state === "pending" || one.state === "reserved");
  }

  get held() {
    return this.those((one) => one.state === "assigned" || one.state === "wrapping");
  }

  those(fits) {
    return [...this.contacts.values()].filter(fits).sort((one, other) => one.since - other.since);
  }

  heldBy(agent) {
    return [...this.contacts.values()].filter((one) => one.agent === agent && HELD.has(one.state));
  }
}

function contactOf(one, now) {
  return {
    id: one.contact_id, session: one.contact_id.split(".")[0], customer: one.customer_id, queue: one.queue,
    state: one.state, channel: one.channel ?? "chat", priority: one.priority ?? 5, agent: one.agent_id ?? "",
    since: now - 1000 * (one.waited_s ?? 0), synthetic: one.synthetic ?? false, whole: true,
  };
}

function agentOf(one, before, now) {
  const same = before?.presence === one.presence && before.reason === (one.reason ?? "");
  return {
    id: one.agent_id, presence: one.presence, reason: one.reason ?? "", capacity: one.capacity ?? 0,
    synthetic: one.synthetic ?? false, since: same ? before.since : now, exact: same ? before.exact : false,
  };
}
