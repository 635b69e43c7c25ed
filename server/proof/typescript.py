"""The wire types as TypeScript, made from the structs that decode and encode them.

`lanjian docs` writes them to `web/src/api/types.ts`, so that a page which reads a field that no
view has, or sends one that no request takes, does not build.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import types
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import msgspec
from msgspec import inspect

import realtime.wire
from handlers.errors import ErrorBody
from realtime.wire.views import View

HEAD = "// Made by `lanjian docs` from realtime/wire; instants are RFC 3339 texts, money is fen.\n"
PLAIN: dict[type[inspect.Type], str] = {
    inspect.AnyType: "unknown",
    inspect.BoolType: "boolean",
    inspect.BytesType: "string",
    inspect.CustomType: "unknown",
    inspect.DateTimeType: "string",
    inspect.DateType: "string",
    inspect.FloatType: "number",
    inspect.IntType: "number",
    inspect.NoneType: "null",
    inspect.RawType: "unknown",
    inspect.StrType: "string",
}


def types_ts() -> str:
    """Write every struct of the wire, and the unions that modules give a name."""
    wire = [importlib.import_module(f"{realtime.wire.__name__}.{name}") for name in _modules()]
    structs = [struct for module in wire for struct in _structs(module)] + [ErrorBody]
    names = _names(structs)
    parts = [_interface(struct, names) for struct in structs]
    parts += [_alias(*named, names) for module in wire for named in _unions(module)]
    return "\n".join([HEAD, *parts])


def _modules() -> Iterator[str]:
    return (found.name for found in pkgutil.iter_modules(realtime.wire.__path__))


def _structs(module: ModuleType) -> Iterator[type[msgspec.Struct]]:
    for value in vars(module).values():
        own = isinstance(value, type) and issubclass(value, msgspec.Struct)
        if own and value.__module__ == module.__name__:
            yield value


def _unions(module: ModuleType) -> Iterator[tuple[str, types.UnionType]]:
    for name, value in vars(module).items():
        if isinstance(value, types.UnionType):
            yield name, value


def _names(structs: list[type[msgspec.Struct]]) -> dict[type, str]:
    """Two modules may use one name: both are then called by their module's name as well."""
    often = Counter(struct.__name__ for struct in structs)
    return {
        struct: struct.__name__ if often[struct.__name__] == 1 else _with_module(struct)
        for struct in structs
    }


def _with_module(struct: type) -> str:
    module = struct.__module__.rpartition(".")[2].title().replace("_", "")
    return f"{module}{struct.__name__}"


def _interface(struct: type[msgspec.Struct], names: dict[type, str]) -> str:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    # What has a default need not be sent; views are sent whole.
    whole = issubclass(struct, View)
    lines = [f"export interface {names[struct]} {{"]
    if info.tag_field:
        lines.append(f"  {info.tag_field}: {json.dumps(info.tag)};")
    for field in info.fields:
        kind = _typed(field.type, names)
        optional = not (field.required or whole)
        lines.append(f"  {field.encode_name}{'?' if optional else ''}: "
                     f"{kind}{' | undefined' if optional else ''};")  # fmt: skip
    return "\n".join([*lines, "}", ""])


def _alias(name: str, union: types.UnionType, names: dict[type, str]) -> str:
    return f"export type {name} = {_typed(inspect.type_info(union), names)};\n"


def _typed(kind: inspect.Type, names: dict[type, str]) -> str:
    if isinstance(kind, inspect.Metadata):
        return _typed(kind.type, names)
    if type(kind) in PLAIN:
        return PLAIN[type(kind)]
    if isinstance(kind, inspect.StructType):
        return names[kind.cls]
    if isinstance(kind, inspect.UnionType):
        return " | ".join(_typed(one, names) for one in kind.types)
    if isinstance(kind, (inspect.LiteralType, inspect.EnumType)):
        return " | ".join(json.dumps(value) for value in _values(kind))
    return _collection(kind, names)


def _values(kind: inspect.LiteralType | inspect.EnumType) -> list[Any]:
    if isinstance(kind, inspect.LiteralType):
        return list(kind.values)
    return [member.value for member in kind.cls]


def _collection(kind: inspect.Type, names: dict[type, str]) -> str:
    if isinstance(kind, inspect.TupleType):
        return f"[{', '.join(_typed(one, names) for one in kind.item_types)}]"
    if isinstance(kind, (inspect.ListType, inspect.VarTupleType, inspect.SetType)):
        return f"readonly ({_typed(kind.item_type, names)})[]"
    if isinstance(kind, inspect.DictType):
        return f"Readonly<Record<string, {_typed(kind.value_type, names)}>>"
    raise TypeError(f"no TypeScript for {kind}")
