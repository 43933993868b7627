"""What scripts and people rely on whatever the command: exit codes, help, pipes, columns that line up."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.terminal import COMMAND, HOME, Terminal, begins_at, environment, finished, width

READING = [
    ("targets",), ("list",), ("overdue",), ("file", HOME), ("imports",), ("verify",), ("rebuild",),
    ("parked",), ("record", "patrol", HOME),
]  # fmt: skip
NAMES = (Path(__file__).parents[2] / "docs" / "names.md").read_text(encoding="utf-8")
COMMANDS = set(re.findall(r"`([a-z]+)[^`]*`", NAMES.split("## Commands")[1].split("\n## ")[0]))
"""The first word of every command that is documented."""
LONG = "示例路1弄（一期）2号301室"


@pytest.mark.parametrize("asked", READING, ids=lambda asked: asked[0])
def test_what_only_reads_creates_nothing(empty: Terminal, asked: tuple[str, ...]) -> None:
    answer = empty(*asked)
    assert (answer.code, answer.out) == (4, "")
    assert "[RW-NO-LEDGER]" in answer.err
    assert "--data" in answer.err
    assert list(empty.folder.iterdir()) == []


def test_a_command_explains_itself_with_an_example(empty: Terminal) -> None:
    out = empty.asked("targets", "--help").out
    assert "for any day, as known on any day." in out
    assert "Example: rentalwatch targets --as-of 2022-01-01 --list b2" in out


def test_the_help_names_every_command_and_exit_code(empty: Terminal) -> None:
    out = empty.asked("--help").out
    assert set(re.findall(r"^  ([a-z]+)  ", out, re.MULTILINE)) == COMMANDS
    told = " ".join(out.split())
    for code in ("0 done", "2 bad input", "3 refused", "4 not found", "5 storage", "6 damage found"):
        assert code in told
    assert "130 interrupted" in told


def test_the_shell_completes_commands(empty: Terminal) -> None:
    # `--show-completion` asks which shell started it, and make starts the tests from another than people use
    script = Terminal(empty.folder, environment(_RENTALWATCH_COMPLETE="source_bash"))().out
    assert "complete -o default -F _rentalwatch_completion rentalwatch" in script
    env = environment(COMP_WORDS="rentalwatch ta", COMP_CWORD="1", _RENTALWATCH_COMPLETE="complete_bash")
    offered = Terminal(empty.folder, env)().out.split()
    assert offered == ["targets"]


@pytest.mark.parametrize(
    "asked", [("bogus",), ("targets", "--bogus"), ("list", "--format", "xml"), ("file",)]
)
def test_a_mistyped_command_is_bad_input(empty: Terminal, asked: tuple[str, ...]) -> None:
    assert empty(*asked).code == 2


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (json.dumps({"format": 99}), "RW-LEDGER-NEWER"),
        ("{", "RW-LEDGER-STATEMENT"),
        ("[]", "RW-LEDGER-STATEMENT"),
    ],
)
def test_a_ledger_that_cannot_be_opened_is_left_alone(own: Terminal, statement: str, code: str) -> None:
    (own.data / "ledger.json").write_text(statement)
    before = {path: path.read_bytes() for path in own.data.iterdir()}
    answer = own("targets")
    assert (answer.code, answer.out) == (5, "")
    assert f"[{code}]" in answer.err
    assert {path: path.read_bytes() for path in own.data.iterdir()} == before


def test_a_newer_ledger_is_refused_in_chinese_as_an_official_would(own: Terminal) -> None:
    (own.data / "ledger.json").write_text('{"format": 3}')
    assert own("targets", "--lang", "zh").err.startswith(
        "rentalwatch：本机版本较旧，无法打开该账本（格式 3，最高支持 2）。  [RW-LEDGER-NEWER]\n请升级后再试；"
    )


def test_a_folder_that_cannot_be_made_is_a_storage_error(empty: Terminal, small_file: Path) -> None:
    (empty.folder / "taken").write_text("a file")
    answer = empty("import", small_file, "--mapping", "nyc_hpd", "--data", "taken/data")
    assert (answer.code, "[RW-FOLDER]" in answer.err) == (5, True)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "RW-FILE-EMPTY"),
        (b"PK\x03\x04 a zip", "RW-SHEET-DAMAGED"),
        (b"a,b\n1,2\n", "RW-COLUMN-MISSING"),
        (b"kind,key,dwelling\nlead,1", "RW-FILE-TRUNCATED"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(empty: Terminal, content: bytes, code: str) -> None:
    (empty.folder / "file.csv").write_bytes(content)
    answer = empty("import", "file.csv")
    assert (answer.code, answer.out) == (2, "")
    assert f"[{code}]" in answer.err
    assert not empty.data.exists()


def test_nothing_is_cut_when_it_is_piped(sixty: Terminal) -> None:
    """Rows and columns are the same however narrow the terminal is said to be."""
    narrow = Terminal(sixty.folder, environment(COLUMNS="20", LINES="5"))
    wide = sixty.asked("overdue", "--as-of", "2026-03-24", "--clock", "deadline").lines
    assert narrow.asked("overdue", "--as-of", "2026-03-24", "--clock", "deadline").lines == wide
    assert len(wide) > 60
    assert not any("…" in line for line in wide)


def test_a_reader_that_has_seen_enough_is_no_error(sixty: Terminal) -> None:
    done = subprocess.run(
        f"'{COMMAND}' overdue --format json | head -1; echo ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", cwd=sixty.folder, env=sixty.env, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout == "[\n0\n"
    assert done.stderr == ""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_columns_line_up_with_chinese_in_them(empty: Terminal, lang: str) -> None:
    for name in (LONG, "A"):
        empty.asked("record", "registration", name, "area=sh/pudong/")
    lines = empty.asked("list", "--lang", lang).lines
    assert len(lines) == 4
    header = "area" if lang == "en" else "区域"
    assert begins_at(lines[0], header) == begins_at(lines[1], "sh/") == begins_at(lines[2], "sh/")
    assert begins_at(lines[0], header) == width(LONG) + 2
    states = {begins_at(line, "known" if lang == "en" else "在册") for line in lines[1:3]}
    assert states == {begins_at(lines[0], "state" if lang == "en" else "状态")}


def test_settings_come_from_the_environment_and_options_go_before_them(
    empty: Terminal, sixty: Terminal
) -> None:
    env = environment(RENTALWATCH_DATA=str(sixty.data), RENTALWATCH_LANG="zh")
    elsewhere = Terminal(empty.folder, env)
    assert "存量零遗漏" in elsewhere.asked("targets").out
    assert "zero omission" in elsewhere.asked("targets", "--lang", "en").out
    assert elsewhere("targets", "--data", "nowhere").code == 4
    assert elsewhere("--data", "nowhere", "targets").code == 4
    chinese = Terminal(sixty.folder, environment(LANG="zh_CN.UTF-8"))
    assert "存量零遗漏" in chinese.asked("targets").out


def test_times_are_in_the_zone_of_the_setting_where_homes_have_none(empty: Terminal) -> None:
    tokyo = Terminal(empty.folder, environment(RENTALWATCH_ZONE="Asia/Tokyo"))
    tokyo.asked("record", "registration", "A", "area=jp/")
    value = tokyo.asked("file", "A", "--as-of", "2026-03-24", "--format", "json").json
    assert value["as_of"] == "2026-03-25T00:00:00+09:00"


def test_chinese_is_printed_in_a_plain_locale(sixty: Terminal) -> None:
    plain = Terminal(sixty.folder, environment(LANG="C", LC_ALL="C"))
    answer = finished(plain.start("targets", "--lang", "zh"))
    assert (answer.code, "存量零遗漏" in answer.out) == (0, True)
