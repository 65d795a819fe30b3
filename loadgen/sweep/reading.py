"""Plans from YAML: the built-in ones by name, others by path. All that is wrong is said at once."""

import os
import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import yaml

from loadgen.engine.address import Address
from loadgen.profiles.reading import load as load_profile
from loadgen.profiles.sections import ProfileError, Section, items, seconds, shown, text, texts, unknown
from loadgen.sweep.metrics import metric_in
from loadgen.sweep.plan import Kind, Measure, Metric, Plan, Setting, Target

T = TypeVar("T")
_NONE: tuple[str, ...] = ()
_PLACE = files("loadgen.sweep") / "plans"
_KEYS = (
    "description", "left_out", "measure", "metrics", "name", "overrides", "profile", "runs", "search",
    "settings", "stage", "target", "watch",
)  # fmt: skip
_TARGET = ("url", "start", "ready", "environment", "scrape", "ready_within", "stop_within")
_SETTING = ("name", *Kind, "values", "note")
_NAMED = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


class PlanError(ValueError):
    """A plan is refused; `errors` name the path of each thing that is wrong."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def built_in() -> dict[str, str]:
    """The YAML of each built-in plan, by name."""
    found = {Path(one.name).stem: one for one in _PLACE.iterdir() if one.name.endswith(".yaml")}
    return {name: found[name].read_text() for name in sorted(found)}


def load(name_or_path: str, overrides: tuple[str, ...] = (), environ: Mapping[str, str] = os.environ) -> Plan:
    """A built-in plan by name, or the file at a path, with further overrides. Raises PlanError."""
    known = built_in()
    if name_or_path in known:
        return read(known[name_or_path], name_or_path, overrides, environ)
    path = Path(name_or_path)
    if not path.is_file():
        raise PlanError([f"{unknown('plan', name_or_path, known)}; nor is there such a file"])
    try:
        return read(path.read_text(), path.stem, overrides, environ)
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError([f"{path}: can't be read: {error}"]) from error


def read(
    source: str, name: str, overrides: tuple[str, ...] = (), environ: Mapping[str, str] = os.environ
) -> Plan:
    """The plan that YAML says; `name` where it does not name itself. Raises PlanError."""
    try:
        value = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise PlanError([f"{name}: is no YAML: {error}"]) from error
    reader = _Reader(environ)
    plan = reader.plan(value, name, source, overrides)
    if reader.errors or plan is None:
        raise PlanError(reader.errors)
    return plan


class _Reader:
    """Reads on after an error, to say all of them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.errors: list[str] = []
        self._paths: dict[str, str] = {}
        """Where each setting stands, by its key."""

        self._environ = environ

    def plan(self, value: object, name: str, source: str, more: tuple[str, ...]) -> Plan | None:
        section = self._section(value, "", _KEYS, "the plan")
        if section is None:
            return None
        overrides = (*self._take(lambda: _pairs(section), _NONE), *more)
        measure = self._take(lambda: section.read("measure", _measure, Measure.RUN), Measure.RUN)
        stage = self._take(lambda: section.text("stage"), "")
        plan = Plan(
            name=self._take(lambda: section.text("name", name), name),
            description=self._take(lambda: section.text("description"), "").strip(),
            profile=self._take(lambda: section.text("profile"), ""),
            target=self._target(section),
            metrics=self._metrics(section, stage, measure),
            settings=self._settings(section),
            overrides=overrides,
            measure=measure,
            search=self._take(lambda: section.read("search", texts, _NONE), _NONE),
            watch=self._take(lambda: section.flag("watch"), False),
            runs=self._take(lambda: section.count("runs", 5), 5) or 5,
            left_out=self._take(lambda: _texts_by_name(section, "left_out"), {}),
            source=source,
        )
        self._check(plan)
        return plan

    def _target(self, section: Section) -> Target:
        if not section.has("target"):
            self.errors.append("target: must be there, such as {url: http://127.0.0.1:8080}")
            return Target("")
        inner = self._section(section.get("target"), "target", _TARGET)
        if inner is None:
            return Target("")
        url = self._addressed(inner, "url")
        if "${" not in url:
            self._take(lambda: _address(url, "target.url"), None)
        ready = self._addressed(inner, "ready")
        start = self._take(lambda: inner.read("start", texts, _NONE), _NONE)
        if start and not ready:
            self.errors.append("target.ready: must be there: the URL that answers when it is ready")
        return Target(
            url=url,
            start=tuple(self._known_or_not(one, "target.start") for one in start),
            ready=ready,
            environment=self._environment(inner),
            scrape=self._addressed(inner, "scrape"),
            ready_s=self._take(lambda: inner.read("ready_within", seconds, 60.0), 60.0),
            stop_s=self._take(lambda: inner.read("stop_within", seconds, 20.0), 20.0),
        )

    def _environment(self, section: Section) -> dict[str, str]:
        given: dict[str, str] = self._take(lambda: _texts_by_name(section, "environment"), {})
        at = "target.environment"
        return {name: self._known_or_not(value, f"{at}.{name}") for name, value in given.items()}

    def _addressed(self, section: Section, key: str) -> str:
        return self._known_or_not(self._take(lambda: section.text(key), ""), section.at(key))

    def _known_or_not(self, written: str, path: str) -> str:
        return self._take(lambda: self._known(written, path), written)

    def _metrics(self, section: Section, stage: str, measure: Measure) -> tuple[Metric, ...]:
        def read(value: object, path: str) -> Metric | None:
            return self._take(lambda: metric_in(value, path, stage, measure), None)

        found = [read(one, path) for one, path in self._listed(section, "metrics", "p95")]
        known = tuple(one for one in found if one is not None)
        self._doubled("metrics", [one.name for one in known])
        return known

    def _settings(self, section: Section) -> tuple[Setting, ...]:
        def read(value: object, path: str) -> Setting | None:
            inner = self._section(value, path, _SETTING)
            setting = self._take(lambda: _setting(inner), None) if inner else None
            if setting:
                self._paths[setting.key] = path
            return setting

        found = [
            read(one, path)
            for one, path in self._listed(section, "settings", "{variable: X, values: [1, 2]}")
        ]
        known = tuple(one for one in found if one is not None)
        self._doubled("settings", [one.key for one in known])
        return known

    def _listed(self, section: Section, key: str, such: str) -> list[tuple[object, str]]:
        """The entries of a list that may not be empty, each with its path."""
        if not section.get(key):
            self.errors.append(f"{key}: there is none, such as {such}")
            return []
        nothing: list[object] = []
        found = self._take(lambda: items(section.get(key), key), nothing)
        return [(one, f"{key}[{index}]") for index, one in enumerate(found)]

    def _check(self, plan: Plan) -> None:
        if not plan.profile:
            self.errors.append("profile: must be there, a built-in one by name or a file")
            return
        self._take(lambda: load_profile(plan.profile, plan.overrides), None)
        for setting in plan.settings:
            if setting.kind is not Kind.OVERRIDE and not plan.target.start:
                what = f"{self._paths[setting.key]}.{setting.kind}"
                self.errors.append(
                    f"{what}: nothing is started (target.start), so only overrides can be varied"
                )
            if setting.kind is Kind.OVERRIDE:
                self._check_override(plan, setting)
        if plan.watch and plan.measure is Measure.CAPACITY:
            self.errors.append("watch: is for runs, and measure is capacity")

    def _check_override(self, plan: Plan, setting: Setting) -> None:
        for number, value in enumerate(setting.values):
            try:
                load_profile(plan.profile, (*plan.overrides, f"{setting.key}={value}"))
            except ProfileError as error:
                self.errors.append(f"{self._paths[setting.key]}.values[{number}]: {error}")

    def _doubled(self, path: str, names: list[str]) -> None:
        self.errors.extend(
            f"{path}: {name} stands there twice"
            for name in sorted({one for one in names if names.count(one) > 1})
        )

    def _section(
        self, value: object, path: str, allowed: tuple[str, ...], called: str = ""
    ) -> Section | None:
        if not isinstance(value, dict):
            self.errors.append(f"{path or called}: must be a mapping, not {shown(value)}")
            return None
        for key in [key for key in value if key not in allowed]:
            at = f"{path}.{key}" if path else str(key)
            self.errors.append(f"{at}: {unknown('key', str(key), allowed)}")
        return Section({key: one for key, one in value.items() if key in allowed}, path, allowed)

    def _take(self, read: Callable[[], T], default: T) -> T:
        try:
            return read()
        except ProfileError as error:
            self.errors.append(str(error))
            return default

    def _known(self, written: str, path: str) -> str:
        """With the values of the environment's variables in it."""

        def value(found: re.Match[str]) -> str:
            name, default = found.groups()
            if name == "instance":
                return found[0]
            known = self._environ.get(name) or default
            if known is None:
                raise ProfileError(f"{path}: the environment has no {name}")
            return known

        return _NAMED.sub(value, written)


