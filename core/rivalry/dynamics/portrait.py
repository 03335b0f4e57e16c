"""The phase portrait: the field as arrows, trajectories over it."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from rivalry.dynamics.paths import travel
from rivalry.dynamics.report import Report
from rivalry.dynamics.text import eigenvalues
from rivalry.dynamics.verdict import starts
from rivalry.errors import RunError

MISSING = "no picture: matplotlib is not installed; pip install 'rivalry[figures]'"
ARROWS = 21
FIELD, INK = "#b9bec6", "#33363b"
COLOURS = ("#d9480f", "#1c7ed6", "#2f9e44")


def drawn(report: Report, folder: Path, stem: str) -> list[Path]:
    """Write the portrait as PNG and SVG; ImportError where matplotlib is not installed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    flow = report.flow
    values = report.eigenvalues
    paths = report.verdict.paths
    if paths is None:
        paths = travel(flow, starts(report.setting), max(map(abs, values), default=0.0), time=40.0)
    points = paths.points.numpy()
    pairs = [(0, 1)] if report.setting.dimension == 1 else [(0, 1), (2, 3), (0, 2)]
    figure = Figure(figsize=(5.2 * len(pairs), 5.4), layout="constrained")
    axes = figure.subplots(1, len(pairs), squeeze=False)[0]
    for panel, (i, j) in zip(axes, pairs, strict=True):
        _panel(panel, report, points, i, j)
    figure.suptitle(f"{report.title}: {report.verdict.kind}\neigenvalues {eigenvalues(values)}", fontsize=10, color=INK)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix in ("png", "svg"):
            with matplotlib.rc_context({"svg.hashsalt": "rivalry", "svg.fonttype": "none"}):
                figure.savefig(folder / f"{stem}.{suffix}", dpi=120, metadata={"Date": None} if suffix == "svg" else {})
            written.append(folder / f"{stem}.{suffix}")
    except OSError as error:
        raise RunError(f"cannot write to {folder}: {error.strerror}") from error
    return written


def _panel(panel: Any, report: Report, points: Any, i: int, j: int) -> None:
    names = report.setting.names
    seen = points[:, :, [i, j]]
    reach = float(np.clip(1.15 * np.abs(seen).max(), 0.5, 8.0))
    line = np.linspace(-reach, reach, ARROWS)
    across, up = np.meshgrid(line, line)
    states = torch.zeros(ARROWS**2, len(names), dtype=torch.float64)
    states[:, i], states[:, j] = torch.from_numpy(across.ravel()), torch.from_numpy(up.ravel())
    velocity = report.flow(report.setting.equilibrium + states)[:, [i, j]].numpy()
    speed = np.linalg.norm(velocity, axis=1, keepdims=True)
    unit = velocity / np.maximum(speed, 1e-12)
    panel.quiver(across, up, *unit.T, color=FIELD, scale=1.4 * ARROWS, width=0.003, pivot="mid")
    for index, colour in zip(range(seen.shape[1]), COLOURS):
        panel.plot(*seen[:, index].T, color=colour, linewidth=0.9)
        panel.plot(*seen[0, index], "o", color=colour, markersize=4)
    panel.plot(0, 0, "+", color=INK, markersize=9)
    panel.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=names[i], ylabel=names[j], aspect="equal")
