"""rivalry evaluate RUN, or --real DIR --fake DIR"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LACKING = (
    "-: the data has less than twice the metric's samples, or the metric does not compare samples with data, "
    "or it cannot judge these"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    from rivalry.cli import seed

    parser.add_argument("run", type=Path, nargs="?", metavar="RUN", help="a run's folder; its data must be there")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="add or change a metric, e.g. metrics.quality=kid",
    )
    parser.add_argument("--seed", type=seed, default=0, help="seed of the samples (default 0)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda ...")
    parser.add_argument("--json", action="store_true", help="print JSON, with each number's protocol")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to keep the numbers (RUN/evaluation.json)")
    parser.add_argument("--anchors", action="store_true", help="also of other real data and of noise")
    of_run = parser.add_argument_group("of a run")
    of_run.add_argument("--best", action="store_true", help="of the checkpoint that train.keep_best kept")
    of_run.add_argument("--raw", action="store_true", help="of the weights themselves, not their averages")
    folders = parser.add_argument_group("of two folders of pictures, no run needed")
    folders.add_argument("--real", type=Path, metavar="DIR", help="real pictures; subfolders are classes")
    folders.add_argument("--fake", type=Path, metavar="DIR", help="generated pictures")
    folders.add_argument("--held-out", type=Path, metavar="DIR", help="real pictures that nothing was trained on")
    folders.add_argument("--metrics", type=_names, default=(), metavar="NAME,...", help="which (default: the usual)")
    folders.add_argument("--features", metavar="NAME", help="what they look through")
    folders.add_argument("--samples", type=int, metavar="N", help="at most so many pictures of each (default: all)")
    folders.add_argument("--size", type=int, metavar="N", help="crop and resample pictures to N x N")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def run(options: Any) -> int:
    """Compute, print, and keep."""
    from rivalry.cli import DONE, table
    from rivalry.errors import RunError
    from rivalry.files import write_atomically

    of_folders = {"--real": options.real, "--fake": options.fake}
    if options.run is None and not all(of_folders.values()):
        raise RunError("say which run, or which folders: rivalry evaluate RUN, or --real DIR --fake DIR")
    if options.run is not None and (said := [name for name, value in of_folders.items() if value is not None]):
        raise RunError(f"a run is compared with its own data: leave out {said[0]}, or the run")
    numbers, about, lines = (_of_folders if options.run is None else _of_run)(options)
    body = {name: {**number.plain(), **about} for name, number in numbers.items()}
    out = options.out or (options.run / "evaluation.json" if options.run is not None else None)
    if out is not None:
        try:
            write_atomically(out, json.dumps(body, indent=1))
        except OSError as error:
            raise RunError(f"cannot write to {out.parent}: {error}") from error
    if options.json:
        print(json.dumps(body, indent=1))
        return DONE
    around = list(dict.fromkeys(anchor for number in numbers.values() for anchor in number.anchors))
    rows = [["name", "metric", "value", "error", "better", *around, *(["pass line"] if lines else []), "protocol"]]
    for name, number in numbers.items():
        margin = "" if number.error is None else f"+- {number.error:.2g}"
        verdict = [lines.get(name, "")] if lines else []
        beside = [f"{number.anchors[anchor].value:.5g}" if anchor in number.anchors else "-" for anchor in around]
        how = _told(number.protocol)
        rows.append([name, number.title, f"{number.value:.5g}", margin, number.better, *beside, *verdict, how])
    print(table(rows))
    if any(anchor not in number.anchors for number in numbers.values() for anchor in around):
        print(f"\n{LACKING}")
    return DONE


def _told(protocol: Mapping[str, Any]) -> str:
    """How a number was measured, in a line."""
    parts = [protocol["features"], *([f"resize {protocol['resize']}"] if protocol.get("resize") else [])]
    if protocol.get("of"):
        parts = [f"of {protocol['of']}"]
    counts = {"rows": "rows", "fake": "fakes", "real": "reals", "held_out": "held out"}
    parts += [f"{protocol[key]} {word}" for key, word in counts.items() if key in protocol]
    return ", ".join([*parts, *([protocol["split"]] if "rows" in protocol else [])])


def _of_run(options: Any) -> tuple[Any, dict[str, Any], dict[str, str]]:
    from rivalry.errors import RunError
    from rivalry.opening import read_lock, read_spec
    from rivalry.run import Run
    from rivalry.training import pick_device

    spec = read_spec(options.run, read_lock(options.run), options.set)
    device = str(pick_device(options.device))
    found = Run.open(options.run, device, spec=spec, best=options.best, raw=options.raw)
    if not spec.metrics:
        raise RunError("this run's spec has no metrics; add one: --set metrics.quality=kid")
    try:
        with _bar(found.evaluation(options.seed).samples * (1 + options.anchors)) as tick:
            numbers = found.evaluate(options.seed, tick, options.anchors)
    except (ValueError, OSError) as error:
        raise RunError(str(error)) from error
    lines = {name: bound.verdict(numbers[name].value) for name, bound in spec.accept.items() if name in numbers}
    return numbers, {"step": found.step}, lines


def _of_folders(options: Any) -> tuple[Any, dict[str, Any], dict[str, str]]:
    from rivalry.folders import evaluate_folders
    from rivalry.training import pick_device

    with _bar() as tick:
        numbers = evaluate_folders(
            options.real, options.fake, options.held_out, metrics=options.metrics, features=options.features,
            samples=options.samples, size=options.size, settings=options.set, seed=options.seed,
            device=str(pick_device(options.device)), tick=tick, anchors=options.anchors,
        )  # fmt: skip
    return numbers, {"step": None}, {}


@contextmanager
def _bar(total: int | None = None) -> Iterator[Callable[[int], object]]:
    """A progress bar on a terminal: samples seen so far, of how many at most, and how fast."""
    from tqdm import tqdm

    with tqdm(total=total, unit="sample", disable=not sys.stderr.isatty(), leave=False) as bar:
        yield bar.update
