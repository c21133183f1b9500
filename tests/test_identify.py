"""Identify: standard fields, links, their quality, coverage and payoff."""

import itertools
import sys
import warnings

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic_lib import identify as i
from idic_lib.errors import DataError
from idic_lib.firm import make_firm
from idic_lib.identify import links as linking

pytest.importorskip("splink")


def frame(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"record_id": [f"r{k}" for k in range(n)], **columns})


def firm_like(people=400, seed=3):
    """Records of `people` people in two scripts, one to three of each, and who they are."""
    rng = np.random.default_rng(seed)
    names = "محمد/Mohammad حسین/Hossein فاطمه/Fatemeh زهرا/Zahra علی/Ali مریم/Maryam نوید/Navid سعید/Saeed پریسا/Parisa"
    stems = "احمد/ahmad کریم/karim رحیم/rahim صالح/saleh موسو/mousav نجف/najaf تهران/tehran شیراز/shiraz باقر/bagher"
    given, roots = ([word.split("/") for word in words.split()] for words in (names, stems))
    ends = [("ی", "i"), ("‌زاده", "zadeh"), ("‌پور", "pour"), ("‌نژاد", "nejad")]
    rows = []
    for person in range(people):
        g, r, e = given[rng.integers(9)], roots[rng.integers(9)], ends[rng.integers(4)]
        phone, day = (
            f"0970{rng.integers(10**7):07d}",
            pd.Timestamp("1950-01-01") + pd.Timedelta(int(rng.integers(20000)), "D"),
        )
        mail, city = f"{g[1]}.{r[1]}{rng.integers(10**4)}@example.com", rng.integers(3)
        for _ in range(1 + rng.integers(3)):
            latin = int(rng.random() < 0.4)
            name = f"{g[latin]} {r[latin]}{e[latin]}"
            town = (("تهران", "Tehran"), ("شیراز", "Shiraz"), ("رشت", "Rasht"))[city][latin]
            number = phone.replace("0970", "+98970", 1) if latin else phone
            values = ((day.strftime("%Y/%m/%d"), 0.5), (number, 0.7), (mail, 0.6), (town, 0.8))
            rows.append((person, name, *(value if rng.random() < share else None for value, share in values)))
    out = pd.DataFrame(rows, columns=["person", "name", "birth_date", "phone", "email", "city"])
    out = out.sample(frac=1, random_state=seed, ignore_index=True)
    out.insert(0, "record_id", [f"r{k:05d}" for k in range(len(out))])
    return out.drop(columns="person"), out.set_index("record_id")["person"]


@pytest.fixture(scope="module")
def scored():
    records, truth = firm_like()
    return records, truth, i.score_pairs(records)


# standard fields


@pytest.mark.parametrize(
    "spellings",
    ["محمد Mohammad Mohamed Muhammad", "حسین Hossein Hussain Hosein حسين", "فاطمه Fatemeh Fatima",
     "رضایی رضائی Rezaei Rezaee",
     "نوید Navid", "موسوی Mousavi", "کیوان كيوان Keyvan", "اصفهان Isfahan Esfahan", "خواجه Khajeh", "شیراز SHIRAZ"],
)  # fmt: skip
def test_one_name_has_one_key_in_either_script(spellings):
    names = [f"{word} احمدی" for word in spellings.split()] + ["احمدی " + spellings.split()[0]]
    keys = i.standardise_records(frame(name=names, phone=[f"0970000{k:04d}" for k in range(len(names))]))
    assert keys["name_key"].nunique() == 1


def test_different_names_keep_different_keys():
    names = ["حسن", "حسین", "محمد", "محمود", "احمد", "حمید", "مهدی", "هادی"]
    keys = i.standardise_records(frame(name=names, phone=[f"0970000{k:04d}" for k in range(8)]))["name_key"]
    assert keys.nunique() == len(names)


def test_half_space_diacritics_and_accents_do_not_matter():
    names = ["حسینی‌نژاد", "حسینینژاد", "حسينی‌نژاد", "José Muñoz", "Jose Munoz", "Jose\u0301 Mun\u0303oz"]
    keys = i.standardise_records(frame(name=names, phone=[f"0970000{k:04d}" for k in range(6)]))["name_key"]
    assert keys.nunique() == 2
    assert (keys[:3] == keys[0]).all()


