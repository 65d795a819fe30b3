"""What stood still, read from the append times of outputs."""

from tests.bench.scaling import Still, still


def test_the_silence_of_a_dead_workers_partitions_is_found() -> None:
    steady = list(range(0, 20_000, 20))
    cut = [t for t in steady if not 5_000 < t < 12_500]
    shorter = [t for t in steady if not 11_000 < t < 12_000]
    assert still([steady, cut, shorter], at_ms=5_010) == Still(7.49, 7.5)


def test_what_was_before_the_change_does_not_count() -> None:
    early = [*range(0, 1_000, 20), *range(3_000, 9_000, 20)]
    assert still([early], at_ms=4_000) == Still(0.0, 0.0)


def test_the_last_of_two_silences_ends_it() -> None:
    twice = [*range(0, 1_000, 20), *range(2_000, 3_000, 20), *range(4_000, 5_000, 20)]
    assert still([twice], at_ms=1_500) == Still(2.5, 1.02)
