"""Whatever is written, only a SpecError comes out: mutated specs and random text, form and (for a part) substance."""

import random
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from rivalry.checking import substance
from rivalry.errors import SpecError
from rivalry.graph.outline import outline
from rivalry.plugins import plugins
from rivalry.spec.model import Spec
from rivalry.spec.tree import parse

OWN = [
    """
data: {horse: ring, zebra: {use: spiral, size: 100}}
generators: {to_zebra: {use: mlp, width: 8}, to_horse: {use: mlp, width: 8, norm: {use: batch, momentum: 0.2}}}
discriminators: {is_zebra: {use: mlp, width: 8}, is_horse: mlp}
flow: {fake_zebra: to_zebra(horse), fake_horse: to_horse(zebra), again: to_horse(fake_zebra)}
losses:
  zebras:
    {objective: lsgan, judge: is_zebra, real: zebra, fake: fake_zebra, weight: {use: linear, start: 0, end: 1, over: 9}}
  horses: {objective: {use: lsgan, real: 0.9}, judge: "is_horse(noise(_, 0.1, draw=2))", real: horse, fake: fake_horse}
  cycle: {use: l1, of: [again, horse], weight: 10, every: 2, trains: [to_zebra]}
  slope: {penalty: r1, of: zebras, weight: 1e-1}
players:
  critics: {moves: [is_zebra, is_horse], optimizer: {use: adam, lr: 1e-4, betas: [0, 0.9]}}
  discriminator: {moves: []}
train: {batch: 4, order: [critics * 2, generator]}
""",
    """
rivalry: 1
data: spiral
latents: {z: {use: normal, size: 4}, c: {use: categorical, classes: 2}}
generators: {G: {use: mlp, width: 8, output: 2}}
discriminators: {D: {use: mlp, width: 8}}
flow: {fake: "G(z, c)"}
losses:
  game: {objective: relativistic, judge: "D(_, label)", real: x, fake: fake}
  pull: {penalty: gradient, judge: "D(_, label)", real: x, fake: "(x + detach(fake)) / 2"}
metrics: {quality: {use: kid, samples: 9}}
train: {batch: 2, fakes: fresh, ema: null}
""",
]
SHIPPED = [file.read_text() for file, _ in plugins().specs().values()]
JUNK: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2.5,
    1e400,
    float("nan"),
    "",
    "x",
    "G",
    "G(z",
    "D(_, _)",
    "(" * 99,
    "x.__class__",
    "lambda: 1",
    "\x00",
    "\ud7ff",
    "é",
    "日本",
    [],
    {},
    [[]],
    {"use": None},
    {"use": "mlp"},
    {"use": ["mlp"]},
    {"x": {"y": 1}},
    [1, "x", {}],
    "1e400",
    10**400,
    "None",
    "_",
    "order * 5",
    {"use": "linear", "start": 0, "end": 1, "over": 1},
    "z" * 3000,
    "discriminator * 99999999999",
    "\n",
    "a: b",
    "[",
    "-" * 60 + "x",
    {"live": "torch.nn.Linear"},
]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inner for found in _places(item, (*path, key)))]


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def _mutated_value(text: str, chance: random.Random) -> str:
    """Some values deleted, replaced by junk, nested, swapped or given other keys."""
    value = YAML(typ="safe", pure=True).load(text)
    for _ in range(chance.randint(1, 3)):
        *path, last = chance.choice([found for found in _places(value) if found] or [("x",)])
        owner = _at(value, tuple(path)) if path or last in value else value
        match chance.choice(["delete", "junk", "junk", "junk", "rename", "nest", "swap"]):
            case "delete":
                owner.pop(last, None) if isinstance(owner, dict) else owner.pop()
            case "junk":
                owner[last] = deepcopy(chance.choice(JUNK))
            case "rename" if isinstance(owner, dict):
                owner[chance.choice(["x", "use", "of", "", "G", "<<", "class", "é", f"{last}s", "list"])] = owner.pop(
                    last
                )
            case "nest":
                for _ in range(chance.choice([1, 5, 45])):
                    owner[last] = chance.choice([[owner[last]], {"a": owner[last]}])
            case "swap":
                owner[last] = deepcopy(_at(value, chance.choice(_places(value))))
    written = StringIO()
    YAML(typ="safe", pure=True).dump(value, written)
    return written.getvalue()


def _mutated_text(text: str, chance: random.Random) -> str:
    """Some characters and lines cut, doubled, or spliced with others."""
    pieces = [
        "\t",
        ":",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "#",
        "&a ",
        "*a ",
        "!!python/name:os ",
        "|",
        ">",
        "- ",
        "? ",
        "%",
        "---\n",
        "\u2028",
        "\x00",
        "é",
        ", ",
        "<<: ",
    ]
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice([0, 0, 1, 1, 3, 20]))
        text = (
            text[:start] + chance.choice(["", "", text[start:end] * 2, chance.choice(pieces), *"(_)xG"]) + text[end:]
            or " "
        )
    return text


