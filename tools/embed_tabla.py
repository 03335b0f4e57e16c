"""Write the recording of a tabla that ships with the zoo.

    python tools/embed_tabla.py /usr/share/sonic-pi/samples/loop_tabla.flac

reads the recording of Debian's package sonic-pi-samples (which needs the Python packages soundfile and scipy), takes
the mean of its two channels, resamples 44.1 kHz to 8 kHz with scipy's polyphase filter, scales the peak to 1 and keeps
12 bits a sample. The same input gives the same samples with the same version of SciPy.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

TARGET = Path(__file__).parents[1] / "plugins/rivalry_zoo/datasets/tabla.npz"


def main(source: str) -> None:
    stereo, rate = soundfile.read(source)
    if rate != 44_100:
        raise SystemExit(f"wanted 44,100 samples a second, got {rate}")
    sound = resample_poly(stereo.mean(1), 80, 441)
    sound = np.round(sound / np.abs(sound).max() * 2047).astype(np.int16)
    np.savez_compressed(TARGET, sound=sound)
    print(f"{TARGET}: {len(sound):,} samples, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
