"""The judge on toy data that it must learn within a second.

Mutations tried (a test failed for each): labels ignored, weights not stored, initial weights drawn outside the fork,
hash of the weights not checked, left in training mode, constant channels divided by their deviation, the head not
scaled back.
"""

import math

import pytest
import torch

from rivalry.fields import Field
from rivalry.interfaces import Dataset
from rivalry_zoo.blocks import judging
from rivalry_zoo.features.judge import Judge

CPU = torch.device("cpu")


class Toy(Dataset):
    """Two classes: which half of the picture (or which side of the origin) is bright."""

    name = "toy"
    paper = "none: made here"

    def __init__(self, shape, count=120, labels=True, test=0, seed=0):
        g = torch.Generator().manual_seed(seed)
        self.label = torch.randint(2, (count,), generator=g)
        noise = torch.randn(count, *shape, generator=g)
        sign = torch.ones(shape)
        sign[..., : shape[-1] // 2] = -1
        self.x = noise + 2 * (2 * self.label.reshape(-1, *[1] * len(shape)) - 1) * sign
        self.shape, self.labels, self.test = shape, labels, test

    @property
    def fields(self):
        return {"x": Field(self.shape)} | ({"label": Field((), classes=2)} if self.labels else {})

    def __len__(self):
        return len(self.x)

    def batch(self, indices):
        return {"x": self.x[indices], "label": self.label[indices]}

    @property
    def fingerprint(self):
        return "x".join(map(str, (*self.shape, len(self))))

    def held_out(self):
        return Toy(self.shape, self.test, seed=1) if self.test else None


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache folder of its own for each test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "rivalry" / "judges"


@pytest.fixture
def trainings(monkeypatch):
    """Counts how often a judge is trained."""
    seen, fit = [], judging.fit
    monkeypatch.setattr(judging, "fit", lambda *given, **named: (seen.append(1), fit(*given, **named)))
    return seen


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 12), (2,), (2, 6), (1, 40, 36)], ids=str)
def test_separable_classes_are_learnt_from_images_and_vectors_alike(shape, device, capsys):
    data, judge = Toy(shape, test=50), Judge(examples=2000)
    judge.prepare(data, device)
    assert judge.accuracy >= 0.95
    assert "of 50 held-out samples right" in capsys.readouterr().err
    unseen = Toy(shape, 60, seed=2)
    assert (judge.classify(unseen.x.to(device)).cpu() == unseen.label).float().mean() >= 0.95
    assert judge(unseen.x.to(device)).shape == (60, 64)
    assert judge.logits(unseen.x).shape == (60, 2)


def test_a_tenth_is_kept_apart_where_the_data_have_no_test_split(capsys):
    Judge(examples=64).prepare(Toy((2,), 130), CPU)
    assert "of 13 held-out" in capsys.readouterr().err


def test_trained_judge_is_loaded_not_trained_again(trainings, cache):
    data, first, second = Toy((1, 8, 8)), Judge(examples=640), Judge(examples=640)
    assert first.prepare(data, CPU) == second.prepare(data, CPU)
    assert len(trainings) == 1
    assert second.accuracy == first.accuracy
    torch.testing.assert_close(first(data.x), second(data.x), rtol=0, atol=0)
    assert [file.suffix for file in cache.iterdir()] == [".safetensors"]
    assert next(cache.iterdir()).name.startswith(data.fingerprint)


@pytest.mark.parametrize(
    "other",
    [{"data": Toy((2,), 90)}, {"examples": 192}, {"lr": 1e-3}, {"seed": 1}],
    ids=["data", "examples", "lr", "seed"],
)
def test_other_data_or_training_is_another_judge(trainings, other):
    usual = {"examples": 128}
    fingerprint = Judge(**usual).prepare(Toy((2,)), CPU)
    changed = {name: value for name, value in other.items() if name != "data"}
    assert Judge(**{**usual, **changed}).prepare(other.get("data", Toy((2,))), CPU) != fingerprint
    assert len(trainings) == 2


def test_training_is_repeatable_and_leaves_the_global_random_state_alone(cache):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    data, judges = Toy((1, 8, 8)), [Judge(examples=640), Judge(examples=640)]
    first = judges[0].prepare(data, CPU)
    for file in cache.iterdir():
        file.unlink()
    torch.manual_seed(4)
    assert judges[1].prepare(data, CPU) == first
    torch.manual_seed(3)
    judges[0].prepare(data, CPU)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
def test_damaged_cache_is_trained_again_with_a_warning(trainings, cache, damage):
    data = Toy((2,))
    fingerprint = Judge(examples=128).prepare(data, CPU)
    (file,) = cache.iterdir()
    stored = file.read_bytes()
    flipped = stored[:-3] + bytes([stored[-3] ^ 1]) + stored[-2:]
    file.write_bytes({"cut": stored[:-7], "flipped": flipped, "emptied": b""}[damage])
    with pytest.warns(UserWarning, match="damaged"):
        assert Judge(examples=128).prepare(data, CPU) == fingerprint
    assert len(trainings) == 2
    assert len(file.read_bytes()) == len(stored)


def test_folder_that_cannot_be_written_is_a_warning(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    judge = Judge(examples=64)
    with pytest.warns(UserWarning, match="could not be kept"):
        judge.prepare(Toy((2,)), CPU)
    assert judge(torch.zeros(3, 2)).shape == (3, 64)


def test_each_sample_is_judged_alone_and_without_a_gradient():
    data, judge = Toy((1, 8, 8), 300), Judge(examples=640)
    judge.prepare(data, CPU)
    together, alone = judge(data.x), torch.cat([judge(x) for x in data.x[:5].split(1)])
    torch.testing.assert_close(together[:5], alone, rtol=1e-4, atol=1e-5)
    assert len(together) == 300
    assert not judge(data.x.requires_grad_()).requires_grad


def test_features_have_mean_square_one_and_logits_know_nothing_of_it(monkeypatch, cache):
    data, judge, raw = Toy((1, 8, 8)), Judge(examples=640), Judge(examples=640)
    judge.prepare(data, CPU)
    kept = round(len(data) / 10)
    rest = torch.randperm(len(data), generator=torch.Generator().manual_seed(0))[kept:]
    assert math.isclose(judge(data.x[rest]).square().mean(), 1, rel_tol=1e-4)
    next(cache.iterdir()).unlink()
    monkeypatch.setattr(judging, "normalise", lambda *given: None)
    raw.prepare(data, CPU)
    torch.testing.assert_close(judge.logits(data.x), raw.logits(data.x), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(judge(data.x), raw(data.x), rtol=0.05)


def test_constant_channels_and_pixels_leave_features_finite():
    data = Toy((3, 8, 8), 60)
    data.x[:, 1] = 0.25
    judge = Judge(examples=128)
    judge.prepare(data, CPU)
    assert judge(data.x).isfinite().all()


def test_prepare_works_where_gradients_are_off():
    judge = Judge(examples=640)
    with torch.no_grad():
        judge.prepare(Toy((2,), test=50), CPU)
    assert judge.accuracy >= 0.95


def test_data_without_labels_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match="features: pixels"):
        Judge().prepare(Toy((2,), labels=False), CPU)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_samples_are_refused_in_words(count):
    with pytest.raises(ValueError, match="too few"):
        Judge().prepare(Toy((2,), count), CPU)


def test_before_prepare_the_judge_says_what_is_missing():
    with pytest.raises(RuntimeError, match="prepare"):
        Judge()(torch.zeros(1, 2))
    assert math.isclose(Judge().lr, 2e-3)
