"""What nobody may read is not published, and nothing else is touched."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commands import start_chat, to_conversation
from gateway.masking import masked, masked_record
from gateway.numbers import is_card, is_iban, is_korean_resident
from schemas.api import ChatStart
from schemas.conversation import Policy, PostMessage, decode_command
from schemas.ids import session_id
from schemas.routing import CompleteContact

CARD = "4111111111111111"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("my card 4111 1111 1111 1111 ok", "my card **** **** **** 1111 ok"),
        (CARD, "************1111"),
        ("5500-0000-0000-0004", "****-****-****-0004"),
        ("3782 822463 10005", "**** ****** *0005"),
        ("4222222222222", "*********2222"),
        ("6304000000000000000", "***************0000"),
        ("1234 4111 1111 1111 1111", "1234 **** **** **** 1111"),
        ("카드번호４１１１１１１１１１１１１１１１입니다", "카드번호************１１１１입니다"),
        ("4111–1111–1111–1111", "****–****–****–1111"),
        (f"{CARD},{CARD}", "************1111,************1111"),
        ("cvc 123", "cvc ***"),
        ("CVV2=1234", "CVV2=****"),
        ("the security code is 999", "the security code is ***"),
        ("CVC는 123", "CVC는 ***"),
        ("보안코드: 1234", "보안코드: ****"),
        ("900101-1234567", "900101-1******"),
        ("9001011234567 번", "9001011****** 번"),
        ("DE89 3704 0044 0532 0130 00 thanks", "DE** **** **** **** **30 00 thanks"),
        ("to GB82WEST12345698765432.", "to GB****************5432."),
        ("AB12 or gb82 west 1234 5698 7654 32", "AB12 or gb** **** **** **** **54 32"),
    ],
)
def test_what_is_masked(text: str, wanted: str) -> None:
    assert masked(text) == wanted
    assert masked(wanted) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "안녕하세요",
        "4111 1111 1111 1112",
        "010-1234-5678",
        "2026-11-23 06:19:50",
        "cvc please",
        "the code is 1234",
        "recvcode 123",
        "901301-1234567",
        "020230-3123456",
        "DE88370400440532013000",
        "41111111111111111111",
        "order 123456789012, again 123456789012",
    ],
)
def test_what_is_left_as_it_is(text: str) -> None:
    assert masked(text) is text


def digits_with_gaps(digits: str) -> st.SearchStrategy[str]:
    gaps = st.lists(st.sampled_from(["", "", " ", "-"]), min_size=len(digits), max_size=len(digits))
    return gaps.map(lambda found: "".join(a + b for a, b in zip(digits, found, strict=True)).strip(" -"))


def with_check(body: str) -> str:
    return next(body + digit for digit in "0123456789" if is_card(body + digit))


cards = st.text("0123456789", min_size=12, max_size=18).map(with_check)
prose = st.text("ab가 ,:-0123456789", max_size=60)


def stretches(text: str) -> list[str]:
    """All that begins and ends with a group of digits, gaps of one space or dash left out."""
    found = []
    for chain in re.finditer(r"\d+(?:[ -]\d+)*", text):
        groups = re.findall(r"\d+", chain[0])
        found += ["".join(groups[i:j]) for i in range(len(groups)) for j in range(i + 1, len(groups) + 1)]
    return found


@given(before=prose, card=cards.flatmap(digits_with_gaps), after=prose)
def test_no_card_is_left(before: str, card: str, after: str) -> None:
    assert not any(map(is_card, stretches(masked(f"{before}.{card}.{after}"))))
    assert not any(map(is_card, stretches(masked(before + card + after))))


@given(text=prose)
def test_a_text_without_any_is_not_touched(text: str) -> None:
    found = stretches(text)
    if not any(is_card(one) or is_korean_resident(one) for one in found):
        assert masked(text) is text


@given(text=st.text())
def test_any_text_keeps_its_length_and_what_is_masked_stays_so(text: str) -> None:
    once = masked(text)
    assert len(once) == len(text)
    assert masked(once) == once


@pytest.mark.parametrize("piece", ["1 ", "11 ", "4-", "AB12 ", "DE89 ", "cvc is ", CARD + " ", "a1b2"])
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (4_000 // len(piece))
    began = time.thread_time()
    masked(text)
    assert time.thread_time() - began < 0.1


def test_every_command_is_masked_on_its_way_to_the_log() -> None:
    session = session_id(3, 1_790_000_000_000, 1)
    sent = PostMessage(
        session_id=session,
        message_id=CARD,
        text=f"it is {CARD}",
        request_id="r",
        reply_to="g",
        valid_until_ms=1,
    )
    found = decode_command(to_conversation(sent, "r").value)
    assert isinstance(found, PostMessage)
    assert (found.text, found.message_id) == ("it is ************1111", CARD)
    body = ChatStart(customer_id="c", message=CARD, customer_name=f"Kim {CARD}")
    first = masked_record(start_chat(body, session, Policy(1, 1, 1)))
    assert (first.message, first.customer_name) == ("************1111", "Kim ************1111")
    done = CompleteContact(pool="p", contact_id="c", agent_id="a", note="cvc 123", request_id="r")
    assert masked_record(done).note == "cvc ***"
    assert masked_record(first) is first


@pytest.mark.parametrize(
    "iban", ["GB82WEST12345698765432", "NO9386011117947", "MT84MALT011000012345MTLCAST001S"]
)
def test_ibans(iban: str) -> None:
    assert is_iban(iban)
    assert not is_iban(iban[:-1] + ("1" if iban[-1] != "1" else "2"))
    assert not is_iban(iban + "0")
