"""Overlays: `extends`, and single values from the command line."""

from typing import Any

from rivalry.errors import Fault, Path, Place, SpecError, nearest
from rivalry.spec.tree import Tree, parse

NAMING = {"use", "objective", "penalty"}
"""The keys by which a mapping names a component; which of them a loss has is its form."""


def overlay(base: Tree, over: Tree) -> Tree:
    """`base` changed by `over`: mappings merge by name, null removes, everything else replaces.

    A mapping that names another component than the one it covers, or begins or ceases to name one, starts afresh.
    """
    result = Tree(base.value, dict(base.keys), dict(base.values), [*base.faults, *over.faults])
    result.value = _merge(base.value, over.value, (), result, over)
    return result


def _forget(tree: Tree, path: Path) -> None:
    for table in (tree.keys, tree.values):
        for key in [key for key in table if key[: len(path)] == path]:
            del table[key]


def _adopt(tree: Tree, over: Tree, path: Path) -> None:
    _forget(tree, path)
    for mine, theirs in ((tree.keys, over.keys), (tree.values, over.values)):
        mine.update({key: place for key, place in theirs.items() if key[: len(path)] == path})


def _merge(base: Any, over: Any, path: Path, tree: Tree, source: Tree) -> Any:
    if isinstance(base, str) and isinstance(over, dict) and "use" not in over and path[:1] != ("flow",):
        base = {"use": base}  # a bare name is short for a mapping that names it
    if not (isinstance(base, dict) and isinstance(over, dict)) or _afresh(base, over, path):
        _adopt(tree, source, path)
        return _without_nulls(over)
    merged = dict(base)
    for key, value in over.items():
        here = (*path, key)
        if value is None:
            merged.pop(key, None)
            _forget(tree, here)
        elif key in merged:
            merged[key] = _merge(merged[key], value, here, tree, source)
        else:
            merged[key] = _without_nulls(value)
            _adopt(tree, source, here)
    return merged


def _afresh(base: dict[str, Any], over: dict[str, Any], path: Path) -> bool:
    """Whether `over` names another component than `base`, or begins or ceases to name one."""
    names_entries = len(path) == 1 and path[0] in _SECTIONS and path[0] != "data"  # a loss may be called `penalty`
    if NAMING & over.keys() and not names_entries:
        return NAMING & over.keys() != NAMING & base.keys() or over.get("use") != base.get("use")
    several = any(isinstance(value, dict) and "use" in value for value in over.values())
    return path == ("data",) and "use" in base and several


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(item) for key, item in value.items() if item is not None}


def with_settings(tree: Tree, settings: list[str]) -> Tree:
    """The tree with each `path=value` of the command line laid over it; SpecError for a malformed one."""
    for setting in settings:
        path_text, equals, text = setting.partition("=")
        place = Place(f"--set {setting}")
        parts = [part for part in path_text.strip().split(".") if part]
        if not equals or not parts:
            raise SpecError([Fault((), f"wanted path=value, got '{setting}'", "e.g. --set train.steps=500", place)])
        try:
            read = parse(text, place.file)
            if read.faults:
                raise SpecError(read.faults)
        except SpecError as error:
            faults = [Fault((*parts, *fault.path), fault.message, fault.fix, place) for fault in error.faults]
            raise SpecError(faults) from error
        if parts[0] not in tree.value and len(parts) > 1 and parts[0] not in _SECTIONS:
            raise SpecError([Fault(tuple(parts), "is not known here", nearest(parts[0], _SECTIONS), place)])
        nested: Any = read.value if text.strip() else None
        for part in reversed(parts):
            nested = {part: nested}
        over = Tree(nested)
        for length in range(1, len(parts) + 1):
            over.keys[tuple(parts[:length])] = over.values[tuple(parts[:length])] = place
        tree = overlay(tree, over)
    return tree


_SECTIONS = (
    "data", "latents", "generators", "discriminators", "encoders", "layers", "augments", "schedules", "flow", "losses",
    "players", "stages", "metrics", "accept", "train",
)  # fmt: skip
