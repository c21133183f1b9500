"""Public data sets that are fetched once, for readers with a connection; no lesson and no test needs them."""

import hashlib
import io
import os
import shutil
import urllib.request
import zipfile
from pathlib import Path

import pandas as pd

from ._guards import refuse_if
from .errors import data_error

__all__ = ["fetch_hillstrom", "fetch_online_retail"]

# Addresses and SHA-256 as several public projects give them; they could not be computed where this was written.
_SETS = {
    "hillstrom.csv": (
        "http://www.minethatdata.com/Kevin_Hillstrom_MineThatData_E-MailAnalytics_DataMiningChallenge_2008.03.20.csv",
        "0e5893329d8b93cefecc571777672028290ab69865718020c78c7284f291aece"),
    "online_retail.zip": (
        "https://archive.ics.uci.edu/static/public/352/online+retail.zip",
        "f5385cbb54bbebf7196389109c6b0621faab0c304e3702548165e71c84aede8b"),
}  # fmt: skip
_ROWS = 541_909
_HILLSTROM = {"Mens E-Mail": (21307, 30311.69), "No E-Mail": (21306, 13908.33), "Womens E-Mail": (21387, 23038.11)}


def _cached(name, folder):
    """Path of the file in the cache, fetched if it is not there; a file with another checksum than ours is refused."""
    url, checksum = _SETS[name]
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache")
    file = Path(folder or os.environ.get("IDIC_DATA") or home / "idic_lib") / name
    part = file.with_suffix(".part")  # so that a broken download is never taken for the file
    if not file.is_file():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with urllib.request.urlopen(url, timeout=60) as answer, part.open("wb") as copy:
                shutil.copyfileobj(answer, copy)
                size = answer.headers.get("Content-Length")
            refuse_if(size and int(size) != part.stat().st_size, "the connection broke off")
            part.replace(file)
        except (OSError, ValueError) as error:
            part.unlink(missing_ok=True)
            problem = f"{name} could not be fetched from {url} ({' '.join(str(error).split())[:100]})"
            raise data_error(problem, advice="fetch it in a browser and give path= the file") from None
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    advice = "delete it and try again, or give path= a file that you trust"
    refuse_if(found != checksum, f"{file} has the checksum {found}, not {checksum}: it is another file", advice=advice)
    return file


def _read(reader, path, is_right, what):
    """Frame of a file, if it is what it should be."""
    advice = "fetch it in a browser and give path= the file as it was published"
    try:
        frame = reader(Path(path))
        right = is_right(frame)
    except Exception as error:  # readers of text, zip and workbooks each have their own
        raise data_error(f"{str(path)!r} is not {what} ({type(error).__name__})", advice=advice) from error
    refuse_if(not right, f"{str(path)!r} is not {what}", advice=advice)
    return frame


def _arms(frame):
    arms = frame.groupby("segment")["spend"].agg(["size", "sum"]).round(2)
    return dict(zip(arms.index, arms.itertuples(index=False, name=None)))


def fetch_hillstrom(path=None, *, folder=None):
    """Kevin Hillstrom's e-mail test of 2008: 64,000 customers in three arms drawn by lot, two weeks of results.

    Parameters
    ----------
    path : path, optional
        The CSV file, if it is on the disk already; nothing is fetched then.
    folder : path, optional
        Where to keep the file; without it the folder of the variable ``IDIC_DATA``, else the user's cache.

    Returns
    -------
    DataFrame, 64,000 rows
        ``recency`` (months), ``history_segment``, ``history`` (US dollars of the past year), ``mens``, ``womens``,
        ``zip_code``, ``newbie``, ``channel``, ``segment`` (the arm), ``visit``, ``conversion``, ``spend`` (US dollars).
        There is no customer id: equal rows are different people.

    Raises
    ------
    DataError
        If there is no connection, or the file is not that of the test: a file that was fetched must have the published
        checksum, and every file the published numbers of people and the spend of each arm.

    Notes
    -----
    MineThatData, "The MineThatData E-Mail Analytics and Data Mining Challenge", 20 March 2008.
    """
    path, what = path or _cached("hillstrom.csv", folder), "Hillstrom's table with the published people and spend"
    return _read(pd.read_csv, path, lambda frame: frame.shape[1] == 12 and _arms(frame) == _HILLSTROM, what)


def fetch_online_retail(path=None, *, folder=None):
    """UCI's Online Retail: 541,909 lines of invoices of a British gift shop, December 2010 to December 2011.

    Parameters
    ----------
    path : path, optional
        The file, if it is on the disk already, as ``.zip``, ``.xlsx`` or ``.csv``; nothing is fetched then.
    folder : path, optional
        Where to keep the file; without it the folder of the variable ``IDIC_DATA``, else the user's cache.

    Returns
    -------
    DataFrame, 541,909 rows
        As published: ``InvoiceNo``, ``StockCode``, ``Description``, ``Quantity``, ``InvoiceDate``, ``UnitPrice``
        (pounds), ``CustomerID``, ``Country``. ``recipes.read_export(frame)`` makes orders of it. The workbook takes a
        minute to read.

    Raises
    ------
    DataError
        If there is no connection, or the file is not that of UCI: a file that was fetched must have the published
        checksum, and every file the number of rows and the columns.

    Notes
    -----
    D. Chen (2015), Online Retail, UCI Machine Learning Repository, doi:10.24432/C5BW33 (CC BY 4.0).
    """
    path, what = path or _cached("online_retail.zip", folder), "UCI's Online Retail of 541,909 rows and 8 columns"
    reader = pd.read_csv if Path(path).suffix.lower() == ".csv" else _read_workbook
    return _read(reader, path, lambda frame: frame.shape == (_ROWS, 8) and "InvoiceNo" in frame, what)


def _read_workbook(path):
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            path = io.BytesIO(archive.read(next(name for name in archive.namelist() if name.endswith(".xlsx"))))
    return pd.read_excel(path, dtype={"InvoiceNo": "str", "StockCode": "str"})
