"""What enters a network and what its norms are told. Mutation caught: the first input told beside the others."""

from functools import partial

import pytest
import torch

from rivalry.fields import Field
from rivalry_zoo.blocks.conditions import code, code_maps, heard, informed, told_apart, wanted
from rivalry_zoo.norms.adain import AdaptiveInstanceNorm
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.spade import Spade

Z, LABEL, VECTOR, MAP, LABELS = Field(3), Field((), classes=4), Field(5), Field((2, 6, 6)), Field((6, 6), classes=4)
NETWORK = torch.nn.Linear(1, 1)


@pytest.mark.parametrize("norm", [AdaptiveInstanceNorm, partial(AdaptiveInstanceNorm, eps=0.1)])
def test_norms_that_take_a_condition_are_told_what_follows_the_first_input_or_the_first_alone(norm):
    assert told_apart((Z, LABEL, VECTOR), norm) == ((Z,), (LABEL, VECTOR))
    assert told_apart((Z,), norm) == ((Z,), (Z,))


@pytest.mark.parametrize("norm", [BatchNorm, partial(BatchNorm, eps=0.1), lambda _: BatchNorm(4)])
def test_other_norms_are_told_nothing(norm):
    assert told_apart((Z, LABEL), norm) == ((Z, LABEL), ())
    assert informed(norm, (), "it") is norm


@pytest.mark.parametrize(
    ("told", "width"),
    [((LABEL,), 4), ((VECTOR,), 5), ((LABEL, VECTOR), 9), ((Z, MAP), 3 + 72), ((MAP, Z), 72 + 3)],
    ids=str,
)
def test_a_condition_is_as_wide_as_the_vector_that_norms_are_told(told, width):
    assert informed(AdaptiveInstanceNorm, told, "it")(7).condition == width


@pytest.mark.parametrize(("field", "width"), [(MAP, 2), (LABELS, 4)], ids=str)
def test_a_map_is_as_wide_as_it_has_channels_or_classes(field, width):
    assert informed(Spade, (field,), "it")(7).condition == width


def test_one_label_is_told_as_it_is():
    z, label = torch.randn(2, 3), torch.tensor([3, 1])
    entering, told = heard((Z,), (LABEL,), (z, label), NETWORK)
    assert entering is z
    assert told is label


def test_several_conditions_are_told_as_one_vector_labels_one_hot():
    z, label, vector = torch.randn(2, 3), torch.tensor([3, 1]), torch.randn(2, 5)
    entering, told = heard((Z,), (LABEL, VECTOR), (z, label, vector), NETWORK)
    assert torch.equal(entering, z)
    assert torch.equal(told, torch.cat([torch.eye(4)[label], vector], 1))


def test_one_map_is_told_as_a_map_labels_one_hot():
    z, maps, labels = torch.randn(2, 3), torch.randn(2, 2, 6, 6), torch.randint(4, (2, 6, 6))
    assert torch.equal(heard((Z,), (MAP,), (z, maps), NETWORK)[1], maps)
    assert torch.equal(heard((Z,), (LABELS,), (z, labels), NETWORK)[1], torch.eye(4)[labels].movedim(3, 1))


def test_a_latent_alone_enters_and_is_told():
    z = torch.randn(2, 3)
    assert all(torch.equal(part, z) for part in heard((Z,), (Z,), (z,), NETWORK))


def test_where_norms_are_told_nothing_everything_enters():
    z, label = torch.randn(2, 3), torch.tensor([3, 1])
    entering, told = heard((Z, LABEL), (), (z, label), NETWORK)
    assert torch.equal(entering, torch.cat([z, torch.eye(4)[label]], 1))
    assert told is None


@pytest.mark.parametrize(("entering", "told"), [((Z,), ()), ((Z,), (LABEL,)), ((Z,), (LABEL, VECTOR)), ((Z,), (MAP,))])
def test_more_values_than_inputs_are_an_error(entering, told):
    with pytest.raises((ValueError, TypeError)):
        _, _ = heard(entering, told, (torch.zeros(2, 3), *[torch.zeros(2, dtype=torch.int64)] * 3), NETWORK)


def test_a_condition_has_a_width():
    assert wanted(1, "it") == 1
    with pytest.raises(ValueError, match="it wants a condition, but its network tells its norms none; generators"):
        wanted(0, "it")


NORM = AdaptiveInstanceNorm(3, 5)


def test_codes_are_labels_one_hot_or_vectors():
    vectors = torch.randn(2, 5)
    assert torch.equal(code(vectors, 5, NORM), vectors)
    assert torch.equal(code(torch.tensor([4, 0]), 5, NORM), torch.eye(5)[[4, 0]])


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (None, "none"),
        (torch.zeros(2, 4), r"\[2, 4\] of torch.float32"),
        (torch.zeros(5), r"\[5\] of torch.float32"),
        (torch.zeros(2, 5, 1), r"\[2, 5, 1\] of torch.float32"),
        (torch.zeros(2, 5, dtype=torch.int64), r"\[2, 5\] of torch.int64"),
    ],
)
def test_other_codes_are_refused(wrong, got):
    with pytest.raises(ValueError, match=rf"norm adain wants labels \[N\] or vectors \[N, 5\], got {got}"):
        code(wrong, 5, NORM)


def test_code_maps_are_labels_one_hot_or_maps():
    maps, labels = torch.randn(2, 5, 3, 4), torch.randint(5, (2, 3, 4))
    assert torch.equal(code_maps(maps, 5, NORM), maps)
    assert torch.equal(code_maps(labels, 5, NORM), torch.eye(5)[labels].movedim(3, 1))


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        torch.zeros(2, 4, 3, 3),
        torch.zeros(2, 5, 3),
        torch.zeros(2, 5, 3, 3, dtype=torch.int64),
        torch.zeros(2, 5),
    ],
)
def test_other_maps_are_refused(wrong):
    with pytest.raises(ValueError, match=r"norm adain wants maps \[N, 5, h, w\], or of labels \[N, h, w\], got"):
        code_maps(wrong, 5, NORM)
