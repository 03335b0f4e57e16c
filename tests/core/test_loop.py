"""What happens between the steps: means, cadence, averages, moving numbers, lazy terms.

Mutations that were tried and fail here: the mean over all steps instead of those in which a loss was computed, a lazy
term without its factor, an average that starts at full decay.
"""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rivalry import checkpoint
from rivalry.errors import RunError
from rivalry.hooks import hookimpl
from rivalry.loop import fetch, mean
from rivalry.plugins import plugins
from small import ring_run, small_engine

numbers = st.floats(-1e6, 1e6, width=32)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), numbers, max_size=3), max_size=8))
def test_fetched_losses_are_those_that_were_recorded_and_means_are_by_label(rows):
    pending = [{label: torch.tensor(value) for label, value in losses.items()} for losses in rows]
    found = fetch(pending, 0)
    assert found == rows
    for label in "abc":
        column = [losses[label] for losses in rows if label in losses]
        assert (label in mean(found)) == bool(column)
        if column:
            assert mean(found)[label] == pytest.approx(np.mean(column, dtype=np.float64), rel=1e-9, abs=1e-9)


@given(st.integers(0, 5), st.sampled_from([math.nan, math.inf, -math.inf]), st.integers(0, 1000))
def test_the_first_loss_that_is_no_number_is_named_with_its_step(place, value, first):
    pending = [{"a": torch.tensor(1.0), "b": torch.tensor(2.0)} for _ in range(6)]
    pending[place]["b"] = torch.tensor(value)
    with pytest.raises(RunError, match=rf"the loss 'b' became {value} at step {first + place + 1}; usual causes"):
        fetch(pending, first)


class Diary:
    """Keeps what the listeners are told."""

    def __init__(self):
        self.told = []

    @hookimpl
    def rivalry_run_started(self, run):
        self.told.append(("started", run.first_step, run.status))

    @hookimpl
    def rivalry_step_finished(self, run, step, losses):
        self.told.append(("step", step, bool(losses)))

    @hookimpl
    def rivalry_evaluated(self, run, step, scores):
        self.told.append(("evaluated", step, sorted(scores)))

    @hookimpl
    def rivalry_checkpoint_saved(self, run, path):
        self.told.append(("saved", run.step, path.name))

    @hookimpl
    def rivalry_run_finished(self, run):
        self.told.append(("finished", run.step, run.status))


@pytest.fixture
def diary():
    listener = Diary()
    plugins().manager.register(listener)
    yield listener.told
    plugins().manager.unregister(listener)


def test_everything_is_due_when_its_cadence_says(tmp_path, diary):
    cadence = ["train.log_every=2", "train.checkpoint_every=3", "train.evaluate_every=4"]
    ring_run(tmp_path, *cadence, "train.steps=7", "metrics.modes.samples=64")
    assert [row[1] for row in diary if row[0] == "step"] == [1, 2, 3, 4, 5, 6, 7]
    assert [row[1] for row in diary if row[0] == "step" and row[2]] == [2, 4, 6, 7]
    assert [row[1] for row in diary if row[0] == "saved"] == [3, 6, 7]
    assert [row[1:] for row in diary if row[0] == "evaluated"] == [(4, ["modes"]), (7, ["modes"])]
    assert diary[0] == ("started", 0, "running")
    assert diary[-1] == ("finished", 7, "done")


def test_a_logged_loss_is_the_mean_since_the_line_before(tmp_path):
    each = ring_run(tmp_path / "each", "train.log_every=1", "train.steps=6").history()
    third = ring_run(tmp_path / "third", "train.log_every=3", "train.steps=6").history()
    for line, rows in zip(third, (each[:3], each[3:]), strict=True):
        for label, value in line["losses"].items():
            assert value == pytest.approx(np.mean([row["losses"][label] for row in rows]), rel=1e-12)


def test_measuring_changes_nothing_of_what_is_learnt(tmp_path):
    quiet = ring_run(tmp_path / "quiet", "train.steps=4")
    busy = ["train.evaluate_every=1", "train.log_every=1", "train.checkpoint_every=1", "train.sample_every=1"]
    watched = ring_run(tmp_path / "watched", "train.steps=4", "metrics.modes.samples=64", *busy)
    one, other = checkpoint.newest(quiet.folder)[0].tensors, checkpoint.newest(watched.folder)[0].tensors
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_listener_that_fails_loses_no_checkpoint(tmp_path):
    class Broken:
        @hookimpl
        def rivalry_step_finished(self, run, step):
            if step == 6:
                raise RuntimeError("a bug in a listener")

    broken = Broken()
    plugins().manager.register(broken)
    try:
        with pytest.raises(RuntimeError, match="a bug in a listener"):
            ring_run(tmp_path, "train.steps=8")
    finally:
        plugins().manager.unregister(broken)
    assert checkpoint.newest(tmp_path)[0].step == 4


