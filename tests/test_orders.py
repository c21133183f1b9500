"""`read_orders`: odd and bad files end in a right answer or one clear DataError, and every row is accounted for."""

import datetime as dt
import io
import re
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from idic_lib import data
from idic_lib.errors import DataError
from idic_lib.orders import OrdersAudit, cells, files

read_orders = data.read_orders
HEAD = "order_id,customer_id,order_date,amount\n"
A1 = [("A1", "c1", "2023-05-13", 12.5)]
BIG = "x" * 1_000_000


def rows_of(orders):
    """Orders as plain tuples; the time only where there is one."""
    dates = orders["order_date"].map(lambda t: t.isoformat().removesuffix("T00:00:00"))
    customers = [None if pd.isna(c) else c for c in orders["customer_id"]]
    return list(zip(orders["order_id"], customers, dates, orders["amount"]))


def balanced(orders, audit):
    """What must hold for every answer."""
    assert audit.rows_read == audit.rows_used + audit.rows_set_aside
    assert audit.rows_set_aside == len(audit.set_aside) == audit.reasons["rows"].sum()
    assert len(orders) == audit.rows_used - audit.rows_returned
    assert audit.rows_anonymous == orders["customer_id"].isna().sum()
    assert orders.columns[:4].tolist() == ["order_id", "customer_id", "order_date", "amount"]
    assert orders["order_date"].dtype == "datetime64[us]" and orders["amount"].dtype == "float64"
    assert np.isfinite(orders["amount"]).all() and (orders["amount"] >= 0).all()
    assert not np.signbit(orders["amount"]).any() and orders["order_date"].notna().all()
    assert orders["order_id"].notna().all() and isinstance(orders.index, pd.RangeIndex)
    return orders, audit


