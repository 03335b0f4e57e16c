"""Folders of made-up pictures against NumPy's arithmetic on what was drawn into them.

Mutations that must fail here: 16 bits shifted instead of divided, black behind alpha, EXIF ignored, height and width
exchanged, a key without the files' times, a broken picture counted as sound.
"""

import os
import struct
import warnings
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import rivalry_zoo.blocks.picture_cache as cache
from rivalry_zoo.datasets.array import Array
from rivalry_zoo.datasets.folder import Folder

DRAW = np.random.default_rng(0)
GREY = DRAW.integers(0, 256, (4, 6), dtype=np.uint8)
COLOUR = DRAW.integers(0, 256, (4, 6, 3), dtype=np.uint8)
ALPHA = DRAW.integers(0, 256, (4, 6, 4), dtype=np.uint8)


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home / "rivalry" / "folders"


@pytest.fixture
def decoded(monkeypatch):
    """The names of the pictures that have been decoded."""
    names = []
    original = cache.decode
    monkeypatch.setattr(cache, "decode", lambda path, *rest: names.append(path.name) or original(path, *rest))
    return names


def everything(data, key="x"):
    return data.batch(torch.arange(len(data)))[key].numpy()


def pixels(folder, size=(4, 6), **options):
    """The only picture, as bytes [height, width, channels]."""
    x = everything(Folder(str(folder), size, **options))
    assert len(x) == 1
    found = (x[0].transpose(1, 2, 0).astype(np.float64) + 1) * 127.5
    np.testing.assert_allclose(found, found.round(), atol=1e-4)
    return found.round().astype(int)


def thrice(grey):
    return np.repeat(grey[:, :, None], 3, 2)


def on_white(picture):
    alpha = picture[..., 3:] / 255
    return picture[..., :3] * alpha + 255 * (1 - alpha)


def many(folder, count=5, size=(4, 6)):
    folder.mkdir(exist_ok=True, parents=True)
    pictures = DRAW.integers(0, 256, (count, *size, 3), dtype=np.uint8)
    for i, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{i}.png")
    return pictures


