"""The trunks and the perceptual distance, recomputed from numpy's windows.

Mutations tried (a test failed for each): channels not scaled, root left out, mean replaced by sum, last head left out,
ReLU left out, pooling of the other width, standardisation left out, stop at the tap before, weights' shapes unchecked.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from safetensors.torch import save_file

from pretrained import CPU, Pictures, convolved, fetched, largest, narrow, pictures, random_weights
from rivalry_zoo.blocks import lpips
from rivalry_zoo.blocks.lpips import ALEXNET, VGG16, Convolution, Lens, Trunk, load, perceptual_distances, prepared
from rivalry_zoo.blocks.ranges import PictureRange

IMAGENET = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).reshape(2, 1, 3, 1, 1)
"""Mean and deviation of the photographs' channels in [0, 1]."""
SMALL_ALEXNET, SMALL_VGG16 = narrow(ALEXNET), narrow(VGG16)


def alexnet(pictures, weights):
    """Its five maps, as the paper on parallel training describes it."""
    layers = iter([weights[f"conv{i}.weight"], weights[f"conv{i}.bias"]] for i in range(5))
    x = ((pictures + 1) / 2 - IMAGENET[0]) / IMAGENET[1]
    first = np.maximum(convolved(x, *next(layers), 4, 2), 0)
    second = np.maximum(convolved(largest(first, 3), *next(layers), 1, 2), 0)
    third = np.maximum(convolved(largest(second, 3), *next(layers), 1, 1), 0)
    fourth = np.maximum(convolved(third, *next(layers), 1, 1), 0)
    return [first, second, third, fourth, np.maximum(convolved(fourth, *next(layers), 1, 1), 0)]


def vgg16(pictures, weights):
    """The last map of each of its five stages."""
    found, number = [], 0
    x = ((pictures + 1) / 2 - IMAGENET[0]) / IMAGENET[1]
    for stage, count in enumerate((2, 2, 3, 3, 3)):
        x = largest(x, 2) if stage else x
        for _ in range(count):
            x = np.maximum(convolved(x, weights[f"conv{number}.weight"], weights[f"conv{number}.bias"], 1, 1), 0)
            number += 1
        found.append(x)
    return found


def lpips_of(maps, others, weights):
    """Position by position."""
    total = 0
    for number, (a, b) in enumerate(zip(maps, others)):
        head = np.asarray(weights[f"head{number}.weight"], float).ravel()
        gaps = []
        for h in range(a.shape[2]):
            for w in range(a.shape[3]):
                at = [m[:, :, h, w] for m in (a, b)]
                # Where nothing is excited there is no direction, and 0 stays 0.
                u, v = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-30) for x in at)
                gaps.append(((u - v) ** 2) @ head)
        total = total + np.mean(gaps, axis=0)
    return total


@pytest.mark.parametrize(
    ("trunk", "oracle", "size"), [(SMALL_ALEXNET, alexnet, (39, 52)), (SMALL_VGG16, vgg16, (33, 18))], ids=["a", "v"]
)
def test_maps_and_distances_are_those_of_numpys_windows(trunk, oracle, size, device):
    weights = random_weights(trunk)
    a, b = pictures(2, 3, *size), pictures(2, 3, *size, seed=1)
    truth, other = oracle(a.numpy(), weights), oracle(b.numpy(), weights)
    there = {key: value.to(device) for key, value in weights.items()}
    maps = trunk.maps(a.to(device), there)
    for found, wanted in zip(maps.values(), truth, strict=True):
        assert_allclose(found.cpu(), wanted, rtol=1e-3, atol=1e-4)
    found = perceptual_distances(trunk, there, a.to(device), b.to(device))
    assert found.shape == (2,)
    assert_allclose(found.cpu(), lpips_of(truth, other, weights), rtol=2e-3)


