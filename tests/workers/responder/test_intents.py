"""Files of intents: each error is told with its path."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from workers.responder.command import main
from workers.responder.intents import BUILT_IN, IntentsError, load

GOOD = BUILT_IN.read_text(encoding="utf-8")


def broken(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "intents.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("agent: agent", "agent: nobody", "agent: no intent 'nobody'"),
        ("language: ko", "language: de", "language: 'de' is none of ko, en"),
        ("tries: 3", "tries: 0", "fields.order_number.tries: Expected"),
        ("form: [order_number]", "form: [number]", r"intents.order_status.form: no field 'number'"),
        ("{fee}", "{fees}", r"intents.delivery_fee.answer.ko: no variable \{fees\}"),
        ("'(?<!", "'((?<!", "fields.order_number.pattern: missing"),
        ("배송비 얼마예요, 배송료가 얼마인가요, ", "", "examples.ko: 14, but at least 15 are needed"),
        (
            "배송비 얼마예요",
            "환불해 주세요",
            r"intents.refund.examples.ko\[0\]: is one of 'delivery_fee', too",
        ),
        ("version: 1", "versions: 1", "the file: Object"),
        ("version: 1", "version: [", "while parsing"),
    ],
)
def test_an_error_has_its_path(tmp_path: Path, old: str, new: str, error: str) -> None:
    path = broken(tmp_path, (old, new))
    with pytest.raises(IntentsError, match=error):
        load(path)


def test_the_command_says_so(tmp_path: Path) -> None:
    path = broken(tmp_path, ("agent: agent", "agent: x"), ("form: [order_number]", "form: [y]"))
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code == 1
    assert len(re.findall(r"no intent|no field", result.output)) == 2


def test_one_can_talk_to_it() -> None:
    result = CliRunner().invoke(main, ["try", "--name", "Kim"], input="hello\nagent please\n")
    assert result.exit_code == 0
    assert "Hello Kim" in result.output
    assert "Reason: agent" in result.output
