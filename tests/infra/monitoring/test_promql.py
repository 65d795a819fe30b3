"""What is found in an expression."""

import pytest

from tests.infra.monitoring.promql import Asked, asked


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ("up == 0", Asked({"up": set()}, set())),
        ('sum by (a, b) (rate(m_total{c="x{y}",d!~"z"}[5m]))', Asked({"m_total": {"c", "d"}}, {"a", "b"})),
        ('m / on (e) n{f=~"1"} or vector(0)', Asked({"m": set(), "n": {"f"}}, {"e"})),
        (
            "histogram_quantile(0.95, sum by (le) (rate(m_bucket[1h]))) < Inf",
            Asked({"m_bucket": set()}, {"le"}),
        ),
    ],
)
def test_metrics_and_labels_are_found(expr: str, found: Asked) -> None:
    assert asked(expr) == found
