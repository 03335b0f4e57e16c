"""rivalry sample RUN"""

import argparse
from pathlib import Path
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    from rivalry.cli import seed

    parser.add_argument("run", type=Path, metavar="RUN", help="a run's folder; the data is not needed")
    parser.add_argument("-n", type=int, default=64, metavar="N", help="how many (default 64)")
    parser.add_argument("--seed", type=seed, default=0, help="another seed gives other samples (default 0)")
    parser.add_argument(
        "--out", type=Path, metavar="PATH", help="a .png grid, .npy or .npz values, or a folder for one .png each "
        "(default: RUN/grid.png)",
    )  # fmt: skip
    parser.add_argument("--best", action="store_true", help="from the checkpoint that train.keep_best kept")
    parser.add_argument("--device", default="cpu", help="cpu, cuda ...")


def run(options: Any) -> int:
    """Draw and write."""
    import numpy as np

    from rivalry.cli import DONE
    from rivalry.errors import RunError
    from rivalry.files import write_atomically
    from rivalry.pictures import picture_of, png, single
    from rivalry.run import Run
    from rivalry.training import pick_device

    if options.n < 1:
        raise RunError(f"wanted at least one sample, got -n {options.n}")
    out = options.out or options.run / "grid.png"
    if out.suffix not in ("", ".png", ".npy", ".npz"):
        raise RunError(f"wanted a .png, .npy or .npz file or a folder, got {out}")
    opened = Run.open(options.run, str(pick_device(options.device)), best=options.best)
    if out.suffix == "" and len(opened.field.shape) != 3:
        raise RunError("only pictures can be written one by one: ask for a .npy or .npz file")
    drawn = opened.sample(options.n, options.seed)
    try:
        if out.suffix == "":
            out.mkdir(parents=True, exist_ok=True)
            for number, sample in enumerate(drawn):
                picture = single(sample, opened.field)
                write_atomically(out / f"{number:06d}.png", png(picture))
        elif out.suffix == ".npy":
            with out.open("wb") as file:
                np.save(file, drawn.numpy())
        elif out.suffix == ".npz":
            with out.open("wb") as file:
                np.savez_compressed(file, x=drawn.numpy())
        else:
            write_atomically(out, png(picture_of(drawn, opened.field)))
    except OSError as error:
        raise RunError(f"cannot write {out}: {error.strerror}") from error
    print(out)
    return DONE
