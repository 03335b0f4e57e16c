"""From a path or a shipped name to one tree, with `extends` and settings applied."""

from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

from attrs import evolve
from pydantic import ValidationError

from rivalry.errors import Fault, Path, Place, SpecError, nearest
from rivalry.plugins import plugins
from rivalry.spec.merge import overlay, with_settings
from rivalry.spec.schema import checked_entry
from rivalry.spec.tree import Tree, read
from rivalry.spec.words import relay

DEEPEST = 20


def tree_of(source: Any, settings: list[str]) -> Tree:
    """The tree of a path, a shipped name, or a mapping; SpecError if there is none."""
    if isinstance(source, Tree):
        tree = source
    elif isinstance(source, dict):
        tree = _extended(Tree(dict(source)), File(), ())
    else:
        tree = _open(str(source), File(), ())
    return with_settings(tree, settings)


def find(name: str, folder: File) -> File:
    """The file that a path or a shipped name means; SpecError with the nearest name."""
    shipped = plugins().specs()
    path = folder / name
    if name in shipped and not path.is_file():
        return shipped[name][0]
    if path.suffix in (".yaml", ".yml") or "/" in name or path.is_file():
        if path.is_file():
            return path
        raise SpecError(
            [Fault((), f"there is no spec file '{name}'", nearest(File(name).stem, shipped) if shipped else "")]
        )
    raise SpecError([Fault((), f"no spec is called '{name}'", nearest(name, shipped))])


def _open(name: str, folder: File, trail: tuple[File, ...]) -> Tree:
    file = find(name, folder)
    if file in trail or len(trail) > DEEPEST:
        raise SpecError(
            [Fault(("extends",), "a spec extends itself: " + " -> ".join(step.name for step in (*trail, file)))]
        )
    tree = read(file)
    if not isinstance(tree.value, dict) or not tree.value:
        got = repr(tree.value)[:40] if tree.value else "an empty file"
        raise SpecError(tree.placed([Fault((), f"wanted a mapping of sections, got {got}")]))
    return _extended(tree, file.parent, (*trail, file))


def _extended(tree: Tree, folder: File, trail: tuple[File, ...]) -> Tree:
    extends = tree.value.pop("extends", None)
    if extends is None:
        return tree
    names = extends if isinstance(extends, list) else [extends]
    if not names or not all(isinstance(name, str | dict) for name in names):
        wanted = "a spec by name or path, a variant, or a list of them"
        raise SpecError(tree.placed([Fault(("extends",), f"wanted {wanted}, got {extends!r}")]))
    base: Tree | None = None
    for index, name in enumerate(names):
        try:
            if isinstance(name, dict):
                path: Path = ("extends", index) if isinstance(extends, list) else ("extends",)
                found = _laid_out(name, path)
            else:
                found = _open(name, folder, trail)
        except SpecError as error:
            if all(fault.place is None for fault in error.faults):
                faults = [evolve(fault, path=fault.path or ("extends",)) for fault in error.faults]
                raise SpecError(tree.placed(faults)) from error
            raise
        base = found if base is None else overlay(base, found)
    assert base is not None
    return overlay(base, tree)


def _laid_out(value: dict[str, Any], path: Path) -> Tree:
    """The spec that a variant makes from its parameters; SpecError for parameters that it refuses."""
    try:
        use = checked_entry("variant", value)
        made = use.build().spec()
    except ValidationError as error:
        faults = [
            Fault((*path, *line["loc"]), context["message"], context["fix"], at_key=context["key"])
            for line in relay(error, {})
            if (context := line["type"].context)  # type: ignore[union-attr]
        ]
        raise SpecError(faults) from error
    except ValueError as error:
        raise SpecError([Fault(path, str(error))]) from error
    whole = Tree(made)
    place = Place(f"variant {use.name}")
    for at in leaves(made):
        whole.keys[at] = whole.values[at] = place
    return _extended(whole, File(), ())


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every path of a plain value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))
