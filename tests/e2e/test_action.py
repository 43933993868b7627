"""`rentalwatch action`: a joint action at the terminal."""

from __future__ import annotations

import pytest

from tests.e2e.terminal import Terminal

JA = "JA-2026-09"


@pytest.fixture(scope="module")
def went(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """An action over two homes: one entered and put right, one from which people left."""
    terminal = Terminal(tmp_path_factory.mktemp("went"))
    found = '"findings": "partition/living"'
    rows = [
        ("registration", "dwelling", "H-1", '"label": "H-1", "area": "sh/e7/"'),
        ("registration", "dwelling", "H-2", '"label": "H-2", "area": "sh/e7/"'),
        ("action", "action", JA, f'"action_id": "{JA}", "area": "sh/e7/", "partitions_removed": 31'),
        ("inspection", "dwelling", "H-1", f'"inspection_id": "I-1", "access": "full", "action_id": "{JA}"'),
        ("confirmation", "dwelling", "H-1", f'"inspection_id": "I-1", {found}'),
        ("verification", "dwelling", "H-1", f'"basis": "on_site", "action_id": "{JA}", {found}'),
        ("departure", "dwelling", "H-2", f'"persons": 4, "action_id": "{JA}"'),
    ]
    lines = [
        f'{{"key": "{n}", "kind": "{kind}", "{of}": "{name}", "on": "2026-05-20", {rest}}}'
        for n, (kind, of, name, rest) in enumerate(rows)
    ]
    (terminal.folder / "records.ndjson").write_text("\n".join(lines), encoding="utf-8")
    terminal.asked("import", "records.ndjson", "--mapping", "records")
    return terminal


def test_one_action_shows_its_header_and_its_homes(went: Terminal) -> None:
    shown = went.asked("action", "show", JA).out
    assert "JA-2026-09 · 2026-05-20 · sh/e7/" in shown
    assert "partitions removed: 31" in shown
    assert "2 homes: 1 entered, 1 with findings, 1 seen gone; 4 persons moved out" in shown
    zh = went.asked("action", "show", JA, "--lang", "zh").out
    assert "涉及 2 户：入户 1 户，认定 1 户，当场核销 1 户；搬离 4 人" in zh
    value = went.asked("action", "show", JA, "--format", "json").json
    assert (value["visited"], value["departed"], value["action"]["beds_removed"]) == (1, 4, None)
    assert [home["visited_at"] is None for home in value["homes"]] == [False, True]
    rows = went.asked("action", "show", JA, "--format", "csv").rows
    assert [(row["home"], row["state"], row["found"], row["departed"]) for row in rows] == [
        ("H-1", "verified", "1", "0"), ("H-2", "known", "0", "4"),
    ]  # fmt: skip


def test_the_list_has_the_headers(went: Terminal) -> None:
    (row,) = went.asked("action", "list", "--format", "csv").rows
    assert (row["action"], row["held_on"], row["partitions_removed"]) == (JA, "2026-05-20", "31")
    assert (
        went.asked("action", "list", "--as-of", "2026-05-19").out == "No joint action is known there then.\n"
    )
    assert went("action", "show", "JA-1").code == 4
