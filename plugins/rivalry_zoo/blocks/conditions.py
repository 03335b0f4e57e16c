"""What networks tell the norms that take a condition, and how these read it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn

from rivalry.fields import Field, Inputs
from rivalry.interfaces import Norm
from rivalry_zoo.blocks.inputs import as_maps, as_vector, is_map, vector_width


def told_apart(inputs: Inputs, norm: Callable[..., Norm]) -> tuple[Inputs, Inputs]:
    """The inputs that enter a network, and those that its norms are told instead.

    Norms that take no condition are told nothing. Others are told all inputs but the first, or the first too if there
    is no other.
    """
    if not getattr(getattr(norm, "func", norm), "conditional", False):
        return inputs, ()
    return inputs[:1], inputs[1:] or inputs


def informed(norm: Callable[..., Norm], told: Inputs, owner: str) -> Callable[[int], Norm]:
    """What makes a norm of its channels alone; ValueError for inputs that no norm can be told."""
    if not told:
        return norm
    single = told[0] if len(told) == 1 and is_map(told[0]) else None
    if single is None:
        width = vector_width(told, owner)
    else:
        width = single.shape[0] if single.classes is None else single.classes
    return partial(norm, condition=width)


def heard(
    entering: Inputs, told: Inputs, values: tuple[Tensor, ...], network: nn.Module
) -> tuple[Tensor, Tensor | None]:
    """What enters, as one vector, and what norms are told: one label as it is [N], one map [N, d, h, w], all else as
    one vector [N, d].
    """
    if not told:
        return as_vector(entering, values, network), None
    code, mine = as_vector(entering, values[:1], network), values[1:] or values
    if len(told) == 1 and told[0].classes is not None and not told[0].shape:
        return code, *mine
    if len(told) == 1 and is_map(told[0]):
        return code, as_maps(told, mine, *told[0].shape[-2:], code.dtype)[0]
    return code, as_vector(told, mine, network)


def wanted(condition: int, owner: str) -> int:
    """The width of a norm's condition; ValueError where its network has none for it."""
    if condition < 1:
        raise ValueError(
            f"{owner} wants a condition, but its network tells its norms none; generators resnet and dcgan do"
        )
    return condition


def code(condition: Tensor | None, width: int, norm: Any) -> Tensor:
    """A condition as vectors [N, width], labels [N] one-hot; ValueError for none and for others."""
    labels = condition is not None and not condition.is_floating_point()
    if condition is None or condition.ndim != 2 - labels or (not labels and condition.shape[1] != width):
        raise ValueError(f"norm {norm.name} wants labels [N] or vectors [N, {width}], got {_shape(condition)}")
    return as_vector((Field((), classes=width) if labels else Field(width),), (condition,), norm)


def code_maps(condition: Tensor | None, width: int, norm: Any) -> Tensor:
    """A condition as maps [N, width, h, w], labels [N, h, w] one-hot; ValueError for none and for others."""
    labels = condition is not None and not condition.is_floating_point()
    if condition is None or condition.ndim != 4 - labels or (not labels and condition.shape[1] != width):
        raise ValueError(
            f"norm {norm.name} wants maps [N, {width}, h, w], or of labels [N, h, w], got {_shape(condition)}"
        )
    size = condition.shape[-2:]
    field = Field(tuple(size), classes=width) if labels else Field((width, *size))
    return as_maps((field,), (condition,), *size, next(norm.parameters()).dtype)[0]


def _shape(condition: Tensor | None) -> str:
    return "none" if condition is None else f"{list(condition.shape)} of {condition.dtype}"
