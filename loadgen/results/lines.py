"""A window as lines of windows.jsonl, and back. Pure.

One line a second with what is about all of it, then one for each stage × endpoint × kind. A second is whole
when its line is there: it stands last.
"""

from collections.abc import Iterable, Iterator

import msgspec

from loadgen.engine import Latencies
from loadgen.results import hdr
from loadgen.results.window import Cell, Tally, Window


class CellLine(msgspec.Struct, tag="cell", tag_field="line", frozen=True, kw_only=True):
    """Requests that ended in `second`. Both latencies are HdrHistogram's base64, in microseconds."""

    second: int
    stage: int
    stage_name: str
    endpoint: str
    kind: str
    count: int
    http_req_duration: str
    response_time: str
    bytes_in: int
    bytes_out: int


class SecondLine(msgspec.Struct, tag="second", tag_field="line", frozen=True, kw_only=True):
    """Window's figures of the same names; lateness and loop_lag are HdrHistogram's base64."""

    second: int
    stage: int
    stage_name: str
    intended: int
    begun: int
    dropped: int
    vus: int
    iterations: int
    counts: dict[str, int]
    lateness: str
    loop_lag: str
    cpu_s: float
    processes: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(CellLine | SecondLine).decode


def encode(window: Window, stages: tuple[str, ...]) -> bytes:
    """All lines of one second, each ended. `stages` are the stages' names."""
    name = _name(stages, window.stage)
    lines: list[CellLine | SecondLine] = [
        _cell(window.second, cell, tally, stages) for cell, tally in window.cells.items()
    ]
    lines.append(
        SecondLine(
            second=window.second,
            stage=window.stage,
            stage_name=name,
            intended=window.intended,
            begun=window.begun,
            dropped=window.dropped,
            vus=window.vus,
            iterations=window.iterations,
            counts=window.counts,
            lateness=hdr.encode(window.lateness),
            loop_lag=hdr.encode(window.loop_lag),
            cpu_s=round(window.cpu_s, 6),
            processes=window.processes,
        )
    )
    return b"".join(_encode(line) + b"\n" for line in lines)


def decode(lines: Iterable[bytes]) -> Iterator[Window]:
    """The windows, in the file's order; what a torn end leaves of a second is left out."""
    cells: list[CellLine] = []
    for raw in lines:
        if not raw.endswith(b"\n"):
            return
        try:
            line = _decode(raw)
            if isinstance(line, CellLine):
                cells.append(line)
                continue
            yield _window(line, cells)
        except (msgspec.MsgspecError, hdr.NotHdr):
            # Where a full disk tore a line and a later one found room again.
            pass
        cells = []


def _name(stages: tuple[str, ...], stage: int) -> str:
    return stages[stage] if 0 <= stage < len(stages) else str(stage)


def _cell(second: int, cell: Cell, tally: Tally, stages: tuple[str, ...]) -> CellLine:
    return CellLine(
        second=second,
        stage=cell.stage,
        stage_name=_name(stages, cell.stage),
        endpoint=cell.endpoint,
        kind=cell.kind,
        count=tally.count,
        http_req_duration=hdr.encode(tally.sent),
        response_time=hdr.encode(tally.intended),
        bytes_in=tally.bytes_in,
        bytes_out=tally.bytes_out,
    )


def _window(line: SecondLine, cells: list[CellLine]) -> Window:
    return Window(
        second=line.second,
        stage=line.stage,
        cells={
            Cell(one.stage, one.endpoint, one.kind): Tally(
                _read(one.http_req_duration), _read(one.response_time), one.bytes_in, one.bytes_out
            )
            for one in cells
            if one.second == line.second
        },
        intended=line.intended,
        begun=line.begun,
        dropped=line.dropped,
        vus=line.vus,
        iterations=line.iterations,
        counts=line.counts,
        lateness=_read(line.lateness),
        loop_lag=_read(line.loop_lag),
        cpu_s=line.cpu_s,
        processes=line.processes,
    )


def _read(text: str) -> Latencies:
    return hdr.decode(text)
