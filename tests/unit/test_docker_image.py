"""The image's recipe, checked as far as it can be without an engine; its health check and start are run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rentalwatch.observe.health import Health, serving

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8")
STEPS = [
    tuple(re.sub(r"\\\n\s*", " ", step).split(None, 1))
    for step in re.findall(r"^[A-Z]+ (?:.*\\\n)*.*$", TEXT, re.MULTILINE)
]
LAST = STEPS[max(n for n, step in enumerate(STEPS) if step[0] == "FROM") :]


def steps(kind: str, among: list[tuple[str, ...]] = STEPS) -> list[str]:
    return [rest for name, rest in among if name == kind]


def test_both_bases_are_of_one_exact_version_and_the_last_is_slim() -> None:
    built, runs = (
        re.fullmatch(r"python:(\d+\.\d+\.\d+)-(?:slim-)?(\w+)(?: AS build)?", b) for b in steps("FROM")
    )
    assert built and runs
    assert built.groups() == runs.groups()
    assert "-slim-" in steps("FROM")[1]


def test_the_tool_that_installs_is_the_one_of_the_makefile() -> None:
    (version,) = re.findall(r"UV_VERSION := (\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert f"uv=={version} " in " ".join(steps("RUN")) + " "


def test_exactly_the_locked_versions_are_installed() -> None:
    told = " ".join(steps("RUN"))
    assert "uv export --quiet --frozen --no-dev --no-emit-project --extra cluster" in told
    assert "--require-hashes" in told


def test_everything_that_is_copied_exists_and_is_let_through() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignore
    copied = [c for c in steps("COPY") if "--from=" not in c]
    for source in (s for c in copied for s in c.split()[:-1] if not s.startswith("--")):
        assert (ROOT / source).exists()
        assert f"!{source}" in ignore


def test_the_image_that_runs_holds_no_tools_and_is_nobody() -> None:
    assert steps("RUN", LAST) == []
    assert steps("USER", LAST) == ["10001:10001"]
    assert [name for name, _ in LAST].index("USER") > [name for name, _ in LAST].index("COPY")


@pytest.fixture
def health() -> Health:
    return Health("relay", silence_seconds=0.0, clock=iter([0.0] + [1.0] * 99).__next__)


@pytest.fixture
def asked(health: Health) -> Iterator[dict[str, str]]:
    with serving(health, "127.0.0.1:0") as port:
        yield {**os.environ, "RENTALWATCH_LISTEN": f"0.0.0.0:{port}"}


def healthy(environment: dict[str, str]) -> int:
    (check,) = steps("HEALTHCHECK", LAST)
    command = json.loads(check.split(" CMD ")[1])
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_the_health_check_tells_a_living_process_from_a_dead_one(
    health: Health, asked: dict[str, str]
) -> None:
    assert healthy(asked) != 0
    health.silence_seconds = None
    assert healthy(asked) == 0
    assert healthy({**asked, "RENTALWATCH_LISTEN": "0.0.0.0:1"}) != 0


def test_the_password_reaches_the_process_and_nothing_else(tmp_path: Path) -> None:
    script = ROOT / "docker/with-password.sh"
    (tmp_path / "secret").write_text("it's a $ecret\n")
    shown = subprocess.run(
        [script, "sh", "-c", 'printf "%s|%s" "$PGPASSWORD" "$1"', "-", "an argument"],
        env={"PATH": os.environ["PATH"], "PGPASSWORD_FILE": str(tmp_path / "secret")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout == "it's a $ecret|an argument"


def test_without_its_password_a_process_does_not_start(tmp_path: Path) -> None:
    told = {"PATH": os.environ["PATH"], "PGPASSWORD_FILE": str(tmp_path / "none")}
    started = subprocess.run(
        [ROOT / "docker/with-password.sh", "echo", "started"],
        env=told, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert started.returncode != 0
    assert not started.stdout