@pytest.fixture
def read(tmp_path):
    """Write text or bytes to a file and read it."""

    def read(content, name="orders.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return balanced(*read_orders(path, **options))

    return read


# Files that have one right answer --------------------------------------------------------------------------------

GREGORIAN, JALALI = "2023-05-13", "1402-02-23"  # the same day; Jalali dates below are from the official calendar
RIGHT = {
    "plain": (HEAD + "A1,c1,2023-05-13,12.5\n", {}, A1),
    "one order only, no line end": (HEAD + "A1,c1,2023-05-13,12.5", {}, A1),
    "byte order mark": (b"\xef\xbb\xbf" + (HEAD + "A1,c1,2023-05-13,12.5\n").encode(), {}, A1),
    "UTF-16": ((HEAD + "A1,c1,2023-05-13,12.5\n").encode("utf-16"), {}, A1),
    "UTF-16 little without a mark": ((HEAD + "A1,c1,2023-05-13,12.5\n").encode("utf-16-le"), {}, A1),
    "UTF-16 big without a mark": ((HEAD + "A1,c1,2023-05-13,12.5\n").encode("utf-16-be"), {}, A1),
    "Windows line ends": ((HEAD + "A1,c1,2023-05-13,12.5\n").replace("\n", "\r\n"), {}, A1),
    "old Mac line ends": ((HEAD + "A1,c1,2023-05-13,12.5\n").replace("\n", "\r"), {}, A1),
    "semicolons and a decimal comma": ("order_id;customer_id;order_date;amount\nA1;c1;2023-05-13;12,5\n", {}, A1),
    "tabs": ("order_id\tcustomer_id\torder_date\tamount\nA1\tc1\t2023-05-13\t12.5\n", {}, A1),
    "Excel's line for the separator": (
        "sep=;\norder_id;customer_id;order_date;amount\nA1;c1;2023-05-13;12,5\n", {}, A1),
    "title rows above the names": ("Sales report 2023\n\n" + HEAD + "A1,c1,2023-05-13,12.5\n", {}, A1),
    "title that is longer than the names": ("a,b,c,d,e,f,g\n" + HEAD + "A1,c1,2023-05-13,12.5\n", {}, A1),
    "a comma after every line": (HEAD.strip() + ",\nA1,c1,2023-05-13,12.5,\n", {}, A1),
    "a comma after every row but the names": (HEAD + "A1,c1,2023-05-13,12.5,\n", {}, A1),
    "blank lines at the end": (HEAD + "A1,c1,2023-05-13,12.5\n\n\n,,,\n", {}, A1),
    "spaces around everything": ("order_id , customer_id,order_date, amount\n A1 ,c1 , 2023-05-13 , 12.5 \n", {}, A1),
    "quoted cells with a line end inside": (
        'note,order_id,customer_id,order_date,amount\n"a ""b"",\nc",A1,c1,2023-05-13,12.5\n', {}, A1),
    "names in other words": ("Invoice No,CUSTOMER ID,InvoiceDate,Total Amount\nA1,c1,2023-05-13,12.5\n", {}, A1),
    "unit in the name": ("Order ID,Customer ID,Date,Total (USD)\nA1,c1,2023-05-13,12.5\n", {}, A1),
    "exact name beats another": ("customer,Customer ID,order_id,date,total\nAli,c1,A1,2023-05-13,12.5\n", {}, A1),
    "columns= wins": (
        "order_id,customer_id,date,amount,net\nA1,c1,2023-05-13,99,12.5\n", {"columns": {"amount": "net"}}, A1),
    "columns= takes a column away from another meaning": (
        "invoice,customer,date,qty,total\nA1,c1,2023-05-13,5,2.5\n", {"columns": {"unit_price": "total"}}, A1),
    "columns= in the file's own words": (
        "Bon,Kunde,Tag,Summe\nA1,c1,2023-05-13,12.5\n",
        {"columns": {"order_id": "Bon", "customer_id": "Kunde", "order_date": "Tag", "amount": "Summe"}}, A1),
    "twin names of a column that is not needed": (
        "x,x,order_id,customer_id,order_date,amount\n1,2,A1,c1,2023-05-13,12.5\n", {}, A1),
    "quantity times price": (
        "order_id,customer_id,order_date,quantity,price\nA1,c1,2023-05-13,5,2.5\n", {}, A1),
    "Persian names, digits, date and marks": (
        "شماره فاکتور,کد مشتری,تاریخ,مبلغ\nA1,c1,۱۴۰۲/۰۲/۲۳,۱۲٫۵\n", {}, A1),
    "Arabic letters in Persian names": ("كد مشتري,تاريخ,مبلغ\nc1,1402/2/23,12.5\n", {}, [("1", *A1[0][1:])]),
    "zero-width joiner in a name": ("شماره\u200cمشتری,تاریخ,مبلغ\nc1,1402/2/23,12.5\n", {}, [("1", *A1[0][1:])]),
    "Arabic digits": (HEAD + "A1,c1,٢٠٢٣-٠٥-١٣,١٢٫٥\n", {}, A1),
    "cp1256": ("شماره فاکتور,کد مشتري,تاريخ,مبلغ\nA1,c1,1402/02/23,12.5\n".replace("ی", "ي").encode("cp1256"), {}, A1),
    "cp1256 in the cells only": (
        (HEAD + "A1,c1,2023-05-13,12.5\nA2,رضا,2023-05-13,1\n").encode("cp1256"), {},
        [*A1, ("A2", "رضا", GREGORIAN, 1.0)]),
    "day first, decided by one row": (
        HEAD + "A1,c1,13/05/2023,12.5\nA2,c1,01/02/2023,1\n", {}, [*A1, ("A2", "c1", "2023-02-01", 1.0)]),
    "month first, decided by one row": (
        HEAD + "A1,c1,5/13/2023 8:26,12.5\nA2,c1,1/2/2023 12:00 AM,1\n", {},
        [("A1", "c1", "2023-05-13T08:26:00", 12.5), ("A2", "c1", "2023-01-02", 1.0)]),
    "day and month equal": (HEAD + "A1,c1,05/05/2023,1\n", {}, [("A1", "c1", "2023-05-05", 1.0)]),
    "date_order says it": (HEAD + "A1,c1,01/02/2023,1\n", {"date_order": "dmy"}, [("A1", "c1", "2023-02-01", 1.0)]),
    "date_order says the other": (
        HEAD + "A1,c1,01/02/2023,1\n", {"date_order": "mdy"}, [("A1", "c1", "2023-01-02", 1.0)]),
    "day first in Jalali": (HEAD + "A1,c1,23/2/1402,12.5\n", {}, A1),
    "Jalali month by name": (HEAD + "A1,c1,۲۳ اردیبهشت ۱۴۰۲,12.5\n", {}, A1),
    "eight digits": (HEAD + "A1,c1,20230513,12.5\n", {}, A1),
    "eight digits, Jalali": (HEAD + "A1,c1,14020223,12.5\n", {}, A1),
    "months by name": (
        HEAD + 'A1,c1,13-May-2023,12.5\nA2,c1,"Sat, 13 May 2023",1\nA3,c1,"May 13, 2023 5:30 pm",1\n', {},
        [*A1, ("A2", "c1", GREGORIAN, 1.0), ("A3", "c1", "2023-05-13T17:30:00", 1.0)]),
    "a time zone": (
        HEAD + "A1,c1,2023-05-13T23:30:00+03:30,1\nA2,c1,2023-05-13 01:00:00Z,1\n", {},
        [("A1", "c1", "2023-05-13T23:30:00", 1.0), ("A2", "c1", "2023-05-13T01:00:00", 1.0)]),
    "parts of a second": (
        HEAD + "A1,c1,2023-05-13 08:00:00.123456,1\n", {}, [("A1", "c1", "2023-05-13T08:00:00.123456", 1.0)]),
    "years 1900 and 2100": (
        HEAD + "A1,c1,1900-01-01,1\nA2,c1,2100-12-31,1\n", {},
        [("A1", "c1", "1900-01-01", 1.0), ("A2", "c1", "2100-12-31", 1.0)]),
    "all on one day": (
        HEAD + "A1,c1,2023-05-13,1\nA2,c2,2023-05-13,2\n", {},
        [("A1", "c1", GREGORIAN, 1.0), ("A2", "c2", GREGORIAN, 2.0)]),
    "thousands marks and a currency": (
        HEAD + 'A1,c1,2023-05-13,"12,500 تومان"\nA2,c1,2023-05-13,"۱٬۲۵۰٬۰۰۰ تومان"\nA3,c1,2023-05-13,700\n', {},
        [("A1", "c1", GREGORIAN, 12500.0), ("A2", "c1", GREGORIAN, 1250000.0), ("A3", "c1", GREGORIAN, 700.0)]),
    "dot as thousands mark": (
        "order_id;customer_id;order_date;amount\nA1;c1;2023-05-13;1.234,50 €\nA2;c1;2023-05-13;12.500\n", {},
        [("A1", "c1", GREGORIAN, 1234.5), ("A2", "c1", GREGORIAN, 12500.0)]),
    "comma as thousands mark": (
        HEAD + 'A1,c1,2023-05-13,"$1,234.50"\nA2,c1,2023-05-13,"12,500"\nA3,c1,2023-05-13,US$3\n', {},
        [("A1", "c1", GREGORIAN, 1234.5), ("A2", "c1", GREGORIAN, 12500.0), ("A3", "c1", GREGORIAN, 3.0)]),
    "Indian groups, spaces, apostrophes, powers": (
        HEAD + 'A1,c1,2023-05-13,"₹12,34,567"\nA2,c1,2023-05-13,1 234.5\n'
        + "A3,c1,2023-05-13,1'000\nA4,c1,2023-05-13,1.2E+05\n", {},
        [("A1", "c1", GREGORIAN, 1234567.0), ("A2", "c1", GREGORIAN, 1234.5), ("A3", "c1", GREGORIAN, 1000.0),
         ("A4", "c1", GREGORIAN, 120000.0)]),
    "three decimals decided by another row": (
        HEAD + "A1,c1,2023-05-13,12.500\nA2,c1,2023-05-13,0.250\n", {},
        [*A1, ("A2", "c1", GREGORIAN, 0.25)]),
    "zero and negative zero": (
        HEAD + "A1,c1,2023-05-13,-0\nA2,c1,2023-05-13,0\n", {},
        [("A1", "c1", GREGORIAN, 0.0), ("A2", "c1", GREGORIAN, 0.0)]),
    "ids: zeros, .0, spaces, Persian digits, marks": (
        HEAD + "007,c1.0,2023-05-13,1\n12.0, 0012 ,2023-05-13,1\n۴۵,\u200f۱۲.0,2023-05-13,1\n", {},
        [("007", "c1.0", GREGORIAN, 1.0), ("12", "0012", GREGORIAN, 1.0), ("45", "12", GREGORIAN, 1.0)]),
    "no customer": (
        HEAD + "A1,,2023-05-13,1\nA2,NaN,2023-05-13,1\nA3,NULL,2023-05-13,1\n", {},
        [(i, None, GREGORIAN, 1.0) for i in ("A1", "A2", "A3")]),
    "equal rows without order ids are purchases": (
        "customer_id,order_date,amount\nc1,2023-05-13,1\nc1,2023-05-13,1\n", {},
        [("1", "c1", GREGORIAN, 1.0), ("2", "c1", GREGORIAN, 1.0)]),
    "columns= says there is no order id": (
        HEAD + "A1,c1,2023-05-13,1\nA1,c1,2023-05-13,1\n", {"columns": {"order_id": None}},
        [("1", "c1", GREGORIAN, 1.0), ("2", "c1", GREGORIAN, 1.0)]),
    "lines of one order stay lines": (
        HEAD + "A1,c1,2023-05-13,1\nA1,c1,2023-05-13,2\n", {},
        [("A1", "c1", GREGORIAN, 1.0), ("A1", "c1", GREGORIAN, 2.0)]),
    "one order id, two customers": (
        HEAD + "7,c1,2023-05-13,10\n7,c2,2023-05-14,20\n7,c2,2023-05-15,-5\n", {},
        [("7", "c1", GREGORIAN, 10.0), ("7", "c2", "2023-05-14", 15.0)]),
    "a short line": ("order_id,customer_id,order_date,amount,note\nA1,c1,2023-05-13,12.5\n", {}, A1),
    "a cell of a million characters": (f"note,{HEAD}{BIG},A1,c1,2023-05-13,12.5\n", {}, A1),
    "formula text in a column that is not needed": (f"note,{HEAD}=SUM(A1:A3),A1,c1,2023-05-13,12.5\n", {}, A1),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_odd_files_with_one_right_answer(read, name):
    content, options, expected = RIGHT[name]
    orders, audit = read(content, **options)
    assert rows_of(orders) == expected
    assert audit.rows_set_aside == 0


# Files that are refused ------------------------------------------------------------------------------------------

REFUSED = {
    "empty": (b"", {}, "is empty"),
    "blank": ("\n \n", {}, "is empty"),
    "names only": (HEAD, {}, "no row stands under"),
    "names and blank lines": (HEAD + "\n,,,\n", {}, "no row stands under"),
    "returns only": (HEAD + "A1,c1,2023-05-13,-5\nA2,c1,2023-05-13,-6\n", {}, r"return without its order: 2"),
    "a workbook named csv": (b"PK\x03\x04rest", {}, "not text but a workbook"),
    "NUL bytes": (HEAD.encode() + b"A1,c1,2023-05-13,12\x00.5\n", {}, "NUL"),
    "UTF-16 cut in half": ((HEAD + "A1,c1,2023-05-13,12.5\n").encode("utf-16")[:-1], {}, "damaged: byte"),
    "UTF-8 with a broken byte": (
        HEAD.encode() + "A1,رضا محمدی,2023-05-13,12.5\n".encode() + b"A2,\xff,2023-05-13,1\n", {}, "damaged: byte"),
    "a language of its own": (
        "Bon,Kunde,Tag,Summe\nA1,c1,2023-05-13,12.5\n", {}, r"customer_id: no column(?s:.*)Summe"),
    "no names at all": ("A1,c1,2023-05-13,12.5\nA2,c1,2023-05-13,1\n", {}, "columns not found"),
    "two columns of dates": (
        "date,InvoiceDate,customer_id,amount\n2023-05-13,2023-05-13,c1,1\n", {}, "order_date: several columns fit"),
    "two columns of one name": (
        "amount,order_id,customer_id,order_date,amount\n1,A1,c1,2023-05-13,2\n", {}, "amount: several columns fit"),
    "two order ids": (
        "invoice,basket_id,customer_id,date,amount\n1,2,c1,2023-05-13,2\n", {}, "order_id: several columns fit"),
    "price without quantity": ("customer_id,date,price\nc1,2023-05-13,2\n", {}, "amount: no column fits"),
    "columns= names a missing column": (
        HEAD + "A1,c1,2023-05-13,1\n", {"columns": {"amount": "sum"}}, "amount: there is no column 'sum'"),
    "columns= gives two meanings": (
        HEAD + "A1,c1,2023-05-13,1\n", {"columns": {"amount": "x", "quantity": "x"}}, r"two meanings .*\['x'\]"),
    "columns= the wrong way round": (HEAD + "A1,c1,2023-05-13,1\n", {"columns": {"sum": "amount"}}, "unknown key"),
    "calendar unknown": (HEAD + "A1,c1,2023-05-13,1\n", {"calendar": "lunar"}, "calendar='lunar'"),
    "date_order unknown": (HEAD + "A1,c1,2023-05-13,1\n", {"date_order": "ymd"}, "date_order='ymd'"),
    "end unreadable": (HEAD + "A1,c1,2023-05-13,1\n", {"end": "soon"}, "end='soon'"),
    "day and month open": (HEAD + "A1,c1,01/02/2023,1\n", {}, 'date_order="dmy"'),
    "day and month swapped": (
        HEAD + "A1,c1,13/02/2023,1\nA2,c1,02/13/2023,1\n", {}, "swapped(?s:.*)13/02/2023(?s:.*)02/13"),
    "two calendars": (
        HEAD + "A1,c1,1402-02-23,1\nA2,c1,2023-05-13,1\n", {}, "Jalali and Gregorian(?s:.*)1402-02-23(?s:.*)2023-05"),
    "years of two digits": (HEAD + "A1,c1,02/05/23,1\n", {}, "missing or unreadable date: 1"),
    "dates before 1900 and after 2100": (HEAD + "A1,c1,1899-12-31,1\nA2,c1,2101-01-01,1\n", {}, "unreadable date: 2"),
    "two currencies": (HEAD + "A1,c1,2023-05-13,12 $\nA2,c1,2023-05-13,12 €\n", {}, r"currencies: \['EUR', 'USD'\]"),
    "rial and toman": (HEAD + "A1,c1,2023-05-13,120 ریال\nA2,c1,2023-05-13,12 تومان\n", {}, r"\['rial', 'toman'\]"),
    "two currencies in their own column": (
        "Customer ID,date,total,Currency\nc1,2023-05-13,1,USD\nc1,2023-05-13,1,eur\n", {}, "two or more currencies"),
    "two decimal marks": (
        HEAD + 'A1,c1,2023-05-13,"12,50"\nA2,c1,2023-05-13,12.50\n', {}, "both . and , are decimal marks"),
    "thousands or decimals": (HEAD + "A1,c1,2023-05-13,12.500\nA2,c1,2023-05-13,7.250\n", {}, "12.500 may be"),
    "ids in powers": (HEAD + "A1,1.2E+05,2023-05-13,1\n", {}, r"customer_id(?s:.*)scientific(?s:.*)1\.2E\+05"),
    "order ids in powers": (HEAD + "4.6E+12,c1,2023-05-13,1\n", {}, "order_id(?s:.*)scientific"),
    "a quotation mark that stays open": (HEAD + 'A1,c1,2023-05-13,1\nA2,"c1,2023-05-13,1\n', {}, "is not a table"),
    "a line of a hundred cells": (HEAD + "A1,c1,2023-05-13,1\n" + ",".join("9" * 100) + "\n", {}, "saw 100"),
    "nothing but formula text": (HEAD + "A1,c1,2023-05-13,=SUM(A1:A3)\n", {}, "unreadable amount: 1"),
    "everything after the end": (HEAD + "A1,c1,2023-05-13,1\n", {"end": "2023-05-12"}, "date after end: 1"),
    "everything given back": (HEAD + "A1,c1,2023-05-13,5\nA1,c1,2023-05-14,-5\n", {}, "returned in full: 2"),
    "a cell of a million characters as amount": (HEAD + f"A1,c1,2023-05-13,{BIG}\n", {}, "unreadable amount: 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_are_refused_say_why(read, name):
    content, options, says = REFUSED[name]
    with pytest.raises(DataError, match=says) as caught:
        read(content, **options)
    assert len(str(caught.value)) < 3000  # a cell of a million characters is not printed


@pytest.mark.parametrize("amount", ["inf", "-inf", "1e400", "NaN"])
def test_amounts_that_are_no_number_are_set_aside_in_file_and_frame(read, amount):
    text = HEAD + f"A,c,2023-05-13,{amount}\nB,c,2023-05-13,1\n"
    frame = pd.read_csv(io.StringIO(text))
    for orders, audit in (read(text), balanced(*read_orders(frame))):
        assert orders["order_id"].tolist() == ["B"] and audit.reasons["reason"].tolist() == ["unreadable amount"]


def test_another_code_page_is_read_with_a_note(read):
    _, audit = read((HEAD + "A1,Café,2023-05-13,1\n").encode("cp1252"))
    assert any("Read as cp1256" in note for note in audit.notes)


def test_twin_columns_and_a_column_called_reason_do_not_disturb_the_audit():
    frame = pd.DataFrame(
        [["A", "c", GREGORIAN, "x", 1, 1], ["B", "c", GREGORIAN, None, 2, 2]],
        columns=["order_id", "customer_id", "order_date", "amount", "reason", "reason"],
    )
    with pytest.raises(DataError, match="unreadable amount: 2"):
        read_orders(frame)
    _, audit = balanced(*read_orders(frame.assign(amount=["x", 3])))
    assert audit.set_aside.columns.tolist() == ["reason", *frame.columns]


def test_an_error_without_a_usable_order_carries_the_audit(read):
    with pytest.raises(DataError) as caught:
        read(HEAD + "A1,c1,,5\nA2,c1,2023-05-13,-6\n")
    audit = caught.value.audit
    assert (audit.rows_read, audit.rows_used, audit.rows_set_aside) == (2, 0, 2)


def test_the_call_that_an_error_writes_works(read):
    text = "Bon,Kunde,Tag,Summe\nA1,c1,2023-05-13,12.5\n"
    with pytest.raises(DataError) as caught:
        read(text)
    written = re.search(r"columns=(\{.*?\})", str(caught.value))[1]
    wanted = {"amount": "Summe", "customer_id": "Kunde", "order_date": "Tag"}
    assert set(re.findall(r'"(\w+)":', written)) == set(wanted)
    assert read(text, columns=wanted)[0]["amount"].tolist() == [12.5]


@pytest.mark.parametrize(
    "name, says",
    [("orders.xls", "unknown kind"), ("orders", "unknown kind"), ("orders.xlsx", "cannot be read as .xlsx"),
     ("orders.parquet", "cannot be read as .parquet")],
)  # fmt: skip
def test_files_of_other_kinds_are_refused(read, name, says):
    with pytest.raises(DataError, match=says):
        read("no workbook", name=name)


def test_a_missing_file_a_folder_and_no_frame_are_refused(tmp_path):
    with pytest.raises(DataError, match="'none.csv' does not exist"):
        read_orders(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_orders(tmp_path)
    with pytest.raises(DataError, match="cannot be read from a list"):
        read_orders([1, 2])
    with pytest.raises(DataError, match="several levels"):
        read_orders(pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])))


# Rows that are set aside -----------------------------------------------------------------------------------------


def test_every_reason_by_hand(read):
    text = HEAD + (
        "A1,c1,2023-05-13,10\n"  # row 2 of the sheet
        "A2,c1,,10\n"
        "A3,c1,2023-02-30,10\n"
        "A4,c1,2023-05-13,=SUM(A1:A3)\n"
        "A5,c1,2023-05-13,inf\n"
        "A6,c1,2023-05-13,NaN\n"
        "A7,c1,2023-05-13,about 5\n"
        "A8,c1,2023-06-01,10\n"
        "A1,c1,2023-05-13,10\n"
        "A9,c1,2023-05-13,-4\n"
        "B1,c1,2023-05-13,7\n"
        "B1,c1,2023-05-14,(7)\n"
        "\n"
        "B2,c1,2023-05-13,1,extra\n"
        "B3,,2023-05-13,3\n"
        "B3,,2023-05-14,1-\n"
    )
    orders, audit = read(text, end="2023-05-31")
    assert rows_of(orders) == [("A1", "c1", GREGORIAN, 10.0), ("B3", None, GREGORIAN, 2.0)]
    assert dict(zip(audit.reasons["reason"], audit.reasons["first_rows"])) == {
        "missing or unreadable date": [3, 4],
        "unreadable amount": [5, 6, 7, 8],
        "date after end": [9],
        "duplicate": [10],
        "return without its order": [11],
        "returned in full": [12, 13],
        "empty row": [14],
        "more cells than columns": [15],
    }
    assert (audit.rows_read, audit.rows_used, audit.rows_set_aside) == (16, 3, 13)
    assert (audit.rows_returned, audit.rows_anonymous) == (1, 1)
    assert audit.set_aside.loc[5].tolist() == ["unreadable amount", "A4", "c1", "2023-05-13", "=SUM(A1:A3)"]


def test_a_return_lowers_its_own_product_first_and_the_rest_in_proportion(read):
    text = (
        "order_id,customer_id,order_date,product_id,quantity,amount\n"
        "A,c,2023-05-13,tea,3,30\nA,c,2023-05-13,book,1,60\nA,c,2023-05-14,tea,-1,-10\n"
        # no product named: 45 of 90 are given back, so half of each line
        "B,c,2023-05-13,tea,3,30\nB,c,2023-05-13,book,1,60\nB,c,2023-05-14,,-1,-45\n"
        # 40 for a tea that cost 30: the book pays the other 10 of its 60
        "C,c,2023-05-13,tea,3,30\nC,c,2023-05-13,book,1,60\nC,c,2023-05-14,tea,-3,-40\n"
        # a negative quantity alone is a return
        "D,c,2023-05-13,tea,4,40\nD,c,2023-05-14,tea,-1,10\n"
    )
    orders, audit = read(text)
    left = orders.set_index(["order_id", "product_id"])
    assert left["amount"].to_dict() == pytest.approx({
        ("A", "tea"): 20, ("A", "book"): 60, ("B", "tea"): 15, ("B", "book"): 30, ("C", "tea"): 0, ("C", "book"): 50,
        ("D", "tea"): 30,
    })  # fmt: skip
    assert left.loc[("A", "tea"), "quantity"] == pytest.approx(2)
    assert left.loc[("D", "tea"), "quantity"] == pytest.approx(3)
    assert (audit.rows_used, audit.rows_returned, audit.rows_set_aside) == (11, 4, 0)
    assert "4 return row(s) lowered 4 order(s); they have no row of their own." in audit.notes


def test_returns_above_the_order_and_in_binary_fractions_bring_it_to_zero(read):
    text = HEAD + "A,c,2023-05-13,0.1\nA,c,2023-05-13,0.2\nA,c,2023-05-14,-0.3\nB,c,2023-05-13,5\nB,c,2023-05-13,-9\n"
    orders, audit = read(text + "C,c,2023-05-13,1\n")
    assert orders["order_id"].tolist() == ["C"]
    assert audit.reasons.to_dict("records") == [
        {"reason": "returned in full", "rows": 5, "first_rows": [2, 3, 4, 5, 6]}
    ]
    assert any("1 order(s) had more returned than bought" in note for note in audit.notes)


def test_a_late_or_orphaned_return_lowers_nothing(read):
    text = HEAD + "A,c,2023-05-13,5\nA,c,2023-06-01,-2\nB,c,2023-05-13,-2\n,c,2023-05-13,-2\n"
    orders, audit = read(text, end=dt.date(2023, 5, 31))
    assert rows_of(orders) == [("A", "c", GREGORIAN, 5.0)]
    assert dict(zip(audit.reasons["reason"], audit.reasons["rows"])) == {
        "date after end": 1, "return without its order": 2,
    }  # fmt: skip


def test_a_return_finds_its_customer_where_an_order_id_has_two(read):
    text = HEAD + "7,c1,2023-05-13,10\n7,c2,2023-05-13,20\n7,c2,2023-05-14,-20\n7,,2023-05-14,-1\n7,c3,2023-05-14,-1\n"
    orders, audit = read(text)
    assert rows_of(orders) == [("7", "c1", GREGORIAN, 10.0)]
    assert dict(zip(audit.reasons["reason"], audit.reasons["rows"])) == {
        "return without its order": 2, "returned in full": 2,
    }  # fmt: skip
    assert any("1 order id(s) stand with more than one customer ('7')" in note for note in audit.notes)


def test_the_end_is_included_to_its_last_minute(read):
    text = HEAD + "A,c,2023-05-13 23:59:59,5\nB,c,2023-05-14 00:00:00,5\n"
    for end in ("2023-05-13", "1402/02/23", pd.Timestamp("2023-05-13 08:00"), dt.date(2023, 5, 13)):
        orders, audit = read(text, end=end)
        assert orders["order_id"].tolist() == ["A"] and audit.reasons["reason"].tolist() == ["date after end"]


def test_a_chosen_calendar_or_order_sets_the_others_aside(read):
    mixed = HEAD + "A,c,1402-02-23,1\nB,c,2023-05-14,1\n"
    assert rows_of(read(mixed, calendar="jalali")[0]) == [("A", "c", GREGORIAN, 1.0)]
    assert rows_of(read(mixed, calendar="gregorian")[0]) == [("B", "c", "2023-05-14", 1.0)]
    swapped = HEAD + "A,c,13/02/2023,1\nB,c,02/13/2023,1\n"
    assert rows_of(read(swapped, date_order="dmy")[0]) == [("A", "c", "2023-02-13", 1.0)]
    assert rows_of(read(swapped, date_order="mdy")[0]) == [("B", "c", "2023-02-13", 1.0)]


@pytest.mark.parametrize(
    "jalali, gregorian",
    # Nowruz and leap days as published by the calendar centre of the University of Tehran
    [("1399/12/30", "2021-03-20"), ("1400/01/01", "2021-03-21"), ("1403/12/30", "2025-03-20"),
     ("1404/01/01", "2025-03-21"), ("1357/11/22", "1979-02-11")],
)  # fmt: skip
def test_jalali_days(read, jalali, gregorian):
    assert rows_of(read(HEAD + f"A,c,{jalali},1\n")[0]) == [("A", "c", gregorian, 1.0)]


def test_a_leap_day_that_is_none_is_unreadable(read):
    _, audit = read(HEAD + "A,c,1402/12/30,1\nB,c,1402/12/29,1\n")
    assert audit.reasons["first_rows"].tolist() == [[2]]


def test_order_ids_that_are_missing_are_numbered_by_row(read):
    orders, audit = read(HEAD + "A,c,2023-05-13,1\n,c,2023-05-13,1\n,c,2023-05-13,1\n")
    assert orders["order_id"].tolist() == ["A", "row 2", "row 3"]
    assert audit.rows_set_aside == 0


def test_optional_columns_come_along_and_others_are_named(read):
    text = (
        "Invoice,Customer ID,Date,Qty,Price,StockCode,Category,Channel,Colour\n1,7,2023-05-13,2,3.5,007,tea, web ,red\n"
    )
    orders, audit = read(text)
    row = orders.iloc[0].to_dict()
    assert row.pop("order_date") == pd.Timestamp("2023-05-13")
    assert row == {
        "order_id": "1", "customer_id": "7", "amount": 7.0, "product_id": "007", "category": "tea", "quantity": 2.0,
        "unit_price": 3.5, "channel": "web",
    }  # fmt: skip
    assert audit.columns["quantity"] == "Qty" and audit.columns["order_date"] == "Date"
    assert "Columns not used: 'Colour'." in audit.notes
    assert any("quantity × unit_price" in note for note in audit.notes)


def test_the_audit_reads_well(read):
    _, audit = read(HEAD + "A,<b>,2023-05-13,1\nB,c,,1\n")
    assert isinstance(audit, OrdersAudit)
    assert "2 rows read = 1 used + 1 set aside" in repr(audit)
    assert "missing or unreadable date" in repr(audit) and "missing or unreadable date" in audit._repr_html_()
    assert "<b>" not in audit._repr_html_()


def test_the_table_of_synonyms_is_small_and_has_no_name_twice():
    names = [name for names in files.SYNONYMS.values() for name in names]
    assert len(names) <= 60 and len(names) == len(set(names))
    assert all(files.squash(name) == name for name in names)


# Workbooks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path):
    def write(**sheets):
        import openpyxl

        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / "orders.xlsx")
        return tmp_path / "orders.xlsx"

    return write


NAMES = ["order_id", "customer_id", "order_date", "amount"]


def test_excel_with_a_title_row_and_real_dates(workbook):
    day = dt.datetime(2023, 5, 13)
    path = workbook(S=[
        ["Sales of May"], [], NAMES, [1001, 12.0, day, 12.5], [1002, "007", day, "7,5"],
        [1003, None, "2023-05-13", 1], [], [None, None, None, None],
    ])  # fmt: skip
    orders, audit = balanced(*read_orders(path))
    assert rows_of(orders) == [
        ("1001", "12", GREGORIAN, 12.5), ("1002", "007", GREGORIAN, 7.5), ("1003", None, GREGORIAN, 1.0),
    ]  # fmt: skip
    assert (
        audit.rows_read == 3 and "The names of the columns stand in row 3; the rows above were not read." in audit.notes
    )


def test_excel_formulas_without_a_value_are_set_aside_with_their_text(workbook):
    day = dt.datetime(2023, 5, 13)
    orders, audit = balanced(*read_orders(workbook(S=[NAMES, [1, 1, day, "=SUM(D3:D4)"], [2, 1, day, 5]])))
    assert rows_of(orders) == [("2", "1", GREGORIAN, 5.0)]
    assert audit.set_aside["amount"].tolist() == ["=SUM(D3:D4)"]


def test_excel_with_a_wrong_size_in_the_file_is_read_whole(workbook, tmp_path):
    # Some exporters write <dimension ref="A1"/>, and a reader that believes it sees one cell.
    path = workbook(S=[NAMES, [1, 1, "2023-05-13", 5], [2, 1, "2023-05-13", 6]])
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(tmp_path / "wrong.xlsx", "w") as wrong:
        for name in book.namelist():
            content = book.read(name)
            if name.startswith("xl/worksheets/"):
                content, changes = re.subn(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', content)
                assert changes == 1
            wrong.writestr(name, content)
    assert read_orders(tmp_path / "wrong.xlsx")[0]["amount"].tolist() == [5.0, 6.0]


def test_excel_sheets(workbook):
    rows = [NAMES, [1, 1, "2023-05-13", 5]]
    orders, audit = read_orders(workbook(About=[["Read me"]], Orders=rows))
    assert len(orders) == 1 and "Sheet 'Orders' was read; not read: ['About']." in audit.notes
    with pytest.raises(DataError, match=r"2 sheets of orders: \['May', 'June'\]") as caught:
        read_orders(workbook(May=rows, June=rows))
    assert "read_orders(pandas.concat(pandas.read_excel(" in str(caught.value)
    with pytest.raises(DataError, match="is empty"):
        read_orders(workbook(S=[[]]))
    with pytest.raises(DataError, match="columns not found"):
        read_orders(workbook(S=[["a", "b"], [1, 2]]))


# Frames of every engine ------------------------------------------------------------------------------------------

FRAME = pd.DataFrame({
    "order_id": ["A", "B", "C"], "customer_id": [7.0, np.nan, 8.0], "order_date": pd.to_datetime(["2023-05-13"] * 3),
    "amount": [1.5, 2.0, -1.0],
})  # fmt: skip
FRAME_ROWS = [("A", "7", GREGORIAN, 1.5), ("B", None, GREGORIAN, 2.0)]


def as_duckdb(frame):
    return pytest.importorskip("duckdb").from_df(frame)


ENGINES = {
    "pandas": lambda frame: frame,
    "pandas, own index": lambda frame: frame.set_axis(["x", "y", "x"]),
    "pandas, arrow types": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "pandas, nullable types": lambda frame: frame.convert_dtypes(),
    "pandas, categories": lambda frame: frame.astype({"order_id": "category", "customer_id": "category"}),
    "pandas, time zone": lambda frame: frame.assign(order_date=frame["order_date"].dt.tz_localize("Asia/Tehran")),
    "pandas, days as objects": lambda frame: frame.assign(order_date=frame["order_date"].dt.date),
    "pandas, decimals": lambda frame: frame.assign(amount=frame["amount"].map(__import__("decimal").Decimal)),
    "polars": lambda frame: pytest.importorskip("polars").from_pandas(frame),
    "polars, lazy": lambda frame: pytest.importorskip("polars").from_pandas(frame).lazy(),
    "pyarrow": lambda frame: __import__("pyarrow").Table.from_pandas(frame),
    "duckdb": as_duckdb,
}


@pytest.mark.parametrize("engine", ENGINES)
def test_frames_of_every_engine_give_the_same_orders(engine):
    before = FRAME.copy()
    orders, audit = balanced(*read_orders(ENGINES[engine](FRAME)))
    assert rows_of(orders) == FRAME_ROWS
    assert audit.reasons["reason"].tolist() == ["return without its order"]
    pd.testing.assert_frame_equal(FRAME, before)


def test_parquet_and_workbook_agree_with_the_frame(tmp_path):
    FRAME.to_parquet(tmp_path / "o.parquet")
    FRAME.to_excel(tmp_path / "o.xlsx", index=False)
    for name in ("o.parquet", "o.xlsx"):
        assert rows_of(read_orders(str(tmp_path / name))[0]) == FRAME_ROWS


def test_first_rows_are_labels_of_the_frame_that_was_given():
    frame = FRAME.set_axis(["x", "y", "z"])
    _, audit = read_orders(frame)
    assert audit.reasons["first_rows"].tolist() == [["z"]] and frame.loc["z", "amount"] == -1


def test_a_frame_with_jalali_numbers_and_dates_of_other_centuries():
    frame = FRAME.assign(order_date=[14020223, 14020223, 14020223])
    assert rows_of(read_orders(frame)[0]) == FRAME_ROWS
    frame = FRAME.assign(order_date=np.array(["2023-05-13", "1850-01-01", "NaT"], "datetime64[us]"))
    orders, audit = read_orders(frame)
    assert rows_of(orders) == FRAME_ROWS[:1] and audit.reasons["rows"].tolist() == [2]


def test_a_frame_with_text_that_is_no_unicode_is_refused():
    frame = FRAME.assign(customer_id=pd.Series(["a", "\ud800", "b"], dtype=object))
    with pytest.raises(DataError, match="not valid Unicode"):
        read_orders(frame)


def test_a_frame_without_rows_is_refused():
    with pytest.raises(DataError, match="no row stands under"):
        read_orders(FRAME.head(0))


# Any file --------------------------------------------------------------------------------------------------------

odd_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)
odd_id = st.sampled_from(["A", "B", "7", "7.0", "007", "", " ", "NaN", "۷"]) | odd_text
odd_date = st.sampled_from(
    ["2023-05-13", "2023-05-14 10:00", "2023-13-01", "13/05/2023", "05/13/2023", "1402-02-23", "45059", "", "soon",
     "20230513"]
) | st.dates().map(str)  # fmt: skip
odd_amount = st.sampled_from(
    ["1", "0", "-1", "-0", "(2)", "12,5", "12.5", "1,234", "1.234", "5 $", "5 €", "٥", "=A1", "inf", "1e400", ""]
) | st.floats().map(str)  # fmt: skip
table = st.lists(st.tuples(odd_id, odd_id, odd_date, odd_amount), min_size=1, max_size=12)
# The profile of conftest.py (derandomised); without shrinking, because shrinking a table takes minutes.
any_file = settings(
    phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def attempt(source, **options):
    """The answer, its audit or the error: never another exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return balanced(*read_orders(source, **options))
        except DataError as error:
            audit = getattr(error, "audit", None)
            if audit is not None:
                assert audit.rows_read == audit.rows_set_aside and audit.rows_used == 0
            return None, str(error).splitlines()[0]


@any_file
@given(rows=table, calendar=st.sampled_from(["auto", "jalali", "gregorian"]), end=st.sampled_from([None, "2023-05-13"]))
def test_every_row_is_accounted_for_and_frame_and_csv_agree(tmp_path, rows, calendar, end):
    frame = pd.DataFrame(rows, columns=NAMES)
    frame.to_csv(tmp_path / "o.csv", index=False)
    options = {"calendar": calendar, "end": end, "date_order": "dmy"}
    orders, audit = attempt(frame, **options)
    if orders is not None:
        assert audit.rows_read == len(rows)
    # A file ends with its last filled row, and its empty lines hold one cell, so compare where no row is empty.
    if not files.empty_rows(frame.map(str.strip)).any():
        other, other_audit = attempt(tmp_path / "o.csv", **options)
        assert (orders is None) == (other is None)
        if orders is None:
            return
        pd.testing.assert_frame_equal(orders, other)
        assert audit.reasons["rows"].tolist() == other_audit.reasons["rows"].tolist()


@any_file
@given(
    content=st.binary(max_size=200) | odd_text.map(lambda text: (HEAD + text).encode()),
    name=st.sampled_from(["o.csv", "o.tsv"]),
)
def test_any_bytes_end_in_an_answer_or_a_data_error(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    attempt(tmp_path / name)


@any_file
@given(
    lines=st.lists(st.text("aA1.,;-\t\"' ()ا۵٫٬/:$", max_size=25), min_size=1, max_size=8), sep=st.sampled_from(",;\t")
)
def test_any_lines_end_in_an_answer_or_a_data_error(tmp_path, lines, sep):
    (tmp_path / "o.csv").write_text(
        HEAD.replace(",", sep) + sep.join(["A1", "c", "2023-05-13", "1"]) + "\n" + "\n".join(lines)
    )
    attempt(tmp_path / "o.csv")


@any_file
@given(values=st.lists(st.floats(0, 1e9).map(lambda x: round(x, 2)), min_size=1, max_size=8), style=st.integers(0, 3))
def test_numbers_come_back_from_each_way_of_writing_them(values, style):
    # One value with both marks in it, so that the column decides.
    values = [1234567.25, *values]
    write = [
        lambda x: f"{x:.2f}",
        lambda x: f"{x:,.2f}",
        lambda x: f"{x:,.2f}".translate(str.maketrans(",.", ".,")) + " €",
        lambda x: f"{x:,.2f}".translate(str.maketrans("0123456789,.", "۰۱۲۳۴۵۶۷۸۹٬٫")) + " ریال",
    ][style]
    column = pd.Series([write(x) for x in values], name="amount")
    got, _ = cells.to_numbers(column, "amount", column.index)
    assert got.tolist() == pytest.approx(values, abs=0.006)


@any_file
@given(
    days=st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), min_size=1, max_size=8), style=st.integers(0, 4)
)
def test_days_come_back_from_each_way_of_writing_them(days, style):
    days = [dt.date(2020, 5, 13), *days]
    write = ["%Y-%m-%d", "%Y/%m/%d 00:00", "%Y%m%d", "%d.%m.%Y", "%m/%d/%Y"][style]
    column = pd.Series([day.strftime(write) for day in days], name="order_date")
    got, _ = cells.to_dates(column, "auto", "mdy" if style == 4 else "dmy" if style == 3 else None, column.index)
    assert [day.date() for day in got] == days


def test_a_file_without_customers_is_read_if_columns_says_so(tmp_path):
    path = tmp_path / "till.csv"
    path.write_text("date,amount\n2024-01-02,5\n2024-01-03,7\n", encoding="utf-8")
    with pytest.raises(DataError, match="customer_id: no column fits"):
        data.read_orders(path)
    orders, audit = data.read_orders(path, columns={"customer_id": None})
    assert orders["customer_id"].isna().all() and orders["amount"].tolist() == [5, 7]
    assert audit.rows_used == audit.rows_anonymous == 2 and "customer_id" not in audit.columns
