"""`topics apply` and `topics show` on a real broker."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from rentalwatch.cli.main import app


def test_the_commands_make_and_show_the_topics(
    kafka: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENTALWATCH_KAFKA", kafka)
    monkeypatch.setenv("RENTALWATCH_TOPICS", prefix)
    run = CliRunner().invoke
    assert "missing" in run(app, ["topics", "show"]).stderr
    made = run(app, ["topics", "apply", "--replication", "1", "--format", "json"])
    assert [row["done"] for row in json.loads(made.stdout)] == ["created"] * 3
    assert "a single broker's disk" in made.stderr
    shown = json.loads(run(app, ["topics", "show", "--format", "json"]).stdout)
    assert shown[0]["settings"]["retention.ms"] == "-1"
    assert f"{prefix}.events.v1" in run(app, ["topics", "show"]).stdout
