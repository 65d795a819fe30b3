"""What counts as a right answer."""

import pytest

from loadgen.engine import Answer
from loadgen.profiles.model import Expect
from loadgen.run.checks import compiled


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"status":"assigned"}', "ok"),
        (b'{"status":"queued"}', "ok"),
        (b'{"status":"refused"}', "wrong"),
        (b'{"status":null}', "wrong"),
        (b"{}", "wrong"),
        (b"assigned", "wrong"),
    ],
)
def test_a_list_names_all_right_values(body: bytes, kind: str) -> None:
    check = compiled(Expect(json={"status": ["assigned", "queued"]}))
    assert check(Answer(200, body, 0.0)) == kind
