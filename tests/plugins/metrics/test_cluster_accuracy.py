"""Cluster accuracy against a search over all pairings.

Mutations tried (a test failed for each): the pairing that costs most; clusters and labels exchanged in the table.
"""

from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mps import on_mps
from rivalry_zoo.blocks.heads import Mixed
from rivalry_zoo.metrics.cluster_accuracy import ClusterAccuracy, cluster_accuracy

samples = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=30)


@settings(max_examples=40)
@given(samples)
def test_value_is_that_of_the_best_pairing_either_way_round(pairs):
    clusters, labels = np.array(pairs).T
    best = max(np.mean(np.array(names)[clusters] == labels) for names in permutations(range(5), 4))
    first, second = torch.tensor(clusters), torch.tensor(labels)
    assert cluster_accuracy(first, second).value == pytest.approx(best)
    assert cluster_accuracy(second, first).value == pytest.approx(best)


@given(st.permutations(range(6)))
@settings(max_examples=10)
def test_names_of_clusters_do_not_matter(names):
    labels = torch.arange(60) % 6
    assert cluster_accuracy(torch.tensor(names)[labels], labels).value == 1


def test_two_classes_in_one_cluster_count_once(device):
    labels = torch.tensor([0, 0, 0, 1, 1, 2], device=device)
    score = cluster_accuracy(torch.tensor([1, 1, 1, 1, 1, 0], device=device), labels)
    assert score.value == pytest.approx(4 / 6)
    assert type(score.value) is float
    assert score.error == pytest.approx(np.sqrt((4 / 6) * (2 / 6) / 6))


def test_logits_count_by_their_largest_alone_or_as_the_first_part_of_a_head():
    logits, labels = torch.tensor([[0.0, 2.0], [1.0, -1.0], [0.0, 3.0], [4.0, 0.0]]), torch.tensor([0, 1, 0, 0])
    other = torch.eye(2)[[0, 0, 0, 1]]  # half right at best
    for codes in (logits, Mixed(logits, other, other), torch.tensor([1, 0, 1, 0])):
        assert ClusterAccuracy().compute(codes, labels).value == 0.75


@pytest.mark.parametrize(
    ("codes", "labels", "words"),
    [
        (torch.zeros(4), torch.zeros(4, dtype=torch.long), "finite logits"),
        (torch.full((4, 2), float("nan")), torch.zeros(4, dtype=torch.long), "finite logits"),
        (torch.zeros(4, 2), torch.zeros(3, dtype=torch.long), "equally many"),
        (torch.zeros(4, 2), torch.zeros(4), "labels must be whole numbers"),
        (torch.zeros(0, 2), torch.zeros(0, dtype=torch.long), "must be whole numbers"),
    ],
)
def test_bad_input_is_refused_in_words(codes, labels, words):
    with pytest.raises(ValueError, match=words):
        ClusterAccuracy().compute(codes, labels)


def test_it_says_what_it_is():
    assert (ClusterAccuracy.direction, ClusterAccuracy.range) == ("higher", (0, 1))
    assert ClusterAccuracy.needs == ("pairs",)


def test_clusters_and_labels_may_lie_on_two_devices():
    clusters, labels = torch.tensor([1, 1, 0, 0]), torch.tensor([0, 0, 1, 0])
    assert cluster_accuracy(on_mps(clusters), labels).value == cluster_accuracy(clusters, on_mps(labels)).value == 0.75
