"""Mappings: checked before use, with the line of what is wrong; nothing personal is bound (D13, D17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from rentalwatch.errors import InvalidInputError, NotFoundError
from rentalwatch.importers.mapping import check, known, load, read_text
from tests.unit.importers.files import imported, write
from tests.unit.importers.hotline import GOOD


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


WRONG: dict[str, tuple[str, str, str, str]] = {
    "an unknown kind": ("kind: lead", "kind: rumour", "rumour", "kind must be one of"),
    "a field its kind has not": ("basis: source", "colour: red", "colour: red", "no field 'colour'"),
    "a record without a date": ("    at: told\n", "", "kind: lead", "needs `day`"),
    "a date column that is none": ("day: found", "day: street", "day: street", "not of type date"),
    "a binding without its column": ("{blank: street}", "{map: {a: b}}", "unit_unknown", "Field required"),
    "an unknown type": ("type: integer", "type: roman", "roman", "Input should be"),
    "an unknown part": ("title:", "headline:", "headline:", "Extra inputs"),
    "an empty condition": ("{column: told, present: true}", "{column: told}", "when: [", "exactly one"),
    "no zone of the world": ("Asia/Shanghai", "Asia/Pudong", "Asia/Pudong", "time zone"),
    "an unknown rulebook": ("rulebook: pudong", "rulebook: atlantis", "atlantis", "no rulebook"),
    "a blank key": ('row_key: "{ticket}"', 'row_key: ""', "row_key", "at least 1 character"),
    "a source that is no word": ("source: hotline", "source: Hot Line", "Hot Line", "match pattern"),
    "YAML that is none": ("title: a", 'title: "a', "title", ""),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "what"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, where: str, what: str) -> None:
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)

    mapping, complaints = check(text)

    assert mapping is None
    told = [c for c in complaints if what in c.what]
    if what:
        assert [c.line for c in told] == [line_of(text, where)]
    else:
        assert len(complaints) == 1


def test_a_part_that_is_missing_is_told() -> None:
    _, complaints = check(GOOD.replace('row_key: "{ticket}"\n', ""))

    assert [(c.line, c.where, c.what) for c in complaints] == [(1, "row_key", "Field required")]


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_lines() -> None:
    text = GOOD.replace("kind: lead", "kind: rumour").replace("type: integer", "type: roman")

    assert [c.line for c in check(text)[1]] == [line_of(text, "roman"), line_of(text, "rumour")]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "mapping: 2\n", "5", "mapping: &a [*a]\n"])
def test_what_is_no_mapping_at_all_is_told(text: str) -> None:
    mapping, complaints = check(text)

    assert mapping is None
    assert complaints


@pytest.mark.parametrize(
    "column",
    ["tenant_name", "ownername", "Owner Name", "phone", "mobile_no", "e-mail", "联系人电话", "身份证号"],
)
def test_a_column_with_personal_data_is_refused(column: str) -> None:
    for old, new in (("{street|no street}", f"{{{column}}}"), ("  due: {type: date}", f"  {column}: {{}}")):
        text = GOOD.replace(old, new)
        mapping, complaints = check(text)
        assert mapping is None
        assert [(c.line, column in c.what) for c in complaints] == [(line_of(text, column), True)]


@pytest.mark.parametrize("column", ["housename", "filename", "name_of_estate"])
def test_a_column_that_names_no_person_is_taken(column: str) -> None:
    assert check(GOOD.replace("{street|no street}", f"{{{column}}}"))[1] == []


def test_the_mappings_that_come_along_are_good() -> None:
    assert "nyc_hpd" in known()
    for name in known():
        assert check(read_text(name))[1] == []


def test_a_mapping_that_is_not_there_or_not_good_is_refused(tmp_path: Path) -> None:
    bad = write(tmp_path, GOOD.replace("kind: lead", "kind: rumour"), "bad.yaml")
    binary = write(tmp_path, b"\xff\xfe\x00", "binary.yaml")

    with pytest.raises(NotFoundError, match="nyc_hpd"):
        load("atlantis")
    with pytest.raises(InvalidInputError, match=f"line {line_of(bad.read_text(), 'rumour')}: records.2.kind"):
        load(str(bad))
    with pytest.raises(InvalidInputError, match="cannot be read"):
        load(str(binary))


def test_a_file_without_a_column_of_the_mapping_is_refused(tmp_path: Path) -> None:
    mapping = write(tmp_path, GOOD, "hotline.yaml")
    file = write(tmp_path, "ticket,house,street,told,due,state,rooms\nT1,12,x,,,open,3\n")

    with pytest.raises(InvalidInputError, match="no column form, found") as refused:
        imported(file, tmp_path / "data", str(mapping))

    assert refused.value.code == "RW-COLUMN-MISSING"
    assert not (tmp_path / "data").exists()
