"""`fetch_hillstrom` and `fetch_online_retail`: cache, checksum, broken connections; a local server is the net."""

import hashlib
import http.server
import threading
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from idic_lib import _fetch, data
from idic_lib.errors import DataError

EXPORT = Path(__file__).parent / "data/exports/online_retail.csv"
# Published: people and spend of each arm (see the course's page of facts).
ARMS = {"Mens E-Mail": (21307, 30311.69), "Womens E-Mail": (21387, 23038.11), "No E-Mail": (21306, 13908.33)}


def hillstrom(arms=ARMS):
    """A table with the columns and the sums of the published one; everything else is empty of meaning."""
    parts = [
        pd.DataFrame({"segment": [arm] * n, "spend": np.r_[total, np.zeros(n - 1)]}) for arm, (n, total) in arms.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    columns = ["recency", "history_segment", "history", "mens", "womens", "zip_code", "newbie", "channel"]
    return frame.assign(**dict.fromkeys(columns, 1), visit=0, conversion=0)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "table.csv"
    hillstrom().to_csv(path, index=False)
    return path


@pytest.fixture
def net(monkeypatch, table):
    """A server on this machine in place of the address; `net.how` says what it does, `net.asked` counts."""

    class Net(http.server.BaseHTTPRequestHandler):
        how, asked, body = "well", 0, table.read_bytes()

        def do_GET(self):
            Net.asked += 1
            self.send_response(404 if Net.how == "missing" else 200)
            self.send_header("Content-Length", str(len(Net.body)))
            self.end_headers()
            self.wfile.write(Net.body[: len(Net.body) // 2] if Net.how == "broken" else Net.body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Net)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/hillstrom.csv"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setitem(_fetch._SETS, "hillstrom.csv", (url, hashlib.sha256(Net.body).hexdigest()))
    yield Net
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_set_is_fetched_once_and_then_read_from_the_folder(net, tmp_path):
    for _ in range(2):
        frame = data.fetch_hillstrom(folder=tmp_path)
    assert len(frame) == 64_000 and net.asked == 1
    assert [path.name for path in tmp_path.iterdir()] == ["hillstrom.csv"]


def test_the_variable_names_the_folder_and_without_it_the_users_cache(net, tmp_path, monkeypatch):
    monkeypatch.setenv("IDIC_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data.fetch_hillstrom()
    monkeypatch.delenv("IDIC_DATA")
    data.fetch_hillstrom()
    assert (tmp_path / "mine/hillstrom.csv").is_file() and (tmp_path / "cache/idic_lib/hillstrom.csv").is_file()


@pytest.mark.parametrize("how", ["broken", "missing"])
def test_a_broken_download_leaves_nothing_and_says_what_to_do(net, tmp_path, how):
    net.how = how
    with pytest.raises(DataError, match="could not be fetched(?s:.*)give path="):
        data.fetch_hillstrom(folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    net.how = "well"
    assert len(data.fetch_hillstrom(folder=tmp_path)) == 64_000


def test_no_connection_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setitem(_fetch._SETS, "online_retail.zip", ("http://127.0.0.1:9/none.zip", "0"))
    with pytest.raises(DataError, match="could not be fetched from http://127.0.0.1:9(?s:.*)give path="):
        data.fetch_online_retail(folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_checksum_is_refused_each_time_until_the_file_is_deleted(net, tmp_path):
    (tmp_path / "hillstrom.csv").write_bytes(net.body + b"\n")
    for _ in range(2):
        with pytest.raises(DataError, match="has the checksum [0-9a-f]{64}, not(?s:.*)delete it"):
            data.fetch_hillstrom(folder=tmp_path)
    assert net.asked == 0
    (tmp_path / "hillstrom.csv").unlink()
    assert len(data.fetch_hillstrom(folder=tmp_path)) == 64_000


def test_a_file_on_the_disk_is_read_without_any_connection(net, table):
    assert data.fetch_hillstrom(table).groupby("segment")["spend"].sum().round(2).to_dict() == {
        arm: total for arm, (_, total) in ARMS.items()
    }
    assert net.asked == 0


@pytest.mark.parametrize("fault", ["one person fewer", "another sum", "another table", "no text", "no file"])
def test_another_file_is_refused_by_its_published_numbers(tmp_path, fault):
    path = tmp_path / "x.csv"
    if fault == "one person fewer":
        hillstrom(ARMS | {"No E-Mail": (21305, 13908.33)}).to_csv(path, index=False)
    elif fault == "another sum":
        hillstrom(ARMS | {"No E-Mail": (21306, 13908.34)}).to_csv(path, index=False)
    elif fault == "another table":
        path.write_text("a,b\n1,2\n")
    elif fault == "no text":
        path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is not Hillstrom's table"):
        data.fetch_hillstrom(path)


def test_online_retail_is_read_from_zip_workbook_and_csv_and_refused_if_short(tmp_path, monkeypatch):
    lines = pd.read_csv(EXPORT, dtype={"InvoiceNo": "str", "StockCode": "str"})
    monkeypatch.chdir(tmp_path)
    lines.to_excel("retail.xlsx", index=False)
    lines.to_csv("retail.csv", index=False)
    with zipfile.ZipFile("retail.zip", "w") as archive:
        archive.write("retail.xlsx", "Online Retail.xlsx")
    for name in ("retail.xlsx", "retail.csv", "retail.zip"):
        with pytest.raises(DataError, match="541,909 rows"):
            data.fetch_online_retail(name)
        monkeypatch.setattr(_fetch, "_ROWS", len(lines))
        frame = data.fetch_online_retail(name)
        assert (
            frame["Quantity"].sum() == lines["Quantity"].sum()
            and frame["InvoiceNo"].tolist() == lines["InvoiceNo"].tolist()
        )
        monkeypatch.undo()
        monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="is not UCI's"):
        data.fetch_online_retail(tmp_path / "none.zip")


def test_the_addresses_and_checksums_are_those_that_are_published():
    assert {len(checksum) for _, checksum in _fetch._SETS.values()} == {64}
    assert [url.split("/")[2] for url, _ in _fetch._SETS.values()] == ["www.minethatdata.com", "archive.ics.uci.edu"]
