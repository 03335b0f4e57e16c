"""Tiny packages: what a package manager would bring, made in a moment, of the same bytes whenever they are made."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from rivalry import archives


def tar(files: Mapping[str, bytes], links: Mapping[str, str] = {}, kind: bytes = tarfile.SYMTYPE, pack="gz") -> bytes:
    """Files by name, then links by name and target."""
    content = io.BytesIO()
    # tarfile would write the time into gzip's header, and two workers would collect tests of two names.
    with tarfile.open(fileobj=content, mode="w:" if pack == "gz" else f"w:{pack}") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, target in links.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return gzip.compress(content.getvalue(), mtime=0) if pack == "gz" else content.getvalue()


def wheel(files: Mapping[str, bytes], links: Mapping[str, str] = {}) -> bytes:
    """A zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        for name, target in links.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16
            archive.writestr(info, target)
    return content.getvalue()


def deb(files: Mapping[str, bytes], links: Mapping[str, str] = {}, pack: str = "xz") -> bytes:
    """A Debian package: an ar archive whose last part is a tar file; names there begin with `./`."""
    inner = tar({f"./{name}": data for name, data in files.items()}, {f"./{n}": t for n, t in links.items()}, pack=pack)
    parts = {"debian-binary": b"2.0\n", "control.tar.gz": b"odd", f"data.tar.{pack}": inner}
    content = b"!<arch>\n"
    for name, data in parts.items():
        content += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}".encode() + b"`\n" + data
        content += b"\n" * (len(data) % 2)
    return content


class Stated:
    """Takes the place of `contents` in a module: tiny archives pass, and what was stated of the true one is kept."""

    def __init__(self, monkeypatch, module) -> None:
        monkeypatch.setattr(module, "contents", self)
        self.calls: list[tuple[int, int, bool]] = []

    def __call__(self, archive: Path, *patterns: str, count: int, size: int, links: bool = False):
        self.calls.append((count, size, links))
        found = [
            (name, content)
            for name, content in _all(archive, links)
            if any(archives.fnmatchcase(name, pattern) for pattern in patterns)
        ]
        return archives.contents(
            archive, *patterns, count=len(found), size=sum(len(content) for _, content in found), links=links
        )


def _all(archive: Path, links: bool):
    for entry in archives._entries(archive):
        if entry.kind == "file":
            yield archives.inside(entry.name), entry.read()


def unpacked(download, folder: Path, content: bytes) -> Path:
    """What a download makes of an archive."""
    archive, new = folder / download.file, folder / "new"
    archive.write_bytes(content)
    new.mkdir()
    download().unpack(archive, new)
    return new