def _setting(section: Section) -> Setting:
    given = [kind for kind in Kind if section.has(kind)]
    if len(given) != 1:
        raise ProfileError(
            f"{section.path}: must have one of {', '.join(Kind)}, not {' and '.join(given) or 'none'}"
        )
    kind = given[0]
    if kind is Kind.INSTANCES:
        key, values = "instances", texts(section.get(kind), section.at(kind))
        if section.has("values"):
            where = section.at(kind)
            raise ProfileError(f"{section.at('values')}: the values of instances stand in {where}")
    else:
        key, values = section.text(kind), texts(section.get("values"), section.at("values"))
    _check_values(section, kind, values)
    return Setting(section.text("name", key), kind, key, values, section.text("note"))


def _check_values(section: Section, kind: Kind, values: tuple[str, ...]) -> None:
    at = section.at("instances" if kind is Kind.INSTANCES else "values")
    if len(set(values)) != len(values) or len(values) < 2:
        raise ProfileError(
            f"{at}: must be two or more different values, the baseline's first, not {shown(values)}"
        )
    if kind is Kind.INSTANCES and not all(value.isdigit() and int(value) for value in values):
        raise ProfileError(f"{at}: must be whole numbers from 1 on, not {shown(values)}")


def _pairs(section: Section) -> tuple[str, ...]:
    return tuple(f"{key}={value}" for key, value in _texts_by_name(section, "overrides").items())


def _texts_by_name(section: Section, key: str) -> dict[str, str]:
    value, path = section.get(key) or {}, section.at(key)
    if not isinstance(value, dict):
        raise ProfileError(f"{path}: must be a mapping, not {shown(value)}")
    return {str(name): _written(one, f"{path}.{name}") for name, one in value.items()}


def _written(value: object, path: str) -> str:
    return str(value).lower() if isinstance(value, bool) else text(value, path)


def _measure(value: object, path: str) -> Measure:
    if value not in list(Measure):
        raise ProfileError(f"{path}: {unknown('measure', str(value), list(Measure))}")
    return Measure(str(value))


def _address(url: str, path: str) -> None:
    try:
        Address.of(url)
    except ValueError as error:
        raise ProfileError(f"{path}: {error}") from error
