"""The lesson contract, as functions that list what a lesson breaks.

``make build`` and ``tests/test_lessons.py`` call the same functions; CONTRIBUTING.md explains the contract in words.
"""

import ast
import re
from statistics import median

from build_notebooks import TAGS

CODE_CELLS = (10, 22)
WORDS = (1000, 2200)
CELL_LINES, MEDIAN_LINES = 20, 6
FIGURES, BYTES = 6, 350_000
CLOSING = (
    "The decision",
    "What we found",
    "What this does not show",
    "Key ideas",
    "Exercises",
    "Quiz",
    "References",
    "Next",
)
OPENING = ("**You will be able to**", "**You need**", "**Time**", "**Data**")
FORBIDDEN = {
    r"^\s*[!%]": "no shell or magic lines",
    r"https?://": "no address is read",
    r"n_jobs\s*=\s*-1": "no n_jobs=-1",
    r"warnings\.(filter|simplefilter|catch)": "warnings are mended, not hidden",
    r"\bread_(csv|excel|parquet|html|json)\(|\bopen\(": "data come from idic_lib.data only",
    r"style\.use|sns\.set|set_theme": "figures carry plots.STYLE and no theme",
    r"[\"'](/|~|[A-Z]:\\)": "no absolute path",
    r"np\.random\.(seed|rand|normal|choice|poisson|shuffle)\(": "randomness comes from np.random.default_rng(seed)",
}
HTML_ALLOWED = {"details", "summary", "br"}
#: Texts of links that say nothing when they are read out alone.
VAGUE = {"here", "this", "link", "this link", "more", "read more", "click here", "page", "this page"}


def source_problems(lesson, known=()):
    """What a lesson's text breaks.

    Parameters
    ----------
    lesson : Lesson
    known : collection of str
        File names (without ending) of all lessons, for the links.
    """
    code = [c for c in lesson.cells if c.cell_type == "code"]
    prose = [c for c in lesson.cells if c.cell_type == "markdown"]
    problems = [f"unknown tag {t!r}" for c in lesson.cells for t in _tags(c) if t not in TAGS]
    problems += _opening(lesson)
    problems += _closing(prose)
    problems += _exercises(lesson.cells)
    problems += _names(lesson.cells)
    for cell in code:
        for pattern, rule in FORBIDDEN.items():
            if re.search(pattern, cell.source, flags=re.M):
                problems.append(f"{rule}: {_first(cell)}")
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if len(lines) > CELL_LINES:
            problems.append(f"a code cell has {len(lines)} lines, at most {CELL_LINES}: {_first(cell)}")
        if cell is not code[0] and "solution" not in _tags(cell) and re.search(r"^(import|from) ", cell.source, re.M):
            problems.append(f"imports stand in the first code cell: {_first(cell)}")
    if sum("headline" in _tags(c) for c in code) != 1:
        problems.append("exactly one code cell is tagged headline")
    if not code or "varies" not in _tags(code[-1]) or "checks.versions(" not in code[-1].source:
        problems.append("the last code cell prints checks.versions(...) and is tagged varies")
    text = "\n".join(c.source for c in prose)
    for tag in set(re.findall(r"</?([a-zA-Z]\w*)[ >]", re.sub(r"```.*?```|`[^`]*`|\$[^$\n]*\$", "", text, flags=re.S))):
        if tag.lower() not in HTML_ALLOWED:
            problems.append(f"CommonMark and maths only; <{tag}> is not")
    problems += readable_aloud(text)
    for target in re.findall(r"\]\((?:\.\./)?(\d\d_\w+)\.ipynb", text):
        if known and target not in known:
            problems.append(f"a link leads to {target}.ipynb, which does not exist")
    if not lesson.draft:
        problems += _sizes(lesson.cells)
    return problems


