"""Files as people have them: each ends in a report that says what it left out, or in one clear error."""

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
import pandas as pd
import pytest

from idic_lib.errors import DataError
from idic_lib.recipes import read_export

HEAD = "order_id,customer_id,order_date,amount\n"


def shop(customers=60, orders=4, seed=3, first="2023-01-02"):
    """An ordinary small shop: `customers` people who buy up to `orders` times in about a year."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), rng.integers(1, orders + 1, customers))
    day = pd.Timestamp(first) + pd.to_timedelta(rng.integers(0, 360, len(who)), unit="D")
    frame = pd.DataFrame({"customer_id": [f"c{i:03}" for i in who], "order_date": day})
    frame = frame.sort_values("order_date", ignore_index=True)
    frame.insert(0, "order_id", [f"A{i}" for i in range(len(frame))])
    return frame.assign(
        order_date=frame["order_date"].dt.strftime("%Y-%m-%d"), amount=rng.integers(500, 9000, len(frame)) / 100
    )


SHOP = shop()
N = len(SHOP)


def csv(frame=SHOP, **options):
    return frame.to_csv(index=False, **options)


def xlsx(*sheets, **options):
    """A workbook of sheets, each a list of rows."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for at, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet{at + 1}")
        for row in rows:
            sheet.append(list(row))
        for cells in options.get("merge", ()):
            sheet.merge_cells(cells)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def rows(frame=SHOP):
    return [list(frame.columns), *frame.astype(object).values.tolist()]


def png():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def zipped():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("orders.csv", csv())
    return data.getvalue()


def jalali(frame):
    from persiantools.jdatetime import JalaliDate

    days = pd.to_datetime(frame["order_date"])
    return frame.assign(order_date=[JalaliDate(day.date()).isoformat().replace("-", "/") for day in days])


def wide():
    return pd.concat([SHOP, pd.DataFrame(0, SHOP.index, [f"x{i}" for i in range(200)])], axis=1)


persian = str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫")
slashes = pd.to_datetime(SHOP["order_date"]).dt.strftime("%d/%m/%Y")
big = [f"{912345600000 + i}" for i in range(N)]
total = SHOP["amount"].sum()
people = "Sara Karimi " + SHOP["customer_id"]
future = SHOP.assign(order_date=np.where(np.arange(N) < 3, "2099-01-01", SHOP["order_date"]))

