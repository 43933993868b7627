"""The command of the stories, which is forked from a process that has imported it, is the installed one."""

from __future__ import annotations

import pytest

from tests.e2e.terminal import HOME, Terminal, environment, finished

ASKED = [
    (), ("--version",), ("record", "--help"), ("bogus",), ("targets", "--as-of", "2026-03-24"),
    ("targets", "--as-of", "2022-01-01", "--format", "json", "--known-at", "2026-03-24", "--lang", "zh"),
    ("overdue", "--as-of", "2026-03-24", "--format", "csv"), ("list", "--lang", "zh"),
    ("file", HOME, "--as-of", "2026-03-24"), ("file", "nobody"), ("import", "nothing.csv"), ("verify",),
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_it_answers_as_the_installed_command(sixty: Terminal, asked: tuple[str, ...]) -> None:
    assert sixty(*asked) == finished(sixty.start(*asked))


@pytest.mark.parametrize(
    "changed", [{"RENTALWATCH_LANG": "zh"}, {"RENTALWATCH_DATA": "nowhere"}, {"TZ": "Asia/Tokyo"}]
)
def test_it_has_the_environment_that_is_given(sixty: Terminal, changed: dict[str, str]) -> None:
    elsewhere = Terminal(sixty.folder, environment(**changed))
    assert elsewhere("targets", "--as-of", "2026-03-24") == finished(
        elsewhere.start("targets", "--as-of", "2026-03-24")
    )
