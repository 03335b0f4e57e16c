"""Write the list of English words that ships with the zoo.

    python tools/embed_words.py /usr/share/dict/american-english-small

reads the word list of Debian's package wamerican-small (SCOWL) and keeps the words of 3 to 8 letters that hold nothing
but a to z (no names, no apostrophes), sorted. The same input gives the same bytes with the same version of zlib.
"""

import gzip
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "plugins/rivalry_zoo/datasets/words.txt.gz"


def main(source: str) -> None:
    words = sorted(word for word in Path(source).read_text("utf-8").split("\n") if re.fullmatch("[a-z]{3,8}", word))
    TARGET.write_bytes(gzip.compress("\n".join(words).encode("ascii"), 9, mtime=0))
    print(f"{TARGET}: {len(words):,} words, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
