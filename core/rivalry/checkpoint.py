"""Checkpoints: safetensors and JSON, complete or absent, never pickle."""

import json
import os
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from attrs import frozen
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from rivalry.errors import RunError
from rivalry.files import write_atomically

FORMAT = 1


@frozen
class Checkpoint:
    """A checkpoint that was read and found whole."""

    path: Path
    step: int
    tensors: dict[str, Tensor]
    meta: dict[str, Any]


def folder_of(run: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return run / "checkpoints" / f"{step:08d}"


def write(run: Path, step: int, tensors: Mapping[str, Tensor], meta: Mapping[str, Any], keep: int) -> Path:
    """Write a checkpoint and remove all but the newest `keep`; OSError leaves the earlier ones as they were."""
    target = folder_of(run, step)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    for stray in target.parent.glob(".*.tmp"):  # of a process that was killed while it wrote
        shutil.rmtree(stray, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        content = save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})
        body = {"format": FORMAT, "step": step, "tensors": sha256(content).hexdigest(), **meta}
        text = json.dumps(body, indent=1)
        write_atomically(temporary / "tensors.safetensors", content)
        sealed = {"sha256": sha256(text.encode()).hexdigest(), "state": text}
        write_atomically(temporary / "state.json", json.dumps(sealed))
        if target.exists():
            shutil.rmtree(target)
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    past = [path for path in folders(run) if path.name <= target.name]  # a later one was passed over, being damaged
    for old in set(folders(run)) - set(past[-keep:]):
        shutil.rmtree(old, ignore_errors=True)
    return target


def folders(run: Path) -> list[Path]:
    """The checkpoint folders of a run, oldest first."""
    where = run / "checkpoints"
    return sorted(path for path in where.glob("[0-9]*") if path.is_dir()) if where.is_dir() else []


def read(path: Path) -> Checkpoint:
    """Read one checkpoint; RunError if anything in it is damaged."""
    try:
        envelope = json.loads((path / "state.json").read_bytes())
        text = envelope["state"]
        if sha256(text.encode()).hexdigest() != envelope["sha256"]:
            raise RunError(f"checkpoint {path} is damaged: its state does not have its checksum")
        meta = json.loads(text)
        content = (path / "tensors.safetensors").read_bytes()
        if sha256(content).hexdigest() != meta["tensors"]:
            raise RunError(f"checkpoint {path} is damaged: its tensors do not have their checksum")
        return Checkpoint(path, meta["step"], load(content), meta)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, SafetensorError) as error:
        raise RunError(f"checkpoint {path} is damaged: {type(error).__name__}: {error}") from error


def newest(run: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is whole, and what was wrong with newer ones."""
    complaints: list[str] = []
    for path in reversed(folders(run)):
        try:
            return read(path), complaints
        except RunError as error:
            complaints.append(str(error))
    return None, complaints
