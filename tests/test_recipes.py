"""`read_export` and `read_mapping`: the numbers were counted by hand in the small files of tests/data/exports."""

import re
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_orders import balanced

from idic_lib import data, recipes
from idic_lib.errors import DataError
from idic_lib.recipes import read_export, read_mapping

HERE = Path(__file__).parent / "data/exports"
# File -> layout, rows read, rows used, of those returns, rows set aside by reason; every number counted by hand.
COUNTED = {
    "shopify_orders.csv": (
        "shopify", 14, 9, 0, {"cancelled": 2, "not paid": 1, "returned in full": 1, "test order": 1}),
    "woocommerce_orders.csv": (
        "woocommerce", 11, 5, 0, {"not paid": 3, "cancelled": 1, "duplicate": 1, "returned in full": 1}),
    "woocommerce_analytics.csv": (
        "woocommerce analytics", 8, 3, 1, {"returned in full": 3, "not paid": 1, "return without its order": 1}),
    "online_retail.csv": (
        "online_retail", 18, 5, 1,
        {"adjustment": 3, "shipping or fee line": 3, "return without its order": 2, "returned in full": 2,
         "zero price": 2, "duplicate": 1}),
    "persian_shop.csv": (
        "persian_shop", 9, 4, 0, {"not paid": 2, "cancelled": 1, "returned in full": 1, "totals row": 1}),
    "persian_accounting.csv": (
        "persian_shop", 10, 4, 1,
        {"totals row": 2, "missing or unreadable date": 1, "not a sale": 1, "not paid": 1,
         "return without its order": 1}),
}  # fmt: skip


def reasons(audit):
    return dict(zip(audit.reasons["reason"], audit.reasons["rows"]))


def amounts(orders):
    return orders.groupby("order_id", sort=False)["amount"].sum().to_dict()


@pytest.mark.parametrize("name", COUNTED)
def test_every_row_of_an_export_is_accounted_for(name):
    layout, read, used, returned, aside = COUNTED[name]
    orders, audit = balanced(*read_export(HERE / name))
    assert (audit.rows_read, audit.rows_used, audit.rows_returned) == (read, used, returned)
    assert reasons(audit) == aside
    assert f"Layout: {layout}, recognised by its columns." in audit.notes


@pytest.mark.parametrize("name", COUNTED)
def test_a_named_layout_and_a_frame_give_the_same_as_the_recognised_file(name):
    orders, audit = read_export(HERE / name)
    named, _ = read_export(HERE / name, layout=COUNTED[name][0].split()[0])
    pd.testing.assert_frame_equal(orders, named)
    frame = pd.read_csv(HERE / name, dtype="str", skiprows=2 if "accounting" in name else 0)
    frame.index = np.zeros(len(frame), int)  # labels that say nothing
    before = frame.copy()
    of_frame, its_audit = read_export(frame)
    pd.testing.assert_frame_equal(orders, of_frame)
    pd.testing.assert_frame_equal(frame, before)
    assert reasons(its_audit) == reasons(audit)


def test_shopify_amounts_refunds_and_lines():
    orders, audit = read_export(HERE / "shopify_orders.csv")
    assert amounts(orders) == {
        "#1001": 50,  # 2 × 20 + 10; shipping of 5 is no sale
        "#1002": 45,  # 3 × 20 less the discount of 15
        "#1003": 60,  # 60 + 20 = 80, of whose total 100 a quarter was refunded
        "#1008": 24,  # two equal lines of a till, without a customer
        "#1009": 0,  # a free sample
        "#1010": 40,  # partially paid is a purchase
    }
    assert orders.query("order_id == '#1003'")["amount"].tolist() == [45, 15]
    first = orders.iloc[0]
    assert first["customer_id"] == "sara@example.com" and first["order_date"] == pd.Timestamp("2024-01-05 10:15")
    assert orders.query("customer_id == 'sara@example.com'")["order_id"].unique().tolist() == ["#1001", "#1003"]
    assert orders["channel"].tolist() == ["web"] * 5 + ["pos"] * 2 + ["web"] * 2
    assert audit.set_aside["reason"].to_dict() == {
        7: "returned in full", 8: "cancelled", 9: "cancelled", 10: "not paid", 11: "test order"}  # fmt: skip
    assert any("the unit is EUR, as the column 'Currency' says; it was not converted" in note for note in audit.notes)