def test_grey_and_colour_keep_every_byte(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    np.testing.assert_array_equal(pixels(tmp_path), thrice(GREY))
    np.testing.assert_array_equal(pixels(tmp_path, channels=1)[..., 0], GREY)
    Image.fromarray(COLOUR).save(tmp_path / "a.png")
    np.testing.assert_array_equal(pixels(tmp_path), COLOUR)
    np.testing.assert_array_equal(pixels(tmp_path, channels=4), np.dstack([COLOUR, np.full((4, 6), 255)]))
    luminance = COLOUR @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(pixels(tmp_path, channels=1)[..., 0], luminance, atol=0.51)


def test_one_bit_is_black_and_white(tmp_path):
    Image.fromarray(GREY > 99).save(tmp_path / "a.png")
    np.testing.assert_array_equal(pixels(tmp_path), thrice(np.where(GREY > 99, 255, 0)))


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_sixteen_bits_are_divided_by_257(tmp_path, suffix):
    deep = DRAW.integers(0, 65536, (4, 6), dtype=np.uint16)
    deep[0, :4] = [0, 65535, 383, 386]
    Image.fromarray(deep).save(tmp_path / f"a.{suffix}")
    np.testing.assert_array_equal(pixels(tmp_path, channels=1)[..., 0], np.rint(deep / 257))


def test_transparency_shows_white_unless_it_is_a_channel(tmp_path):
    Image.fromarray(ALPHA).save(tmp_path / "a.png")
    np.testing.assert_allclose(pixels(tmp_path), on_white(ALPHA), atol=1.01)
    np.testing.assert_array_equal(pixels(tmp_path, channels=4), ALPHA)
    Image.fromarray(ALPHA[..., :2].copy()).save(tmp_path / "a.png")
    wanted = on_white(np.dstack([thrice(ALPHA[..., 0]), ALPHA[..., 1]]))
    np.testing.assert_allclose(pixels(tmp_path), wanted, atol=1.01)


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_a_palettes_transparent_colour_shows_white(tmp_path, suffix):
    places = DRAW.integers(0, 4, (4, 6), dtype=np.uint8)
    places[0, :4] = range(4)
    colours = np.array([[9, 8, 7], [200, 0, 0], [0, 200, 0], [0, 0, 200]])
    image = Image.fromarray(places)
    image.putpalette(colours.astype(np.uint8).tobytes())
    image.save(tmp_path / f"plain.{suffix}")
    np.testing.assert_array_equal(pixels(tmp_path), colours[places])
    (tmp_path / f"plain.{suffix}").unlink()
    image.save(tmp_path / f"a.{suffix}", transparency=2)
    colours[2] = 255
    np.testing.assert_array_equal(pixels(tmp_path), colours[places])


def test_a_palette_with_alpha_is_blended_with_white(tmp_path):
    places = np.array([[0, 1, 2] * 2] * 4, np.uint8)
    colours = np.array([[10, 20, 30], [200, 100, 0], [0, 90, 250]])
    image = Image.fromarray(places)
    image.putpalette(colours.astype(np.uint8).tobytes())
    image.save(tmp_path / "a.png", transparency=bytes([0, 128, 255]))
    wanted = on_white(np.dstack([colours[places], np.array([0, 128, 255])[places]]))
    np.testing.assert_allclose(pixels(tmp_path), wanted, atol=1.01)


def test_cmyk_is_inverted_ink(tmp_path):
    ink = DRAW.integers(0, 256, (4, 6, 4), dtype=np.uint8)
    Image.frombytes("CMYK", (6, 4), ink.tobytes()).save(tmp_path / "a.tif")
    wanted = 255 * (1 - ink[..., :3] / 255) * (1 - ink[..., 3:] / 255)
    np.testing.assert_allclose(pixels(tmp_path), wanted, atol=1.01)


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.swapaxes(0, 1)),
        (6, lambda a: np.rot90(a, -1)),
        (7, lambda a: a[::-1, ::-1].swapaxes(0, 1)),
        (8, np.rot90),
    ],
)
def test_pictures_stand_as_exif_says(tmp_path, orientation, upright):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(COLOUR).save(tmp_path / "a.png", exif=exif)
    wanted = upright(COLOUR)
    np.testing.assert_array_equal(pixels(tmp_path, wanted.shape[:2]), wanted)


@pytest.mark.parametrize("suffix", ["gif", "png", "tif", "webp"])
def test_an_animations_first_frame_counts(tmp_path, suffix):
    first, second = (Image.fromarray(np.full((4, 6), value, np.uint8)) for value in (40, 200))
    lossless = {"lossless": True} if suffix == "webp" else {}
    first.save(tmp_path / f"a.{suffix}", save_all=True, append_images=[second], **lossless)
    np.testing.assert_array_equal(pixels(tmp_path), np.full((4, 6, 3), 40))


def bands():
    """8 rows x 16 columns: red, green, green, blue, each a block of 8 x 4."""
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    return np.repeat(np.repeat(colours[None], 8, 0), 4, 1)


def test_crop_takes_the_middle(tmp_path):
    Image.fromarray(bands()).save(tmp_path / "a.png")
    np.testing.assert_array_equal(pixels(tmp_path, 8), bands()[:, 4:12])
    small = pixels(tmp_path, 2)
    assert (small.argmax(-1) == 1).all()
    np.testing.assert_array_equal(small, small[:, ::-1, ::-1])


def test_pad_surrounds_with_white(tmp_path):
    Image.fromarray(bands()).save(tmp_path / "a.png")
    found = pixels(tmp_path, 16, fit="pad")
    np.testing.assert_array_equal(found[4:12], bands())
    assert (found[[0, 3, 12, 15]] == 255).all()
    clear = pixels(tmp_path, 16, fit="pad", channels=4)[..., 3]
    np.testing.assert_array_equal(clear, np.repeat([[0]] * 4 + [[255]] * 8 + [[0]] * 4, 16, 1))


