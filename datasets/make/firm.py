"""Make the committed sample of the firm Chai & Ketab again, byte for byte: ``datasets/firm/``.

python datasets/make/firm.py
"""

from pathlib import Path

from idic_lib.firm import make_firm

FOLDER = Path(__file__).resolve().parent.parent / "firm"


def sample():
    """The firm of the course: 4,000 people, two years, and 60,000 people in the campaign test."""
    return make_firm(n_people=4000, weeks=104, seed=20, campaign_test=60_000)


if __name__ == "__main__":
    sample().save(FOLDER)
    print(f"{sum(path.stat().st_size for path in FOLDER.rglob('*') if path.is_file()) / 1e6:.1f} MB in {FOLDER.name}/")
