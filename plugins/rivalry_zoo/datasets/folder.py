"""A folder of pictures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from attrs import frozen
from torch import Tensor, from_numpy

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset
from rivalry.marks import Ge
from rivalry_zoo.blocks.picture_cache import Pictures, Recipe, decoded_pictures
from rivalry_zoo.blocks.pictures import SUFFIXES, Fit, find_pictures, sizes_of
from rivalry_zoo.blocks.rows import Values, array_hash, gathered, joint_hash

Side = Annotated[int, Ge(1)]


@frozen
class Folder(Dataset):
    """The pictures in a folder and those below it, by their paths: `x` (channels, height, width) on [-1, 1].

    `size` is one number or (height, width). A picture of another shape is scaled to cover it and cropped about its
    centre (`fit: crop`), scaled to lie within it on white (`pad`), or scaled without regard to its proportions
    (`stretch`). Grey, colour, palettes, alpha (on white, unless `channels` is 4), 16 bits, CMYK and EXIF's rotation are
    understood; of an animation the first frame counts. Links that lead outside the folder are not followed.

    `labels: auto` adds `label`, the number of the top-level subfolder, if there are two or more and all pictures lie in
    them, with the share of the pictures that each holds; true insists, false leaves it out. The first batch decodes
    everything once, into a memory-mapped file in the user's cache directory, which later runs reuse until a file's
    name, size or time changes. Broken pictures are all named in one ValueError or, with `broken: skip`, in a warning;
    each one's place is then taken by the next sound picture, so that the length stays what was known before. Raises
    ValueError for a folder without pictures.
    """

    name: ClassVar[str] = "folder"
    paper: ClassVar[str] = "none: the user's own pictures"

    path: str
    size: Side | tuple[Side, Side]
    channels: Literal[1, 3, 4] = 3
    labels: bool | Literal["auto"] = "auto"
    fit: Fit = "crop"
    broken: Literal["skip", "refuse"] = "refuse"

    def __attrs_post_init__(self) -> None:
        if not self._root.is_dir():
            raise ValueError(f"wanted a folder of pictures, but {self.path} is none")
        if not self._names:
            raise ValueError(f"no pictures in {self.path}: wanted files named {', '.join(SUFFIXES)}")
        if self.labels is True and (loose := [name for name in self._names if "/" not in name]):
            raise ValueError(
                f"with labels every picture must lie in a subfolder of {self.path}, but {loose[0]} does not"
            )

    @classmethod
    def of_folder(cls, path: str, size: int | None = None) -> "Folder":
        """The pictures in a folder at their own size, in colour; ValueError if they have several and none is given."""
        if size is not None:
            return cls(path, size)
        found = cls(path, 1)
        sizes = sizes_of(found._root, found._names)
        if len(sizes) != 1:
            some = ", ".join(f"{height} x {width}" for height, width in sorted(sizes)[:3])
            raise ValueError(f"pictures in {path} are of {len(sizes)} sizes ({some} ...): give one, as with --size 64")
        return cls(path, next(iter(sizes)))

    @property
    def _root(self) -> Path:
        return Path(self.path).expanduser()

    @cached_property
    def _names(self) -> Sequence[str]:
        return sorted(find_pictures(self._root))

    @cached_property
    def class_names(self) -> Sequence[str]:
        """The subfolder of each class; none where there are no labels."""
        tops = {name.partition("/")[0] if "/" in name else "" for name in self._names}
        if self.labels is False or (self.labels == "auto" and ("" in tops or len(tops) < 2)):
            return ()
        return sorted(tops)

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        height, width = self._size
        picture = {"x": Field((self.channels, height, width), low=-1, high=1)}
        return picture | ({"label": self._label} if self.class_names else {})

    @property
    def _label(self) -> Field:
        counts = Counter(name.partition("/")[0] for name in self._names)
        shares = tuple(counts[kind] / len(self._names) for kind in self.class_names)
        return Field((), classes=len(self.class_names), frequencies=shares)

    @property
    def _size(self) -> tuple[int, int]:
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    def __len__(self) -> int:
        return len(self._names)

    @cached_property
    def _pictures(self) -> Pictures:
        recipe = Recipe(self._root, self._names, *self._size, self.channels, self.fit)
        return decoded_pictures(recipe, skip=self.broken == "skip")

    @cached_property
    def _places(self) -> Values:
        """The stored picture of each example."""
        sound = [name not in self._pictures.broken for name in self._names]
        return (np.cumsum(sound) - np.asarray(sound)) % sum(sound)

    @cached_property
    def _labels(self) -> Values:
        """The label of each stored picture, int64."""
        number = {kind: i for i, kind in enumerate(self.class_names)}
        return np.array([number[n.partition("/")[0]] for n in self._names if n not in self._pictures.broken])

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        places = from_numpy(self._places[indices.numpy()])
        batch = {"x": gathered(self._pictures.pixels, places)}
        return batch | ({"label": gathered(self._labels, places)} if self.class_names else {})

    @cached_property
    def fingerprint(self) -> str:
        labels = {"label": array_hash(self._labels)} if self.class_names else {}
        return joint_hash({"x": self._pictures.pixel_hash} | labels)


@hookimpl
def rivalry_components():
    return [Folder]
