"""What every contract says with."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

Build = Callable[..., Any]
"""Makes the component under test, of the given facts."""


def demand(holds: Any, message: str) -> None:
    """Raise AssertionError with the message unless it holds (also under `python -O`)."""
    if not holds:
        raise AssertionError(message)


def finite(what: str, *tensors: Tensor) -> None:
    """Demand that all values are finite."""
    demand(all(tensor.isfinite().all() for tensor in tensors), f"{what} must be finite")


def scalar(what: str, loss: Tensor) -> Tensor:
    """Demand a finite scalar."""
    demand(
        isinstance(loss, Tensor) and loss.shape == (),
        f"{what} must be a scalar tensor, got {getattr(loss, 'shape', loss)}",
    )
    finite(what, loss)
    return loss
