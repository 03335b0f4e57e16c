"""rivalry check SPEC..."""

import argparse
import sys
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("specs", nargs="+", metavar="SPEC", help="spec files or shipped names")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="override a value first")
    parser.add_argument("--plan", action="store_true", help="add parameters, FLOPs and memory of a step")
    parser.add_argument("--no-shapes", action="store_true", help="check the form only: no network is built")


def run(options: Any) -> int:
    """Check every spec; 2 if any is faulty."""
    from rivalry.checking import check
    from rivalry.cli import DONE, WRONG
    from rivalry.errors import SpecError
    from rivalry.spec.model import Spec

    code = DONE
    for name in options.specs:
        try:
            if options.no_shapes:
                Spec.load(name, options.set)
                print(f"{name}: the form is right")
                continue
            checked = check(name, options.set)
        except SpecError as error:
            print(error, file=sys.stderr)
            code = WRONG
            continue
        print(f"{name}: right")
        if options.plan:
            print(plan(checked))
        elif checked.spec.train.compile:
            print(f"  compiled: {compiled(checked.spec)}")
    return code


def plan(checked: Any) -> str:
    """What a step costs, from shapes alone."""
    from rivalry.cli import table

    done, train = checked.confirmed, checked.spec.train
    rows = [["network", "parameters", "forwards per step"]]
    rows += [[name, f"{count:,}", str(done.forwards[name])] for name, count in done.parameters.items()]
    parameters = sum(done.parameters.values())
    kept = 4 * parameters * (4 if train.ema else 3)  # weights, two moments, and averages of all at most
    costs = [
        ["FLOPs per step", f"{done.flops / 1e9:,.2f} G"],
        ["weights, optimiser and averages", f"{kept / 2**20:,.1f} MiB at most"],
        ["activations kept for a backward", f"{done.activations / 2**20:,.1f} MiB"],
    ]
    if train.compile:
        costs.append(["compiled", compiled(checked.spec)])
    return table(rows, "  ") + "\n" + table(costs, "  ")


def compiled(spec: Any) -> str:
    """Which networks torch compiles, and which it must leave as they are."""
    from rivalry.engine import left_eager

    eager = ", ".join(sorted(left_eager(spec)))
    return f"all networks but {eager} (differentiated twice)" if eager else "all networks"
