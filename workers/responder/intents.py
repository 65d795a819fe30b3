"""What the bot knows: a YAML of intents, checked as a whole, each error with its path."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

LANGUAGES = ("ko", "en")
PLACE = re.compile(r"\{(\w+)\}")
BUILT_IN = Path(__file__).with_name("intents.yaml")
FEWEST_EXAMPLES = 15
GIVEN = frozenset({"customer_name"})
"""Variables that come with each question."""

Texts = dict[str, str]
"""By language."""
Examples = dict[str, tuple[str, ...]]


class IntentsError(ValueError):
    """The file can't be used; the text has a line for each error, with its path."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Says(_Part, frozen=True, kw_only=True):
    """What the bot says by itself."""

    unsure: Texts
    hand_over: Texts
    given_up: Texts
    canceled: Texts


class Field(_Part, frozen=True, kw_only=True):
    """What a form asks for: found in what is said by `pattern`, kept as the attribute of its name; given up
    after `tries` answers in vain."""

    ask: Texts
    again: Texts
    pattern: str
    tries: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3


class Intent(_Part, frozen=True, kw_only=True):
    """What a customer may want: when its fields in `form` are known it is answered, and handed over where
    `hand_over` is true, to `queue` if the bot may."""

    examples: Examples
    answer: Texts
    form: tuple[str, ...] = ()
    hand_over: bool = False
    queue: str = ""


class Intents(_Part, frozen=True, kw_only=True):
    """The whole file. `agent` names the intent that asks for a person, `cancel` the one that leaves a
    form."""

    version: int
    language: str = "ko"
    agent: str = "agent"
    cancel: str = "cancel"
    variables: dict[str, Texts] = {}
    says: Says
    fields: dict[str, Field] = {}
    intents: dict[str, Intent]
    off_topic: Examples = {}

    def text(self, texts: Texts, language: str, known: Mapping[str, str]) -> str:
        """In the customer's language, with the variables' values; nothing stands for one that has none."""
        values = {name: by.get(language, "") for name, by in self.variables.items()} | dict(known)
        said = PLACE.sub(lambda found: values.get(found[1], ""), texts[language])
        return re.sub(r" +([,.!?])", r"\1", said).strip()


def load(path: Path = BUILT_IN) -> Intents:
    """Raises IntentsError."""
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        intents = msgspec.convert(read, Intents)
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise IntentsError(str(error)) from error
    except msgspec.ValidationError as error:
        raise IntentsError("\n".join(_errors_of_parts(read)) or _said("", error)) from error
    if errors := list(errors_in(intents)):
        raise IntentsError("\n".join(errors))
    return intents


def _errors_of_parts(read: Any) -> Iterator[str]:
    """Of each field and intent by its name, which an error of the whole file does not tell."""
    for section, kind in (("fields", Field), ("intents", Intent)):
        parts = read.get(section) if isinstance(read, dict) else None
        for name, part in parts.items() if isinstance(parts, dict) else ():
            try:
                msgspec.convert(part, kind)
            except msgspec.ValidationError as error:
                yield _said(f"{section}.{name}", error)


def _said(path: str, error: msgspec.ValidationError) -> str:
    what, _, where = str(error).partition(" - at `$")
    return f"{(path + where.rstrip('`')).lstrip('.') or 'the file'}: {what}"


def errors_in(intents: Intents) -> Iterator[str]:
    """Each error, with its path."""
    if intents.language not in LANGUAGES:
        yield f"language: {intents.language!r} is none of {', '.join(LANGUAGES)}"
    for role in ("agent", "cancel"):
        if getattr(intents, role) not in intents.intents:
            yield f"{role}: no intent {getattr(intents, role)!r}"
    known = GIVEN | intents.variables.keys() | intents.fields.keys()
    for path, texts in _texts(intents):
        yield from _errors_of_texts(path, texts, known)
    for name, field in intents.fields.items():
        yield from _errors_of_pattern(f"fields.{name}.pattern", field.pattern)
    for name, intent in intents.intents.items():
        yield from _errors_of_intent(f"intents.{name}", intent, intents.fields)
    yield from _errors_of_repeats(intents)


def _texts(intents: Intents) -> Iterator[tuple[str, Texts]]:
    for name, texts in intents.variables.items():
        yield f"variables.{name}", texts
    said: dict[str, Any] = msgspec.structs.asdict(intents.says)
    for name, texts in said.items():
        yield f"says.{name}", texts
    for name, field in intents.fields.items():
        yield f"fields.{name}.ask", field.ask
        yield f"fields.{name}.again", field.again
    for name, intent in intents.intents.items():
        yield f"intents.{name}.answer", intent.answer


def _errors_of_texts(path: str, texts: Texts, known: frozenset[str]) -> Iterator[str]:
    for language in LANGUAGES:
        if not texts.get(language, "").strip():
            yield f"{path}.{language}: is missing"
    for language, text in texts.items():
        if language not in LANGUAGES:
            yield f"{path}.{language}: no such language"
        for name in PLACE.findall(text):
            if name not in known:
                yield f"{path}.{language}: no variable {{{name}}}"


def _errors_of_pattern(path: str, pattern: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"{path}: {error}"


def _errors_of_intent(path: str, intent: Intent, fields: Mapping[str, Field]) -> Iterator[str]:
    for name in intent.form:
        if name not in fields:
            yield f"{path}.form: no field {name!r}"
    for language in LANGUAGES:
        found = len(intent.examples.get(language, ()))
        if found < FEWEST_EXAMPLES:
            yield f"{path}.examples.{language}: {found}, but at least {FEWEST_EXAMPLES} are needed"


def _errors_of_repeats(intents: Intents) -> Iterator[str]:
    """A text can be an example of one intent only."""
    seen: dict[str, str] = {}
    for name, intent in intents.intents.items():
        for language, examples in intent.examples.items():
            for number, example in enumerate(examples):
                first = seen.setdefault(example.strip().lower(), name)
                if first != name:
                    yield f"intents.{name}.examples.{language}[{number}]: is one of {first!r}, too"
