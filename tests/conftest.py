"""Fixtures shared by every test."""

from zlib import crc32

import pytest
import torch
from hypothesis import HealthCheck, settings

settings.register_profile(
    "rivalry",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("rivalry")

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> torch.device:
    """Every device this machine has."""
    return torch.device(request.param)


@pytest.fixture(autouse=True)
def seeded(request: pytest.FixtureRequest):
    """Each test draws from a seed of its own name: it passes or fails alike on every day and in any order."""
    torch.manual_seed(crc32(request.node.nodeid.encode()))


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory):
    """What components keep in the user's cache folder lies in a temporary one, for child processes too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
