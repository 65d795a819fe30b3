"""Configuration files: YAML in and out."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import yaml

from schemas.config import ConfigError, Configuration, PoolConfig
from schemas.config_change import as_written

_HEAD = """\
# Every `version` is the published one: aicc-config apply refuses the file once there is a newer one. Without
# the line it follows any.
"""


def read_file(path: Path) -> Configuration:
    """The configuration in a YAML file. Raises ConfigError naming the path of each error."""
    try:
        text = path.read_text(encoding="utf-8")
        configuration = msgspec.yaml.decode(text, type=Configuration)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start + 1} is not UTF-8") from error
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{path}{yaml_problem(error.__context__, text) or f': {error}'}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    configuration.check()
    return configuration


def to_yaml(pools: Iterable[PoolConfig]) -> str:
    """A file that says what the pools are."""
    whole = Configuration(pools=tuple(map(as_written, pools)))
    return _HEAD + yaml.safe_dump(
        msgspec.to_builtins(whole), sort_keys=False, allow_unicode=True, default_flow_style=None, width=110
    )


def yaml_problem(error: BaseException | None, text: str) -> str:
    """Where the text is no YAML, and why; empty if that is not what is wrong."""
    match error:
        case yaml.MarkedYAMLError(problem_mark=mark, problem=problem) if mark:
            return f", line {mark.line + 1}, column {mark.column + 1}: {problem}"
        case yaml.reader.ReaderError(position=int(at)):
            before = text.encode()[:at].decode(errors="ignore").split("\n")
            return f", line {len(before)}, column {len(before[-1]) + 1}: a character that YAML does not allow"
        case _:
            return ""
