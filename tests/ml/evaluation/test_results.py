import json
from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import DataError
from ml.evaluation.report import write_report
from ml.evaluation.results import (
    Details,
    MeanRow,
    NotComparableError,
    Row,
    comparable,
    groups,
    merged,
    read_results,
    table,
    write_results,
)


def row(model="ease", protocol="full-random", seed=0, value=0.3, dataset="mls", metric="ndcg@10"):
    return Row(dataset, protocol, model, seed, metric, value)


def test_the_file_is_a_list_of_exactly_the_promised_keys(tmp_path):
    write_results(tmp_path / "results.json", [row()], Details())
    assert json.loads((tmp_path / "results.json").read_text()) == [
        {
            "dataset": "mls",
            "protocol": "full-random",
            "model": "ease",
            "seed": 0,
            "metric": "ndcg@10",
            "value": 0.3,
        }
    ]


def test_results_come_back_as_they_were_written(tmp_path):
    path = tmp_path / "results.json"
    interval = MeanRow("mls", "full-random", "ease", "ndcg@10", 0.3, 0.28, 0.32)
    rows, details = [row(), row(seed=1)], Details({"cores": "2"}, {"a": {}}, (interval,))
    write_results(path, rows, details)
    assert read_results(path) == (rows, details)


def test_an_undefined_value_is_null_in_the_file_and_nan_in_memory(tmp_path):
    path = tmp_path / "results.json"
    write_results(path, [row(value=float("nan"))], Details())
    assert json.loads(path.read_text())[0]["value"] is None
    assert np.isnan(read_results(path)[0][0].value)


@pytest.mark.parametrize("content", ["{", '[{"dataset": 1}]', "[3]"])
def test_a_file_that_holds_no_results_is_refused(tmp_path, content):
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(DataError, match="holds no results"):
        read_results(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        read_results(tmp_path / "results.json")


@pytest.mark.parametrize(
    ("other", "what"), [({"protocol": "rated"}, "protocols"), ({"dataset": "100k"}, "datasets")]
)
def test_numbers_of_different_protocols_or_data_sets_are_never_put_side_by_side(other, what):
    rows = [row(), row(model="ials", **other)]
    with pytest.raises(NotComparableError, match=f"different {what} are never compared"):
        comparable(rows)
    with pytest.raises(NotComparableError):
        table(rows)
    assert len(groups(rows)) == 2


def test_a_table_holds_means_and_deviations_over_seeds():
    found = table([row(seed=0, value=0.2), row(seed=1, value=0.4)])
    assert found["ease"]["ndcg@10"] == pytest.approx((0.3, np.sqrt(0.02)))


def test_a_model_measured_again_replaces_its_old_numbers():
    old = ([row(value=0.1), row(model="ials")], Details())
    rows, _ = merged(old, ([row(value=0.3)], Details()))
    assert sorted((r.model, r.value) for r in rows) == [("ease", 0.3), ("ials", 0.3)]


def interval(model: str, mean: float, against: str = "") -> MeanRow:
    return MeanRow("mls", "full-random", model, "ndcg@10", mean, mean - 0.1, mean + 0.1, against)


def test_a_base_measured_again_on_fewer_seeds_keeps_what_it_had():
    key = "mls/full-random/ease"
    old = ([row(seed=seed, value=0.1) for seed in range(3)], Details({}, {key: {"rank": 8}}))
    old = (old[0], replace(old[1], intervals=(interval("ease", 0.1),)))
    against_ease = (interval("ease", 0.5), interval("ials", 0.6), interval("ials", 0.1, "ease"))
    settings: dict[str, object] = {key: {}, "mls/full-random/ials": {}}
    again = ([row(value=0.5), row(model="ials", value=0.6)], Details({}, settings, against_ease))
    rows, details = merged(old, again)
    assert [(r.model, r.seed, r.value) for r in rows] == [
        ("ease", 0, 0.1),
        ("ease", 1, 0.1),
        ("ease", 2, 0.1),
        ("ials", 0, 0.6),
    ]
    assert details.intervals == (interval("ease", 0.1), *against_ease[1:])
    assert details.settings == {key: {"rank": 8}, "mls/full-random/ials": {}}


def test_numbers_of_two_machines_in_one_file_are_told_with_both():
    first = ([row()], Details({"processor": "Abacus", "cores": "2"}))
    second = ([row(model="ials")], Details({"processor": "Slide rule", "cores": "2"}))
    both = merged(first, second)
    assert both[1].machine == {"processor": "Abacus / Slide rule", "cores": "2"}
    assert merged(both, second)[1].machine == both[1].machine
    alone = merged(first, ([row(value=0.4)], second[1]))
    assert alone[1].machine == second[1].machine, "nothing of the first machine is left"


def test_a_report_names_machine_protocol_and_model(tmp_path):
    details = Details(
        {
            "processor": "Abacus",
            "cores": "2",
            "memory": "4 GB",
            "system": "Linux",
            "python": "3",
            "numpy": "2",
            "scipy": "1",
            "torch": "2",
        },
        intervals=(
            MeanRow("mls", "full-random", "ease", "ndcg@10", 0.3, 0.28, 0.32),
            MeanRow("mls", "full-random", "ials", "ndcg@10", 0.31, 0.29, 0.33),
            MeanRow("mls", "full-random", "ials", "ndcg@10", 0.01, 0.005, 0.015, "ease"),
            MeanRow("mls", "full-random", "ease", "ndcg@10", -0.01, -0.015, -0.005, "ials"),
        ),
    )
    write_results(tmp_path / "results.json", [row(), row(model="ials", value=0.31)], details)
    out = tmp_path / "docs"
    write_report(tmp_path / "results.json", out)

    again = (out / "mls.md").read_text()
    assert "Abacus, 2 cores" in again
    assert again.startswith("# Results on mls\n")
    assert "## `full-random`" in again
    assert "| `ials` | 1 | .310 |" in again
    assert "| `ials` | `ndcg@10` | +0.010 | +0.005 to +0.015 | yes |" in again
    in_table_of_ials = again.split("Difference to `ials`")[1]
    assert "| `ease` | `ndcg@10` | -0.010 | -0.015 to -0.005 | yes |" in in_table_of_ials
    assert "+0.010" not in in_table_of_ials
    plot = (out / "images/mls-full-random-ndcg-at-10.svg").read_text()
    assert plot.startswith("<svg")
    assert plot.index("ials") < plot.index("ease"), "best first"