PHONES = [
    "09701234567",
    "+98 970 123 4567",
    "00989701234567",
    "9701234567",
    "۰۹۷۰-۱۲۳-۴۵۶۷",
    "٠٩٧٠١٢٣٤٥٦٧",
    "989701234567",
]


def test_phones_have_one_form():
    phones = i.standardise_records(frame(phone=PHONES, name=list("abcdefg")))["phone"]
    assert set(phones) == {"09701234567"}


def test_numbers_read_as_floats_are_phones_too():
    records = frame(phone=[9701234567.0, np.nan, 9701234568.0], name=["a b", "b c", "c d"])
    phones = i.standardise_records(records)["phone"]
    assert phones[0] == "09701234567"
    assert pd.isna(phones[1])


# 12 Khordad 1365 is 2 June 1986 (both calendars' tables)
DATES = ["1365/3/12", "۱۳۶۵-۰۳-۱۲", "1986-06-02", "2.6.1986", "19860602", "٢/٦/١٩٨٦", "1986-06-02 00:00:00"]


@pytest.mark.parametrize("text", DATES)
def test_birth_dates_become_iso(text):
    records = frame(birth_date=[text, "2000-01-01"], name=["a b", "c d"])
    assert i.standardise_records(records)["birth_date"][0] == "1986-06-02"


@pytest.mark.parametrize("text", ["1365/13/40", "no date", "65/3/12", "31/31/1986", "born1986", "1986060x"])
def test_unreadable_dates_are_missing(text):
    records = frame(birth_date=[text, "2000-01-01"], name=["a b", "c d"])
    assert pd.isna(i.standardise_records(records)["birth_date"][0])


def test_rows_index_and_input_stay_and_given_and_family_names_join():
    records = frame(
        given_name=["Ali", None, "علی"], family_name=["Karimi", "x", "کریمی"], email=["A@X.ir", "b@x.ir", "-"]
    )
    records = records.set_axis([7, 3, 5])
    before = records.copy(deep=True)
    out = i.standardise_records(records)
    pd.testing.assert_frame_equal(records, before)
    assert list(out.index) == [7, 3, 5]
    assert out.loc[7, "name_key"] == out.loc[5, "name_key"]
    assert out.loc[7, "email"] == "a@x.ir"
    assert pd.isna(out.loc[5, "email"])


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), min_size=2, max_size=6))
def test_any_text_is_standardised_without_loss_of_rows(rows):
    records = frame(name=[a for a, _ in rows] + ["Ali"], address=[b for _, b in rows] + ["Main 1"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        out = i.standardise_records(records)
    assert list(out["record_id"]) == list(records["record_id"])


# bad records


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (pd.DataFrame({"name": ["a", "b"], "phone": ["1", "2"]}), "record_id"),
        (pd.DataFrame({"record_id": ["1", "1"], "name": ["a", "b"], "phone": ["1", "2"]}), "occur twice"),
        (pd.DataFrame({"record_id": ["1", None], "name": ["a", "b"], "phone": ["1", "2"]}), "missing"),
        (frame(name=["a", "b"]), "1 usable field"),
        (frame(name=[None, "-"], phone=[None, None]), "0 usable field"),
        ([1, 2], "not a pandas DataFrame"),
    ],
)
def test_records_that_cannot_be_linked_are_refused(records, words):
    with pytest.raises(DataError, match=words):
        i.standardise_records(records)


def test_a_constant_column_is_left_out_with_a_warning():
    records = frame(name=list("abcdefghijkl"), phone=[f"0970000{k:04d}" for k in range(12)], city=["Tehran"] * 12)
    with pytest.warns(UserWarning, match="'city' holds one single value"):
        out = i.standardise_records(records)
    assert "city" not in out


def test_a_record_without_any_field_is_kept_with_a_warning():
    with pytest.warns(UserWarning, match="1 record"):
        out = i.standardise_records(frame(name=["a", None, "b"], phone=["09701234567", None, "09701234568"]))
    assert len(out) == 3


