"""Picture files: finding them in a folder, and decoding one to bytes of a fixed size."""

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageOps

Fit = Literal["crop", "pad", "stretch"]

SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".jp2", ".avif", ".ico",
)  # fmt: skip
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "TGA", "JPEG2000", "AVIF", "ICO")
"""What a file may hold, whatever it is called. Not EPS, which Pillow would hand to Ghostscript."""
LIMIT = 64_000_000
"""Most pixels that a picture may state: about 250 MB once decoded."""
_ORIENTATION = 0x0112
"""EXIF's tag; values from 5 on exchange height and width."""
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


@cache
def _formats() -> tuple[str, ...]:
    """Those that this build of Pillow can open."""
    Image.init()
    return tuple(kind for kind in FORMATS if kind in Image.OPEN)


def find_pictures(root: Path) -> Iterator[str]:
    """The pictures' paths below the root with `/` between their parts, in no particular order.

    Hidden names are passed over, and so are links to folders (they may run in circles) and links that lead outside.
    """
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if name.startswith(".") or path.suffix.lower() not in SUFFIXES or not path.is_file():
                continue
            if not path.is_symlink() or path.resolve().is_relative_to(root.resolve()):
                yield path.relative_to(root).as_posix()


def sizes_of(root: Path, names: Sequence[str]) -> set[tuple[int, int]]:
    """The (height, width) that pictures state, upright, by their headers; those that have none are passed over."""
    sizes = set()
    for name in names:
        try:
            with Image.open(root / name, formats=_formats()) as image:
                turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
                sizes.add((image.width, image.height) if turned else (image.height, image.width))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            continue  # said in full when it is decoded
    return sizes


def _in_bytes(image: Image.Image) -> Image.Image:
    """A picture of 16 bits per value in 8: 65535 becomes 255, so v becomes the nearest integer to v / 257."""
    if image.mode == "F":
        raise ValueError("its pixels are floats, whose range is not known")
    if not image.mode.startswith("I"):
        return image
    # Older Pillow opens 16-bit PNG as mode I, which has 32 bits.
    values = np.asarray(image).astype(np.int64).clip(0, 65535)
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _in_mode(image: Image.Image, channels: int) -> Image.Image:
    """In grey, colour, or colour with alpha; for fewer than 4 channels what is transparent shows white behind it."""
    if channels < 4 and image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert(MODES[channels])


def _fitted(image: Image.Image, size: tuple[int, int], fit: Fit) -> Image.Image:
    method = Image.Resampling.LANCZOS
    if fit == "crop":
        return ImageOps.fit(image, size, method)
    if fit == "stretch":
        return image.resize(size, method)
    return ImageOps.pad(
        image, size, method, color={"L": 255, "RGB": (255,) * 3, "RGBA": (255, 255, 255, 0)}[image.mode]
    )


def decode(path: Path, height: int, width: int, channels: int, fit: Fit) -> "np.ndarray[Any, np.dtype[np.uint8]] | str":
    """The picture's first frame, upright, as bytes [channels, height, width]; or in words why there is none.

    Its size is read from the header, and refused, before anything is unpacked.
    """
    try:
        with Image.open(path, formats=_formats()) as image:
            if image.width * image.height > LIMIT:
                return f"states {image.width} x {image.height} pixels, more than {LIMIT // 10**6} million"
            upright = ImageOps.exif_transpose(image)
            fitted = _fitted(_in_mode(_in_bytes(upright), channels), (width, height), fit)
            return np.asarray(fitted).reshape(height, width, channels).transpose(2, 0, 1)
    except Image.DecompressionBombError:
        return f"states more than {LIMIT // 10**6} million pixels"
    except Image.UnidentifiedImageError:
        return "is no picture that can be read" if path.stat().st_size else "is empty"
    except Exception as error:  # noqa: BLE001 (on a damaged file Pillow's decoders raise whatever they stumble over)
        return f"cannot be decoded: {error}"
