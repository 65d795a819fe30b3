"""A table as a Parquet file, written row group by row group."""

import os
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pyarrow
from pyarrow import parquet

from infra.database.connection import CareError, Say, statement

_ROW_GROUP = 50_000
_TYPES: Mapping[str, pyarrow.DataType] = {
    "text": pyarrow.string(),
    "jsonb": pyarrow.string(),
    "bool": pyarrow.bool_(),
    "int2": pyarrow.int16(),
    "int4": pyarrow.int32(),
    "int8": pyarrow.int64(),
    "float8": pyarrow.float64(),
    "timestamptz": pyarrow.timestamp("us", tz="UTC"),
    "_text": pyarrow.list_(pyarrow.string()),
}


async def export(db: asyncpg.Connection, table: str, path: Path, say: Say) -> int:
    """Writes all rows of `table` in the order of its key; how many. Whoever is killed leaves no `path`."""
    columns = await db.fetch(statement("columns"), table)
    schema = pyarrow.schema([(row["name"].strip('"'), _type(table, row)) for row in columns])
    names = ", ".join(row["name"] for row in columns)
    unfinished = path.with_suffix(".part")
    rows = 0
    with parquet.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        async with db.transaction(isolation="repeatable_read", readonly=True):
            cursor = await db.cursor(f"SELECT {names} FROM {table} ORDER BY created_at, session_id")
            while lot := await cursor.fetch(_ROW_GROUP):
                writer.write_batch(pyarrow.RecordBatch.from_arrays(_arrays(lot, schema), schema=schema))
                rows += len(lot)
                say(f"{table}: {rows} rows written")
    keep(unfinished, path)
    return rows


def rows_in(path: Path) -> int:
    """How many rows the file says that it holds. Raises OSError and pyarrow's errors where it is none."""
    return int(parquet.ParquetFile(path).metadata.num_rows)


def _type(table: str, row: asyncpg.Record) -> pyarrow.DataType:
    if kind := _TYPES.get(row["type"]):
        return kind
    raise CareError(f"{table}: the column {row['name']} is of a type that is not exported ({row['type']}).")


def _arrays(lot: list[asyncpg.Record], schema: pyarrow.Schema) -> list[pyarrow.Array]:
    return [
        pyarrow.array([row[number] for row in lot], type=field.type) for number, field in enumerate(schema)
    ]


def keep(unfinished: Path, path: Path) -> None:
    """On the disk before its name is: the table may be dropped next."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