# links


def brute_quality(links, truth):
    pairs = list(itertools.combinations(links.index, 2))
    found = {p for p in pairs if links[p[0]] == links[p[1]]}
    real = {p for p in pairs if truth[p[0]] == truth[p[1]]}
    return len(found & real), len(found), len(real)


def test_links_beat_exact_name_and_phone(scored):
    records, truth, pairs = scored
    again = i.score_pairs(records)
    assert again.to_csv() == pairs.to_csv()  # the same bytes from a second run
    links = i.link_records(records)
    standard = i.standardise_records(records).set_index("record_id")
    key = standard["name_key"] + standard["phone"]
    exact = key.fillna(pd.Series(standard.index, index=standard.index))
    ours, baseline = i.linkage_quality(links, truth), i.linkage_quality(exact, truth)
    assert ours["f1"] > baseline["f1"] + 0.05
    assert ours["precision"] > 0.9
    # named by the smallest record_id, in row order
    assert list(links.index) == list(records["record_id"])
    assert (links.groupby(links).apply(lambda group: group.index.min()) == links.groupby(links).first()).all()


def test_probabilities_are_nearly_calibrated(scored):
    _, truth, pairs = scored
    table = i.linkage_calibration(pairs, truth, bins=[0, 0.1, 0.9, 1])
    assert table["pairs"].sum() == len(pairs)
    assert table["observed"].iloc[0] < 0.1
    assert table["observed"].iloc[-1] > 0.95


def test_splink_says_nothing(scored, capfd):
    i.score_pairs(scored[0].head(150))
    out, err = capfd.readouterr()
    assert out == err == ""


def test_few_usable_fields_warn_and_few_records_are_linked():
    records = frame(
        name=["Ali Karimi", "علی کریمی", "Navid Rahimi"], phone=["09701234567", "+989701234567", "09707654321"]
    )
    with pytest.warns(UserWarning, match="2 usable fields"):
        links = i.link_records(records)
    assert list(links) == ["r0", "r0", "r2"]
    assert links.name == "customer_id"
    assert links.index.name == "record_id"


def test_records_parted_so_sharply_that_training_underflows_are_linked():
    # In this firm's block of phones nobody with another name and birth date is the same person: EM drives m to 0.
    made = make_firm(300, 52, 3)
    quality = i.linkage_quality(i.link_records(made.records), made.truth["records"])
    assert quality["precision"] > 0.75 and quality["recall"] > 0.85


def test_records_that_share_nothing_stay_alone():
    records = frame(name=["Ali Karimi", "Navid Rahimi"], phone=["09701234567", "09707654321"], city=["Rasht", "Yazd"])
    assert list(i.link_records(records)) == ["r0", "r1"]


