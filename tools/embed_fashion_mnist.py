"""Write the part of Fashion-MNIST that ships with the zoo.

    python tools/embed_fashion_mnist.py /usr/share/datasets/fashion-mnist

reads the four IDX files of that folder (Debian's package dataset-fashion-mnist puts them there) and keeps, in the order
of the files, the first 500 training and the first 100 test images of each class. Nothing is random, and the same input
gives the same bytes with the same versions of NumPy and zlib.
"""

import sys
from pathlib import Path

import numpy as np

from rivalry_zoo.blocks.idx import find_idx, read_idx

TARGET = Path(__file__).parents[1] / "plugins/rivalry_zoo/datasets/fashion_mnist.npz"


def first_of_each(labels: np.ndarray, count: int) -> np.ndarray:
    """The places of the first `count` examples of every class, ascending."""
    return np.sort(np.concatenate([np.flatnonzero(labels == kind)[:count] for kind in range(10)]))


def main(folder: str) -> None:
    arrays = {}
    for split, stem, count in (("train", "train", 500), ("test", "t10k", 100)):
        labels = read_idx(find_idx(folder, f"{stem}-labels-idx1-ubyte"))
        kept = first_of_each(labels, count)
        arrays[f"{split}_x"] = read_idx(find_idx(folder, f"{stem}-images-idx3-ubyte"))[kept]
        arrays[f"{split}_label"] = labels[kept]
    np.savez_compressed(TARGET, **arrays)
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
