"""Executed notebooks as plain HTML pages that ask no server for anything: the one exporter of the project.

Figures carry the alternative texts of their cells, formulas become MathML, and there is no script on the page.
"""

import base64
import html
import re

from latex2mathml.converter import convert as mathml
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

CSS = """
:root { color-scheme: light; }
body { font: 17px/1.6 system-ui, "Segoe UI", "Noto Sans", Vazirmatn, Tahoma, sans-serif; color: #1b1b1b;
       margin: 0 auto; padding: 1.2rem; max-width: 52rem; background: #fff; }
nav { font-size: .9rem; border-bottom: 1px solid #ddd; padding-bottom: .6rem; margin-bottom: 1rem; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #e5e5e5; padding-bottom: .2rem; }
a { color: #00558c; } img { max-width: 100%; height: auto; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; line-height: 1.45; margin: .3rem 0; }
.highlight pre { background: #f6f6f4; padding: .6rem .8rem; border-left: 3px solid #0072b2; margin: .8rem 0 .3rem; }
.anchor-link { display: none; }
table { border-collapse: collapse; border: 0; margin: .8rem 0; font-size: .88rem; display: block; overflow-x: auto; }
th, td { padding: .25rem .6rem; text-align: start; border: 0; border-bottom: 1px solid #e5e5e5; vertical-align: top; }
.dataframe td, .dataframe th { text-align: end; } td, th { border-style: none none solid none !important; }
details { background: #f7f5ef; padding: .4rem .9rem; margin: .6rem 0; border-radius: 4px; }
summary { cursor: pointer; font-weight: 600; } blockquote { border-inline-start: 3px solid #ccc; margin-inline: 0; padding-inline-start: 1rem; color: #444; }
.failed { color: #a03000; } .num { text-align: end; white-space: nowrap; }
"""


def page(title, body, more_style=""):
    """A whole HTML document round a body."""
    style = CSS + more_style + HtmlFormatter(style="default").get_style_defs(".highlight")
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{html.escape(title)}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def formulas(markdown):
    """Markdown with TeX formulas as MathML; code spans and code blocks are left as they are."""
    pieces = re.split(r"(```.*?```|`[^`\n]*`)", markdown, flags=re.S)
    for i in range(0, len(pieces), 2):
        text = re.sub(r"\$\$(.+?)\$\$", lambda m: _math(m[1], "block"), pieces[i], flags=re.S)
        pieces[i] = re.sub(r"(?<![\\$])\$(?!\s)([^$\n]+?)(?<!\s)\$(?!\d)", lambda m: _math(m[1], "inline"), text)
    return "".join(pieces)


def _math(tex, display):
    return mathml(tex.strip().replace("\n", " "), display=display)


def lesson_page(nb, title, previous=None, following=None):
    """The page of one executed notebook.

    Parameters
    ----------
    nb : NotebookNode
        It is not changed.
    title : str
    previous, following : tuple of (str, str), optional
        File name and title of the neighbouring pages.
    """
    nb = nb.copy()
    nb.cells = [_shown(cell) for cell in nb.cells]
    config = Config()
    # The code of a check holds the way to the answer.
    config.TagRemovePreprocessor = Config(enabled=True, remove_input_tags={"check"})
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True, config=config)
    body, _ = exporter.from_notebook_node(nb)
    # Links between lessons lead to notebooks in the repository and to pages here.
    body = re.sub(r'href="(?:\.\./)?(?:solutions/)?(\d\d_\w+)\.ipynb', r'href="\1.html', body)
    links = ['<a href="index.html">All lessons</a>']
    if previous:
        links.insert(0, f'<a href="{previous[0]}">← {html.escape(previous[1])}</a>')
    if following:
        links.append(f'<a href="{following[0]}">{html.escape(following[1])} →</a>')
    nav = f"<nav>{' · '.join(links)}</nav>"
    return page(title, f"{nav}\n<main>{body}</main>\n{nav}")


