"""The atlas: every row has its evidence, nothing unverified enters a figure, and two models' neighbours by hand."""

import re

import pandas as pd
import pytest

from idic_lib import data
from idic_lib.errors import DataError
from idic_lib.models import atlas

MODELS, STAGES = data.load_crm_models(), data.load_crm_stages()
PERSIAN = re.compile("[\u0600-\u06ff]")


def words(cells):
    return set(cells.str.split(";").explode())


# ---- the data


def test_there_are_the_models_of_the_course_and_at_least_thirty_verified_ones():
    assert MODELS["model_id"].is_unique and len(MODELS) == 53
    course = {"idic", "payne_frow", "kalakota_robinson", "desai_sahu_sinha", "buttle_value_chain", "fader_centricity"}
    assert course <= set(MODELS["model_id"])
    counts = MODELS["verified"].value_counts()
    assert counts["yes"] >= 30 and set(counts.index) == set(atlas.LEVELS)


def test_every_row_has_its_evidence():
    filled = MODELS[["name", "name_fa", "authors", "reference", "unit", "data_needed", "verified", "how_checked"]]
    assert (filled.map(str.strip) != "").all(axis=None)
    assert MODELS["year"].between(1980, 2025).all()
    told = MODELS["how_checked"].str.startswith("unverified")
    assert (told == MODELS["verified"].eq("no")).all()
    # a row counts as checked only if it names the page: a site, or the part of the journal that was read
    page = MODELS["how_checked"].str.contains(r"\bat \w[\w.-]+\.\w{2,}|contents page|reference list|title pages? at")
    assert MODELS.loc[~told & ~page, "model_id"].tolist() == []


def test_codes_come_from_the_closed_lists_and_each_is_used():
    assert words(MODELS["data_needed"]) == set(atlas.DATA)
    assert words(MODELS["unit"]) == set("CFPT")
    assert words(STAGES["idic_step"]) == {*atlas.STEPS, atlas.OUTSIDE}
    assert set(STAGES["mark"]) == set("VMU")


def test_every_model_has_stages_numbered_from_one_and_each_maps_to_a_step_or_outside():
    numbered = STAGES.groupby("model_id")["order"].agg(list)
    assert set(numbered.index) == set(MODELS["model_id"])
    assert all(order == list(range(1, len(order) + 1)) for order in numbered)
    assert not STAGES.duplicated(["model_id", "stage"]).any()
    alone = STAGES.loc[STAGES["idic_step"].str.contains(atlas.OUTSIDE), "idic_step"]
    assert (alone == atlas.OUTSIDE).all()  # outside is never combined with a step


def test_a_verified_model_has_a_stage_that_was_seen_and_an_uncertain_one_none():
    seen = set(STAGES.loc[STAGES["mark"] == "V", "model_id"])
    assert set(MODELS.loc[MODELS["verified"] == "yes", "model_id"]) <= seen
    uncertain = STAGES.loc[STAGES["mark"] == "U", "model_id"]
    assert (
        set(uncertain) == {"initiatives_results"} and uncertain.isin(MODELS.query("verified == 'no'")["model_id"]).all()
    )


def test_persian_names_exist_and_are_persian():
    assert MODELS["name_fa"].map(lambda text: bool(PERSIAN.search(text))).all()
    assert STAGES["stage_fa"].map(lambda text: bool(PERSIAN.search(text))).all()
    arabic = re.compile("[\u064a\u0643]")  # Arabic yeh and kaf, where Persian writes its own letters
    assert not pd.concat([MODELS["name_fa"], STAGES["stage_fa"]]).str.contains(arabic).any()


def test_dois_are_well_formed_and_stand_only_where_a_page_was_read():
    given = MODELS[MODELS["doi"] != ""]
    assert given["doi"].str.fullmatch(r"10\.\d{4,5}/[\w.()-]+").all() and given["doi"].is_unique
    assert (given["verified"] != "no").all() and len(given) >= 15


# ---- what may enter a figure


