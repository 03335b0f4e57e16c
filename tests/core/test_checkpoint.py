"""Checkpoints are whole or absent: every damage is found, and the one before is used.

Mutations that were tried and fail here: no checksum of the tensors, no checksum of the state, keeping the newest
folders by name after a damaged one was passed over.
"""

import errno
import json
import re
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import rivalry
import rivalry_zoo
from rivalry import checkpoint
from rivalry.errors import RunError
from rivalry.files import write_atomically
from small import RING, ring_run

TENSORS = {
    "networks.G.weight": torch.arange(12.0).reshape(3, 4),
    "networks.D.scale": torch.tensor(0.5, dtype=torch.bfloat16),
    "networks.D.count": torch.tensor([3, 4]),
    "optimizers.generator.exp_avg.0": torch.zeros(0),
}
FILES = ("tensors.safetensors", "state.json")


def write(run: Path, step: int, keep: int = 3) -> Path:
    return checkpoint.write(
        run, step, {name: tensor + step for name, tensor in TENSORS.items()}, {"status": "running"}, keep
    )


def steps(run: Path) -> list[int]:
    return [int(path.name) for path in checkpoint.folders(run)]


def test_what_was_written_is_read_bit_for_bit(tmp_path):
    found = checkpoint.read(write(tmp_path, 7))
    assert found.step == 7
    assert found.meta["status"] == "running"
    assert set(found.tensors) == set(TENSORS)
    for name, tensor in TENSORS.items():
        assert found.tensors[name].dtype == tensor.dtype
        assert torch.equal(found.tensors[name], tensor + 7)


def test_channels_last_and_shared_tensors_survive(tmp_path):
    last = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    found = checkpoint.read(checkpoint.write(tmp_path, 1, {"a": last, "b": last}, {}, 1))
    assert torch.equal(found.tensors["a"], last)
    assert torch.equal(found.tensors["b"], last)


@settings(max_examples=60)
@given(file=st.sampled_from(FILES), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_any_flipped_bit_and_any_cut_is_noticed(tmp_path_factory, file, place, bit, cut):
    run = tmp_path_factory.mktemp("run")
    write(run, 1)
    path = write(run, 2) / file
    content = bytearray(path.read_bytes())
    offset = int(place * len(content))
    if cut:
        content = content[:offset]
    else:
        content[offset] ^= 1 << bit
    path.write_bytes(content)
    found, complaints = checkpoint.newest(run)
    if found.step == 2:  # a bit that says the same: the case of a letter in a JSON escape, white space
        assert not cut
        assert file == "state.json"
        assert found.meta == checkpoint.read(write(run, 3)).meta | {"step": 2, "tensors": found.meta["tensors"]}
        return
    assert found.step == 1
    assert len(complaints) == 1
    assert "is damaged" in complaints[0]
    assert torch.equal(found.tensors["networks.G.weight"], TENSORS["networks.G.weight"] + 1)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "content", [None, b"", b"null", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000], ids=list("abcdefg")
)
def test_a_file_that_is_missing_or_nonsense_is_noticed(tmp_path, file, content):
    path = write(tmp_path, 5) / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match="is damaged"):
        checkpoint.read(path.parent)
    assert checkpoint.newest(tmp_path)[0] is None


def test_only_the_newest_are_kept(tmp_path):
    for step in range(1, 6):
        write(tmp_path, step, keep=2)
    assert steps(tmp_path) == [4, 5]


def test_a_damaged_later_checkpoint_never_crowds_out_a_whole_one(tmp_path):
    write(tmp_path, 10, keep=1)
    (write(tmp_path, 20, keep=2) / "state.json").write_bytes(b"")
    assert checkpoint.newest(tmp_path)[0].step == 10
    write(tmp_path, 15, keep=1)
    assert checkpoint.newest(tmp_path)[0].step == 15
    assert steps(tmp_path) == [15]


def test_what_a_killed_process_left_half_written_is_cleared_away(tmp_path):
    half = tmp_path / "checkpoints" / ".00000009.12345.tmp"
    half.mkdir(parents=True)
    (half / "tensors.safetensors").write_bytes(b"half")
    assert checkpoint.newest(tmp_path) == (None, [])
    write(tmp_path, 10)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["00000010"]


def test_a_checkpoint_of_the_same_step_is_replaced(tmp_path):
    write(tmp_path, 3)
    checkpoint.write(tmp_path, 3, {"a": torch.ones(1)}, {}, 1)
    assert list(checkpoint.newest(tmp_path)[0].tensors) == ["a"]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_full_disk_leaves_everything_as_it_was(tmp_path, monkeypatch, fails_at):
    write(tmp_path, 1)
    before, calls = contents(tmp_path), []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, 2)
    assert contents(tmp_path) == before
    assert checkpoint.newest(tmp_path)[0].step == 1


def test_replacing_a_file_fails_without_touching_it(tmp_path, monkeypatch):
    file = tmp_path / "spec.yaml"
    write_atomically(file, "old")

    def refuse(descriptor: int) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError, match="gone"):
        write_atomically(file, "new")
    assert contents(tmp_path) == {"spec.yaml": b"old"}


def test_a_disk_that_fills_up_on_the_way_fails_the_run_in_words(tmp_path, monkeypatch):
    real, calls = checkpoint.write, []

    def full(*arguments, **keywords):
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **keywords)

    monkeypatch.setattr(checkpoint, "write", full)
    run = ring_run(tmp_path / "run", "train.steps=10")
    assert run.status == "failed"
    assert re.search("the disk refused.*No space left on device.*written before are whole", run.problem)
    monkeypatch.undo()
    assert steps(tmp_path / "run") == [4]
    assert ring_run(tmp_path / "run", resume=True).status == "done"


def test_an_output_that_cannot_be_a_folder_is_refused_in_words(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(RunError, match=r"cannot write the run to .*file"):
        ring_run(blocked / "run", *RING, "train.steps=2")
    assert blocked.read_text() == "not a folder"


def test_checkpoints_folder_that_is_a_file_fails_the_run_in_words(tmp_path):
    (tmp_path / "checkpoints").write_text("")
    run = ring_run(tmp_path, "train.steps=4")
    assert run.status == "failed"
    assert "the disk refused" in run.problem


RESTRICTED = ("plain_pickle.py", "lpips.py", "inception_net.py")
"""An unpickler that knows float32 arrays and nothing else, for weights that a package holds so; who calls it; and who
reads weights alone and catches what a refusal raises."""


def test_nothing_in_the_sources_can_unpickle():
    folders = [Path(package.__file__).parent for package in (rivalry, rivalry_zoo)]
    forbidden = re.compile(
        r"\bpickle\b|torch\.(load|save)\b|allow_pickle\s*=\s*True|\bmarshal\b|\bshelve\b|joblib|broadcast_object"
    )
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for folder in folders
        for path in folder.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if forbidden.search(line)
        and not re.search(r"never (un)?pickle|un?pickled|torch\.load\(.*weights_only=True", line)
        and path.name not in RESTRICTED
    ]
    assert found == []


def test_a_checkpoint_holds_json_and_safetensors_only(tmp_path):
    path = write(tmp_path, 1)
    assert sorted(file.name for file in path.iterdir()) == ["state.json", "tensors.safetensors"]
    envelope = json.loads((path / "state.json").read_bytes())
    assert json.loads(envelope["state"])["step"] == 1
