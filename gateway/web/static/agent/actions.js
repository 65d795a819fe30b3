// What the agent does, as calls that are done once however often they are asked.

export class Actions {
  constructor(desk, line, api) {
    Object.assign(this, { desk, line, api });
  }

  accept(offer) {
    return this.answer(offer, "accept");
  }

  reject(offer) {
    return this.answer(offer, "reject");
  }

  // The feed says what comes of it; a refusal is told at once.
  async answer(offer, how) {
    if (offer.answer) return;
    offer.answer = how;
    this.desk.changed();
    const { contact_id, offer_epoch } = offer;
    if (await this.done(`/agent/${how}`, { contact_id, offer_epoch })) return;
    offer.answer = "";
    if (this.refusedBecause === "stale_offer") this.desk.drop(contact_id);
    this.desk.changed();
  }

  complete(held, disposition, note) {
    return this.done("/agent/complete", { contact_id: held.contact_id, disposition, note });
  }

  transfer(held, to, note) {
    return this.done("/agent/transfer", { contact_id: held.contact_id, note, ...to });
  }

  note(sessionId, note) {
    return this.done("/agent/note", { session_id: sessionId, note });
  }

  presence(presence, reason = "") {
    if (!this.line.say({ type: "presence", presence, reason })) this.desk.notice("refused", { reason: "offline" });
  }

  // Whether it was taken; else the desk says why not.
  async done(path, body) {
    this.refusedBecause = "";
    try {
      await this.api.post(path, body);
      return true;
    } catch (problem) {
      this.refusedBecause = problem.reason;
      const reason = problem.status === 0 ? "offline" : problem.reason || problem.message;
      this.desk.notice("refused", { reason });
      return false;
    }
  }
}
