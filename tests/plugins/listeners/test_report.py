"""The page, parsed. Mutations tried: the title not escaped, and the page written before the picture; tests fail."""

import os
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from math import nan

import pluggy
import pytest
from PIL import Image

from fake_run import FakeRun, number
from rivalry import hooks
from rivalry_zoo.listeners import grid, jsonl, report

VOID = {"meta", "img", "rect", "line", "br", "link", "input"}


class Page(HTMLParser):
    """Checks that tags nest, and collects what is to be looked at."""

    def __init__(self, source):
        super().__init__()
        self.open, self.tags, self.images, self.attributes, self.words = [], [], [], [], []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def run(tmp_path):
    return FakeRun(tmp_path)


def play(run, steps=30):
    """The listeners together, called as a loop would call them."""
    manager = pluggy.PluginManager("rivalry")
    manager.add_hookspecs(hooks)
    for module in (grid, jsonl, report):
        manager.register(module)
    manager.hook.rivalry_run_started(run=run)
    for step in range(1, steps + 1):
        run.step, run.seconds = step, step * 0.5
        losses = {"game.discriminator": 1 / step, "game.generator": nan if step == 9 else float(step)}
        manager.hook.rivalry_step_finished(run=run, step=step, losses=losses)
        if step % 10 == 0:
            manager.hook.rivalry_evaluated(run=run, step=step, scores={"quality": number(50.0 - step, 0.25)})
    run.status = "done"
    manager.hook.rivalry_run_finished(run=run)
    return Page((run.folder / "report.html").read_text())


def test_the_page_tells_the_run(run):
    page = play(run)
    for words in (
        "a game",
        "done",
        "step 30 of 100",
        "batch 16",
        "quality 20 ± 0.25 30",
        "20 (step 30)",
        "40 (step 10)",
    ):
        assert words in page.text
    assert "steps per second 2.0 samples per second 32" in page.text
    assert page.tags.count("svg") == 2


def test_the_page_is_one_file_that_asks_for_nothing(run):
    page = play(run)
    assert "http" not in (run.folder / "report.html").read_text()
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert all(value.startswith("data:image/png;base64,") for name, value in page.attributes if name == "src")
    assert all(value.startswith("url(#") for name, value in page.attributes if value and "url(" in value)


def test_the_latest_picture_stands_first_and_earlier_ones_follow(run):
    page = play(run, 35)
    assert [image["alt"] for image in page.images] == [
        "samples at step 35", "step 0", "step 10", "step 20", "step 30",
    ]  # fmt: skip
    latest = Image.open(BytesIO(b64decode(page.images[0]["src"].split(",")[1])))
    assert latest.tobytes() == Image.open(run.folder / "samples.png").tobytes()


def test_the_strip_is_bounded_and_thumbnails_are_small(run):
    run.train.sample_every = 2
    page = play(run, 60)
    assert len(page.images) == 9
    assert [page.images[1]["alt"], page.images[-1]["alt"]] == ["step 0", "step 58"]
    assert all(int(image["width"]) <= 168 for image in page.images[1:])


def test_foreign_text_stays_text(run):
    run.title = run.spec_text = '<script>alert("1")</script> & more'
    jsonl.rivalry_step_finished(run, 1, {"<b>bold</b>": 1.0})
    jsonl.rivalry_evaluated(run, 1, {"<i>m</i>": number(nan)})
    page = Page(report.write_report(run).read_text())
    assert not {"script", "b", "i"} & set(page.tags)
    assert page.text.count('<script>alert("1")</script> & more') == 3  # title, heading, spec
    assert "<b>bold</b>" in page.text
    assert "<i>m</i> nan" in page.text


def test_an_empty_run_has_a_page(run):
    page = Page(report.write_report(run).read_text())
    for words in ("Nothing to draw yet.", "No pictures yet.", "Nothing has been evaluated yet."):
        assert words in page.text


def test_a_damaged_picture_does_not_matter(run):
    (run.folder / "samples").mkdir()
    (run.folder / "samples" / "00000003.png").write_bytes(b"no picture")
    assert "cannot be read" in Page(report.write_report(run).read_text()).text


def test_it_is_written_at_the_cadence_of_pictures_but_not_all_the_time(run):
    path = run.folder / "report.html"
    report.rivalry_step_finished(run, 7)
    assert not path.exists()
    report.rivalry_step_finished(run, 10)
    assert path.exists()
    path.write_text("fresh")
    report.rivalry_step_finished(run, 20)
    assert path.read_text() == "fresh"
    os.utime(path, (0, 0))
    report.rivalry_step_finished(run, 30)
    assert path.read_text() != "fresh"
    path.write_text("fresh")
    report.rivalry_run_finished(run)
    assert path.read_text() != "fresh"


def test_other_ranks_write_nothing(run):
    run.writes = False
    report.rivalry_run_started(run)
    report.rivalry_step_finished(run, 10)
    report.rivalry_run_finished(run)
    assert list(run.folder.iterdir()) == []


def test_disk_errors_surface(run):
    (run.folder / "report.html").mkdir()
    with pytest.raises(OSError):
        report.write_report(run)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.25, "0.2 s"), (42, "42 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations_are_said_as_people_do(seconds, words):
    assert report.duration(seconds) == words