# Averages


@pytest.mark.parametrize("decay", [0.5, 0.999])
def test_averages_follow_their_recurrence_from_the_first_weights(decay):
    """a <- d a + (1 - d) w with d = min(decay, (1 + t) / (10 + t)) after step t, in float64 by numpy."""
    game = small_engine("ring", f"train.ema={decay}")
    expected = {k: v.double().numpy().copy() for k, v in game.networks["G"].named_parameters()}
    for step in range(1, 13):
        game.step()
        d = min(decay, (1 + step) / (10 + step))
        for key, weight in game.networks["G"].named_parameters():
            expected[key] = d * expected[key] + (1 - d) * weight.detach().double().numpy()
    for key, average in game.ema["G"].named_parameters():
        np.testing.assert_allclose(average.detach().numpy(), expected[key], rtol=1e-5, atol=1e-7)
        assert not average.requires_grad


def test_only_networks_that_do_not_judge_are_averaged_and_buffers_are_copied():
    game = small_engine("dcgan")
    assert list(game.ema) == ["G"]
    for _ in range(2):
        game.step()
    for (name, mine), theirs in zip(game.ema["G"].named_buffers(), game.networks["G"].buffers(), strict=True):
        assert torch.equal(mine, theirs), name
    assert small_engine("ring", "train.ema=0").ema == {}


# Numbers that move

RAMP = "{use: linear, start: 0, end: 100, over: 100, clock: %s}"


@pytest.mark.parametrize(
    ("clock", "expected"), [("steps", [0, 1, 2, 3]), ("images", [0, 24, 48, 72]), ("epochs", None)]
)
def test_clocks_count_what_has_finished_and_all_turns_of_a_step_see_the_same(clock, expected):
    game = small_engine(
        "ring_wasserstein", "train.order=[discriminator * 3, generator]",
        f"players.discriminator.optimizer.lr={RAMP % clock}", f"players.generator.optimizer.lr={RAMP % clock}",
    )  # fmt: skip
    if expected is None:
        expected = [24 * step / len(game.now.feeders[""].dataset) for step in range(4)]
    seen: list[list[float]] = []
    for player in game.players.values():
        player.optimizer = Spy(player.optimizer, seen)
    for _ in range(4):
        seen.append([])
        game.step()
    assert [len(row) for row in seen] == [4] * 4
    assert seen == [pytest.approx([value] * 4) for value in expected]


class Spy:
    """An optimiser that tells the rate it was given, and does not move."""

    def __init__(self, optimizer, seen):
        self.lr, self.seen = optimizer.lr, seen

    def step(self, parameters, gradients, state, *, lr, **more):
        self.seen[-1].append(lr)


# Lazy terms


def gradient_of(settings, step):
    """The discriminator's gradient of a game's step with a given number."""
    game = small_engine("ring", *settings)
    game.now.step = step
    kept = []
    player = game.players["discriminator"]

    class Keep:
        lr = 0.0

        def step(self, parameters, gradients, state, *, lr, **more):
            kept.extend(gradient.clone() for gradient in gradients)

    player.optimizer = Keep()
    losses = game.step()
    return torch.cat([gradient.flatten() for gradient in kept]), losses


@pytest.mark.parametrize("step", [0, 1, 2, 3, 4, 6])
def test_a_lazy_term_acts_every_kth_step_with_k_times_its_weight(step):
    lazy, losses = gradient_of(["losses.penalty.every=3", "losses.penalty.weight=2"], step)
    active = step % 3 == 0
    other, _ = gradient_of([f"losses.penalty.weight={6 if active else 0}"], step)
    assert ("penalty" in losses) == active
    torch.testing.assert_close(lazy, other, rtol=1e-5, atol=1e-7)
    assert torch.linalg.vector_norm(other) > 0


def test_a_player_whose_terms_all_rest_does_not_move():
    game = small_engine("ring", "losses.game.every=2", "losses.penalty=null", "train.ema=0")
    game.step()
    before = {name: tensor.clone() for name, tensor in game.tensors().items()}
    assert game.step() == {}
    assert all(torch.equal(tensor, before[name]) for name, tensor in game.tensors().items())
    assert set(game.step()) == {"game.discriminator", "game.generator"}


def test_a_moving_weight_is_read_at_the_beginning_of_its_step():
    ramp = "losses.penalty.weight={use: linear, start: 0, end: 10, over: 10}"
    for step in (0, 4, 10):
        moving, _ = gradient_of([ramp], step)
        fixed, _ = gradient_of([f"losses.penalty.weight={step}"], step)
        torch.testing.assert_close(moving, fixed, rtol=1e-5, atol=1e-7)
