"""rivalry train SPEC"""

import argparse
import sys
from pathlib import Path
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "spec", nargs="?", help="a spec file, or a shipped name (rivalry list specs); not needed to resume"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="override a value, e.g. train.steps=500"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="the run's folder (default: runs/<name of the spec>)")
    going_on = parser.add_mutually_exclusive_group()
    going_on.add_argument("--resume", action="store_true", help="go on with the run in --out, exactly")
    going_on.add_argument(
        "--fork", type=Path, metavar="DIR", help="branch off from the run in --out into DIR, with other settings"
    )
    parser.add_argument("--device", help="auto, cpu, cuda, cuda:1 ...")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(options: Any) -> int:
    """Train and say where the results lie."""
    from rivalry.cli import DONE, FAILED, INTERRUPTED, WRONG
    from rivalry.training import train

    continuing = options.resume or options.fork
    if bool(options.spec) == bool(continuing) or (continuing and not options.out):
        print("rivalry: give a spec to train, or --resume/--fork with --out to go on with a run", file=sys.stderr)
        return WRONG
    done = train(
        options.spec, out=options.out, settings=options.set, resume=options.resume, fork=options.fork,
        device=options.device, quiet=options.quiet,
    )  # fmt: skip
    if not done.writes:
        return DONE
    if done.status == "failed":
        print(f"rivalry: the run failed at step {done.step}: {done.problem}", file=sys.stderr)
        return FAILED
    print(f"{done.status} at step {done.step:,} after {done.seconds:.0f} s")
    for name, text in (("samples.png", "samples"), ("report.html", "report")):
        if (done.folder / name).exists():
            print(f"  {text:8} {done.folder / name}")
    if done.status == "interrupted":
        print(f"  go on with: rivalry train --resume --out {done.folder}")
        return INTERRUPTED
    return DONE
