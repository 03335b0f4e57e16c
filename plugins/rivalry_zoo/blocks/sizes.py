"""Which image sizes a network's strides allow, and the nearest of them in words."""

from collections.abc import Callable
from itertools import count

from rivalry.fields import Field


def image_shape(field: Field, owner: str) -> tuple[int, int, int]:
    """Channels, height and width of an image's field; ValueError for anything else."""
    if field.classes is not None or len(field.shape) != 3:
        hint = "1x" + "x".join(map(str, field.shape)) if len(field.shape) == 2 else "3x32x32"
        raise ValueError(f"{owner} wants an image of shape channels x height x width, such as {hint}, got {field}")
    return field.shape


def nearest(height: int, width: int, allowed: Callable[[int, int], bool]) -> str:
    """The allowed sizes nearest to a refused one: square ones for a square, the next smaller (if any) and larger."""
    found: list[tuple[int, int]] = []
    if height == width:
        found += next(([(s, s)] for s in range(height - 1, 0, -1) if allowed(s, s)), [])
        found += next([(s, s)] for s in count(height + 1) if allowed(s, s))
    for far in count(1):
        if found:
            break
        steps = ((up, side) for up in range(-far, far + 1) for side in {far - abs(up), abs(up) - far})
        sizes = {(height + up, width + side) for up, side in steps if height + up > 0 and width + side > 0}
        found = [size for size in sorted(sizes) if allowed(*size)][:2]
    return " or ".join(f"{h}x{w}" for h, w in found)


def _halvings(height: int, width: int) -> int:
    return (min(height, width) // 4).bit_length() - 1


def halves_well(height: int, width: int) -> bool:
    """Whether both sides can be halved until the shorter one is 4 to 7, once at least."""
    times = _halvings(height, width)
    return times >= 1 and height % 2**times == 0 and width % 2**times == 0


def halvings(height: int, width: int, owner: str) -> tuple[int, int, int]:
    """How often an image is halved, and the height and width that are left, the shorter of them 4 to 7.

    64x64 -> (4, 4, 4), 28x28 -> (2, 7, 7), 64x32 -> (3, 8, 4). ValueError names the nearest sizes where it does not
    go.
    """
    if not halves_well(height, width):
        raise ValueError(
            f"{owner} wants a shorter side of 4 to 7 times a power of two and a longer side divisible by that power, "
            f"got {height}x{width}; the nearest sizes are {nearest(height, width, halves_well)}"
        )
    times = _halvings(height, width)
    return times, height >> times, width >> times


def doublings(height: int, width: int, to_height: int, to_width: int, owner: str) -> tuple[int, int, int]:
    """How often a map is doubled to become an image, and the map's size; ValueError names the nearest."""

    def reached(h: int, w: int) -> bool:
        factor = h // height
        return factor >= 2 and factor & (factor - 1) == 0 and (h, w) == (factor * height, factor * width)

    if not reached(to_height, to_width):
        factor = 2 ** max(1, (min(to_height // height, to_width // width)).bit_length() - 1)
        around = " or ".join(f"{f * height}x{f * width}" for f in (factor, 2 * factor))
        raise ValueError(
            f"{owner} doubles a latent map of {height}x{width} at least once, never to {to_height}x{to_width}; "
            f"the nearest sizes are {around}"
        )
    return (to_height // height).bit_length() - 1, height, width