def test_a_value_shared_by_all_is_counted_before_it_is_compared():
    n = 100_000
    records = frame(
        name=[f"n{k}" for k in range(n)], phone=["09701234567"] * (n - 1) + ["09701234568"], city=["a", "b"] * (n // 2)
    )
    with (
        pytest.warns(UserWarning, match="4,999,850,001 comparisons"),
        pytest.raises(DataError, match=r"Every blocking rule[\s\S]*same phone: 4,999,850,001"),
    ):
        i.score_pairs(records)


@settings(max_examples=30, deadline=None)
@given(st.text("abc01 -", max_size=14), st.text("aسé", min_size=1, max_size=14), st.sampled_from("abxس"))
def test_a_pair_with_one_slip_is_never_lost(text, other, letter):
    duckdb, dialects = pytest.importorskip("duckdb"), pytest.importorskip("splink.internals.dialects")
    starts = [(text[:k], text[k:]) for k in range(len(text) + 1)]
    slips = (
        [a + letter + b for a, b in starts] + [a + letter + b[1:] for a, b in starts] + [a + b[1:] for a, b in starts]
    )
    slips += [a + b[1::-1] + b[2:] for a, b in starts]  # two neighbours change places
    pairs = pd.DataFrame({"l": text, "r": [*slips, *(slip + "x" for slip in slips), other, other[::-1]]})
    levels = [level.create_sql(dialects.DuckDBDialect()) for made in linking._comparisons(["name_key", "phone"])
              for level in made["comparison_levels"]]  # fmt: skip
    near = [sql for sql in levels if "damerau" in sql]
    assert len(near) == 2
    for sql in near:
        name = "phone" if "phone" in sql else "name_key"
        rows = pairs.rename(columns={side: f"{name}_{side}" for side in "lr"})
        with duckdb.connect() as database:
            database.register("pairs", rows)
            got = database.sql(f"SELECT ({sql}), damerau_levenshtein({name}_l, {name}_r) <= 1 FROM pairs").fetchall()
        assert [level for level, _ in got] == [slow for _, slow in got]
        if letter != "س":  # a letter outside ASCII is several bytes to DuckDB; keys are ASCII but for odd scripts
            assert all(level for level, _ in got[: len(slips)])


def people_of_a_few_dates(n=3000):
    rng = np.random.default_rng(8)
    dates = pd.Timestamp("1980-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D")
    names = [f"{a} {b}" for a, b in zip(rng.choice(list("bdfgjkl"), n), rng.choice(["mm", "nn", "pp", "rr"], n))]
    return i.standardise_records(frame(name=names, birth_date=dates.strftime("%Y-%m-%d"), email=[
        f"{k}@example.com" for k in range(n)]))  # fmt: skip


def test_a_finer_rule_stands_in_only_above_the_limit(monkeypatch):
    monkeypatch.setattr(linking, "ENOUGH", 500)
    people = people_of_a_few_dates()
    words, month = people["name_key"].str.split(" ").map(set), people["birth_date"].str[:7]
    shared = sum(bool(words[a] & words[b]) for rows in month.groupby(month).groups.values()
                 for a, b in itertools.combinations(rows, 2))  # fmt: skip
    days = people["birth_date"].value_counts()
    by_date = int((days * (days - 1) // 2).sum())
    _, made, blocks = linking._prepare(people, 1e9)
    assert linking.FINE not in blocks and blocks["same birth date"][1] == by_date > 5000
    train = made["train_birth_date"].to_pandas().dropna()
    assert 100 < (train.value_counts() * (train.value_counts() - 1) / 2).sum() < 1000  # about 500 of them
    # Between what the month makes and what the year makes, the year alone gives way: no warning, nothing cut.
    limit = sum(size * (size - 1) / 2 for size in pd.Series(
        [(word, when) for row, when in zip(words, month) for word in row]).value_counts()) + 1  # fmt: skip
    _, made, blocks = linking._prepare(people, limit)
    assert blocks["one name part and year of birth"][1] == 0 and blocks["same birth date"][1] == by_date
    column = made[blocks[linking.FINE][0]].to_pylist()
    groups = pd.Series(column).explode().dropna()
    found = {
        pair for rows in groups.groupby(groups).groups.values() for pair in itertools.combinations(sorted(rows), 2)
    }
    assert len(found) == shared


@pytest.mark.parametrize("limit", [300, 3000])
def test_no_rule_makes_more_comparisons_than_its_limit(limit):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        _, _, blocks = linking._prepare(people_of_a_few_dates(), limit)
    assert 0 < max(count for _, count, _ in blocks.values()) <= limit
    assert all(blocks.get(rule, (None, 0))[1] == 0 for rule in linking.COARSE)


# 20 comparisons a record, at least a million; from 155,000 records on three million and 0.6 a record
@pytest.mark.parametrize(("n", "limit"), [(50, 1e6), (50_000, 1e6), (100_000, 2e6), (1_000_000, 3.6e6)])
def test_the_limit_grows_with_the_records(monkeypatch, n, limit):
    class Counted(Exception):
        pass

    def prepare(standard, most):
        assert len(standard) == n and most == pytest.approx(limit)
        raise Counted

    made = pd.DataFrame(dict.fromkeys(["record_id", "name", "phone", "email"], np.arange(n)))
    monkeypatch.setattr(linking, "standardise_records", lambda records: made)
    monkeypatch.setattr(linking, "_prepare", prepare)
    with pytest.raises(Counted):
        i.score_pairs(made)


def test_links_found_with_the_finer_rule_and_a_sample_to_learn_from_are_nearly_as_good(scored, monkeypatch):
    records, truth, _ = scored
    prepare, seen = linking._prepare, []

    def with_a_low_limit(standard, limit):
        seen.append(prepare(standard, 300))
        return seen[-1]

    full = i.linkage_quality(i.link_records(records), truth)
    monkeypatch.setattr(linking, "ENOUGH", 100)
    monkeypatch.setattr(linking, "_prepare", with_a_low_limit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # values left out of rules that are not made finer
        short = i.linkage_quality(i.link_records(records), truth)
    assert linking.FINE in seen[0][2] and {"train_phone", "train_email"} <= set(seen[0][1].column_names)
    assert short["f1"] > full["f1"] - 0.05


@pytest.mark.parametrize("threshold", [0, 1.5, "high"])
def test_a_threshold_is_a_probability(threshold):
    with pytest.raises(DataError, match="threshold"):
        i.link_records(frame(name=["a", "b"], phone=["1", "2"]), threshold=threshold)


def test_backends_are_named_and_their_absence_is_one_sentence(monkeypatch, scored):
    records = scored[0].head(30)
    with pytest.raises(DataError, match="duckdb"):
        i.score_pairs(records, backend="oracle")
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ImportError, match=r"idic-lib\[spark\]"):
        i.score_pairs(records, backend="spark")


# quality


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=14))
def test_quality_is_that_of_listed_pairs(rows):
    ids = [f"r{k}" for k in range(len(rows))]
    links, truth = (pd.Series([row[k] for row in rows], index=ids) for k in (0, 1))
    both, found, real = brute_quality(links, truth)
    got = i.linkage_quality(links, truth.sample(frac=1, random_state=1))
    assert got["precision"] == pytest.approx(both / found if found else 1)
    assert got["recall"] == pytest.approx(both / real if real else 1)


def test_quality_by_hand():
    ids = list("12345")  # found 12 | 34 | 5, true 12 | 3 | 45: one pair of two found, of two true; cluster 12 is right
    got = i.linkage_quality(pd.Series(list("aabbc"), index=ids), pd.Series([1, 1, 2, 3, 3], index=ids))
    assert got.to_dict() == pytest.approx({"precision": 0.5, "recall": 0.5, "f1": 0.5, "cluster_precision": 1 / 3,
                                           "cluster_recall": 1 / 3, "cluster_f1": 1 / 3})  # fmt: skip


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        (pd.Series([1], index=["a"]), "not of the same records"),
        ([1, 2], "not a Series"),
        (pd.Series([1, None], index=["a", "b"]), "not a Series"),
    ],
)
def test_quality_refuses_other_records(truth, words):
    with pytest.raises(DataError, match=words):
        i.linkage_quality(pd.Series(["x", "y"], index=["a", "b"]), truth)