# Name of the file -> its content, options of reading, rows used, what the notes or the reasons must say.
READ = {
    "bom semicolon decimal comma.csv": (
        b"\xef\xbb\xbf" + csv(sep=";", decimal=",").encode(), {}, N, "',' as decimal mark"),
    "cp1256.csv": (
        csv(SHOP.set_axis(["شماره فاکتور", "مشتري", "تاريخ", "مبلغ"], axis=1).assign(مشتري="رضا")).encode("cp1256"), {},
        N, "Read as cp1256"),
    "utf-16 with tabs.csv": (csv(sep="\t").encode("utf-16"), {}, N, "Orders from"),
    "merged title rows.xlsx": (
        xlsx([["Sales of the year"], ["printed on 2024-01-02"], *rows()], merge=["A1:D1", "A2:D2"]), {}, N, "row 3"),
    "totals row.csv": (csv() + f"Total,,,{total:.2f}\n", {}, N, "totals row: 1"),
    "totals row in Persian.csv": (csv() + f"جمع کل:,,,{total:.2f}\n", {}, N, "totals row: 1"),
    "two date formats.csv": (
        csv(SHOP.assign(order_date=np.where(np.arange(N) % 2, SHOP["order_date"], slashes))), {}, N,
        "the day stands first"),
    "dates as text.xlsx": (xlsx(rows(SHOP.assign(order_date=slashes))), {}, N, "the day stands first"),
    "several sheets.xlsx": (
        xlsx([["About"], ["nothing"]], rows(), [["Products"], ["tea"]]), {}, N, "Sheet 'Sheet2' was read"),
    "names instead of ids.csv": (
        csv(SHOP.rename(columns={"customer_id": "Customer"}).assign(Customer=people)), {}, N, "'Customer'"),
    "e-mails as ids.csv": (csv(SHOP.assign(customer_id=SHOP["customer_id"] + "@example.com")), {}, N, "customer_id"),
    "no customer in any row.csv": (csv(SHOP.assign(customer_id="")), {}, N, f"{N} without a customer"),
    "no column of customers.csv": (csv(SHOP.drop(columns="customer_id")), {}, N, "no column of customers is read"),
    "one purchase each.csv": (csv(SHOP.drop_duplicates("customer_id")), {}, 60, "Orders from"),
    "ids of twelve digits as numbers.xlsx": (
        xlsx(rows(SHOP.assign(customer_id=[float(i) for i in big]))), {}, N, "Orders from"),
    "thousands separators.csv": (
        csv(SHOP.assign(amount=[f"{a * 1000:,.0f}" for a in SHOP["amount"]])), {}, N, "',' was read as thousands mark"),
    "currency signs in cells.csv": (
        csv(SHOP.assign(amount=[f"€ {a}" for a in SHOP["amount"]])), {}, N, "the unit is EUR"),
    "rial in the header.csv": (
        csv(jalali(SHOP).set_axis(["شماره فاکتور", "کد مشتری", "تاریخ", "مبلغ (ریال)"], axis=1)).translate(persian),
        {}, N, "the unit is rial, as the header"),
    "exported twice.csv": (csv() + csv().split("\n", 1)[1], {}, N, f"duplicate: {N}"),
    "future dates.csv": (csv(future), {}, N, "3 row(s) are dated after today"),
    "future dates with an end.csv": (csv(future), {"end": "2024-06-30"}, N - 3, "date after end: 3"),
    "three rows.csv": (csv(SHOP.head(3)), {}, 3, "Orders from"),
    "quoted line breaks.csv": (csv(SHOP.assign(note='he said "no",\nand left')), {}, N, "Columns not used: 'note'"),
    "200 columns.csv": (csv(wide()), {}, N, "Columns not used"),
    "فروش سال ۱۴۰۲ با فاصله.csv": (csv(), {}, N, "Orders from"),
    "both calendars with one chosen.csv": (
        csv(pd.concat([SHOP.head(5), jalali(SHOP.tail(N - 5))])), {"calendar": "jalali"}, N - 5, "unreadable date: 5"),
    "returns and a gift.csv": (
        csv() + "A0,{1},{2},-0.01\nZ9,c001,2023-05-05,-7\nZ8,c001,2023-05-06,0\n".format(*SHOP.iloc[0]), {}, N + 2,
        "return without its order: 1"),
}  # fmt: skip

# Name of the file -> its content, what the one error must say.
REFUSED = {
    "both calendars.csv": (csv(pd.concat([SHOP.head(5), jalali(SHOP.tail(5))])), "Jalali and Gregorian"),
    "day or month.csv": (csv(SHOP.head(20).assign(order_date="03/04/2023")), 'date_order="dmy"'),
    "swapped.csv": (HEAD + "A,c,13/02/2023,1\nB,c,02/13/2023,1\n", "swapped"),
    "negative only.csv": (csv(SHOP.assign(amount=-SHOP["amount"])), f"return without its order: {N}"),
    "refunds only.csv": (HEAD + "A,c,2023-05-01,5\nA,c,2023-05-02,-5\n", "returned in full: 2"),
    "ids as powers.csv": (csv(SHOP.assign(customer_id="1.23E+11")), "scientific notation"),
    "ids as powers.xlsx": (xlsx(rows(SHOP.assign(customer_id="1.23E+11"))), "scientific notation"),
    "two currencies.csv": (csv(SHOP.assign(amount=np.where(np.arange(N) % 2, "5 $", "5 €"))), "two or more currencies"),
    "empty.csv": (b"", "is empty"),
    "empty.xlsx": (xlsx([]), "is empty"),
    "header only.csv": (HEAD, "no row stands under"),
    "customers.csv": ("customer_id,name,city,joined\nc1,Sara,Shiraz,2020-01-01\n", "columns not found"),
    "pivot.csv": ("customer_id,Jan 2023,Feb 2023,Mar 2023\nc1,5,0,7\nc2,0,0,9\n", "columns not found"),
    "old.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "cannot be read as .xlsx"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unknown kind"),
    "archive.zip": (zipped(), "unknown kind"),
    "archive.csv": (zipped(), "not text but a workbook"),
    "packed.csv.gz": (gzip.compress(csv().encode()), "unknown kind"),
    "page.xls": ("<html><table><tr><td>order_id</td></tr></table></html>", "unknown kind"),
    "page.xlsx": ("<html><table><tr><td>order_id</td></tr></table></html>", "cannot be read as .xlsx"),
    "photo.png": (png(), "unknown kind"),
    "photo.csv": (png(), "NUL|damaged|columns not found|not a table"),
    "holes.csv": ((csv() + "A,c\0,2023-01-01,5\n").encode(), "NUL bytes"),
    "two sheets of orders.xlsx": (xlsx(rows(SHOP.head(9)), rows(SHOP.tail(9))), "2 sheets of orders"),
    "all after the end.csv": (csv(), "date after end", {"end": "2001-01-01"}),
}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / name

    return write


