"""Measurements as Prometheus sees them."""

import math

from msgspec.structs import replace
from prometheus_client import REGISTRY

from schemas.audit import Decided, RoutingEvent
from schemas.lag import Lag, PartitionLag
from schemas.states import OfferState
from schemas.summary import AgentsState, Center, PoolAgents, QueueState, QueueSummary, Service
from workers.prober.exposing import LagGauges, count_offers, show_center


def value(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(name, labels)
    assert found is not None, (name, labels)
    return found


def test_lag_under_both_names_and_what_was_lost_once() -> None:
    gauges = LagGauges()
    for lost in (0, 7, 7, 0, 2):
        one = PartitionLag(
            group="exposed", topic="t", partition=3, records=5, seconds=2.5, lost=lost, catchup_s=None
        )
        gauges.show(Lag(at_ms=1_500, partitions=(one,)))
    labels = {"group": "exposed", "topic": "t", "partition": "3"}
    assert value("aicc_consumer_lag_seconds", **labels) == 2.5
    assert value("aicc_consumer_catchup_seconds", **labels) == math.inf
    assert value("aicc_consumer_lost_records_total", **labels) == 9
    assert value("kafka_consumergroup_lag", consumergroup="exposed", topic="t", partition="3") == 5
    assert value("aicc_consumer_lag_timestamp_seconds") == 1.5


def test_queues_and_agents() -> None:
    now = QueueState(queue="q", waiting=4, longest_wait_s=12.5)
    center = Center(
        at_ms=1,
        within_s=20.0,
        window_s=1800,
        queues=(QueueSummary(pool="exposed", now=now, recent=Service()),),
        pools=(PoolAgents(pool="exposed", at_ms=1, agents=AgentsState(serving=2)),),
    )
    show_center(center)
    assert value("aicc_contacts_in_queue", pool="exposed", queue="q") == 4
    assert value("aicc_oldest_contact_wait_seconds", pool="exposed", queue="q") == 12.5
    assert math.isnan(value("aicc_service_level", pool="exposed", queue="q"))
    assert value("aicc_agents", pool="exposed", state="serving") == 2
    assert value("aicc_agents", pool="exposed", state="offline") == 0


def test_offers_and_waits_of_real_contacts() -> None:
    for synthetic in (False, True):
        for decided, offer, waited_s in (
            (Decided.ASSIGNED, OfferState.ACCEPTED, 3.0),
            (Decided.REQUEUED, OfferState.TIMEOUT, 0.0),
            (Decided.ENQUEUED, None, 0.0),
        ):
            event = RoutingEvent(pool="exposed", event=decided, queue="q", offer=offer, waited_s=waited_s)
            count_offers(replace(event, synthetic=synthetic))
    assert value("aicc_offers_total", pool="exposed", outcome="accepted") == 1
    assert value("aicc_offers_total", pool="exposed", outcome="timeout") == 1
    assert value("aicc_queue_wait_seconds_sum", pool="exposed", queue="q") == 3.0
