"""Renew ``datasets/manifest.json``: name, file, sha256, rows and bytes of every data file under ``datasets/``.

python datasets/make/manifest.py
"""

import hashlib
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def rows_of(path):
    """Rows of data, without the line of names."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_metadata(path).num_rows
    import pandas as pd

    return len(pd.read_csv(path, dtype=str))


def manifest(folder=HERE):
    """List of one dict a data file, sorted by file."""
    found = sorted(p for kind in ("*.csv", "*.csv.gz", "*.parquet") for p in Path(folder).rglob(kind))
    return [
        {
            "name": path.name.split(".")[0],
            "file": path.relative_to(folder).as_posix(),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "rows": rows_of(path),
            "bytes": path.stat().st_size,
        }
        for path in found
    ]


if __name__ == "__main__":
    text = json.dumps(manifest(), indent=1, ensure_ascii=False) + "\n"
    (HERE / "manifest.json").write_bytes(text.encode())
    print(text, end="")
