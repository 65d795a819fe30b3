import pytest

from streams.harness.continuity import Discontinuity, check
from streams.harness.snapshots import Watermark


@pytest.mark.parametrize(("begin", "end"), [(0, 10), (10, 10), (0, 500)])
def test_a_watermark_within_the_log_is_fine(begin: int, end: int) -> None:
    check(Watermark(10, 1, "same"), "cmd/0", "same", begin, end)


@pytest.mark.parametrize(
    ("topic_id", "begin", "end", "cure"),
    [("another", 0, 10, "created anew"), ("same", 11, 20, "deleted"), ("same", 0, 9, "was cut")],
)
def test_another_log_is_refused_with_the_cure(topic_id: str, begin: int, end: int, cure: str) -> None:
    with pytest.raises(Discontinuity, match=cure):
        check(Watermark(10, 1, "same"), "cmd/0", topic_id, begin, end)
