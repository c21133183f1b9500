"""What the worlds of the firm share: the switches, the calendar, the needs and the random numbers."""

import hashlib

import numpy as np
import pandas as pd

from idic_lib.errors import DataError

#: First day (a Saturday, as weeks begin in Iran; 4 Farvardin 1403) and the week in which the club opens.
START = pd.Timestamp("2024-03-23")
CLUB_WEEK = 26
#: Five branches in Tehran, and so on; people of the other cities order from the web shop.
BRANCHES = {"Tehran": 5, "Isfahan": 2, "Shiraz": 2, "Mashhad": 2, "Tabriz": 1}
BRANCH_NAMES = [f"{city} {k + 1}" for city, shops in BRANCHES.items() for k in range(shops)]
CITIES = {"Tehran": 0.42, "Isfahan": 0.14, "Shiraz": 0.12, "Mashhad": 0.12, "Tabriz": 0.07, "Rasht": 0.05,
          "Ahvaz": 0.05, "Kerman": 0.03}  # fmt: skip
CHANNELS = ["friend", "search", "street", "book_fair", "advert"]
NEEDS = ["ritual", "gift", "study", "discovery", "children", "comfort"]
CATEGORIES = ["black_tea", "green_tea", "herbal_tea", "teaware", "gift_set", "sweets", "novel", "textbook",
              "children_book", "stationery"]  # fmt: skip
#: Share of a category in what a person buys for a need: rows NEEDS, columns CATEGORIES. The needs overlap.
NEED_CATEGORY = np.array(
    [
        [0.44, 0.16, 0.06, 0.10, 0.02, 0.16, 0.04, 0.00, 0.01, 0.01],
        [0.08, 0.05, 0.04, 0.17, 0.36, 0.12, 0.10, 0.00, 0.04, 0.04],
        [0.14, 0.08, 0.02, 0.02, 0.01, 0.08, 0.04, 0.36, 0.01, 0.24],
        [0.08, 0.20, 0.10, 0.06, 0.02, 0.04, 0.44, 0.02, 0.01, 0.03],
        [0.08, 0.02, 0.04, 0.02, 0.04, 0.16, 0.04, 0.02, 0.40, 0.18],
        [0.06, 0.12, 0.46, 0.08, 0.02, 0.12, 0.12, 0.00, 0.01, 0.01],
    ]
)
#: Category mix where needs are switched off: everybody's average.
COMMON_MIX = NEED_CATEGORY.mean(axis=0)

#: Every mechanism and its strength in the rich world; 0 turns it off, as in the plain world (`errors`: "clean").
#: What each one does stands in datasets/README.md, "The generative model".
SWITCHES = {
    # people
    "households": 0.35,
    "quality": 1.0,
    "referral": 0.15,
    # trade
    "seasons": 1.0,
    "rival": 0.25,
    "returns": 0.03,
    "anonymity": 1.0,
    "club": 1.0,
    "club_effect": 0.08,
    "cost_to_serve": 1.0,
    # needs
    "needs": 1.0,
    "occasions": 1.0,
    "drift": 0.06,
    # contact
    "contact": 1.0,
    "match": 0.30,
    "fatigue": 1.0,
    "backlash": 1.0,
    "forward_buying": 0.4,
    "coupon": 0.15,
    "coupon_visibility": 0.8,
    "consent_reacts": 1.0,
    # service, relationship, subscription
    "service": 1.0,
    "apology": 0.6,
    "stages": 1.0,
    "subscription": 0.12,
    # records
    "systems": 1.0,
    "duplicates": 0.05,
    "errors": "usual",
}
#: These are shares: at most 1.
SHARES = {"households", "referral", "rival", "returns", "anonymity", "needs", "occasions", "drift", "coupon",
          "coupon_visibility", "apology", "subscription", "systems", "duplicates"}  # fmt: skip
ERROR_LEVELS = ("clean", "usual", "poor")


def switches(world, changed):
    """All switches of a world, with those changed by name.

    Raises
    ------
    DataError
        For an unknown world or switch, a strength out of its range or an unknown level of errors.
    """
    if world not in ("plain", "rich"):
        raise DataError(f'There is no world {world!r}: write world="plain" or world="rich".')
    if unknown := sorted(set(changed) - set(SWITCHES)):
        raise DataError(f"There is no switch {unknown[0]!r}. The switches are: {', '.join(SWITCHES)}.")
    plain = dict.fromkeys(SWITCHES, 0.0) | {"errors": "clean"}
    chosen = (plain if world == "plain" else SWITCHES) | changed
    if chosen["errors"] not in ERROR_LEVELS:
        raise DataError(f"errors={chosen['errors']!r}: the levels are {', '.join(ERROR_LEVELS)}.")
    for name, value in chosen.items():
        most = 1 if name in SHARES else 100
        if name != "errors" and not (isinstance(value, (int, float, np.number)) and 0 <= value <= most):
            raise DataError(f"{name}={value!r}: a number from 0 (off) to {most} is needed.")
    return chosen


class Draws:
    """Random numbers keyed by purpose, week, person and turn, so that one mechanism never moves another's draws.

    SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators") used as a hash: the same
    key gives the same number, whatever else was drawn.
    """

    def __init__(self, seed):
        self.seed = int(seed)

    def uniform(self, purpose, person, week=0, turn=0):
        """Uniform numbers in (0, 1); `person`, `week` and `turn` are integers or integer arrays that broadcast."""
        digest = hashlib.blake2b(f"{self.seed}/{purpose}".encode(), digest_size=8).digest()
        with np.errstate(over="ignore"):
            x = np.asarray(person).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            x = x + np.uint64(int.from_bytes(digest, "little"))
            x = x + (
                np.asarray(week).astype(np.uint64) * np.uint64(64) + np.asarray(turn).astype(np.uint64)
            ) * np.uint64(0xD1B54A32D192ED03)
            for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
                x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
            x = x ^ (x >> np.uint64(31))
        return ((x >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def generator(self, purpose):
        """A NumPy generator for draws made once for all people, always for all of them and in one order."""
        digest = hashlib.blake2b(f"{self.seed}/{purpose}".encode(), digest_size=8).digest()
        return np.random.default_rng(int.from_bytes(digest, "little"))


def pick(shares, uniforms):
    """Index drawn from `shares` (one row for all, or one row each), by inversion of the uniforms."""
    edges = np.cumsum(shares, axis=-1)
    if edges.ndim == 1:
        return np.minimum(np.searchsorted(edges / edges[-1], uniforms), len(edges) - 1)
    return (np.asarray(uniforms)[:, None] * edges[:, -1:] > edges).sum(axis=1)


def season(week):
    """Demand of a week of the year (0 = first week after Nowruz) against an ordinary one, at full strength."""
    factors = np.ones(52)
    factors[[50, 51]] = 1.8  # before Nowruz
    factors[[0, 1]] = 0.7  # the holidays after it
    factors[[6, 7]] = 1.5  # Tehran book fair, Ordibehesht
    factors[[24, 25, 26]] = 1.4  # school year, Mehr
    factors[[37, 38]] = 1.6  # Yalda night
    return factors[np.asarray(week) % 52]


def gift_weeks(week):
    """True in the weeks in which people buy for somebody else: before Yalda and before Nowruz."""
    return np.isin(np.asarray(week) % 52, [37, 38, 50, 51])
