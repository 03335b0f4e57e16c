"""The adapted margin against the rule in plain floats, over whole histories, at its boundaries, and inside a game.

Mutations that turn this red: adapting in every step; the sums kept after an epoch; any of the three conditions left out
or turned strict; the mean over one step more.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry import SpecError
from rivalry.interfaces import Observing
from rivalry.making import make
from rivalry_zoo.schedules.margin_adaptation import MarginAdaptation
from small import engine_of

quarters = st.integers(0, 12).map(lambda n: n / 4)  # sums without rounding, and ties
histories = st.lists(st.tuples(quarters, quarters), min_size=1, max_size=16)


def followed(schedule, history, device="cpu"):
    state = torch.tensor(schedule.initial, dtype=torch.float64, device=device)
    for pair in history:
        state = schedule.follow(state, torch.tensor(pair, dtype=torch.float64, device=device))
    return state


def by_the_rule(margin, epoch, history):
    last = 0.0
    for start in range(0, len(history) - epoch + 1, epoch):
        real, fake = (sum(pair[side] for pair in history[start : start + epoch]) for side in (0, 1))
        if real / epoch < margin and real < fake and fake >= last:
            margin = real / epoch
        last = fake
    return margin


@settings(max_examples=60)
@given(histories, st.integers(1, 4), st.sampled_from([0.5, 1.0, 2.0]))
def test_it_follows_the_rule_once_an_epoch(history, epoch, margin):
    schedule = MarginAdaptation(margin=margin, epoch=epoch)
    assert followed(schedule, history)[0].item() == pytest.approx(by_the_rule(margin, epoch, history), abs=1e-12)


@settings(max_examples=10)
@given(histories, st.integers(1, 3))
def test_the_margin_never_rises_and_stays_an_energy(history, epoch):
    schedule = MarginAdaptation(epoch=epoch)
    margins = [followed(schedule, history[:steps])[0].item() for steps in range(len(history) + 1)]
    assert margins == sorted(margins, reverse=True)
    assert margins[-1] >= 0


LOWERED = [(0.5, 2.0), (0.25, 1.0)]


@pytest.mark.parametrize(
    ("history", "margin"),
    [
        (LOWERED, 0.375),
        (LOWERED[:1], 1.0),  # in the middle of an epoch
        ([(1.5, 4.0), (0.75, 3.0)], 1.0),  # real samples cost more than the margin
        ([(0.5, 0.25), (0.25, 0.5)], 1.0),  # fakes cost no more than real ones
        ([*LOWERED, (0.25, 1.0), (0.0, 1.75)], 0.375),  # fakes became cheaper
        ([*LOWERED, (0.25, 2.0), (0.0, 1.0)], 0.125),  # fakes cost the same
        ([*LOWERED, (0.25, 0.5), (0.25, 0.5), (0.25, 1.0), (0.0, 0.0)], 0.125),  # again the same, after fewer
        ([(0.0, 0.25), (0.25, 0.25)], 0.125),  # the first epoch is held against none
    ],
)
def test_conditions_at_their_boundaries(history, margin, device):
    assert followed(MarginAdaptation(epoch=2), history, device)[0].item() == margin


def test_an_epoch_leaves_the_sum_of_fakes_and_nothing_else():
    assert followed(MarginAdaptation(epoch=2), LOWERED[:1]).tolist() == [1, 0.5, 2, 0, 1]
    assert followed(MarginAdaptation(epoch=2), LOWERED).tolist() == [0.375, 0, 0, 3, 0]


def test_it_begins_at_its_margin_with_nothing_observed():
    schedule = MarginAdaptation(margin=3.0)
    assert isinstance(schedule, Observing)
    assert (schedule.initial, schedule.observes) == ((3, 0, 0, 0, 0), 2)
    assert (schedule.at(0), schedule.at(1e9), schedule.clock) == (3, 3, "steps")


def test_it_leaves_the_present_state_alone():
    state = torch.zeros(5)
    MarginAdaptation(epoch=1).follow(state, torch.ones(2))
    assert not state.any()


def test_a_margin_is_positive_and_an_epoch_a_step_at_least():
    assert make("schedule", "margin_adaptation", epoch=1).epoch == 1
    for wrong in ({"margin": 0.0}, {"epoch": 0}):
        with pytest.raises(SpecError, match=next(iter(wrong))):
            make("schedule", "margin_adaptation", **wrong)


def test_it_moves_the_margin_of_ebgan_in_a_game_which_makes_it_magan():
    game = {
        "rivalry": 1,
        "data": "array",
        "latents": {"z": {"use": "normal", "size": 2}},
        "generators": {"G": {"use": "mlp", "width": 4}},
        "discriminators": {"D": {"use": "mlp", "width": 4}},
        "flow": {"fake": "G(z)", "u_real": "square(D(x))", "u_fake": "square(D(fake)) + 1"},
        "schedules": {"m": {"use": "margin_adaptation", "observe": ["u_real", "u_fake"], "margin": 9, "epoch": 2}},
        "losses": {
            "game": {
                "objective": {"use": "ebgan", "margin": "m"},
                "judge": "-square(D(_))",
                "real": "x",
                "fake": "fake",
            }
        },
        "train": {"batch": 4, "ema": None},
    }
    engine = engine_of(game, data=torch.randn(12, 2))
    costs = [engine.step()["game.discriminator"].item() for _ in range(3)]
    margin, _, fake, last, steps = engine.now.steering["m"].tolist()
    assert costs[0] == pytest.approx(9, abs=0.5)  # an untrained critic's energies are near 0
    assert margin < 0.5
    assert costs[2] < 1
    assert (steps, last > 2, fake > 1) == (1, True, True)
