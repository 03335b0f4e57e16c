"""Products of float32 that nobody shortens. Mutations caught: a switch left as it was; one not put back, or only where
nothing fails; what was asked for before taken for the default.
"""

import pytest
import torch
from torch import backends

from rivalry.extraction import look
from rivalry.precision import full_precision


def allowed():
    """As torch tells it, new names and old."""
    return torch.get_float32_matmul_precision(), backends.cudnn.conv.fp32_precision, backends.cuda.matmul.fp32_precision


@pytest.fixture(params=["highest", "medium"])
def asked(request):
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(request.param)
    yield allowed()
    torch.set_float32_matmul_precision(before)


def test_nothing_is_shortened_within_and_all_is_as_before_after(asked):
    with full_precision():
        parts = (backends.cudnn.conv, backends.cuda.matmul, backends.mkldnn.conv, backends.mkldnn.matmul)
        assert {part.fp32_precision for part in parts} == {"ieee"}
    assert allowed() == asked
    with pytest.raises(KeyError), full_precision():
        raise KeyError
    assert allowed() == asked


def test_older_versions_of_torch_have_other_switches(monkeypatch):
    class Old:
        allow_tf32 = True

    old = Old(), Old()
    monkeypatch.setattr(backends.cuda, "matmul", old[0])
    monkeypatch.setattr(backends, "cudnn", old[1])
    with full_precision():
        assert [part.allow_tf32 for part in old] == [False, False]
    assert [part.allow_tf32 for part in old] == [True, True]


def test_extractors_look_in_full_precision(asked):
    seen = []

    def features(samples):
        seen.append(backends.cudnn.conv.fp32_precision)
        return samples

    look(iter([(torch.zeros(2, 3), None)]), {"key": (features, 2)}, torch.device("cpu"), lambda n: None)
    assert seen == ["ieee"]
