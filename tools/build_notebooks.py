"""Build the lessons: text (notebooks/src/NN_slug.py) -> executed notebooks, learner's and solutions, and the indexes.

Called by ``tools/course.py build`` inside the course's environment. The source is jupytext's py:percent with a front
matter; CONTRIBUTING.md says how a lesson is written. Built one way only: nobody edits an .ipynb.
"""

import base64
import hashlib
import json
import os
import re
import sys
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SOURCES = NOTEBOOKS / "src"
SOLUTIONS = NOTEBOOKS / "solutions"

FRONT_MATTER = ("number", "title", "question", "minutes", "seconds", "needs", "data", "part")
TAGS = {"exercise", "hint", "solution", "check", "headline", "varies", "folded", "parameters", "report"}
CELL_TIMEOUT = 120
PARTS = {
    "0": "Start",
    "I": "Part I · Why customers",
    "II": "Part II · IDIC, step by step",
    "III": "Part III · Comparable models, same firm",
    "IV": "Part IV · Your own",
}


class LessonError(Exception):
    """A lesson cannot be built; the message says which and why."""


@dataclass
class Lesson:
    """One lesson's source: its front matter and its cells, solutions included."""

    path: Path
    meta: dict
    cells: list
    stamp: str
    name: str = field(init=False)

    def __post_init__(self):
        self.name = self.path.stem

    @property
    def number(self):
        return self.meta["number"]

    @property
    def draft(self):
        return bool(self.meta.get("draft"))


def read_lesson(path):
    """Read a lesson's source text.

    The stamp is taken over the text with LF line ends, so that it is the same on every system.
    """
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    match = re.match(r"# ---\n((?:#.*\n)*?)# ---\n", text)
    if not match:
        raise LessonError(f"{path.name}: no front matter (lines '# ---' around it at the top)")
    meta = yaml.safe_load("\n".join(line[2:] for line in match[1].splitlines()))
    missing = [key for key in FRONT_MATTER if key not in meta]
    if missing:
        raise LessonError(f"{path.name}: the front matter lacks {missing}")
    cells = jupytext.reads(text[match.end() :].lstrip("\n"), fmt="py:percent").cells
    return Lesson(path, meta, cells, hashlib.sha256(text.encode()).hexdigest())


def read_lessons(only=None, sources=SOURCES):
    """All lessons in order of their number, or those whose number is in `only`."""
    lessons = [read_lesson(p) for p in sorted(sources.glob("[0-9][0-9]_*.py"))]
    if only:
        known = {lesson.number for lesson in lessons}
        unknown = [n for n in only if n not in known]
        if unknown:
            raise LessonError(f"no lesson {', '.join(unknown)}; there are {', '.join(sorted(known))}")
        lessons = [lesson for lesson in lessons if lesson.number in only]
    return lessons


def notebook(lesson, solutions):
    """The lesson as an unexecuted notebook: the learner's, or the one with solutions."""
    nb = nbformat.v4.new_notebook()
    seen = {}
    for source in lesson.cells:
        tags = source.metadata.get("tags", [])
        if "solution" in tags and not solutions:
            continue
        make = nbformat.v4.new_code_cell if source.cell_type == "code" else nbformat.v4.new_markdown_cell
        cell = make(source.source)
        # An id from the content stays when cells are put before it, so that a change shows as what it is.
        digest = hashlib.sha1((source.cell_type + source.source).encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        cell["id"] = f"c{digest}" if seen[digest] == 1 else f"c{digest}-{seen[digest]}"
        if tags:
            cell.metadata["tags"] = list(tags)
        if {"check", "folded"} & set(tags):  # the code of a check holds the way to the answer; folded code only draws
            cell.metadata["jupyter"] = {"source_hidden": True}
        if "alt" in source.metadata:
            cell.metadata["alt"] = source.metadata["alt"]
        nb.cells.append(cell)
    nb.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "idic": {"lesson": lesson.number, "title": lesson.meta["title"], "source_sha256": lesson.stamp},
    }
    return nb


def kernel_environment(strict=False):
    """Environment variables under which lessons run: one BLAS thread, our warnings and the lessons' are errors."""
    package = ROOT / "idic_lib"
    modules = sorted(
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for p in package.rglob("*.py")
    )
    env = dict(os.environ)
    env.update(
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        MKL_NUM_THREADS="1",
        PYTHONHASHSEED="0",
        PYDEVD_DISABLE_FILE_VALIDATION="1",
        # Of another firm a warning may be true (records without a usable field), so there it only warns.
        PYTHONWARNINGS="" if os.environ.get("IDIC_FIRM") else ",".join(f"error:::{m}" for m in ["__main__", *modules]),
    )
    env["IDIC_STRICT"] = "1" if strict else "0"
    env.pop("MPLBACKEND", None)  # a reader's choice of backend would leave the notebooks without figures
    return env


