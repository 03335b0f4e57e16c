"""AlexNet's and VGG16's convolutions, and the perceptual distance between what two pictures excite in them."""

from collections.abc import Mapping
from math import prod

import torch
from attrs import frozen
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.linalg import vector_norm
from torch.nn.functional import conv2d, max_pool2d

from rivalry.cache import cache_folder
from rivalry.interfaces import Dataset
from rivalry_zoo.blocks.judging import digest
from rivalry_zoo.blocks.ranges import PictureRange
from rivalry_zoo.blocks.resizing import resized

PIXELS_AT_ONCE = 1 << 19
"""Pixels of a chunk of pictures; VGG16 holds some 500 bytes of maps for each."""

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""ImageNet's channel means and deviations, for values in [-1, 1]."""


@frozen
class Convolution:
    """One convolution with its ReLU; `tap` names a map that distances look at, `pooled` tells of a max pool before."""

    outputs: int
    kernel: int = 3
    stride: int = 1
    padding: int = 1
    tap: str = ""
    pooled: bool = False


@frozen
class Trunk:
    """A network's convolutions, the width of its max pools (of stride 2), and the least side of its pictures."""

    name: str
    pool: int
    least: int
    convolutions: tuple[Convolution, ...]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The weights' names and shapes: those of the convolutions in turn, then one head for each tap."""
        found: dict[str, tuple[int, ...]] = {}
        inputs = 3
        for number, own in enumerate(self.convolutions):
            found[f"conv{number}.weight"] = (own.outputs, inputs, own.kernel, own.kernel)
            found[f"conv{number}.bias"] = (own.outputs,)
            inputs = own.outputs
        taps = [own for own in self.convolutions if own.tap]
        return found | {f"head{number}.weight": (1, own.outputs, 1, 1) for number, own in enumerate(taps)}

    def maps(self, pictures: Tensor, weights: Mapping[str, Tensor], last: str = "") -> dict[str, Tensor]:
        """The tapped maps [N, C, H, W], up to the tap `last`, of RGB pictures in [-1, 1]."""
        x = (pictures - pictures.new_tensor(SHIFT)[:, None, None]) / pictures.new_tensor(SCALE)[:, None, None]
        found = {}
        for number, own in enumerate(self.convolutions):
            if own.pooled:
                x = max_pool2d(x, self.pool, 2)
            kernel, bias = weights[f"conv{number}.weight"], weights[f"conv{number}.bias"]
            x = conv2d(x, kernel, bias, own.stride, own.padding).relu()
            if own.tap:
                found[own.tap] = x
                if own.tap == last:
                    break
        return found


ALEXNET = Trunk(
    "alexnet", pool=3, least=31,
    convolutions=(
        Convolution(64, 11, 4, 2, tap="relu1"),
        Convolution(192, 5, 1, 2, tap="relu2", pooled=True),
        Convolution(384, tap="relu3", pooled=True),
        Convolution(256, tap="relu4"),
        Convolution(256, tap="relu5"),
    ),
)  # fmt: skip

VGG16 = Trunk(
    "vgg16", pool=2, least=16,
    convolutions=(
        Convolution(64), Convolution(64, tap="relu1_2"),
        Convolution(128, pooled=True), Convolution(128, tap="relu2_2"),
        Convolution(256, pooled=True), Convolution(256), Convolution(256, tap="relu3_3"),
        Convolution(512, pooled=True), Convolution(512), Convolution(512, tap="relu4_3"),
        Convolution(512, pooled=True), Convolution(512), Convolution(512, tap="relu5_3"),
    ),
)  # fmt: skip


def load(trunk: Trunk) -> dict[str, Tensor]:
    """The fetched weights; ValueError in words where they are missing or others."""
    path = cache_folder("downloads", "lpips") / f"{trunk.name}.safetensors"
    if not path.is_file():
        raise ValueError(f"the weights of {trunk.name} are missing: fetch them with `rivalry data fetch lpips`")
    try:
        weights = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"the weights in {path} are damaged ({error}): remove the file and fetch it again") from None
    wanted, found = trunk.shapes(), {key: tuple(value.shape) for key, value in weights.items()}
    if wrong := sorted(key for key in wanted | found if wanted.get(key) != found.get(key)):
        raise ValueError(
            f"the weights in {path} are not those of {trunk.name} (see {wrong[0]}): remove the file and fetch it again"
        )
    return weights


