"""``make report``: lesson 21 run on an orders file and kept as one folder that needs no server.

The lesson's cells tagged ``report`` are the template; its cell tagged ``parameters`` gives the defaults. Everything is
made in a temporary folder beside the goal and moved there when it is done, so that no report is ever half written.
"""

import ast
import asyncio
import base64
import csv
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from itertools import count
from pathlib import Path

import nbformat
from build_notebooks import NOTEBOOKS, ROOT, LessonError, execute, fresh_copy, kernel_environment
from pages import report_page

LESSON = "21_your_own_data"
MARKER = "report.json"
#: Folders of the course itself: no report is written into them.
OWN = (".ci", ".git", ".venv", ".venv-bench", ".venv-spark", "_run", "benchmarks", "datasets", "dist", "idic_lib",
       "notebooks", "tests", "tools", "work")  # fmt: skip
#: Left behind by file managers; nobody misses them.
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class ReportError(Exception):
    """No report is written; the message says why and what to do."""


# -- before anything is computed ---------------------------------------------------------------------------------------


def source_file(orders):
    """Absolute path of the orders file, or "" for Complete Journey."""
    if not orders:
        return ""
    if "://" in orders:
        raise ReportError(f"ORDERS={orders} is an address: save the file on this computer and give its path.")
    path = Path(os.path.abspath(os.path.expanduser(orders)))
    if not path.exists():
        raise ReportError(f"ORDERS={orders}: there is no such file (looked for {path}).")
    if path.is_dir():
        raise ReportError(f"ORDERS={orders} is a folder: give the file in it, for example {path / 'orders.csv'}.")
    if not os.access(path, os.R_OK):
        raise ReportError(f"ORDERS={orders} may not be read by you: ask for the right to read it, or copy it.")
    return str(path)


def settings_of(columns):
    """What the mapping file (YAML) sets: a dict of parameters of the lesson."""
    if not columns:
        return {}
    path = Path(os.path.expanduser(columns))
    if not path.is_file():
        raise ReportError(f"COLUMNS={columns}: there is no such file (looked for {path.absolute()}).")
    from idic_lib import recipes
    from idic_lib.errors import DataError

    try:
        return dict(recipes.read_mapping(path))
    except DataError as error:
        raise ReportError(f"COLUMNS={columns}: {error}") from None


def is_report(folder):
    """Whether `make report` made this folder."""
    try:
        return "files" in json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def strangers(folder):
    """Files in a report's folder that the report did not write."""
    known = set(json.loads((folder / MARKER).read_text(encoding="utf-8"))["files"]) | {MARKER}
    files = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    names = {path.relative_to(folder).as_posix() for path in files if path.name not in LITTER}
    return sorted(names - known)


def free_name(folder):
    """The first of folder-2, folder-3 … that does not exist."""
    return next(path for k in count(2) if not os.path.lexists(path := folder.with_name(f"{folder.name}-{k}")))


def goal(out, source, force=False):
    """Folder that will hold the report."""
    name = Path(source).stem if source else "complete_journey"
    path = Path(os.path.realpath(os.path.expanduser(out) if out else ROOT / "_report" / name))
    given = f"OUT={out}" if out else str(path)
    own = [ROOT / folder for folder in OWN if (ROOT / folder).exists()]
    if path == ROOT or path in ROOT.parents:
        raise ReportError(f"{given} holds the course itself: choose a new folder for the report.")
    if any(folder.exists() and os.path.samefile(folder, mine) for folder in (path, *path.parents) for mine in own):
        raise ReportError(f"{given} lies inside the course's own folders: choose another, for example _report/{name}.")
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return path
    if not path.is_dir():
        raise ReportError(f"{given} is a file: give the name of a folder.")
    if not is_report(path):
        raise ReportError(f"{given} exists and is not a report, so nothing in it is touched: choose a new folder.")
    if not force:
        return free_name(path)
    if strangers(path):
        raise ReportError(
            f"{given} also holds what no report wrote ({', '.join(strangers(path)[:3])}), so FORCE=1 does not replace "
            "it: move that elsewhere, or choose another OUT."
        )
    return path