def test_shopify_a_second_export_of_the_same_orders_is_set_aside(tmp_path):
    text = (HERE / "shopify_orders.csv").read_text()
    (tmp_path / "twice.csv").write_text(text + text.split("\n", 1)[1])
    orders, audit = balanced(*read_export(tmp_path / "twice.csv"))
    pd.testing.assert_frame_equal(orders, read_export(HERE / "shopify_orders.csv")[0])
    assert audit.rows_read == 28 and reasons(audit)["duplicate"] == 14


def test_woocommerce_amounts_refunds_guests_and_unknown_states():
    orders, audit = read_export(HERE / "woocommerce_orders.csv")
    assert amounts(orders) == {"501": 55, "502": 90, "503": 30, "509": 60, "510": 15}
    assert orders["customer_id"].tolist()[:3] == ["mina@example.com", "guest1@example.com", "mina@example.com"]
    assert orders["customer_id"].isna().tolist() == [False, False, False, True, False]
    assert any("'ready-to-ship' (1)" in note for note in audit.notes)


def test_woocommerce_a_total_that_is_repeated_on_each_line_is_counted_once():
    frame = pd.DataFrame(
        {"order_id": [1, 1, 1, 2], "order_date": "2024-03-01", "status": "wc-completed", "order_total": [90, 90, 90, 7],
         "customer_id": [5, 5, 5, 0], "item": ["a", "b", "c", "a"]}
    )  # fmt: skip
    orders, audit = balanced(*read_export(frame))
    assert orders["amount"].tolist() == [30, 30, 30, 7]
    assert orders["customer_id"].tolist()[:3] == ["5"] * 3 and audit.rows_anonymous == 1  # 0 are the guests


def test_woocommerce_analytics_refunds_are_rows_of_their_order():
    orders, audit = read_export(HERE / "woocommerce_analytics.csv")
    assert amounts(orders) == {"901": 50, "902": 60}  # 80 less 20; 903 and 905 went back, 850 is not in the file
    assert audit.columns["amount"] == "Net Sales"
    assert any("two people of one name count as one" in note for note in audit.notes)


def test_online_retail_cancellations_find_their_invoice():
    orders, audit = read_export(HERE / "online_retail.csv")
    # C600003 gives 4 tins back: 600002 (3 tins, later) is too small, so 600001 (10 tins) is lowered to 6 × 2.50.
    assert amounts(orders) == {"600001": 15 + 5, "600002": 7.5, "600006": 24}
    assert orders["quantity"].tolist() == [6, 4, 3, 2]
    rows = audit.set_aside["reason"]
    assert rows[7] == rows[8] == "return without its order"  # more pieces than any invoice; another customer
    assert rows[11] == rows[19] == "returned in full" and rows[12] == "duplicate"  # 600007 and C600014


def test_online_retail_one_invoice_is_not_given_back_twice():
    base = {"StockCode": "70001", "Description": "TIN", "UnitPrice": 2.0, "CustomerID": 1, "Country": "France"}
    rows = [("600001", 10, "2010-12-01"), ("C600002", -7, "2010-12-02"), ("C600003", -7, "2010-12-03")]
    frame = pd.DataFrame([base | dict(zip(("InvoiceNo", "Quantity", "InvoiceDate"), row)) for row in rows])
    orders, audit = balanced(*read_export(frame))
    assert orders["amount"].tolist() == [6] and reasons(audit) == {"return without its order": 1}


def test_online_retail_in_the_names_of_its_second_edition():
    frame = pd.read_csv(HERE / "online_retail.csv").rename(
        columns={"InvoiceNo": "Invoice", "UnitPrice": "Price", "CustomerID": "Customer ID"}
    )
    pd.testing.assert_frame_equal(read_export(frame)[0], read_export(HERE / "online_retail.csv")[0])


