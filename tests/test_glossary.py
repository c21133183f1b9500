"""One glossary: its rows are sound, the lessons use its words and its Persian, and none of what it says not to use."""

import re

import pandas as pd
import pytest
from build_notebooks import NOTEBOOKS, ROOT, read_lessons
from pages import glossary_page

from idic_lib import data

LESSONS = {lesson.number: lesson for lesson in read_lessons()}
GLOSSARY = data.load_glossary()
ROWS = GLOSSARY.to_dict("records")
PERSIAN = r"[آ-یٔ\u200c]+(?:[ ،]+[آ-یٔ\u200c]+)*"


def prose(text):
    """Markdown as read: without code, formulas, targets of links, marks of emphasis and, in References, titles."""
    text = re.sub(r"```.*?```|`[^`\n]*`|\$[^$\n]*\$|\]\([^)]*\)", " ", text, flags=re.S)
    before, heading, references = text.partition("## References")
    references = re.sub(r'"[^"]*"|\*[^*]+\*', " ", references)
    return re.sub(r"[ \n]+", " ", re.sub(r"[*_]", "", before + heading + references))


def text_of(lesson):
    """All Markdown of a lesson, a cell at a time."""
    return " ".join(prose(cell.source) for cell in lesson.cells if cell.cell_type == "markdown")


TEXTS = {number: text_of(lesson) for number, lesson in LESSONS.items()}


def word(text, plural=False):
    flags = 0 if re.search("[A-Z]", text) else re.I
    return re.compile(rf"(?<![\w\u200c]){re.escape(text)}{'s?' * plural}(?![\w\u200c])", flags)


def not_to_be_used(text, rows=ROWS):
    """Variants in a text of which the glossary has another form, as (variant, term)."""
    pairs = [(variant, row["term"]) for row in rows for variant in row["not_to_use"].split(";") if variant]
    return [(variant, term) for variant, term in pairs if word(variant).search(text)]


def other_persian(text, rows=ROWS):
    """Persian beside a term of the glossary that is not the glossary's, as (term, Persian)."""
    found = []
    for match in re.finditer(PERSIAN, text):
        before = re.sub(r"(?:[\s(,:]|\b(?:in|our) Persian\b)+$", "", text[: match.start()][-80:])
        ends = [row for row in rows if re.search(rf"(?<!\w){re.escape(row['term'])}$", before, flags=re.I)]
        row = max(ends, key=lambda row: len(row["term"]), default=None)
        if row and match[0] != row["persian"]:
            found.append((row["term"], match[0]))
    return found


# The table ----------------------------------------------------------------------------------------------------------


def test_columns_and_words():
    assert GLOSSARY.columns.tolist() == ["term", "persian", "definition", "lesson", "not_to_use", "mark"]
    assert len(GLOSSARY) >= 120 and GLOSSARY["term"].str.casefold().is_unique
    assert GLOSSARY["term"].tolist() == sorted(GLOSSARY["term"], key=str.casefold)
    assert (GLOSSARY["mark"].isin(["V", "M"])).all() and (GLOSSARY["mark"] == "V").sum() >= 15
    assert (GLOSSARY.drop(columns="not_to_use") != "").all(axis=None)
    assert not GLOSSARY.apply(lambda column: column.str.contains(r"^\s|\s$|\s\s|[|*`]")).any(axis=None)
    words = GLOSSARY["definition"].str.split().str.len()
    assert words.between(3, 25).all() and GLOSSARY["definition"].str.fullmatch(r"[A-Z].*[^.]\.").all()


def test_persian_is_written_with_persian_letters():
    persian = GLOSSARY["persian"] + " " + GLOSSARY["not_to_use"]
    assert persian[persian.str.contains(r"[يكىةۀ٠-٩]")].tolist() == []
    assert GLOSSARY["persian"].str.fullmatch(PERSIAN).all()
    assert not GLOSSARY["persian"].str.contains("\u200c[ \u200c]|[ \u200c]\u200c|ه‌ٔ").any()


def test_no_word_is_one_row_s_term_and_another_s_variant():
    variants = GLOSSARY["not_to_use"].str.split(";").explode()
    good = pd.concat([GLOSSARY["term"], GLOSSARY["persian"]])
    assert sorted(set(variants[variants != ""]) & set(good)) == []
    assert sorted(variants[(variants != "") & variants.duplicated()]) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["term"])
def test_its_lesson_has_the_term(row):
    source = LESSONS[row["lesson"]].path.read_text(encoding="utf-8").replace("*", "")
    if row["lesson"] == "14":  # the lesson shows the atlas of models
        source += "".join(
            (ROOT / "datasets" / f"crm_{name}.csv").read_text(encoding="utf-8") for name in ("models", "stages")
        )
    assert word(row["term"], plural=True).search(re.sub(r"\s+#?\s*", " ", source))


# The lessons --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", LESSONS)
def test_lessons_use_the_glossary_s_words(number):
    assert not_to_be_used(TEXTS[number]) == []
    assert other_persian(TEXTS[number]) == []


def test_the_persian_in_brackets_stands_in_the_glossary():
    known = {row["persian"] for row in ROWS}
    beside = {match[1] for text in TEXTS.values() for match in re.finditer(rf"[a-z] \(({PERSIAN})[);:,]", text)}
    # The names of the firm and of two authors, a plural, and a word of an item.
    others = {"چای و کتاب", "پین و فرو", "نیازهای مشتری", "همیشه"}
    assert len(beside) > 80 and beside - known - others == set()


def test_the_page_is_complete_and_its_links_lead_somewhere():
    page = (NOTEBOOKS / "GLOSSARY.md").read_text(encoding="utf-8")
    assert page == glossary_page(ROWS, {number: lesson.name for number, lesson in LESSONS.items()})
    by_english, by_persian = page.split("## From Persian")
    for row in ROWS:
        assert f"| {row['term']} | {row['persian']} | {row['definition']} | [{row['lesson']}](" in by_english
        assert re.search(
            rf"^\| {row['persian']} \| (?:.*, )?{re.escape(row['term'])}(?:, .*)? \|$", by_persian, flags=re.M
        )
    targets = set(re.findall(r"\]\(([^)#]+\.ipynb)\)", page))
    assert targets and all((NOTEBOOKS / target).exists() for target in targets)
    first = re.findall(r"^\| ([آ-ی])", by_persian.partition("---")[2], flags=re.M)
    assert first == sorted(first, key="آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی".index) and len(first) > 100


# These tests can fail -----------------------------------------------------------------------------------------------


def test_a_made_up_lesson_is_caught():
    wrong = "# A *loyalty scheme*\n\nThe customer life time value (ارزش عمر مشتری) of e-mails."
    assert set(not_to_be_used(prose(wrong))) == {
        ("life time value", "customer lifetime value"),
        ("customer life time value", "customer lifetime value"),
        ("ارزش عمر مشتری", "customer lifetime value"),
        ("loyalty scheme", "loyalty programme"),
    }
    assert other_persian(prose("**Customer equity** (سهم مشتری) falls")) == [("customer equity", "سهم مشتری")]
    assert other_persian("the same noise (churn, رفتن) again") == [("churn", "رفتن")]
    assert other_persian("churn (ریزش مشتری) and a retention rate (نرخ نگهداشت; ours)") == []
    # A title, code, a longer word and a capital where none is meant are no use of the word.
    right = '`dataset`, [cards](datasets/x.md), Topsistic.\n\n## References\n\n- X (2001), "My email", *Email*.'
    assert not_to_be_used(prose(right)) == []
