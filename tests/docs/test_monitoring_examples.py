"""Do the examples for Prometheus and Grafana name what the exporter tells, and are they valid?"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from diagnose.exporter.config import read_config
from diagnose.exporter.metrics import PROBE_METRICS
from diagnose.exporter.own_metrics import OWN_METRICS
from tests.support.places import PROJECT

EXAMPLES = PROJECT / "examples"
PROMETHEUS = EXAMPLES / "prometheus"
DASHBOARD = EXAMPLES / "grafana" / "emr-diagnose.json"
PAGE = PROJECT / "docs" / "monitoring.md"

NAME = re.compile(r"\b(?:emr_)?(?:probe|exporter)_[a-z0-9_]+\b")
SUFFIX = re.compile(r"_(?:bucket|sum|count)$")


def yaml(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((PROMETHEUS / name).read_text("utf-8"))


def named(text: str) -> set[str]:
    """Return the names of metrics in a text, those of a histogram without their ending."""
    return {SUFFIX.sub("", name) if SUFFIX.sub("", name) in OWN_METRICS else name for name in NAME.findall(text)}


def expressions() -> Iterator[str]:
    """Yield every expression of the dashboard, without its variables."""
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        for target in panel["targets"]:
            yield re.sub(r"\$(?:cluster|module|instance)\b", ".*", target["expr"])


def test_alerts_name_only_metrics_that_the_exporter_tells() -> None:
    rules = [rule for group in yaml("alerts.yml")["groups"] for rule in group["rules"]]
    used = {name for rule in rules for name in named(rule["expr"])}
    assert used <= PROBE_METRICS.keys() | OWN_METRICS.keys()
    assert {"probe_success", "emr_probe_conclusive", "probe_ssl_earliest_cert_expiry"} <= used


def test_every_alert_is_tried_by_the_test_file() -> None:
    tried = {case["alertname"] for test in yaml("alerts_test.yml")["tests"] for case in test["alert_rule_test"]}
    alerts = {rule["alert"] for group in yaml("alerts.yml")["groups"] for rule in group["rules"]}
    assert tried == alerts


def test_the_dashboard_names_only_metrics_that_the_exporter_tells() -> None:
    used = {name for expression in expressions() for name in named(expression)}
    assert used <= PROBE_METRICS.keys() | OWN_METRICS.keys()
    assert {"probe_success", "emr_probe_state_info", "emr_exporter_probe_duration_seconds"} <= used


def test_the_dashboard_takes_its_data_from_the_source_that_the_user_picks() -> None:
    text = DASHBOARD.read_text("utf-8")
    dashboard = json.loads(text)
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {"${datasource}"}
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert set(re.findall(r"\$\{?([a-z]+)\}?", text)) <= variables | {"__all"}


def test_modules_of_the_scrape_configuration_are_those_of_serve_toml() -> None:
    config = read_config(PROMETHEUS / "serve.toml")
    jobs = {job["job_name"]: job for job in yaml("prometheus.yml")["scrape_configs"]}
    statics = jobs["emr-probe"]["static_configs"]
    assert {one["labels"]["module"] for one in statics} == config.modules.keys()
    for one in statics:
        for text in one["targets"]:
            endpoint = config.modules[one["labels"]["module"]].target(text).endpoint
            assert any(
                entry.takes(endpoint.host, endpoint.port) and entry.holds(endpoint.host) for entry in config.allowed
            )


def test_the_page_lists_every_metric_and_no_other() -> None:
    assert named(PAGE.read_text("utf-8")) == PROBE_METRICS.keys() | OWN_METRICS.keys()


def test_the_page_lists_every_key_of_the_file() -> None:
    from diagnose.exporter.config import Limits, ModuleTable, ServeTables, TargetsTable

    page = PAGE.read_text("utf-8")
    keys = {key for table in (Limits, ModuleTable, ServeTables, TargetsTable) for key in table.__struct_fields__}
    assert [key for key in sorted(keys) if f"`{key}`" not in page and f"[{key}" not in page] == []


def promtool(*arguments: str, folder: Path) -> str:
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.needs("promtool")
def test_promtool_takes_the_configuration_and_the_alerts_and_their_tests_pass(tmp_path: Path) -> None:
    folder = shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    assert "10 rules found" in promtool("check", "config", "prometheus.yml", folder=folder)
    promtool("check", "rules", "alerts.yml", folder=folder)
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml", folder=folder)


@pytest.mark.needs("promtool")
def test_promtool_takes_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(expressions())]
    (tmp_path / "panels.json").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", "panels.json", folder=tmp_path)