@pytest.mark.parametrize(
    ("trunk", "convolutions", "taps"),
    [
        (ALEXNET, 2_469_696, {"relu1": 64, "relu2": 192, "relu3": 384, "relu4": 256, "relu5": 256}),
        (VGG16, 14_714_688, {"relu1_2": 64, "relu2_2": 128, "relu3_3": 256, "relu4_3": 512, "relu5_3": 512}),
    ],
    ids=["alexnet", "vgg16"],
)
def test_full_trunks_have_the_published_sizes(trunk, convolutions, taps):
    shapes = trunk.shapes()
    assert sum(np.prod(shape) for key, shape in shapes.items() if key.startswith("conv")) == convolutions
    assert [shape for key, shape in shapes.items() if key.startswith("head")] == [(1, c, 1, 1) for c in taps.values()]
    assert {own.tap: own.outputs for own in trunk.convolutions if own.tap} == taps


@pytest.mark.parametrize("trunk", [SMALL_ALEXNET, SMALL_VGG16], ids=["alexnet", "vgg16"])
def test_the_least_picture_is_the_least(trunk):
    weights = random_weights(trunk)
    assert trunk.maps(pictures(1, 3, trunk.least, trunk.least), weights)
    with pytest.raises(RuntimeError):
        trunk.maps(pictures(1, 3, trunk.least, trunk.least - 1), weights)


def test_maps_stop_at_the_last_one_wanted():
    weights = random_weights(SMALL_ALEXNET)
    assert list(SMALL_ALEXNET.maps(pictures(1, 3, 31, 31), weights, "relu3")) == ["relu1", "relu2", "relu3"]


TOY = Trunk("toy", 2, 2, (Convolution(2, 1, 1, 0, tap="a"), Convolution(1, 1, 1, 0, tap="b", pooled=True)))


def toy_weights():
    kernel = torch.tensor([[1.0, 0, 0], [0, 1, 0]])[..., None, None] * torch.tensor(lpips.SCALE)[:, None, None]
    shift = torch.tensor(lpips.SHIFT[:2])
    return {
        "conv0.weight": kernel, "conv0.bias": shift,  # undoes the standardisation: the maps are red and green
        "conv1.weight": torch.zeros(1, 2, 1, 1), "conv1.bias": torch.zeros(1),
        "head0.weight": torch.tensor([2.0, 5.0]).reshape(1, 2, 1, 1), "head1.weight": torch.ones(1, 1, 1, 1),
    }  # fmt: skip


def test_distance_is_known_by_hand():
    """Red against green: the unit vectors (1, 0) and (0, 1), hence 2 + 5, on one position of four; dead maps add 0."""
    a = torch.tensor([0.5, 0.0, 0.0])[None, :, None, None].expand(1, 3, 2, 2).clone()
    b = a.clone()
    b[0, :, 0, 0] = torch.tensor([0.0, 0.1, 0.0])
    assert_allclose(perceptual_distances(TOY, toy_weights(), a, b), [7 / 4], rtol=1e-5)


def test_brighter_maps_of_one_direction_are_no_further():
    a = pictures(1, 3, 4, 4).abs()
    assert_allclose(perceptual_distances(TOY, toy_weights(), a, a / 3), [0], atol=1e-6)


def test_gradients_stay_finite_where_nothing_is_excited():
    x = torch.zeros(1, 3, 2, 2, requires_grad=True)
    perceptual_distances(TOY, toy_weights(), x, pictures(1, 3, 2, 2)).sum().backward()
    assert x.grad.isfinite().all()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_weights_come_back_from_where_a_download_puts_them(cache):
    weights = random_weights(SMALL_ALEXNET)
    assert fetched(SMALL_ALEXNET, weights).as_posix().endswith("rivalry/downloads/lpips/alexnet.safetensors")
    found = load(SMALL_ALEXNET)
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[key], weights[key]) for key in found)


def test_missing_weights_are_asked_for_in_words(cache):
    with pytest.raises(ValueError, match="weights of vgg16 are missing: fetch them with `rivalry data fetch lpips`"):
        load(VGG16)


