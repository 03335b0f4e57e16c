"""rivalry compare RUN RUN..."""

import argparse
import json
from pathlib import Path
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add = parser.add_argument
    add("runs", nargs="+", type=Path, metavar="RUN", help="runs' folders, evaluated, or files of evaluate --out")
    add("--group", action="store_true", help="runs that differ only in train.seed as one row: mean and deviation")
    add("--csv", metavar="FILE", help="write a line a run and number, with its protocol; - prints it")
    add("--figure", type=Path, metavar="FILE", help="draw the numbers: .png, .svg or .pdf")
    add("--over-time", action="store_true", help="of --figure: what was measured during training, over steps")
    add("--json", action="store_true", help="print JSON: numbers with protocols, and what may be ranked")


def run(options: Any) -> int:
    """Read, rank, print."""
    from rivalry.comparing import compare
    from rivalry.errors import RunError
    from rivalry.files import write_atomically

    if options.over_time and options.figure is None:
        raise RunError("--over-time says what --figure draws: name its file, --figure numbers.png")
    if options.json and options.csv == "-":
        raise RunError("--json and --csv - both want to print: write the CSV to a file")
    found = compare(options.runs, options.group)
    if options.figure is not None:
        from rivalry.figures import draw

        draw(found, options.figure, options.over_time)
    if options.csv == "-":
        print(found.csv(), end="")
        return 0
    if options.csv is not None:
        try:
            write_atomically(Path(options.csv), found.csv())
        except OSError as error:
            raise RunError(f"cannot write to {options.csv}: {error.strerror}") from error
    print(json.dumps(found.plain(), indent=1) if options.json else found)
    return 0
