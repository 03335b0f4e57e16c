"""From a path or a shipped name to one tree, with `extends` and settings applied."""

from pathlib import Path as File
from typing import Any

from rivalry.errors import Fault, SpecError, nearest
from rivalry.plugins import plugins
from rivalry.spec.merge import overlay, with_settings
from rivalry.spec.tree import Tree, read

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
    if not names or not all(isinstance(name, str) for name in names):
        raise SpecError(
            tree.placed([Fault(("extends",), f"wanted a spec by name or path, or a list of them, got {extends!r}")])
        )
    base: Tree | None = None
    for name in names:
        try:
            found = _open(name, folder, trail)
        except SpecError as error:
            if all(fault.place is None for fault in error.faults):
                faults = [Fault(("extends",), fault.message, fault.fix) for fault in error.faults]
                raise SpecError(tree.placed(faults)) from error
            raise
        base = found if base is None else overlay(base, found)
    assert base is not None
    return overlay(base, tree)
