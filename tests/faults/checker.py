"""Checks a log against what must hold. Pure: it is itself tested on damaged copies of a log."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.audit import decode_audit
from schemas.conversation import ConsultationChanged, MessageAdded, decode_event
from schemas.states import ConsultationStatus
from streams.harness.decider import Decider
from streams.harness.replay import replay
from streams.insight.findings import Report as Report
from streams.insight.invariants import Holdings
from streams.insight.verification import Verification
from tests.faults.logs import Found

Accepted = Mapping[str, Sequence[tuple[str, int | None]]]
"""Of each accepted session the (message_id, seq) of what was answered 200, seq None where it was not said."""


def check_outputs(
    report: Report, decider: Decider[Any, Any], commands: Iterable[Found], outputs: Iterable[Found]
) -> None:
    """Every output of the replayed commands is there, once but for equal copies, and nothing else is.

    `outputs` are all records of all topics that the decider writes; those of other writers are left out.
    """
    verification = Verification(report, decider.source.name)
    for number, records in _by_partition(commands).items():
        verification.expect(replay(decider, number, records))
    for record in outputs:
        verification.find(record)
    verification.finish()


def _by_partition(commands: Iterable[Found]) -> dict[int, list[Found]]:
    by_partition: dict[int, list[Found]] = defaultdict(list)
    for record in commands:
        by_partition[record.partition].append(record)
    return by_partition


def check_conversations(report: Report, accepted: Iterable[str], events: Iterable[Found]) -> None:
    """Every accepted session ends in one terminal status, which neither changes nor reopens.

    Neither versions nor seqs have a gap or a contradiction.
    """
    statuses: dict[str, dict[int, ConsultationStatus]] = defaultdict(dict)
    messages: dict[str, dict[int, bytes]] = defaultdict(dict)
    for record in events:
        event = decode_event(record.value or b"")
        if isinstance(event, ConsultationChanged):
            known = statuses[event.session_id].setdefault(event.version, event.status)
            if known is not event.status:
                report.blame(
                    "version repeated", f"{event.session_id} {event.version}: {known}, {event.status}"
                )
        elif isinstance(event, MessageAdded):
            _add_message(report, messages[event.session_id], event, record.value or b"")
    for session in sorted(set(accepted)):
        report.counts["accepted"] += 1
        _check_end(report, session, [status for _, status in sorted(statuses.get(session, {}).items())])
    for session, versions in statuses.items():
        if set(versions) != set(range(1, len(versions) + 1)):
            report.blame("gap in version", f"{session}: {sorted(versions)}")
    for session, found in messages.items():
        if set(found) != set(range(1, len(found) + 1)):
            report.blame("gap in seq", f"{session}: {sorted(found)}")


def _check_end(report: Report, session: str, statuses: Sequence[ConsultationStatus]) -> None:
    """`statuses` in the order of their versions."""
    terminal = {status for status in statuses if status is not ConsultationStatus.OPEN}
    if len(terminal) != 1:
        report.blame("not one terminal state", f"{session}: {sorted(terminal)}")
        return
    closed = next(n for n, status in enumerate(statuses) if status in terminal)
    if ConsultationStatus.OPEN in statuses[closed:]:
        report.blame("reopened", f"{session}: {statuses}")


def check_messages(report: Report, accepted: Accepted, events: Iterable[Found]) -> None:
    """Each message whose acceptance named a seq stands in the log at that seq."""
    found: dict[tuple[str, int], str] = {}
    for record in events:
        event = decode_event(record.value or b"")
        if isinstance(event, MessageAdded):
            found[event.session_id, event.seq] = event.message_id
    for session, messages in accepted.items():
        for message_id, seq in messages:
            if seq is None:
                continue
            report.counts["accepted messages"] += 1
            if found.get((session, seq)) != message_id:
                there = found.get((session, seq))
                report.blame("accepted message missing", f"{session}: {message_id} at {seq}, there: {there}")


def _add_message(report: Report, found: dict[int, bytes], event: MessageAdded, value: bytes) -> None:
    if found.setdefault(event.seq, value) != value:
        report.blame("seq repeated", f"{event.session_id} {event.seq}")


def check_routing(report: Report, audit: Iterable[Found]) -> None:
    """At no record does an agent hold more than the capacity, nor a contact two agents.

    The order is that of the log, each pool being in one partition; of copies only the first counts.
    """
    seen: set[str] = set()
    holdings = Holdings(report, complete=True)
    for record in audit:
        if (identity := record.header("id")) not in seen:
            seen.add(identity)
            holdings.hear(decode_audit(record.value or b""), record.offset)


def check_rows(
    report: Report,
    accepted: Iterable[str],
    events: Iterable[Found],
    rows: Mapping[str, str],
    messages: Mapping[str, Sequence[int]],
) -> None:
    """Postgres holds each accepted session once, in the status of its last event, with its transcript.

    `rows` maps session to status, `messages` session to its seqs.
    """
    last: dict[str, tuple[int, str]] = {}
    count: Counter[str] = Counter()
    for record in events:
        event = decode_event(record.value or b"")
        if isinstance(event, ConsultationChanged):
            last[event.session_id] = max(
                last.get(event.session_id, (0, "")), (event.version, event.status.value)
            )
        elif isinstance(event, MessageAdded):
            count[event.session_id] = max(count[event.session_id], event.seq)
    for session in sorted(set(accepted)):
        if session not in rows:
            report.blame("missing row", session)
        elif rows[session] != last.get(session, (0, ""))[1]:
            report.blame("wrong row", f"{session}: {rows[session]} not {last.get(session)}")
        if list(messages.get(session, ())) != list(range(1, count[session] + 1)):
            report.blame("wrong transcript in Postgres", f"{session}: {list(messages.get(session, ()))}")
