"""windows.jsonl: what was written comes back, however it was torn."""

import json

import pytest

from loadgen.results import lines
from loadgen.results.window import Window
from tests.loadgen.results.windows import window

STAGES = ("up", "hold")


def facts(one: Window) -> object:
    cells = {
        cell: (dict(tally.sent.counts), dict(tally.intended.counts), tally.bytes_in, tally.bytes_out)
        for cell, tally in one.cells.items()
    }
    latencies = (dict(one.lateness.counts), dict(one.loop_lag.counts))
    return cells, latencies, {**vars(one), "cells": 0, "lateness": 0, "loop_lag": 0}


def written(*windows: Window) -> bytes:
    return b"".join(lines.encode(one, STAGES) for one in windows)


def test_windows_come_back() -> None:
    some = [
        window(0, start={"ok": [0.01, 0.02]}),
        window(1, 1, start={"ok": [0.01], "shed": [0.2]}),
        window(2),
    ]
    again = list(lines.decode(written(*some).splitlines(keepends=True)))
    assert [facts(one) for one in again] == [facts(one) for one in some]


def test_a_line_says_its_stage_by_name() -> None:
    line = json.loads(written(window(4, 1, start={"ok": [0.01]})).splitlines()[0])
    assert (line["stage_name"], line["endpoint"], line["kind"], line["count"]) == ("hold", "start", "ok", 1)


@pytest.mark.parametrize("cut", [1, 5, 150, 400])
def test_a_torn_end_is_left_out(cut: int) -> None:
    whole = written(window(0, start={"ok": [0.01]}))
    torn = whole + written(window(1, start={"ok": [0.01]}))[:-cut]
    assert [one.second for one in lines.decode(torn.splitlines(keepends=True))] == [0]


def test_a_hole_in_the_middle_costs_its_second_only() -> None:
    first, second, third = (written(window(n, start={"ok": [0.01]})) for n in range(3))
    torn = first + second[:-30] + b"\n" + third
    assert [one.second for one in lines.decode(torn.splitlines(keepends=True))] == [0, 2]