def test_persian_shop_in_toman():
    orders, audit = read_export(HERE / "persian_shop.csv")
    assert amounts(orders) == {"1001": 1_250_000, "1002": 480_000, "1005": 320_000, "1008": 45_000}
    # 5 Bahman 1402 is 25 January 2024; 29 Esfand 1402 the day before Nowruz, 19 March 2024.
    days = orders["order_date"].dt.strftime("%Y-%m-%d %H:%M").tolist()
    assert days[0] == "2024-01-25 10:15" and days[2] == "2024-03-19 21:30"
    notes = "\n".join(audit.notes)
    assert "the unit is toman, as the header 'مبلغ کل (تومان)' says; it was not converted" in notes
    assert "'تحویل پیک' (1)" in notes and "discounts was not subtracted" in notes


def test_persian_accounting_in_rial_with_returns_totals_and_purchases():
    orders, audit = read_export(HERE / "persian_accounting.csv")
    # Invoice 203 gives 2 million back of 201; invoice 205 names no invoice; 1402-12-30 is no day.
    assert amounts(orders) == {"201": 10_000_000, "202": 5_500_000, "208": 6_000_000}
    assert orders["order_date"].iloc[0] == pd.Timestamp("2023-05-21")  # 31 Ordibehesht 1402
    notes = "\n".join(audit.notes)
    assert "the unit is rial, as the header 'مبلغ کل ریال' says; it was not converted" in notes
    assert "row 3; the rows above were not read" in notes
    assert audit.set_aside["reason"].to_dict() == {
        7: "not a sale", 8: "return without its order", 9: "not paid", 10: "totals row",
        11: "missing or unreadable date", 13: "totals row"}  # fmt: skip


# Units of money --------------------------------------------------------------------------------------------------

PERSIAN = "شماره فاکتور,کد مشتری,تاریخ,{}\n1,7,1402/05/06,{}\n2,8,1402/05/07,{}\n"


@pytest.mark.parametrize(
    "header, cells, unit",
    [("مبلغ (ریال)", ("1000", "2000"), "rial"), ("مبلغ به تومان", ("1000", "2000"), "toman"),
     ("مبلغ (هزار تومان)", ("1000", "2000"), "thousand-toman"),
     ("مبلغ - میلیون ریال", ("1000", "2000"), "million-rial"),
     ("مبلغ", ("1000 ریال", "2000 ریال"), "rial"), ("مبلغ (ریال)", ("1000 ریال", "2000"), "rial")],
)  # fmt: skip
def test_a_unit_is_told_and_nothing_is_converted(tmp_path, header, cells, unit):
    (tmp_path / "a.csv").write_text(PERSIAN.format(header, *cells), encoding="utf-8")
    orders, audit = read_export(tmp_path / "a.csv")
    assert orders["amount"].tolist() == [1000, 2000]
    told = [note for note in audit.notes if "the unit is" in note]
    assert len(told) == 1 and f"the unit is {unit}, as" in told[0] and "not converted" in told[0]


@pytest.mark.parametrize(
    "header, cells", [("مبلغ (ریال)", ("1000 تومان", "2000")), ("مبلغ", ("1000 ریال", "2000 تومان"))]
)
def test_two_units_are_refused(tmp_path, header, cells):
    (tmp_path / "a.csv").write_text(PERSIAN.format(header, *cells), encoding="utf-8")
    with pytest.raises(DataError, match="two or more currencies.*rial.*toman"):
        read_export(tmp_path / "a.csv")


def test_two_columns_of_money_and_a_column_of_units_against_the_header_are_refused(tmp_path):
    text = PERSIAN.format("مبلغ (ریال),مبلغ (تومان)", "10,1", "20,2")
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="several columns fit.*ریال.*تومان"):
        read_export(tmp_path / "a.csv")
    orders, _ = read_export(tmp_path / "a.csv", columns={"amount": "مبلغ (تومان)"})
    assert orders["amount"].tolist() == [1, 2]
    (tmp_path / "a.csv").write_text(PERSIAN.format("مبلغ (ریال),ارز", "10,تومان", "20,تومان"), encoding="utf-8")
    with pytest.raises(DataError, match="two or more currencies: rial, as the header.*toman, as the column"):
        read_export(tmp_path / "a.csv")


