"""The contests behind docs/results/metric-speed.md at tiny sizes: Rivalry and what is installed agree with the truth.

Nothing is timed, and no process is started. Mutations that fail here: a peer that is handed other features, the
diagonal left in a plain kernel mean, a ratio turned over, a promise not looked at.
"""

import importlib
import json
import sys
from pathlib import Path

import pytest
import torch
from attrs import evolve
from numpy.testing import assert_allclose

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
TINY = {
    "frechet_statistics": {"n": 60, "d": 12}, "frechet_conditioned": {"d": 20}, "frechet_thin": {"n": 7, "d": 20},
    "moments": {"n": 30, "d": 5}, "kid": {"n": 40, "d": 6}, "kid_subsets": {"n": 30, "d": 6}, "prdc": {"n": 40, "d": 6},
    "sliced_wasserstein": {"n": 30, "d": 4}, "wasserstein_1d": {"n": 30, "d": 5}, "mmd": {"n": 30, "d": 16},
    "mmd_many": {"n": 30, "d": 16}, "frechet_large": {"n": 30, "d": 4}, "kid_large": {"n": 30, "d": 4},
    "prdc_large": {"n": 30, "d": 4},
    **{
        f"{name}_large": {"n": 30, "d": 4}
        for name in (
            "mmd", "one_nearest_neighbour", "memorisation", "hubness", "prd", "parzen", "sliced_wasserstein",
            "wasserstein_1d",
        )
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def metrics():
    """benchmarks/metrics.py; benchmarks is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("metrics")


@pytest.mark.parametrize("name", TINY)
def test_everyone_who_is_here_agrees_with_the_truth(name, metrics, monkeypatch):
    monkeypatch.setattr(metrics, "SIZE", 12)
    (contest,) = (contest for contest in metrics.CONTESTS if contest.name == name)
    inputs = contest.draw(TINY[name], 3)
    before = {key: value.clone() for key, value in inputs.items() if isinstance(value, torch.Tensor)}
    found = {who: run(inputs) for who, run in contest.contenders().items() if who != "torch-fidelity" or name != "kid"}
    assert all(torch.equal(inputs[key], value) for key, value in before.items())
    told = found.pop("truth", found["rivalry"])
    for who, values in found.items():
        assert list(values) == list(told)
        loose = 1e-4 if who == "torch-fidelity" else 1e-7
        assert_allclose(list(values.values()), list(told.values()), rtol=loose, atol=1e-7)
    if contest.off is not None:
        assert metrics.off(found["rivalry"], told) <= 100 * contest.off


def test_every_contest_is_tried_here(metrics):
    assert [contest.name for contest in metrics.CONTESTS] == list(TINY)


def test_equal_seeds_draw_equal_features(metrics):
    for draw in {contest.draw for contest in metrics.CONTESTS}:
        one, again, other = (draw({"n": 9, "d": 12}, seed) for seed in (1, 1, 2))
        name = "real_covariance" if "real_covariance" in one else "real"
        assert torch.equal(one[name], again[name])
        assert not torch.equal(one[name], other[name])


def test_packages_that_want_torchvision_get_a_stub(metrics, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torchvision", None)  # as if it were not there
    assert metrics.peer("math").pi > 3
    import torchvision.transforms.functional as functional
    from torchvision.models import inception

    class Mixed(inception.InceptionA):
        pass

    assert functional.__name__ == "torchvision.transforms.functional"
    with pytest.raises(AttributeError, match="__wrapped__"):
        _ = inception.__wrapped__
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)


def judged(metrics, contest, **peers):
    """A record's lines, from seconds of two rounds and values."""
    found = {
        who: {"seconds": seconds, "values": {"distance": value}, "memory": memory, "before": 0.3}
        for who, (seconds, value, memory) in peers.items()
    }
    return metrics.judged(contest, found)


def test_a_ratio_is_the_peers_time_by_rivalrys_round_by_round(metrics):
    contest = metrics.CONTESTS[0]
    lines = judged(metrics, contest, rivalry=([1, 2, 4], 5.0, 1), other=([3, 8, 8], 6.0, 1), truth=([], 4.0, 0))
    assert (lines["rivalry"]["ratio"], lines["other"]["ratio"]) == (1, 3)
    assert (lines["rivalry"]["off"], lines["other"]["off"]) == (0.25, 0.5)
    assert lines["other"]["seconds"] == 8
    assert "truth" not in lines
    assert judged(metrics, contest, rivalry=([1], 5.0, 1))["rivalry"]["off"] is None


def test_promises_that_are_not_kept_are_named(metrics):
    contest = evolve(metrics.CONTESTS[0], required={"scipy": 2.5}, off=1e-12, most=1.0)
    fine = judged(metrics, contest, rivalry=([1], 4.0, 1.0), scipy=([2.5], 4.0, 3), truth=([], 4.0, 0))
    assert metrics.failures(contest, fine) == []
    bad = judged(metrics, contest, rivalry=([1], 4.1, 1.1), scipy=([2.4], 4.0, 3), truth=([], 4.0, 0))
    slow, wrong, fat = metrics.failures(contest, bad)
    assert slow == "2.40 times as fast as scipy, wanted 2.5"
    assert wrong.startswith("off by 2.5e-02")
    assert fat == "took 1.10 GB, wanted 1"
    four = evolve(contest, name="prdc", required={}, off=None, most=None)
    same = judged(metrics, four, rivalry=([1], 4.0, 1), prdc=([1], 4.0, 1))
    assert metrics.failures(four, same) == []
    assert metrics.failures(four, judged(metrics, four, rivalry=([1], 4.0, 1), prdc=([1], 4.1, 1))) == [
        "other values than prdc"
    ]


def test_the_page_shows_the_last_record_and_what_is_not_kept(metrics, tmp_path, monkeypatch):
    pytest.importorskip("results")
    monkeypatch.setattr(metrics, "RECORDS", tmp_path / "metric-speed.jsonl")
    assert metrics.page().count("Nothing has run yet.") == 2

    def record(seconds):
        (contest,) = (contest for contest in metrics.CONTESTS if contest.name == "wasserstein_1d")
        lines = judged(metrics, contest, rivalry=([1], 4.0, 0.5), scipy=([seconds], 4.0, 0.6), truth=([], 4.0, 0))
        return json.dumps({
            "name": "wasserstein_1d", "commit": "abc", "command": "python", "seed": 0, "threads": 2, "seconds": 5.0,
            "rounds": 3, "sizes": {"n": 10, "d": 2}, "versions": {"scipy": "1.2.3"}, "values": lines,
        })  # fmt: skip

    metrics.RECORDS.write_text(record(99) + "\n" + record(19) + "\n", encoding="utf-8")
    text = metrics.page()
    assert "**Not kept:** `wasserstein_1d`: 19.00 times as fast as scipy, wanted 20." in text
    assert "|  | scipy 1.2.3 | 19 | 19.0 | 20 | 0e+00 | 0.60 (0.30) |" in text
    metrics.RECORDS.write_text(record(21), encoding="utf-8")
    assert f"Everything that was promised holds, in 1 of {len(TINY)} contests" in metrics.page()