def _shown(cell):
    cell = cell.copy()
    if cell.cell_type == "markdown":
        cell.source = formulas(cell.source)
        return cell
    outputs = []
    for output in cell.get("outputs", []):
        png = output.get("data", {}).get("image/png")
        if png:
            base64.b64decode(png)  # a damaged picture fails here and not as a blank on the page
            output = output.copy()
            # A report says what this file's figure shows; a lesson's cell says it for the stored one.
            made = output.get("metadata", {}).get("image/png", {}).get("alt") or cell.metadata.get("alt", "")
            alt = html.escape(made, quote=True)
            src = png.replace("\n", "")
            output.data = {"text/html": f'<img alt="{alt}" src="data:image/png;base64,{src}">'}
            output.metadata = {}
        outputs.append(output)
    cell.outputs = outputs
    return cell


REPORT_CSS = """
img { max-width: min(100%, 40rem); } main > h1 { margin-bottom: .2rem; } .made { color: #555; margin-top: 0; }
.dataframe tr { text-align: end !important; } .dataframe .text { text-align: left; } .dataframe .rtl { text-align: right; }
.dataframe tbody th { font-weight: normal; vertical-align: top; min-width: 8rem; }
.toc { display: flex; flex-wrap: wrap; gap: .2rem 1rem; border: 0; } .output_html, .output_text { margin: .4rem 0; }
@media print { .toc { display: none; } h2, img, tr { break-inside: avoid; } h2 { break-after: avoid; } }
"""
#: Letters of the right-to-left scripts, with what stands between them inside one phrase.
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RTL_RUN = re.compile(rf"[{_RTL}](?:[{_RTL}\u200c\u200d \-_/.()0-9]*[{_RTL}])?\)?")

_NUMBER = re.compile(r"[\s\d.,:%+\-\u2212\u2013/]*(?:\de[+-]\d+)?|nan|NaN|-?inf|NaT|None")


def report_page(nb, title, made):
    """The page of a report: no code, printed lines as paragraphs, right-to-left words kept apart from their surroundings.

    Parameters
    ----------
    nb : NotebookNode
        Executed; it is not changed.
    title : str
    made : str
        The day, for the line under the title.
    """
    nb = nb.copy()
    nb.cells = [_paragraphs(_shown(cell)) for cell in _without_empty_sections(nb.cells)]
    config = Config()
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True, config=config)
    body, _ = exporter.from_notebook_node(nb)
    # Links lead to lessons, which do not lie beside a report.
    body = re.sub(r'<a href="[^":#]*\.ipynb[^"]*">(.*?)</a>', r"\1", body)
    body = re.sub(r"<style scoped[^>]*>.*?</style>", "", body, flags=re.S)  # pandas' own alignment
    body = re.sub(r"<table.*?</table>", _table, body, flags=re.S)
    parts = re.split(r"(<[^>]*>)", body)  # text, tag, text, tag …; a cell with dir="auto" looks past isolated words
    parts[2::2] = [t if tag.endswith('dir="auto">') else _isolated(t) for tag, t in zip(parts[1::2], parts[2::2])]
    body = "".join(parts)
    found = re.findall(r'<h2 id="([^"]*)">(.*?)<a', body)
    contents = "".join(f'<a href="#{name}">{text}</a>' for name, text in found)
    head = f'<h1>{_isolated(html.escape(title))}</h1>\n<p class="made">Made on {html.escape(made)}.</p>'
    return page(title, f'<main>{head}\n<nav class="toc">{contents}</nav>\n{body}</main>', REPORT_CSS)


def _without_empty_sections(cells):
    """Where a section (heading, text, one cell) only gave the reason why it is absent, nothing describes what is not there.

    Its heading and the reason stay; a later section that is absent for the same reason goes as a whole.
    """
    kept, told = [], set()
    for cell in cells:
        outputs = cell.get("outputs", [])
        if "alt" in cell.metadata and all(o.output_type == "stream" for o in outputs) and kept:
            reason = "".join(o.text for o in outputs if o.name == "stdout")
            heading = kept.pop().copy()
            if reason in told:
                continue
            told.add(reason)
            heading.source = heading.source.partition("\n")[0]
            kept.append(heading)
        kept.append(cell)
    return kept


def _isolated(text):
    def apart(run):
        cut = len(run[0]) - (run[0].count(")") > run[0].count("("))  # a bracket that was opened before it stays outside
        return f"<bdi>{run[0][:cut]}</bdi>{run[0][cut:]}"

    return _RTL_RUN.sub(apart, text)


