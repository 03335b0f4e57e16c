"""Third-party distributions made up on the spot: source text on the path, with the metadata that makes it a plugin."""

from collections.abc import Mapping
from pathlib import Path

COMPONENT = '''
from typing import ClassVar
from attrs import frozen
from rivalry import {base}, hookimpl

@frozen
class Stranger({base}):
    """What a stranger brings."""

    name: ClassVar[str] = "{name}"
    paper: ClassVar[str] = "none: a stranger's"

    discriminator = generator = __call__ = lambda self, *scores: scores[-1].mean()

@hookimpl
def rivalry_components():
    return [Stranger]
'''


def objective(name: str) -> str:
    """The source of a module with one objective."""
    return COMPONENT.format(base="Objective", name=name)


def operation(name: str) -> str:
    """The source of a module with one operation."""
    return COMPONENT.format(base="Operation", name=name)


def distribution(folder: Path, files: Mapping[str, str], package: str = "stranger") -> Path:
    """Write a package with an entry point of the group `rivalry`, as an installer would lay it out in `folder`."""
    for name, source in {"__init__.py": "", **files}.items():
        file = folder / package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[rivalry]\n{package} = {package}\n")
    return folder
