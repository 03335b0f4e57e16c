"""Tux Paint's stamps."""

import json
from pathlib import Path, PurePosixPath
from typing import ClassVar

from attrs import frozen

from rivalry.archives import contents, put
from rivalry.hooks import hookimpl
from rivalry.interfaces import Download

ROOT = "usr/share/tuxpaint/stamps/"


@frozen
class TuxPaint(Download):
    """Cut-out photographs and drawings with a sentence each: 785 stamps of Tux Paint, PNG with alpha.

    `pictures/<category>/...` in 16 categories of 5 to 247, most under 256 pixels a side; `captions.json` has the
    English sentences, such as "A red kangaroo.", by the pictures' paths.
    """

    name: ClassVar[str] = "tuxpaint"
    paper: ClassVar[str] = "none: the stamps of Tux Paint"

    client: ClassVar[str] = "apt"
    package: ClassVar[str] = "tuxpaint-stamps-default"
    version: ClassVar[str] = "2022.06.04-1"
    file: ClassVar[str] = "tuxpaint-stamps-default_2022.06.04-1_all.deb"
    size: ClassVar[int] = 160_880_444
    sha256: ClassVar[str] = "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34"
    licence: ClassVar[str] = "GPL-2"
    use: ClassVar[str] = "data: {use: folder, path: FOLDER/pictures, size: 64, fit: pad}"

    def unpack(self, archive: Path, folder: Path) -> None:
        found = dict(contents(archive, f"{ROOT}*.png", f"{ROOT}*.txt", count=1_748, size=26_515_621))
        captions = {}
        for path, content in found.items():
            text = found.get(str(PurePosixPath(path).with_suffix(".txt")), b"")
            if path.endswith(".png") and (lines := text.decode("utf-8", "replace").splitlines()):
                name = f"pictures/{path.removeprefix(ROOT)}"
                put(folder, name, content)
                captions[name] = lines[0].strip()
        put(folder, "captions.json", json.dumps(captions, indent=0, ensure_ascii=False).encode())


@hookimpl
def rivalry_components():
    return [TuxPaint]