# Plain files, customers, columns ---------------------------------------------------------------------------------


def test_other_files_are_read_as_read_orders_reads_them(tmp_path):
    text = "order_id,customer_id,order_date,amount\nA,c1,2023-05-13,5\nB,,2023-05-14,x\n,,,\nC,c1,2023-05-14,1,more\n"
    (tmp_path / "a.csv").write_text(text)
    orders, audit = balanced(*read_export(tmp_path / "a.csv"))
    plain, plain_audit = data.read_orders(tmp_path / "a.csv")
    pd.testing.assert_frame_equal(orders, plain)
    pd.testing.assert_frame_equal(audit.set_aside, plain_audit.set_aside)
    assert reasons(audit) == reasons(plain_audit) and audit.columns == plain_audit.columns
    assert audit.reasons["first_rows"].tolist() == plain_audit.reasons["first_rows"].tolist()


def test_a_file_without_a_column_of_customers_is_read_and_says_so():
    frame = pd.DataFrame({"date": ["2024-01-01", "2024-01-02"], "total": [5, 6]})
    orders, audit = balanced(*read_export(frame))
    assert audit.rows_anonymous == 2 and any("no column of customers" in note for note in audit.notes)


def test_columns_go_before_what_the_layout_knows():
    orders, audit = read_export(HERE / "woocommerce_orders.csv", columns={"customer_id": "customer_id"})
    assert orders["customer_id"].dropna().tolist() == ["7", "7"]
    assert audit.columns["customer_id"] == "customer_id" and orders["customer_id"].isna().sum() == 3
    orders, audit = read_export(
        HERE / "shopify_orders.csv", columns={"customer_id": None, "product_id": "Lineitem sku"}
    )
    assert audit.rows_anonymous == 9 and audit.columns["product_id"] == "Lineitem sku"


def test_the_end_and_the_calendar_are_handed_over():
    _, audit = read_export(HERE / "persian_shop.csv", end="1402/12/29")
    assert reasons(audit)["date after end"] == 1  # order 1008, of Farvardin 1403
    with pytest.raises(DataError, match="no usable order: all 9"):
        read_export(HERE / "persian_shop.csv", calendar="gregorian")


def test_no_usable_order_is_one_error_with_the_audit():
    frame = pd.read_csv(HERE / "woocommerce_orders.csv").assign(status="cancelled")
    with pytest.raises(DataError, match=r"all 11 row\(s\) are set aside \(cancelled: 10; duplicate: 1\)") as caught:
        read_export(frame)
    assert caught.value.audit.rows_set_aside == 11 and caught.value.audit.rows_used == 0


@pytest.mark.parametrize(
    "options, says",
    [({"layout": "magento"}, "layout='magento'"), ({"layout": "shopify"}, "columns of the layout 'shopify'"),
     ({"calendar": "lunar"}, "calendar='lunar'"), ({"columns": {"sum": "x"}}, "unknown key"),
     ({"columns": {"amount": "nowhere"}}, "nowhere")],
)  # fmt: skip
def test_bad_arguments_are_refused(options, says):
    with pytest.raises(DataError, match=says):
        read_export(HERE / "persian_shop.csv", **options)


# Databases -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path):
    """A database with two tables: 3 orders, of which one is of a customer without a number."""
    path = tmp_path / "فروشگاه من.sqlite"
    base = sqlite3.connect(path)
    base.executescript(
        "CREATE TABLE sale (id INTEGER, buyer TEXT, day TEXT, paid REAL);"
        "INSERT INTO sale VALUES (1, '007', '2024-01-01', 10), (2, '007', '2024-02-01', 20);"
        "INSERT INTO sale VALUES (3, NULL, '2024-02-02', 5);"
        "CREATE TABLE buyer (id TEXT, city TEXT);"
    )
    base.commit()
    base.close()
    return path


QUERY = "SELECT id AS order_id, buyer AS customer_id, day AS order_date, paid AS amount FROM sale"


