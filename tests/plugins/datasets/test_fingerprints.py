"""Fingerprints: equal for equal data in every process, and different for different data."""

import subprocess
import sys

import pytest

from rivalry_zoo.datasets.fashion_mnist import FashionMNIST
from rivalry_zoo.datasets.grid import Grid
from rivalry_zoo.datasets.ring import Ring
from rivalry_zoo.datasets.spiral import Spiral
from rivalry_zoo.datasets.swiss_roll import SwissRoll


def test_another_process_finds_the_same_fingerprints():
    toys = [Ring, Grid, SwissRoll, Spiral]
    lines = [f"from {toy.__module__} import {toy.__name__}; print({toy.__name__}(size=50).fingerprint)" for toy in toys]
    lines.append(f"from {FashionMNIST.__module__} import FashionMNIST; print(FashionMNIST().fingerprint)")
    run = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [toy(size=50).fingerprint for toy in toys] + [FashionMNIST().fingerprint]


@pytest.mark.parametrize("toy", [Ring, Grid, SwissRoll, Spiral])
def test_another_seed_is_other_data(toy):
    assert len({toy(size=50, seed=seed).fingerprint for seed in range(5)}) == 5
    assert toy(size=50, seed=3).fingerprint == toy(size=50, seed=3).fingerprint
