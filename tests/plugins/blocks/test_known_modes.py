"""Points placed by hand about known modes. Mutations tried (a test failed for each): `<` for `<=`, `within` ignored."""

import pytest
import torch

from rivalry_zoo.blocks.known_modes import high_quality_counts, nearest_mode, wanted

MODES = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])


def test_points_up_to_three_deviations_are_counted_at_their_nearest_mode(device):
    points = torch.tensor([[0.0, 0.0], [1.5, 0.0], [4.0, 1.501], [2.6, 0.0], [4.0, 0.0], [0.0, 3.0]], device=device)
    assert high_quality_counts(points, MODES, deviation=0.5).tolist() == [2, 2, 1, 0]
    assert high_quality_counts(points, MODES, deviation=0.5, within=2.0).tolist() == [1, 1, 1, 0]
    distances, index = nearest_mode(points, MODES)
    assert index.tolist() == [0, 0, 1, 1, 1, 2]
    assert distances.tolist() == pytest.approx([0, 1.5, 1.501, 1.4, 0, 1])


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (torch.zeros(0, 2), "at least 1"),
        (torch.full((3, 2), float("nan")), "finite"),
        (torch.zeros(3, 3), "equally many features"),
        (torch.zeros(3, 1, 2), "matrix of feature vectors"),
    ],
)
def test_bad_points_are_refused_in_words(points, words):
    with pytest.raises(ValueError, match=words):
        high_quality_counts(points, MODES, 0.1)


@pytest.mark.parametrize("facts", [(None, None), (MODES, None), (None, 0.1), (None,)])
def test_data_without_modes_are_refused_in_words(facts):
    with pytest.raises(ValueError, match="some needs a data set with known modes, such as ring or grid"):
        wanted("some", *facts)
    wanted("some", MODES, 0.1)