def _table(match):
    """Numbers stand at the end of their column; words begin where their script begins, and so do the names above."""
    rows = re.split(r"(?<=</tr>)", match[0])
    found = [[html.unescape(text) for text in re.findall(r"<t[dh]>([^<]*)<", row)] for row in rows]
    cells = [texts for row, texts in zip(rows, found) if "<td" in row]
    width = max(map(len, cells), default=0)
    words = [[text for row in cells for text in row[k : k + 1] if not _NUMBER.fullmatch(text)] for k in range(width)]
    kinds = ["rtl" if all(map(_RTL_RUN.search, w)) else "text" for w in words]

    def mark(row):
        at = iter(zip(words, kinds))

        def cell(tag):
            some, kind = next(at, (True, "text"))
            return f'<{tag[1]} class="{kind}" dir="auto">' if some else tag[0]

        return re.sub(r"<(t[dh])>", cell, row)

    return "".join(map(mark, rows))


def _paragraphs(cell):
    """Printed text as paragraphs, and lines that begin with a dash as a list; what is set in by two is one with them."""
    if cell.cell_type != "code":
        return cell
    for output in cell.outputs:
        if output.output_type == "stream":
            text = re.sub(r"\n  (?=\S)", " ", output.text)  # a line that was folded for the lab
            lines = [html.escape(line) for line in text.splitlines() if line.strip()]
            if output.name == "stderr":
                lines = []  # what a package said to the terminal
            marked = [f"<li>{x[2:]}</li>" if x.startswith("- ") else f"<p>{x}</p>" for x in lines]
            text = re.sub(r"((?:<li>.*?</li>\n?)+)", r"<ul>\1</ul>", "\n".join(marked))
            output.update(output_type="display_data", data={"text/html": text}, metadata={})
            for name in ("name", "text"):
                output.pop(name)
    return cell


#: The order of the Persian alphabet, which is not that of the code points.
_ALPHABET = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"


def _persian_order(text):
    text = text.translate(str.maketrans("أإؤئيكة", "ااوییکه"))
    return [_ALPHABET.find(letter) for letter in text if letter in _ALPHABET + " "]


def glossary_page(terms, names):
    """The glossary as Markdown: by English word with meaning and lesson, then by Persian word.

    Parameters
    ----------
    terms : list of dict
        Keys term, persian, definition, lesson.
    names : dict
        Name of a lesson's file, without ending, by its number.
    """
    rows, back = [], {}
    for row in sorted(terms, key=lambda row: row["term"].casefold()):
        link = f"[{row['lesson']}]({names[row['lesson']]}.ipynb)"
        rows.append(f"| {row['term']} | {row['persian']} | {row['definition']} | {link} |")
        back.setdefault(row["persian"], []).append(row["term"])
    turned = [f"| {persian} | {', '.join(back[persian])} |" for persian in sorted(back, key=_persian_order)]
    return "\n".join(
        [
            "# Glossary · واژه‌نامه\n",
            "Generated by `make build` from [`datasets/glossary.csv`](../datasets/README.md#glossary); do not edit. The number leads to the lesson",
            "that introduces the word. From Persian to English: [below](#from-persian).\n",
            "| English | فارسی | meaning | lesson |\n| --- | --- | --- | --- |",
            *rows,
            "\n## From Persian\n\n| فارسی | English |\n| --- | --- |",
            *turned,
            "",
        ]
    )


def index_page(rows):
    """The page that lists what a run found.

    Parameters
    ----------
    rows : list of dict
        Keys number, title, question, headline, seconds, file, error (None if the lesson ran).
    """
    cells = []
    for row in rows:
        name = f"{row['number']} · {html.escape(row['title'])}"
        link = f'<a href="{row["file"]}">{name}</a>' if row["file"] else name
        if row["error"]:
            found = f'<span class="failed">failed: {html.escape(row["error"])}</span>'
        else:
            found = html.escape(row["headline"])
        cells.append(
            f"<tr><td>{link}</td><td>{html.escape(row['question'])}</td><td>{found}</td>"
            f'<td class="num">{row["seconds"]:.1f}</td></tr>'
        )
    head = "<tr><th>Lesson</th><th>Its question</th><th>What it found</th><th>Seconds</th></tr>"
    body = (
        "<h1>Chai &amp; Ketab: what the course found</h1>\n"
        "<p>Each lesson was run afresh on this machine. A lesson's page holds its text, its code and its results.</p>\n"
        f"<table>{head}\n{''.join(cells)}</table>"
    )
    return page("Chai & Ketab", body)
