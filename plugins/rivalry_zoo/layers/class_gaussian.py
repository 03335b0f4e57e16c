"""A Gaussian of codes for each class, fitted to data."""

from collections.abc import Iterable
from typing import Annotated

import torch
from torch import Tensor

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import FittedLayer
from rivalry.marks import Draws, Ge, Given
from rivalry.streams import Stream


class ClassGaussian(Draws, FittedLayer):
    """Codes for labels [N]: mean_c + F_c e, with e standard normal and F_c the Cholesky factor of class c's covariance.

    `fit` takes batches of codes [n, ...] and labels [n] and sets each class's mean and covariance, over n - 1, summed
    in double precision about the first batch's mean. `ridge` times the mean variance of all codes is added to each
    covariance's diagonal, so that a class with few examples or codes in a plane has a factor too. Until it is fitted
    every class is N(0, I). Raises ValueError for an input that is no label, for an output that is no vector, for a
    class without examples, and for codes that are not finite.
    """

    name = "class_gaussian"
    paper = "Mariani et al. 2018 (BAGAN), arXiv:1803.09655"
    mean: Tensor
    factor: Tensor

    def __init__(self, inputs: Given[Inputs], output: Given[Field], *, ridge: Annotated[float, Ge(0)] = 1e-4) -> None:
        super().__init__()
        (label,), code = as_inputs(inputs), as_field(output)
        if label.classes is None or label.shape:
            raise ValueError(f"layer class_gaussian wants a label of one number per sample, got {label}")
        if code.classes is not None or len(code.shape) != 1:
            raise ValueError(f"layer class_gaussian makes codes that are vectors, got {code} as its output")
        self.ridge = ridge
        self.register_buffer("mean", torch.zeros(label.classes, code.size))
        self.register_buffer("factor", torch.eye(code.size).repeat(label.classes, 1, 1))

    def forward(self, label: Tensor, *, draw: Stream) -> Tensor:
        noise = draw.normal(len(label), self.mean.shape[1]).to(self.mean.dtype)
        return self.mean[label] + (self.factor[label] @ noise.unsqueeze(2)).squeeze(2)

    @torch.no_grad()
    def fit(self, batches: Iterable[tuple[Tensor, ...]]) -> None:
        classes, size = self.mean.shape
        count = torch.zeros(classes, dtype=torch.float64)
        total, square = count.new_zeros(classes, size), count.new_zeros(classes, size, size)
        origin: Tensor | None = None
        for code, label in batches:
            rows, labels = code.detach().to("cpu", torch.float64), label.cpu()
            origin = rows.mean(0) if origin is None else origin
            rows = rows - origin
            for kind in labels.unique().tolist():
                members = rows[labels == kind]
                count[kind] += len(members)
                total[kind] += members.sum(0)
                square[kind] += members.T @ members
        if origin is None or count.min() == 0:
            raise ValueError(f"wanted codes of all {classes} classes, got {[int(number) for number in count]} of each")
        if not torch.isfinite(square).all():
            raise ValueError("wanted finite codes, got NaN or infinity: look for an encoder that diverged")
        mean = total / count[:, None]
        spread = square - count[:, None, None] * mean[:, :, None] * mean[:, None, :]
        covariance = spread / (count - 1).clamp(min=1)[:, None, None]
        every = total.sum(0) / count.sum()
        variance = (square.sum(0).diagonal() / count.sum() - every.square()).mean()
        floor = (self.ridge * variance).clamp(min=torch.finfo(torch.float32).tiny)
        factor = torch.linalg.cholesky(covariance + floor * torch.eye(size, dtype=torch.float64))
        self.mean.copy_(mean + origin)
        self.factor.copy_(factor)


@hookimpl
def rivalry_components():
    return [ClassGaussian]
