// What the agent does. Commands go over the socket, and the feed says what becomes of them.
import { newId } from "/ui/shared/api.js";

export class Actions {
  constructor(desk, line, api) {
    Object.assign(this, { desk, line, api });
  }

  accept(offer) {
    this.answer(offer, "accept");
  }

  reject(offer) {
    this.answer(offer, "reject");
  }

  answer(offer, how) {
    const { contact_id, offer_epoch } = offer;
    if (!offer.answer) this.command(offer, how, { contact_id, offer_epoch });
  }

  complete(held, disposition, note) {
    this.command(held, "complete", { contact_id: held.contact_id, disposition, note });
  }

  // `to` names a queue or an agent.
  transfer(held, to, note) {
    this.command(held, "transfer", { contact_id: held.contact_id, note, ...to });
  }

  presence(presence, reason = "") {
    this.command({}, "presence", { presence, reason });
  }

  // `on.answer` says what was asked until it is refused, or nothing has come of it for some time.
  command(on, type, fields) {
    const id = newId();
    if (!this.line.say({ type, request_id: id, ref: id, ...fields })) {
      this.desk.notice("refused", { reason: "offline" });
      return;
    }
    on.answer = type;
    this.desk.asked.set(id, { on, at: this.desk.now() });
    this.desk.changed();
  }

  // Whether the note was taken; else the desk says why not. Under its key it is one note, however often it goes.
  async note(sessionId, note) {
    try {
      await this.api.post("/agent/note", { session_id: sessionId, note });
      return true;
    } catch (problem) {
      const reason = problem.status === 0 ? "offline" : problem.reason || problem.message;
      this.desk.notice("refused", { reason });
      return false;
    }
  }
}
