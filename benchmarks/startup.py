"""How long the command line takes to start, against `import torch` alone: whole processes, medians, interleaved."""

import argparse
import subprocess
import sys
from statistics import median
from time import perf_counter

COMMANDS = {
    "import torch": [sys.executable, "-c", "import torch"],
    "--help": [sys.executable, "-m", "rivalry", "--help"],
    "--version": [sys.executable, "-m", "rivalry", "--version"],
    "list": [sys.executable, "-m", "rivalry", "list"],
    "check dcgan": [sys.executable, "-m", "rivalry", "check", "dcgan"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(rounds + 1):
        for name, command in COMMANDS.items():
            start = perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            if turn:  # the first round warms the disk
                times[name].append(perf_counter() - start)
    for name, row in times.items():
        ratio = median(mine / base for base, mine in zip(times["import torch"], row, strict=True))
        print(f"{name:13} {median(row):6.2f} s   {ratio:.2f} of import torch   (fastest {min(row):.2f} s)")


if __name__ == "__main__":
    main()
