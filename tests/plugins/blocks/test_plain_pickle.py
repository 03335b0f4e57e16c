"""Pickles of plain arrays. Mutations tried (a test failed for each): any name of numpy's, any type, any shape."""

import pickle

import numpy as np
import pytest

from rivalry_zoo.blocks.plain_pickle import read_plain_pickle

RNG = np.random.default_rng(0)
SHAPES = [(), (0,), (3,), (2, 3), (2, 0, 4), (5, 1, 2, 2)]


@pytest.mark.parametrize("protocol", [3, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_arrays_in_dictionaries_come_back_as_they_went(protocol, shape):
    array = np.asarray(RNG.normal(size=shape), "f4")
    found = read_plain_pickle(pickle.dumps({"a": {"b": array, "c": [1, "x", 2.5, None]}}, protocol=protocol))
    assert found["a"]["c"] == [1, "x", 2.5, None]
    assert found["a"]["b"].dtype == np.float32
    np.testing.assert_array_equal(found["a"]["b"], array)


def test_arrays_of_an_older_numpy_and_of_other_layouts_are_read():
    array = np.asfortranarray(RNG.normal(size=(3, 4)).astype(">f4"))
    content = pickle.dumps(array, protocol=3).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    np.testing.assert_array_equal(read_plain_pickle(content), array)
    assert read_plain_pickle(pickle.dumps(np.ones(2, "f4"))).dtype.isnative, "the type of one array changed another's"


class Evil:
    """Asks for a function as it is unpickled."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (Evil(exec, ("raise SystemExit",)), "it asks for builtins.exec"),
        (Evil(np.load, ("file.npy",)), "it asks for numpy.load"),
        (np.ones(3), "wanted float32 arrays, got a type 'f8'"),
        (np.array([{}]), "wanted float32 arrays, got a type 'O8'"),
        (np.float32(1), r"it asks for numpy\..*scalar"),
        (Evil(np.ndarray, ((10**12,),)), "_Array"),
        ({1, 2}, ""),
    ],
)
def test_what_asks_for_more_is_refused_and_not_run(what, message):
    if isinstance(what, set):
        assert read_plain_pickle(pickle.dumps(what)) == what
        return
    with pytest.raises(ValueError, match=f"the pickle does not hold plain float32 arrays: .*{message}"):
        read_plain_pickle(pickle.dumps(what, protocol=3))


@pytest.mark.parametrize(
    ("kind", "shape"), [(np.ndarray, (10**12,)), (np.ndarray, (1,)), (np.ndarray, (0, 0)), ("ndarray", (0,))]
)
def test_what_begins_with_a_size_or_as_no_array_is_refused(kind, shape):
    from numpy._core.multiarray import _reconstruct

    with pytest.raises(ValueError, match="an array begins empty"):
        read_plain_pickle(pickle.dumps(Evil(_reconstruct, (kind, shape, b"b")), protocol=3))


@pytest.mark.parametrize("content", [b"", b"noise", pickle.dumps({"a": np.ones(9, "f4")})[:-9]])
def test_what_is_damaged_is_refused(content):
    with pytest.raises(ValueError, match="the pickle does not hold plain float32 arrays"):
        read_plain_pickle(content)
