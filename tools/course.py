"""The course's one driver: python tools/course.py COMMAND. The Makefile only calls it.

  env    make .venv from requirements.lock, with the project installed     [--wheels FOLDER]
  run    run every lesson afresh, show what it found    [LESSON ...] [--solutions] [--firm FOLDER] [--out FOLDER]
  test   library tests, lesson contract, both sets of notebooks            [--only library|lessons|solutions]
  test-spark  summaries and linking on a local Spark (Java 17; installs pyspark beside the environment)
  report run the methods on your own orders file      [FILE] [--out FOLDER] [--columns MAPPING.yml] [--force]
  lab    open JupyterLab on copies in work/ that are never overwritten     [LESSON] [--firm FOLDER]
  arena  score policies beside the built-in programmes, on unseen firms    FILE or FOLDER [--seeds "1 2 3"]
  build  text -> executed notebooks and indexes                            [LESSON ...]
  new    start a lesson from a template                                    NUMBER SLUG
  bench  speed and memory as ratios against a peer in one run              [--quick]
  lint   ruff check and format
  lock   renew requirements.lock

Options for all: --here uses the Python that runs this file (conda users) and makes no environment.
Standard library only until the environment exists; the same on Linux, macOS and Windows.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
BENCH_VENV = os.path.join(ROOT, ".venv-bench")
SPARK_VENV = os.path.join(ROOT, ".venv-spark")
LOCK = os.path.join(ROOT, "requirements.lock")
OLDEST = (3, 11)
# In no lock: old or heavy, and only ever compared with. Without their dependencies, which the lock holds.
PEERS = ["lifetimes==0.11.3", "autograd==1.8.0", "dill==0.4.0", "scikit-uplift==0.5.1"]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def stop(message):
    """End with one message on stderr and a non-zero exit."""
    sys.exit(message)


def check_python():
    if sys.version_info < OLDEST:
        stop(
            "This course needs Python %d.%d or newer and this is %d.%d: install a newer one (python.org, or your "
            "system's package manager) and run it by name, for example `python3.11 tools/course.py run` or "
            "`make run PYTHON=python3.11`; see TROUBLESHOOTING.md." % (OLDEST + sys.version_info[:2])
        )


# -- the environment ---------------------------------------------------------------------------------------------------


def python_of(venv):
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(venv, folder, name)


def lock_stamp():
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read().replace(b"\r\n", b"\n"))
    # An environment knows its own folder: after a move it must be made again.
    digest.update(ROOT.encode())
    return digest.hexdigest()


def ensure_env(wheels=None):
    """Make .venv if it is absent or older than the lock; returns its Python."""
    import importlib.util

    python, stamp_file = python_of(VENV), os.path.join(VENV, "idic-stamp")
    stamp = lock_stamp()
    if os.path.exists(stamp_file) and os.path.exists(python):
        with open(stamp_file) as file:
            if file.read() == stamp:
                return python
    if not all(importlib.util.find_spec(m) for m in ("venv", "ensurepip")):
        stop(
            "This Python has no venv module: install it (Debian and Ubuntu: `sudo apt install python3-venv`; elsewhere "
            "a Python from python.org has it) and run the command again; see TROUBLESHOOTING.md, 'No venv module'."
        )
    say("Making the environment in .venv: a few minutes, once, and about 1.5 GB.")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if made.returncode:
        stop(
            "python -m venv failed:\n%s\nSee TROUBLESHOOTING.md, 'No venv module'."
            % made.stdout.decode(errors="replace")
        )
    source = ["--no-index", "--find-links", os.path.abspath(wheels)] if wheels else []
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    install(pip + ["install", "--require-hashes", "-r", LOCK, *source])
    install(pip + ["install", "--no-deps", "--no-build-isolation", "-e", ROOT], count=False)
    with open(stamp_file, "w") as file:
        file.write(stamp)
    say("The environment is ready.")
    return python


def install(command, count=True):
    """Run pip, show how far it is, keep its words in a log and show their end if it fails."""
    total = 0
    if count:
        with open(LOCK, encoding="utf-8") as file:
            total = sum(1 for line in file if re.match(r"[A-Za-z0-9]\S*==", line))
    log_path = os.path.join(VENV, "install.log")
    done = 0
    terminal = sys.stderr.isatty()
    with open(log_path, "a", encoding="utf-8", errors="replace") as log:
        pip = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, encoding="utf-8", errors="replace"
        )
        for line in pip.stdout:
            log.write(line)
            if total and line.startswith("Collecting "):
                done = min(done + 1, total)
                if terminal:
                    sys.stderr.write("\r  found %d of about %d packages " % (done, total))
                    sys.stderr.flush()
            elif line.startswith("Installing collected") and total:
                sys.stderr.write(("\r" if terminal else "") + "  all packages found; installing them      \n")
    if pip.wait():
        with open(log_path, encoding="utf-8", errors="replace") as log:
            tail = "".join(log.readlines()[-15:])
        stop(
            "\n%s\nThe installation stopped (the whole log: %s). If the package index is slow or blocked, or you are "
            "offline, TROUBLESHOOTING.md, 'Slow or blocked package index', shows how to install from a folder of "
            "wheels: make env WHEELS=folder." % (tail, os.path.relpath(log_path, ROOT))
        )


def say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def use_firm(folder):
    """Let lessons use the firm of --firm or of IDIC_FIRM, under its full path: they run in other folders."""
    folder = (folder or os.environ.get("IDIC_FIRM", "")).strip("\"' ")  # cmd.exe keeps the quotes of `set X="..."`
    if not folder:
        return
    folder = os.path.abspath(os.path.expanduser(folder))
    if not os.path.isfile(os.path.join(folder, "firm.json")):
        stop(
            "%s holds no firm (there is no firm.json in it); --firm or the variable IDIC_FIRM names this folder. "
            "Make one: python -m idic_lib.firm --seed 77 --out my_firm" % folder
        )
    os.environ["IDIC_FIRM"] = folder
    say("The lessons use the firm in %s" % folder)


# -- commands that need the environment --------------------------------------------------------------------------------


def command_run(args):
    """Run lessons afresh, write pages, print what they found."""
    import nbformat
    from build_notebooks import NOTEBOOKS, SOLUTIONS, LessonError, execute, fresh_copy, headline, read_lessons
    from pages import index_page, lesson_page
    from tqdm import tqdm

    out = os.path.abspath(args.out or os.path.join(ROOT, "_run"))
    os.makedirs(out, exist_ok=True)
    try:
        lessons = [lesson for lesson in read_lessons(args.lessons) if not lesson.draft]
    except LessonError as error:
        stop(str(error))
    use_firm(args.firm)
    strict = bool(args.solutions or args.firm)
    folder = SOLUTIONS if strict else NOTEBOOKS
    books = []
    for lesson in lessons:
        path = folder / (lesson.name + ".ipynb")
        if not path.exists():
            stop("%s is not built: run `make build LESSON=%s` first." % (path.name, lesson.number))
        books.append(fresh_copy(nbformat.read(path, as_version=4)))
    names = [("%s.html" % lesson.name, "%s %s" % (lesson.number, lesson.meta["title"])) for lesson in lessons]
    cells = sum(c.cell_type == "code" for nb in books for c in nb.cells)
    bar = tqdm(total=cells, unit="cell", disable=not sys.stderr.isatty(), file=sys.stderr, leave=False)
    rows = []
    for i, (lesson, nb) in enumerate(zip(lessons, books)):
        bar.set_description("lesson %s" % lesson.number)
        start, error = time.perf_counter(), None
        try:
            execute(nb, folder, strict=strict, on_cell=bar.update)
        except LessonError as problem:
            error = str(problem)
        seconds = time.perf_counter() - start
        html = lesson_page(nb, names[i][1], names[i - 1] if i else None, names[i + 1] if i + 1 < len(names) else None)
        with open(os.path.join(out, names[i][0]), "w", encoding="utf-8", newline="\n") as file:
            file.write(html)
        rows.append(
            dict(
                number=lesson.number,
                title=lesson.meta["title"],
                question=lesson.meta["question"],
                headline=headline(nb),
                seconds=seconds,
                file=names[i][0],
                error=error,
            )
        )
        if bar.disable:
            say("lesson %s: %s after %.1f s" % (lesson.number, "FAILED" if error else "ran", seconds))
    bar.close()
    with open(os.path.join(out, "index.html"), "w", encoding="utf-8", newline="\n") as file:
        file.write(index_page(rows))
    print_table(rows)
    failed = [row for row in rows if row["error"]]
    for row in failed:
        print("\nLesson %s failed in %s" % (row["number"], row["error"]))
    if failed:
        print(
            "\n%d of %d lessons failed; TROUBLESHOOTING.md, 'It ran yesterday', says what to try."
            % (len(failed), len(rows))
        )
    print("\nRead the pages: %s" % os.path.relpath(os.path.join(out, "index.html")))
    return 1 if failed else 0


def print_table(rows):
    """The headline table, wrapped to the terminal."""
    import textwrap

    width = max(70, min(shutil.get_terminal_size((110, 20)).columns, 150))
    question, seconds = (width - 20) // 3, 8
    found = width - 5 - question - seconds - 3
    line = "-" * width
    print(
        "\n%-4s %-*s %-*s %*s\n%s"
        % ("", question, "Question", found, "What the lesson found", seconds, "seconds", line)
    )
    for row in rows:
        left = textwrap.wrap(row["question"], question) or [""]
        text = "FAILED: " + row["error"].splitlines()[0] if row["error"] else row["headline"]
        right = textwrap.wrap(text, found) or [""]
        for i in range(max(len(left), len(right))):
            print(
                "%-4s %-*s %-*s %*s"
                % (
                    row["number"] if i == 0 else "",
                    question,
                    left[i] if i < len(left) else "",
                    found,
                    right[i] if i < len(right) else "",
                    seconds,
                    "%.1f" % row["seconds"] if i == 0 else "",
                )
            )
        print(line)
    print("%d lesson%s in %.0f s" % (len(rows), "s" * (len(rows) != 1), sum(row["seconds"] for row in rows)))


def command_test(args):
    """The three groups of tests; all run even if one fails."""
    from build_notebooks import kernel_environment

    os.environ.pop("IDIC_FIRM", None)  # what is stored was computed on the committed firm
    pytest = [sys.executable, "-m", "pytest", "-q", "-rs", "-n", "2"]
    # nbval starts kernels of its own: what pyproject.toml says of warnings is for the library's tests.
    nbval = pytest + [
        "--dist", "loadscope", "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120",
        "-o", "filterwarnings=default", "-p", "no:cacheprovider",
    ]  # fmt: skip
    groups = {
        "library": (pytest + ["tests"], dict(os.environ, **ONE_THREAD)),
        "lessons": (nbval + ["notebooks", "--ignore=notebooks/solutions"], kernel_environment()),
        "solutions": (nbval + ["notebooks/solutions"], kernel_environment(strict=True)),
    }
    results = {}
    for name in [args.only] if args.only else groups:
        command, env = groups[name]
        say("\n== %s: %s" % (name, " ".join(["pytest"] + command[3:])))
        start = time.perf_counter()
        code = subprocess.call(command, cwd=ROOT, env=env)
        results[name] = (code, time.perf_counter() - start)
    print()
    for name, (code, seconds) in results.items():
        print(
            "%-10s %s in %.0f s" % (name, "passed" if code == 0 else "FAILED (pytest's exit code %d)" % code, seconds)
        )
    return 1 if any(code for code, _ in results.values()) else 0


def copy_for_learner(lesson, source, copy):
    """Copy a notebook without its outputs; leave a copy that is there, and say so if its lesson has changed since."""
    import nbformat
    from build_notebooks import fresh_copy

    if not os.path.exists(copy):
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        # Without outputs: a guess is no guess when the answer stands below it.
        nbformat.write(fresh_copy(nbformat.read(source, as_version=4)), copy)
    elif nbformat.read(copy, as_version=4).metadata.get("idic", {}).get("source_sha256") != lesson.stamp:
        say(
            "Lesson %s has changed since you copied it. Your copy %s is left as it is; rename it to get the new one "
            "beside it." % (lesson.number, os.path.relpath(copy, ROOT))
        )


def command_lab(args):
    """Copy all lessons to work/ (they link to each other), never over a copy that is there, and open JupyterLab."""
    from build_notebooks import NOTEBOOKS, SOLUTIONS, LessonError, read_lessons

    use_firm(args.firm)
    work = os.path.join(ROOT, "work")
    try:
        chosen = read_lessons([args.lesson] if args.lesson else None)
    except LessonError as error:
        stop(str(error))
    for lesson in read_lessons():
        for folder, copies in ((NOTEBOOKS, work), (SOLUTIONS, os.path.join(work, "solutions"))):
            source = folder / (lesson.name + ".ipynb")
            if source.exists():
                copy_for_learner(lesson, source, os.path.join(copies, source.name))
    target = [os.path.join(work, chosen[0].name + ".ipynb")] if args.lesson else []
    command = [sys.executable, "-m", "jupyterlab", "--ServerApp.root_dir=" + work, *target]
    if args.no_browser:
        command.append("--no-browser")
    if getattr(os, "geteuid", lambda: 1)() == 0:
        command.append("--allow-root")  # in a container there is no other user
    try:
        return subprocess.call(command, cwd=work)
    except KeyboardInterrupt:
        return 0


def command_report(args):
    """One folder with what the methods say about the customers in an orders file."""
    from report import run

    return run(args)


def command_arena(args):
    """A table of policies on the firms of these seeds; who played foul stands below with the reason."""
    from idic_lib.errors import DataError
    from idic_lib.programme import arena_firm, score_policy

    seeds = args.seeds.replace(",", " ").split()
    if not seeds or not all(seed.isdigit() for seed in seeds):
        stop('--seeds takes whole numbers: make arena POLICY=my_policy.py SEEDS="1 2 3"')
    files = [name for name in args.policies if name]
    for folder in [name for name in files if os.path.isdir(name)]:  # a class: all policies that lie there
        files.remove(folder)
        files += sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".py"))
    if not files:
        stop("Which policy? make arena POLICY=my_policy.py; README.md shows one, under 'The firm'.")
    names = [os.path.splitext(os.path.basename(name))[0] for name in files]
    if len(set(names)) < len(names):
        stop("Two of these files have the same name: %s" % ", ".join(files))
    say("Making %d firm(s) and letting them live: a minute or two for each." % len(seeds))
    try:
        firms = [arena_firm(int(seed), args.people) for seed in seeds]
        table = score_policy(dict(zip(names, files)), firms, replications=args.replications, budget=args.budget)
    except DataError as error:
        stop(str(error))
    scored = table[table["reason"].isna()].drop(columns="reason")
    print("Gain over contacting nobody, thousand toman per person (profit of a year and of the year after):\n")
    print(scored.round(2).to_string())
    for name, reason in table["reason"].dropna().items():
        print("\n%s is disqualified: %s" % (name, reason))
    return 0


def command_build(args):
    from build_notebooks import LessonError, build

    os.environ.pop("IDIC_FIRM", None)
    try:
        return 1 if build(args.lessons) else 0
    except LessonError as error:
        stop(str(error))


def command_new(args):
    """Write notebooks/src/NN_slug.py from the template."""
    if not re.fullmatch(r"\d\d", args.number) or not re.fullmatch(r"[a-z][a-z0-9_]*", args.slug):
        stop(
            "Write the number with two digits and the slug in small letters: "
            "make new LESSON=09 SLUG=differentiate_needs"
        )
    from build_notebooks import SOURCES

    path = SOURCES / ("%s_%s.py" % (args.number, args.slug))
    if list(SOURCES.glob(args.number + "_*.py")):
        stop("There is a lesson %s already: %s" % (args.number, list(SOURCES.glob(args.number + "_*.py"))[0].name))
    with open(os.path.join(ROOT, "tools", "lesson_template.py"), encoding="utf-8") as file:
        text = file.read().replace("NN", args.number)
    path.write_text(text, encoding="utf-8", newline="\n")
    print("Wrote %s: edit it, then `make build LESSON=%s`." % (os.path.relpath(str(path)), args.number))
    return 0


def command_lint(args):
    folders = ["idic_lib", "tests", "tools", "benchmarks", "datasets", "notebooks/src"]
    check = subprocess.call([sys.executable, "-m", "ruff", "check", *folders], cwd=ROOT)
    form = subprocess.call([sys.executable, "-m", "ruff", "format", "--check", *folders[:-1]], cwd=ROOT)
    return check or form


def command_lock(args):
    """Renew the lock: universal, hashed, no address of an index, one version of each package."""
    command = [
        sys.executable, "-m", "uv", "pip", "compile", "--universal", "--fork-strategy", "fewest",
        "--python-version", "3.11", "--generate-hashes", "--upgrade", "--no-emit-index-url", "--no-header",
        "--extra", "course", "--extra", "dev", "pyproject.toml", "-o", "requirements.lock", "--quiet",
    ]  # fmt: skip
    code = subprocess.call(command, cwd=ROOT)
    if code == 0:
        with open(LOCK, encoding="utf-8") as file:
            text = file.read()
        note = (
            "# Made by `make lock` from pyproject.toml (core, course, dev) for all Pythons from 3.11 on; do not edit.\n"
        )
        with open(LOCK, "w", encoding="utf-8", newline="\n") as file:
            file.write(note + text.replace(note, ""))
    return code


def side_environment(venv, imports, packages):
    """Python of an environment that sees the course's packages and holds some more, which are in no lock."""
    python = python_of(venv)
    probe = [python, "-c", "import " + imports]
    if os.path.exists(python) and not subprocess.call(probe, stderr=subprocess.DEVNULL):
        return python
    subprocess.check_call([sys.executable, "-m", "venv", "--clear", venv])
    # Both sides of a comparison run on the same NumPy and pandas.
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    inner = subprocess.check_output(where, text=True).strip()
    with open(os.path.join(inner, "base.pth"), "w") as file:
        # addsitedir, not a bare path: the project's own editable installation is a .pth in that folder.
        file.write("import site; site.addsitedir(%r)\n" % sysconfig.get_path("purelib"))
    subprocess.check_call([python, "-m", "pip", "install", "-q", *packages])
    return python


