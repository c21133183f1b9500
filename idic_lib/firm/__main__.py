"""``python -m idic_lib.firm --people 4000 --seed 77 --out DIR``: a firm of one's own, for another class."""

import argparse

from idic_lib.errors import DataError
from idic_lib.firm import make_firm
from idic_lib.firm.world import ERROR_LEVELS


def main(words=None):
    parser = argparse.ArgumentParser("python -m idic_lib.firm", description="Make a firm Chai & Ketab and save it.")
    parser.add_argument("--people", type=int, default=4000, help="people (default 4000)")
    parser.add_argument("--weeks", type=int, default=104, help="weeks of history (default 104)")
    parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same firm")
    parser.add_argument("--world", choices=("rich", "plain"), default="rich")
    parser.add_argument("--errors", choices=ERROR_LEVELS, help="how faulty the records are (default: the world's)")
    parser.add_argument("--test", type=int, default=60_000, help="people in the large campaign test (default 60000)")
    parser.add_argument("--out", required=True, metavar="DIR", help="new or empty folder for the tables")
    given = parser.parse_args(words)
    errors = {"errors": given.errors} if given.errors else {}
    try:
        firm = make_firm(given.people, given.weeks, given.seed, given.world, campaign_test=given.test, **errors)
        firm.save(given.out)
    except DataError as error:
        parser.exit(2, f"{error}\n")
    print(f"{firm}\nsaved in {given.out}; the lessons use it when the variable IDIC_FIRM holds this path.")


if __name__ == "__main__":
    main()