def execute(nb, folder, *, strict=False, on_cell=None, timeout=CELL_TIMEOUT, env=None):
    """Run a notebook in place, in `folder`.

    Parameters
    ----------
    nb : NotebookNode
    folder : Path
        Where the cells run.
    strict : bool
        Whether a wrong answer to an exercise is an error.
    on_cell : callable, optional
        Called without arguments after each code cell.
    timeout : float, optional
        Seconds for one cell; None: no limit.
    env : dict, optional
        Environment variables of the kernel, in place of `kernel_environment`.

    Raises
    ------
    LessonError
        With the cell's number, its first line and the error.
    KeyboardInterrupt
        If the run was stopped; the client itself would call this a dead kernel.
    """
    config = Config()
    sockets = TemporaryDirectory(prefix="idic-", ignore_cleanup_errors=True)
    if os.name == "posix":
        # Over TCP each kernel start prints a line about encryption; a relative socket would be sought in `folder`.
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = os.path.join(sockets.name, "kernel")
    client = NotebookClient(
        nb,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        shutdown_kernel="immediate",  # a kernel that is asked to stop first writes a traceback to the terminal
        resources={"metadata": {"path": str(folder)}},
        on_cell_executed=(lambda **_: on_cell()) if on_cell else None,
        config=config,
    )
    try:
        client.execute(env=env or kernel_environment(strict))
    except CellExecutionError as error:
        if stopped(client):
            raise KeyboardInterrupt from None
        index = next(i for i, c in enumerate(nb.cells) if any(o.output_type == "error" for o in c.get("outputs", [])))
        raise LessonError(f"{where(nb, index)}\n{error.ename}: {error.evalue}") from None
    except Exception as error:  # a dead kernel or a time-out names no cell: the first that has not run is the one
        if stopped(client):
            raise KeyboardInterrupt from None
        index = next((i for i, c in enumerate(nb.cells) if c.cell_type == "code" and not c.execution_count), 0)
        raise LessonError(f"{where(nb, index)}\n{type(error).__name__}: {str(error).partition(chr(10))[0]}") from None
    finally:
        sockets.cleanup()


def stopped(client):
    """Whether a signal ended the run: nbclient takes signals, shuts the kernel down and keeps only this trace."""
    return getattr(client, "_async_cleanup_kernel_future", None) is not None


def where(nb, index):
    """Name a cell so that a reader finds it: its number among the code cells and its first line."""
    number = sum(c.cell_type == "code" for c in nb.cells[: index + 1])
    line = next((s for s in nb.cells[index].source.splitlines() if s.strip()), "")
    return f"code cell {number}: {line[:80]}"


def tidy(nb):
    """Leave in an executed notebook only what is the same at every build, and tag the cells whose text is tested."""
    for i, cell in enumerate(nb.cells):
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        cell.outputs = one_stream(cell.outputs)
        noise = [o for o in cell.outputs if o.get("name") == "stderr"]
        if noise:
            raise LessonError(f"{where(nb, i)}\nprints on stderr: {noise[0].text.strip()[:300]}")
        tags = cell.metadata.get("tags", [])
        kinds = {k for o in cell.outputs for k in o.get("data", {"text/plain": ""})}
        if kinds and "image/png" not in kinds and "varies" not in tags:
            cell.metadata["tags"] = [*tags, "nbval-check-output"]
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                # The repr beside a picture holds its size in pixels, which depends on the fonts' rendering.
                output.data = {"image/png": output.data["image/png"]}
                output.metadata = {"image/png": {"alt": cell.metadata.get("alt", "")}}
    nb.metadata.language_info = {"name": "python"}
    return nb


def one_stream(outputs):
    """Join what a cell printed: a kernel cuts it where time passed, so two builds would differ."""
    joined = []
    for output in outputs:
        if joined and output.output_type == "stream" and joined[-1].get("name") == output.get("name"):
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def signature(nb):
    """What decides whether a stored notebook is still true: sources, tags and text outputs; not the pictures' bytes."""
    parts = [nb.metadata.get("idic", {}), nb.metadata.get("kernelspec", {})]
    for cell in nb.cells:
        outputs = []
        for output in cell.get("outputs", []):
            data = {k: v for k, v in output.get("data", {}).items() if k != "image/png"}
            outputs.append([output.output_type, output.get("text", ""), data, output.get("metadata", {})])
        parts.append([cell.cell_type, cell.id, cell.source, cell.metadata, outputs])
    return json.dumps(parts, sort_keys=True, ensure_ascii=False)