# -- the run -----------------------------------------------------------------------------------------------------------


def template(parameters):
    """The part of the lesson that makes up a report, unexecuted, with these parameters."""
    from papermill.translators import translate_parameters

    nb = fresh_copy(nbformat.read(NOTEBOOKS / f"{LESSON}.ipynb", as_version=4))
    nb.cells = [c for c in nb.cells if {"report", "parameters"} & set(c.metadata.get("tags", []))]
    at = next(i for i, c in enumerate(nb.cells) if "parameters" in c.metadata.get("tags", []))
    known = {name.id for name in ast.walk(ast.parse(nb.cells[at].source)) if isinstance(name, ast.Name)}
    unknown = sorted(set(parameters) - known)
    if unknown:
        raise ReportError(f"the report has no setting {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    injected = nbformat.v4.new_code_cell(translate_parameters("python3", "python", parameters, "Parameters"))
    nb.cells.insert(at + 1, injected)
    return nb


def compute(nb):
    """Run the template with a bar on a terminal; a refusal of the data becomes one sentence."""
    from tqdm import tqdm

    env = kernel_environment()
    env["PYTHONWARNINGS"] = ""  # what a stranger's file makes a package say is told below and stops nothing
    total = sum(c.cell_type == "code" for c in nb.cells)
    bar = tqdm(total=total, unit="step", disable=not sys.stderr.isatty(), file=sys.stderr, leave=False, desc="report")
    done = threading.Event()

    def tick():  # one step reads and computes nearly everything: the clock shows that it lives
        while not done.wait(1):
            bar.refresh()

    threading.Thread(target=tick, daemon=True).start()
    try:
        execute(nb, NOTEBOOKS, on_cell=bar.update, timeout=None, env=env)
    except asyncio.CancelledError:  # a signal while the kernel starts
        raise KeyboardInterrupt from None
    except LessonError as problem:
        failed = [o for c in nb.cells for o in c.get("outputs", []) if o.output_type == "error"]
        if failed and failed[0].ename == "DataError":
            raise ReportError(failed[0].evalue) from None
        if "DeadKernelError" in str(problem):
            advice = "Close programs, or give fewer rows (for example one row an order instead of one a product)."
            raise ReportError(f"The computing process died; most often the memory is full. {advice}") from None
        raise ReportError(f"It failed in {problem}\nThis is a fault of the course: please report it.") from None
    finally:
        done.set()
        bar.close()
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                say(f"a package warned: {output.text.strip()[:500]}")


def save_figures(nb, folder):
    """Write the pictures under the names that their cells gave them."""
    folder.mkdir()
    pictures = [o for c in nb.cells for o in c.get("outputs", []) if "image/png" in o.get("data", {})]
    for i, output in enumerate(pictures, start=1):
        name = output.get("metadata", {}).get("image/png", {}).get("name", "figure")
        (folder / f"{i:02d}_{name}.png").write_bytes(base64.b64decode(output.data["image/png"]))


def fill(folder, parameters, name):
    """Compute, and write everything into `folder`."""
    for part in ("tables", "private"):
        (folder / part).mkdir()
    (folder / "private").chmod(0o700)
    nb = template(parameters | {"out": str(folder)})
    compute(nb)
    save_figures(nb, folder / "figures")
    made = time.strftime("%Y-%m-%d")
    title = f"What these methods say about the customers in {name}"
    (folder / "report.html").write_text(report_page(nb, title, made), encoding="utf-8", newline="\n")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    marker = {"made_by": "make report (Chai & Ketab)", "made_on": made, "of": name, "files": files}
    text = json.dumps(marker, ensure_ascii=False, indent=1) + "\n"
    (folder / MARKER).write_text(text, encoding="utf-8", newline="\n")


def publish(made, out, force):
    """Move the finished folder to its goal; a report that FORCE replaces is put aside first. Returns where it lies."""
    if not out.exists():
        made.rename(out)
        return out
    if not any(out.iterdir()):
        out.rmdir()
    elif not (force and is_report(out) and not strangers(out)):  # it came into being while we computed
        out = free_name(out)
    else:
        aside = made.with_name("old")
        out.rename(aside)
        try:
            made.rename(out)
        except OSError:
            aside.rename(out)
            raise
        return out
    made.rename(out)
    return out


def on_signals(action):
    if threading.current_thread() is threading.main_thread():
        for one in SIGNALS:
            signal.signal(one, action)


def _stop(*_):
    raise KeyboardInterrupt


def make_report(orders="", out="", columns="", force=False):
    """Write a report; returns its folder.

    Parameters
    ----------
    orders : str
        Path of an orders file; empty: Complete Journey.
    out : str
        Folder of the report; empty: ``_report/`` and the file's name. If a report lies there, a new folder beside it.
    columns : str
        Path of a mapping file (YAML).
    force : bool
        Replace the report that lies at `out`.

    Raises
    ------
    ReportError
        With the one sentence that the user needs. Then nothing was written, changed or left behind.
    KeyboardInterrupt
        The same, if the user or the system stopped the run.
    """
    source = source_file(orders)
    settings = settings_of(columns)
    path = goal(out, source, force)
    parameters = {k: v for k, v in settings.items() if v is not None} | {"orders_file": source}
    before = [folder for folder in path.parents if not folder.exists()]
    held = {one: signal.getsignal(one) for one in SIGNALS}
    temporary = None
    try:
        on_signals(_stop)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=".unfinished-report-", dir=path.parent))
            made = temporary / "report"  # mkdtemp's own folder is closed to others, and a report need not be
            made.mkdir()
            fill(made, parameters, Path(source).name or "Complete Journey")
            on_signals(_stop)  # the notebook client takes its own handlers away, and with them ours
            return publish(made, path, force)
        except OSError as error:
            raise ReportError(f"The report could not be written to {path}: {error.strerror or error}.") from None
    finally:
        on_signals(signal.SIG_IGN)  # a second Ctrl-C shall not leave half of the folder
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
        for folder in before:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        if threading.current_thread() is threading.main_thread():
            for one, handler in held.items():
                signal.signal(one, handler)


