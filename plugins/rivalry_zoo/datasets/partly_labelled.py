"""Data of which most labels are not to be seen."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar

import torch
from attrs import evolve, frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset
from rivalry.marks import Gt, Le
from rivalry_zoo.blocks.points import numbers
from rivalry_zoo.blocks.rows import array_hash, joint_hash


@frozen
class PartlyLabelled(Dataset):
    """Another data set, all of its fields, of whose rows only a share keep their labels: for half-supervised games.

    The further field `labelled` is 1.0 where a row does and 0.0 where not; there the label reads 0, so nothing leaks:
    weigh what is computed of labels by `labelled`. round(share N) rows keep theirs, at least one, drawn once from
    `seed`. `label` names the field. The held-out examples keep all labels. Raises ValueError for data without that
    field, or with a field `labelled` of its own.
    """

    name: ClassVar[str] = "partly_labelled"
    paper: ClassVar[str] = "Salimans et al. 2016, arXiv:1606.03498, where 20 to 8,000 labels are left"

    data: Dataset
    share: Annotated[float, Gt(0), Le(1)] = 0.1
    label: str = "label"
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        fields = self.data.fields
        if self.label not in fields or fields[self.label].classes is None:
            labels = ", ".join(name for name, field in fields.items() if field.classes is not None)
            raise ValueError(f"wanted data with labels called '{self.label}'; its labels are: {labels or 'none'}")
        if "labelled" in fields:
            raise ValueError("wanted data without a field 'labelled', for that is added; wrap the bare data set")

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        return {**self.data.fields, "labelled": Field((), low=0, high=1)}

    @cached_property
    def _kept(self) -> Tensor:
        """1.0 for each row that keeps its label."""
        count = max(1, round(self.share * len(self)))
        kept = torch.zeros(len(self))
        kept[torch.from_numpy(numbers(self.name, self.seed).permutation(len(self))[:count])] = 1
        return kept

    @property
    def modes(self) -> Tensor | None:
        """Those of the data."""
        return self.data.modes

    @property
    def deviation(self) -> float | None:
        """That of the data."""
        return self.data.deviation

    def __len__(self) -> int:
        return len(self.data)

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        rows, kept = self.data.batch(indices), self._kept[indices]
        label = rows[self.label]
        hidden = kept.reshape(-1, *[1] * (label.ndim - 1)) == 0
        return {**rows, self.label: label.masked_fill(hidden, 0), "labelled": kept}

    @cached_property
    def fingerprint(self) -> str:
        return joint_hash({self.label: self.data.fingerprint, "labelled": array_hash(self._kept)})

    def held_out(self) -> "PartlyLabelled | None":
        kept = self.data.held_out()
        return None if kept is None else evolve(self, data=kept, share=1.0)


@hookimpl
def rivalry_components():
    return [PartlyLabelled]
