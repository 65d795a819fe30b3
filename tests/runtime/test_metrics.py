"""The list of metrics: complete, as it is committed, and about nobody."""

import pytest

from infra.paths import CHECKOUT
from runtime.metrics_page import all_metrics, name_of, page

PERSONAL = {
    f"{who}{of}" for who in ("customer", "session", "contact", "agent", "phone", "call") for of in ("", "_id")
}
PROMISED = {
    "http_requests_total",
    "http_request_duration_seconds",
    "aicc_consumer_lag_records",
    "aicc_consumer_lag_seconds",
    "aicc_consumer_catchup_seconds",
    "kafka_consumergroup_lag",
    "aicc_contacts_in_queue",
    "aicc_oldest_contact_wait_seconds",
    "aicc_queue_wait_seconds",
    "aicc_agents",
    "aicc_offers_total",
    "aicc_admission_rejected_total",
    "aicc_dlq_records_total",
    "aicc_checkpoint_seconds",
    "aicc_checkpoint_age_seconds",
    "aicc_restore_seconds",
    "aicc_database_wait_seconds",
    "aicc_batch_records",
    "aicc_loop_lag_seconds",
    "aicc_gc_pause_seconds",
}


def test_the_page_is_what_is_generated_and_has_all() -> None:
    made = page()
    assert (CHECKOUT / "docs/metrics.md").read_text() == made, "run aicc-schemas and commit docs/metrics.md"
    assert all(f"| `{name_of(one)}` |" in made for one in all_metrics())
    assert {name_of(one) for one in all_metrics()} >= PROMISED


def test_names_and_labels() -> None:
    for one in all_metrics():
        assert not PERSONAL & set(one._labelnames), name_of(one)
        assert name_of(one).startswith(("aicc_", "http_", "kafka_"))


@pytest.mark.parametrize("edge", [0.1, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
def test_calls_are_counted_at_each_target(edge: float) -> None:
    (requests,) = (one for one in all_metrics() if name_of(one) == "http_request_duration_seconds")
    assert edge in requests._kwargs["buckets"]