def test_stretch_keeps_all_of_it(tmp_path):
    Image.fromarray(bands()).save(tmp_path / "a.png")
    found = pixels(tmp_path, (3, 16), fit="stretch")
    np.testing.assert_array_equal(found, bands()[:3])
    assert pixels(tmp_path, (8, 4), fit="stretch")[0, 0].argmax() == 0


@settings(max_examples=15)
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["crop", "pad", "stretch"]), st.sampled_from([1, 3, 4]))
def test_every_size_comes_out_as_declared(tmp_path_factory, height, width, fit, channels):
    folder = tmp_path_factory.mktemp("sizes")
    Image.fromarray(np.full((5, 7, 3), 77, np.uint8)).save(folder / "a.png")
    data = Folder(str(folder), (height, width), channels=channels, fit=fit)
    field = data.fields["x"]
    x = everything(data)
    assert (field.shape, field.low, field.high) == ((channels, height, width), -1, 1)
    assert x.shape == (1, *field.shape)
    if fit != "pad":  # one colour stays that colour
        np.testing.assert_allclose(x[:, : min(channels, 3)], 77 / 127.5 - 1, atol=1e-6)


def test_subfolders_are_classes(tmp_path):
    for kind, count in (("cats", 2), ("ants", 3), ("bees", 1)):
        many(tmp_path / kind / "deep", count)
    data = Folder(str(tmp_path), (4, 6))
    assert data.class_names == ["ants", "bees", "cats"]
    assert data.fields["label"].classes == 3
    assert everything(data, "label").tolist() == [0, 0, 0, 1, 2, 2]
    assert list(Folder(str(tmp_path), (4, 6), labels=False).fields) == ["x"]
    many(tmp_path, 1)
    assert list(Folder(str(tmp_path), (4, 6)).fields) == ["x"]
    with pytest.raises(ValueError, match=r"subfolder of .* but 0\.png does not"):
        Folder(str(tmp_path), (4, 6), labels=True)


def test_one_subfolder_is_a_class_only_on_demand(tmp_path):
    many(tmp_path / "all", 2)
    assert list(Folder(str(tmp_path), 4).fields) == ["x"]
    assert Folder(str(tmp_path), 4, labels=True).fields["label"].classes == 1


def test_facts_need_no_picture(tmp_path, monkeypatch):
    many(tmp_path)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("opened"))
    data = Folder(str(tmp_path), (4, 6))
    assert (len(data), data.fields["x"].shape) == (5, (3, 4, 6))


