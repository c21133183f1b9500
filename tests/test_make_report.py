"""`make report`: arguments before computing, one folder or none, pages that ask no server; the lesson as template."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from argparse import Namespace
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import report as tool
from pages import report_page
from report import ReportError, goal, make_report, publish, source_file

ROOT = Path(__file__).resolve().parents[1]
BOM = b"\xef\xbb\xbf"

#: Stands for the lesson: it reads, draws, tells, and writes what the page of results needs.
SMALL = """
import time
from pathlib import Path
import matplotlib.pyplot as plt
import pandas as pd
from idic_lib import data
from IPython.display import display
orders, audit = data.read_orders(orders_file)
time.sleep(wait)
print("- sales of", orders["amount"].sum(), "for", currency)
fig, ax = plt.subplots(figsize=(2, 2))
ax.bar([0], [1])
display(fig, metadata={"image/png": {"name": "bar", "alt": f"A bar of {len(orders)} orders"}})
plt.close(fig)
page_one = pd.DataFrame({"what": ["rows read"], "value": [audit.rows_read], "low": [""], "unit": ["rows"]})
page_one.to_csv(Path(out) / "tables" / "first_page.csv", encoding="utf-8-sig", index=False)
"""


@pytest.fixture
def small(monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lesson")
    nb = nbformat.v4.new_notebook(metadata={"kernelspec": {"display_name": "p", "name": "python3"}})
    cell, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    tags = {"tags": ["report"]}
    nb.cells = [
        text("Only for the lesson."),
        cell("never_defined"),
        cell('orders_file = ""\ncurrency = ""\nwait = 0\nout = ""', metadata={"tags": ["parameters"]}),
        text("## A heading, see [lesson 06](06_x.ipynb)", metadata=tags),
        cell(SMALL, metadata=tags),
    ]
    nbformat.write(nb, folder / f"{tool.LESSON}.ipynb")
    monkeypatch.setattr(tool, "NOTEBOOKS", folder)
    return folder


@pytest.fixture
def orders(tmp_path):
    """A file whose path has a space, an apostrophe and Persian letters."""
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    path = folder / "فروش بهار.csv"
    path.write_text("order_id,customer_id,order_date,amount\n1,a,2024-01-05,10\n2,b,2024-02-06,20\n", encoding="utf-8")
    return path


def tree(folder):
    """Every file under a folder with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# -- arguments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        ("nowhere.csv", "there is no such file"),
        ("https://example.org/orders.csv", "is an address"),
        (str(ROOT), "is a folder"),
    ],
)
def test_a_missing_file_is_one_sentence(orders, said):
    with pytest.raises(ReportError, match=said):
        source_file(orders)


def test_without_a_file_it_is_complete_journey():
    assert source_file("") == "" and goal("", "").parent == ROOT / "_report"
    assert goal("", "").name.startswith("complete_journey")


@pytest.mark.parametrize("out", [".", "..", "/", "idic_lib", "notebooks/src/deep/er", "tests", ".git/x", "work"])
def test_the_courses_own_folders_are_not_written_to(out):
    path = ROOT / out
    if out == "work" and not path.exists():
        pytest.skip("nobody has worked here")
    with pytest.raises(ReportError, match="course"):
        goal(str(path), "x.csv", force=True)


