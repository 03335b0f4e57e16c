"""Samples as pictures: grids of images, scatters of points, small line plots of signals."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from rivalry.fields import Field

GAP = 2
GAP_SHADE = 40
READABLE = 64
"""Images smaller than this are enlarged by a whole factor."""

PAPER, INK, REAL, FAKE = (255, 255, 255), (90, 90, 90), (176, 176, 176), (217, 72, 15)


def _array(values: Any) -> np.ndarray:
    """A tensor on any device, or anything array-like, as float64."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().double().numpy()
    return np.asarray(values, dtype=np.float64)


def _bounds(values: np.ndarray, low: float | None, high: float | None) -> tuple[float, float]:
    """The bounds themselves, where None taken from the values; never of one size."""
    finite = values[np.isfinite(values)]
    finite = finite if finite.size else np.zeros(1)
    low = float(finite.min()) if low is None else low
    high = float(finite.max()) if high is None else high
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _tile(cells: np.ndarray, columns: int, shade: int) -> np.ndarray:
    """Equal cells [N, h, w, c] in rows, with gaps between them and around."""
    n, h, w, c = cells.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    sheet = np.full((rows * (h + GAP) + GAP, columns * (w + GAP) + GAP, c), shade, np.uint8)
    for i, cell in enumerate(cells):
        top, left = GAP + i // columns * (h + GAP), GAP + i % columns * (w + GAP)
        sheet[top : top + h, left : left + w] = cell
    return sheet


def make_grid(
    images: Any, columns: int = 8, low: float | None = -1.0, high: float | None = 1.0, enlarge: bool = True
) -> Image.Image:
    """Images [N, C, h, w] with values in [low, high], row by row; small ones are enlarged without smoothing.

    One channel is grey, three are red, green, blue; of any other number the first is shown. Values outside the range
    are cut, NaN is drawn as `low`. A bound of None is taken from the images themselves.
    """
    pixels = _array(images)
    low, high = _bounds(pixels, low, high)
    pixels = pixels if pixels.shape[1] == 3 else pixels[:, :1]
    shares = np.nan_to_num(np.clip((pixels - low) / (high - low), 0, 1), nan=0.0)
    cells = np.round(shares * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    factor = max(1, READABLE // max(cells.shape[1:3])) if enlarge else 1
    sheet = _tile(cells.repeat(factor, 1).repeat(factor, 2), columns, GAP_SHADE)
    return Image.fromarray(sheet[..., 0] if sheet.shape[2] == 1 else sheet)


def make_scatter(fakes: Any, reals: Any = None, size: int = 520) -> Image.Image:
    """Points [N, 2] in colour over real points in grey.

    The axes span the real points, or the fakes where no real ones are given, so that pictures of one run share a frame.
    """
    fakes = _array(fakes)
    reals = np.empty((0, 2)) if reals is None else _array(reals)
    frame = reals if len(reals) else fakes[np.isfinite(fakes).all(1)]
    frame = frame if len(frame) else np.array([[-1.0, -1.0], [1.0, 1.0]])
    low, high = frame.min(0), frame.max(0)
    middle, half = (low + high) / 2, max(float((high - low).max()) / 2, 1e-6) * 1.15

    sharp = 3  # drawn larger and reduced, for round and smooth points
    canvas = Image.new("RGB", (size * sharp, size * sharp), PAPER)
    draw = ImageDraw.Draw(canvas)
    for points, colour, radius in ((reals, REAL, 1.6 * sharp), (fakes, FAKE, 1.9 * sharp)):
        places = ((points - middle) / half * [1, -1] + 1) / 2 * size * sharp
        for x, y in places[np.isfinite(places).all(1)]:
            if -radius < min(x, y) and max(x, y) < size * sharp + radius:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    picture = canvas.resize((size, size), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, size - 1, size - 1), outline=INK)
    (left, bottom), (right, top) = middle - half, middle + half
    draw.text((5, size - 4), f"{left:.3g}", fill=INK, anchor="ls")
    draw.text((size - 5, size - 4), f"{right:.3g}", fill=INK, anchor="rs")
    draw.text((5, size - 18), f"{bottom:.3g}", fill=INK, anchor="ls")
    draw.text((5, 4), f"{top:.3g}", fill=INK, anchor="lt")
    return picture


def make_plots(signals: Any, columns: int = 8, low: float | None = None, high: float | None = None) -> Image.Image:
    """Signals [N, L] or [N, C, L] as one small line plot each (a line per channel), all on one scale."""
    lines = _array(signals)
    lines = lines[:, None] if lines.ndim == 2 else lines
    low, high = _bounds(lines, low, high)
    width, height = 96, 64
    across = np.linspace(3, width - 4, lines.shape[2])
    down = height - 4 - (np.clip(lines, low, high) - low) / (high - low) * (height - 8)
    cells = []
    for sample in down:
        cell = Image.new("RGB", (width, height), PAPER)
        draw = ImageDraw.Draw(cell)
        for channel, line in enumerate(sample):
            known = np.isfinite(line)
            colour = (FAKE, (28, 126, 214), (47, 158, 68), INK)[channel % 4]
            draw.line(list(zip(across[known].tolist(), line[known].tolist(), strict=True)), fill=colour)
        cells.append(np.asarray(cell))
    return Image.fromarray(_tile(np.stack(cells), columns, 210))


def samples_wanted(field: Field) -> int:
    """How many samples make a good picture: a cloud of points, 64 images or signals, 0 where no picture is known."""
    if field.classes is not None:
        return 0
    if field.shape == (2,):
        return 1000
    return 64 if len(field.shape) == 3 or (len(field.shape) in (1, 2) and field.shape[-1] > 2) else 0


def picture_of(samples: Any, field: Field, reals: Any = None) -> Image.Image:
    """Samples [N, *field.shape] drawn as suits their shape; ask `samples_wanted` first whether there is a way."""
    if field.shape == (2,):
        return make_scatter(samples, reals)
    return (make_grid if len(field.shape) == 3 else make_plots)(samples, 8, field.low, field.high)


def single(sample: Any, field: Field) -> Image.Image:
    """One sample [C, h, w] at its own size; of one channel or three as in `make_grid`."""
    sheet = np.asarray(make_grid(sample[None], 1, field.low, field.high, enlarge=False))
    return Image.fromarray(sheet[GAP:-GAP, GAP:-GAP])


def png(picture: Image.Image) -> bytes:
    """The picture as a PNG file's content."""
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
