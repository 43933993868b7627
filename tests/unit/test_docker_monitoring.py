"""Alert rules and dashboards: all expressions parse, all metrics and labels exist, none is forgotten."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser as promql
import pytest
import yaml
from prometheus_client import CollectorRegistry, ProcessCollector

from rentalwatch.ledger.topics import EVENT_PARTITIONS
from rentalwatch.observe import metrics

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
SETTINGS = yaml.safe_load((DOCKER / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
SERVICES = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))["services"]
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DOCKER / "prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
BOARDS = {p.name: json.loads(p.read_text("utf-8")) for p in (DOCKER / "grafana/dashboards").glob("*.json")}
GIVEN = {"job", "instance"}
"""Labels that Prometheus adds to everything it asks for."""


class Shown(NamedTuple):
    """An expression, where it stands, and the text that is filled from its labels."""

    where: str
    expr: str
    text: str


def shown() -> Iterator[Shown]:
    for alert in ALERTS:
        yield Shown(alert["alert"], alert["expr"], alert["annotations"]["summary"])
    for name, board in BOARDS.items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                expr = target["expr"].replace("$__rate_interval", "5m").replace("$area", ".*")
                yield Shown(f"{name}: {panel['title']}", expr, target["legendFormat"])


def exported() -> dict[str, set[str]]:
    """Name of a series → its labels, for everything that our processes export."""
    found: dict[str, set[str]] = {"up": set()}
    for name, metric in metrics.ALL.items():
        labels = set(metric._labelnames)
        if metric._type == "histogram":
            found |= {name + "_bucket": labels | {"le"}, name + "_sum": labels, name + "_count": labels}
        else:
            found[name + ("_total" if metric._type == "counter" else "")] = labels
    process = ProcessCollector(registry=CollectorRegistry())
    found |= {sample.name: set() for family in process.collect() for sample in family.samples}
    return found


EXPORTED = exported()


def parts(expr: Any) -> Iterator[Any]:
    """An expression and everything in it."""
    yield expr
    for name in ("expr", "lhs", "rhs", "param", "vector_selector"):
        inner = getattr(expr, name, None)
        if isinstance(inner, promql.Expr):
            yield from parts(inner)
    for argument in getattr(expr, "args", []):
        yield from parts(argument)


def selectors(expr: str) -> list[Any]:
    return [p for p in parts(promql.parse(expr)) if isinstance(p, promql.VectorSelector)]


def labels_of(expr: str) -> set[str]:
    return GIVEN.union(*(EXPORTED[s.name] for s in selectors(expr)))


ALL = [pytest.param(s, id=f"{s.where} {n}") for n, s in enumerate(shown())]


@pytest.mark.parametrize("what", ALL)
def test_it_asks_for_series_that_somebody_exports(what: Shown) -> None:
    found = selectors(what.expr)
    assert found
    for selector in found:
        assert selector.name in EXPORTED
        assert {m.name for m in selector.matchers.matchers} <= EXPORTED[selector.name] | GIVEN


@pytest.mark.parametrize("what", ALL)
def test_it_groups_and_fills_text_by_labels_that_are_there(what: Shown) -> None:
    groups = re.findall(r"by \(([^)]*)\)", what.expr)
    grouped = {label for group in groups for label in re.split(r",\s*", group)}
    assert grouped <= labels_of(what.expr)
    filled = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", what.text))
    assert filled <= (grouped if groups else labels_of(what.expr))


@pytest.mark.parametrize("what", ALL)
def test_the_values_that_it_asks_for_occur(what: Shown) -> None:
    known = {
        "job": {c["job_name"] for c in SETTINGS["scrape_configs"]},
        "reason": set(metrics.REASONS),
        "outcome": {*metrics.OUTCOMES, *metrics.SENDINGS},
        "cause": set(metrics.CAUSES),
    }
    for selector in selectors(what.expr):
        for matcher in selector.matchers.matchers:
            values = set(matcher.value.split("|")) - {".*"}
            assert values <= known.get(matcher.name, set())


def test_no_metric_is_measured_for_nobody() -> None:
    used = {s.name for what in shown() for s in selectors(what.expr)}
    for name in metrics.ALL:
        assert used & {name, name + "_total", name + "_bucket"}, name


def test_every_process_is_asked_where_it_listens() -> None:
    asked = {t for c in SETTINGS["scrape_configs"] for s in c["static_configs"] for t in s["targets"]}
    listening = {
        f"{name}:{service['environment']['RENTALWATCH_LISTEN'].rpartition(':')[2]}"
        for name, service in SERVICES.items()
        if "build" in service and service["restart"] == "unless-stopped"
    }
    assert asked == listening


def test_the_alert_on_partitions_counts_all_of_them() -> None:
    (alert,) = [a for a in ALERTS if a["alert"] == "PartitionWithoutWorker"]
    assert alert["expr"].endswith(f"< {EVENT_PARTITIONS}")


def test_every_alert_says_what_to_do_at_night() -> None:
    page = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    parts = re.findall(r"^### (\w+)\n\n((?:(?!^#).*\n)+)", page, re.MULTILINE)
    assert [name for name, text in parts if "**Do.**" in text] == [a["alert"] for a in ALERTS]
    assert {a["labels"]["severity"] for a in ALERTS} == {"page", "ticket"}


def test_dashboards_are_of_one_source_and_do_not_collide() -> None:
    provided = (DOCKER / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8")
    uid = yaml.safe_load(provided)["datasources"][0]["uid"]
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS) == 5
    for board in BOARDS.values():
        assert {panel["datasource"]["uid"] for panel in board["panels"]} == {uid}
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
        assert len(set(places)) == len(places)


def test_prometheus_itself_accepts_the_rules_and_fires_them() -> None:
    """Where promtool is at hand (`.ci/run` fetches it); the tests above hold in any case."""
    promtool = shutil.which("promtool", path=str(ROOT / ".tools/bin")) or shutil.which("promtool")
    for told in ("check config prometheus.yml", "check rules alerts.yml", "test rules alerts.test.yml"):
        if promtool:
            went = subprocess.run(
                [promtool, *told.split()],
                cwd=DOCKER / "prometheus",
                capture_output=True,
                text=True,
                check=False,
            )
            assert went.returncode == 0, went.stdout + went.stderr