def test_examples_come_in_the_order_asked(tmp_path):
    pictures = many(tmp_path, 5)
    x = Folder(str(tmp_path), (4, 6)).batch(torch.tensor([4, 0, 0]))["x"]
    assert x.dtype == torch.float32
    assert x.is_contiguous()
    np.testing.assert_allclose(x.numpy(), pictures[[4, 0, 0]].transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width, height):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def break_some(folder):
    """Pictures 1, 3 and 4 of 8 stay sound, in their places by name."""
    sound = many(folder, 8)
    whole = (folder / "0.png").read_bytes()
    (folder / "0.png").write_bytes(whole[: len(whole) // 2])
    (folder / "2.png").write_bytes(b"")
    (folder / "5.png").write_text("no picture")
    (folder / "6.png").write_bytes(bomb(8_001, 8_000))
    (folder / "7.png").write_bytes(bomb(60_000, 60_000))
    return sound


FAULTS = [
    "0.png cannot be decoded",
    "2.png is empty",
    "5.png is no picture that can be read",
    "6.png states 8001 x 8000 pixels, more than 64 million",
    "7.png states more than 64 million pixels",
]


def test_all_broken_pictures_are_named_at_once(tmp_path, home):
    break_some(tmp_path)
    with pytest.raises(ValueError, match="5 of 8 pictures are broken") as caught:
        everything(Folder(str(tmp_path), (4, 6)))
    assert all(fault in str(caught.value) for fault in FAULTS)
    assert list(home.iterdir()) == []


def test_skipped_pictures_give_their_places_to_the_next(tmp_path, decoded):
    sound = break_some(tmp_path)
    data = Folder(str(tmp_path), (4, 6), broken="skip")
    for _ in range(2):  # decoded, then from the cache
        with pytest.warns(UserWarning, match="5 broken pictures are left out") as caught:
            x = everything(data)
        assert all(fault in str(caught[0].message) for fault in FAULTS)
        wanted = sound[[1, 1, 3, 3, 4, 1, 1, 1]].transpose(0, 3, 1, 2) / 127.5 - 1
        np.testing.assert_allclose(x, wanted, atol=1e-6)
        data = Folder(str(tmp_path), (4, 6), broken="skip")
    assert len(decoded) == 8
    with pytest.raises(ValueError, match="5 of 8"):
        everything(Folder(str(tmp_path), (4, 6)))
    with pytest.warns(UserWarning, match="left out"):
        prints = data.fingerprint
    assert prints == Array.of(sound[[1, 3, 4]].transpose(0, 3, 1, 2)).fingerprint


def test_skipping_all_pictures_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"1 of 1 pictures are broken \(none is left\)"):
        everything(Folder(str(tmp_path), 4, broken="skip"))


def test_large_sound_pictures_raise_no_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    many(tmp_path, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(everything(Folder(str(tmp_path), 2))) == 2


def test_pictures_are_decoded_once(tmp_path, home, decoded):
    many(tmp_path)
    first = everything(Folder(str(tmp_path), (4, 6)))
    files = sorted(home.rglob("*.*"))
    times = [file.stat().st_mtime_ns for file in files]
    second = everything(Folder(str(tmp_path), (4, 6)))
    assert len(decoded) == 5
    assert [file.name for file in files] == ["facts.json", "pixels.npy"]
    assert [file.stat().st_mtime_ns for file in files] == times
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("change", ["time", "content", "name", "added", "removed"])
def test_a_change_of_any_file_decodes_anew(tmp_path, decoded, change):
    pictures = many(tmp_path)
    everything(Folder(str(tmp_path), (4, 6)))
    file = tmp_path / "2.png"
    if change == "time":
        os.utime(file, ns=(0, 1))
    elif change == "content":
        Image.fromarray(pictures[3]).save(file)
    elif change == "name":
        file.rename(tmp_path / "9.png")
    elif change == "added":
        Image.fromarray(COLOUR).save(tmp_path / "9.png")
    else:
        file.unlink()
    decoded.clear()
    x = everything(Folder(str(tmp_path), (4, 6)))
    order = {"time": [0, 1, 2, 3, 4], "content": [0, 1, 3, 3, 4], "name": [0, 1, 3, 4, 2], "removed": [0, 1, 3, 4]}
    wanted = [*pictures, COLOUR] if change == "added" else pictures[order[change]]
    assert len(decoded) == len(wanted)
    np.testing.assert_allclose(x, np.stack(wanted).transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)


@pytest.mark.parametrize("options", [{"size": 3}, {"channels": 1}, {"fit": "pad"}])
def test_another_way_of_decoding_is_another_cache(tmp_path, decoded, options):
    many(tmp_path)
    for chosen in ({"size": 4}, {"size": 4} | options):
        everything(Folder(str(tmp_path), **chosen))
    assert len(decoded) == 10


@pytest.mark.parametrize("name", ["pixels.npy", "facts.json"])
def test_a_damaged_cache_is_made_anew(tmp_path, home, decoded, name):
    many(tmp_path)
    first = everything(Folder(str(tmp_path), (4, 6)))
    (file,) = home.rglob(name)
    file.write_bytes(file.read_bytes()[:-9])
    np.testing.assert_array_equal(everything(Folder(str(tmp_path), (4, 6))), first)
    assert len(decoded) == 10
    assert len(list(home.iterdir())) == 1


def test_without_a_usable_cache_the_pictures_last_for_the_run(tmp_path, home):
    pictures = many(tmp_path)
    home.parent.parent.joinpath("rivalry").write_text("in the way")
    with pytest.warns(UserWarning, match="cannot be kept in"):
        x = everything(Folder(str(tmp_path), (4, 6)))
    np.testing.assert_allclose(x, pictures.transpose(0, 3, 1, 2) / 127.5 - 1, atol=1e-6)


def test_an_interrupted_decoding_leaves_nothing(tmp_path, home, monkeypatch):
    many(tmp_path)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cache, "decode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        everything(Folder(str(tmp_path), 4))
    assert list(home.iterdir()) == []


def test_fingerprint_is_the_contents_wherever_they_lie(tmp_path, decoded):
    pictures = many(tmp_path / "a")
    for i, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{i}.bmp")
    (tmp_path / "b").mkdir()
    for i in range(5):
        (tmp_path / f"{i}.bmp").rename(tmp_path / "b" / f"{i}.bmp")
    prints = [Folder(str(tmp_path / kind), (4, 6)).fingerprint for kind in "ab"]
    assert prints[0] == prints[1] == Array.of(pictures.transpose(0, 3, 1, 2)).fingerprint
    both = Folder(str(tmp_path), (4, 6)).fingerprint
    labelled = {"x": np.concatenate([pictures, pictures]).transpose(0, 3, 1, 2), "label": np.repeat([0, 1], 5)}
    assert both == Array.of(labelled).fingerprint


def test_links_lead_neither_outside_nor_in_circles(tmp_path):
    many(tmp_path / "in", 2)
    many(tmp_path / "out", 1)
    inside = tmp_path / "in"
    (inside / "again.png").symlink_to(inside / "0.png")
    (inside / "foreign.png").symlink_to(tmp_path / "out" / "0.png")
    (inside / "gone.png").symlink_to(inside / "nowhere.png")
    (inside / "circle").symlink_to(inside)
    (inside / "outside").symlink_to(tmp_path / "out")
    (inside / ".hidden.png").write_bytes(b"")
    (inside / "notes.txt").write_text("no picture")
    assert Folder(str(inside), 4)._names == ["0.png", "1.png", "again.png"]


def test_a_folder_without_pictures_names_what_it_wants(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(ValueError, match=r"no pictures in .* files named \.png, \.jpg"):
        Folder(str(tmp_path), 4)
    for path in (tmp_path / "missing", tmp_path / "notes.txt"):
        with pytest.raises(ValueError, match="wanted a folder of pictures"):
            Folder(str(path), 4)


def test_shares_of_classes_are_counted(tmp_path):
    many(tmp_path / "b", 1)
    many(tmp_path / "a", 3)
    label = Folder(str(tmp_path), 4).fields["label"]
    assert (label.classes, label.frequencies) == (2, (0.75, 0.25))


def test_a_folder_has_the_size_of_its_pictures_upright(tmp_path):
    Image.fromarray(COLOUR).save(tmp_path / "a.png")
    turned = Image.fromarray(COLOUR.transpose(1, 0, 2))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "b.jpg", exif=exif)
    (tmp_path / "c.png").write_bytes(b"has no size")
    found = Folder.of_folder(str(tmp_path))
    assert found.fields["x"].shape == (3, 4, 6)
    assert Folder.of_folder(str(tmp_path), 5).fields["x"].shape == (3, 5, 5)
    with pytest.raises(ValueError, match=r"c\.png is no picture that can be read"):
        found.batch(torch.arange(3))


def test_several_sizes_want_to_be_told_which(tmp_path):
    Image.fromarray(COLOUR).save(tmp_path / "a.png")
    Image.fromarray(COLOUR[:3]).save(tmp_path / "b.png")
    with pytest.raises(ValueError, match=r"are of 2 sizes \(3 x 6, 4 x 6 \.\.\.\): give one, as with --size 64"):
        Folder.of_folder(str(tmp_path))
