"""Mutation testing: would the tests notice if a formula were wrong?

python tools/mutate.py --budget 30m                # judge what has not been judged, rewrite docs/results/mutation.md
python tools/mutate.py --only objectives/hinge     # of these components alone
python tools/mutate.py --list                      # every component with its number of mutants
python tools/mutate.py --page                      # only rewrite the page

Every component of the kinds below is changed in one place at a time (tools/mutation/mutants.py says how), and its
mirror test alone, tests/plugins/<kind>/test_<name>.py, must fail (tools/mutation/judge.py says how it is run). Verdicts
lie in docs/results/data/mutation.jsonl, a line a component, and hold for the sources that they were made with: a run
goes on where the last one stopped, and what was edited is judged anew. Reasons why a survivor may live are written by
hand into docs/results/data/mutation_reasons.json: {"objectives/hinge": {"the changed line": "the reason"}}.
"""

import argparse
import hashlib
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from mutation import judge
from mutation.mutants import Mutant, mutants
from mutation.page import LETTERS, score, write_page

KINDS = [
    "divergences", "objectives", "penalties", "norms", "weight_norms", "schedules", "optimizers", "orders", "metrics",
]  # fmt: skip
LEAST = 0.9
UNREACHED = "."
ALLOWANCE = 60.0
"""Seconds that a test may take without any mutation."""


def seconds(text: str) -> float:
    """30m, 90s, 1.5h, or plain minutes."""
    found = re.fullmatch(r"(\d+(?:\.\d*)?)([smh]?)", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"a budget is like 30m, 90s or 1h, got '{text}'")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "": 60}[found[2]]


class Component:
    """One file with its mirror test, and what is known of its mutants."""

    def __init__(self, root: Path, path: Path) -> None:
        self.path = path
        self.name = f"{path.parent.name}/{path.stem}"
        self.module = f"rivalry_zoo.{path.parent.name}.{path.stem}"
        self.test = root / "tests" / "plugins" / path.parent.name / f"test_{path.stem}.py"
        self.source = path.read_text(encoding="utf-8")
        tests = self.test.read_text(encoding="utf-8") if self.test.is_file() else ""
        rules = Path(__file__).with_name("mutation") / "mutants.py"
        parts = [self.source, tests, rules.read_text(encoding="utf-8")]
        self.hash = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def fresh(self) -> dict[str, Any]:
        """A record of which nothing has been judged."""
        found = mutants(self.source)
        problem = None if self.test.is_file() else "it has no mirror test"
        return {
            "name": self.name, "hash": self.hash, "commit": "", "command": "", "seed": None, "threads": 1,
            "seconds": 0.0, "values": {}, "problem": problem, "verdicts": UNREACHED * len(found), "survivors": [],
        }  # fmt: skip


def components(root: Path) -> list[Component]:
    """What is mutated, kind by kind."""
    zoo = root / "plugins" / "rivalry_zoo"
    found = [path for kind in KINDS for path in sorted((zoo / kind).glob("*.py")) if path.stem != "__init__"]
    return [Component(root, path) for path in found]


def commit(root: Path) -> str:
    """The commit that is checked out, marked when the components or their tests differ from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "plugins", "tests") else "")


def before_and_until(jobs: list[judge.Job], deadline: float) -> Iterator[judge.Job]:
    """The jobs for which there is time to begin."""
    for job in jobs:
        if monotonic() >= deadline:
            return
        yield job


def judge_component(
    one: Component, record: dict[str, Any], root: Path, options: argparse.Namespace, deadline: float
) -> None:
    """Judge what the record lacks, as far as time allows, and note it there."""
    start = monotonic()
    plain = judge.Job(one.module, one.path, one.test, None, ALLOWANCE)
    (_, verdict, took, output), *_ = judge.judged([plain], root, 1)
    record["problem"] = None
    if verdict != "survived":
        record["problem"] = f"its test does not pass as it is ({verdict})"
        print(output[-2000:], file=sys.stderr)
        return
    letters: list[str] = list(record["verdicts"])
    found: list[Mutant] = mutants(one.source)
    limit = 5 * took + options.patience
    jobs = [
        judge.Job(one.module, one.path, one.test, mutant.source, limit, number)
        for number, mutant in enumerate(found)
        if letters[number] == UNREACHED
    ]
    try:
        for job, verdict, _, _ in judge.judged(before_and_until(jobs, deadline), root, options.workers):
            letters[job.key] = LETTERS[verdict]
    finally:
        survivors = [m for m, letter in zip(found, letters, strict=True) if letter == LETTERS["survived"]]
        record["survivors"] = [{"line": m.line, "before": m.before, "after": m.after} for m in survivors]
        record["verdicts"] = "".join(letters)
        record["values"] = {word: letters.count(letter) for word, letter in LETTERS.items()}
        record["seconds"] = round(record["seconds"] + monotonic() - start, 1)


def main(words: list[str] | None = None) -> int:
    """The command line; 1 where the score is too low or a test does not pass as it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=seconds, default=seconds("30m"), help="30m, 90s, 1h; plain minutes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--patience", type=float, default=5.0, help="seconds beyond five times what the test takes")
    parser.add_argument("--only", action="append", default=[], metavar="KIND/NAME")
    parser.add_argument("--again", action="store_true", help="judge anew what is known, too")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1], help="of the checkout")
    options = parser.parse_args(words)
    root = options.root.resolve()
    data, page = root / "docs/results/data/mutation.jsonl", root / "docs/results/mutation.md"
    lines = data.read_text(encoding="utf-8").splitlines() if data.is_file() else []
    known = {row["name"]: row for row in map(json.loads, lines)}
    every = components(root)
    chosen = [one for one in every if not options.only or one.name in options.only]
    if options.only and len(chosen) < len(set(options.only)):
        parser.error(f"of {', '.join(options.only)} only these are there: {', '.join(o.name for o in chosen)}")
    records = {}
    for one in every:
        old = known.get(one.name)
        keeps = old is not None and old["hash"] == one.hash and not (options.again and one in chosen)
        records[one.name] = old if keeps and old is not None else one.fresh()
    if options.list:
        for one in chosen:
            print(f"{one.name}: {len(records[one.name]['verdicts'])}")
        return 0

    def keep() -> None:
        data.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(row) + "\n" for row in records.values())
        data.with_suffix(".new").write_text(text, encoding="utf-8")
        data.with_suffix(".new").replace(data)
        write_page(page, list(records.values()))

    deadline = monotonic() + options.budget
    command = f"python tools/mutate.py --budget {options.budget / 60:g}m --workers {options.workers}"
    waiting = [one for one in chosen if UNREACHED in records[one.name]["verdicts"] and one.test.is_file()]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if waiting and not options.page and options.budget > 0:
            judge.warm()
        for one in [] if options.page else waiting:
            if monotonic() >= deadline:
                break
            record = records[one.name]
            record.update(commit=commit(root), command=command)
            judge_component(one, record, root, options, deadline)
            keep()
            print(f"{one.name}: {record['problem'] or record['values']}", flush=True)
    finally:
        keep()
    share, judged, unreached = score([records[one.name] for one in chosen])
    print(f"killed {share:.1%} of {judged} mutants" if judged else "no mutant was judged")
    if unreached:
        names = [one.name for one in chosen if UNREACHED in records[one.name]["verdicts"]]
        print(f"not reached: {unreached} mutants, of {', '.join(names)}")
    return int((judged > 0 and share < LEAST) or any(records[one.name]["problem"] for one in chosen))


if __name__ == "__main__":
    sys.exit(main())