def test_calibration_by_hand():
    truth = pd.Series([1, 1, 2, 2], index=list("abcd"))
    pairs = pd.DataFrame({"record_id_l": list("aac"), "record_id_r": list("bcd"), "match_probability": [0.9, 0.8, 0.1]})
    got = i.linkage_calibration(pairs, truth, bins=2)
    assert list(got["pairs"]) == [1, 2]
    assert list(got["predicted"]) == pytest.approx([0.1, 0.85])
    assert list(got["observed"]) == [1, 0.5]
    # Wilson for 1 of 2: centre 0.5, half width z sqrt(1/8 + z²/16) / (1 + z²/2) = 0.4055 with z = 1.96
    assert got["low"].iloc[1] == pytest.approx(0.5 - 0.4055, abs=1e-4)
    with pytest.raises(DataError, match="truth lacks records of 2"):
        i.linkage_calibration(pairs, truth.drop("d").drop("b"))


# orders


ORDERS = pd.DataFrame({
    "order_id": list("123456"), "record_id": ["r0", "r1", None, None, None, "r2"],
    "payment_token": ["x", "x", "x", "y", None, "y"], "amount": [10.0, 20, 30, 40, 50, 60], "channel": list("wwttwt"),
})  # fmt: skip
LINKS = pd.Series(["r0", "r0", "r2"], index=["r0", "r1", "r2"], name="customer_id")