def command_test_spark(args):
    """The event-level functions and the linking on a Spark of this machine."""
    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        stop("Spark needs Java 17 or 21, and there is no `java` on the path: see SCALING.md.")
    python = side_environment(SPARK_VENV, "pyspark", ["pyspark>=4"])
    command = [python, "-m", "pytest", "-q", "-rs", "-m", "spark", "tests/test_spark.py"]
    return subprocess.call(command, cwd=ROOT, env=dict(os.environ, **ONE_THREAD))


def command_bench(args):
    """Install the peers beside the environment, compare with them (parity), then race them."""
    python = side_environment(BENCH_VENV, "lifetimes, sklift.metrics", ["--no-deps", *PEERS])
    env = dict(os.environ, **ONE_THREAD)
    code = subprocess.call([python, "-m", "pytest", "-q", "-m", "peers", "tests"], cwd=ROOT, env=env)
    folder = os.path.join(ROOT, "benchmarks")
    for name in sorted(n for n in os.listdir(folder) if re.fullmatch(r"bench_\w+\.py", n)):
        sys.stdout.flush()
        command = [python, os.path.join(folder, name)] + (["--quick"] if args.quick else [])
        code = subprocess.call(command, cwd=ROOT, env=env) or code
    return code


# -- the command line --------------------------------------------------------------------------------------------------


