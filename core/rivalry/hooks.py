"""The hooks that a plugin may implement."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from rivalry.interfaces import Component
    from rivalry.measured import Number
    from rivalry.run import Run

hookspec = pluggy.HookspecMarker("rivalry")
hookimpl = pluggy.HookimplMarker("rivalry")
"""Marks a plugin's implementation of a hook."""


@hookspec
def rivalry_components() -> "Iterable[type[Component]]":
    """Return component classes of any kind; each class's base says which."""
    return ()


@hookspec
def rivalry_specs() -> Iterable[Path]:
    """Return folders whose `*.yaml` files are named specs."""
    return ()


@hookspec
def rivalry_run_started(run: "Run") -> None:
    """A run is about to make its first step (or its first since it was resumed)."""


@hookspec
def rivalry_step_finished(run: "Run", step: int, losses: "Mapping[str, Any]") -> None:
    """Step `step` is done. `losses` holds host floats on steps that are logged and is empty on the others."""


@hookspec
def rivalry_evaluated(run: "Run", step: int, scores: "Mapping[str, Number]") -> None:
    """The spec's metrics have been computed after step `step`."""


@hookspec
def rivalry_checkpoint_saved(run: "Run", path: Path) -> None:
    """A checkpoint is complete on disk at `path`."""


@hookspec
def rivalry_run_finished(run: "Run") -> None:
    """The run has ended: done, interrupted or failed (`run.status` says which)."""
