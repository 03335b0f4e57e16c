"""Small stand-ins for pretrained networks, their weights, and the pictures that they look at."""

import numpy as np
import torch
from attrs import evolve
from numpy.lib.stride_tricks import sliding_window_view
from safetensors.torch import save_file

from rivalry.cache import cache_folder
from rivalry.fields import Field
from rivalry.interfaces import Dataset

CPU = torch.device("cpu")


class Pictures(Dataset):
    """A data set of which only the fields matter."""

    name, paper, fingerprint, fields = "pictures", "none: made for tests", "pictures", None

    def __init__(self, shape=(3, 36, 40), low=-1.0, high=1.0):
        self.fields = {"x": Field(shape, low=low, high=high)}

    def __len__(self):
        return 1

    def batch(self, indices):
        return {}


def pictures(*shape, seed=0):
    """Noise in [-1, 1]."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def narrow(trunk, by=32):
    """A trunk of the same structure with fewer channels."""
    return evolve(trunk, convolutions=tuple(evolve(own, outputs=own.outputs // by) for own in trunk.convolutions))


def random_weights(trunk, seed=0):
    """He-scaled weights, small biases, heads above 0 as the published ones are."""
    draw = np.random.default_rng(seed)
    found = {}
    for key, shape in trunk.shapes().items():
        scale = 0.1 if key.endswith("bias") else np.sqrt(2 / np.prod(shape[1:]))
        values = draw.normal(0, scale, shape)
        found[key] = torch.tensor(np.abs(values) if key.startswith("head") else values, dtype=torch.float32)
    return found


def fetched(trunk, weights=None):
    """Put weights where a download would have put them; returns the path."""
    path = cache_folder("downloads", "lpips") / f"{trunk.name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(random_weights(trunk) if weights is None else weights, path)
    return path


def convolved(x, kernel, bias, stride, padding):
    """A convolution by numpy's windows alone, in float64."""
    x = np.pad(np.asarray(x, np.float64), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(x, kernel.shape[2:], (2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwij,ocij->nohw", windows, np.asarray(kernel, np.float64), optimize=True) + np.asarray(
        bias, np.float64
    ).reshape(1, -1, 1, 1)


def largest(x, width):
    """Max pooling of stride 2."""
    return sliding_window_view(x, (width, width), (2, 3))[:, :, ::2, ::2].max((4, 5))
