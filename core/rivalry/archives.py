"""Reading packages (wheels, tar files, Debian's) as what they are to a stranger: files that someone else wrote.

Nothing is extracted by the names that an archive states: its files are handed over one by one, and whoever wants one
keeps it under a name of their own, by `put`.
"""

import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, Literal

from attrs import define, frozen

Kind = Literal["file", "folder", "link", "special"]
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError)
"""What the readers raise; RuntimeError where a file is encrypted or compressed in a way that they do not know."""


def contents(archive: Path, *patterns: str, count: int, size: int, links: bool = False) -> Iterator[tuple[str, bytes]]:
    """Name and content of the files whose names match one of the patterns (`*` also stands for slashes).

    ValueError unless they are `count` and hold `size` bytes in all, which is seen before any more is read; for a name
    that leads outside, wherever it stands; for a link, device or pipe of a matching name (links, hard or symbolic, are
    passed over where `links` says that the package has some); and for an archive that is damaged or none.
    """
    found = held = 0
    try:
        for entry in _entries(archive):
            name = inside(entry.name)
            if entry.kind == "folder" or not any(fnmatchcase(name, pattern) for pattern in patterns):
                continue
            if entry.kind == "link" and links:
                continue
            if entry.kind != "file":
                raise ValueError(f"wanted only plain files in {archive.name}, but {name} is a {entry.kind} one")
            found, held = found + 1, held + entry.size
            if found > count or held > size:
                raise ValueError(f"wanted {_amount(count, size)} in {archive.name}, but it holds more")
            content = entry.read()
            if len(content) != entry.size:
                raise ValueError(f"{archive.name} is damaged: {name} should hold {entry.size:,} bytes")
            yield name, content
    except DAMAGE as error:
        raise ValueError(f"{archive.name} is no archive, or damaged: {error}") from error
    if (found, held) != (count, size):
        raise ValueError(f"wanted {_amount(count, size)} in {archive.name}, but it holds {_amount(found, held)}")


def inside(name: str) -> str:
    """A relative path without a leading `./`; ValueError where it leads outside, on any system."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or re.search(r"[\\\0]|^\w:", name):
        raise ValueError(f"the name {name!r} leads outside the folder")
    return "/".join(parts)


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file into a folder of one's own; ValueError for a name that leads outside or is taken."""
    path = folder / inside(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise ValueError(f"two files want the name {name}") from error


def _amount(count: int, size: int) -> str:
    return f"{count:,} file{'s' * (count != 1)} of {size:,} bytes in all"


@frozen
class _Entry:
    """Something that an archive lists."""

    name: str
    kind: Kind
    size: int
    source: tarfile.TarFile | zipfile.ZipFile
    key: tarfile.TarInfo | zipfile.ZipInfo

    def read(self) -> bytes:
        """Its content; called at once, for an archive is read from front to back."""
        if isinstance(self.source, zipfile.ZipFile):
            return self.source.read(self.key)  # type: ignore[arg-type]
        file = self.source.extractfile(self.key)  # type: ignore[arg-type]
        return file.read() if file else b""


def _entries(archive: Path) -> Iterator[_Entry]:
    """By what the file begins with, whatever it is called."""
    with archive.open("rb") as file:
        head = file.read(8)
        file.seek(0)
        if head.startswith(b"PK"):
            with zipfile.ZipFile(file) as zipped:
                yield from _zipped(zipped)
            return
        stream: Any = _debian_data(file) if head == b"!<arch>\n" else file
        with tarfile.open(fileobj=stream, mode="r|*") as tar:
            for info in tar:
                yield _Entry(info.name, _kind_of(info), info.size, tar, info)


def _zipped(zipped: zipfile.ZipFile) -> Iterator[_Entry]:
    for info in zipped.infolist():
        mode = info.external_attr >> 28  # the file type of Unix, 0 where none is stated
        kind: Kind = "folder" if info.is_dir() else "file" if mode in (0, 8) else "link" if mode == 10 else "special"
        yield _Entry(info.filename, kind, info.file_size, zipped, info)


def _kind_of(info: tarfile.TarInfo) -> Kind:
    if info.type in (tarfile.REGTYPE, tarfile.AREGTYPE):  # a sparse file may state any size
        return "file"
    return "folder" if info.isdir() else "link" if info.issym() or info.islnk() else "special"


@define
class _Stretch:
    """The next `left` bytes of a file."""

    file: BinaryIO
    left: int

    def read(self, size: int) -> bytes:
        found = self.file.read(min(size, self.left))
        self.left -= len(found)
        return found


def _debian_data(file: BinaryIO) -> _Stretch:
    """The tar file with the content of a Debian package, which is an `ar` archive."""
    file.seek(8)
    while head := file.read(60):
        if len(head) < 60 or head[58:] != b"`\n" or not head[48:58].strip().isdigit():
            break
        size = int(head[48:58])
        if head.startswith(b"data.tar"):
            return _Stretch(file, size)
        file.seek(size + size % 2, 1)
    raise tarfile.ReadError("it has no data.tar, so it is no Debian package")
