// What is known of customers: read when it is to be shown, and kept as long as the page lives.

const AGAIN_MS = 2500;
const TRIES = 4;
const PAGE = 8;

export class Histories {
  constructor(desk, api) {
    Object.assign(this, { desk, api });
    this.customers = new Map(); // {state: loading|ready|error, items, next}
    this.transcripts = new Map(); // by session
    this.asked = new Set();
  }

  // The session's own row: name, phone, attributes, how long it waited. The store may be a moment behind.
  async about(sessionId, nth = 1) {
    if (nth === 1 && this.asked.has(sessionId)) return;
    this.asked.add(sessionId);
    const found = await this.page({ session_id: sessionId });
    if (found?.items.length) {
      this.desk.of(sessionId).about = found.items[0];
      this.desk.changed();
    } else if (nth < TRIES) setTimeout(() => this.about(sessionId, nth + 1), AGAIN_MS);
    else this.asked.delete(sessionId);
  }

  // Consultations of the customer, newest first.
  of(customerId) {
    if (!this.customers.has(customerId)) {
      this.customers.set(customerId, { state: "loading", items: [], next: "" });
      this.more(customerId);
    }
    return this.customers.get(customerId);
  }

  async more(customerId) {
    const known = this.customers.get(customerId);
    known.state = "loading";
    const found = await this.page({ customer_id: customerId, limit: PAGE, cursor: known.next });
    known.state = found ? "ready" : "error";
    if (found) {
      known.items = [...known.items, ...found.items];
      known.next = found.next_cursor ?? "";
    }
    this.desk.changed();
  }

  again(customerId) {
    this.customers.delete(customerId);
    this.desk.changed();
  }

  // The entries of a consultation that is over; "loading" and "error" until they are there.
  async transcript(sessionId) {
    if (Array.isArray(this.transcripts.get(sessionId))) return;
    this.transcripts.set(sessionId, "loading");
    this.desk.changed();
    const found = await this.page({ session_id: sessionId, include: "messages" });
    this.transcripts.set(sessionId, found ? (found.items[0]?.messages ?? []) : "error");
    this.desk.changed();
  }

  page(query) {
    return this.api.get("/consultation/history", query).catch(() => null);
  }
}