def test_an_sqlite_database_is_read_by_a_query_and_not_written(shop):
    orders, audit = balanced(*read_export(shop, query=QUERY))
    assert orders["customer_id"].tolist()[:2] == ["007", "007"] and orders["amount"].tolist() == [10, 20, 5]
    assert audit.rows_anonymous == 1 and any("Read by SQL: SELECT id" in note for note in audit.notes)
    before = shop.read_bytes()
    for query in ("DELETE FROM sale", "SELECT nothing FROM sale", QUERY + "; DROP TABLE sale"):
        with pytest.raises(DataError, match="the query cannot be run"):
            read_export(shop, query=query)
    assert shop.read_bytes() == before


def test_a_database_of_one_table_needs_no_query(shop):
    with pytest.raises(DataError, match=r"holds 2 tables: \['sale', 'buyer'\](?s:.*)query="):
        read_export(shop)
    base = sqlite3.connect(shop)
    base.executescript("DROP TABLE buyer")
    base.close()
    columns = {"order_id": "id", "customer_id": "buyer", "order_date": "day", "amount": "paid"}
    assert len(read_export(shop, columns=columns)[0]) == 3


def test_duckdb_files_and_queries_of_plain_files(tmp_path):
    import duckdb

    base = duckdb.connect(str(tmp_path / "a.duckdb"))
    base.execute("CREATE TABLE t AS SELECT '007' AS customer_id, DATE '2024-01-01' AS order_date, 5.50 AS amount")
    base.close()
    orders, audit = balanced(*read_export(tmp_path / "a.duckdb"))
    assert orders.iloc[0].tolist()[1:] == ["007", pd.Timestamp("2024-01-01"), 5.5]
    with pytest.raises(DataError, match="the query cannot be run"):
        read_export(tmp_path / "a.duckdb", query="DROP TABLE t")
    text = "Report\ncustomer_id;order_date;amount\n007;2024-01-01;5,50\n008;2024-01-02;6,50\n"
    (tmp_path / "a.csv").write_text(text)
    orders, _ = read_export(tmp_path / "a.csv", query="SELECT * FROM orders WHERE customer_id <> '008'")
    assert orders["customer_id"].tolist() == ["007"] and orders["amount"].tolist() == [5.5]
    with pytest.raises(DataError, match="the query cannot be run"):
        read_export(tmp_path / "a.csv", query=f"COPY orders TO '{tmp_path / 'stolen.csv'}'")
    assert not (tmp_path / "stolen.csv").exists()
    relation = duckdb.sql("SELECT 'c' AS customer_id, DATE '2024-01-01' AS order_date, 1.0 AS amount")
    assert len(read_export(relation)[0]) == 1


def test_a_file_that_is_no_database_is_one_error(tmp_path):
    for name in ("a.sqlite", "a.duckdb"):
        (tmp_path / name).write_text("no database at all " * 100)
        with pytest.raises(DataError, match="the query cannot be run"):
            read_export(tmp_path / name)
    with pytest.raises(DataError, match="does not exist"):
        read_export(tmp_path / "none.db")


def test_a_connection_of_sqlalchemy(shop):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(f"sqlite:///{shop}")
    assert len(read_export(engine, query=QUERY)[0]) == 3
    with pytest.raises(DataError, match="cannot be read from a Engine"):
        read_export(engine)
    engine.dispose()


# Mapping files ---------------------------------------------------------------------------------------------------

MAPPING = """\ufeff# نگاشت ستون‌ها
columns:
  order_date: تاریخ ثبت
  amount: "مبلغ: نهایی"
  customer_id:
layout: persian_shop
calendar: jalali
date_order: dmy
end: 1402-02-31
currency: تومان
query: SELECT * FROM orders
time_unit: W
horizon: 12
discount_rate: 0.25
margin: 0.3
"""


def test_a_mapping_file_with_every_key(tmp_path):
    (tmp_path / "نگاشت.yml").write_text(MAPPING, encoding="utf-8")
    assert read_mapping(tmp_path / "نگاشت.yml") == {
        "columns": {"order_date": "تاریخ ثبت", "amount": "مبلغ: نهایی", "customer_id": None},
        "layout": "persian_shop", "calendar": "jalali", "date_order": "dmy", "end": "1402-02-31", "currency": "تومان",
        "query": "SELECT * FROM orders", "time_unit": "W", "horizon": 12, "discount_rate": 0.25, "margin": 0.3,
    }  # fmt: skip
    (tmp_path / "empty.yml").write_text("# nothing yet\n")
    assert read_mapping(tmp_path / "empty.yml") == {}


