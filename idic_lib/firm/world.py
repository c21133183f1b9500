"""What the worlds of the firm share: the switches, the calendar, the needs and the random numbers."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from idic_lib._guards import refuse_if


def _read(name):
    """A table that lies beside this module."""
    return pd.read_csv(Path(__file__).with_name(name), encoding="utf-8")


#: First day (a Saturday, as weeks begin in Iran; 4 Farvardin 1403) and the week in which the club opens.
START = pd.Timestamp("2024-03-23")
CLUB_WEEK = 26
#: Five branches in Tehran, and so on; people of the other cities order from the web shop.
BRANCHES = {"Tehran": 5, "Isfahan": 2, "Shiraz": 2, "Mashhad": 2, "Tabriz": 1}
BRANCH_NAMES = [f"{city} {k + 1}" for city, shops in BRANCHES.items() for k in range(shops)]
CITIES = {"Tehran": 0.42, "Isfahan": 0.14, "Shiraz": 0.12, "Mashhad": 0.12, "Tabriz": 0.07, "Rasht": 0.05,
          "Ahvaz": 0.05, "Kerman": 0.03}  # fmt: skip
CHANNELS = ["friend", "search", "street", "book_fair", "advert"]
SYSTEMS = ["club", "web", "newsletter", "service"]
#: A row a need: the share of people whose main need it is, and the share of each category in what is bought for it:
#: NEED_CATEGORY has rows NEEDS and columns CATEGORIES. The needs overlap.
_NEEDS = _read("needs.csv").set_index("need")
NEEDS, NEED_SHARE = list(_NEEDS.index), _NEEDS.pop("share").to_numpy()
CATEGORIES, NEED_CATEGORY = list(_NEEDS), np.ascontiguousarray(_NEEDS)

#: Every mechanism and its strength in the rich world; 0 turns it off, as in the plain world (`errors`: "clean"; the
#: `LEVELS` are no mechanisms and the same in both worlds).
#: What each one does stands in datasets/README.md, "The generative model".
SWITCHES = {
    # people; trade
    "households": 0.35, "quality": 1.0, "referral": 0.15,
    "seasons": 1.0, "rival": 0.25, "returns": 0.03, "anonymity": 1.0, "club": 1.0, "club_effect": 0.08,
    "cost_to_serve": 1.0, "roaming": 0.15,
    # needs; contact
    "needs": 1.0, "occasions": 1.0, "drift": 0.06,
    "contact": 1.0, "match": 0.30, "fatigue": 1.0, "backlash": 1.0, "forward_buying": 0.4, "coupon": 0.15,
    "coupon_visibility": 0.8, "consent_reacts": 1.0,
    # service, relationship, subscription; records
    "service": 1.0, "apology": 0.6, "stages": 1.0, "subscription": 0.12,
    "systems": 1.0, "duplicates": 0.05, "errors": "usual",
    # levels
    "repeat_rate": 1.0, "value_skew": 1.0, "permission": 0.85}  # fmt: skip
LEVELS = ("repeat_rate", "value_skew", "permission")
#: These are shares: at most 1.
SHARES = {"households", "referral", "rival", "returns", "anonymity", "needs", "occasions", "drift", "coupon",
          "coupon_visibility", "apology", "subscription", "systems", "duplicates", "roaming", "permission"}  # fmt: skip
#: Levels of errors in the records: how far each turns the usual rates up.
ERROR_LEVELS = {"clean": 0.0, "usual": 1.0, "poor": 2.2}
#: Demand of weeks of the year (0: first week after Nowruz) against an ordinary one: the holidays after Nowruz, the book
#: fair of Tehran (Ordibehesht), the beginning of school (Mehr), Yalda night, the weeks before Nowruz.
SEASONS = {0.7: (0, 1), 1.5: (6, 7), 1.4: (24, 25, 26), 1.6: (37, 38), 1.8: (50, 51)}


def switches(world, changed):
    """All switches of a world, with those changed by name.

    Raises
    ------
    DataError
        For an unknown world or switch, a strength out of its range or an unknown level of errors.
    """
    refuse_if(world not in ("plain", "rich"), f'There is no world {world!r}: write world="plain" or world="rich"')
    unknown = min(set(changed) - set(SWITCHES), default=None)
    refuse_if(unknown is not None, f"There is no switch {unknown!r}. The switches are: {', '.join(SWITCHES)}")
    plain = dict.fromkeys(SWITCHES, 0.0) | {"errors": "clean"} | {name: SWITCHES[name] for name in LEVELS}
    chosen = (plain if world == "plain" else SWITCHES) | changed
    errors = chosen["errors"]
    refuse_if(errors not in list(ERROR_LEVELS), f"errors={errors!r}: the levels are {', '.join(ERROR_LEVELS)}")
    for name, value in chosen.items():
        most = 1 if name in SHARES else 100
        good = name == "errors" or (isinstance(value, (int, float, np.number)) and 0 <= value <= most)
        refuse_if(not good, f"{name}={value!r}: a number from 0 (off) to {most} is needed")
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
        with np.errstate(over="ignore"):
            person, week, turn = (np.asarray(key).astype(np.uint64) for key in (person, week, turn))
            more = (week * np.uint64(64) + turn) * np.uint64(0xD1B54A32D192ED03)
            x = person * np.uint64(0x9E3779B97F4A7C15) + (more + np.uint64(self._key(purpose)))
            for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
                x ^= x >> np.uint64(shift)  # in place: most of the firm's time passes in these lines
                x *= np.uint64(factor)
            x ^= x >> np.uint64(31)
        return ((x >> np.uint64(11)) + 0.5) * 2.0**-53

    def generator(self, purpose):
        """A NumPy generator for draws made once for all people, always for all of them and in one order."""
        return np.random.default_rng(self._key(purpose))

    def _key(self, purpose):
        digest = hashlib.blake2b(f"{self.seed}/{purpose}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "little")


def pick(shares, uniforms):
    """Index drawn from `shares` (one row for all, or one row each), by inversion of the uniforms."""
    edges = np.cumsum(shares, axis=-1)
    if edges.ndim == 1:
        return np.minimum(np.searchsorted(edges / edges[-1], uniforms), len(edges) - 1)
    return (np.asarray(uniforms)[:, None] * edges[:, -1:] > edges).sum(axis=1)


def season(week):
    """Demand of a week of the year (0 = first week after Nowruz) against an ordinary one, at full strength."""
    return np.select([np.isin(np.asarray(week) % 52, weeks) for weeks in SEASONS.values()], list(SEASONS), 1.0)


def gift_weeks(week):
    """True in the weeks in which people buy for somebody else: before Yalda and before Nowruz."""
    return np.isin(np.asarray(week) % 52, SEASONS[1.6] + SEASONS[1.8])