def said(audit):
    """All that the audit tells a reader, in one text."""
    reasons = [f"{row.reason}: {row.rows}" for row in audit.reasons.itertuples()]
    return "\n".join([*audit.notes, *reasons, f"{audit.rows_anonymous} without a customer", str(audit.columns)])


@pytest.mark.parametrize("name", READ)
def test_an_awkward_file_is_read_and_tells_what_was_left_out(write, name):
    content, options, used, says = READ[name]
    orders, audit = read_export(write(name, content), **options)
    assert audit.rows_read == audit.rows_used + audit.rows_set_aside
    assert audit.rows_set_aside == audit.reasons["rows"].sum() == len(audit.set_aside)
    assert audit.rows_used == used and len(orders) == used - audit.rows_returned
    assert says in said(audit)


def test_amounts_and_ids_of_the_awkward_files_are_those_of_the_shop(write):
    for name in ("bom semicolon decimal comma.csv", "utf-16 with tabs.csv", "totals row.csv", "two date formats.csv",
                 "rial in the header.csv", "currency signs in cells.csv", "several sheets.xlsx", "exported twice.csv",
                 ):  # fmt: skip
        orders, _ = read_export(write(name, READ[name][0]))
        assert orders["amount"].tolist() == SHOP["amount"].tolist(), name
        assert orders["order_date"].tolist() == pd.to_datetime(SHOP["order_date"]).tolist(), name
        if name != "rial in the header.csv":
            assert orders["customer_id"].tolist() == SHOP["customer_id"].tolist(), name
    orders, _ = read_export(write("ids.xlsx", READ["ids of twelve digits as numbers.xlsx"][0]))
    assert orders["customer_id"].tolist() == big
    orders, _ = read_export(write("a.csv", READ["thousands separators.csv"][0]))
    assert orders["amount"].tolist() == [round(a * 1000) for a in SHOP["amount"]]


@pytest.mark.parametrize("name", REFUSED)
def test_an_awkward_file_is_refused_in_one_error(write, name):
    content, says, *options = REFUSED[name]
    with pytest.raises(DataError, match=says) as caught:
        read_export(write(name, content), **(options[0] if options else {}))
    assert len(str(caught.value)) < 3000


# The same files through the analysis behind the report -----------------------------------------------------------


@pytest.mark.parametrize("name", READ)
def test_an_awkward_file_ends_in_a_report(write, name):
    report = pytest.importorskip("idic_lib.report")
    content, options, used, says = READ[name]
    analysis = report.analyse(write(name, content), **options)
    assert analysis.audit.rows_used == used and says in said(analysis.audit)
    assert len(analysis.first_page) and isinstance(analysis.methods, str)
    left_out = " ".join(analysis.omissions + analysis.cautions)
    if name in ("one purchase each.csv", "three rows.csv", "no column of customers.csv", "no customer in any row.csv"):
        assert analysis.omissions and not analysis.has("model"), left_out
    text = analysis.first_page.to_csv() + left_out + analysis.methods
    assert "@example.com" not in text and "Sara Karimi" not in text
    for title, table in analysis.tables.items():
        if title != "customer_numbers":  # the one that is kept apart
            assert "@example.com" not in table.to_csv() and "Sara Karimi" not in table.to_csv(), title


@pytest.mark.parametrize("name", REFUSED)
def test_an_awkward_file_is_refused_before_any_computing(write, name, monkeypatch):
    report = pytest.importorskip("idic_lib.report")
    content, says, *options = REFUSED[name]

    def computing(*args, **kwargs):
        raise AssertionError("the analysis began")

    from idic_lib import differentiate, lifetime_value

    monkeypatch.setattr(differentiate, "purchase_history", computing)
    monkeypatch.setattr(lifetime_value, "BGNBD", computing, raising=False)
    with pytest.raises(DataError, match=says):
        report.analyse(write(name, content), **(options[0] if options else {}))
