"""The Inception of 2015: its weights' names, what it computes, and the files it is read from.

What it computes is recomputed from a plan in words, with batch normalisation and border means written out; by hand it
has also been compared with torch-fidelity 0.4.0 on equal random weights (largest difference 6e-8 of features of 0.07)
and with another network of this shape on trained weights.

Mutations tried (a test failed for each): padding counted in means, mean in the last block, rows and columns exchanged,
another epsilon, a pool of the stem left out, branches in another order, hash not compared.
"""

import gzip
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn
from torch.nn.functional import conv2d, max_pool2d, pad, unfold

from rivalry_zoo.blocks import inception_net
from rivalry_zoo.blocks.inception_net import FILES, STATE_DICT, TORCHSCRIPT, InceptionNet, load, weights_file

CPU = torch.device("cpu")
A = "branch1x1 | branch5x5_1 branch5x5_2 | branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3 | mean branch_pool"
B = "branch3x3/2 | branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3/2 | halved"
C = (
    "branch1x1 | branch7x7_1 branch7x7_2 branch7x7_3 | branch7x7dbl_1 branch7x7dbl_2 branch7x7dbl_3 branch7x7dbl_4 "
    "branch7x7dbl_5 | mean branch_pool"
)
D = "branch3x3_1 branch3x3_2/2 | branch7x7x3_1 branch7x7x3_2 branch7x7x3_3 branch7x7x3_4/2 | halved"
E = (
    "branch1x1 | branch3x3_1 branch3x3_2a | branch3x3_1 branch3x3_2b | branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3a | "
    "branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3b | mean branch_pool"
)
STEM = "Conv2d_1a_3x3/2 Conv2d_2a_3x3/whole Conv2d_2b_3x3 halved Conv2d_3b_1x1 Conv2d_4a_3x3/whole halved"
PLAN = {
    "": STEM, "Mixed_5b.": A, "Mixed_5c.": A, "Mixed_5d.": A, "Mixed_6a.": B, "Mixed_6b.": C, "Mixed_6c.": C,
    "Mixed_6d.": C, "Mixed_6e.": C, "Mixed_7a.": D, "Mixed_7b.": E, "Mixed_7c.": E.replace("mean", "largest"),
}  # fmt: skip


def border_mean(x):
    """Mean over the neighbours that exist."""
    n, c, h, w = x.shape
    sums = unfold(x, 3, padding=1).reshape(n, c, 9, h, w).sum(2)
    return sums / unfold(torch.ones(1, 1, h, w, dtype=x.dtype), 3, padding=1).sum(1).reshape(1, 1, h, w)


POOLS = {
    "mean": border_mean,
    "largest": lambda x: max_pool2d(pad(x, (1, 1, 1, 1), value=-torch.inf), 3, 1),
    "halved": lambda x: max_pool2d(x, 3, 2),
}