def parser():
    main = argparse.ArgumentParser(
        prog="course.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    main.add_argument("--here", action="store_true", help="use this Python; make no environment")
    sub = main.add_subparsers(dest="command", metavar="COMMAND")
    sub.required = True

    def command(name, function):
        one = sub.add_parser(name)
        one.set_defaults(function=function)
        one.add_argument("--wheels", help="folder of wheels to install from, without an index")
        return one

    command("env", lambda args: 0)
    run = command("run", command_run)
    run.add_argument("lessons", nargs="*", help="numbers, for example 06 07 (default: all)")
    run.add_argument("--solutions", action="store_true", help="run the notebooks with solutions, strictly")
    run.add_argument("--firm", help="folder of another firm: run the notebooks with solutions on it, strictly")
    run.add_argument("--out", help="folder for the pages (default: _run)")
    command("test", command_test).add_argument("--only", choices=["library", "lessons", "solutions"])
    command("test-spark", command_test_spark)
    lab = command("lab", command_lab)
    lab.add_argument("lesson", nargs="?", default="")
    lab.add_argument("--no-browser", action="store_true")
    lab.add_argument("--firm", help="folder of another firm: the lessons use it (default: what IDIC_FIRM names)")
    report = command("report", command_report)
    report.add_argument("orders", nargs="?", default="", help="orders file (default: Complete Journey)")
    report.add_argument("--out", default="", help="folder of the report (default: _report/ and the file's name)")
    report.add_argument("--columns", default="", help="YAML file: which column is what, currency, horizon, margin ...")
    report.add_argument("--force", action="store_true", help="replace the report that is there")
    arena = command("arena", command_arena)
    arena.add_argument("policies", nargs="*", help="files with a class Policy or a function decide(view)")
    arena.add_argument("--seeds", default="1 2 3", help="of the firms (default: 1 2 3)")
    arena.add_argument("--people", type=int, default=2000, help="of each firm (default: 2000)")
    arena.add_argument("--replications", type=int, default=5, help="futures of each firm (default: 5)")
    arena.add_argument("--budget", type=float, help="thousand toman a week for letters (default: no limit)")
    command("build", command_build).add_argument("lessons", nargs="*")
    new = command("new", command_new)
    new.add_argument("number")
    new.add_argument("slug")
    command("bench", command_bench).add_argument("--quick", action="store_true")
    command("lint", command_lint)
    command("lock", command_lock)
    return main


def inside_environment(command):
    """Run the driver again in the environment; a signal ends it there, so that it can clear up, and only then here."""
    import signal

    child = subprocess.Popen(command, env=dict(os.environ, IDIC_INSIDE=ROOT))
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            code = child.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:  # the child has heard Ctrl-C too
            continue


def main():
    check_python()
    args = parser().parse_args()
    if isinstance(getattr(args, "lessons", None), list):
        args.lessons = [n for n in args.lessons if n]
    inside = os.environ.get("IDIC_INSIDE") == ROOT
    if args.here or inside:
        sys.path.insert(0, os.path.join(ROOT, "tools"))
        try:
            sys.exit(args.function(args))
        except KeyboardInterrupt:
            say("\nStopped.")
            sys.exit(130)
    python = ensure_env(args.wheels)
    if args.command == "env":
        return
    sys.exit(inside_environment([python, os.path.abspath(__file__), *sys.argv[1:]]))


if __name__ == "__main__":
    main()
