"""Where half precision cannot hold the result."""

import torch
from torch import Tensor


def wide(tensor: Tensor) -> Tensor:
    """The tensor in at least float32: float16 ends at 65504, hence cannot hold the square of 256."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