def test_no_unverified_row_enters_a_figure_even_if_let_into_the_queries():
    for least in atlas.LEVELS:
        book = atlas.Atlas(least=least)
        seen = set(MODELS.loc[MODELS["verified"] != "no", "model_id"])
        assert set(book.timeline().index) == seen
        table = book.matrix()
        assert set(table.index) == set(MODELS.loc[MODELS["verified"] == "yes", "model_id"])
        assert table.loc["customer_pyramid"].to_dict() == {
            "I": 0,
            "Dv": 1,
            "Dn": 0,
            "N": 0,
            "K": 2,
            "T": 0,
            "outside IDIC": 0,
        }


def test_a_stage_from_memory_does_not_count_in_the_matrix():
    table = atlas.Atlas().matrix()
    # Blattberg & Deighton: add-on selling (K) is from memory; the two kinds of spending are outside, equity is value
    assert table.loc["customer_equity_test"].tolist() == [0, 1, 0, 0, 0, 0, 2]


def test_rows_left_out_are_counted_by_level():
    counts = MODELS["verified"].value_counts()
    for least, kept in (("yes", ["yes"]), ("reference", ["yes", "reference"]), ("no", list(atlas.LEVELS))):
        book = atlas.Atlas(least=least)
        assert len(book.models) == counts[kept].sum()
        assert book.left_out.to_dict() == {level: 0 if level in kept else counts[level] for level in atlas.LEVELS}
        assert str(counts.sum() - counts[kept].sum()) in repr(book)


def test_timeline_is_in_order_of_years():
    assert atlas.Atlas().timeline()["year"].is_monotonic_increasing


# ---- the queries


def tiny(**changes):
    """Four models whose answers a pencil gives."""
    models = pd.DataFrame({"model_id": list("abcd"), "name": list("ABCD"), "name_fa": "الف", "year": [1, 2, 3, 4],
                           "authors": "x", "unit": "C", "verified": ["yes", "yes", "reference", "no"],
                           "data_needed": ["orders", "orders;profit", "orders", "survey"]})  # fmt: skip
    stages = pd.DataFrame({"model_id": list("abbbcd"), "order": [1, 1, 2, 3, 1, 1], "stage": list("pqrstu"),
                           "stage_fa": "ب", "idic_step": ["Dv", "Dv;K", "outside IDIC", "N", "I", "T"],
                           "mark": ["V", "V", "V", "M", "M", "M"]})  # fmt: skip
    for column, (row, value) in changes.items():
        frame = models if column in models and column != "model_id" else stages
        frame.loc[row, column] = value
    return models, stages


def test_usable_asks_for_no_more_than_is_there():
    book = atlas.Atlas(*tiny())
    assert book.usable(["orders"]).index.tolist() == ["a"]
    assert book.usable("orders").index.tolist() == ["a"]
    wider = book.usable(["orders"], missing=1)
    assert wider["lacks"].to_dict() == {"a": "", "b": "profit"}
    assert book.usable([]).empty
    assert atlas.Atlas(*tiny(), least="no").usable(["orders", "survey"]).index.tolist() == ["a", "c", "d"]


def test_serving_gives_the_stages_and_leaves_out_what_was_not_seen():
    assert atlas.Atlas(*tiny()).serving("Dv")["stage"].to_dict() == {"a": "p", "b": "q"}
    assert atlas.Atlas(*tiny()).serving("N").empty  # the stage is from memory
    assert atlas.Atlas(*tiny(), least="reference").serving("N")["stage"].to_dict() == {"b": "s"}
    assert atlas.Atlas(*tiny()).serving(atlas.OUTSIDE)["stage"].to_dict() == {"b": "r"}


def test_neighbours_of_the_tiny_atlas_by_hand():
    near = atlas.Atlas(*tiny()).neighbours("a")  # {Dv, orders} and {Dv, K, orders, profit}
    assert near["jaccard"].to_dict() == {"b": 2 / 4} and near.loc["b", "shared"] == "Dv;orders"


