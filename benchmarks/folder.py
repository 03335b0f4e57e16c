"""How much faster is an epoch from the decoded cache than from Pillow in torch's DataLoader?

    python benchmarks/folder.py [--workers 0] [--rounds 7]

makes a temporary folder of 2,000 JPEGs of 64 x 64 x 3 (waves without noise), then times whole shuffled epochs of 64 a
batch, the two kinds in turn, in one process, and prints medians of images per second and their ratio. Both end in the
same float32 tensors [N, 3, 64, 64] on [-1, 1]; the cache is made, and both are warmed, before anything is timed.
"""

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from rivalry_zoo.datasets.folder import Folder

COUNT, SIDE, BATCH = 2_000, 64, 64


class Plain(Dataset):
    """What one would write by hand: open, convert, scale."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> torch.Tensor:
        with Image.open(self.paths[index]) as image:
            pixels = np.asarray(image.convert("RGB"))
        return torch.from_numpy(pixels.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1)


def write_pictures(folder: Path) -> list[Path]:
    down, across = np.mgrid[:SIDE, :SIDE] / SIDE
    paths = [folder / f"{i:04}.jpg" for i in range(COUNT)]
    for i, path in enumerate(paths):
        waves = [np.sin(2 * np.pi * ((1 + i % 5) * down + (1 + i % 7) * across + i / COUNT + c / 3)) for c in range(3)]
        Image.fromarray(np.uint8(127.5 + 127.5 * np.stack(waves, 2))).save(path, quality=90)
    return paths


def plain_epoch(loader: DataLoader) -> float:
    start = perf_counter()
    for _ in loader:
        pass
    return COUNT / (perf_counter() - start)


def cached_epoch(data: Folder) -> float:
    start = perf_counter()
    for indices in torch.randperm(COUNT).split(BATCH):
        data.batch(indices)
    return COUNT / (perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["XDG_CACHE_HOME"] = f"{temporary}/cache"
        pictures = Path(temporary, "pictures")
        pictures.mkdir()
        paths = write_pictures(pictures)
        loader = DataLoader(
            Plain(paths), BATCH, shuffle=True, num_workers=options.workers, persistent_workers=options.workers > 0
        )
        data = Folder(str(pictures), SIDE)
        every = torch.arange(COUNT)
        torch.testing.assert_close(data.batch(every)["x"], torch.stack([loader.dataset[i] for i in every.tolist()]))
        plain_epoch(loader), cached_epoch(data)
        rounds = [(plain_epoch(loader), cached_epoch(data)) for _ in range(options.rounds)]
    plain, cached = (median(speeds) for speeds in zip(*rounds, strict=True))
    print(f"Pillow in a DataLoader with {options.workers} workers: {plain:,.0f} images/s")
    print(f"decoded cache: {cached:,.0f} images/s")
    print(f"ratio {cached / plain:.1f} (least of any round {min(c / p for p, c in rounds):.1f})")


if __name__ == "__main__":
    main()
