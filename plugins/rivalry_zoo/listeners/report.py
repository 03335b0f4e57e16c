"""The run as one page, `report.html`: losses, samples, scores, timing and the spec, in a single file of its own."""

import time
from base64 import b64encode
from html import escape
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any

from PIL import Image

from rivalry.files import write_atomically
from rivalry.hooks import hookimpl
from rivalry.pictures import png
from rivalry_zoo.charts import COLOURS, STYLE, Point, line_chart

PAUSE = 5.0
"""Seconds that must lie between two writings during training."""

STRIP, THUMBNAIL, LARGEST = 8, 168, 1056

LIGHT = ("#1c7ed6", "#d9480f", "#2f9e44", "#9c36b5", "#e8a100", "#0b8a8f", "#c2255c", "#5c677d")
DARK = ("#74c0fc", "#ff9f6b", "#8ce99a", "#e599f7", "#ffe066", "#66d9e8", "#faa2c1", "#adb5bd")


def _palette(colours: tuple[str, ...]) -> str:
    return " ".join(f"--c{i}: {colour};" for i, colour in enumerate(colours[:COLOURS]))


CSS = f"""
:root {{ color-scheme: light dark; --page: #fbfbfa; --card: #fff; --ink: #1d1f23; --soft: #666c76; --line: #e4e5e8;
  --good: #2b8a3e; --bad: #c92a2a; {_palette(LIGHT)} }}
@media (prefers-color-scheme: dark) {{ :root {{ --page: #15171a; --card: #1d2024; --ink: #e8e9eb; --soft: #9aa1ac;
  --line: #32363d; --good: #8ce99a; --bad: #ff8787; {_palette(DARK)} }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }}
main {{ max-width: 1080px; margin: 0 auto; padding: 40px 20px 80px; }}
header {{ border-bottom: 1px solid var(--line); margin-bottom: 28px; padding-bottom: 18px; }}
h1 {{ font: 600 30px/1.25 Georgia, serif; margin: 0 0 6px; overflow-wrap: anywhere; }}
h2 {{ font: 600 18px/1.3 Georgia, serif; margin: 0 0 14px; }} h3 {{ font-size: 14px; margin: 18px 0 4px; }}
header p, .empty {{ color: var(--soft); margin: 0; }}
.status {{ font-weight: 600; }} .done {{ color: var(--good); }} .failed {{ color: var(--bad); }}
section {{ background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px 22px;
  margin: 0 0 20px; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--line);
  font-variant-numeric: tabular-nums; }}
th {{ color: var(--soft); font-weight: 500; }} th:first-child, td:first-child {{ text-align: left; padding-left: 0; }}
.latest {{ display: block; max-width: 100%; margin: 0 auto; border-radius: 4px; }}
.strip {{ display: flex; flex-wrap: wrap; gap: 12px; margin-top: 16px; }}
figure {{ margin: 0; }}
figure img {{ width: {THUMBNAIL // 1.4:.0f}px; height: auto; display: block; border-radius: 3px; }}
figcaption {{ color: var(--soft); font-size: 12px; text-align: center; }}
pre {{ overflow-x: auto; margin: 0; font: 13px/1.5 ui-monospace, monospace; }}
{STYLE}
"""


