"""Classifiers exchanged between real and fake samples: copies, shuffled labels, one sample a class.

Mutations tried (a test failed for each): trained and tested exchanged, unequal training sizes, tested on the training
set, fakes tested by the classifier that they taught.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rivalry_zoo.blocks.logistic_regression import fit_logistic_regression
from rivalry_zoo.metrics.gan_train_test import GanTrainTest, gan_train_test

CENTRES = 2.0 * np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])


def classes(n, seed, spread=1.0, device="cpu"):
    """n samples in each corner of a square, and their labels."""
    draw = np.random.default_rng(seed)
    labels = draw.integers(4, size=n)
    x = CENTRES[labels] + spread * draw.normal(size=(n, 2))
    return torch.tensor(x, device=device), torch.tensor(labels, device=device)


def scored(real, fake, kept, **settings):
    x, y, z = real, fake, kept
    sets = {"real_labels": x[1], "labels": y[1], "held_out": z[0], "held_out_labels": z[1]}
    return gan_train_test(x[0], y[0], **sets, **settings)


def test_a_copy_of_the_data_teaches_exactly_as_much(device):
    real, kept = classes(100, 0, device=device), classes(150, 1, device=device)
    scores = scored(real, real, kept)
    assert list(scores) == ["gan_base", "gan_train", "gan_test"]
    assert scores["gan_train"] == scores["gan_base"]
    # The optimal classifier takes the nearest corner: right where both |diagonal shadows| agree.
    truth = np.mean((kept[0].cpu().numpy() @ CENTRES.T).argmax(1) == kept[1].cpu().numpy())
    assert abs(scores["gan_base"].value - truth) < 0.03
    assert 0.7 < scores["gan_test"].value < 1


def test_shuffled_labels_teach_and_show_chance():
    real, kept = classes(400, 0), classes(400, 1)
    fake = real[0], real[1][torch.randperm(400, generator=torch.Generator().manual_seed(1))]
    scores = scored(real, fake, kept)
    assert scores["gan_base"].value > 0.8
    assert abs(scores["gan_test"].value - 0.25) < 4 * scores["gan_test"].error
    assert scores["gan_train"].value < 0.5


def test_one_perfect_sample_a_class_is_recognised_but_teaches_little():
    # In eight dimensions of which two matter: one sample says nothing of which.
    draw = np.random.default_rng(0)
    wide = [
        (np.concatenate([x.numpy(), 3 * draw.normal(size=(len(x), 30))], 1), y)
        for x, y in (classes(400, 0), classes(400, 1))
    ]
    real, kept = ((torch.tensor(x), y) for x, y in wide)
    sure = fit_logistic_regression(*real).classify(real[0]) == real[1]
    first = [int(((real[1] == k) & sure).nonzero()[0]) for k in range(4)]
    fake = tuple(x[first].repeat_interleave(100, 0) for x in real)
    scores = scored(real, fake, kept)
    assert scores["gan_test"].value == 1
    assert scores["gan_train"].value < scores["gan_base"].value - 0.2


def test_each_accuracy_is_that_of_its_classifier_with_a_binomial_error():
    real, fake, kept = classes(60, 0), classes(60, 1, spread=2.0), classes(90, 2)
    scores = scored(real, fake, kept, penalty=5.0)
    for name, taught, tested in (("gan_base", real, kept), ("gan_train", fake, kept), ("gan_test", real, fake)):
        share = (fit_logistic_regression(*taught, 5.0).classify(tested[0]) == tested[1]).double().mean().item()
        assert 0 < share < 1
        assert_allclose(
            [scores[name].value, scores[name].error], [share, (share * (1 - share) / len(tested[1])) ** 0.5]
        )


@pytest.mark.parametrize("fewer", ["real", "fake"])
def test_both_classifiers_learn_from_equally_many(fewer):
    # Sorted by class, so that the first 40 of 160 would be of one alone.
    many = tuple(rows[classes(160, 0)[1].argsort()] for rows in classes(160, 0))
    few, kept = classes(40, 1), classes(200, 2)
    real, fake = (few, many) if fewer == "real" else (many, few)
    seeds = [scored(real, fake, kept, seed=seed) for seed in range(4)]
    own = "gan_base" if fewer == "real" else "gan_train"
    alone = (fit_logistic_regression(*few).classify(kept[0]) == kept[1]).double().mean().item()
    assert {scores[own].value for scores in seeds} == {alone}
    cut = "gan_train" if fewer == "real" else "gan_base"
    assert len({scores[cut].value for scores in seeds}) > 1
    assert min(scores[cut].value for scores in seeds) > 0.7
    assert scored(real, fake, kept, seed=1) == seeds[1]


def test_a_class_that_was_never_made_is_never_recognised():
    real, kept = classes(200, 0), classes(200, 1)
    some = real[1] < 3
    scores = scored(real, (real[0][some], real[1][some]), kept)
    assert_allclose(scores["gan_train"].value, (1 - (kept[1] == 3).double().mean()) * 0.92, atol=0.1)


@pytest.mark.parametrize(("which", "name"), [(0, "real"), (1, "fake"), (2, "held-out")])
@pytest.mark.parametrize("bad", [lambda y: y[1:], lambda y: y[:, None], lambda y: y.double()])
def test_samples_without_a_whole_label_each_are_refused(which, name, bad):
    sets = [classes(10, seed) for seed in range(3)]
    sets[which] = sets[which][0], bad(sets[which][1])
    with pytest.raises(ValueError, match=f"^{name} samples need a whole number each for a label, \\[10\\]"):
        scored(*sets)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_empty_sets_are_refused(which):
    sets = [classes(10, seed) for seed in range(3)]
    sets[which] = classes(0, 0)
    with pytest.raises(ValueError, match="must hold at least 1 feature vectors, not 0"):
        scored(*sets)


def test_component_hands_its_settings_and_needs_on():
    (x, a), (y, b), (z, c) = classes(60, 0), classes(30, 1), classes(20, 2)
    needed = {"real_labels": a, "labels": b, "held_out": z, "held_out_labels": c}
    metric = GanTrainTest(penalty=50.0, seed=1)
    assert set(metric.needs) == set(needed)
    assert metric.compute(x, y, **needed) == gan_train_test(x, y, **needed, penalty=50.0, seed=1)
    assert tuple(metric.compute(x, y, **needed)) == metric.parts
    assert (metric.direction, metric.range) == ("higher", (0, 1))