def test_neighbours_of_the_customer_pyramid_by_hand():
    near = atlas.Atlas().neighbours("customer_pyramid", k=50)["jaccard"]
    assert near["loyalty_profitability"] == 3 / 4  # {Dv, K, orders, profit} with {Dv, orders, profit}
    assert near["fader_centricity"] == 3 / 4  # with {Dv, K, orders}
    assert near["gap_model"] == 0  # with {Dn, N, survey, assessment}
    assert near.iloc[0] == near.max() and "customer_pyramid" not in near


def test_neighbours_of_idic_by_hand():
    near = atlas.Atlas().neighbours("idic", k=50)
    # {I, Dv, Dn, N, K, records, orders, contacts, answers} with {I, Dv, Dn, N, K, orders, contacts, answers}
    assert near.loc["winer", "jaccard"] == pytest.approx(8 / 9)
    # with {I, Dv, Dn, N, K, records, orders, contacts, survey, staff, profit}
    assert near.loc["payne_frow", "jaccard"] == pytest.approx(8 / 12)
    assert near.index[0] == "winer"


def test_similarity_is_symmetric():
    book = atlas.Atlas()
    assert (
        book.neighbours("idic", k=50).loc["cusams", "jaccard"] == book.neighbours("cusams", k=50).loc["idic", "jaccard"]
    )


def test_the_tables_are_not_changed_in_place():
    models, stages = tiny()
    before = models.copy(), stages.copy()
    book = atlas.Atlas(models, stages)
    book.usable(["orders"]), book.neighbours("a"), book.matrix(), book.timeline()
    pd.testing.assert_frame_equal(models, before[0])
    pd.testing.assert_frame_equal(stages, before[1])


# ---- bad input


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: atlas.Atlas(least="maybe"), ["least='maybe'", "'reference'"]),
        (lambda: atlas.Atlas().usable(["order"]), ["have='order'", "'orders'"]),
        (lambda: atlas.Atlas().usable(["orders"], missing=-1), ["missing=-1"]),
        (lambda: atlas.Atlas().serving("D"), ["step='D'", "'Dv'"]),
        (lambda: atlas.Atlas().neighbours("swift_cycle"), ["'swift_cycle'", "winer", 'Atlas(least="no")']),
        (lambda: atlas.Atlas().neighbours("idic", k=0), ["k=0"]),
        (lambda: atlas.Atlas(tiny()[0].drop(columns="unit"), tiny()[1]), ["models has no column 'unit'"]),
        (lambda: atlas.Atlas(tiny()[0], tiny()[1].drop(columns="mark")), ["stages has no column 'mark'"]),
        (lambda: atlas.Atlas([1], tiny()[1]), ["models has no column 'model_id'"]),
        (lambda: atlas.Atlas(*tiny(data_needed=(1, "orders;money"))), ["'data_needed'", "orders;money", "profit"]),
        (lambda: atlas.Atlas(*tiny(verified=(0, "perhaps"))), ["'verified'", "perhaps", "reference"]),
        (lambda: atlas.Atlas(*tiny(idic_step=(0, None))), ["'idic_step'", "outside IDIC"]),
        (lambda: atlas.Atlas(*tiny(model_id=(0, "z"))), ["belongs to no model", "z"]),
        (lambda: atlas.Atlas(pd.concat([tiny()[0]] * 2), tiny()[1]), ["occurs twice", "model_id"]),
    ],
)  # fmt: skip
def test_bad_input_ends_in_one_clear_error(call, words):
    with pytest.raises(DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_row_of_your_own_can_be_asked_for():
    own = {"model_id": "mine", "name": "My notebook", "name_fa": "دفتر من", "year": 2025, "authors": "I", "unit": "C",
           "verified": "yes", "data_needed": "orders;profit"}  # fmt: skip
    stage = {"model_id": "mine", "order": 1, "stage": "rank", "stage_fa": "رتبه‌بندی", "idic_step": "Dv", "mark": "V"}
    book = atlas.Atlas(pd.concat([MODELS, pd.DataFrame([own])]), pd.concat([STAGES, pd.DataFrame([stage])]))
    assert book.neighbours("mine", k=1)["jaccard"].to_dict() == {"loyalty_profitability": 1.0}
