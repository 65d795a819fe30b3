"""Letters as a person reads them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from runtime.letters.meaning import meaning
from runtime.letters.outcomes import Outcome, Source
from runtime.letters.reading import Letter

MOST_SHOWN = 4_000


def age(seconds: float) -> str:
    """A short word for a span of time."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def counts_table(letters: Sequence[Letter], now: datetime) -> Table:
    """How many there are of each topic and reason, and how old."""
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for letter in letters:
        groups[letter.source.topic, _line(letter.reason)].append(now.timestamp() - letter.at_ms / 1000)
    table = Table(title=f"{len(letters)} dead letters")
    _columns(table, "topic", "reason", "letters", "newest", "oldest")
    for (topic, reason), ages in sorted(groups.items()):
        table.add_row(topic, Text(reason), str(len(ages)), age(min(ages)), age(max(ages)))
    return table


def letters_table(
    letters: Sequence[Letter], known: Mapping[Source, Outcome], decided: Iterable[Outcome], now: datetime
) -> Table:
    """A line each; last those that were decided of and have left Kafka."""
    table = Table()
    _columns(table, "ID", "age", "state", "reason")
    there = {letter.source for letter in letters}
    for letter in letters:
        state = _state(known.get(letter.source))
        since = age(now.timestamp() - letter.at_ms / 1000)
        table.add_row(str(letter.source), since, Text(state), Text(_line(letter.reason)))
    for outcome in decided:
        if outcome.source not in there:
            since = age((now - outcome.begun_at).total_seconds())
            told = Text(_state(outcome)), Text(_line(outcome.refused_for))
            table.add_row(str(outcome.source), f"over {since}", *told)
    return table


def explained(letter: Letter, outcome: Outcome | None, now: datetime) -> str:
    """The whole letter."""
    value = letter.record.value
    text = "(none: a deletion)" if value is None else value[:MOST_SHOWN].decode(errors="backslashreplace")
    lines = [
        f"letter    {letter.source}",
        f"refused   {age(now.timestamp() - letter.at_ms / 1000)} ago, {letter.refusals} time(s)",
        f"reason    {letter.reason}",
        f"meaning   {meaning(letter.reason) or 'none that is known: see the reason'}",
        f"state     {_state(outcome)}",
        f"key       {(letter.record.key or b'').decode(errors='backslashreplace')}",
        *(f"header    {name}: {told.decode(errors='replace')}" for name, told in letter.record.headers),
        f"record    {len(value or b''):,} bytes{', cut off' if letter.truncated else ''}",
        text,
    ]
    return "\n".join(map(printable, lines))


def printable(text: str) -> str:
    """The text without what a terminal would obey: letters hold whatever was sent."""
    return "".join(sign if sign.isprintable() or sign == "\n" else ascii(sign)[1:-1] for sign in text)


def _state(outcome: Outcome | None) -> str:
    if outcome is None:
        return "open"
    match outcome.outcome:
        case "discarded":
            return f"discarded by {outcome.author}: {outcome.discarded_for}"
        case "replayed":
            return f"replayed by {outcome.author} to offset {outcome.replayed_to}"
        case _:
            return f"replay begun by {outcome.author}: call replay again"


def _line(text: str) -> str:
    return printable(text.partition("\n")[0][:120])


def _columns(table: Table, *headings: str) -> None:
    for heading in headings:
        table.add_column(heading, overflow="fold")
