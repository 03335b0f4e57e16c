"""The contract of what can be fetched; nothing is fetched for it."""

import io
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rivalry.fetching import CLIENTS
from rivalry.testing.demands import Build, demand

WORDS = ("client", "package", "version", "file", "licence", "use")


def check_download(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Says exactly what to fetch, and refuses in words what is not it, leaving nothing outside its folder."""
    for word in WORDS:
        text = getattr(component, word, None)
        demand(isinstance(text, str) and text.strip(), f"wanted `{word}`, a text, got {text!r}")
    demand(component.client in CLIENTS, f"wanted a client of {', '.join(CLIENTS)}, got '{component.client}'")
    demand(Path(component.file).name == component.file, f"wanted the name of a file, got '{component.file}'")
    demand(
        not re.search(r"[\s;=@'\"]", component.package.removeprefix("@") + component.version)
        and not component.package.startswith("-"),
        f"wanted the bare name and version of a package, got '{component.package}' and '{component.version}'",
    )
    demand(isinstance(component.size, int) and component.size > 0, f"wanted a size in bytes, got {component.size!r}")
    demand(
        isinstance(component.sha256, str) and re.fullmatch("[0-9a-f]{64}", component.sha256),
        f"wanted a SHA-256 of 64 lower-case hexadecimal digits, got {component.sha256!r}",
    )
    download = build()
    with tempfile.TemporaryDirectory() as work:
        for stem, content in (("empty", b""), ("noise", bytes(range(256)) * 8), ("other", _other())):
            archive, folder = Path(work, f"{stem}-{component.file}"), Path(work, stem, "folder")
            archive.write_bytes(content)
            folder.mkdir(parents=True)
            try:
                download.unpack(archive, folder)
            except ValueError as error:
                demand(str(error), "a refusal says why")
            else:
                raise AssertionError("what is not its package must be refused by a ValueError")
            demand([*folder.parent.iterdir()] == [folder], "nothing may be written outside the folder")


def _other() -> bytes:
    """A sound archive of something else."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("readme.txt", "something else")
    return content.getvalue()
