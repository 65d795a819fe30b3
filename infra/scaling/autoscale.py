"""aicc-autoscale: as many workers of one kind on this machine as their lag in seconds asks for."""

import os
import time
from pathlib import Path

import click
import msgspec
from redis import Redis
from redis.exceptions import RedisError

from infra.paths import VAR
from infra.scaling.fleet import Fleet
from infra.scaling.reading import Reader
from infra.scaling.rule import Decision, Memory, Rule, Seen, decide
from infra.stopping import Stopped, Stopping
from runtime.redis_client import trusting
from schemas.lag import KEY, Lag, decode_lag

SAY_S = 10.0


class Scaler:
    """Looks at the lag and carries out what the rule decides, until it is asked to stop."""

    def __init__(self, rule: Rule, group: str, fleet: Fleet, redis: Redis, poll_s: float) -> None:
        self._rule, self._fleet, self._redis, self._poll_s = rule, fleet, redis, poll_s
        self._reader, self._memory = Reader(group), Memory()
        self._began, self._said, self._last_ms = time.monotonic(), 0.0, 0

    def run(self, stopping: Stopping) -> None:
        """Raises Stopped."""
        self._fleet.scale(self._rule.least)
        self.tell(f"{self._fleet.workers} workers, at most {self._rule.ceiling}")
        while True:
            self._look()
            self._fleet.keep()
            stopping.sleep(self._poll_s)

    def tell(self, text: str) -> None:
        """A line with the seconds since the start."""
        click.echo(f"{time.monotonic() - self._began:8.1f} s  {text}")
        self._said = time.monotonic()

    def _look(self) -> None:
        lag = self._lag()
        # What was measured is decided on once: arrivals are the difference of two measurements.
        seen = self._reader.seen(lag, self._fleet.workers) if lag and lag.at_ms > self._last_ms else None
        if lag is None or seen is None:
            if lag is None:
                self._now_and_then("nobody measures the lag: nothing is changed")
            return
        self._last_ms = lag.at_ms
        decision = decide(self._rule, self._memory, seen)
        self._memory = decision.memory
        if decision.workers != seen.workers:
            self._fleet.scale(decision.workers)
            self.tell(f"{_found(seen)}: {seen.workers} -> {decision.workers} workers ({decision.reason})")
        else:
            self._now_and_then(_stays(seen, decision))

    def _now_and_then(self, text: str) -> None:
        if time.monotonic() - self._said >= SAY_S:
            self.tell(text)

    def _lag(self) -> Lag | None:
        try:
            value = self._redis.get(KEY)
            return decode_lag(value) if isinstance(value, bytes) else None
        except (RedisError, OSError, msgspec.MsgspecError) as error:
            self._now_and_then(f"the lag can not be read: {error!r}")
            return None


def _found(seen: Seen) -> str:
    return f"lag {seen.lag_s:.1f} s, {seen.backlog:,} wait, {seen.arrivals_per_s:,.0f}/s come"


def _stays(seen: Seen, decision: Decision) -> str:
    return f"{_found(seen)}: {seen.workers} workers ({decision.reason})"


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--group", required=True, help="The consumer group, as the prober calls it.")
@click.option("--partitions", default=8, help="Of what the group reads: more workers have nothing to do.")
@click.option("--least", default=1, help="Workers on a quiet day.")
@click.option("--most", default=os.cpu_count() or 1, help="Workers that this machine has room for.")
@click.option("--target-lag", default=3.0, help="Seconds that the oldest record may wait.")
@click.option("--per-worker", default=0.0, help="Records a second that one does; 0: not known.")
@click.option("--catch-up", default=60.0, help="Seconds in which a backlog is to be gone.")
@click.option("--settle", default=15.0, help="Seconds after a change in which nothing is changed.")
@click.option("--up-window", default=0.0, help="Seconds for which more are needed before they are started.")
@click.option(
    "--down-window", default=300.0, help="Seconds for which one is not needed before it is stopped."
)
@click.option("--poll", default=1.0, help="Seconds between two looks at the lag.")
@click.option("--redis", "redis_url", envvar="REDIS_URL", default="redis://127.0.0.1:6379/0")
@click.option("--name", default="worker", help="What the workers are called, each with its number.")
@click.option("--metrics-port", default=0, help="The first worker's; the next one has the next. 0: as it is.")
@click.option("--stop-within", default=15.0, help="Seconds until a worker that was asked to end is killed.")
@click.option("--logs", default=VAR / "log", type=click.Path(path_type=Path), help="Where their output goes.")
@click.argument("command", nargs=-1, required=True)
def main(
    group: str,
    partitions: int,
    least: int,
    most: int,
    target_lag: float,
    per_worker: float,
    catch_up: float,
    settle: float,
    up_window: float,
    down_window: float,
    poll: float,
    redis_url: str,
    name: str,
    metrics_port: int,
    stop_within: float,
    logs: Path,
    command: tuple[str, ...],
) -> None:
    """Runs COMMAND as many times as the group's lag in seconds asks for, as aicc-prober measures it.

    \b
    Example:
      aicc-autoscale --group persister --most 4 --name persister --metrics-port 9300 -- aicc-persister

    A line for each change and one each 10 s. SIGTERM or Ctrl-C ends the workers, too.

    \b
    Exit status: 0 stopped by a signal; 2 wrong usage.
    """
    try:
        rule = Rule(
            partitions=partitions,
            least=least,
            most=most,
            target_lag_s=target_lag,
            per_worker_per_s=per_worker,
            catch_up_s=catch_up,
            settle_s=settle,
            up_window_s=up_window,
            down_window_s=down_window,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    logs.mkdir(parents=True, exist_ok=True)
    stopping = Stopping()
    stopping.install()
    fleet = Fleet(name, command, logs, metrics_port, stop_within, click.echo)
    with Redis.from_url(trusting(redis_url), socket_timeout=1.0) as redis:
        scaler = Scaler(rule, group, fleet, redis, poll)
        try:
            scaler.run(stopping)
        except Stopped:
            scaler.tell(f"stopping {fleet.workers} workers")
        finally:
            fleet.stop()
    scaler.tell("stopped")


if __name__ == "__main__":
    main()
