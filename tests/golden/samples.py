"""Two records of every kind: one that has all fields, one that has only those it must have."""

import re
from typing import Any

import msgspec
from msgspec import inspect

_DEEPEST = 4


def samples(kind: type[msgspec.Struct]) -> list[msgspec.Struct]:
    """Full first."""
    info = inspect.type_info(kind)
    return [msgspec.convert(_value(info, full, 0), kind) for full in (True, False)]


def _value(kind: inspect.Type, full: bool, depth: int) -> Any:
    match kind:
        case inspect.StructType():
            return _struct(kind, full and depth < _DEEPEST, depth)
        case inspect.Metadata(type=inner):
            return _value(inner, full, depth)
        case inspect.UnionType(types=types):
            some = [one for one in types if not isinstance(one, inspect.NoneType)]
            return _value(some[0], full, depth) if full or len(some) == len(types) else None
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return _items(item, full, depth)
        case inspect.SetType(item_type=item) | inspect.FrozenSetType(item_type=item):
            return _items(item, full, depth)
        case inspect.TupleType(item_types=types):
            return [_value(one, full, depth + 1) for one in types]
        case inspect.DictType(key_type=key, value_type=value):
            return {_value(key, full, depth): _value(value, full, depth + 1)} if full else {}
        case _:
            return _plain(kind)


def _items(item: inspect.Type, full: bool, depth: int) -> list[Any]:
    """One of each kind that the list may hold."""
    if not full or depth >= _DEEPEST:
        return []
    some = item.types if isinstance(item, inspect.UnionType) else (item,)
    return [_value(one, full, depth + 1) for one in some]


def _struct(kind: inspect.StructType, full: bool, depth: int) -> Any:
    wanted = [one for one in kind.fields if full or one.required]
    if kind.array_like:
        last = max((at for at, one in enumerate(kind.fields) if one in wanted), default=-1)
        found: list[Any] = [_value(one.type, full, depth + 1) for one in kind.fields[: last + 1]]
        return [kind.tag, *found] if kind.tag is not None else found
    head = {kind.tag_field: kind.tag} if kind.tag_field else {}
    return head | {one.encode_name: _value(one.type, full, depth + 1) for one in wanted}


def _plain(kind: inspect.Type) -> Any:
    match kind:
        case inspect.StrType(min_length=least, pattern=pattern):
            fitting = ("s" * max(1, least or 0), "", "en", "tel:+1555", "1", "2030-01-01", "09:00")
            return next(one for one in fitting if not pattern or re.search(pattern, one))
        case inspect.IntType(ge=ge, gt=gt, le=le):
            least = ge if ge is not None else gt + 1 if gt is not None else 3
            return min(max(least, 3), le if le is not None else 3)
        case inspect.FloatType(ge=ge, le=le):
            return min(max(ge or 0.0, 0.5), le if le is not None else 0.5)
        case inspect.BoolType():
            return True
        case inspect.BytesType():
            return b"bytes"
        case inspect.EnumType(cls=members):
            return next(iter(members)).value
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.AnyType():
            return "anything"
        case inspect.NoneType():
            return None
        case _:
            raise TypeError(f"no sample of {kind}")
