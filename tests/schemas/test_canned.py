"""Canned answers and dispositions in the configuration: what is refused, what differs, what routing gets."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from schemas.canned import CannedAnswer
from schemas.config import Configuration, PoolConfig, decode_pool, errors_in
from schemas.config_change import Source, plan, records
from schemas.config_diff import diff
from schemas.routing import ApplyConfig, decode_command

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HI = CannedAnswer(title="Hi", shortcut="hi", text={"en": "Hello", "ko": "안녕하세요"})
POOL = PoolConfig(pool="p", partition=0, dispositions=("solved",), canned_answers=(HI,))


@pytest.mark.parametrize(
    ("pool", "errors"),
    [
        (POOL, []),
        (replace(POOL, canned_answers=(HI, HI)), ["'Hi' stands 2 times", "shortcut 'hi' stands 2 times"]),
        (replace(POOL, canned_answers=(replace(HI, text={}),)), ["canned_answers[Hi].text: has no language"]),
        (replace(POOL, dispositions=("a", "a")), ["dispositions: 'a' stands 2 times"]),
    ],
)
def test_what_is_wrong_is_named_by_its_path(pool: PoolConfig, errors: list[str]) -> None:
    found = errors_in(pool)
    assert len(found) == len(errors)
    assert all(part in one for part, one in zip(errors, found, strict=True))


@pytest.mark.parametrize("field", ['"shortcut":"a b"', '"text":{"English":"x"}', '"text":{"en":""}'])
def test_what_no_page_could_show_is_no_configuration(field: str) -> None:
    answer = '{"title":"t","text":{"en":"x"},' + field + "}"
    with pytest.raises(msgspec.ValidationError):
        decode_pool('{"pool":"p","partition":0,"canned_answers":[' + answer + "]}")


def test_a_change_names_the_answer_by_its_title() -> None:
    changed = replace(POOL, canned_answers=(replace(HI, text={"en": "Hello!", "ko": "안녕하세요"}),))
    assert [str(one) for one in diff(POOL, changed)] == [
        'pools[p].canned_answers[Hi].text[en]: "Hello" → "Hello!"'
    ]


def test_routing_gets_nothing_of_what_decides_nothing() -> None:
    Configuration(pools=(POOL,)).check()
    (step,) = plan({}, [POOL], NOW)
    routed, _, published = (record.value for record in records(step, "kim", Source.CLI, NOW))
    applied = decode_command(routed)
    assert isinstance(applied, ApplyConfig)
    assert (applied.config.canned_answers, applied.config.dispositions) == ((), ())
    assert decode_pool(published).canned_answers == (HI,)
