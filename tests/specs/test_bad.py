"""Every malformed spec of `bad/` gets exactly the faults that its own header expects, at their places."""

import re
from pathlib import Path

import pytest

from rivalry.checking import check
from rivalry.errors import Fault, SpecError, dotted

FILES = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
EXPECT = re.compile(
    r"# expect: (?:line (?P<line>\d+), column (?P<column>\d+), )?(?:path (?P<path>\S+), )?"
    r'says "(?P<says>.*?)"(?:, fix "(?P<fix>.*)")?'
)
Expectation = dict[str, str | None]


def faults_of(file: Path) -> tuple[Fault, ...]:
    with pytest.raises(SpecError) as error:
        check(file)
    return tuple(error.value.faults)


def meets(fault: Fault, wanted: Expectation, file: Path) -> bool:
    """Whether a fault stands where it is expected and says what is expected."""
    place = fault.place
    at = place is not None and Path(place.file) == file
    if wanted["line"] is not None:
        at = at and (str(place.line), str(place.column)) == (wanted["line"], wanted["column"])
    return (
        at
        and dotted(fault.path) == (wanted["path"] or "")
        and wanted["says"] in fault.message
        and (wanted["fix"] or "") in fault.fix
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_fault_is_found_at_its_place_and_no_other(file: Path) -> None:
    header = [line for line in file.read_text().splitlines() if line.startswith("# expect:")]
    wanted = [EXPECT.fullmatch(line).groupdict() for line in header]
    found = faults_of(file)
    missed = [
        line for line, want in zip(header, wanted, strict=True) if not any(meets(fault, want, file) for fault in found)
    ]
    unexpected = [str(fault) for fault in found if not any(meets(fault, want, file) for want in wanted)]
    assert wanted, "the header expects nothing"
    assert missed + unexpected == [], "\n".join(["missed:", *missed, "unexpected:", *unexpected])


def test_the_folder_covers_the_language() -> None:
    assert len(FILES) >= 36
