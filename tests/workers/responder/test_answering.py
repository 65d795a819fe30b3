"""What the built-in bot says, turn by turn, and how well it understands what it has not learned."""

import time

import pytest

from schemas.bot import BotAnswered, BotAsked, Memory
from workers.responder.answering import SUMMARY_CHARS, answer, language_of
from workers.responder.checking import figures, load_held_out
from workers.responder.intents import LANGUAGES, load
from workers.responder.matching import Matcher

INTENTS = load()


@pytest.fixture(scope="module")
def guess() -> Matcher:
    return Matcher(INTENTS)


class Talk:
    """A dialogue with the bot."""

    def __init__(self, guess: Matcher, **asked: object) -> None:
        self.guess, self.memory, self.asked, self.turn = guess, Memory(), asked, 0

    def say(self, *texts: str) -> BotAnswered:
        self.turn += 1
        asked = BotAsked(
            session_id="s",
            turn=self.turn,
            texts=texts,
            memory=self.memory,
            queues=("q",),
            **self.asked,  # type: ignore[arg-type]
        )
        said, self.outcome = answer(INTENTS, self.guess, asked)
        assert said == answer(INTENTS, self.guess, asked)[0]
        self.memory = said.memory
        return said


def test_there_are_enough_intents_and_examples() -> None:
    assert len(INTENTS.intents) >= 20
    assert all(
        len(intent.examples[language]) >= 15 for intent in INTENTS.intents.values() for language in LANGUAGES
    )


def test_it_understands_what_it_has_not_learned(guess: Matcher) -> None:
    held_out = load_held_out()
    learned = {
        one for intent in INTENTS.intents.values() for texts in intent.examples.values() for one in texts
    }
    assert not learned & {text for texts in held_out.intents.values() for text in texts}
    found = figures(guess, held_out)
    print(f"accuracy {found.accuracy:.3f}, off-topic handed over {found.handed_over:.3f}")
    assert found.accuracy >= 0.85
    assert found.handed_over >= 0.8


def test_the_same_examples_give_the_same_answers(guess: Matcher) -> None:
    again = Matcher(INTENTS)
    held_out = load_held_out()
    texts = [texts[0] for texts in held_out.intents.values()]
    assert [again(text) for text in texts] == [guess(text) for text in texts]


@pytest.mark.parametrize("text", ["", "?!", "\n", "😀", "\u200b", "a" * 5_000, "가" * 5_000])
def test_any_text_is_taken(guess: Matcher, text: str) -> None:
    assert isinstance(guess(text), str)


def test_an_answer_has_its_variables(guess: Matcher) -> None:
    assert "9 am to 6 pm" in Talk(guess).say("what are your opening hours").texts[0]
    assert "민지 고객님" in Talk(guess, customer_name="민지").say("안녕하세요").texts[0]


def test_a_form_asks_again_and_takes_what_fits(guess: Matcher) -> None:
    talk = Talk(guess)
    assert "주문번호" in talk.say("환불해 주세요").texts[0]
    assert "다시" in talk.say("12").texts[0]
    said = talk.say("1234 5678 90 이에요")
    assert "1234567890" in said.texts[0]
    assert said.attributes == {"order_number": "1234567890"}
    assert talk.memory.intent == ""


def test_what_is_told_at_once_or_was_told_is_not_asked_for(guess: Matcher) -> None:
    talk = Talk(guess)
    assert "12345678" in talk.say("where is my order 12345678").texts[0]
    assert "12345678" in talk.say("I want a refund").texts[0]


def test_a_form_is_given_up(guess: Matcher) -> None:
    talk = Talk(guess)
    talk.say("where is my order")
    talk.say("12")
    assert talk.say("34").hand_over is None
    given_up = talk.say("56")
    assert given_up.hand_over is not None
    assert given_up.hand_over.reason == "form_given_up"


def test_a_form_is_left(guess: Matcher) -> None:
    talk = Talk(guess)
    talk.say("환불해 주세요")
    assert talk.say("그만할래요").hand_over is None
    assert talk.outcome == "canceled"
    talk.say("환불해 주세요")
    assert talk.say("상담원 연결해 주세요").hand_over is not None


@pytest.mark.parametrize("text", ["상담원 연결해 주세요", "agent please", "제품이 파손됐어요 12345678"])
def test_it_hands_over_when_asked_or_told(guess: Matcher, text: str) -> None:
    assert Talk(guess).say(text).hand_over is not None


def test_unsure_twice_is_a_hand_over_with_a_summary(guess: Matcher) -> None:
    talk = Talk(guess)
    assert talk.say("what is the weather like today").hand_over is None
    said = talk.say("and tomorrow in the mountains of Peru")
    assert said.hand_over is not None
    assert said.hand_over.reason == "unsure"
    assert "Customer: what is the weather like today" in said.hand_over.summary


def test_once_understood_it_counts_anew(guess: Matcher) -> None:
    talk = Talk(guess)
    talk.say("what is the weather like")
    talk.say("thank you")
    assert talk.say("tell me a joke").hand_over is None


def test_a_summary_keeps_within_its_size(guess: Matcher) -> None:
    talk = Talk(guess)
    for _ in range(30):
        said = talk.say("thanks " + "x " * 400)
    said = talk.say("agent please")
    assert said.hand_over is not None
    assert len(said.hand_over.summary) <= SUMMARY_CHARS
    assert len(said.memory.lines) <= 16


@pytest.mark.parametrize(
    ("text", "known", "language"),
    [
        ("안녕", "en", "ko"),
        ("refund 해주세요", "", "ko"),
        ("ok", "ko", "ko"),
        ("where is it", "ko", "en"),
        ("12345678", "ko", "ko"),
        ("12345678", "", ""),
        ("hello", "", "en"),
    ],
)
def test_the_language_is_the_customers(text: str, known: str, language: str) -> None:
    assert language_of(text, known) == language


def test_it_answers_quickly(guess: Matcher) -> None:
    talk = Talk(guess)
    began = time.process_time()
    for _ in range(20):
        talk.say("배송비 얼마예요")
    assert (time.process_time() - began) / 40 < 0.05