def _units(maps: Tensor) -> Tensor:
    """Each position's channels, scaled to length 1; all zero stays so."""
    return maps / (vector_norm(maps, dim=1, keepdim=True) + 1e-10)


def perceptual_distances(trunk: Trunk, weights: Mapping[str, Tensor], first: Tensor, second: Tensor) -> Tensor:
    """LPIPS v0.1 [N] of RGB pictures [N, 3, H, W] in [-1, 1]: the sum over taps of the positions' mean of
    head' (u - v)^2, with u and v the channels at one position, scaled to length 1.
    """
    pairs = zip(trunk.maps(first, weights).values(), trunk.maps(second, weights).values(), strict=True)
    total = first.new_zeros(len(first))
    for number, (a, b) in enumerate(pairs):
        squares = (_units(a) - _units(b)).square()
        total = total + conv2d(squares, weights[f"head{number}.weight"]).mean((1, 2, 3))
    return total


@frozen(eq=False)
class Lens:
    """A trunk with its weights, ready for one data set's pictures; `side` is what they are resized to, if anything."""

    trunk: Trunk
    weights: Mapping[str, Tensor]
    range: PictureRange
    side: int | None
    hashed: str

    @classmethod
    def ready(cls, trunk: Trunk, side: int | None, dataset: Dataset, device: torch.device) -> "Lens":
        """ValueError for data that are no pictures, or too small ones, and for missing weights."""
        found, weights = PictureRange.of(dataset), load(trunk)
        lens = cls(trunk, {key: value.to(device) for key, value in weights.items()}, found, side, digest(weights))
        lens._check(next(iter(dataset.fields.values())).shape)
        return lens

    def _check(self, shape: tuple[int, ...]) -> None:
        least = self.trunk.least
        if self.side is None and min(shape[-2:]) < least:
            raise ValueError(
                f"{self.trunk.name} needs pictures of {least} x {least} or more, got {shape[-2]} x {shape[-1]}: "
                "resize them, as with `side: 64`"
            )

    def fingerprint(self, layer: str) -> str:
        seen = "as they are" if self.side is None else f"clean {self.side}"
        return f"{self.trunk.name}-{self.hashed}-{layer}-{seen}-{self.range}"

    def _pictures(self, samples: Tensor) -> Tensor:
        rgb = self.range.rgb(samples.to(self.weights["conv0.weight"].device))
        self._check(rgb.shape)
        return 2 * (rgb if self.side is None else resized(rgb, self.side)) - 1

    def _chunk(self, samples: Tensor) -> int:
        return max(1, PIXELS_AT_ONCE // max(1, self.side**2 if self.side else prod(samples.shape[2:])))

    def vectors(self, samples: Tensor, layer: str) -> Tensor:
        """The mean [N, C] over positions of a tapped map."""
        parts = samples.split(self._chunk(samples))
        return torch.cat([self.trunk.maps(self._pictures(x), self.weights, layer)[layer].mean((2, 3)) for x in parts])

    def distances(self, first: Tensor, second: Tensor) -> Tensor:
        """`perceptual_distances` of samples, each from its partner."""
        if first.shape != second.shape:
            raise ValueError(f"wanted pairs of pictures of one shape, got {list(first.shape)} and {list(second.shape)}")
        size = self._chunk(first)
        pairs = ((self._pictures(a), self._pictures(b)) for a, b in zip(first.split(size), second.split(size)))
        return torch.cat([perceptual_distances(self.trunk, self.weights, a, b) for a, b in pairs])


def prepared(lens: Lens | None) -> Lens:
    """The lens; RuntimeError where there is none yet."""
    if lens is None:
        raise RuntimeError("the extractor has no weights yet: call prepare(dataset, device) first")
    return lens
