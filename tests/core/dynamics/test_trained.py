"""The joint Jacobian of a trained game, against dense central differences of the joint gradients.

Mutations caught: the sign of the field; one player's parameters left out; the checkpoint not loaded.
"""

import numpy as np
import pytest
import torch

from rivalry.dynamics import trained
from rivalry.errors import RunError, SpecError
from small import ring_run

TINY = ["generators.G.width=2", "discriminators.D.width=2", "generators.G.layers=1", "discriminators.D.layers=1",
        "latents.z.size=1", "train.checkpoint_every=3"]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dynamics") / "ring"
    ring_run(folder, *TINY, "train.steps=6")
    return folder


def dense(game):
    """By central differences of every player's gradient, [n, n]."""
    parameters = [p for rows in game.parameters().values() for p in rows]

    def field():
        found = game.gradients()
        return -np.concatenate([row.detach().numpy().ravel() for name in game.parameters() for row in found[name]])

    columns = []
    for parameter in parameters:
        flat = parameter.data.view(-1)
        for index in range(len(flat)):
            here, step = flat[index].item(), 1e-5
            flat[index] = here + step
            above = field()
            flat[index] = here - step
            columns.append((above - field()) / (2 * step))
            flat[index] = here
    return np.stack(columns, 1)


def test_products_are_those_of_the_dense_jacobian(run):
    seen = {}

    def look(game):
        n = sum(p.numel() for rows in game.parameters().values() for p in rows)
        product = trained.products(game)
        seen["products"] = np.stack([product(unit).numpy() for unit in torch.eye(n, dtype=torch.float64)], 1)
        seen["dense"] = dense(game)
        seen["weights"] = [p.detach().clone() for rows in game.parameters().values() for p in rows]

    assert trained.looked(run, [], look) == (6, 16)
    np.testing.assert_allclose(seen["products"].T, seen["dense"], atol=1e-8)
    assert abs(seen["dense"]).max() > 1e-2
    found = trained.spectrum_of_run(run, count=3)
    values = np.linalg.eigvals(seen["dense"])
    rightmost = np.array(sorted(values, key=lambda v: (-v.real, -v.imag)))[:3]
    np.testing.assert_allclose([p.value for p in found.leading.rightmost], rightmost, atol=1e-6)
    assert max(abs(values)) == pytest.approx(abs(found.leading.largest[0].value), abs=1e-6)
    assert sum(found.parameters.values()) == len(values)
    assert found.step == 6


def test_the_weights_are_the_checkpoints(run):
    from rivalry import checkpoint

    saved, _ = checkpoint.newest(run)
    seen = []
    trained.looked(run, [], lambda game: seen.extend(p.detach().clone() for rows in game.parameters().values()
                                                     for p in rows))  # fmt: skip
    kept = [tensor for key, tensor in saved.tensors.items() if key.startswith("networks.")]
    for tensor in seen:
        assert tensor.dtype == torch.float64
        assert any(tensor.shape == k.shape and torch.equal(tensor, k.double()) for k in kept)


def test_the_same_is_found_twice_and_settings_count(run):
    first, again = trained.spectrum_of_run(run, count=2), trained.spectrum_of_run(run, count=2)
    assert first == again
    other = trained.spectrum_of_run(run, ["losses.penalty.weight=50"], 2)
    assert other.leading.largest[0].value.real < first.leading.largest[0].value.real - 1


def test_words_say_step_players_and_verdict(run):
    text = trained.words(trained.spectrum_of_run(run, count=2))
    assert "at step 6, on one batch of 16" in text
    assert "of discriminator" in text
    assert "Verdict" in text


@pytest.mark.parametrize("count", [0, -1])
def test_at_least_one_eigenvalue_is_wanted(run, count):
    with pytest.raises(RunError, match="at least one"):
        trained.spectrum_of_run(run, count=count)


def test_what_is_no_run_is_refused_in_words(tmp_path, run):
    with pytest.raises(RunError, match="is not a run"):
        trained.spectrum_of_run(tmp_path)
    with pytest.raises(SpecError, match="hinge"):
        trained.spectrum_of_run(run, ["losses.game.objective=hing"])
    with pytest.raises(RunError, match="does not fit"):
        trained.spectrum_of_run(run, ["generators.G.width=3"])
