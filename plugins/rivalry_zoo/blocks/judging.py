"""The small classifier behind `judge`: its networks, its training, and its place in the user's cache."""

import os
import threading
import warnings
from collections.abc import Iterable
from hashlib import blake2b
from math import prod
from pathlib import Path

import torch
from einops import rearrange
from einops.layers.torch import Rearrange
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate

from rivalry.cache import cache_folder
from rivalry.fields import Shape

WIDTH = 64
"""Size of the feature vector."""

CHUNK = 256
"""Samples judged at once."""

RECIPE = 1
"""To be raised when training changes in a way that neither the network nor the parameters show."""

SIDE = 32
"""Larger images are averaged down to this many pixels a side, so that training stays within seconds."""


class Standardise(nn.Module):
    """Subtracts the training data's mean and divides by its deviation, per channel; averages large images down."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape[0], *[1] * (len(shape) - 1)))
        self.register_buffer("deviation", torch.ones_like(self.mean))

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim == 4 and max(x.shape[2:]) > SIDE:
            x = interpolate(x, size=[min(size, SIDE) for size in x.shape[2:]], mode="area")
        return (x - self.mean) / self.deviation


def is_image(shape: Shape) -> bool:
    """Whether a sample of this shape gets the convolutional judge; all others are judged as vectors."""
    return len(shape) == 3 and min(shape[1:]) >= 8


def body(shape: Shape) -> nn.Sequential:
    """The features: samples [N, *shape] to [N, WIDTH]."""
    if not is_image(shape):
        count = prod(shape)
        linear = [nn.Linear(count, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, WIDTH), nn.ReLU()]
        return nn.Sequential(Rearrange("n ... -> n (...)"), Standardise((count,)), *linear)
    convolutions: list[nn.Module] = []
    for inputs, outputs, stride in [(shape[0], 32, 2), (32, WIDTH, 2), (WIDTH, WIDTH, 1)]:
        convolutions += [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    # A 4 x 4 summary rather than a global mean: where things are matters, and it trains in a third of the steps.
    head = [nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(16 * WIDTH, WIDTH), nn.ReLU()]
    return nn.Sequential(Standardise(shape), *convolutions, *head)


def classifier(shape: Shape, classes: int, seed: int) -> nn.Sequential:
    """Body and linear head, initialised from the seed without touching the global random state."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # unlike torch.manual_seed this leaves other devices alone
        return nn.Sequential(body(shape), nn.Linear(WIDTH, classes))


def fit(network: nn.Sequential, batches: Iterable[tuple[Tensor, Tensor]], steps: int, lr: float) -> None:
    """Adam on the cross-entropy over `steps` batches (samples, labels); the rate falls linearly in the second half."""
    device = next(network.parameters()).device
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    network.train()
    with torch.enable_grad():
        for step, (samples, labels) in zip(range(steps), batches):
            optimizer.param_groups[0]["lr"] = lr * min(1.0, 2 * (1 - step / steps))
            loss = cross_entropy(network(samples.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    network.eval().requires_grad_(False)


def calibrate(network: nn.Sequential, samples: Tensor) -> None:
    """Sets the standardisation from some training samples [N, ...]."""
    layer = next(module for module in network.modules() if isinstance(module, Standardise))
    values = samples if layer.mean.ndim == 3 else rearrange(samples, "n ... -> n (...)")
    values = rearrange(values, "n c ... -> c (n ...)").double()
    layer.mean.copy_(values.mean(1).reshape(layer.mean.shape))
    # A constant channel would be divided by 0.
    deviation = values.std(1, correction=0)
    layer.deviation.copy_(torch.where(deviation > 1e-6, deviation, 1.0).reshape(layer.mean.shape))


@torch.no_grad()
def normalise(network: nn.Sequential, samples: Tensor) -> None:
    """Scales the features to a mean square of 1 on these samples; the logits stay, because ReLU is homogeneous.

    Without it the scale is an accident of training, on which KID's kernel depends.
    """
    last, head = network[0][-2], network[1]
    square = torch.cat([network[0](part.to(last.weight)) for part in samples.split(CHUNK)]).square().mean()
    scale = torch.where(square > 0, square, 1.0).sqrt()
    last.weight /= scale
    last.bias /= scale
    head.weight *= scale


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """The weights and statistics, on the host."""
    return {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}


def digest(weights: dict[str, Tensor]) -> str:
    """A short hash of the weights: two judges that agree in it are the same judge."""
    return blake2b(save(weights), digest_size=8).hexdigest()


def folder() -> Path:
    """Where trained judges are kept."""
    return cache_folder("judges")


def store(path: Path, network: nn.Module, accuracy: float) -> None:
    """Writes the weights at once (a temporary file, renamed); a cache that cannot be written is a warning."""
    weights = weights_of(network)
    metadata = {"accuracy": repr(accuracy), "digest": digest(weights)}
    temporary = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(save(weights, metadata))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        warnings.warn(f"the judge could not be kept for next time: {error}", stacklevel=2)


def restore(path: Path, network: nn.Module) -> float | None:
    """Loads the weights and returns the accuracy; None if there is no such file or, with a warning, a damaged one."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        if metadata["digest"] != digest(weights):
            raise ValueError("its content does not match its hash")
        network.load_state_dict(weights)
        accuracy = float(metadata["accuracy"])
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        warnings.warn(f"the judge in {path} is damaged ({error}): training it again", stacklevel=2)
        return None
    network.eval().requires_grad_(False)
    return accuracy
