// What the entries of a transcript say of the conversation: where it stands, who is there. Pure.

export const BEGUN = { phase: "bot", agent: "", names: {}, status: "", botSpoke: false };

// `entry` is a message.added.
export function after(standing, entry) {
  switch (entry.kind) {
    case "agent.joined":
      return {
        ...standing, phase: "active", agent: entry.text,
        names: { ...standing.names, [entry.sender_id]: entry.text },
      };
    case "agent.left":
      return { ...standing, phase: "waiting", agent: "" };
    case "customer.left":
      return { ...standing, phase: "over", status: "left" };
    case "conversation.closed":
      return { ...standing, phase: "over", status: standing.status || entry.text };
    default:
      return entry.role === "bot" ? { ...standing, botSpoke: true } : standing;
  }
}

// Entries that people see.
export function isShown({ kind }) {
  return kind === "text" || kind === "agent.joined" || kind === "agent.left";
}

export const isNews = ({ kind, role }) => (kind === "text" && role !== "customer") || kind === "agent.joined";

// The text that says how it ended: `byMe` if the customer did so, `refusal` where a queue has said why.
export function ending({ status }, { byMe = false, refusal = "" }) {
  if (refusal === "closed_hours") return "endedHours";
  if (byMe || status === "completed" || status === "bot_resolved") return "endedThanks";
  if (status === "refused" || status === "overflow" || refusal) return "endedFull";
  if (status === "failed") return "endedFailed";
  return "endedIdle";
}