def test_orders_get_customers_and_anonymous_ones_their_tokens():
    orders = i.assign_customers(ORDERS, LINKS)
    assert list(orders["customer_id"].fillna("?")) == ["r0", "r0", "?", "?", "?", "r2"]
    assert "customer_id" not in ORDERS
    got = i.recover_orders(orders)
    assert list(got["customer_id"].fillna("?")) == ["r0", "r0", "r0", "r2", "?", "r2"]
    assert list(got["recovered"]) == ["recorded", "recorded", "token", "token", "unknown", "recorded"]


def test_a_token_of_two_customers_decides_nothing():
    got = i.recover_orders(ORDERS)  # unlinked, r0 and r1 are two customers of token x
    assert list(got["recovered"])[2] == "ambiguous token"
    assert pd.isna(got["customer_id"][2])


def test_orders_of_unknown_records_are_refused():
    with pytest.raises(DataError, match="records that links does not know"):
        i.assign_customers(ORDERS, LINKS.drop("r2"))
    with pytest.raises(DataError, match="record_id"):
        i.assign_customers(ORDERS.drop(columns="record_id"), LINKS)
    with pytest.raises(DataError, match="payment_token"):
        i.recover_orders(ORDERS.drop(columns="payment_token"))


@pytest.mark.parametrize("engine", ["pandas", "polars", "lazy", "pyarrow", "duckdb"])
def test_coverage_on_every_engine(engine):
    orders = i.assign_customers(ORDERS, LINKS)
    if engine in ("polars", "lazy"):
        orders = pytest.importorskip("polars").from_pandas(orders)
        orders = orders.lazy() if engine == "lazy" else orders
    elif engine == "pyarrow":
        orders = pytest.importorskip("pyarrow").Table.from_pandas(orders)
    elif engine == "duckdb":
        orders = pytest.importorskip("duckdb").from_df(orders)
    got = i.identification_coverage(orders, "channel")
    assert isinstance(got, type(orders))
    to_pandas = {"polars": "to_pandas", "pyarrow": "to_pandas", "duckdb": "df"}.get(engine)
    got = got.collect().to_pandas() if engine == "lazy" else getattr(got, to_pandas)() if to_pandas else got
    got = got if engine == "pandas" else got.set_index("channel")
    assert list(got.index) == ["t", "w"]
    assert got["order_share"].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert got["amount_share"].tolist() == pytest.approx([60 / 130, 30 / 80])
    total = nw.from_native(i.identification_coverage(orders)).lazy().collect()
    assert total["amount_share"].to_list() == pytest.approx([90 / 210])


def test_coverage_by_a_series_and_bad_input():
    orders = i.assign_customers(ORDERS, LINKS)
    half = pd.Series(["a", "a", "a", "b", "b", "b"], name="half")
    assert i.identification_coverage(orders, half)["known_orders"].tolist() == [2, 1]
    with pytest.raises(DataError, match="index of orders"):
        i.identification_coverage(orders, half.head(3))
    with pytest.raises(DataError, match="'branch'"):
        i.identification_coverage(orders, "branch")
    with pytest.raises(DataError, match="not a dataframe"):
        i.identification_coverage([1, 2])


# payoff


def test_payoff_by_hand():
    # q = 0.6/1.2 = 0.5, S = 1 + 0.5 = 1.5; a year brings 4 × 100 × 0.5 × 0.1 = 20 against 2; 1.5 × 18 − 12 = 15
    terms = dict(order_value=100, uplift=0.1, cost=12, cost_per_year=2, retention=0.6, discount_rate=0.2, years=2)
    got = i.identification_payoff(0.5, 4, **terms)
    assert got.net_value == pytest.approx(15)
    assert got.break_even == pytest.approx((12 / 1.5 + 2) / 5)
    assert i.identification_payoff(0.5, got.break_even, **terms).net_value == pytest.approx(0)


def test_payoff_broadcasts_to_a_map():
    margins, rates = np.linspace(0, 1, 5), np.linspace(0, 12, 7)
    got = i.identification_payoff(margins[:, None], rates[None, :], order_value=300, uplift=0.1, cost=20)
    assert got.net_value.shape == (5, 7)
    assert (np.diff(got.net_value, axis=0) >= 0).all()
    assert np.isinf(got.break_even[0]).all()


