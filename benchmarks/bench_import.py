"""Claim: `import idic_lib` adds less than 0.1 s to importing pandas.

Run: ``python benchmarks/bench_import.py``. Every import is a fresh process; the fastest of `--repeat` processes counts,
taken in turn so that a busy machine troubles all alike. Also shown: what naming every public module adds.
"""

import argparse
import subprocess
import sys

CASES = {
    "pandas": "import pandas",
    "pandas, idic_lib": "import pandas\nimport idic_lib",
    "pandas, all public modules": "import pandas\nimport idic_lib\nfor n in idic_lib.__all__: getattr(idic_lib, n)",
}


def run(code):
    timed = f"import time, sys\nstart = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)\n"
    timed += "try:\n import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    timed += "except ImportError: print('nan')"  # not on Windows
    out = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True).stdout
    return [float(word) for word in out.split()[-2:]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="three processes each")
    options = parser.parse_args()
    repeat = 3 if options.quick else options.repeat
    seconds, memory = {name: [] for name in CASES}, {}
    for _ in range(repeat + 1):  # the first round warms the disk
        for name, code in CASES.items():
            took, memory[name] = run(code)
            seconds[name].append(took)
    fastest = {name: min(took[1:]) for name, took in seconds.items()}
    base = fastest["pandas"]
    print("\n| import | seconds | added | limit | ratio to pandas | peak MB |\n| --- | --- | --- | --- | --- | --- |")
    for name, took in fastest.items():
        limit = "0.10" if name == "pandas, idic_lib" else ""
        print(f"| {name} | {took:.3f} | {took - base:.3f} | {limit} | {took / base:.2f} | {memory[name]:,.0f} |")
    added = fastest["pandas, idic_lib"] - base
    print(f"\n{'missed' if added >= 0.1 else 'kept'}: import idic_lib adds {added:.3f} s (limit 0.1 s)")


if __name__ == "__main__":
    main()
