"""Open Clip Art."""

from pathlib import Path
from typing import ClassVar

from attrs import frozen

from rivalry.archives import contents, put
from rivalry.hooks import hookimpl
from rivalry.interfaces import Download
from rivalry_zoo.blocks.pictures import LIMIT


@frozen
class OpenClipart(Download):
    """Drawings of Open Clip Art in 22 categories: 6,900 PNG with alpha, most of 64 to 900 pixels a side.

    `pictures/<category>/...`, 3 to 1,797 each, with the package's subcategories below; file names tell what is shown,
    and end with their author. The package's 1,221 links, which put a drawing into a second category, are left out.
    """

    name: ClassVar[str] = "openclipart"
    paper: ClassVar[str] = "none: the Open Clip Art Library 0.18"

    client: ClassVar[str] = "apt"
    package: ClassVar[str] = "openclipart-png"
    version: ClassVar[str] = "1:0.18+dfsg-19"
    file: ClassVar[str] = "openclipart-png_1%3a0.18+dfsg-19_all.deb"
    size: ClassVar[int] = 130_910_028
    sha256: ClassVar[str] = "f07f1545a2970c2cf3fa339bc2405da1a95cf2b1827bfa05bf73eb1c20291c02"
    licence: ClassVar[str] = "public domain dedication"
    use: ClassVar[str] = "data: {use: folder, path: FOLDER/pictures, size: 64, fit: pad}"

    def unpack(self, archive: Path, folder: Path) -> None:
        root = "usr/share/openclipart/png/"
        for path, content in contents(archive, f"{root}*.png", count=6_900, size=153_274_519, links=True):
            if pixels(content) <= LIMIT:
                put(folder, f"pictures/{path.removeprefix(root)}", content)


def pixels(content: bytes) -> int:
    """The number of pixels that the header of a PNG states."""
    return int.from_bytes(content[16:20]) * int.from_bytes(content[20:24])


@hookimpl
def rivalry_components():
    return [OpenClipart]
