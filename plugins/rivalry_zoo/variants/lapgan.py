"""The Laplacian pyramid of games."""

from typing import Annotated, Any, ClassVar

from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Variant
from rivalry.marks import Gt, Interval


def _deepest(size: int) -> int:
    """The most levels that a size allows: it is halved while it is even and 4 or more are left."""
    return 1 if size % 2 or size < 8 else 1 + _deepest(size // 2)


@frozen
class Lapgan(Variant):
    """One game per level of a pyramid of squares: size, size / 2, ..., size / 2^(levels - 1).

    The coarsest level is a game of its own (perceptrons, of `coarse_width`). At each finer size s the blurred image low
    = resize(half, s), half being the true image of the size below, is the condition: G_s makes the detail x_s - low
    from noise planes and low, and the critic D_s judges detail + low, that is an image. Every level sees true images
    alone, so no level waits for another: all train at once, or one after the other, coarse to fine, as `stages` of
    `steps` each. The sample climbs from the coarsest game's fake: image <- up + G_s(z_s, up), up = resize(image, s).
    Names end in the size: G28, D28, z28, low28, detail28, the game level28.

    Data are the user's, pictures of size x size whose first field is called x. Defaults are for 28 x 28; the paper's
    are CIFAR's 32, 16, 8 with widths of 64 or 128. Raises ValueError for a size that cannot be halved so often.
    """

    name: ClassVar[str] = "lapgan"
    paper: ClassVar[str] = "Denton, Chintala, Szlam & Fergus 2015, arXiv:1506.05751"

    levels: Annotated[int, Interval(ge=2, le=8)] = 3
    size: Annotated[int, Gt(0)] = 28
    width: Annotated[int, Gt(0)] = 24
    coarse_width: Annotated[int, Gt(0)] = 256
    lr: Annotated[float, Gt(0)] = 5e-4
    stages: bool = False
    steps: Annotated[int, Gt(0)] = 1_000

    def __attrs_post_init__(self) -> None:
        most = _deepest(self.size)
        if self.levels > most:
            offer = f"take levels {most}" if most > 1 else "take a size of 8 or more that is even"
            raise ValueError(f"a pyramid of {self.levels} levels cannot stand on {self.size} x {self.size}; {offer}")

    @property
    def sizes(self) -> list[int]:
        """Sides of the images, coarse to fine."""
        return [self.size >> level for level in reversed(range(self.levels))]

    def spec(self) -> dict[str, Any]:
        base, *finer = self.sizes
        latents: dict[str, Any] = {f"z{base}": {"use": "normal", "size": 32}}
        generators: dict[str, Any] = {
            f"G{base}": {"use": "mlp", "width": self.coarse_width, "layers": 2, "activation": "tanh"}
        }
        discriminators: dict[str, Any] = {f"D{base}": {"use": "mlp", "width": self.coarse_width, "layers": 2}}
        images = {size: "x" if size == self.size else f"x{size}" for size in self.sizes}
        halves = reversed(list(zip(self.sizes, finer)))
        pyramid = {images[half]: f"resize({images[size]}, size={half})" for half, size in halves}
        flow = {**pyramid, f"made{base}": f"G{base}(z{base})"}
        losses: dict[str, Any] = {f"level{base}": self._game(f"D{base}", images[base], f"made{base}")}
        drawn = f"made{base}"
        for half, size in zip(self.sizes, finer):
            latents[f"z{size}"] = {"use": "normal", "size": [1, size, size]}
            generators[f"G{size}"] = {"use": "lapgan", "width": self.width, "layers": 3, "kernel": 3}
            discriminators[f"D{size}"] = {"use": "dcgan", "width": self.width, "norm": "none", "bias": True}
            flow |= {
                f"low{size}": f"resize({images[half]}, size={size})",
                f"detail{size}": f"{images[size]} - low{size}",
                f"made{size}": f"G{size}(z{size}, low{size})",
                f"up{size}": f"resize({drawn}, size={size})",
                f"drawn{size}": f"up{size} + G{size}(z{size}, up{size})",
            }
            drawn = f"drawn{size}"
            losses[f"level{size}"] = self._game(f"D{size}(_ + low{size})", f"detail{size}", f"made{size}")
        optimizer = {"use": "adam", "lr": self.lr, "betas": [0.5, 0.999]}
        laid_out = {
            "rivalry": 1,
            "paper": self.paper,
            "latents": latents,
            "generators": generators,
            "discriminators": discriminators,
            "flow": flow,
            "losses": losses,
            "players": {side: {"optimizer": dict(optimizer)} for side in ("discriminator", "generator")},
            "sample": drawn,
        }
        if self.stages:
            laid_out["stages"] = [{"name": name, "steps": self.steps, "losses": [name]} for name in losses]
        else:
            laid_out["train"] = {"steps": self.steps}
        return laid_out

    @staticmethod
    def _game(judge: str, real: str, fake: str) -> dict[str, str]:
        return {"objective": "non_saturating", "judge": judge, "real": real, "fake": fake}


@hookimpl
def rivalry_components():
    return [Lapgan]
