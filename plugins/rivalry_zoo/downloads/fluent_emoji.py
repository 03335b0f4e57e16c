"""Fluent's emoji."""

from pathlib import Path, PurePosixPath
from typing import ClassVar

from attrs import frozen

from rivalry.archives import contents, put
from rivalry.hooks import hookimpl
from rivalry.interfaces import Download


@frozen
class FluentEmoji(Download):
    """Microsoft's Fluent emoji, 256 x 256, without labels: 3,391 WebP with alpha, skin tones among them.

    `pictures/<code points>.webp`, modelled in three dimensions.
    """

    name: ClassVar[str] = "fluent_emoji"
    paper: ClassVar[str] = "none: the Fluent Emoji project"

    client: ClassVar[str] = "npm"
    package: ClassVar[str] = "@lobehub/fluent-emoji-3d"
    version: ClassVar[str] = "1.1.0"
    file: ClassVar[str] = "lobehub-fluent-emoji-3d-1.1.0.tgz"
    size: ClassVar[int] = 15_792_027
    sha256: ClassVar[str] = "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58"
    licence: ClassVar[str] = "MIT"
    use: ClassVar[str] = "data: {use: folder, path: FOLDER/pictures, size: 64}"

    def unpack(self, archive: Path, folder: Path) -> None:
        for path, content in contents(archive, "*/assets/*.webp", count=3_391, size=17_709_188):
            put(folder, f"pictures/{PurePosixPath(path).name}", content)


@hookimpl
def rivalry_components():
    return [FluentEmoji]
