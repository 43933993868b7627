"""`rentalwatch record`: one thing that was done or found, said once, corrected by another record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.terminal import HOME, Terminal

NEW = "示例路 1 弄 2 号 301 室"


def registered(terminal: Terminal) -> Terminal:
    terminal.asked("record", "registration", NEW, "area=sh/pudong/beicai/", "--rulebook", "pudong")
    return terminal


@pytest.fixture
def pudong(empty: Terminal) -> Terminal:
    """A ledger with one home in Pudong."""
    return registered(empty)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """The same, for records that must all be refused."""
    terminal = registered(Terminal(tmp_path_factory.mktemp("unchanged")))
    yield terminal
    assert [f["kind"] for f in life(terminal)["facts"]] == ["registration"]


def life(terminal: Terminal, home: str = NEW, *options: object) -> Any:
    return terminal.asked("file", home, *options, "--format", "json").json


def test_from_registration_to_verification(pudong: Terminal) -> None:
    def says(kind: str, day: str, *fields: object) -> str:
        asked = ("record", kind, NEW, "--on", day, *fields, "--format", "json")
        return str(pudong.asked(*asked).json["record_id"])

    found = "findings=partition/living;headcount/R1"
    says("inspection", "2026-03-02", "inspection_id=I-1", "access=full", "--officer", "PD-1024")
    says("confirmation", "2026-03-02", "inspection_id=I-1", found)
    assert life(pudong)["state"]["state"] == "confirmed"
    says("notice", "2026-03-02", found, "number=PD-2026-0031")
    assert life(pudong)["state"]["b2_due"] == "2026-03-10T00:00:00+08:00", "seven days, by Pudong's rulebook"
    says("claim", "2026-03-08", found)
    assert life(pudong)["state"]["state"] == "claimed"
    says("inspection", "2026-03-09", "inspection_id=I-2", "access=full", "purpose=re_inspection")
    says("verification", "2026-03-09", found, "basis=re_inspection", "inspection_id=I-2")
    value = life(pudong)
    assert (value["state"]["state"], value["state"]["open_findings"]) == ("verified", 0)
    assert [r["closing"] for r in value["rounds"]] == ["verification"]
    pudong.asked("verify")


def test_a_lead_that_nobody_looked_at_is_an_omission_after_its_24_hours(pudong: Terminal) -> None:
    pudong.asked("record", "lead", NEW, "ticket=T-1", "--at", "2026-03-01T09:00", "--channel", "12345")
    for as_of, late in (("2026-03-02T09:00", 0), ("2026-03-02T09:00:00.000001", 1)):
        board = pudong.asked("targets", "--as-of", as_of, "--format", "json").json["zero_omission"]
        assert (board["by_cause"]["a"], board["omitted"]) == (late, late)
    listed = pudong.asked("targets", "--as-of", "2026-03-03", "--list", "a", "--format", "csv").rows
    assert [(row["label"], row["a_due"]) for row in listed] == [(NEW, "2026-03-02 09:00")]
    pudong.asked("record", "inspection", NEW, "inspection_id=1", "access=full", "--at", "2026-03-02T12:00")
    board = pudong.asked("targets", "--as-of", "2026-03-03", "--format", "json").json["zero_omission"]
    assert (board["by_cause"]["a"], board["handled"], board["due"], board["coverage"]) == (0, 1, 1, 1.0)


def test_a_record_of_a_home_that_was_imported(own: Terminal) -> None:
    own.asked("record", "inspection", HOME, "--on", "2026-03-02", "access=full", "inspection_id=I-1")
    facts = life(own, HOME)["facts"]
    assert [f["kind"] for f in facts if f["happened_at"].startswith("2026-03-02")] == ["inspection"]
    assert "source" not in next(f for f in facts if f.get("inspection_id") == "I-1")


def test_sent_twice_under_one_id_it_is_stored_once(pudong: Terminal) -> None:
    ident = str(uuid4())
    says = ("record", "patrol", NEW, "--on", "2026-03-02", "--record-id", ident)
    first = pudong.asked(*says, "seen=suspicious")
    assert first.out == f"Recorded as {ident} (patrol, {NEW}).\n"
    again = pudong.asked(*says, "seen=suspicious")
    assert again.out.startswith(f"Recorded before as {ident}, on 20")
    other = pudong(*says, "seen=nothing")
    assert (other.code, "[RW-RECORD-ID-USED]" in other.err) == (3, True)
    assert [f["record_id"] for f in life(pudong)["facts"]].count(ident) == 1


def test_a_mistake_is_corrected_and_the_original_stays(pudong: Terminal) -> None:
    wrong = pudong.asked(
        "record", "patrol", NEW, "--on", "2026-03-02", "seen=nothing", "--format", "json"
    ).json
    right = pudong.asked(
        "record", "patrol", NEW, "--on", "2026-03-03", "seen=suspicious",
        "--correct", wrong["record_id"], "--format", "json",
    ).json  # fmt: skip
    patrols = [f["seen"] for f in life(pudong)["facts"] if f["kind"] == "patrol"]
    assert patrols == ["suspicious"]
    then = life(pudong, NEW, "--known-at", right["recorded_at"])
    assert [f["record_id"] for f in then["facts"] if f["kind"] == "patrol"] == [wrong["record_id"]]


def test_a_retraction_takes_a_record_back(pudong: Terminal) -> None:
    said = pudong.asked("record", "lead", NEW, "ticket=T-1", "--on", "2026-03-02", "--format", "csv").rows[0]
    pudong.asked(
        "record", "retraction", NEW, f"target={said['record_id']}", "reason=other_home", "--on", "2026-03-03"
    )
    assert "lead" not in {f["kind"] for f in life(pudong)["facts"]}
    assert life(pudong)["state"]["state"] == "known"
    nothing = pudong("record", "retraction", NEW, f"target={uuid4()}", "reason=x", "--on", "2026-03-03")
    assert (nothing.code, "[RW-NO-RECORD]" in nothing.err) == (3, True)


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        (("lead", "--on", "2026-03-02", "tikcet=T-1"), "RW-FIELD-UNKNOWN", "located_from, ticket"),
        (("lead", "--on", "2026-03-02"), "RW-FIELD", "source schema"),
        (("lead", "ticket"), "RW-OPTIONS", "name=value"),
        (("lead", "on=2026-03-02", "ticket=T-1"), "RW-FIELD-UNKNOWN", "--on"),
        (("leed", "ticket=T-1"), "RW-KIND", "registration, particulars"),
        (("lead", "--on", "2026-02-30", "ticket=T-1"), "RW-DATE", "2026-02-30"),
        (("lead", "--on", "2190-01-01", "ticket=T-1"), "RW-DATE-RANGE", "future"),
        (("lead", "ticket=T-1", "--rulebook", "atlantis"), "RW-NO-RULEBOOK", "pudong"),
        (("lead", "ticket=T-1", "--record-id", "7"), "RW-OPTIONS", "UUID"),
        (("claim", "--on", "2026-03-02", "findings=partition"), "RW-FINDING", "ground/key"),
    ],
)
def test_what_cannot_be_recorded_is_explained(
    unchanged: Terminal, asked: tuple[str, ...], code: str, words: str
) -> None:
    kind, *rest = asked
    answer = unchanged("record", kind, NEW, *rest)
    assert (answer.code, answer.out) == (2, "")
    assert f"[{code}]" in answer.err
    assert words in answer.err
    assert "import the file again" not in answer.err


@pytest.mark.parametrize("name", ["name", "phone", "remark"])
def test_no_field_takes_what_is_personal(unchanged: Terminal, name: str) -> None:
    answer = unchanged("record", "lead", NEW, "ticket=T-1", f"{name}=李四 13800000000")
    assert (answer.code, "[RW-FIELD-UNKNOWN]" in answer.err) == (2, True)


def test_a_home_is_registered_once(pudong: Terminal) -> None:
    again = pudong("record", "registration", NEW, "area=sh/pudong/")
    assert (again.code, "[RW-REGISTERED-ALREADY]" in again.err) == (3, True)


def test_a_home_may_have_a_label_beside_its_key(empty: Terminal) -> None:
    empty.asked("record", "registration", "SH-PD-7", "label=Lane 7 / 301", "zone=Asia/Shanghai")
    by_label, by_key = (life(empty, name, "--as-of", "2026-03-24") for name in ("Lane 7 / 301", "SH-PD-7"))
    assert by_label == by_key


def test_a_notice_number_is_used_once(pudong: Terminal) -> None:
    says = ("record", "notice", NEW, "--on", "2026-03-02", "number=N-1")
    pudong.asked(*says, "findings=partition/living")
    again = pudong(*says, "findings=area/R1")
    assert (again.code, "[RW-NOTICE-NUMBER-USED]" in again.err) == (3, True)


def test_no_officer_is_named(unchanged: Terminal) -> None:
    answer = unchanged("record", "lead", NEW, "ticket=T-1", "--officer", "李四")
    assert (answer.code, "[RW-OFFICER]" in answer.err, "李四" in answer.err) == (2, True, False)
