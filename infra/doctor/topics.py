"""Topics, beside schemas/topics.py."""

from infra.doctor.finding import Case, Finding, ok, warning, wrong
from infra.doctor.kafka import administering, wanted
from infra.topics import replication_of, settings_of

_SETUP, _ALTER = "aicc-setup", "aicc-setup --alter"
_REASSIGN = "kafka-reassign-partitions.sh: give it 3 replicas"
_MOST = 5


async def present(case: Case) -> list[Finding]:
    """Every topic with its partitions; more of them are fine."""
    async with administering(case) as admin:
        listed = {row["topic"]: len(row["partitions"]) for row in await admin.describe_topics()}
    need = wanted(case)
    found = []
    if missing := [name for name in need if name not in listed]:
        found.append(wrong(f"{len(missing)} topics are missing: {_few(missing)}", _SETUP))
    for name, topic in need.items():
        if listed.get(name, topic.partitions) < topic.partitions:
            found.append(wrong(f"{name} has {listed[name]} partitions, not {topic.partitions}", _ALTER))
    return found or [ok(f"all {len(need)} are there, with their partitions")]


async def settings(case: Case) -> list[Finding]:
    """A setting that differs may lose records early, or keep them too long."""
    need = wanted(case)
    found = []
    async with administering(case) as admin:
        listed = {row["topic"] for row in await admin.describe_topics()}
        _, durable = await replication_of(admin)
        actual = await settings_of(admin, [name for name in need if name in listed])
    for name, (known, _) in actual.items():
        for key, value in {**need[name].config, **durable}.items():
            if known.get(key) != value:
                found.append(wrong(f"{name}: {key} is {known.get(key)}, not {value}", _ALTER))
    return found or [ok(f"those of {len(actual)} topics are as they must be")]


async def replication(case: Case) -> list[Finding]:
    """A leader for each partition, as many copies as brokers allow (3), and all of them in step."""
    need = wanted(case)
    async with administering(case) as admin:
        rows = [row for row in await admin.describe_topics() if row["topic"] in need]
        copies, _ = await replication_of(admin)
    headless, behind, few = [], [], []
    for row in rows:
        for one in row["partitions"]:
            place = f"{row['topic']}/{one['partition']}"
            headless += [place] if one["leader"] < 0 else []
            behind += [place] if len(one["isr"]) < len(one["replicas"]) else []
            few += [row["topic"]] if len(one["replicas"]) < copies else []
    found = []
    if headless:
        found.append(wrong(f"no leader: {_few(headless)}", "start the brokers that hold these partitions"))
    if behind:
        found.append(warning(f"copies are behind: {_few(behind)}", "look at the brokers that are missing"))
    if few := sorted(set(few)):
        found.append(wrong(f"fewer than {copies} copies: {_few(few)}", _REASSIGN))
    alone = " (one broker: enough to try things out)" if copies == 1 else ""
    return found or [ok(f"{copies} of each record, all in step{alone}")]


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
