"""Switches of operators: a queue drains, or offers are paused; and all goes on when that is over."""

from schemas.audit import Decided
from schemas.switches import OF_POOLS, Name, Switch, names_in
from streams.routing.decision import Decision
from streams.routing.matching import match_agent, match_contact
from streams.routing.state import PoolSwitch


def turn(decision: Decision, switch: Switch) -> None:
    """The switch is so from here on, unless a newer version of it is known."""
    pool, known = decision.pool, decision.pool.switches.get(switch.name)
    if pool.config is None or switch.name not in OF_POOLS or (known and switch.version <= known.version):
        return
    left_s = (switch.until_ms - decision.moment.appended_ms) / 1000
    if not switch.on or (switch.until_ms and left_s <= 0):
        _turn(decision, switch.name, PoolSwitch(switch.version), "off")
        return
    due_ms = decision.after(left_s) if switch.until_ms else 0
    _turn(
        decision,
        switch.name,
        PoolSwitch(switch.version, names_in(switch.value), switch.until_ms, due_ms),
        f"on: {switch.value}",
    )


def end(decision: Decision, name: Name) -> None:
    """Its time is over."""
    _turn(decision, name, PoolSwitch(decision.pool.switches[name].version), "over")


def end_over(decision: Decision) -> None:
    """Those whose time is over by the broker's clock: the partition's stands still while nobody decides."""
    for name in OF_POOLS:
        switch = decision.pool.switches.get(name)
        if switch is not None and 0 < switch.until_ms <= decision.moment.appended_ms:
            end(decision, name)


def _turn(decision: Decision, name: Name, switch: PoolSwitch, how: str) -> None:
    pool = decision.pool
    paused = pool.offers_paused
    pool.turn(name, switch)
    decision.record(Decided.SWITCHED, reason=f"{name} {how}")
    if paused and not pool.offers_paused:
        _go_on(decision)


def _go_on(decision: Decision) -> None:
    """Who waited is offered in the order of the line; then agents drain for calls, or do so no more."""
    pool = decision.pool
    for contact in pool.pending():
        supply = pool.slots.counted()
        if not any(supply.room):
            break
        match_contact(decision, contact)
    for agent in sorted(pool.agents.values(), key=lambda agent: (agent.idle_since_ms, agent.agent_id)):
        match_agent(decision, agent)