def test_what_is_no_report_is_never_touched(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    assert goal(str(mine), "x.csv") == mine  # an empty folder may be filled
    (mine / "thesis.docx").write_text("years of work")
    (tmp_path / "file").write_text("x")
    for force in (False, True):
        with pytest.raises(ReportError, match="is not a report"):
            goal(str(mine), "x.csv", force)
        with pytest.raises(ReportError, match="is a file"):
            goal(str(tmp_path / "file"), "x.csv", force)
    (mine / tool.MARKER).write_text("[]")  # a file of that name alone makes no report
    with pytest.raises(ReportError, match="is not a report"):
        goal(str(mine), "x.csv", force=True)


def a_report(folder, *names):
    folder.mkdir()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("old")
    (folder / tool.MARKER).write_text(json.dumps({"files": list(names)}))
    return folder


def test_a_second_run_takes_a_new_folder_unless_forced(tmp_path):
    old = a_report(tmp_path / "r", "report.html", "tables/a.csv")
    (tmp_path / "r-2").mkdir()
    assert goal(str(old), "x.csv") == tmp_path / "r-3"
    assert goal(str(old), "x.csv", force=True) == old
    (old / ".DS_Store").write_text("")  # what a file manager leaves behind is no reason
    assert goal(str(old), "x.csv", force=True) == old
    (old / "tables" / "my notes.txt").write_text("mine")
    with pytest.raises(ReportError, match="tables/my notes.txt"):
        goal(str(old), "x.csv", force=True)


def test_publishing_replaces_only_a_report_and_puts_it_back_when_it_cannot(tmp_path, monkeypatch):
    old = a_report(tmp_path / "r", "report.html")
    made = a_report(tmp_path / "new", "report.html")
    (made / "report.html").write_text("new")
    rename, calls = Path.rename, []

    def fails_once(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError("in use")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(OSError, match="in use"):
        publish(made, old, force=True)
    assert (old / "report.html").read_text() == "old"
    monkeypatch.undo()
    assert publish(made, old, force=True) == old and (old / "report.html").read_text() == "new"
    # What came into being while we computed stays, forced or not.
    late, other = tmp_path / "late", a_report(tmp_path / "other", "report.html")
    late.mkdir()
    (late / "thesis.docx").write_text("years of work")
    assert publish(other, late, force=True) == tmp_path / "late-2" and (late / "thesis.docx").exists()


# -- the run, on the small template ------------------------------------------------------------------------------------


def test_a_report_is_written_whole_and_its_page_asks_no_server(small, orders, tmp_path, capsys):
    out = tmp_path / "گزارش من"
    code = tool.run(Namespace(orders=str(orders), out=str(out), columns="", force=False))
    said = capsys.readouterr()
    assert code == 0 and "rows read: 2 rows" in said.out and "report.html" in said.out and said.err == ""
    names = set(tree(out))
    assert names == {"report.html", "report.json", "tables/first_page.csv", "figures/01_bar.png"}
    assert set(json.loads((out / "report.json").read_text(encoding="utf-8"))["files"]) == names - {"report.json"}
    assert (out / "private").is_dir() and (out / "tables/first_page.csv").read_bytes().startswith(BOM)
    assert (out / "figures/01_bar.png").read_bytes().startswith(b"\x89PNG")
    html = (out / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"(?:src|href)=[\"'](?!data:|#)", html) == [] and "<script" not in html and "<link" not in html
    assert 'alt="A bar of 2 orders"' in html and "<bdi>فروش بهار</bdi>" in html and "<li>sales of 30.0" in html
    assert "Only for the lesson" not in html and "read_orders" not in html and str(tmp_path) not in html
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([orders.parent.name, out.name])


def test_forced_runs_replace_and_others_stand_beside(small, orders, tmp_path):
    out = tmp_path / "r"
    first = make_report(str(orders), str(out))
    before = tree(first)
    assert make_report(str(orders), str(out)) == tmp_path / "r-2" and tree(first) == before
    orders.write_text(orders.read_text(encoding="utf-8") + "3,a,2024-03-01,5\n", encoding="utf-8")
    assert make_report(str(orders), str(out), force=True) == out
    assert "A bar of 3 orders" in (out / "report.html").read_text(encoding="utf-8")
    assert not (tmp_path / "r-3").exists() and not list(tmp_path.glob(".unfinished*"))


def test_a_file_that_cannot_be_read_is_told_without_a_traceback_and_leaves_nothing(small, orders, tmp_path, capsys):
    orders.write_text("shoe,size\nboot,43\n", encoding="utf-8")
    out = tmp_path / "deep" / "er" / "r"
    code = tool.run(Namespace(orders=str(orders), out=str(out), columns="", force=False))
    said = capsys.readouterr()
    assert code == 1 and said.out == "" and "Traceback" not in said.err
    assert "No report was written" in said.err and "order_date" in said.err and "shoe" in said.err
    assert not (tmp_path / "deep").exists()


def test_a_mapping_sets_parameters_and_a_bad_one_is_told(small, orders, tmp_path, capsys):
    mapping = tmp_path / "نگاشت.yml"
    mapping.write_text("currency: تومان\n", encoding="utf-8")
    folder = make_report(str(orders), str(tmp_path / "r"), str(mapping))
    assert "<bdi>تومان</bdi>" in (folder / "report.html").read_text(encoding="utf-8")
    mapping.write_text("currenzy: toman\n", encoding="utf-8")
    for path, said in ((mapping, "currenzy"), (tmp_path / "none.yml", "no such file")):
        with pytest.raises(ReportError, match=said):
            make_report(str(orders), str(tmp_path / "s"), str(path))
    assert not (tmp_path / "s").exists()


def test_a_fault_of_ours_names_the_cell_and_leaves_the_old_report(small, orders, tmp_path):
    out = make_report(str(orders), str(tmp_path / "r"))
    before = tree(out)
    path = small / f"{tool.LESSON}.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("time.sleep(wait)", "1 / 0"), encoding="utf-8")
    with pytest.raises(ReportError, match=r"(?s)code cell 3.*ZeroDivisionError.*fault of the course"):
        make_report(str(orders), str(out), force=True)
    assert tree(out) == before and not list(tmp_path.glob(".unfinished*"))


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("sign", ["SIGINT", "SIGTERM"])
def test_an_interrupted_run_leaves_nothing_but_a_sentence(small, orders, tmp_path, sign):
    """The driver in a process of its own, stopped while the kernel works."""
    path = small / f"{tool.LESSON}.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("time.sleep(wait)", "time.sleep(60)"), encoding="utf-8")
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'tools')!r})\nimport pathlib, report, course\n"
        f"report.NOTEBOOKS = pathlib.Path({str(small)!r})\n"
        f"sys.argv = ['course.py', '--here', 'report', {str(orders)!r}, '--out', {str(tmp_path / 'new' / 'r')!r}]\n"
        "course.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    for _ in range(300):
        if list(tmp_path.glob("new/.unfinished*/report/tables")):
            break
        time.sleep(0.1)
    time.sleep(2.5)
    assert process.poll() is None
    process.send_signal(getattr(signal, sign))
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and out == "" and "Traceback" not in err
    assert "Stopped: nothing was written and nothing was left behind." in err
    assert not (tmp_path / "new").exists()


