"""rivalry dynamics OBJECTIVE, --all or --run RUN"""

import argparse
from pathlib import Path
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add = parser.add_argument
    add("objective", nargs="?", help="an objective's name, or {use: name, ...}")
    add("--penalty", action="append", default=[], metavar="NAME", help="a penalty's; may stand more than once")
    add("--set", action="append", default=[], metavar="PATH=VALUE", help="penalty.weight=1, objective.real=1 ...; "
        "of --run: a setting of its spec")  # fmt: skip
    add("--optimizer", default="sgd", metavar="NAME", help="who moves the players (default sgd)")
    add("--lr", type=float, help="the generator's learning rate (default: the optimiser's)")
    add("--ratio", type=float, default=1.0, help="the discriminator's learning rate as a multiple (default 1)")
    add("--order", default="alternating", metavar="NAME",
        help="alternating (default), an order's name, or turns such as 'discriminator * 5, generator'")  # fmt: skip
    add("--bias", nargs="?", const="learned", metavar="VALUE",
        help="of the critic: a number, learned (the default), or rest, held where it would rest")  # fmt: skip
    add("--noise", type=float, default=0.0, metavar="SIGMA", help="Gaussian noise on real and fake samples")
    add("--dimension", type=int, choices=(1, 2), default=1, help="of the samples (default 1)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--all", action="store_true", help="the table of every objective and penalty")
    what.add_argument("--run", type=Path, metavar="RUN", help="leading eigenvalues of a trained game at its newest "
                      "checkpoint")  # fmt: skip
    add("--count", type=int, default=6, metavar="N", help="of --run: how many eigenvalues (default 6)")
    add("--out", type=Path, default=Path("dynamics"), metavar="DIR", help="where files go (default: dynamics)")


def run(options: Any) -> int:
    """Analyse, print, draw."""
    from rivalry.errors import RunError

    if options.run is not None:
        from rivalry.dynamics.trained import spectrum_of_run, words

        print(words(spectrum_of_run(options.run, options.set, options.count)))
        return 0
    if options.all:
        from rivalry.dynamics.tables import everything, written

        for path in written(everything(options.objective), options.out):
            print(path)
        return 0
    if not options.objective:
        raise RunError("name an objective, or ask for --all or for a trained game with --run RUN")
    return _one(options)


def _one(options: Any) -> int:
    from rivalry.dynamics import portrait, text
    from rivalry.dynamics.report import dirac
    from rivalry.dynamics.settings import bias, chosen

    made = chosen(options.objective, options.penalty, options.optimizer, options.order, options.set, options.lr)
    report = dirac(
        made.objective, made.penalties, dimension=options.dimension, bias=bias(options.bias), noise=options.noise,
        ratio=options.ratio, method=made.method,
    )  # fmt: skip
    print(text.words(report) + "\n")
    try:
        for path in portrait.drawn(report, options.out, "_".join(report.title.split(" + "))):
            print(path)
    except ImportError:
        print(portrait.MISSING)
    return 0
