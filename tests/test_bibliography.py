"""One bibliography: what lessons, docstrings and pages cite stands in references.bib, and the other way round."""

import ast
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import pytest
from build_notebooks import read_lessons
from contract import section

ROOT = Path(__file__).resolve().parents[1]
BIB = (ROOT / "idic_lib" / "references.bib").read_text(encoding="utf-8")
LESSONS = read_lessons()
MODULES = sorted((ROOT / "idic_lib").rglob("*.py"))
PAGES = [*sorted(ROOT.glob("*.md")), ROOT / "datasets/README.md", ROOT / "benchmarks/README.md"]

YEAR = r"(1[5-9]\d\d|20\d\d)"
NAME = r"(?:(?:de|ten|van|von|El) )?[A-ZÀ-Ý][\w’'-]*[a-zß-ÿ][\w’'-]*"
AUTHOR = rf"{NAME}(?:, [A-Z]\.(?:[ -]?[A-Z]\.)*)?(?: II)?"
ALSO = r"(?:, & |, and |, | & | and )"
MORE = r"(?: et al\.| and others)?"
MONTHS = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"}
MONTHS |= {"December"}
#: A bullet without a work names a program or a page of the course: these have versions, not references.
NO_WORK = r"\bpackages?\b|`[\w-]+`|\blessons? \d\d|datasets/README"


def parse(text):
    """Entries by key, each a dict of its fields; a line that is no field is an error."""
    entries = {}
    for kind, key, body in re.findall(r"^@(\w+)\{(\w+),\n(.*?)^\}$", text, flags=re.M | re.S):
        fields = re.findall(r"^  (\w+) *= \{(.*)\},?$", body, flags=re.M)
        assert len(fields) == len(body.splitlines()) == len(dict(fields)), (
            f"{key}: a line is no field, or one comes twice"
        )
        assert all(value.count("{") == value.count("}") for _, value in fields), f"{key}: braces do not match"
        assert key not in entries, f"{key} comes twice"
        entries[key] = {"kind": kind, **dict(fields)}
    assert len(entries) == len(re.findall("^@", text, flags=re.M)), "an entry cannot be read"
    return entries


