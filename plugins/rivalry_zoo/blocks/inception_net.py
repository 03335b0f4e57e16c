"""The Inception network of 2015 that FID and the inception score are told in, and the files that hold its weights."""

import warnings
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import file_digest
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d

SIDE = 299
"""Pixels a side of the pictures it was trained on."""

FILES = (
    "pt_inception-2015-12-05-6726825d.pth",
    "weights-inception-2015-12-05-6726825d.pth",
    "inception-2015-12-05.pt",
)
"""The names under which the weights go round: pytorch-fid's, torch-fidelity's, and the TorchScript translation."""

STATE_DICT = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
TORCHSCRIPT = "f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4"
"""SHA-256 of the published files; the first two hold the same bytes."""


class Convolution(nn.Module):
    """A convolution without bias, batch normalisation and ReLU; it keeps the size unless its stride is 2 or it is told
    to take whole windows only.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int | tuple[int, int] = 1, stride: int = 1, padded: bool = True
    ) -> None:
        super().__init__()
        sides = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = tuple(side // 2 for side in sides) if padded and stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, sides, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x)).relu()


@frozen
class Step:
    """One convolution of a path: its name, outputs, kernel and stride."""

    name: str
    outputs: int
    kernel: int | tuple[int, int] = 1
    stride: int = 1


Branch = Sequence[Step | tuple[Step, Step]]
"""Convolutions in turn; a pair, which comes last, sees the same input, and its outputs lie side by side."""

_mean = partial(avg_pool2d, kernel_size=3, stride=1, padding=1, count_include_pad=False)
_largest = partial(max_pool2d, kernel_size=3, stride=1, padding=1)
_halved = partial(max_pool2d, kernel_size=3, stride=2)


class Mixed(nn.Module):
    """Paths side by side, then a pool, with a 1 x 1 convolution to `pooled` channels unless that is 0."""

    def __init__(self, inputs: int, paths: Sequence[Branch], pool: Callable[..., Tensor], pooled: int = 0) -> None:
        super().__init__()
        self.paths, self.pool = paths, pool
        for path in paths:
            width = inputs
            for step in path:
                for own in step if isinstance(step, tuple) else (step,):
                    setattr(self, own.name, Convolution(width, own.outputs, own.kernel, own.stride))
                    outputs = own.outputs
                width = outputs
        self.branch_pool = Convolution(inputs, pooled) if pooled else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        found = []
        for path in self.paths:
            ends = [x]
            for step in path:
                steps = step if isinstance(step, tuple) else (step,)
                ends = [getattr(self, own.name)(ends[0]) for own in steps]
            found += ends
        return torch.cat([*found, self.branch_pool(self.pool(x))], 1)


ACROSS, DOWN = (1, 7), (7, 1)


def _small(inputs: int, pooled: int) -> Mixed:
    """35 x 35: windows of 5 x 5."""
    five = [Step("branch5x5_1", 48), Step("branch5x5_2", 64, 5)]
    double = [Step("branch3x3dbl_1", 64), Step("branch3x3dbl_2", 96, 3), Step("branch3x3dbl_3", 96, 3)]
    return Mixed(inputs, [[Step("branch1x1", 64)], five, double], _mean, pooled)


def _to_17() -> Mixed:
    double = [Step("branch3x3dbl_1", 64), Step("branch3x3dbl_2", 96, 3), Step("branch3x3dbl_3", 96, 3, 2)]
    return Mixed(288, [[Step("branch3x3", 384, 3, 2)], double], _halved)


def _middle(width: int) -> Mixed:
    """17 x 17: windows of 7 x 7, as rows and columns."""
    seven = [Step("branch7x7_1", width), Step("branch7x7_2", width, ACROSS), Step("branch7x7_3", 192, DOWN)]
    double = [
        Step("branch7x7dbl_1", width),
        Step("branch7x7dbl_2", width, DOWN),
        Step("branch7x7dbl_3", width, ACROSS),
        Step("branch7x7dbl_4", width, DOWN),
        Step("branch7x7dbl_5", 192, ACROSS),
    ]
    return Mixed(768, [[Step("branch1x1", 192)], seven, double], _mean, 192)


def _to_8() -> Mixed:
    three = [Step("branch3x3_1", 192), Step("branch3x3_2", 320, 3, 2)]
    seven = [
        Step("branch7x7x3_1", 192),
        Step("branch7x7x3_2", 192, ACROSS),
        Step("branch7x7x3_3", 192, DOWN),
        Step("branch7x7x3_4", 192, 3, 2),
    ]
    return Mixed(768, [three, seven], _halved)


def _large(inputs: int, pool: Callable[..., Tensor]) -> Mixed:
    """8 x 8: a row and a column beside each other."""

    def forked(name: str) -> tuple[Step, Step]:
        return Step(f"{name}a", 384, (1, 3)), Step(f"{name}b", 384, (3, 1))

    three = [Step("branch3x3_1", 384), forked("branch3x3_2")]
    double = [Step("branch3x3dbl_1", 448), Step("branch3x3dbl_2", 384, 3), forked("branch3x3dbl_3")]
    return Mixed(inputs, [[Step("branch1x1", 320)], three, double], pool, 192)


class InceptionNet(nn.Module):
    """Pictures [N, 3, H, W] in [-1, 1], 75 x 75 or more, to features [N, 2048], under the published weights' names.

    It is not today's Inception-v3: its means at the border leave the padding out, its last block takes the largest
    value instead of the mean, and `fc` has 1008 outputs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Convolution(3, 32, 3, 2)
        self.Conv2d_2a_3x3 = Convolution(32, 32, 3, padded=False)
        self.Conv2d_2b_3x3 = Convolution(32, 64, 3)
        self.Conv2d_3b_1x1 = Convolution(64, 80)
        self.Conv2d_4a_3x3 = Convolution(80, 192, 3, padded=False)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = _small(192, 32), _small(256, 64), _small(288, 64)
        self.Mixed_6a = _to_17()
        self.Mixed_6b, self.Mixed_6c, self.Mixed_6d, self.Mixed_6e = map(_middle, (128, 160, 160, 192))
        self.Mixed_7a = _to_8()
        self.Mixed_7b, self.Mixed_7c = _large(1280, _mean), _large(2048, _largest)
        self.fc = nn.Linear(2048, 1008)

    def forward(self, x: Tensor) -> Tensor:
        for name, module in self.named_children():
            if name in ("Conv2d_3b_1x1", "Mixed_5b"):
                x = _halved(x)
            if name != "fc":
                x = module(x)
        return x.mean((2, 3))