def write_if_changed(path, nb):
    """Write a notebook unless the one on disk says the same; returns whether it was written."""
    if path.exists() and signature(nbformat.read(path, as_version=4)) == signature(nb):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.validate(nb)
    text = json.dumps(nb, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def build_lesson(lesson, *, folder=NOTEBOOKS):
    """Execute and write both notebooks of a lesson; returns the paths that were written."""
    written = []
    for solutions, target in (
        (False, folder / f"{lesson.name}.ipynb"),
        (True, folder / "solutions" / f"{lesson.name}.ipynb"),
    ):
        nb = notebook(lesson, solutions)
        target.parent.mkdir(parents=True, exist_ok=True)
        execute(nb, target.parent, strict=solutions)
        if write_if_changed(target, tidy(nb)):
            written.append(target)
    return written


def headline(nb):
    """The text that the cell tagged `headline` printed, on one line."""
    for cell in nb.cells:
        if "headline" in cell.metadata.get("tags", []):
            text = "".join(o.get("text", "") for o in cell.outputs)
            return " ".join(text.split())
    return ""


def lesson_table(lessons, folder=""):
    """Markdown table of the lessons, one block a part."""
    rows = []
    for part, title in PARTS.items():
        here = [lesson for lesson in lessons if str(lesson.meta["part"]) == part]
        if not here:
            continue
        rows += [f"| **{title}** | | | | | | |"]
        for lesson in here:
            m = lesson.meta
            needs = ", ".join(m["needs"]) or "–"
            rows.append(
                f"| [{lesson.number}]({folder}{lesson.name}.ipynb) | {m['title']} | {m['question']} | {m['minutes']} | "
                f"{m['seconds']} | {needs} | {m['data']} |"
            )
    head = [
        "| no. | lesson | the question it answers | minutes to read | seconds to run (budget) | needs | data |",
        "| --- | --- | --- | ---: | ---: | --- | --- |",
    ]
    return "\n".join(head + rows)


def indexes(lessons):
    """The generated texts: notebooks/README.md, its glossary and the table inside README.md; a dict path -> text."""
    shown = [lesson for lesson in lessons if not lesson.draft]
    index = (
        "# The lessons\n\n"
        "Generated by `make build` from the front matter of `src/`; do not edit. Read a notebook here or run it with "
        "`make lab`; its exercises are solved in [`solutions/`](solutions/). What words mean, in English and Persian: "
        "[glossary](GLOSSARY.md).\n\n"
        f"{lesson_table(shown)}\n"
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    begin, end = "<!-- lessons: generated by make build -->", "<!-- end of lessons -->"
    if begin in readme and end in readme:
        before, rest = readme.split(begin, 1)
        after = rest.split(end, 1)[1]
        readme = f"{before}{begin}\n{lesson_table(shown, 'notebooks/')}\n{end}{after}"
    # Slow to import, and of no use to those who only read lessons.
    from pages import glossary_page

    from idic_lib import data

    names = {lesson.number: lesson.name for lesson in lessons}
    glossary = glossary_page(data.load_glossary().to_dict("records"), names)
    return {NOTEBOOKS / "README.md": index, NOTEBOOKS / "GLOSSARY.md": glossary, ROOT / "README.md": readme}


def build(only=None):
    """Build lessons and indexes; prints what was written. Returns the number of lessons that could not be built."""
    failed = 0
    for lesson in read_lessons(only):
        try:
            written = build_lesson(lesson)
        except LessonError as error:
            failed += 1
            print(f"{lesson.name}: FAILED in {error}", file=sys.stderr)
            continue
        write_picture(lesson)
        print(f"{lesson.name}: {', '.join(str(p.relative_to(ROOT)) for p in written) or 'unchanged'}")
    for path, text in indexes(read_lessons()).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{path.relative_to(ROOT)}: written")
    return failed


def write_picture(lesson):
    """Write the figure that the front matter's `picture` names (1 = first) to images/NN.png, for the documents.

    The stored notebook is the source, so that the picture changes only when the lesson does.
    """
    if "picture" not in lesson.meta or not (NOTEBOOKS / f"{lesson.name}.ipynb").exists():
        return
    nb = nbformat.read(NOTEBOOKS / f"{lesson.name}.ipynb", as_version=4)
    figures = [o.data["image/png"] for c in nb.cells for o in c.get("outputs", []) if "image/png" in o.get("data", {})]
    path = NOTEBOOKS / "images" / f"{lesson.number}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(base64.b64decode(figures[lesson.meta["picture"] - 1]))


def fresh_copy(nb):
    """A copy without outputs, to be executed anew."""
    nb = deepcopy(nb)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nb