@pytest.mark.parametrize(
    "text, says",
    [("colums:\n  a: b\n", r"unknown key\(s\) \['colums'\](?s:.*)columns, layout"), ("- a\n- b\n", "is no mapping"),
     ("columns: Date\n", "columns: 'Date'(?s:.*)indented"), ("columns:\n  day: Date\n", r"unknown key\(s\) \['day'\]"),
     ("layout: magento\n", "layout: 'magento'(?s:.*)shopify"), ("calendar: lunar\n", "calendar(?s:.*)jalali"),
     ("date_order: ymd\n", "dmy, mdy"), ("currency: 5\n", "currency: 5(?s:.*)a text"),
     ("horizon: a year\n", "horizon(?s:.*)number from 1 to 120"), ("horizon: true\n", "horizon: True"),
     ("discount_rate: 10\n", "discount_rate: 10(?s:.*)0 to 0.99"), ("margin: 0\n", "margin: 0(?s:.*)0.001 to 1"),
     ("time_unit: week\n", "D, W, M, Y"), ("end: [1]\n", "end(?s:.*)a text"), ("currency: ''\n", "currency"),
     ("a: b: c\n", "is not YAML"), ("columns: {a\n", "is not YAML"),
     ("end: !!python/object:os.system x\n", "not YAML")],
)  # fmt: skip
def test_a_wrong_mapping_file_is_one_error_that_names_the_key(tmp_path, text, says):
    (tmp_path / "m.yml").write_text(text)
    with pytest.raises(DataError, match=says):
        read_mapping(tmp_path / "m.yml")


def test_a_mapping_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_mapping(tmp_path / "none.yml")
    (tmp_path / "m.yml").write_bytes("currency: تومان".encode("cp1256"))
    with pytest.raises(DataError, match="is not YAML in UTF-8"):
        read_mapping(tmp_path / "m.yml")


def test_a_mapping_goes_into_read_export(tmp_path):
    (tmp_path / "m.yml").write_text("columns:\n  customer_id: نام مشتری\nend: 1402/12/29\n", encoding="utf-8")
    orders, _ = read_export(HERE / "persian_shop.csv", **read_mapping(tmp_path / "m.yml"))
    assert orders["order_id"].tolist() == ["1001", "1002", "1005"]


def test_the_tables_of_the_recipes_fit_the_contract():
    for spec in recipes._KNOWN["layouts"].values():
        assert set(spec["need"]) <= set(spec["columns"])
        known = [key for keys in spec["columns"].values() for key in keys]
        assert len(known) == len(set(known)) and all(recipes._key(key) == key for key in known)


# The page for readers --------------------------------------------------------------------------------------------

PAGE = (Path(__file__).parent.parent / "YOUR_DATA.md").read_text(encoding="utf-8")


def test_the_code_of_the_page_runs_and_its_mapping_has_every_key(tmp_path, monkeypatch, shop, capsys):
    blocks = re.findall(r"^```(\S*)( no-test)?\n(.*?)^```", PAGE, flags=re.M | re.S)
    (mapping,) = [body for kind, _, body in blocks if kind == "yaml"]
    monkeypatch.chdir(tmp_path)
    Path("mapping.yml").write_text(mapping, encoding="utf-8")
    assert set(read_mapping("mapping.yml")) == set(recipes._KEYS)
    Path("my orders.csv").write_text("customer_id,order_date,amount\nc1,2023-05-13,5\nc1,2024-02-01,6\n")
    shop.rename("shop.sqlite")
    code = [body for kind, skip, body in blocks if kind == "python" and not skip]
    assert len(code) == 3
    names = {}
    for body, rows in zip(code, (2, 1, 3)):
        exec(body, names)
        assert len(names["orders"]) == rows
    assert "2 rows read = 2 used + 0 set aside" in capsys.readouterr().out