@lru_cache(None)
def fold(text):
    """Words in small letters, without accents, braces and signs."""
    text = re.sub(r"\\(?:ell\b)", "l", text).replace("\\", "")
    text = re.sub(
        r"[{}$’'`\"]", "", "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    )
    return " ".join(re.findall(r"[a-z0-9&]+", text.lower()))


def families(entry):
    names = entry.get("author", entry.get("editor", "")).split(" and ")
    return [fold(name.split(",")[0]) for name in names if name and name != "others"]


ENTRIES = parse(BIB)


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


def bullets(lesson):
    """The bullets of the References cell, each on one line."""
    text = section([cell for cell in lesson.cells if cell.cell_type == "markdown"], "References")
    return [squeeze(part) for part in re.split(r"^- ", text, flags=re.M)[1:]]


def prose(lesson):
    text = "\n\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    return re.sub(r"^## References\s*\n.*?(?=^## |\Z)", "", text, flags=re.M | re.S)


def works(bullet):
    """The works of a bullet: a list of (names, year, text up to the next); the year is "" where none is given."""
    text = re.sub(rf"\({YEAR}[;,][^()]*\)", r"(\1)", bullet)
    note = rf"\((?!{YEAR}\))(?=[^()]*[A-Za-z]{{2}})[^()]*(?:\([^()]*\)[^()]*)*\)"
    text = re.sub(note, "", text)  # what was read, what was not
    found, starts = [], []
    for head in re.finditer(rf"\({YEAR}\)", text):
        before = text[: head.start()].rstrip()
        who = re.search(rf"(?<![\w.])({AUTHOR}(?:{ALSO}{AUTHOR})*{MORE})(?:, \*[^*]+\*[^()*]*)?$", before)
        starts.append(who.start() if who else before.rfind("; ") + 1)
        found.append((re.findall(rf"({NAME})(?:, [A-Z]\.|{ALSO}|{MORE}$|$)", who[1]) if who else [], head[1]))
    if not found:
        who = re.match(rf"{AUTHOR}(?:{ALSO}{AUTHOR})*{MORE}(?=, [*\"])", text)
        names = re.findall(rf"({NAME})(?:, [A-Z]\.|{ALSO}|{MORE}$|$)", who[0]) if who else []
        titles = re.findall(r'"[^"]+"|\*[^*]+\*', text) if names else []
        # A book that changed its title stands under both.
        parts = re.split(r'("[^"]+"|\*[^*]+\*)', text)
        return [(names, "", "".join(x for x in parts if x == title or x not in titles)) for title in titles]
    return [(*work, text[a:b]) for work, a, b in zip(found, starts, [*starts[1:], None])]


def said(text):
    """What stands in quotation marks or italics and looks like a title or a journal."""
    found = [(x, True) for x in re.findall(r'"([^"]+)"', text)]
    found += [(x, False) for x in re.findall(r"\*([^*]+)\*", text)]
    return [(fold(x.rstrip("….")), quoted) for x, quoted in found if x[0].isupper() or " " in x or "-" in x]


def resolve(names, year, text, entries=ENTRIES):
    """Keys of the entries which a work of a bullet can be; one is right."""
    names = [fold(name) for name in names]
    right = []
    for key, entry in entries.items():
        title, who = fold(entry["title"]), families(entry)
        place = fold(" ".join(entry.get(name, "") for name in ("journal", "booktitle", "howpublished")))
        same = names and who and names[0] == who[0] and ("others" in entry["author"] or set(names) <= set(who))
        same = same or (not who and fold(entry["organization"]) in fold(text))
        known = all(part in title or (not quoted and part in place) for part, quoted in said(text))
        edition = re.findall(r"\b(\d)(?:st|nd|rd|th) ed\.", text)
        if same and known and year in ("", entry["year"]) and (not edition or entry.get("edition") in edition):
            right.append(key)
    return right


def differences(key, text, entries=ENTRIES):
    """Where volume, number or pages of a bullet are not those of the entry."""
    entry, problems = entries[key], []
    given = re.search(
        r"\*,? (?P<volume>(?:SSC-)?\d+)(?:\((?P<number>[\d–]+)\))?(?:,| (?=\d))?(?: (?P<pages>\d+–\d+))?(?![\w(])", text
    )
    given = given or re.search(r"\*, (?P<pages>\d+–\d+)", text)
    for name, value in (given.groupdict() if given else {}).items():
        there = entry.get(name, "").replace("--", "–")
        if value and there and value != there:
            problems.append(f"{key}: {name} {value}, in references.bib {there}")
    return problems


def bullet_problems(bullet, entries=ENTRIES):
    """Keys of the entries that a bullet of References names, and what is wrong with it."""
    keys, problems = set(), []
    for key, entry in entries.items():
        if fold(entry.get("shorttitle", "")) and fold(entry["shorttitle"]) in fold(bullet):
            keys.add(key)
    for names, year, text in works(bullet):
        right = resolve(names, year, text, entries)
        # Without a year two editions of one book may be meant.
        if not right and not year and re.search(NO_WORK, bullet):
            continue  # who wrote a program
        if not right or (year and len(right) > 1):
            problems.append(f"{'not' if not right else 'more than once'} in references.bib: {text[:90]}")
        else:
            keys.update(right)
            problems += differences(right[0], text, entries)
    if not keys and not problems and not re.search(NO_WORK, bullet):
        problems.append(f"names no work, program or lesson: {bullet[:90]}")
    return keys, problems


def citations(text):
    """Citations in running text, as (names, year, words): Name (2005), Name & Name (2005), (Name et al. 2005)."""
    text = re.sub(r'```.*?```|`[^`\n]*`|\$[^$\n]*\$|"[^"\n]*"', " ", text, flags=re.S)
    text = re.sub(r"\b(?:[A-Z]\. ?)+(?=[A-Z][a-z])", "", squeeze(text.replace("*", "")))
    found = []
    for match in re.finditer(rf"({NAME}(?:{ALSO}{NAME})*){MORE}(?:,? \(?(?:both )?){YEAR}(?![\d–-])", text):
        inside = text[: match.start()].rpartition(")")[2].count("(") > 0
        between = match[0][len(match[1]) :]
        names = [re.sub(r"[’']s?$", "", name) for name in re.findall(NAME, match[1])]
        if names[-1] not in MONTHS and ("(" in between or inside or "," not in between):
            found.append((names, match[2], match[0] + ")" * ("(" in between)))
    return found


def cited(names, year, entries=ENTRIES):
    """Keys that a citation can mean: the first author's name is its first, the year is the same."""
    names = {fold(name): None for name in names}
    whos = {key: families(entry) for key, entry in entries.items() if entry["year"] == year}
    return [key for key, who in whos.items() if who and [*names][0] == who[0] and names.keys() <= set(who)]


def text_problems(text, own, entries=ENTRIES):
    """Citations of a lesson's text that are not in references.bib, or not among the keys of its References cell."""
    problems = []
    for names, year, words in citations(text):
        right = cited(names, year, entries)
        if not right:
            problems.append(f"not in references.bib: {words}")
        elif own is not None and not own & set(right):
            problems.append(f"not among the lesson's References: {words}")
    return problems


# The file -----------------------------------------------------------------------------------------------------------


def test_entries_have_what_a_list_of_references_needs():
    assert len(ENTRIES) > 100 and list(ENTRIES) == sorted(ENTRIES)
    for key, entry in ENTRIES.items():
        assert {"author", "editor", "organization"} & set(entry) and {"title", "year"} <= set(entry), key
        where = {"article": {"journal"}, "inproceedings": {"booktitle"}}.get(entry["kind"], set())
        assert where <= set(entry) and re.fullmatch(YEAR, entry["year"]), key
        assert re.match(rf"[a-z]+{entry['year']}[a-z]*$", key), key
        assert not who_is_not_first(key, entry), key


def who_is_not_first(key, entry):
    return families(entry) and not key.startswith(re.sub("[^a-z]", "", families(entry)[0]))


def test_no_work_comes_twice():
    works = [(fold(entry["title"]), entry["year"]) for entry in ENTRIES.values()]
    assert sorted({work for work in works if works.count(work) > 1}) == []


# Lessons, docstrings, pages -----------------------------------------------------------------------------------------

by_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


KEYS = {lesson.name: set().union(*(bullet_problems(x)[0] for x in bullets(lesson))) for lesson in LESSONS}


@by_lesson
def test_every_reference_of_a_lesson_is_an_entry(lesson):
    assert bullets(lesson) and [problem for bullet in bullets(lesson) for problem in bullet_problems(bullet)[1]] == []


@by_lesson
def test_every_citation_in_a_lesson_is_in_its_references(lesson):
    assert text_problems(prose(lesson), KEYS[lesson.name]) == []


def docstrings(path):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return [
        ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, kinds)
    ]


