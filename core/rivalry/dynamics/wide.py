"""The present moment in float64."""

from typing import Any

from torch import Tensor


class Wide:
    """A moment whose data and latents are widened, for analyses that lose too many digits in float32."""

    def __init__(self, now: Any) -> None:
        self.now = now
        self.step = now.step

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)

    def data(self, name: str) -> Tensor:
        """A field of the present batch."""
        return _wide(self.now.data(name))

    def latent(self, name: str, turn: int | None = None) -> Tensor:
        """A latent of the present batch."""
        return _wide(self.now.latent(name, turn))


def _wide(tensor: Tensor) -> Tensor:
    return tensor.double() if tensor.is_floating_point() else tensor
