"""The whole of Fashion-MNIST."""

from pathlib import Path, PurePosixPath
from typing import ClassVar

from attrs import frozen

from rivalry.archives import contents, put
from rivalry.hooks import hookimpl
from rivalry.interfaces import Download


@frozen
class FashionMNIST(Download):
    """All of Fashion-MNIST: 60,000 training and 10,000 test images of clothing, 28 x 28, grey, of 10 classes.

    6,000 and 1,000 of each class. The four IDX files as their authors pack them, for the data set `fashion_mnist`,
    which without them has the 6,000 that ship with the zoo.
    """

    name: ClassVar[str] = "fashion_mnist"
    paper: ClassVar[str] = "Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747"

    client: ClassVar[str] = "apt"
    package: ClassVar[str] = "dataset-fashion-mnist"
    version: ClassVar[str] = "0.0~git20200523.55506a9-1"
    file: ClassVar[str] = "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb"
    size: ClassVar[int] = 30_900_652
    sha256: ClassVar[str] = "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0"
    licence: ClassVar[str] = "MIT"
    use: ClassVar[str] = "data: {use: fashion_mnist, path: FOLDER}"

    def unpack(self, archive: Path, folder: Path) -> None:
        for path, content in contents(archive, "*/fashion-mnist/*-ubyte.gz", count=4, size=30_878_551):
            put(folder, PurePosixPath(path).name, content)


@hookimpl
def rivalry_components():
    return [FashionMNIST]
