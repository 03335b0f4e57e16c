"""The page of what metrics see: halves share no image, verdicts follow from the numbers, the page says what they are.

Mutations that fail here: deals that share images; a direction the wrong way round; one deviation in place of three; a
metric that trains for minutes measured all the same.
"""

import importlib
import json
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from attrs import frozen

from rivalry.interfaces import Features, Metric, Score
from rivalry_zoo.features.pixels import PIXELS

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def ranking():
    """benchmarks/ranking.py; benchmarks is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("ranking")


@pytest.fixture(scope="module")
def dealt(ranking):
    return ranking.deals(40, 3)


def rows(images):
    return {bytes((image * 127.5).to(torch.int16).numpy()) for image in images}


def test_halves_share_no_image_within_a_deal_or_between_deals(dealt):
    halves = [rows(half[0]) for deal in dealt for half in (deal.real, deal.fake, deal.held_out)]
    assert all(len(half) == 40 for half in halves)
    seen = [half for number, half in enumerate(halves) if number % 3 < 2]
    assert len(set().union(*seen)) == 6 * 40
    for deal in dealt:
        assert not rows(deal.held_out[0]) & set().union(*seen)
        assert not rows(deal.rest[0]) & rows(deal.real[0])


def test_more_images_than_there_are_cannot_be_dealt(ranking):
    with pytest.raises(ValueError, match=r"^6 deals of two halves of 500 want 6000 images, got 5000$"):
        ranking.deals(500, 6)


def test_every_way_gives_as_many_images_in_range_and_differs_as_its_words_say(ranking, dealt):
    deal = dealt[0]
    spoiled = {way: spoil(deal) for way, (_, spoil) in ranking.WAYS.items()}
    for images, labels in spoiled.values():
        assert images.shape == (40, 1, 28, 28)
        assert labels.shape == (40,)
        assert images.min() >= -1
        assert images.max() <= 1
    sharpness = {way: float(images.diff(dim=3).square().mean()) for way, (images, _) in spoiled.items()}
    assert sharpness["strong blur"] < sharpness["blur"] < sharpness["real"] < sharpness["noise"]
    assert sharpness["noise"] < sharpness["strong noise"]
    torch.testing.assert_close(spoiled["shift"][0][..., 2:], deal.fake[0][..., :-2])
    middle = slice(13, 15)
    turned, plain = spoiled["rotation"][0][..., middle, middle], deal.fake[0][..., middle, middle]
    assert (turned - plain).abs().mean() < 0.25 < (spoiled["rotation"][0] - deal.fake[0]).abs().amax()
    assert rows(spoiled["memorised"][0]) == rows(deal.real[0])
    assert len(rows(spoiled["duplicates"][0])) == 20
    assert spoiled["one class"][1].unique().tolist() == [0]
    assert spoiled["half the classes"][1].max() == 4
    assert sorted(spoiled["wrong labels"][1].tolist()) == sorted(deal.fake[1].tolist())
    assert (spoiled["wrong labels"][1] != deal.fake[1]).any()
    assert torch.equal(spoiled["wrong labels"][0], deal.fake[0])


def entry(better="lower", **values):
    return {"better": better, "title": "m through f", "values": {"real": [9.0, 10.0, 11.0], **values}}


@pytest.mark.parametrize(
    ("value", "better", "what"),
    [
        (13.1, "lower", "seen"), (12.9, "lower", "missed"), (7.1, "lower", "missed"), (6.9, "lower", "fooled"),
        (13.1, "higher", "fooled"), (6.9, "higher", "seen"), (float("inf"), "lower", "seen"),
        (float("-inf"), "higher", "seen"), (float("nan"), "higher", "refused"),
    ],
)  # fmt: skip
def test_a_difference_is_seen_from_three_deviations_of_real_against_real_on(ranking, value, better, what):
    assert ranking.sees(entry(better, blur=[value] * 3), "blur") == what


def test_without_any_noise_every_difference_is_seen_and_none_is_none(ranking):
    still = {"better": "higher", "values": {"real": [1.0, 1.0], "blur": [0.9, 1.0], "noise": [1.0, 1.0]}}
    assert [ranking.sees(still, way) for way in ("blur", "noise")] == ["seen", "missed"]


def test_a_strong_way_should_be_worse_than_a_weak_one_and_that_worse_than_real(ranking):
    values = {"blur": [11.0], "strong blur": [12.0], "noise": [12.0], "strong noise": [11.0]}
    values |= {"half the classes": [9.5], "one class": [20.0]}
    assert ranking.in_order(entry(**values)) == ["strong noise", "one class"]


@frozen
class Mean(Metric):
    """The mean of the fakes' features, and how often the labels are right: for this test."""

    name: ClassVar[str] = "mean_and_share"
    paper: ClassVar[str] = "none"
    direction: ClassVar = "higher"
    needs: ClassVar = ("labels",)
    parts: ClassVar = ("mean", "classes")
    features: Features = PIXELS
    samples: int = 10
    picky: bool = False

    def compute(self, real, fake, *, labels):
        if self.picky and len(labels.unique()) < 2:
            raise ValueError("wanted two classes or more")
        return {"mean": Score(float(fake.mean())), "classes": Score(float(len(labels.unique())))}


