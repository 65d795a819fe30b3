// One tab of a browser works for an agent: two would ring twice, and each answer the other's offers. The
// seat is a lock of the browser; where it has none (a page without TLS), every tab has a seat.

const SOON_MS = 400;
let release = () => {};
let given = 0; // counts askings: what an older one gets is not wanted any more

function name(agentId) {
  return `aicc-agent:${agentId}`;
}

// `onTaken` when the seat is this tab's, `onLost` when another tab takes it.
function ask(agentId, options, onTaken, onLost) {
  given += 1;
  const mine = given;
  let had = false;
  if (!navigator.locks) {
    onTaken();
    return;
  }
  navigator.locks
    .request(name(agentId), options, () => new Promise((done) => {
      if (mine !== given) {
        done();
        return;
      }
      had = true;
      release = done;
      onTaken();
    }))
    .catch(() => { if (had && mine === given) onLost(); });
}

export const Seat = {
  // As soon as no other tab has it; `onOther` if that takes a while.
  wait(agentId, onTaken, onLost, onOther) {
    const timer = setTimeout(onOther, SOON_MS);
    ask(agentId, {}, () => { clearTimeout(timer); onTaken(); }, onLost);
  },

  // At once: the other tab gets up.
  take(agentId, onTaken, onLost) {
    ask(agentId, { steal: true }, onTaken, onLost);
  },

  leave() {
    given += 1;
    release();
  },
};
