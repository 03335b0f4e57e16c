"""Facts of tensors survive being written. Mutation caught: frequencies left as the list that JSON makes of them."""

import json

import pytest
from attrs import asdict

from rivalry.fields import Field


@pytest.mark.parametrize(
    "field",
    [
        Field(7),
        Field((3, 8, 8), low=-1, high=1),
        Field((), classes=3),
        Field((), classes=3, frequencies=(0.5, 0.25, 0.25)),
    ],
    ids=str,
)
def test_a_field_is_the_same_after_json(field):
    again = Field(**json.loads(json.dumps(asdict(field))))
    assert again == field
    assert hash(again) == hash(field)


def test_frequencies_of_any_numbers_become_floats():
    assert Field((), classes=2, frequencies=[1, 0]).frequencies == (1.0, 0.0)
    assert Field((), classes=2).frequencies is None
