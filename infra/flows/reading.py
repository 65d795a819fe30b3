"""Flows from a file, from a pool as it is published, or the one that is built in."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from infra import config_publish
from infra.config_file import yaml_problem
from runtime.reach import reaching_kafka
from runtime.settings import Settings, read_settings
from schemas.config import ConfigError, Configuration, flows_of
from schemas.flow_builtin import BUILT_IN
from schemas.flows import Flow

BUILT_IN_NAME = "built-in"


def flows_from(source: str) -> Sequence[Flow]:
    """The flows of a file (a flow, or a configuration of pools) or else of the pool of that name, with hours
    that can be asked. They are not checked. Raises ConfigError, and click's own where Kafka is away."""
    if Path(source).is_file():
        found = _of_file(Path(source))
    elif source == BUILT_IN_NAME:
        found = (BUILT_IN,)
    elif Path(source).suffix or "/" in source:
        raise ConfigError(f"{source}: there is no such file")
    else:
        found = _of_pool(source)
    if not found:
        raise ConfigError(f"{source}: there is no flow in it")
    return [_compiled(flow) for flow in found]


def one_of(flows: Sequence[Flow], name: str) -> Flow:
    """The flow of that name; without one the only flow, or `main`. Raises ConfigError."""
    named = {flow.name: flow for flow in flows}
    wanted = name or (flows[0].name if len(flows) == 1 else BUILT_IN.name)
    if wanted not in named:
        raise ConfigError(f"there is no flow {wanted!r}, but {', '.join(sorted(named))}: say --flow")
    return named[wanted]


def _of_file(path: Path) -> Sequence[Flow]:
    try:
        text = path.read_text(encoding="utf-8")
        if isinstance(whole := msgspec.yaml.decode(text), dict) and "pools" in whole:
            configuration = msgspec.convert(whole, Configuration)
            return [flow for pool in configuration.pools for flow in flows_of(pool)]
        return [msgspec.convert(whole, Flow)]
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start + 1} is not UTF-8") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}{yaml_problem(error.__context__, text) or f': {error}'}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _of_pool(name: str) -> Sequence[Flow]:
    bootstrap = read_settings(Settings).kafka_bootstrap
    with reaching_kafka(bootstrap):
        pools = asyncio.run(config_publish.published(bootstrap))
    if name not in pools:
        raise ConfigError(f"there is no file and no pool {name!r}")
    return flows_of(pools[name])


def _compiled(flow: Flow) -> Flow:
    """Hours with a zone that there is not are left as they are: the check says so."""
    now = datetime.now(UTC)
    hours = (one if list(one.errors()) else one.compiled(now) for one in flow.hours)
    return replace(flow, hours=tuple(hours))
