"""Pods simulated: what must hold whatever the figures are."""

from dataclasses import replace

from click.testing import CliRunner

from infra.scaling.pods import KEDA, QUICK, Pods, Spike, simulate
from infra.scaling.simulate import main

DOUBLE = Spike(before_per_s=1_400.0, during_per_s=2_800.0)


def test_without_a_spike_nothing_is_changed() -> None:
    found = simulate(KEDA, Pods(), Spike(before_per_s=1_400.0, during_per_s=1_400.0), 1_000.0, 3_600.0)
    assert (found.decided_s, found.changes, found.most_pods) == (None, 0, 2)


def test_capacity_comes_no_sooner_than_a_pod_can_start() -> None:
    pods = Pods(pull_s=90.0)
    found = simulate(QUICK, pods, DOUBLE, 1_000.0, 3_600.0)
    assert found.decided_s is not None
    assert found.added_s is not None
    assert found.added_s >= found.decided_s + pods.until_ready_s + pods.rebalance_s


def test_up_at_once_is_sooner_than_one_in_two_minutes_in_a_large_spike() -> None:
    spike = Spike(before_per_s=1_400.0, during_per_s=5_600.0)
    slow = simulate(KEDA, Pods(), spike, 1_000.0, 3_600.0)
    quick = simulate(QUICK, Pods(), spike, 1_000.0, 3_600.0)
    assert slow.capacity_s is not None
    assert quick.capacity_s is not None
    assert quick.capacity_s < 180 < slow.capacity_s


def test_more_than_all_partitions_can_do_never_is_enough_and_is_recovered_from_after_it() -> None:
    spike = Spike(before_per_s=1_400.0, during_per_s=9_000.0)
    found = simulate(QUICK, Pods(), spike, 1_000.0, 3_600.0)
    assert found.capacity_s is None
    assert found.recovered_s is not None
    assert found.recovered_s > spike.lasts_s
    assert found.most_pods == 8


def test_a_known_throughput_takes_no_more_pods_than_the_lag_alone() -> None:
    known = simulate(replace(QUICK, per_worker_per_s=1_000.0), Pods(), DOUBLE, 1_000.0, 7_200.0)
    alone = simulate(QUICK, Pods(), DOUBLE, 1_000.0, 7_200.0)
    assert known.most_pods <= alone.most_pods
    assert known.pod_hours < alone.pod_hours


def test_the_command_prints_a_row_for_each_spike() -> None:
    found = CliRunner().invoke(main, ["--times", "2"])
    assert found.exit_code == 0, found.output
    assert found.output.count("x 2") == 3
