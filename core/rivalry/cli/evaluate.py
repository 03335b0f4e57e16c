"""rivalry evaluate RUN"""

import argparse
import json
from pathlib import Path
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    from rivalry.cli import seed

    parser.add_argument("run", type=Path, metavar="RUN", help="a run's folder; its data must be there")
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


def run(options: Any) -> int:
    """Compute, print, and keep in the run's folder."""
    from rivalry.cli import DONE, table
    from rivalry.errors import RunError
    from rivalry.files import write_atomically
    from rivalry.opening import read_lock, read_spec
    from rivalry.run import Run
    from rivalry.training import pick_device

    spec = read_spec(options.run, read_lock(options.run), options.set)
    found = Run.open(options.run, str(pick_device(options.device)), spec=spec)
    if not spec.metrics:
        raise RunError("this run's spec has no metrics; add one: --set metrics.quality=kid")
    try:
        scores, protocols = found.evaluate(options.seed)
    except (ValueError, OSError) as error:
        raise RunError(str(error)) from error
    body = {
        name: {
            "value": score.value,
            "error": score.error,
            "step": found.step,
            "averaged": bool(spec.train.ema),
            **protocols[name],
        }
        for name, score in scores.items()
    }
    try:
        write_atomically(options.run / "evaluation.json", json.dumps(body, indent=1))
    except OSError as error:
        raise RunError(f"cannot write to {options.run}: {error}") from error
    if options.json:
        print(json.dumps(body, indent=1))
        return DONE
    lines = {name: bound.verdict(scores[name].value) for name, bound in spec.accept.items() if name in scores}
    rows = [["metric", "value", "error", "better", *(["pass line"] if lines else []), "protocol"]]
    for name, score in scores.items():
        protocol = protocols[name]
        margin = "" if score.error is None else f"+- {score.error:.2g}"
        better = spec.metrics[name].component.direction
        how = f"{protocol['metric']}, {protocol['features']}"
        if "of" in protocol:
            how = f"{protocol['metric']} of {protocol['of']}, {protocol['rows']} rows, {protocol['split']}"
        else:
            how += f", {protocol['fake']} fakes, {protocol['real']} reals"
        verdict = [lines.get(name, "")] if lines else []
        rows.append([name, f"{score.value:.5g}", margin, better, *verdict, how])
    print(table(rows))
    return DONE