@frozen(eq=False)
class Weights:
    """What a file holds: the map from pictures [N, 3, 299, 299] in [-1, 1] to features [N, 2048], and the last layer's
    weight [1008, 2048]; with the file's SHA-256 and whether that is a published one's.
    """

    features: Callable[[Tensor], Tensor]
    last: Tensor
    sha256: str
    published: bool


def weights_file(path: str | None, folder: Path) -> Path:
    """The user's file, or the first of the known names in the folder; ValueError in words for none."""
    if path is not None:
        if not Path(path).is_file():
            raise ValueError(f"no file {path}: wanted the weights of Inception-2015 ({' or '.join(FILES)})")
        return Path(path)
    found = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if found is None:
        raise ValueError(
            f"the weights of Inception-2015 are missing: put {', '.join(FILES[:-1])} or {FILES[-1]} into {folder}, or "
            "say where they lie with `path`; no package carries them"
        )
    return found


def _of_state(state: Any, path: Path) -> tuple[InceptionNet, Tensor]:
    with torch.device("meta"):
        network = InceptionNet()
    wanted = {key: value.shape for key, value in network.state_dict().items()}
    found = state if isinstance(state, dict) else {}
    counters = {key: torch.zeros((), dtype=torch.int64) for key in wanted if key.endswith("num_batches_tracked")}
    found = counters | {key: value for key, value in found.items() if isinstance(value, Tensor)}
    if wrong := [key for key in wanted | found if key not in wanted or key not in found]:
        raise ValueError(f"{path} does not hold the Inception of 2015: wrong or missing is {wrong[0]}")
    if wrong := [key for key in wanted if found[key].shape != wanted[key]]:
        raise ValueError(
            f"{path} does not hold the Inception of 2015: {wrong[0]} has the shape {list(found[wrong[0]].shape)}, not "
            f"{list(wanted[wrong[0]])}"
        )
    network.load_state_dict(found, assign=True)
    network.eval().requires_grad_(False)
    return network, network.fc.weight


def _is_program(path: Path) -> bool:
    """Whether it is a TorchScript archive."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _of_program(path: Path, device: torch.device) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # nothing else reads such a file
        program = torch.jit.load(path, map_location=device).eval()
    for parameter in program.parameters():
        parameter.requires_grad_(False)
    last = next(value for value in program.state_dict().values() if value.shape == (1008, 2048))
    return lambda x: program.layers(x).flatten(1), last


def load(path: Path, device: torch.device) -> Weights:
    """The weights of a file of any of the known kinds.

    A state dict of other values in the same shapes is loaded too, as not published. A TorchScript file is a program,
    so it is run only where it is the known one. ValueError in words for anything else.
    """
    with path.open("rb") as file:
        sha256 = file_digest(file, "sha256").hexdigest()
    if _is_program(path):
        if sha256 != TORCHSCRIPT:
            raise ValueError(
                f"{path} is a TorchScript program, but not the known one (its SHA-256 begins with {sha256[:8]}, not "
                f"{TORCHSCRIPT[:8]}): it is not run"
            )
        features, last = _of_program(path, device)
        return Weights(features, last, sha256, True)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path} is damaged, or no file of weights alone: {reason}") from None
    network, _ = _of_state(state, path)
    network.to(device)
    return Weights(network, network.fc.weight, sha256, sha256 == STATE_DICT)
