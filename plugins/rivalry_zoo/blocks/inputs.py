"""What a network makes of its inputs: vectors or maps, labels one-hot."""

import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from rivalry.fields import Field, Inputs


def _one_hot(labels: Tensor, classes: int, dtype: torch.dtype) -> Tensor:
    """Labels [...] as [..., classes]; by comparison, which reads no values, hence runs on any device and on fakes."""
    return (labels.unsqueeze(-1) == torch.arange(classes, device=labels.device)).to(dtype)


def vector_width(fields: Inputs, owner: str) -> int:
    """Components of all inputs as one vector; ValueError for a map of labels, or for no input at all."""
    if not fields:
        raise ValueError(f"{owner} wants at least one input, got none; write its call with one, as in `G(z)`")
    for field in fields:
        if field.classes is not None and field.shape:
            shape = "x".join(map(str, field.shape))
            raise ValueError(f"{owner} wants labels of one number per sample, got a {shape} map of labels")
    return sum(field.width for field in fields)


def as_vector(fields: Inputs, values: tuple[Tensor, ...], network: nn.Module) -> Tensor:
    """All inputs side by side as one vector [N, sum of widths]; labels one-hot, in the dtype of the network."""
    parts = []
    for field, value in zip(fields, values, strict=True):
        if field.classes is not None:
            parts.append(_one_hot(value, field.classes, next(network.parameters()).dtype))
        else:
            parts.append(value if value.ndim == 2 else rearrange(value, "n ... -> n (...)"))
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


def map_channels(conditions: Inputs, height: int, width: int, owner: str) -> int:
    """Channels of all conditions as maps; ValueError for a condition that is neither vector, label nor such a map."""
    total = 0
    for field in conditions:
        flat = len(field.shape) <= (1 if field.classes is None else 0)
        spatial = is_map(field) and field.shape[-2:] == (height, width)
        if not (flat or spatial):
            raise ValueError(
                f"{owner} wants conditions that are labels, vectors or maps of {height}x{width}, got {field}; "
                f"resize it in the flow"
            )
        total += field.width if flat or field.classes is not None else field.shape[0]
    return total


def is_map(field: Field) -> bool:
    """Whether an input has places: [C, h, w], or labels [h, w]."""
    return len(field.shape) == (3 if field.classes is None else 2)


def as_maps(fields: Inputs, values: tuple[Tensor, ...], height: int, width: int, dtype: torch.dtype) -> list[Tensor]:
    """Each input as maps [N, C, height, width]: vectors and labels (one-hot, in `dtype`) tiled, maps as they are."""
    maps = []
    for field, given in zip(fields, values, strict=True):
        value = given if field.classes is None else _one_hot(given, field.classes, dtype)
        if is_map(field):
            maps.append(value if field.classes is None else rearrange(value, "n h w c -> n c h w"))
        else:
            vector = value if value.ndim == 2 else value.unsqueeze(1)
            maps.append(repeat(vector, "n c -> n c h w", h=height, w=width))
    return maps


def with_maps(x: Tensor, fields: Inputs, conditions: tuple[Tensor, ...]) -> Tensor:
    """The image [N, C, H, W] with its conditions as further channels."""
    if not fields and not conditions:
        return x
    return torch.cat([x, *as_maps(fields, conditions, x.shape[2], x.shape[3], x.dtype)], 1)
