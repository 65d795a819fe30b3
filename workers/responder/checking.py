"""How well a matcher does on texts that it has not learned from."""

from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from workers.responder.answering import Guess
from workers.responder.intents import IntentsError

HELD_OUT = Path(__file__).with_name("held_out.yaml")


class HeldOut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Texts by the intent that they mean, and texts that mean none."""

    intents: dict[str, tuple[str, ...]]
    off_topic: tuple[str, ...]


class Figures(NamedTuple):
    """Shares of 1: texts understood rightly, and off-topic texts not answered. `wrong` has the others, each
    with what it means and what it was taken for."""

    accuracy: float
    handed_over: float
    texts: int
    off_topic: int
    wrong: tuple[tuple[str, str, str], ...]


def load_held_out(path: Path = HELD_OUT) -> HeldOut:
    """Raises IntentsError."""
    try:
        return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), HeldOut)
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise IntentsError(f"{path}: {error}") from error


def figures(guess: Guess, held_out: HeldOut) -> Figures:
    """Of one matcher."""
    meant = [(text, name) for name, texts in held_out.intents.items() for text in texts]
    meant += [(text, "") for text in held_out.off_topic]
    wrong = tuple((text, name, found) for text, name in meant if (found := guess(text)) != name)
    off = len(held_out.off_topic)
    wrong_off = sum(not name for _, name, _ in wrong)
    texts = len(meant) - off
    return Figures(
        accuracy=1 - (len(wrong) - wrong_off) / max(texts, 1),
        handed_over=1 - wrong_off / max(off, 1),
        texts=texts,
        off_topic=off,
        wrong=wrong,
    )
