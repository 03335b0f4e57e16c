"""Spectrum: how loud a sound is in each band of frequencies."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool1d

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features
from rivalry.marks import Gt


@frozen
class Spectrum(Features):
    """log10(power + floor) in `bands` equally wide bands of `frames` stretches of a sound: [N, C, L] -> [N, C * frames
    * bands].

    A stretch is cut into windows of `window` samples (Hann), each half over the next; the power |FFT|^2 / sum of the
    squared window is averaged over a stretch's windows, then over the frequencies of a band, of which there are
    window / 2 (frequency 0 is left out). White noise of variance s^2 has power s^2 in every band. The floor of 1e-6 is
    the power of 10-bit rounding. Raises ValueError for samples that are no sounds or too short, and for bands that are
    more than the frequencies.
    """

    name: ClassVar[str] = "spectrum"
    paper: ClassVar[str] = "Welch 1967, doi:10.1109/TAU.1967.1161901"

    bands: Annotated[int, Gt(0)] = 16
    frames: Annotated[int, Gt(0)] = 4
    window: Annotated[int, Gt(1)] = 128
    floor: Annotated[float, Gt(0)] = 1e-6

    def __attrs_post_init__(self) -> None:
        if self.bands > self.window // 2:
            raise ValueError(f"wanted at most {self.window // 2} bands of a window of {self.window}, got {self.bands}")

    def __call__(self, samples: Tensor) -> Tensor:
        if samples.ndim != 3:
            raise ValueError(f"a spectrum is of sounds [N, C, L], not of samples of shape {list(samples.shape)}")
        if samples.shape[2] // self.frames < self.window:
            raise ValueError(
                f"wanted sounds of {self.frames * self.window} samples or more for {self.frames} frames of windows of "
                f"{self.window}, got {samples.shape[2]}"
            )
        return torch.cat([self._logs(part) for part in samples.float().split(1024)])

    def _logs(self, sounds: Tensor) -> Tensor:
        size = sounds.shape[2] // self.frames
        stretches = sounds[:, :, : size * self.frames].unflatten(2, (self.frames, size))
        hann = torch.hann_window(self.window, device=sounds.device)
        windows = stretches.unfold(3, self.window, self.window // 2) * hann
        power = torch.fft.rfft(windows).abs().square().mean(3) / hann.square().sum()
        banded = adaptive_avg_pool1d(power[..., 1:].flatten(0, 1), self.bands)
        return (banded + self.floor).log10().reshape(len(sounds), -1)


@hookimpl
def rivalry_components():
    return [Spectrum]
