"""float32 as it is: devices shorten the factors of its products where they may."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import backends


def _switches() -> list[tuple[Any, str, Any]]:
    """What allows TF32 or bfloat16 in products and convolutions of float32: where, its name, and its value for neither.

    cuDNN's convolutions take TF32 unless told otherwise.
    """
    cuda: Any = backends.cuda
    cudnn: Any = backends.cudnn
    onednn: Any = backends.mkldnn
    if hasattr(cuda.matmul, "fp32_precision"):
        return [(part, "fp32_precision", "ieee") for part in (cudnn.conv, cuda.matmul, onednn.conv, onednn.matmul)]
    return [(part, "allow_tf32", False) for part in (cudnn, cuda.matmul)]  # torch before 2.9


@contextmanager
def full_precision() -> Iterator[None]:
    """Within, products of float32 are of float32 on every device; whatever was allowed is allowed again after."""
    switches = _switches()
    before = [getattr(part, name) for part, name, _ in switches]
    try:
        for part, name, exact in switches:
            setattr(part, name, exact)
        yield
    finally:
        for (part, name, _), value in zip(switches, before, strict=True):
            setattr(part, name, value)