@pytest.mark.parametrize(
    ("name", "value"), [("margin", 1.2), ("cost", -1), ("retention", np.nan), ("years", 0), ("years", True)]
)
def test_payoff_refuses_impossible_terms(name, value):
    terms = dict(margin=0.5, repeat_rate=4, order_value=100, uplift=0.1, cost=12) | {name: value}
    with pytest.raises(DataError, match=name):
        i.identification_payoff(**terms)


# other people's records


ENGLISH = pd.DataFrame({
    "record_id": ["a", "b", "c", "d"],
    "name": ["John Smith", "Jon Smith", "Mary O'Brien", "Smith, John"],
    "phone": ["+1 (415) 555-0199", "415-555-0199", "(212) 555 0134", "1 415 555 0199"],
    "address": ["12 Main Street", "12 Main St.", "5 Elm Ave", "12 Main St"],
    "email": ["john@example.com", None, "mary@example.com", "JOHN@example.com"],
})  # fmt: skip


def test_english_records_are_linked_whatever_their_types_and_index():
    standard = i.standardise_records(ENGLISH)
    assert list(standard["phone"]) == ["4155550199", "4155550199", "2125550134", "4155550199"]
    assert standard["address"][0] == standard["address"][1] == standard["address"][3]
    kinds = [ENGLISH.astype("category"), ENGLISH.astype(object), ENGLISH.convert_dtypes(dtype_backend="pyarrow")]
    for records in (*kinds, ENGLISH.set_axis([0, 0, 1, 1])):
        pd.testing.assert_frame_equal(i.standardise_records(records).reset_index(drop=True), standard)
    assert list(i.link_records(ENGLISH.set_axis([0, 0, 1, 1]))) == ["a", "a", "c", "a"]


# one id in the types in which files and other systems give it
@pytest.mark.parametrize("dtype", [int, float, object, "Int64", "str", "category", "int64[pyarrow]", "double[pyarrow]"])
def test_ids_are_text_without_a_trailing_zero(dtype):
    if "pyarrow" in str(dtype):
        pytest.importorskip("pyarrow")
    ids = pd.Series([1, 2, 10]).astype(dtype)
    records = pd.DataFrame({"record_id": ids, "name": list("abc"), "phone": ["4155550199", "4155550199", "2125550134"]})
    assert list(i.standardise_records(records)["record_id"]) == ["1", "2", "10"]


def test_orders_with_whole_numbers_find_records_with_text_ids():
    links, orders = pd.Series(["1", "1", "3"], index=["1", "2", "3"]), ORDERS.copy()
    for ids in ([1.0, 2, None, None, None, 3], pd.array([1, 2, None, None, None, 3], dtype="Int64")):
        got = i.assign_customers(orders.assign(record_id=ids), links)["customer_id"]
        assert list(got.fillna("?")) == ["1", "1", "?", "?", "?", "3"]
    truth = pd.Series([7, 7, 8], index=[1, 2, 3])  # a truth whose ids are numbers
    assert i.linkage_quality(links, truth)["f1"] == 1
    pairs = pd.DataFrame({"record_id_l": ["1"], "record_id_r": ["2"], "match_probability": [0.9]})
    assert i.linkage_calibration(pairs, truth)["observed"].item() == 1


def test_an_empty_text_is_nobody_and_no_token():
    orders = ORDERS.assign(record_id=["r0", "", "", None, None, "r2"], payment_token=["x", "", "", "y", None, "y"])
    assert list(i.recover_orders(orders)["recovered"]) == ["recorded", *["unknown"] * 2, "token", "unknown", "recorded"]


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (ENGLISH.head(0), "0 records have 0 usable"),
        (ENGLISH.assign(record_id=["a", "b", "", "d"]), "missing"),
        (ENGLISH.assign(record_id=["1", 1.0, 2, 3]), "occur twice"),
        (pd.concat([ENGLISH, ENGLISH["name"]], axis=1), "two columns of one name"),
        (pd.concat([ENGLISH, ENGLISH["record_id"]], axis=1), "two columns of one name"),
        (ENGLISH.set_index("record_id"), "no column 'record_id'"),
    ],
)
def test_frames_that_are_no_records_are_refused(records, words):
    with pytest.raises(DataError, match=words):
        i.link_records(records)


