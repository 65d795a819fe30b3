"""A run as metrics, for whoever looks at it beside the platform's: on AICC_METRICS_PORT, while it goes on."""

from functools import cache
from types import TracebackType
from typing import Self

from loadgen.results.now import Now, Recent
from loadgen.results.window import Window
from runtime.health import serve_health
from runtime.metrics import (
    LOADGEN_CORES,
    LOADGEN_FAILURES,
    LOADGEN_LATENESS_SECONDS,
    LOADGEN_OFFERED,
    LOADGEN_RESPONSE_SECONDS,
    LOADGEN_RUN,
    LOADGEN_SERVED,
    LOADGEN_USERS,
)

_PERCENTILES = ("50", "95", "99")
_ALL = (
    LOADGEN_RUN,
    LOADGEN_OFFERED,
    LOADGEN_SERVED,
    LOADGEN_USERS,
    LOADGEN_RESPONSE_SECONDS,
    LOADGEN_FAILURES,
    LOADGEN_LATENESS_SECONDS,
    LOADGEN_CORES,
)


class Exposed:
    """`show` takes each second; a context manager, after which nothing is shown of the run. `problem`: why
    nobody can see it, which ends no run."""

    def __init__(self, port: int, run: str, profile: str) -> None:
        self._run, self._profile = run, profile
        self._recent = Recent()
        self.problem = ""
        try:
            _serve(port)
        except OSError as error:
            self.problem = f"Nothing is shown on AICC_METRICS_PORT={port}: {error.strerror or error}"

    def __enter__(self) -> Self:
        LOADGEN_RUN.labels(self._run, self._profile).set(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for metric in _ALL:
            metric.clear()

    def show(self, window: Window) -> None:
        """One more second."""
        now = self._recent.add(window)
        for metric, value in (
            (LOADGEN_OFFERED, now.offered),
            (LOADGEN_SERVED, now.served),
            (LOADGEN_USERS, now.vus),
            (LOADGEN_LATENESS_SECONDS, now.lateness_ms / 1000),
            (LOADGEN_CORES, now.cores),
        ):
            metric.labels(self._run).set(value)
        self._labelled(now)

    def _labelled(self, now: Now) -> None:
        for percentile, ms in zip(_PERCENTILES, now.response_ms, strict=True):
            LOADGEN_RESPONSE_SECONDS.labels(self._run, percentile).set(ms / 1000)
        for name, count in (("errors", now.errors), ("shed", now.shed), ("dropped", now.dropped)):
            LOADGEN_FAILURES.labels(self._run, name).set(count)


@cache
def _serve(port: int) -> None:
    """Once a process, however many runs it has."""
    serve_health(port, lambda: True)