def test_the_outer_driver_passes_a_signal_on_and_waits(tmp_path):
    """The process that `make` started only waits: its child clears up first."""
    import course

    child = (
        "import signal, sys, time, pathlib\n"
        "def stop(*_):\n    time.sleep(1)\n    pathlib.Path(sys.argv[1]).write_text('clean')\n    sys.exit(130)\n"
        "signal.signal(signal.SIGTERM, stop)\nprint('up', flush=True)\ntime.sleep(30)"
    )
    mark = tmp_path / "mark"
    held = signal.getsignal(signal.SIGTERM)
    threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
    try:
        code = course.inside_environment([sys.executable, "-c", child, str(mark)])
    finally:
        signal.signal(signal.SIGTERM, held)
    assert code == 130 and mark.read_text() == "clean"


def test_make_passes_each_path_as_one_word():
    words = {"ORDERS": "/tmp/it's a, فایل $$x.csv", "OUT": 'a "b" `c`', "COLUMNS": "m n.yml", "FORCE": "1"}
    command = ["make", "-n", "report", 'PYTHON=python"3', *(f"{k}={v}" for k, v in words.items())]
    # As from a terminal: under `make test`, make would pass its own flags on and say which folder it enters.
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    made = subprocess.run(
        command[:3] + command[4:], cwd=ROOT, capture_output=True, text=True, check=True, env=clean
    ).stdout
    import shlex

    assert shlex.split(made)[2:] == [
        "report", "--force", "--out=" + words["OUT"], "--columns=m n.yml", "--", "/tmp/it's a, فایل $x.csv",
    ]  # fmt: skip
    assert (
        "--force"
        not in subprocess.run(["make", "-n", "report", "FORCE=0"], cwd=ROOT, capture_output=True).stdout.decode()
    )


def test_a_signal_while_the_kernel_starts_is_an_interrupt(small, orders, tmp_path, monkeypatch):
    """The client cancels its own wait then, and asyncio lets that through as no Exception."""

    def starting(*_, **__):
        raise asyncio.CancelledError

    monkeypatch.setattr(tool, "execute", starting)
    with pytest.raises(KeyboardInterrupt):
        make_report(str(orders), str(tmp_path / "new" / "r"))
    assert not (tmp_path / "new").exists()


# -- the page ----------------------------------------------------------------------------------------------------------


