"""The command begins without looking for garbage, and looks for it from then on."""

from __future__ import annotations

import gc
import sys

import pytest

from rentalwatch.cli import start


def test_a_command_that_runs_lets_go_of_what_nobody_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rentalwatch", "--version"])

    with pytest.raises(SystemExit):
        start.run()

    assert gc.isenabled()
    assert capsys.readouterr().out.startswith("rentalwatch ")
