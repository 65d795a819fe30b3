"""Alerts of our own: they come when something stands, stay through a gap, and end."""

from msgspec.structs import replace

from schemas.lag import Standing
from schemas.ops import ContactFlow, Gateways, Now, StageFlow
from schemas.summary import AgentsState, Center, PoolAgents, QueueState, QueueSummary, Service
from workers.prober.alarms import CLEAR_MS, Alarms, findings

FINE = Now(
    at_ms=0,
    lag_at_ms=0,
    lag=(),
    topics=(),
    stages=(),
    contacts=ContactFlow(),
    center=None,
    gateways=Gateways(count=1),
    alerts=(),
)


def stage(group: str, seconds: float, standing: Standing = Standing.DRAINING) -> StageFlow:
    return StageFlow(group, "t", 1.0, 10, seconds, standing, 1.0)


def at(now: Now, second: int) -> Now:
    return replace(now, at_ms=second * 1000)


def test_a_lag_that_stands_is_an_alert_until_it_is_gone_for_a_while() -> None:
    alarms, bad = Alarms(), replace(FINE, stages=(stage("aicc-routing", 5.0),))
    assert alarms.judge(at(bad, 0)) == ((), ())
    assert alarms.judge(at(bad, 9)) == ((), ())
    (on,), (new,) = alarms.judge(at(bad, 10))
    assert (on, on.name, on.about, on.began_ms) == (new, "LagOverTarget", "aicc-routing", 0)
    (on,), changed = alarms.judge(at(FINE, 11))
    assert (on.ended_ms, changed) == (None, ())
    (on,), changed = alarms.judge(at(bad, 12))
    assert changed == ()
    none, (over,) = alarms.judge(at(FINE, 12 + CLEAR_MS // 1000))
    assert (none, over.key, over.ended_ms) == ((), on.key, 22_000)


def test_what_comes_and_goes_is_none() -> None:
    alarms, bad = Alarms(), replace(FINE, stages=(stage("aicc-routing", 5.0),))
    for second in range(60):
        assert alarms.judge(at(bad if second % 2 else FINE, second)) == ((), ())


def test_each_kind_is_found() -> None:
    queue = QueueSummary(
        pool="p", now=QueueState(queue="q", waiting=1, longest_wait_s=121.0), recent=Service()
    )
    center = Center(
        at_ms=0,
        within_s=20,
        window_s=1800,
        queues=(queue,),
        pools=(PoolAgents(pool="p", at_ms=0, agents=AgentsState()),),
    )
    stages = (
        stage("persister", 20.0),
        stage("notifier", 3.5, Standing.GROWING),
        stage("aicc-conversations", 9.0, Standing.STUCK),
    )
    gateways = Gateways(count=1, level=0.5, requests_per_s=100.0, errors_per_s=2.0)
    found = {
        (one.name, one.about)
        for one in findings(replace(FINE, stages=stages, center=center, gateways=gateways))
    }
    assert found == {
        ("LagOverTarget", "notifier"),
        ("LagGrows", "notifier"),
        ("LagOverTarget", "aicc-conversations"),
        ("PartitionStuck", "aicc-conversations"),
        ("OldestWaitLong", "p/q"),
        ("Shedding", "gateway"),
        ("ErrorBudgetBurnsFast", "gateway"),
    }
    assert findings(FINE) == []


def test_the_next_process_ends_what_the_last_one_left() -> None:
    first, bad = Alarms(), replace(FINE, stages=(stage("aicc-routing", 5.0),))
    first.judge(at(bad, 0))
    (left,), _ = first.judge(at(bad, 20))
    second = Alarms([left], 30_000)
    assert second.judge(at(FINE, 31))[0] == (left,)
    none, (over,) = second.judge(at(FINE, 40))
    assert (none, over.key, over.ended_ms) == ((), left.key, 40_000)
