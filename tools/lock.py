"""Rewrite requirements-dev.txt: the versions that this environment has of all that pyproject.toml asks for.

    python tools/lock.py [--check]

The lock is the closure of the runtime dependencies and the dev group, one plain `name==version` a line: no hashes and
no local suffixes, so that one file serves every index and every build of torch. `--check` writes nothing and fails when
the file would change.
"""

import argparse
import sys
import tomllib
from collections.abc import Callable, Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
HEAD = "# The exact environment of tests, lint and docs; written by tools/lock.py from pyproject.toml.\n"
ACCELERATOR = ("cuda-", "nvidia-", "pytorch-triton", "triton")
"""What only some builds of torch bring along: it belongs to the machine, not to the project."""


def wanted(project: dict) -> list[str]:
    """The requirements that pyproject.toml states: to run, and to work on it."""
    return [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]


def closure(requirements: Iterable[str], find: Callable[[str], Distribution] = distribution) -> dict[str, str]:
    """Name to version of everything installed that the requirements lead to, markers and extras obeyed.

    Raises PackageNotFoundError for a requirement that is not installed.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(Requirement(text), frozenset({""})) for text in requirements]
    while waiting:
        requirement, extras = waiting.pop()
        name, asked = canonicalize_name(requirement.name), frozenset({"", *requirement.extras})
        applies = requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras)
        if not applies or (name, asked) in seen or name.startswith(ACCELERATOR):
            continue
        seen.add((name, asked))
        package = find(name)
        found[name] = Version(package.version).public
        waiting += [(Requirement(text), asked) for text in package.requires or ()]
    return dict(sorted(found.items()))


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the lock, or say whether it is what would be written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the lock would change")
    options = parser.parse_args(arguments)
    pins = closure(wanted(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))))
    text = HEAD + "".join(f"{name}=={version}\n" for name, version in pins.items())
    lock = root / "requirements-dev.txt"
    if not options.check:
        lock.write_text(text, encoding="utf-8")
        return 0
    old = set(lock.read_text(encoding="utf-8").splitlines()) if lock.exists() else set()
    changes = sorted(old ^ set(text.splitlines()), key=lambda line: (line not in old, line))
    for line in changes:
        print("-" if line in old else "+", line)
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main())
