"""The emitted step is the tutorial's loop, bit for bit: same weights, same rows, same draws, same losses.

Mutations that were tried and fail here: a latent drawn anew for the second turn, Adam with another eps, half the loss
of real samples.
"""

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from small import engine_of

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import plain_loops

STEPS = 20
BATCH = 8


def game(generator: str, discriminator: str, latent: int, discriminator_norm: bool) -> dict[str, Any]:
    adam = {"use": "adam", "lr": 2e-4, "betas": [0.5, 0.999], "fused": False}
    critic = {"use": discriminator, "width": 8}
    if discriminator == "dcgan":
        critic["norm"] = "batch" if discriminator_norm else "none"
    return {
        "rivalry": 1,
        "data": "array",
        "latents": {"z": {"use": "normal", "size": latent}},
        "generators": {"G": {"use": generator, "width": 8}},
        "discriminators": {"D": critic},
        "flow": {"fake": "G(z)"},
        "losses": {"game": {"objective": "non_saturating", "judge": "D", "real": "x", "fake": "fake"}},
        "players": {"discriminator": {"optimizer": adam}, "generator": {"optimizer": adam}},
        "train": {"batch": BATCH, "channels_last": False, "ema": None, "fakes": "shared"},
    }


def plain(networks: str, discriminator_norm: bool) -> tuple[nn.Module, nn.Module, tuple[int, ...], tuple[int, ...]]:
    if networks == "mlp":
        return *plain_loops.mlp(latent=2, width=8), (2,), (2,)
    return *plain_loops.dcgan(32, 3, nz=16, nf=8, discriminator_norm=discriminator_norm), (3, 32, 32), (16, 1, 1)


@pytest.mark.parametrize(("networks", "discriminator_norm"), [("mlp", False), ("dcgan", False), ("dcgan", True)])
def test_emitted_step_is_the_tutorials_loop_bit_for_bit(networks, discriminator_norm, monkeypatch):
    torch.manual_seed(0)
    theirs_g, theirs_d, sample, latent = plain(networks, discriminator_norm)
    data = torch.rand(BATCH, *sample) * 2 - 1
    spec = game(networks, networks, latent[0], discriminator_norm)
    ours = engine_of(spec, *(["generators.G.activation=none"] if networks == "mlp" else []), data=data)
    for module, other in ((ours.networks["G"], theirs_g), (ours.networks["D"], theirs_d)):
        with torch.no_grad():
            for mine, their in zip(module.parameters(), other.parameters(), strict=True):
                their.copy_(mine)

    real = torch.empty(BATCH, *sample)  # filled before every step: each epoch has its own order of rows
    their_step = plain_loops.make_plain_step(theirs_g, theirs_d, real, latent)
    draw = torch.randn
    for step in range(STEPS):
        real.copy_(ours.now.feeders[""](step)["x"])
        assert sorted(real.flatten(1).sum(1).tolist()) == sorted(data.flatten(1).sum(1).tolist())
        z = ours.now.latents["z"].sample(BATCH, ours.now.streams("latents.z", step)).reshape(BATCH, *latent)
        with monkeypatch.context() as patch:
            patch.setattr(torch, "randn", lambda *shape, z=z: z if shape == tuple(z.shape) else draw(*shape))
            expected = their_step()
        losses = ours.step()
        assert (losses["game.discriminator"].item(), losses["game.generator"].item()) == expected, f"step {step}"
    for module, other in ((ours.networks["G"], theirs_g), (ours.networks["D"], theirs_d)):
        for mine, their in zip(module.parameters(), other.parameters(), strict=True):
            assert torch.equal(mine, their)
        mine, their = ([b for b in m.buffers() if b.is_floating_point()] for m in (module, other))
        assert all(torch.equal(a, b) for a, b in zip(mine, their, strict=True))