def test_a_field_that_nobody_can_read_is_left_out_with_a_warning():
    with pytest.warns(UserWarning, match="'birth_date': none of its 3 values"):
        out = i.standardise_records(ENGLISH.assign(birth_date=["Dec 25, 1980", "1980", None, "5/80"]))
    assert "birth_date" not in out


@pytest.mark.parametrize("seed", [-1, 1.5, "x", None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(DataError, match="seed"):
        i.score_pairs(ENGLISH, seed=seed)


def test_a_threshold_may_come_from_numpy():
    assert i.link_records(ENGLISH, threshold=np.float32(0.5)).nunique() == 2


@pytest.mark.parametrize(
    "call",
    [i.standardise_records, i.recover_orders, lambda frame: i.assign_customers(frame, LINKS),
     lambda frame: i.linkage_calibration(frame, LINKS)],
)  # fmt: skip
def test_frames_of_other_engines_are_told_what_to_do(call):
    polars = pytest.importorskip("polars")
    for frame in (polars.from_pandas(ORDERS), polars.from_pandas(ORDERS).lazy(), None):
        with pytest.raises(DataError, match="not a pandas DataFrame"):
            call(frame)


@pytest.mark.parametrize(
    "bins", [0, -1, 2.5, True, None, "x", [], [0.5], [1, 0], [0, 0.5, 0.5, 1], [0, np.nan], ["a", "b"]]
)
def test_bins_are_a_number_or_rising_edges(bins):
    pairs = pd.DataFrame({"record_id_l": ["r0"], "record_id_r": ["r1"], "match_probability": [0.9]})
    with pytest.raises(DataError, match="bins"):
        i.linkage_calibration(pairs, LINKS, bins=bins)


@pytest.mark.parametrize("value", [1.2, -0.1, np.nan, "high"])
def test_what_is_no_probability_has_no_calibration(value):
    pairs = pd.DataFrame({"record_id_l": ["r0"], "record_id_r": ["r1"], "match_probability": [value]})
    with pytest.raises(DataError, match="match_probability.*no probability"):
        i.linkage_calibration(pairs, LINKS)


@pytest.mark.parametrize(
    ("by", "words"),
    [(ORDERS["channel"].rename("orders"), "name of a column"), (["channel", "channel"], "twice"),
     ("customer_id", "name of a column"), (3, "no column 3"), (ORDERS["amount"].rename("amount"), "not numbers")],
)  # fmt: skip
def test_coverage_refuses_groups_it_cannot_name(by, words):
    with pytest.raises(DataError, match=words):
        i.identification_coverage(i.assign_customers(ORDERS, LINKS), by)


def test_coverage_takes_a_tuple_and_refuses_amounts_that_are_text():
    orders = i.assign_customers(ORDERS, LINKS)
    assert i.identification_coverage(orders, ("channel",)).loc["w", "known_orders"] == 2
    with pytest.raises(DataError, match="'amount': not numbers"):
        i.identification_coverage(orders.astype({"amount": "str"}))


@pytest.mark.parametrize("terms", [{"margin": "x"}, {"margin": [[1], [1, 1]]}, {"margin": [0.1] * 3, "cost": [1, 2]}])
def test_payoff_refuses_what_is_no_array_of_numbers(terms):
    with pytest.raises(DataError, match="fit together"):
        i.identification_payoff(**dict(margin=0.5, repeat_rate=4, order_value=100, uplift=0.1, cost=12) | terms)


@pytest.mark.parametrize("seed", [2001, 2002])
def test_records_of_which_none_belongs_to_another_stay_apart(seed):
    """Splink's EM lets the share of matches run to 0 there, and stops with a math domain error."""
    firm = make_firm(2000, 104, seed, systems=0, duplicates=0, errors="clean")
    links = i.link_records(firm.records)
    assert firm.truth["records"].is_unique and links.nunique() > 0.99 * len(links)
