"""Whether what was written by one release is read alike by another, by the JSON Schemas of both."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]


class Comparison:
    """An older and a newer document with `$defs`."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old, self._new = old["$defs"], new["$defs"]
        self._seen: set[tuple[str, str]] = set()

    def breaks(self, old: Any, new: Any, where: str) -> Iterator[str]:
        """What an older record or reader would not survive: a field that is gone, renamed, of another type
        or default, or newly required; a value or kind that is known no more."""
        if "$ref" in old and "$ref" in new:
            names = (_name(old), _name(new))
            if names not in self._seen:
                self._seen.add(names)
                yield from self.breaks(self._old[names[0]], self._new[names[1]], names[0])
            return
        old, new = _deref(old, self._old), _deref(new, self._new)
        if "anyOf" in old or "anyOf" in new:
            yield from self._alternatives(old, new, where)
            return
        if old.get("type") != new.get("type"):
            yield f"{where}: was {old.get('type')}, is {new.get('type')}"
            return
        gone = [one for one in old.get("enum", ()) if "enum" in new and one not in new["enum"]]
        if gone:
            yield f"{where}: {gone} are no values any more"
        if "properties" in old:
            yield from self._fields(old, new, where)
        if "prefixItems" in old:
            yield from self._places(old, new, where)
        for key in ("items", "additionalProperties"):
            if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
                yield from self.breaks(old[key], new[key], f"{where}[]")

    def _fields(self, old: Json, new: Json, where: str) -> Iterator[str]:
        for name, field in old["properties"].items():
            here = f"{where}.{name}"
            if name not in new.get("properties", {}):
                yield f"{here}: is gone"
                continue
            other = new["properties"][name]
            if "default" in field and "default" in other and field["default"] != other["default"]:
                yield f"{here}: its default was {field['default']!r}, is {other['default']!r}"
            yield from self.breaks(field, other, here)
        required = set(old.get("required", ()))
        for name in sorted(set(new.get("required", ())) - required):
            yield f"{where}.{name}: is required now"
        now_needed = set(new.get("required", ()))
        for name in sorted((required & new.get("properties", {}).keys()) - now_needed):
            yield f"{where}.{name}: may be left out now, and older readers need it"

    def _places(self, old: Json, new: Json, where: str) -> Iterator[str]:
        """Of what is written as an array: only its end may grow, by what has a default."""
        before, after = old["prefixItems"], new.get("prefixItems", [])
        if len(after) < len(before):
            yield f"{where}: {len(before) - len(after)} places are gone"
        for at, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from self.breaks(one, other, f"{where}[{at}]")
        if new.get("minItems", 0) > old.get("minItems", 0):
            yield f"{where}: more places are required"

    def _alternatives(self, old: Json, new: Json, where: str) -> Iterator[str]:
        """Each of the older ones has to be among the newer ones."""
        before, after = old.get("anyOf", [old]), new.get("anyOf", [new])
        named = {_kind(one, self._new): one for one in after}
        for one in before:
            other = named.get(_kind(one, self._old))
            if other is None:
                yield f"{where}: {_kind(one, self._old)} is gone"
            else:
                yield from self.breaks(one, other, where)


def differences(old: Json, new: Json) -> list[str]:
    """Of two documents as `tests.golden.write.schemas` makes them."""
    comparison = Comparison(old, new)
    found = [f"{name}: is gone" for name in old if name not in new]
    for name in old:
        if name != "$defs" and name in new:
            found += comparison.breaks(old[name], new[name], name)
    return found


def _name(one: Json) -> str:
    return str(one["$ref"]).rsplit("/", 1)[1]


def _deref(one: Json, defined: Json) -> Json:
    found: Json = defined[_name(one)] if "$ref" in one else one
    return found


def _kind(one: Json, defined: Json) -> str:
    """By which an alternative is found again: its tag, or its type."""
    schema = _deref(one, defined)
    for name in ("type", "kind", "feed"):
        tag = schema.get("properties", {}).get(name, {}).get("enum")
        if tag:
            return str(tag[0])
    return str(schema.get("type", schema.get("enum")))
