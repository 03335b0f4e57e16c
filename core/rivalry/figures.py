"""Figures of a comparison: numbers with their errors, or how they went during training."""

from collections.abc import Mapping
from math import ceil, isfinite
from pathlib import Path
from statistics import fmean
from textwrap import fill
from typing import Any

from rivalry.comparing import Comparison
from rivalry.errors import RunError
from rivalry.readings import Reading

MISSING = "no figure: matplotlib is not installed; pip install 'rivalry[figures]'"
ENDINGS = (".png", ".svg", ".pdf")
INK, QUIET, GRID, BEST, TIE = "#33363b", "#7b828c", "#e6e8eb", "#d9480f", "#f0a37a"
COLOURS = ("#1c7ed6", "#d9480f", "#2f9e44", "#9c36b5", "#e8a200", "#0c8599", "#c2255c", "#5c636e")
ACROSS = 3


def draw(found: Comparison, file: Path, over_time: bool = False) -> None:
    """Write the numbers, or their course over steps, to a PNG, SVG or PDF; RunError in words."""
    if file.suffix.lower() not in ENDINGS:
        raise RunError(f"a figure is a {', '.join(ENDINGS)} file, not '{file.name}'")
    try:
        import matplotlib

        matplotlib.use("Agg")
    except ImportError as error:
        raise RunError(MISSING) from error
    style: Any = {
        **{f"axes.spines.{side}": False for side in ("top", "right", "left")},
        **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
        "axes.edgecolor": QUIET, "font.size": 9, "axes.titlesize": 9.5,
        "svg.hashsalt": "rivalry", "svg.fonttype": "none",
    }  # fmt: skip
    with matplotlib.rc_context(style):
        figure = curves(found) if over_time else points(found)
        undated = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}[file.suffix.lower()]
        try:
            figure.savefig(file, dpi=150, metadata=undated)
        except OSError as error:
            raise RunError(f"cannot write to {file}: {error.strerror}") from error


def points(found: Comparison) -> Any:
    """A panel a number, a line a run: the value, its standard error or its deviation, and the seeds behind it."""
    figure, panels = _grid(len(found.columns), 0.75 + 0.3 * len(found.rows), share=True)
    short = _shortened([row.name for row in found.rows])
    for panel, name in zip(panels, found.columns, strict=True):
        verdict = found.verdicts[name]
        for place, row in enumerate(found.rows):
            reading = row.numbers.get(name)
            colour = QUIET if verdict.refusals else {"best": BEST, "tie": TIE, "": INK}[verdict.mark(row.name)]
            _point(panel, place, reading, colour, hollow=bool(verdict.refusals))
        panel.set_yticks(range(len(found.rows)), [short[row.name] for row in found.rows])
        panel.set_ylim(len(found.rows) - 0.5, -0.5)
        panel.tick_params(axis="y", length=0)
        panel.grid(axis="both", color=GRID, linewidth=0.8)
        panel.locator_params(axis="x", nbins=5)
        _title(panel, found, name)
    bars = "deviations over seeds" if any(row.members for row in found.rows) else "one standard error"
    marks = "orange: best, or light where several tie; hollow: not ranked"
    width = int(15 * figure.get_figwidth())
    figure.supxlabel(fill(f"bars: {bars}; {marks}", width), fontsize=8, color=QUIET)
    return figure


def curves(found: Comparison) -> Any:
    """A panel a number: its course over the steps of every run, with one standard error; of seeds, each and the mean.

    RunError where nothing was measured during training.
    """
    histories = {row.name: [one.history for one in row.members or (row,)] for row in found.rows}
    names = list(dict.fromkeys(name for some in histories.values() for history in some for name in history))
    if not names:
        raise RunError("nothing was measured during training: set train.evaluate_every, or leave --over-time out")
    figure, panels = _grid(len(names), 2.6, share=False)
    short = _shortened([row.name for row in found.rows])
    drawn: dict[str, Any] = {}
    for panel, name in zip(panels, names, strict=True):
        for index, row in enumerate(found.rows):
            seeds = [history[name] for history in histories[row.name] if name in history]
            if seeds:
                drawn.setdefault(row.name, _curve(panel, seeds, COLOURS[index % len(COLOURS)]))
        panel.set_xlabel("step")
        panel.grid(color=GRID, linewidth=0.8)
        _title(panel, found, name)
    figure.legend(
        drawn.values(),
        [short[name] for name in drawn],
        loc="outside lower center",
        ncols=4,
        frameon=False,
        fontsize=8.5,
    )
    return figure


def _grid(n: int, height: float, share: bool) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure

    across = 2 if n == 4 else min(n, ACROSS)
    down = ceil(n / across)
    figure = Figure(figsize=(0.8 + 3.1 * across, 0.5 + height * down), layout="constrained")
    panels = list(figure.subplots(down, across, squeeze=False, sharey="row" if share else False).flat)
    for panel in panels[n:]:
        panel.remove()
    return figure, panels[:n]


def _point(panel: Any, place: int, reading: Reading | None, colour: str, hollow: bool) -> None:
    if reading is None or not isfinite(reading.value):
        said = "not measured" if reading is None else str(reading.value)
        panel.text(0.5, place, said, transform=panel.get_yaxis_transform(), ha="center", va="center", color=QUIET)
        return
    seeds = [value for value in reading.seeds if isfinite(value)]
    panel.plot(seeds, [place] * len(seeds), "|", color=colour, markersize=9, alpha=0.6)
    margin = reading.margin if reading.margin is not None and isfinite(reading.margin) else None
    panel.errorbar(
        reading.value, place, xerr=margin, fmt="o", color=colour, markersize=6, elinewidth=1.6,
        markerfacecolor="white" if hollow else colour,
    )  # fmt: skip


def _curve(panel: Any, seeds: list[Mapping[int, Reading]], colour: str) -> Any:
    for steps in seeds:
        known = {step: reading for step, reading in steps.items() if isfinite(reading.value)}
        values = [reading.value for reading in known.values()]
        alone = len(seeds) == 1
        (line,) = panel.plot(
            list(known), values, color=colour, linewidth=1.8 if alone else 0.7, alpha=1 if alone else 0.5,
            marker="o" if alone else None, markersize=3,
        )  # fmt: skip
        if alone:
            margins = [
                reading.error if reading.error and isfinite(reading.error) else 0.0 for reading in known.values()
            ]
            edges = [[v + sign * m for v, m in zip(values, margins, strict=True)] for sign in (-1, 1)]
            panel.fill_between(list(known), *edges, color=colour, alpha=0.15, linewidth=0)
    if len(seeds) > 1:
        common = [step for step in seeds[0] if all(step in steps for steps in seeds)]
        means = [fmean(steps[step].value for steps in seeds) for step in common]
        (line,) = panel.plot(common, means, color=colour, linewidth=2.2)
    return line


def _title(panel: Any, found: Comparison, name: str) -> None:
    top, *more = found.heading(name) if name in found.columns else (name,)
    refused = " (not ranked)" if name in found.verdicts and found.verdicts[name].refusals else ""
    panel.set_title(f"{top}{refused}\n", loc="left", fontweight="bold", color=INK, pad=2)
    panel.text(0, 1.02, ", ".join(filter(None, more)), transform=panel.transAxes, fontsize=8, color=QUIET, va="bottom")


def _shortened(names: list[str]) -> dict[str, str]:
    """Names without the folders that they all lie in."""
    folders = {name[: name.rfind("/") + 1] for name in names}
    cut = len(folders.pop()) if len(folders) == 1 else 0
    return {name: name[cut:] for name in names}
