"""What real codes look like: a size, a shape, or that of a field of the data."""

from rivalry.fields import Field, Shape


def shape_of_code(size: int | Shape | None, like: Field | None, default: int) -> Shape:
    """The shape that `size` or `like` says; ValueError where both do, or where `like` holds labels."""
    if like is None:
        return Field(default if size is None else size).shape
    if size is not None:
        raise ValueError(f"wanted a size, or a field to be like, got size: {size} and like; leave one of them out")
    if like.classes is not None:
        raise ValueError(f"wanted a field of real numbers to be like, got a {like}; use categorical")
    return like.shape
