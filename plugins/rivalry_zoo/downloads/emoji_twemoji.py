"""Twemoji."""

from pathlib import Path
from typing import ClassVar

from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Download
from rivalry_zoo.blocks.emoji import unpack_emoji


@frozen
class EmojiTwemoji(Download):
    """Twitter's emoji, 64 x 64, in ten categories: 1,911 PNG with alpha, and 1,875 of these in other skin tones.

    `base/<category>/` and `skin_tones/<category>/` of 5 to 386 each; `names.json` has a name for each
    picture. A file of the same path in the download `emoji_noto` shows the same emoji. The licence wants the authors
    named where the pictures are shown.
    """

    name: ClassVar[str] = "emoji_twemoji"
    paper: ClassVar[str] = "none: the Twemoji project"

    client: ClassVar[str] = "npm"
    package: ClassVar[str] = "emoji-datasource-twitter"
    version: ClassVar[str] = "16.0.0"
    file: ClassVar[str] = "emoji-datasource-twitter-16.0.0.tgz"
    size: ClassVar[int] = 61_683_754
    sha256: ClassVar[str] = "f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877"
    licence: ClassVar[str] = "CC-BY-4.0 (pictures), MIT (names)"
    use: ClassVar[str] = "data: {use: folder, path: FOLDER/base, size: 64}"

    def unpack(self, archive: Path, folder: Path) -> None:
        unpack_emoji(archive, folder, "twitter", count=3_786, size=10_409_368)


@hookimpl
def rivalry_components():
    return [EmojiTwemoji]
