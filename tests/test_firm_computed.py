"""The tables that were computed on the firm once are what their scripts make: lifetime value (08) and linkage (04)."""

import pandas as pd
import pyarrow as pa
import pytest

from idic_lib import data, identify
from idic_lib.identify import links


def test_the_waterfall_of_one_seed_is_what_its_script_makes(script):
    table = data.load_firm_clv_waterfall()
    made = pd.DataFrame(script("firm_clv_waterfall").rungs(20))
    kept = table[table["seed"] == 20].reset_index(drop=True)
    # The optimiser's last digits depend on the processor; the sums of the firm do not.
    pd.testing.assert_frame_equal(made[list(kept)], kept, rtol=5e-3, atol=2e-3, check_dtype=False)


def test_the_linkage_of_the_committed_firm_is_what_its_script_makes(script):
    table = data.load_firm_linkage().query('level == "usual" and seed == 20').set_index("method")
    made = pd.DataFrame(script("firm_linkage").judge(data.load_firm(data._data_file("firm/firm.json").parent))).T
    columns = ["precision", "recall", "f1"]
    pd.testing.assert_frame_equal(made[columns], table[columns], atol=2e-3, check_names=False)


def test_linking_beats_both_baselines_on_usual_records():
    f1 = data.load_firm_linkage().pivot_table(index="level", columns="method", values="f1")
    usual = f1.loc["usual"]
    assert usual["link_records"] > usual["exact"] + 0.05
    assert usual["link_records"] > usual["rapidfuzz"] + 0.05
    assert f1.loc["clean", "link_records"] == pytest.approx(1, abs=0.01)
    assert f1.loc["poor", "link_records"] < usual["link_records"]  # 0.9 is too careful for poor records, and it shows


def test_links_are_nearly_as_good_as_those_of_the_same_model_trained_with_the_true_labels(monkeypatch):
    from splink.internals.linker_components.training import LinkerTraining

    firm = data.load_firm(data._data_file("firm/firm.json").parent)
    truth = firm.truth["records"]
    ours = identify.linkage_quality(identify.link_records(firm.records), truth)["f1"]
    prepare, trained = links._prepare, []

    def with_labels(standard, limit):
        table, made, blocks = prepare(standard, limit)
        return table, made.append_column("person", pa.array(truth.to_numpy(object))), blocks

    def from_labels(training, *args, **options):
        if not trained:
            trained.append(training.estimate_m_from_label_column("person"))

    monkeypatch.setattr(links, "_prepare", with_labels)
    monkeypatch.setattr(LinkerTraining, "estimate_parameters_using_expectation_maximisation", from_labels)
    labelled = identify.linkage_quality(identify.link_records(firm.records), truth)["f1"]
    assert trained and ours > labelled - 0.02
    assert labelled > 0.85  # labels do help a model, or this comparison says nothing
