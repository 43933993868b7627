"""Metrics are promises to dashboards: each is documented as it is, none has labels that grow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from rentalwatch.observe import metrics

PAGE = (Path(__file__).parents[3] / "docs/metrics.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| `(rentalwatch_\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE
)
DOCUMENTED = {row[0]: row[1:] for row in ROW.findall(PAGE)}
BOUNDED = {"kind", "became", "process", "version", "outcome", "reason", "partition", "fold", "area", "cause"}
UNITS = {"seconds", "bytes", "homes", "claims"}
ALL = sorted(metrics.ALL)


def outside(name: str) -> str:
    """The name under which it is asked for: counters end in _total."""
    return name + "_total" if metrics.ALL[name]._type == "counter" else name


def test_every_metric_is_documented_once_and_none_lingers() -> None:
    assert [row[0] for row in ROW.findall(PAGE)] == list(DOCUMENTED)
    assert sorted(DOCUMENTED) == sorted(map(outside, ALL))
    assert set(re.findall(r"^\| `(\w+)` ", PAGE, re.MULTILINE)) == set(DOCUMENTED)


@pytest.mark.parametrize("name", ALL)
def test_the_page_says_what_it_is(name: str) -> None:
    kind, unit, labels, _, meaning = DOCUMENTED[outside(name)]
    metric = metrics.ALL[name]
    assert kind == metric._type
    assert re.findall(r"`(\w+)`", labels) == list(metric._labelnames)
    assert meaning.strip() and metric._documentation.endswith(".")
    for spelt in UNITS:
        assert (unit == spelt) == name.endswith(f"_{spelt}") or kind == "counter"


@pytest.mark.parametrize("name", ALL)
def test_the_page_names_a_process_that_serves_it(name: str) -> None:
    processes = DOCUMENTED[outside(name)][3]
    for process, groups in metrics.GROUPS.items():
        if process in processes or processes == "all":
            assert name.split("_")[1] in groups
        elif "writer" not in processes:
            assert name.split("_")[1] not in groups


@pytest.mark.parametrize("name", ALL)
def test_labels_have_few_values_that_name_nobody(name: str) -> None:
    assert set(metrics.ALL[name]._labelnames) <= BOUNDED


def test_the_values_of_labels_are_documented() -> None:
    for name, values in (
        ("rentalwatch_ledger_commands_total", metrics.OUTCOMES),
        ("rentalwatch_relay_failures_total", metrics.REASONS),
        ("rentalwatch_target_omitted_cause_homes", metrics.CAUSES),
        ("rentalwatch_delivery_attempts_total", metrics.SENDINGS),
    ):
        assert re.findall(r"`(\w+)`", DOCUMENTED[name][4]) == list(values)


def test_outcomes_and_reasons_are_there_before_the_first_one_happens() -> None:
    text = generate_latest(metrics.served_by("relay")).decode()
    for reason in metrics.REASONS:
        assert f'rentalwatch_relay_failures_total{{reason="{reason}"}}' in text


def test_a_partition_that_another_worker_has_is_forgotten() -> None:
    metrics.PROJECTION_LAG_SECONDS.labels("7").set(90)
    metrics.forget_partition(7)
    metrics.forget_partition(7)
    assert 'partition="7"' not in generate_latest(metrics.served_by("worker")).decode()


def test_histograms_see_what_was_promised() -> None:
    assert metrics.COMMIT_BUCKETS[0] == 0.001
    assert metrics.COMMIT_BUCKETS[-1] == 10
    assert {0.15, 0.25, 1.0} <= set(metrics.VISIBLE_BUCKETS)
