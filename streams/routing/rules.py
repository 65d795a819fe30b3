"""Version 1 of the routing rules: `step` decides one command of a pool."""

from collections.abc import Sequence
from typing import assert_never

from schemas.codec import SetRules, Tick
from schemas.routing import (
    AcceptOffer,
    ApplyConfig,
    CancelContact,
    CompleteContact,
    ForgetContact,
    RejectOffer,
    RenewLease,
    RequestContact,
    RoutingCommand,
    SetPresence,
)
from streams.harness.decider import Life, Moment, Output
from streams.routing import agents, arrivals, contacts, timers
from streams.routing.configuration import apply_config
from streams.routing.decision import Decision
from streams.routing.pool import Pool


class RoutingRules:
    """Who is offered what, and what becomes of offers, contacts and agents (docs/routing.md)."""

    def step(self, state: Pool, command: RoutingCommand, at: Moment) -> Sequence[Output]:
        """Decides `command`; refusals are outputs, too."""
        decision = Decision(state, at)
        match command:
            case RequestContact():
                arrivals.request(decision, command)
            case CancelContact():
                contacts.cancel(decision, command)
            case ForgetContact():
                contacts.forget(decision, command.contact_id)
            case SetPresence():
                agents.set_presence(decision, command)
            case RenewLease():
                agents.renew_lease(decision, command)
            case AcceptOffer():
                contacts.accept(decision, command)
            case RejectOffer():
                contacts.reject(decision, command)
            case CompleteContact():
                contacts.complete(decision, command)
            case ApplyConfig():
                apply_config(decision, command.config)
            case Tick():
                timers.run_timers(decision)
            case SetRules():
                pass
            case _:
                assert_never(command)
        return decision.outputs

    def due_ms(self, state: Pool) -> int | None:
        """When the pool next needs a tick."""
        return state.clockwork.next_ms()

    def life(self, state: Pool) -> Life:
        """A pool is from its first configuration on."""
        return Life.ABSENT if state.config is None else Life.LIVE