def readable_aloud(text):
    """What a reader with a screen reader stumbles over: levels of headings left out, links that do not say where to."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", text, flags=re.M)]
    problems = [f"a heading jumps from level {a} to {b}" for a, b in zip(levels, levels[1:]) if b > a + 1]
    if levels.count(1) != 1:
        problems.append(f"{levels.count(1)} headings of the first level, not one")
    for said in re.findall(r"(?<!!)\[([^]]+)\]\(", text):
        if said.strip("*` ").lower() in VAGUE or "://" in said:
            problems.append(f"the text of a link says where it leads, not {said!r}")
    return problems


def _tags(cell):
    return cell.metadata.get("tags", [])


def _first(cell):
    return next((line.strip() for line in cell.source.splitlines() if line.strip()), "")[:70]


def _opening(lesson):
    first = lesson.cells[0].source if lesson.cells else ""
    problems = []
    if not first.startswith(f"# {lesson.number} · {lesson.meta['title']}\n"):
        problems.append(f"the first line is not '# {lesson.number} · {lesson.meta['title']}'")
    if lesson.meta["question"] not in " ".join(first.split()):
        problems.append("the question of the front matter does not stand in the opening")
    problems += [f"the opening lacks {part}" for part in OPENING if part not in first]
    if f"{lesson.meta['minutes']} minutes" not in first or f"{lesson.meta['seconds']} seconds" not in first:
        problems.append("**Time** differs from the front matter's minutes and seconds")
    verbs = re.findall(r"^- ", first, flags=re.M)
    if not 3 <= len(verbs) <= 4:
        problems.append(f"'You will be able to' has {len(verbs)} points, not 3 or 4")
    return problems


def section(prose, title):
    text = "\n".join(c.source for c in prose)
    match = re.search(rf"^## {re.escape(title)}\s*\n(.*?)(?=^## |\Z)", text, flags=re.M | re.S)
    return match[1] if match else None


def _closing(prose):
    text = "\n".join(c.source for c in prose)
    headings = re.findall(r"^## (.+?)\s*$", text, flags=re.M)
    problems = [f"section '## {title}' is missing" for title in CLOSING if title not in headings]
    order = [h for h in headings if h in CLOSING]
    if not problems and order != list(CLOSING):
        problems.append(f"the closing sections stand in the order {order}")
    if not problems and headings[-len(CLOSING) :] != list(CLOSING):
        problems.append("another section stands between the closing ones")
    able = len(re.findall(r"^- ", prose[0].source, flags=re.M)) if prose else 0
    found = len(re.findall(r"^- ", section(prose, "What we found") or "", flags=re.M))
    if able != found:
        problems.append(f"'What we found' has {found} points, the opening {able}")
    ideas = len(re.findall(r"^\d\. ", section(prose, "Key ideas") or "", flags=re.M))
    if ideas != 5:
        problems.append(f"{ideas} key ideas, not five")
    quiz = section(prose, "Quiz") or ""
    questions = len(re.findall(r"^\d\. ", quiz, flags=re.M))
    if questions != 3 or quiz.count("<details>") != 3:
        problems.append("the quiz has three questions, each with a folded answer")
    return problems


def _exercises(cells):
    """Each exercise is: task, stub, hint, solution, check, in this order."""
    kinds = []
    for cell in cells:
        for tag in ("exercise", "hint", "solution", "check"):
            if tag in _tags(cell):
                kinds.append(("task" if cell.cell_type == "markdown" else "stub") if tag == "exercise" else tag)
    wanted = ["task", "stub", "hint", "solution", "check"]
    count = kinds.count("task")
    problems = []
    if kinds != wanted * count:
        problems.append(f"each exercise is {', '.join(wanted)}; found {', '.join(kinds)}")
    if not 3 <= count <= 5:
        problems.append(f"{count} exercises, not 3 to 5")
    return problems


def _names(cells):
    """Names that begin with my_ belong to one exercise; `expected` is computed, never typed."""
    problems, owner, number = [], {}, 0
    trees = []
    for cell in cells:
        if cell.cell_type == "markdown" and "exercise" in _tags(cell):
            number += 1
        if cell.cell_type != "code":
            continue
        try:
            tags, tree = _tags(cell), ast.parse(cell.source)
        except SyntaxError:
            problems.append(f"cannot be read as Python: {_first(cell)}")
            continue
        trees.append((cell, tags, tree, number))
        if "exercise" in tags:
            targets = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
            problems += [f"an exercise assigns {t!r}: its names begin with my_" for t in targets if t[:3] != "my_"]
            owner.update({t: number for t in targets})
            stubs = [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign)]
            if not stubs or not all(isinstance(v, ast.Constant) and v.value is ... for v in stubs):
                problems.append(f"a stub is `my_name = ...`: {_first(cell)}")
    for cell, tags, tree, number in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id.startswith("my_"):
                inside = {"exercise", "solution", "check"} & set(tags) and owner.get(node.id) == number
                if not inside and owner.get(node.id) is not None:
                    problems.append(f"{node.id} is read outside its own exercise: {_first(cell)}")
            if isinstance(node, ast.keyword) and node.arg == "expected":
                typed = not any(isinstance(n, ast.Name) for n in ast.walk(node.value))
                if typed:
                    problems.append(f"`expected` is computed from the data, never typed: {_first(cell)}")
    return problems


def _sizes(cells):
    own = [c for c in cells if c.cell_type == "code" and not {"exercise", "solution", "check"} & set(_tags(c))]
    lines = [len([x for x in c.source.splitlines() if x.strip()]) for c in own]
    prose = [c.source for c in cells if c.cell_type == "markdown" and not {"exercise", "hint"} & set(_tags(c))]
    words = sum(len(text.split()) for text in prose)
    problems = []
    if not CODE_CELLS[0] <= len(own) <= CODE_CELLS[1]:
        problems.append(f"{len(own)} code cells (without exercises), not {CODE_CELLS[0]} to {CODE_CELLS[1]}")
    if lines and median(lines) > MEDIAN_LINES:
        problems.append(f"code cells have {median(lines)} lines in the median, at most {MEDIAN_LINES}")
    if not WORDS[0] <= words <= WORDS[1]:
        problems.append(f"{words} words of prose, not {WORDS[0]:,} to {WORDS[1]:,}")
    return problems


def notebook_problems(nb, lesson, size):
    """What an executed notebook breaks.

    Parameters
    ----------
    nb : NotebookNode
    lesson : Lesson
        Its source.
    size : int
        Bytes on disk.
    """
    problems = []
    if nb.metadata.get("idic", {}).get("source_sha256") != lesson.stamp:
        problems.append("older than its source: run make build")
    if size > BYTES:
        problems.append(f"{size:,} bytes, at most {BYTES:,}")
    figures = 0
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        tags, outputs = _tags(cell), cell.get("outputs", [])
        if cell.get("execution_count") is None:
            problems.append(f"not executed: {_first(cell)}")
        if "nbval-check-output" in tags and not outputs:
            problems.append(
                f"tagged nbval-check-output without an output, so nbval would pass anything: {_first(cell)}"
            )
        pictures = sum("image/png" in o.get("data", {}) for o in outputs)
        figures += pictures
        if pictures and len(cell.metadata.get("alt", "")) < 30:
            problems.append(f"a figure without an alternative text that says the finding: {_first(cell)}")
        for output in outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                problems.append(f"an error or a warning is stored: {_first(cell)}")
            text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
            if outputs and "varies" not in tags:
                problems += [f"{n} has too many digits: {_first(cell)}" for n in _long_numbers(text)]
    if figures > FIGURES:
        problems.append(f"{figures} figures, at most {FIGURES}")
    return problems


def _long_numbers(text):
    """Numbers that show digits which nobody reads: three or more decimals and more than five significant digits."""
    found = []
    for match in re.finditer(r"(?<![\w.\-])\d[\d,]*\.(\d{3,})(?![\w.\-])", text):
        digits = match[0].replace(",", "").replace(".", "").lstrip("0")
        if len(digits) > 5:
            found.append(match[0])
    return found


def quoted_numbers(nb):
    """Numbers that the prose quotes and no executed cell shows or asserts (a list of str).

    Years, small whole numbers, references, formulas and code spans are passed over.
    """
    shown = set()
    for cell in nb.cells:
        if cell.cell_type == "code":
            texts = [cell.source, cell.metadata.get("alt", "")]
            texts += [o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.get("outputs", [])]
            shown.update(value for text in texts for value, _ in _numbers(text))
    missing, in_references = [], False
    for cell in nb.cells:
        if cell.cell_type != "markdown":
            continue
        for line in cell.source.splitlines():
            if line.startswith("## "):
                in_references = line.strip() == "## References"
            if in_references or line.startswith(("**Time**", "# ")):
                continue
            clean = re.sub(r"\]\([^)]*\)|`[^`]*`|\$[^$]*\$|https?\S+|doi\S*|\b\d{4}-\d\d-\d\d\b", " ", line)
            for value, decimals in _numbers(clean):
                # Counts of things on the page, years, and round thresholds (the best 20 %) are not results.
                small, year = value <= 31, 1900 <= value <= 2100
                if decimals == 0 and (small or year or value in (39, 52, 78) or (value <= 100 and value % 10 == 0)):
                    continue
                near = any(_rounds_to(v, value, decimals) or _rounds_to(100 * v, value, decimals) for v in shown)
                if not near:
                    missing.append(f"{value:g} in: {line.strip()[:70]}")
    return missing


def _numbers(text):
    for match in re.finditer(r"(?<![\w.])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+)(?![\d])", text):
        token = match[0].replace(",", "")
        yield float(token), len(token.partition(".")[2])


def _rounds_to(shown, value, decimals):
    return abs(shown - value) <= 0.5 * 10.0**-decimals + 1e-9
