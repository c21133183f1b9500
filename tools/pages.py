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


def page(title, body):
    """A whole HTML document round a body."""
    style = CSS + HtmlFormatter(style="default").get_style_defs(".highlight")
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
    alt = html.escape(cell.metadata.get("alt", ""), quote=True)
    outputs = []
    for output in cell.get("outputs", []):
        png = output.get("data", {}).get("image/png")
        if png:
            base64.b64decode(png)  # a damaged picture fails here and not as a blank on the page
            output = output.copy()
            src = png.replace("\n", "")
            output.data = {"text/html": f'<img alt="{alt}" src="data:image/png;base64,{src}">'}
            output.metadata = {}
        outputs.append(output)
    cell.outputs = outputs
    return cell


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