def test_other_and_damaged_weights_are_refused_in_words(cache):
    weights = random_weights(SMALL_ALEXNET)
    path = fetched(SMALL_ALEXNET, weights | {"head1.weight": torch.zeros(1, 2, 1, 1)})
    with pytest.raises(ValueError, match=r"are not those of alexnet \(see head1.weight\)"):
        load(SMALL_ALEXNET)
    save_file({key: value for key, value in weights.items() if key != "conv2.bias"}, path)
    with pytest.raises(ValueError, match=r"\(see conv2.bias\)"):
        load(SMALL_ALEXNET)
    save_file(weights | {"more": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match=r"\(see more\)"):
        load(SMALL_ALEXNET)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match="are damaged"):
        load(SMALL_ALEXNET)


def test_a_lens_sees_pictures_in_chunks_as_one(cache, monkeypatch, device):
    fetched(SMALL_ALEXNET)
    lens = Lens.ready(SMALL_ALEXNET, None, Pictures(low=0, high=255), device)
    a, b = (127.5 + 127.5 * pictures(5, 3, 36, 40, seed=seed) for seed in (0, 1))
    wanted = lens.vectors(a, "relu2"), lens.distances(a, b)
    whole = SMALL_ALEXNET.maps(a.to(device) / 127.5 - 1, lens.weights)["relu2"].mean((2, 3))
    assert_allclose(wanted[0].cpu(), whole.cpu(), rtol=1e-4, atol=1e-6)
    direct = perceptual_distances(SMALL_ALEXNET, lens.weights, *(x.to(device) / 127.5 - 1 for x in (a, b)))
    assert_allclose(wanted[1].cpu(), direct.cpu(), rtol=1e-4)
    seen = []
    maps = Trunk.maps
    monkeypatch.setattr(Trunk, "maps", lambda self, x, *given: (seen.append(len(x)), maps(self, x, *given))[1])
    monkeypatch.setattr(lpips, "PIXELS_AT_ONCE", 2 * 36 * 40)
    assert_allclose(lens.vectors(a, "relu2").cpu(), wanted[0].cpu(), rtol=1e-4, atol=1e-6)
    assert seen == [2, 2, 1]
    assert_allclose(lens.distances(a, b).cpu(), wanted[1].cpu(), rtol=1e-4)
    monkeypatch.setattr(lpips, "PIXELS_AT_ONCE", 1)
    assert len(lens.distances(a, b)) == 5
    assert lens.vectors(a[:0], "relu2").shape == (0, 6)


def test_a_lens_resizes_where_it_is_told_to(cache, monkeypatch):
    fetched(SMALL_ALEXNET)
    lens = Lens.ready(SMALL_ALEXNET, 32, Pictures((1, 9, 12)), CPU)
    x = pictures(3, 1, 9, 12)
    # Pillow is asked in test_resizing; here only that it is the same resizing.
    unit = lpips.resized(PictureRange(-1, 1).rgb(x), 32)
    monkeypatch.setattr(lpips, "PIXELS_AT_ONCE", 32 * 32)
    wanted = SMALL_ALEXNET.maps(2 * unit - 1, lens.weights)["relu5"].mean((2, 3))
    assert_allclose(lens.vectors(x, "relu5"), wanted, rtol=1e-4, atol=1e-6)


def test_pictures_too_small_and_pairs_that_differ_are_refused_in_words(cache):
    fetched(SMALL_ALEXNET)
    words = "alexnet needs pictures of 31 x 31 or more, got 40 x 30: resize them, as with `side: 64`"
    with pytest.raises(ValueError, match=words):
        Lens.ready(SMALL_ALEXNET, None, Pictures((3, 40, 30)), CPU)
    lens = Lens.ready(SMALL_ALEXNET, None, Pictures((3, 31, 31)), CPU)
    with pytest.raises(ValueError, match="got 30 x 31"):
        lens.vectors(torch.zeros(1, 3, 30, 31), "relu1")
    with pytest.raises(ValueError, match="wanted pairs of pictures of one shape"):
        lens.distances(torch.zeros(2, 3, 31, 31), torch.zeros(1, 3, 31, 31))
    with pytest.raises(ValueError, match="wanted pictures"):
        Lens.ready(SMALL_ALEXNET, None, Pictures((2,)), CPU)


def test_before_prepare_there_is_no_lens():
    with pytest.raises(RuntimeError, match=r"call prepare\(dataset, device\) first"):
        prepared(None)