def check(text: str, wholly: bool = False) -> bool:
    """Whether a text is a playable spec; anything but a SpecError with messages and places passes through."""
    try:
        spec = Spec.of(parse(text))
        if wholly:
            substance(spec, outline(spec).fields or {})
    except SpecError as error:
        faults = error.faults
    else:
        return True
    assert faults
    assert all(fault.place is not None and fault.message for fault in faults)
    return False


Mutation = Callable[[str, random.Random], str]


@pytest.mark.parametrize("mutated", [_mutated_value, _mutated_text])
def test_mutated_specs_raise_nothing_but_spec_errors(mutated: Mutation) -> None:
    """A counted sample of a fixed seed: at least 30 % of it parses as YAML, and some of it is still playable."""
    chance, parsed, played, count = random.Random(0), 0, 0, 80
    for _ in range(count):
        text = mutated(chance.choice([*OWN, *SHIPPED]), chance)
        try:
            YAML(typ="safe", pure=True).load(text)
            parsed += 1
        except (YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            pass
        played += check(text)
    assert parsed >= 0.3 * count, parsed
    assert 0 < played < 0.7 * count, played


PLAUSIBLE = [
    "mlp",
    "dcgan",
    "resnet",
    "patch",
    "normal",
    "uniform",
    "ring",
    "spiral",
    "r1",
    "gradient",
    "l1",
    "batch",
    "instance",
    "hinge",
    "wasserstein",
    "relativistic",
    "G",
    "D",
    "x",
    "z",
    "label",
    "fake",
    "G(z)",
    "G(x, c)",
    "G(fake, c)",
    "D(_)",
    "D(x)",
    "D(_, c)",
    "detach(fake)",
    "x > 0",
    "one_hot(c, 2)",
    "resize(x, 8)",
    "concat(x, x)",
    "x * 2",
    "noise(_)",
    "D(noise(_), label)",
    "[x, z]",
    "x, label",
    "is_zebra",
    "to_horse(again)",
    "again",
    "horse.x",
    "zebra.label",
    "detach(_)",
]


def _altered(text: str, chance: random.Random) -> str:
    """One word or number replaced by another that might well stand there."""
    value = YAML(typ="safe", pure=True).load(text)
    leaves = [path for path in _places(value) if path and not isinstance(_at(value, path), dict | list)]
    *path, last = chance.choice([leaf for leaf in leaves if leaf[0] not in ("train", "rivalry", "players")])
    word = isinstance(_at(value, (*path, last)), str)
    _at(value, tuple(path))[last] = chance.choice(PLAUSIBLE if word else [1, 2, 3, 0.5, 7])
    written = StringIO()
    YAML(typ="safe", pure=True).dump(value, written)
    return written.getvalue()


def test_the_substance_of_altered_specs_raises_nothing_but_spec_errors() -> None:
    """At least a fifth passes as to its form, and of that some is playable and some is not."""
    chance = random.Random(1)
    texts = [_altered(chance.choice(OWN), chance) for _ in range(60)]
    sound = [text for text in texts if check(text)]
    played = sum(check(text, wholly=True) for text in sound)
    assert len(sound) >= 12
    assert 0 < played < len(sound)


WORDS = st.sampled_from(
    [
        *"abGDxz:{}[],&*!|>'\"%@`#?-=_()<>~ \n\t\r\x00\x85\ufeff\U0001f600",
        "\n  ",
        "use: ",
        "losses: ",
        "- ",
        "---\n",
        "1e400",
        "&a",
        "*a",
        "!!int ",
        "<<: ",
    ]
)


@settings(max_examples=60)
@given(st.lists(WORDS, max_size=25).map("".join))
def test_random_text_raises_nothing_but_spec_errors(text: str) -> None:
    check(text)
    with suppress(SpecError):
        Spec.load("dcgan", [text])


PLAIN = st.recursive(
    st.sampled_from([item for item in JUNK if item != 10**400]) | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4) | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=5,
)
SECTIONS = st.sampled_from([*Spec.model_fields])


@settings(max_examples=60)
@given(st.dictionaries(SECTIONS, PLAIN, min_size=1, max_size=3))
def test_mappings_from_python_raise_nothing_but_spec_errors(sections: dict[str, Any]) -> None:
    base = YAML(typ="safe", pure=True).load(OWN[1])
    for value in ({**base, **sections}, sections):
        with suppress(SpecError):
            Spec.load(value)