# -- what the user reads in the terminal -------------------------------------------------------------------------------


def say(text):
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def first_page_lines(folder):
    """The rows of page one as text."""
    with open(folder / "tables" / "first_page.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        share = row["unit"] == "share"
        value, low, high = (short(row.get(name) or "", 100 if share else 1) for name in ("value", "low", "high"))
        between = f" ({low} to {high})" if low else ""
        yield f"  {row['what']}: {value}{between} {'%' if share else row['unit']}".rstrip()


def short(number, times=1):
    """Four significant digits, and whole numbers in full."""
    try:
        x = float(number) * times
    except ValueError:
        return number
    return f"{x:,.0f}" if abs(x) >= 1000 or x == round(x) else f"{x:.4g}"


def run(args):
    """The command: arguments of the driver in, exit code out."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a console that has no Persian letters
    started = time.perf_counter()
    try:
        folder = make_report(args.orders, args.out, args.columns, args.force)
    except ReportError as error:
        say(f"No report was written. {error}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped: nothing was written and nothing was left behind.")
        return 130
    print("\n".join(first_page_lines(folder)))
    page = folder / "report.html"
    shown = os.path.relpath(page) if page.is_relative_to(Path.cwd()) else page
    print(f"\nThe report, after {time.perf_counter() - started:.0f} s: {shown}")
    print("Keep the folder private/ to yourself: it says which number stands for which customer.")
    return 0
