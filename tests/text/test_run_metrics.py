"""A run as metrics, which Prometheus' own parser reads."""

from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from composelib.text.run_metrics import escape_label, format_metrics
from tests.kit.recorded_run import make_run


def test_the_parser_of_openmetrics_reads_all_of_it() -> None:
    families = {family.name: family for family in text_string_to_metric_families(format_metrics(make_run()))}  # type: ignore[no-untyped-call] # it has none
    samples = {
        (name.removeprefix("deb_compose_"), *sorted(sample.labels.items())): sample.value
        for name, family in families.items()
        for sample in family.samples
    }
    compose = ("compose", "demo")
    assert samples["run_exit_status", compose] == 1
    assert samples["run_finished_timestamp_seconds", compose] - samples["run_started_timestamp_seconds", compose] == 5
    assert samples["run_tasks", compose, ("state", "done")] == 2
    assert samples["run_tasks", compose, ("state", "skipped")] == 0
    assert samples["run_stage_seconds", compose, ("stage", "fetch")] == 3
    assert {family.type for family in families.values()} == {"gauge"}


def test_a_label_is_escaped() -> None:
    assert escape_label('a"b\\c\n') == 'a\\"b\\\\c\\n'