def test_words_of_the_file_are_escaped_and_begin_on_their_own_side():
    table = pd.DataFrame({"group": ["چای و قهوه", "<script>x</script>", "tea"], "sales": ["1,234.5", "20 %", "-3"]})
    nb = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell("secret code", execution_count=1)
    cell.outputs = [
        nbformat.v4.new_output("stream", text="the column تاریخ فاکتور (2) was taken\n- <b>one\n- two\n"),
        nbformat.v4.new_output("stream", name="stderr", text="noise"),
        nbformat.v4.new_output("display_data", data={"text/html": table.to_html(index=False, border=0)}),
    ]
    nb.cells = [nbformat.v4.new_markdown_cell("## Part one\n\n## Part two"), cell]
    html = report_page(nb, "فروش.csv", "2026-01-01")
    assert '<td class="text" dir="auto">چای و قهوه</td>' in html and "<td>1,234.5</td>" in html and "<td>20 %" in html
    assert "<script" not in html and "secret code" not in html and "noise" not in html
    assert "column <bdi>تاریخ فاکتور</bdi> (2) was" in html
    assert "<ul><li>&lt;b&gt;one</li>\n<li>two</li>" in html
    assert html.count('<a href="#Part-') == 2 and html.index("<h1>") < html.index("Part one")


def test_a_section_without_result_keeps_its_reason_and_drops_what_describes_it():
    head, figure = "## Part {}\n\nThe bars are tenths.", {"alt": "x", "tags": ["report"]}
    cells = []
    for part, text in (("one", "too few"), ("two", "too few"), ("three", "no categories")):
        cells.append(nbformat.v4.new_markdown_cell(head.format(part)))
        cells.append(nbformat.v4.new_code_cell("draw()", metadata=figure, execution_count=1))
        cells[-1].outputs = [nbformat.v4.new_output("stream", text=text)]
    html = report_page(nbformat.v4.new_notebook(cells=cells), "t", "d")
    assert "tenths" not in html and "Part two" not in html and html.count("too few") == 1
    assert "Part one" in html and "Part three" in html and "no categories" in html


# -- the lesson itself -------------------------------------------------------------------------------------------------


def test_the_lesson_writes_what_is_promised_for_a_persian_file(tmp_path):
    """A few hundred Jalali orders with rows that cannot be used, through the whole lesson."""
    import numpy as np

    rng = np.random.default_rng(1)
    who = rng.choice(120, 600, p=rng.dirichlet(np.full(120, 0.8)))
    table = pd.DataFrame({"شماره فاکتور": range(600), "مشتری": [f"ali{k}@example.org" for k in who]})
    table["تاریخ"] = [f"{1402 + k // 300}/{1 + (k % 300) // 25:02d}/{1 + k % 25:02d}" for k in range(600)]
    table["مبلغ (تومان)"] = [f"{v:,}" for v in rng.integers(20, 900, 600) * 1000]
    table.loc[[3, 4], "تاریخ"] = "1402/13/01"
    path = tmp_path / "فروش من.csv"
    table.to_csv(path, index=False, encoding="utf-8-sig")
    (tmp_path / "m.yml").write_text("currency: تومان\nmargin: 0.3\n", encoding="utf-8")
    out = make_report(str(path), str(tmp_path / "r"), str(tmp_path / "m.yml"))
    names = set(tree(out))
    promised = {"report.html", "audit.csv", "references.bib", "methods.txt", "private/customer_numbers.csv"}
    assert promised | {"private/rows_set_aside.csv", "tables/customers.csv", "tables/first_page.csv"} <= names
    assert sum(n.startswith("figures/") for n in names) >= 3
    assert all(data.startswith(BOM) for name, data in tree(out).items() if name.endswith(".csv"))
    audit = pd.read_csv(out / "audit.csv").set_index("what")["rows"]
    assert audit["read"] == 600 == audit["used"] + audit[audit.index.str.startswith("set aside")].sum()
    assert audit["used"] == 598 and len(pd.read_csv(out / "private" / "rows_set_aside.csv")) == 2
    html = (out / "report.html").read_text(encoding="utf-8")
    assert "598" in html and "set aside: missing or unreadable date" in html and "تومان" in html
    assert html.index("Page one") < html.index("How the file was read") and "How the file was read</a>" in html
    assert re.findall(r"(?:src|href)=[\"'](?!data:|#)", html) == [] and "<script" not in html
    shared = [data for name, data in tree(out).items() if not name.startswith("private/")]
    assert not any(b"@example.org" in data for data in shared)
    alts = re.findall(r'<img alt="([^"]*)"', html)
    assert len(alts) >= 3 and all(len(alt) > 30 for alt in alts) and not any("Complete Journey" in alt for alt in alts)