def by_plan(x, state):
    """The features, step by step."""
    state = {key: value.double() for key, value in state.items()}

    def step(x, word, prefix):
        name, _, how = word.partition("/")
        if name in POOLS:
            return POOLS[name](x)
        kernel = state[f"{prefix}{name}.conv.weight"]
        around = [0, 0] if how else [size // 2 for size in kernel.shape[2:]]
        x = conv2d(x, kernel, stride=2 if how == "2" else 1, padding=around)
        scale, shift, mean, variance = (
            state[f"{prefix}{name}.bn.{key}"][:, None, None]
            for key in ("weight", "bias", "running_mean", "running_var")
        )
        return ((x - mean) / (variance + 0.001) ** 0.5 * scale + shift).clamp(min=0)

    x = x.double()
    for prefix, plan in PLAN.items():
        paths = []
        for path in plan.split(" | "):
            y = x
            for word in path.split():
                y = step(y, word, prefix)
            paths.append(y)
        x = torch.cat(paths, 1)
    return x.flatten(2).mean(2)


@pytest.fixture(scope="module")
def listed():
    text = gzip.decompress(Path(__file__).with_name("fid_inception_keys.txt.gz").read_bytes()).decode()
    pairs = (line.split(" ", 1) for line in text.splitlines())
    return {name: tuple(int(size) for size in shape.strip("[]").split(",") if size.strip()) for name, shape in pairs}


@pytest.fixture(scope="module")
def state(listed):
    """Random weights under which every layer matters; small variances, so that the epsilon does too."""
    draw, found = torch.Generator().manual_seed(0), {}
    for name, shape in listed.items():
        if name.endswith("num_batches_tracked"):
            found[name] = torch.tensor(7)
        elif name.endswith("conv.weight"):
            found[name] = torch.randn(shape, generator=draw) * (0.006 / (shape[1] * shape[2] * shape[3])) ** 0.5
        elif name.endswith("running_var"):
            found[name] = 0.002 + 0.002 * torch.rand(shape, generator=draw)
        elif name.endswith(("bn.weight", "fc.weight")):
            found[name] = torch.rand(shape, generator=draw) + 0.5
        else:
            found[name] = 0.02 * torch.randn(shape, generator=draw)
    return found


@pytest.fixture(scope="module")
def file(state, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "state.pth"
    torch.save(state, path)
    return path


@pytest.fixture
def network(state):
    with torch.device("meta"):
        found = InceptionNet()
    found.load_state_dict(state, assign=True)
    return found.eval().requires_grad_(False)


def test_weights_have_the_published_names_shapes_and_number(listed):
    with torch.device("meta"):
        found = {name: tuple(value.shape) for name, value in InceptionNet().state_dict().items()}
    assert found == listed
    assert list(found) == list(listed)
    numbers = sum(torch.Size(shape).numel() for name, shape in listed.items() if "num_batches_tracked" not in name)
    assert (len(listed), numbers) == (566, 23_885_392)


def test_features_are_those_of_the_plan(network, state):
    x = torch.rand(1, 3, 139, 107, generator=torch.Generator().manual_seed(1)) * 2 - 1
    found, wanted = network(x), by_plan(x, state)
    assert found.shape == (1, 2048)
    assert wanted.std() > 0.01
    assert_allclose(found, wanted, rtol=1e-3, atol=1e-4 * float(wanted.std()))


def test_a_state_dict_is_read_with_its_hash(file, state, network, monkeypatch, device):
    hashed = sha256(file.read_bytes()).hexdigest()
    monkeypatch.setattr(inception_net, "STATE_DICT", hashed)
    found = load(file, device)
    assert (found.sha256, found.published) == (hashed, True)
    assert torch.equal(found.last.cpu(), state["fc.weight"])
    x = torch.rand(1, 3, 75, 75, generator=torch.Generator().manual_seed(1)) * 2 - 1
    features = found.features(x.to(device))
    assert not features.requires_grad
    assert_allclose(features.cpu(), network(x), rtol=1e-3, atol=1e-4)


def test_counters_may_be_missing_and_nothing_else(file, state, tmp_path, monkeypatch):
    path = tmp_path / "state.pth"
    path.write_bytes(b"")
    given = {}
    monkeypatch.setattr(torch, "load", lambda *unused, **named: given)
    given.update({name: value for name, value in state.items() if not name.endswith("num_batches_tracked")})
    found = load(path, CPU)
    assert not found.published
    assert torch.equal(found.last, state["fc.weight"])
    changed = given.pop("Mixed_6a.branch3x3.bn.bias")
    with pytest.raises(ValueError, match=r"Inception of 2015: wrong or missing is Mixed_6a.branch3x3.bn.bias"):
        load(path, CPU)
    given["Mixed_6a.branch3x3.bn.bias"] = changed[:3]
    with pytest.raises(ValueError, match=r"branch3x3.bn.bias has the shape \[3\], not \[384\]"):
        load(path, CPU)
    given["Mixed_6a.branch3x3.bn.bias"] = changed
    given["AuxLogits.fc.bias"] = changed
    with pytest.raises(ValueError, match=r"wrong or missing is AuxLogits.fc.bias"):
        load(path, CPU)


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"\x80\x02"])
def test_damaged_files_are_refused_in_words(content, tmp_path):
    path = tmp_path / "bad.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad.pth is damaged, or no file of weights alone"):
        load(path, CPU)


def test_files_of_anything_else_are_refused_in_words(tmp_path):
    path = tmp_path / "bad.pth"
    torch.save(nn.Linear(2, 2), path)
    with pytest.raises(ValueError, match="no file of weights alone"):
        load(path, CPU)
    torch.save([torch.zeros(1)], path)
    with pytest.raises(ValueError, match=r"wrong or missing is Conv2d_1a_3x3.conv.weight"):
        load(path, CPU)


class Program(nn.Module):
    """A program with the parts that the published one is known for."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 2048, 1))
        self.output = nn.Linear(2048, 1008)

    def forward(self, x):
        return self.output(self.layers(x).flatten(1))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_only_the_known_program_is_run(tmp_path, monkeypatch, device):
    path, program = tmp_path / "inception.pt", Program()
    torch.jit.trace(program, torch.zeros(1, 3, 9, 9)).save(path)
    with pytest.raises(ValueError, match=r"is a TorchScript program, but not the known one .* it is not run"):
        load(path, CPU)
    monkeypatch.setattr(inception_net, "TORCHSCRIPT", sha256(path.read_bytes()).hexdigest())
    found = load(path, device)
    assert found.published
    x = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    assert_allclose(found.features(x.to(device)).cpu(), program.layers(x).flatten(1).detach(), rtol=1e-4, atol=1e-5)
    assert torch.equal(found.last.cpu(), program.output.weight.detach())
    assert not found.last.requires_grad


def test_the_users_file_comes_before_the_known_names(tmp_path):
    with pytest.raises(ValueError, match=r"are missing: put pt_inception-.*\.pth, weights-.*\.pth or inception-2015"):
        weights_file(None, tmp_path)
    with pytest.raises(ValueError, match="no file nowhere: wanted the weights of Inception-2015"):
        weights_file("nowhere", tmp_path)
    for name in reversed(FILES):
        (tmp_path / name).write_bytes(b"")
        assert weights_file(None, tmp_path) == tmp_path / name
    assert weights_file(str(tmp_path / FILES[2]), tmp_path) == tmp_path / FILES[2]


def test_the_hashes_are_those_in_the_files_names():
    assert all(STATE_DICT[:8] in name for name in FILES[:2])
    assert {len(STATE_DICT), len(TORCHSCRIPT)} == {64}
