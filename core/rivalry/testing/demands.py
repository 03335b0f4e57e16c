"""What every contract says with."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen
from torch import Tensor

from rivalry.making import make


@frozen
class Build:
    """Makes the component under test, of the given facts; `facts` are those that a test states in their place."""

    kind: str
    name: str
    known: frozenset[str]
    stated: Mapping[str, Any]
    facts: Mapping[str, Any]

    def __call__(self, **given: Any) -> Any:
        asked = {key: value for key, value in given.items() if key in self.known}
        return make(self.kind, self.name, **self.stated, **{**asked, **self.facts})


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
