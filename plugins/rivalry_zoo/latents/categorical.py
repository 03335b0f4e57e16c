"""Random labels."""

from functools import cache
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Latent
from rivalry.marks import Given, Gt
from rivalry.streams import Stream


@cache  # one copy to a device, not one a draw: the host would wait for it
def _edges(frequencies: tuple[float, ...], device: torch.device, dtype: torch.dtype) -> Tensor:
    """Where each class but the first begins on [0, 1), [classes - 1]."""
    shares = torch.tensor(frequencies, dtype=torch.float64)
    return (shares.cumsum(0) / shares.sum())[:-1].to(device, dtype)


@frozen
class Categorical(Latent):
    """One integer label per sample, of shape [n]; networks see it as a label.

    Uniform on 0, ..., classes - 1; or, as in `{use: categorical, like: label}`, with the classes of a field of the data
    and as frequent as there (uniform where the data does not say how frequent they are). Raises ValueError unless one
    of `classes` and `like` is given, and for a field that holds no labels.
    """

    name: ClassVar[str] = "categorical"
    paper: ClassVar[str] = "Chen et al. 2016, arXiv:1606.03657"

    classes: Annotated[int, Gt(0)] | None = None
    like: Given[Field | None] = None

    def __attrs_post_init__(self) -> None:
        if (self.classes is None) == (self.like is None):
            got = "neither" if self.like is None else f"classes: {self.classes} and like"
            raise ValueError(f"wanted a number of classes, or a field of labels to be like, got {got}; say one of them")
        if self.like is not None and self.like.classes is None:
            raise ValueError(
                f"wanted a field of labels to be like, got one of shape {self.like}; use normal or uniform"
            )

    @property
    def field(self) -> Field:
        return Field((), classes=self.classes) if self.like is None else self.like

    def sample(self, n: int, draw: Stream) -> Tensor:
        field = self.field
        if field.frequencies is None:
            return draw.integers(int(field.classes or 1), n, *field.shape)
        place = draw.uniform(n, *field.shape)
        return torch.searchsorted(_edges(field.frequencies, place.device, place.dtype), place, right=True)


@hookimpl
def rivalry_components():
    return [Categorical]
