"""What is known of a tensor before it exists."""

from collections.abc import Iterable
from math import prod

from attrs import field, frozen

Shape = tuple[int, ...]


def _shape(value: int | Iterable[int]) -> Shape:
    return (value,) if isinstance(value, int) else tuple(int(size) for size in value)


def _frequencies(value: Iterable[float] | None) -> tuple[float, ...] | None:
    return None if value is None else tuple(float(share) for share in value)


@frozen
class Field:
    """The fact sheet of one tensor of the flow.

    `shape` leaves out the batch; `classes` is set for integer labels in [0, classes), and `frequencies`, one share a
    class, where the data set knows them; `low` and `high` bound the values where a data set declares them.
    """

    shape: Shape = field(converter=_shape)
    classes: int | None = None
    low: float | None = None
    high: float | None = None
    frequencies: tuple[float, ...] | None = field(default=None, converter=_frequencies)

    @property
    def size(self) -> int:
        """Number of values per sample."""
        return prod(self.shape)

    @property
    def width(self) -> int:
        """Size of the vector that stands for this tensor as a network's input: one value per class for a label."""
        return self.classes if self.classes is not None else self.size

    def __str__(self) -> str:
        if self.classes is not None:
            return f"label of {self.classes} classes"
        return "x".join(map(str, self.shape)) if self.shape else "scalar"


Inputs = tuple[Field, ...]


def as_field(value: "Field | int | Iterable[int]") -> Field:
    """A field as itself; a size or a shape as the field of that shape (so that plain Python calls stay short)."""
    return value if isinstance(value, Field) else Field(value)


def as_inputs(value: "Field | int | Iterable[Field | int | Iterable[int]]") -> Inputs:
    """One field per positional input of a network.

    `128` and `(3, 64, 64)` are one input of that size or shape; a list that holds a Field or a shape is one item an
    input, as in `[128, Field((), classes=10)]`.
    """
    if isinstance(value, Field | int):
        return (as_field(value),)
    items = tuple(value)
    if items and all(isinstance(item, int) for item in items):
        return (Field(tuple(item for item in items if isinstance(item, int))),)
    return tuple(as_field(item) for item in items)
