"""Take CDNOW (full and 1/10 sample) and the donations table from the wheel Lifetimes 0.11.3.

    python datasets/make/take_from_lifetimes.py                 # pip downloads the wheel into a temporary folder
    python datasets/make/take_from_lifetimes.py path/to.whl     # or take a wheel that is already here
    python datasets/make/take_from_lifetimes.py path/to.whl --into DIR

The files are written byte for byte as they are committed (LF, UTF-8, values as published). Afterwards
``python datasets/make/manifest.py`` renews the manifest.
"""

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "Lifetimes==0.11.3"
HERE = Path(__file__).resolve().parent.parent


def iso(day):
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def master(text):
    # " 00001 19970101  1   11.77" under one line of names
    rows = (line.split() for line in text.splitlines()[1:])
    return ["customer_id,order_date,quantity,amount", *(f"{c},{iso(d)},{q},{a}" for c, d, q, a in rows)]


def sample(text):
    # " 00004 0001 19970101  2   29.33", no names; the first number is the customer's id in the full file
    rows = (line.split() for line in text.splitlines())
    return [
        "master_id,customer_id,order_date,quantity,amount",
        *(f"{m},{c},{iso(d)},{q},{a}" for m, c, d, q, a in rows),
    ]


def donations(text):
    return ["frequency,recency,T,weight", *text.split()[1:]]


FILES = {
    "cdnow/cdnow_master.csv": ("lifetimes/datasets/CDNOW_master.txt", master),
    "cdnow/cdnow_sample.csv": ("lifetimes/datasets/CDNOW_sample.txt", sample),
    "donations/donations.csv": ("lifetimes/datasets/donations.csv", donations),
}


def take(wheel, into):
    """Write the three files of `FILES` from `wheel` under the folder `into`."""
    with zipfile.ZipFile(wheel) as archive:
        for name, (inside, reshape) in FILES.items():
            target = Path(into) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            lines = reshape(archive.read(inside).decode("ascii"))
            target.write_bytes(("\n".join(lines) + "\n").encode("ascii"))
            print(f"{name}: {len(lines) - 1:,} rows")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", nargs="?", help=f"a wheel of {WHEEL}; without it pip downloads one")
    parser.add_argument("--into", default=HERE, help="folder to write to (default: datasets/)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.wheel is None:
            pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "-d", folder, WHEEL]
            subprocess.run(pip, check=True)
        take(args.wheel or next(Path(folder).glob("*.whl")), args.into)


if __name__ == "__main__":
    main()