def test_every_citation_in_docstrings_and_pages_is_an_entry():
    problems = []
    for path in [*MODULES, *PAGES]:
        texts = docstrings(path) if path.suffix == ".py" else [path.read_text(encoding="utf-8")]
        problems += [f"{path.name}: {problem}" for text in texts for problem in text_problems(text, None)]
    assert problems == []


def test_every_entry_is_cited():
    texts = [prose(lesson) for lesson in LESSONS] + [path.read_text(encoding="utf-8") for path in [*MODULES, *PAGES]]
    seen = {key for text in texts for names, year, _ in citations(text) for key in cited(names, year)}
    seen |= set().union(*KEYS.values())
    seen |= {
        key for lesson in LESSONS for bullet in bullets(lesson) for n, y, _ in citations(bullet) for key in cited(n, y)
    }
    seen |= set(re.findall(r"@(\w+)", (ROOT / "idic_lib/report/sentences.json").read_text(encoding="utf-8")))
    assert sorted(set(ENTRIES) - seen) == []


# These tests can fail -----------------------------------------------------------------------------------------------


def test_an_unknown_citation_is_caught():
    own = {"fader2005counting"}
    assert text_problems("As Fader, Hardie & Lee (2005) did, in June 1998 (see Fader et al. 2005).", own) == []
    assert text_problems("So says Nobody (2005).", own) == ["not in references.bib: Nobody (2005)"]
    assert text_problems("It pays (Nobody & Fader 2005).", own) == ["not in references.bib: Nobody & Fader 2005"]
    assert text_problems("It pays (Nobody et al. 2005).", own) == ["not in references.bib: Nobody et al. 2005"]
    assert text_problems("Fader, Hardie & Lee (2006) did.", own) == [
        "not in references.bib: Fader, Hardie & Lee (2006)"
    ]
    assert text_problems("Shannon's (1948) bits", own) == ["not among the lesson's References: Shannon's (1948)"]


def test_a_wrong_reference_is_caught():
    good = "\"'Counting Your Customers' the Easy Way\", *Marketing Science* 24(2), 275–284 (title page read)."
    names = "Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005), "
    assert bullet_problems(names + good) == ({"fader2005counting"}, [])
    for old, new in [
        ("2005", "2004"),
        ("Easy", "Hard"),
        ("Fader", "Feder"),
        ("Marketing", "Management"),
        ("Lee", "Li"),
    ]:
        assert "not in references.bib" in bullet_problems((names + good).replace(old, new))[1][0], new
    for old, new in [("24(", "25("), ("(2),", "(3),"), ("275–", "276–")]:
        assert "in references.bib" in bullet_problems((names + good).replace(old, new))[1][0], new
    two = names + good + ' Shannon, C. E. (1948), "A Mathematical Theory of Gossip" (not read).'
    found, problems = bullet_problems(two)
    assert found == {"fader2005counting"} and problems[0].startswith("not in references.bib: Shannon, C. E. (1948)")
    assert bullet_problems("A good book.")[1] == ["names no work, program or lesson: A good book."]
    assert bullet_problems("Peppers, D. & Rogers, M., *Return on Gold* (2005).")[1]


def test_a_broken_file_is_caught():
    entry = "@book{a2000b,\n  author = {A, B.},\n  title = {C}\n}\n"
    assert parse(entry)["a2000b"]["title"] == "C"
    for broken in (
        entry + entry,
        entry.replace("  title", "title"),
        entry.replace("{C}", "{C"),
        entry.replace("2000b,", "2000b"),
    ):
        with pytest.raises(AssertionError):
            parse(broken)
