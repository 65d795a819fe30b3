"""Version 1 of the routing rules: `step` decides one command of a pool."""

from collections.abc import Sequence
from typing import assert_never

from schemas.audit import Decided
from schemas.codec import ApplyVersion, Tick
from schemas.routing import (
    AcceptOffer,
    ApplyConfig,
    ApplySwitch,
    AssignContact,
    CancelContact,
    CompleteContact,
    ExplainContact,
    ForcePresence,
    ForgetContact,
    ListenIn,
    MoveContact,
    PrioritizeContact,
    RejectOffer,
    RenewLease,
    RequestContact,
    Requested,
    RoutingCommand,
    SetPresence,
    ShowPool,
    TransferContact,
)
from schemas.states import Verdict
from streams.harness.decider import Life, Moment, Output
from streams.routing import (
    agents,
    arrivals,
    contacts,
    explaining,
    showing,
    supervision,
    switches,
    timers,
    transfers,
)
from streams.routing.configuration import apply_config
from streams.routing.decision import Decision
from streams.routing.pool import Pool


class RoutingRules:
    """Who is offered what, and what becomes of offers, contacts and agents (docs/routing.md)."""

    def step(self, state: Pool, command: RoutingCommand, at: Moment) -> Sequence[Output]:
        """Decides `command`; refusals are outputs, too."""
        decision = Decision(state, at)
        asked = command if isinstance(command, Requested) else None
        if asked is not None and asked.valid_until_ms and _is_late(decision, asked):
            return decision.outputs
        if state.switches:
            switches.end_over(decision)
        match command:  # the frequent ones first
            case AcceptOffer():
                contacts.accept(decision, command)
            case CompleteContact():
                contacts.complete(decision, command)
            case RequestContact():
                arrivals.request(decision, command)
            case RenewLease():
                agents.renew_lease(decision, command)
            case Tick():
                timers.run_timers(decision)
            case CancelContact():
                contacts.cancel(decision, command)
            case RejectOffer():
                contacts.reject(decision, command)
            case SetPresence():
                agents.set_presence(decision, command)
            case ForgetContact():
                contacts.forget(decision, command.contact_id)
            case TransferContact():
                transfers.transfer(decision, command)
            case MoveContact():
                supervision.move(decision, command)
            case AssignContact():
                supervision.assign(decision, command)
            case PrioritizeContact():
                supervision.prioritize(decision, command)
            case ListenIn():
                supervision.listen(decision, command)
            case ForcePresence():
                agents.force_presence(decision, command)
            case ExplainContact():
                explaining.explain(decision, command)
            case ShowPool():
                showing.show(decision, command)
            case ApplyConfig():
                apply_config(decision, command.config)
            case ApplySwitch():
                switches.turn(decision, command.switch)
            case ApplyVersion():
                pass
            case _:
                assert_never(command)
        if asked is not None and asked.reply_to:
            decision.answer(asked, Verdict.ACCEPTED)
        return decision.outputs

    def due_ms(self, state: Pool) -> int | None:
        """When the pool next needs a tick."""
        return state.clockwork.next_ms()

    def life(self, state: Pool) -> Life:
        """A pool is from its first configuration on."""
        return Life.ABSENT if state.config is None else Life.LIVE


def _is_late(decision: Decision, command: Requested) -> bool:
    """Whether the command came too late to count."""
    if decision.moment.appended_ms <= command.valid_until_ms:
        return False
    decision.answer(command, Verdict.EXPIRED)
    decision.record(Decided.REFUSED, reason="expired")
    return True
