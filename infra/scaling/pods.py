"""The rule of autoscaling against a model of pods: pure, on virtual time, without chance.

Work comes by a profile. Workers do so much a second; one that was asked for has to be scheduled, its image
pulled, its process started and its partitions restored, and each change stops everybody for a rebalance. What
the rule sees is as old as scraping and polling make it.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from infra.scaling.rule import Memory, Rule, Seen, decide

STEP_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """How long things take, in seconds: between two scrapes by Prometheus and two polls by KEDA and its
    autoscaler, until a pod is scheduled, until its image is there, until its process is ready, and what a
    rebalance and the restoring of moved partitions stop. Figures of start and rebalance are measured
    (docs/benchmarks.md: bench-restart, bench-scale), those of the cluster are assumed."""

    scrape_s: float = 15.0
    poll_s: float = 15.0
    schedule_s: float = 2.0
    pull_s: float = 20.0
    start_s: float = 2.1
    rebalance_s: float = 1.4
    restore_s: float = 6.0
    leave_s: float = 6.0

    @property
    def until_ready_s(self) -> float:
        """From the decision to a pod that joins."""
        return self.schedule_s + self.pull_s + self.start_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """`before_per_s` come, then, from `begins_s` for `lasts_s`, `during_per_s`, then what came before."""

    before_per_s: float
    during_per_s: float
    begins_s: float = 61.0
    lasts_s: float = 600.0

    def per_s(self, at_s: float) -> float:
        """What comes a second."""
        within = self.begins_s <= at_s < self.begins_s + self.lasts_s
        return self.during_per_s if within else self.before_per_s


class Outcome(NamedTuple):
    """Seconds from the beginning of the spike (None: never): until the rule asked for more, until the first
    pod more worked, until there was capacity for what comes, until there was no lag. `worst_lag_s` on the
    way, the most pods, how many changes, and pod-hours of the whole run."""

    decided_s: float | None
    added_s: float | None
    capacity_s: float | None
    recovered_s: float | None
    worst_lag_s: float
    most_pods: int
    changes: int
    pod_hours: float


class _Waiting:
    """A queue of what came when, done in order: how old the oldest is."""

    def __init__(self) -> None:
        self.lots: list[list[float]] = []
        self._first = 0

    def come(self, at_s: float, records: float) -> None:
        self.lots.append([at_s, records])

    def do(self, records: float) -> None:
        while records > 0 and self._first < len(self.lots):
            done = min(records, self.lots[self._first][1])
            self.lots[self._first][1] -= done
            records -= done
            if self.lots[self._first][1] > 1e-9:
                return
            self._first += 1

    def oldest_s(self, now_s: float) -> float:
        return now_s - self.lots[self._first][0] if self._first < len(self.lots) else 0.0

    def records(self) -> float:
        return sum(one[1] for one in self.lots[self._first :])


def simulate(rule: Rule, pods: Pods, spike: Spike, per_worker_per_s: float, until_s: float) -> Outcome:
    """Runs from `rule.least` pods that work. `per_worker_per_s` is what a pod really does."""
    work, memory, wanted = _Waiting(), Memory(), rule.least
    working, coming, stopped_until_s = rule.least, list[float](), 0.0
    shown, scraped_s, polled_s = (0.0, 0.0, spike.before_per_s), 0.0, 0.0
    decided = added = capacity = recovered = None
    worst, most, changes, pod_s = 0.0, rule.least, 0, 0.0
    for step in range(int(until_s / STEP_S)):
        now, per_s = step * STEP_S, spike.per_s(step * STEP_S)
        ready = [at_s for at_s in coming if at_s <= now]
        if ready:
            coming = [at_s for at_s in coming if at_s > now]
            working += len(ready)
            stopped_until_s = max(stopped_until_s, now + pods.rebalance_s + pods.restore_s)
        if now >= stopped_until_s:
            work.do(working * per_worker_per_s * STEP_S)
        lag_s = work.oldest_s(now)
        work.come(now, per_s * STEP_S)
        if now >= stopped_until_s and work.records() <= working * per_worker_per_s * STEP_S:
            lag_s = 0.0
        since = now - spike.begins_s
        if since >= 0:
            worst = max(worst, lag_s)
            steady = now >= stopped_until_s
            if added is None and steady and working > rule.least:
                added = since
            if capacity is None and steady and working * per_worker_per_s >= spike.during_per_s:
                capacity = since
            late_before = worst > rule.target_lag_s
            if recovered is None and late_before and lag_s == 0.0 and steady:
                recovered = since
        if now - scraped_s >= pods.scrape_s:
            shown, scraped_s = (lag_s, work.records(), per_s), now
        if now - polled_s >= pods.poll_s:
            polled_s = now
            decision = decide(rule, memory, Seen(now, shown[0], int(shown[1]), shown[2], wanted))
            memory = decision.memory
            if decision.workers > wanted:
                decided = since if decided is None and since >= 0 else decided
                coming += [now + pods.until_ready_s] * (decision.workers - wanted)
            elif decision.workers < wanted:
                gone = wanted - decision.workers
                kept = max(len(coming) - gone, 0)
                working -= gone - (len(coming) - kept)
                coming = coming[:kept]
                stopped_until_s = max(stopped_until_s, now + pods.leave_s)
            changes += decision.workers != wanted
            wanted = decision.workers
        most, pod_s = max(most, wanted), pod_s + wanted * STEP_S
    return Outcome(decided, added, capacity, recovered, worst, most, changes, pod_s / 3600)


KEDA = Rule(
    partitions=8,
    least=2,
    target_lag_s=3.0,
    up_window_s=30.0,
    down_window_s=1_800.0,
    settle_s=120.0,
    up_step=1,
)
"""As infra/deploy/kubernetes/components/keda has it: one pod in two minutes."""

QUICK = replace(KEDA, up_window_s=0.0, settle_s=45.0, up_step=4)
"""By the lag alone, but up at once and by four."""
