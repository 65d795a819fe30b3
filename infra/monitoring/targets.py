"""Whom to ask for metrics: who is named with --target, else the local platform."""

import re
from collections.abc import Mapping, Sequence

import click

from infra import settings
from infra.services import metrics_targets


def chosen_targets(given: Sequence[str]) -> Mapping[str, str]:
    """Addresses by name, of NAME=HOST:PORT each; the local platform's where none is given. Raises
    click.BadParameter."""
    for one in given:
        if not re.fullmatch(r"[^=\s]+=[^=\s]+:\d+", one):
            raise click.BadParameter(f"{one!r} is not NAME=HOST:PORT", param_hint="--target")
    if given:
        return dict(one.split("=") for one in given)
    chosen = settings.read()
    return metrics_targets(chosen.metrics_base_port, chosen.gateway_port)
