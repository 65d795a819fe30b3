"""Reads the platform's /metrics pages and sends what `figures` names to CloudWatch."""

import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from prometheus_client.parser import text_string_to_metric_families

from infra.monitoring.cloudwatch.figures import Counted, Sample, data

_PAGE_S = 5.0
_MOST = 500
"""CloudWatch takes 1,000 in a call, and 1 MB."""


class CloudWatch(Protocol):
    """What we need of the client."""

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> object: ...

    def put_metric_alarm(self, **alarm: Any) -> object: ...


class Exporter:
    """`targets` are addresses by process; `say` hears whose page could not be had."""

    def __init__(
        self, client: CloudWatch, namespace: str, targets: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self._client, self._namespace, self._targets, self._say = client, namespace, targets, say
        self._counted = Counted()

    def round(self, at: float) -> int:
        """Sends one round; returns how many figures it had. `at` is Unix time. Raises as the client does."""
        samples = [one for name, address in self._targets.items() for one in self._page(name, address)]
        made = data(samples, self._counted.growth(samples), at)
        for begin in range(0, len(made), _MOST):
            self._client.put_metric_data(Namespace=self._namespace, MetricData=made[begin : begin + _MOST])
        return len(made)

    def _page(self, name: str, address: str) -> list[Sample]:
        try:
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=_PAGE_S) as answer:
                page = answer.read().decode()
        except OSError as error:
            self._say(f"{name} at {address} does not answer: {error}")
            return []
        return [
            Sample(name, one.name, one.labels, one.value)
            for family in text_string_to_metric_families(page)
            for one in family.samples
        ]