@frozen
class Fussy(Mean):
    name: ClassVar[str] = "fussy"

    def compute(self, real, fake, *, labels):
        raise ValueError("never")


def test_each_number_is_measured_on_every_half_and_refusals_are_kept(ranking, dealt, monkeypatch):
    monkeypatch.setattr(ranking, "commit", lambda: "abc")
    left = {}
    cases = [ranking.Case("mean_and_share", Mean(picky=True), "pixels"), ranking.Case("fussy", Fussy(), "pixels")]
    found = ranking.measured(cases, dealt, left, ["real", "brighter", "one class"])
    assert left == {"fussy through pixels": "never"}
    assert list(found) == ["mean_and_share.mean through pixels", "mean_and_share.classes through pixels"]
    means = found["mean_and_share.mean through pixels"]
    assert means["values"]["real"] == pytest.approx([float(deal.fake[0].mean()) for deal in dealt], abs=1e-6)
    assert ranking.sees(means, "one class") == "refused"
    assert ranking.worse_by(means, "brighter") < 0
    assert (means["better"], means["commit"], means["fingerprint"]) == ("higher", "abc", "pixels")
    ranking.measured(cases[:1], dealt, left, ["real"], patience=-1)
    assert "and the run had a patience of -1" in left["mean_and_share through pixels"]


def test_every_metric_is_measured_or_left_out_for_a_reason(ranking):
    cases, left = ranking.cases()
    named = {case.name for case in cases} | {name.partition(" through ")[0] for name in left}
    assert named == set(ranking.plugins().table()["metric"])
    assert {"kid", "frechet_distance"} <= {case.name for case in cases if case.through == "judge"}
    assert left["psnr"] == "needs pairs"
    assert left["mode_coverage"] == "needs data of known modes and deviation"


def test_the_page_says_what_the_record_does(ranking):
    sees = {way: [10.0, 10.0, 10.0] for way in ranking.WAYS} | {"real": [9.0, 10.0, 11.0]}
    sees |= {"blur": [20.0] * 3, "memorised": [0.0] * 3, "one class": [float("nan")] * 3}
    one = {"metric": "m", "through": "f", "title": "m through f", "better": "lower", "commit": "abc", "values": sees}
    record = {
        "command": "python x", "seed": 0, "threads": 1, "seconds": 5.0, "size": 28, "side": 3, "deals": 3,
        "left_out": {"other": "needs pairs"}, "values": {"m through f": one},
    }  # fmt: skip
    text = ranking.page(json.loads(json.dumps(record)))
    missed = "strong blur, noise, strong noise, shift, rotation, brighter, flat, half the classes, duplicates"
    assert (
        f"- `m through f` sees blur; misses {missed} and wrong labels; takes memorised for better than real; "
        "refuses one class.\n"
    ) in text
    assert "| `m` | lower | 10 +- 1 | **+10** | 0 |" in text
    assert "| *-10* |" in text
    assert "| blur | 1 of 1 | none |" in text
    assert "| memorised | 0 of 1 | `m through f` |" in text
    assert "- `other`: needs pairs" in text
    assert "Commit abc, seed" in text
