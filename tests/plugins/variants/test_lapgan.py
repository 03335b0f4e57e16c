"""The pyramid of games: its layout, and its arithmetic on tensors.

The flow's expressions are evaluated by Python itself, so nothing of the spec language is trusted. Mutations tried (a
test failed for each): the blurred image of the sample taken from the true one, a level's detail taken from the
finest image, the critic without the blurred image, the stages fine to coarse.
"""

import json
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.operations.resize import Resize
from rivalry_zoo.variants.lapgan import Lapgan


def evaluated(spec, x, generators):
    """Every tensor of the flow, the latents standard normal."""
    names = {"x": x, "resize": Resize(), **generators}
    for name, latent in spec["latents"].items():
        size = latent["size"]
        names[name] = torch.randn(len(x), *([size] if isinstance(size, int) else size), dtype=x.dtype)
    pending = dict(spec["flow"])
    while pending:
        name = next(name for name, text in pending.items() if not set(pending) & set(names_in(text)))
        names[name] = eval(pending.pop(name), {}, names)
    return names


def names_in(expression):
    return re.findall("[a-zA-Z][a-zA-Z0-9_]*", expression)


pyramids = st.integers(2, 4).flatmap(lambda levels: st.tuples(st.just(levels), st.integers(4, 7)))


@given(pyramids)
@settings(max_examples=12)
def test_true_details_climb_back_to_the_true_image(pyramid):
    """If the coarsest generator makes the true image and the others the true detail, the sample is the image."""
    levels, base = pyramid
    size = base << (levels - 1)
    variant = Lapgan(levels=levels, size=size)
    spec, x = variant.spec(), torch.randn(2, 1, size, size, dtype=torch.float64)
    none = {f"G{s}": lambda z, up: torch.zeros_like(up) for s in variant.sizes[1:]}
    true = evaluated(spec, x, {f"G{base}": lambda z: x.new_zeros(2, 1, base, base), **none})
    coarsest = true[f"x{base}"]
    perfect = {f"G{s}": lambda z, up, s=s: true[f"detail{s}"] for s in variant.sizes[1:]}
    perfect[f"G{base}"] = lambda z: coarsest
    names = evaluated(spec, x, perfect)
    torch.testing.assert_close(names[spec["sample"]], x)
    for s in variant.sizes[1:]:
        game = spec["losses"][f"level{s}"]
        image = x if s == size else true[f"x{s}"]
        judged = eval(game["judge"], {}, {**names, f"D{s}": lambda score: score, "_": names[game["real"]]})
        torch.testing.assert_close(judged, image)


def upstream(flow, name):
    """All names that a tensor of the flow is computed from."""
    found = set()
    for word in names_in(flow.get(name, "")):
        found |= {word} | upstream(flow, word)
    return found


def test_generated_coarse_images_make_the_sample_and_true_ones_the_games():
    spec = Lapgan(levels=3, size=28).spec()
    above = upstream(spec["flow"], spec["sample"])
    assert {"z7", "z14", "z28", "G7", "G14", "G28"} <= above
    assert not {"x", "x14", "x7"} & above
    for size in (28, 14):
        fake = upstream(spec["flow"], spec["losses"][f"level{size}"]["fake"])
        assert "x" in fake
        assert not {"G7", "made7"} & fake


def test_each_level_has_a_game_of_its_own():
    spec = Lapgan(levels=4, size=64).spec()
    for section, letter in (("generators", "G"), ("discriminators", "D"), ("latents", "z"), ("losses", "level")):
        assert list(spec[section]) == [f"{letter}{size}" for size in (8, 16, 32, 64)]
    assert "stages" not in spec


def test_stages_train_one_level_each_from_coarse_to_fine():
    spec = Lapgan(levels=3, size=32, stages=True, steps=70).spec()
    assert [stage["losses"] for stage in spec["stages"]] == [["level8"], ["level16"], ["level32"]]
    assert {stage["steps"] for stage in spec["stages"]} == {70}
    assert "train" not in spec


@pytest.mark.parametrize("stages", [False, True])
def test_a_spec_is_plain_values(stages):
    spec = Lapgan(stages=stages).spec()
    assert json.loads(json.dumps(spec)) == spec
    assert Lapgan(stages=stages).spec() == spec


@pytest.mark.parametrize(
    ("levels", "size", "words"),
    [(4, 28, "28 x 28; take levels 3"), (5, 32, "32 x 32; take levels 4"), (2, 9, "take a size of 8 or more")],
)
def test_a_size_that_cannot_be_halved_so_often_is_refused(levels, size, words):
    with pytest.raises(ValueError, match=words):
        Lapgan(levels=levels, size=size)