def test_the_mapping_of_the_page_reads_the_file_that_it_describes(tmp_path):
    frame = pd.DataFrame(
        {"شماره فاکتور": ["۱", "۲", "۳"], "کد اشتراک": ["۷", "۷", "۸"], "شعبه": ["شیراز", "شیراز", "تهران"],
         "تاریخ ثبت": ["۰۵/۰۶/۱۴۰۲", "۰۶/۰۶/۱۴۰۲", "۰۷/۰۶/۱۴۰۲"], "مبلغ نهایی (تومان)": ["۱۰٬۰۰۰", "۲۰٬۰۰۰", "۵"],
         "گروه کالا": ["چای", "کتاب", "چای"]}
    )  # fmt: skip
    frame.to_excel(tmp_path / "فروش.xlsx", index=False)
    (tmp_path / "m.yml").write_text(re.search(r"```yaml\n(.*?)```", PAGE, flags=re.S)[1], encoding="utf-8")
    reading = ("columns", "layout", "calendar", "date_order", "end", "query")
    mapping = {key: value for key, value in read_mapping(tmp_path / "m.yml").items() if key in reading}
    orders, audit = balanced(*read_export(tmp_path / "فروش.xlsx", **mapping))
    assert orders["amount"].tolist() == [10_000, 20_000] and orders["category"].tolist() == ["چای", "کتاب"]
    assert orders["order_date"].iloc[0] == pd.Timestamp("2023-08-27")  # 5 Shahrivar 1402
    assert any("the unit is toman" in note for note in audit.notes)


def test_the_page_names_every_layout_reason_and_key():
    for layout in recipes._LAYOUTS[1:]:
        assert f"`{layout}`" in PAGE or f"{layout}," in PAGE
    said = {reason for *_, aside in COUNTED.values() for reason in aside}
    assert {reason for reason in said if reason not in PAGE.replace("\n", " ")} == set()


# -- who the customer is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["email", "Customer Email", "phone", "Mobile Number", "ایمیل", "شماره موبایل", "card"])
def test_a_way_to_reach_a_customer_tells_customers_apart(name):
    frame = pd.DataFrame({name: ["Sara@x.ir", "sara@x.ir ", None], "order_date": "2024-01-05", "amount": [5, 6, 7]})
    orders, audit = read_export(frame, layout="plain")
    assert orders["customer_id"].dropna().tolist() == ["sara@x.ir"] * 2 and audit.rows_anonymous == 1
    assert any(f"{name!r} is the only column that tells customers apart" in note for note in audit.notes)
    assert list(frame[name])[:2] == ["Sara@x.ir", "sara@x.ir "]
    told = read_export(frame, columns={"customer_id": None})[0]  # whoever says that there is none is believed
    assert told["customer_id"].isna().all()
    both = frame.assign(customer_id=["7", "7", "8"])
    assert read_export(both)[0]["customer_id"].tolist() == ["7", "7", "8"]


def test_of_several_ways_the_mail_goes_first_and_two_alike_are_not_guessed():
    frame = pd.DataFrame({"phone": ["1", "2"], "email": ["a@x", "b@x"], "order_date": "2024-01-05", "amount": [5, 6]})
    assert read_export(frame)[0]["customer_id"].tolist() == ["a@x", "b@x"]
    frame = frame.set_axis(["email", "E-Mail", "order_date", "amount"], axis=1)
    orders, audit = read_export(frame)
    assert orders["customer_id"].isna().all() and any("no column of customers" in note for note in audit.notes)


@pytest.mark.parametrize("word", ["Guest", "walk-in", "مشتری متفرقه", "نقدی", "WALK IN CUSTOMER"])
def test_a_word_for_nobody_is_no_customer(word):
    ids = ["c1", word, "c2", word, word]
    frame = pd.DataFrame({"customer_id": ids, "order_date": "2024-01-05", "amount": range(1, 6)})
    orders, audit = read_export(frame)
    assert orders["customer_id"].isna().tolist() == [False, True, False, True, True] and audit.rows_anonymous == 3
    assert orders["amount"].sum() == 15 and frame["customer_id"].tolist() == ids
    assert any(f"3 row(s) say {word!r}" in note and "count as unknown" in note for note in audit.notes)
