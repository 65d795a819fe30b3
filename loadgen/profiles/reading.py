"""Profiles from YAML: the built-in ones by name, others by path. Unknown keys are refused."""

from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import yaml

from loadgen.profiles.model import NOTHING, Agents, Mode, Profile, Retry, Stage, Step
from loadgen.profiles.overrides import overridden
from loadgen.profiles.scaling import compressed, scaled
from loadgen.profiles.sections import ProfileError, Section, distribution, seconds, shown, unknown
from loadgen.profiles.stages import stages_of
from loadgen.profiles.steps import steps_of
from loadgen.profiles.thresholds import thresholds_of

_PLACE = files("loadgen.profiles") / "builtin"
_KEYS = (
    "agents", "compress", "connections", "description", "expected_rps", "file", "limit", "mode", "name",
    "patience", "retry", "scale", "speed", "stages", "start", "steps", "thresholds", "timeout",
)  # fmt: skip
_AGENTS = ("queue", "seats", "handling", "accept", "leave", "leave_at")
_RETRY = ("times", "after")
_QUEUE = "support"


def built_in() -> dict[str, str]:
    """The YAML of each built-in profile, by name."""
    found = {Path(one.name).stem: one for one in _PLACE.iterdir() if one.name.endswith(".yaml")}
    return {name: found[name].read_text() for name in sorted(found)}


def load(name_or_path: str, overrides: Iterable[str] = (), compress: float = 1.0) -> Profile:
    """A built-in profile by name, or the file at a path. `overrides` are `key=value`, as of `--set`; with
    `compress` it runs in so much less time. Raises ProfileError."""
    known = built_in()
    if name_or_path in known:
        return read(known[name_or_path], name_or_path, overrides, compress)
    path = Path(name_or_path)
    if not path.is_file():
        raise ProfileError(f"{unknown('profile', name_or_path, known)}; nor is there such a file")
    try:
        return read(path.read_text(), path.stem, overrides, compress)
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: can't be read: {error}") from error


def read(text: str, name: str, overrides: Iterable[str] = (), compress: float = 1.0) -> Profile:
    """The profile that YAML says; `name` where it does not name itself. Raises ProfileError."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ProfileError(f"{name}: is no YAML: {error}") from error
    changes = [*overrides, *([f"compress={compress:g}"] if compress != 1 else [])]
    if changes:
        value = overridden(value, changes)
        text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    profile = _profile(Section(value, "", _KEYS), name)
    return replace(profile, source=text)


def _profile(section: Section, name: str) -> Profile:
    mode = section.read("mode", _mode, Mode.CONTACTS)
    agents = section.read("agents", _agents, None)
    profile = Profile(
        name=section.text("name", name),
        mode=mode,
        stages=_stages(section, mode),
        steps=_steps(section, agents),
        start=section.number("start"),
        description=section.text("description").strip(),
        thresholds=section.read("thresholds", thresholds_of, {}),
        agents=agents,
        patience=section.read("patience", distribution, NOTHING),
        retry=section.read("retry", _retry, None),
        limit_s=section.read("limit", seconds, 0.0),
        timeout_s=section.read("timeout", seconds, 10.0),
        connections=section.count("connections", 512),
        expected_rps=section.number("expected_rps"),
        file=section.text("file"),
        speed=section.number("speed", 1.0, above=0),
    )
    profile = scaled(profile, section.number("scale", 1.0, above=0))
    _check(section, profile)
    return compressed(profile, section.number("compress", 1.0, above=0))


def _check(section: Section, profile: Profile) -> None:
    replay = profile.mode is Mode.REPLAY
    if replay and not profile.file:
        raise ProfileError("file: mode replay needs the file that `aicc-loadgen record` made")
    if not replay and profile.file:
        raise ProfileError(f"file: is for mode replay, and the mode is {profile.mode}")
    if not profile.connections:
        raise ProfileError("connections: must be 1 or more")
    if profile.agents and profile.mode is Mode.RATE:
        raise ProfileError(
            f"agents: are for modes contacts, replay and ramping-vus, and the mode is {profile.mode}"
        )
    targets = [profile.start, *(stage.target for stage in profile.stages)]
    if profile.mode is Mode.VUS and any(target != int(target) for target in targets):
        raise ProfileError(f"stages: users are whole ones, not {max(targets, key=lambda one: one % 1):g}")
    if section.has("stages") and not any(targets):
        raise ProfileError("stages: no stage has a target above 0, so nothing would ever begin")


def _mode(value: object, path: str) -> Mode:
    if value not in list(Mode):
        raise ProfileError(f"{path}: {unknown('mode', str(value), list(Mode))}")
    return Mode(str(value))


def _stages(section: Section, mode: Mode) -> tuple[Stage, ...]:
    if section.has("stages"):
        return stages_of(section.get("stages"))
    if mode is Mode.REPLAY:
        return ()
    raise ProfileError("stages: must be there, such as 5m:100,10m:100,5m:0")


def _steps(section: Section, agents: Agents | None) -> tuple[Step, ...]:
    if not section.has("steps"):
        raise ProfileError("steps: must be there, such as [start: {think: 1s}, connect: {think: 2s}]")
    return steps_of(section.get("steps"), agents.queue if agents else _QUEUE)


def _agents(value: object, path: str) -> Agents:
    section = Section(value, path, _AGENTS)
    usual = Agents()
    found = Agents(
        queue=section.text("queue", usual.queue),
        seats=section.count("seats"),
        handling=section.read("handling", distribution, usual.handling),
        accept=section.read("accept", distribution, usual.accept),
        leave=section.number("leave"),
        leave_at_s=section.read("leave_at", seconds, 0.0),
    )
    if found.leave > 1:
        raise ProfileError(
            f"{section.at('leave')}: is a part of the agents, from 0 to 1, not {found.leave:g}"
        )
    return found


def _retry(value: object, path: str) -> Retry:
    section = Section(value, path, _RETRY)
    times = section.count("times")
    if not times:
        raise ProfileError(f"{section.at('times')}: must be 1 or more, not {shown(section.get('times'))}")
    return Retry(times, section.read("after", distribution, NOTHING))