def duration(seconds: float) -> str:
    """Seconds as people say them: 42 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if whole < 10 else f"{whole} s"
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s"


def _image(path: Path, largest: int, name: str, css: str = "") -> str:
    try:
        with Image.open(path) as picture:
            content = path.read_bytes()
            if max(picture.size) > largest:
                small = picture.convert("L" if picture.mode == "L" else "RGB")
                small.thumbnail((largest, largest), Image.Resampling.LANCZOS)
                content = png(small)
            width, height = Image.open(BytesIO(content)).size
    except (OSError, SyntaxError):  # gone or damaged: a page without it
        return '<p class="empty">The picture cannot be read.</p>'
    data = b64encode(content).decode()
    size = f'width="{width}" height="{height}"'
    return f'<img{css} alt="{escape(name)}" {size} src="data:image/png;base64,{data}">'


def _samples(folder: Path) -> str:
    drawn = sorted((folder / "samples").glob("[0-9]*.png"))
    if not drawn:
        return '<p class="empty">No pictures yet.</p>'
    latest = _image(drawn[-1], LARGEST, f"samples at step {int(drawn[-1].stem):,}", ' class="latest"')
    count = min(STRIP, len(drawn) - 1)
    earlier = [drawn[round(i * (len(drawn) - 2) / max(count - 1, 1))] for i in range(count)]
    figures = "".join(
        f"<figure>{_image(path, THUMBNAIL, f'step {int(path.stem):,}')}"
        f"<figcaption>step {int(path.stem):,}</figcaption></figure>"
        for path in earlier
    )
    return latest + (f'<div class="strip">{figures}</div>' if figures else "")


def _lines(history: list[dict[str, Any]], part: str) -> dict[str, list[Point]]:
    """Name -> (step, value) of the losses or scores; numbers may be written as "nan" or "inf"."""
    lines: dict[str, list[Point]] = {}
    for entry in history:
        for name, value in entry.get(part, {}).items():
            number = value["value"] if part == "scores" else value
            lines.setdefault(name, []).append((entry["step"], float("nan" if number is None else number)))
    return lines


def _scores(history: list[dict[str, Any]]) -> str:
    lines = _lines(history, "scores")
    if not lines:
        return '<p class="empty">Nothing has been evaluated yet.</p>'
    # Later entries overwrite earlier ones, so these belong to the latest values.
    errors = {name: score["error"] for entry in history for name, score in entry.get("scores", {}).items()}
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{spell_score(points[-1][1], errors[name])}</td><td>{points[-1][0]:,}</td>"
        f"<td>{_extreme(points, min)}</td><td>{_extreme(points, max)}</td></tr>"
        for name, points in lines.items()
    )
    heads = "".join(f"<th>{word}</th>" for word in ("metric", "latest", "at step", "lowest", "highest"))
    table = f"<table><tr>{heads}</tr>{rows}</table>"
    charts = "".join(
        f"<h3>{escape(name)}</h3>{line_chart({name: points}, name=f'score-{i}')}"
        for i, (name, points) in enumerate(lines.items())
        if len(points) > 1
    )
    return table + charts


def _extreme(points: list[Point], choose: Any) -> str:
    known = [point for point in points if isfinite(point[1])]
    if not known:
        return "-"
    step, value = choose(known, key=lambda point: point[1])
    return f"{value:.4g} (step {step:,})"


def spell_score(value: float, error: float | str | None) -> str:
    """A value, with its standard error where there is one."""
    return f"{value:.4g}" if error is None else f"{value:.4g} &plusmn; {float(error):.2g}"


def _timing(run: Any, history: list[dict[str, Any]]) -> str:
    # Of the last lines of this sitting: what a run did before it was resumed may have been on another machine.
    logged = [entry for entry in history if "seconds" in entry and entry["step"] > run.first_step][-50:]
    rate = 0.0
    if len(logged) > 1 and logged[-1]["seconds"] > logged[0]["seconds"]:
        rate = (logged[-1]["step"] - logged[0]["step"]) / (logged[-1]["seconds"] - logged[0]["seconds"])
    rows = [("training time", duration(run.seconds))]
    if rate > 0:
        rows += [("steps per second", f"{rate:,.1f}"), ("samples per second", f"{rate * run.train.batch:,.0f}")]
        if run.status == "running":
            rows.append(("still to go", duration(max(run.total - run.step, 0) / rate)))
    return "<table>" + "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows) + "</table>"


def render(run: Any) -> str:
    """The page's source."""
    history = run.history()
    status = escape(run.status)
    sections = {
        "Losses": line_chart(_lines(history, "losses"), name="losses"),
        "Samples": _samples(run.folder),
        "Scores": _scores(history),
        "Timing": _timing(run, history),
        "Spec": f"<pre>{escape(run.spec_text)}</pre>",
    }
    body = "".join(f"<section><h2>{title}</h2>{content}</section>" for title, content in sections.items())
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(run.title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{CSS}</style></head><body><main>'
        f'<header><h1>{escape(run.title)}</h1><p><span class="status {status}">{status}</span> &middot; '
        f"step {run.step:,} of {run.total:,} &middot; batch {run.train.batch:,} &middot; {duration(run.seconds)} "
        f"&middot; written {time.strftime('%Y-%m-%d %H:%M')}</p></header>{body}</main></body></html>"
    )


def write_report(run: Any) -> Path:
    """Write the page into the run's folder and return where it lies."""
    path: Path = run.folder / "report.html"
    write_atomically(path, render(run))
    return path


def _is_fresh(path: Path) -> bool:
    return path.exists() and time.time() - path.stat().st_mtime < PAUSE


@hookimpl(trylast=True)  # after the grid and the log of the same step
def rivalry_run_started(run: Any) -> None:
    if run.writes:
        write_report(run)


@hookimpl(trylast=True)
def rivalry_step_finished(run: Any, step: int) -> None:
    due = run.train.sample_every and step % run.train.sample_every == 0
    if run.writes and due and not _is_fresh(run.folder / "report.html"):
        write_report(run)


@hookimpl(trylast=True)
def rivalry_checkpoint_saved(run: Any) -> None:  # the page of a killed run is as fresh as its state
    if run.writes:
        write_report(run)


@hookimpl(trylast=True)
def rivalry_run_finished(run: Any) -> None:
    if run.writes:
        write_report(run)
