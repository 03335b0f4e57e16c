"""Reading a run's folder: its lock, its spec, and what stands in for data that is not there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.errors import RunError
from rivalry.fields import Field
from rivalry.interfaces import Dataset
from rivalry.lock import Lock
from rivalry.spec.merge import with_settings
from rivalry.spec.model import Spec
from rivalry.spec.tree import read


def read_lock(folder: Path) -> Lock:
    """The lock of a run folder; RunError if it is none."""
    try:
        return Lock.of(json.loads((folder / "lock.json").read_bytes()))
    except FileNotFoundError as error:
        raise RunError(f"{folder} is not a run: it has no lock.json") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunError(f"{folder / 'lock.json'} cannot be read: {type(error).__name__}: {error}") from error


def read_spec(folder: Path, lock: Lock, settings: list[str] | None = None) -> Spec:
    """The spec of a run folder, without its data."""
    tree = read(folder / "spec.yaml")
    if isinstance(tree.value, dict) and "live" in tree.value.get("data", ()):
        tree.value = {**tree.value, "data": Absent(lock.fields)}
    return Spec.of(with_settings(tree, settings or []), lock.fields)


@frozen
class Absent(Dataset):
    """Data that a run was handed from Python and that is not here: only what it looks like is known."""

    name: ClassVar[str] = "absent"
    paper: ClassVar[str] = "none: a stand-in"

    known: Mapping[str, Field]

    @property
    def fields(self) -> Mapping[str, Field]:
        return self.known

    def __len__(self) -> int:
        raise RunError("this run's data was handed in from Python: hand it in again with data=...")

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        raise RunError(f"there are no {len(self)} rows")

    @property
    def fingerprint(self) -> str:
        return f"of {len(self)} rows"
