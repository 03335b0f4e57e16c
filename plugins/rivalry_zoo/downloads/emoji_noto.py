"""Noto's emoji."""

from pathlib import Path
from typing import ClassVar

from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Download
from rivalry_zoo.blocks.emoji import unpack_emoji


@frozen
class EmojiNoto(Download):
    """Google's Noto emoji, 64 x 64, in ten categories: 1,911 PNG with alpha, and 1,875 of these in other skin tones.

    `base/<category>/` and `skin_tones/<category>/` of 5 to 386 each: activities, animals, component (skin
    tones themselves), flags, food, objects, people, smileys, symbols, travel. `names.json` has a name for each picture.
    A file of the same path in the download `emoji_twemoji` shows the same emoji.
    """

    name: ClassVar[str] = "emoji_noto"
    paper: ClassVar[str] = "none: the Noto Emoji project"

    client: ClassVar[str] = "npm"
    package: ClassVar[str] = "emoji-datasource-google"
    version: ClassVar[str] = "16.0.0"
    file: ClassVar[str] = "emoji-datasource-google-16.0.0.tgz"
    size: ClassVar[int] = 74_344_091
    sha256: ClassVar[str] = "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438"
    licence: ClassVar[str] = "Apache-2.0 (pictures), MIT (names)"
    use: ClassVar[str] = "data: {use: folder, path: FOLDER/base, size: 64}"

    def unpack(self, archive: Path, folder: Path) -> None:
        unpack_emoji(archive, folder, "google", count=3_786, size=13_668_204)


@hookimpl
def rivalry_components():
    return [EmojiNoto]
