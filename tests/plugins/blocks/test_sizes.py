"""Which sizes halve well, by brute force. Mutation caught: a base of 3 or of 8 allowed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivalry.fields import Field
from rivalry_zoo.blocks.sizes import doublings, halves_well, halvings, image_shape, nearest

SIDE = st.integers(1, 200)


def ways(height: int, width: int) -> list[int]:
    """Every number of halvings after which both sides are whole and the shorter one is 4, 5, 6 or 7."""
    return [
        k for k in range(1, 12) if height % 2**k == width % 2**k == 0 and min(height, width) // 2**k in (4, 5, 6, 7)
    ]


@given(SIDE, SIDE)
def test_allowed_sizes_are_those_that_halve_to_4_to_7(height, width):
    found = ways(height, width)
    assert len(found) <= 1
    assert halves_well(height, width) == bool(found)
    if found:
        times = found[0]
        assert halvings(height, width, "it") == (times, height // 2**times, width // 2**times)


@given(SIDE, SIDE)
def test_a_refused_size_is_told_the_nearest_allowed(height, width):
    if ways(height, width):
        return
    with pytest.raises(ValueError, match=f"got {height}x{width}; the nearest sizes are ") as refusal:
        halvings(height, width, "it")
    offered = [tuple(map(int, pair)) for pair in re.findall(r"(\d+)x(\d+)", str(refusal.value).split("nearest")[1])]
    assert offered
    assert all(ways(*size) for size in offered)
    if height == width:
        smaller, larger = min(offered)[0], max(offered)[0]
        between = range(min(smaller, height) + 1, larger)
        assert not any(ways(side, side) for side in between if side != smaller)
    else:
        far = min(abs(h - height) + abs(w - width) for h, w in offered)
        around = ((h, w) for h in range(1, height + far) for w in range(1, width + far))
        assert not any(ways(h, w) for h, w in around if abs(h - height) + abs(w - width) < far)


def test_the_documented_examples():
    assert halvings(64, 64, "it") == (4, 4, 4)
    assert halvings(28, 28, "it") == (2, 7, 7)
    assert halvings(64, 32, "it") == (3, 8, 4)
    assert nearest(30, 30, halves_well) == "28x28 or 32x32"


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5))
def test_doublings_undo_halvings(height, width, times):
    assert doublings(height, width, height << times, width << times, "it") == (times, height, width)


@pytest.mark.parametrize("target", [(12, 12), (4, 4), (8, 16), (33, 32)])
def test_a_map_is_doubled_evenly_or_not_at_all(target):
    with pytest.raises(ValueError, match=r"never to .*; the nearest sizes are 8x8|16x16|32x32"):
        doublings(4, 4, *target, "it")


@pytest.mark.parametrize("field", [Field(5), Field((28, 28)), Field((), classes=3)])
def test_only_images_are_images(field):
    with pytest.raises(ValueError, match="wants an image of shape channels x height x width"):
        image_shape(field, "it")
