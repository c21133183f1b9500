"""From people to records: what each of the four systems knows, and which record an order or a letter carries."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from idic_lib.firm.life import NEVER
from idic_lib.firm.world import START

SYSTEMS = ["club", "web", "newsletter", "service"]


def text_ids(letter, numbers, width=7):
    """Ids such as ``r0000012`` for whole numbers; missing where a number is negative."""
    numbers = pa.array(numbers, mask=np.asarray(numbers) < 0)
    padded = pc.utf8_lpad(pc.cast(numbers, pa.large_string()), width=width, padding="0")
    return _series(
        pc.binary_join_element_wise(pa.scalar(letter, pa.large_string()), padded, pa.scalar("", pa.large_string()))
    )


def words(values, codes):
    """The text `values[code]` of each code; missing where a code is negative."""
    return _series(pa.array(list(values), pa.large_string()).take(pa.array(codes, mask=np.asarray(codes) < 0)))


def _series(text):
    # Straight from Arrow: by way of Python objects, a million rows take seconds.
    return pd.Series(pd.StringDtype("pyarrow", na_value=np.nan).__from_arrow__(text))


def dates(days):
    """Dates of days since START; missing where a day is not a number."""
    days = np.asarray(days, dtype=float)
    whole = np.where(np.isnan(days), 0, days).astype("timedelta64[D]").astype("timedelta64[us]")
    return pd.Series(np.where(np.isnan(days), np.datetime64("NaT"), np.datetime64(START, "us") + whole))


class Records:
    """Which record of which system a person has from which day on.

    Attributes
    ----------
    slots : DataFrame
        One row a record: record (number), record_id, person, system, day, week, copy (0: first of its person in this
        system), opened_on, consent.
    """

    def __init__(self, people, state, weeks, sw, draws):
        n = len(people["day0"])
        letter = np.where(people["letter_week"] < weeks, 7 * people["letter_week"] + 3, NEVER)
        opened = {
            "club": state["club_day"],
            "web": state["web_day"],
            "newsletter": letter,
            "service": state["service_day"],
        }
        self.day = np.full((4, 2, n), NEVER, dtype=np.int32)  # system, copy, person
        for number, (system, day) in enumerate(opened.items()):
            self.day[number, 0] = day
            twin = people[f"{system}_copy_day"]
            self.day[number, 1] = np.where((day < NEVER) & (twin < NEVER), np.maximum(day, twin) + 1, NEVER)
        if not sw["systems"]:  # one system: the first record serves all
            self.day[0, 0], self.day[0, 1] = self.day[:, 0].min(axis=0), self.day[:, 1].min(axis=0)
            self.day[1:] = NEVER
        system, copy, person = np.nonzero(self.day < 7 * weeks)
        # Numbered in a drawn order, so that an id says nothing about the person.
        number = np.empty(len(person), dtype=np.int64)
        number[np.argsort(draws.uniform("record", person, 4 * copy + system), kind="stable")] = np.arange(len(person))
        self.number = np.full((4, 2, n), -1, dtype=np.int32)
        self.number[system, copy, person] = number
        day = self.day[system, copy, person]
        slots = {"record": number, "person": person, "system": np.array(SYSTEMS)[system], "day": day, "week": day // 7}
        slots |= {"copy": copy, "consent": state["consent"][person]}
        self.slots = pd.DataFrame(slots).sort_values("record", ignore_index=True)
        self.slots.insert(0, "record_id", text_ids("r", self.slots["record"]))
        self.slots["opened_on"] = dates(self.slots["day"])
        self._draws = draws

    def of(self, person, day, systems):
        """Number of the record that a person uses on a day: of the first of these systems that has one (-1: none)."""
        found = np.full(len(person), -1)
        for system in reversed([SYSTEMS.index(s) if self.number[1:].max() >= 0 else 0 for s in systems]):
            first, second = self.day[system][:, person] <= day
            second &= self._draws.uniform("which copy", person, day) < 0.5
            found = np.where(first, self.number[system, second.astype(int), person], found)
        return found

    def all_of(self, person, day, systems):
        """Every record that a person has on a day in these systems: positions in `person`, and record numbers."""
        parts = [
            (rows, self.number[system, copy, person[rows]])
            for system in ({SYSTEMS.index(s) for s in systems} if self.number[1:].max() >= 0 else {0})
            for copy in (0, 1)
            for rows in [np.flatnonzero(self.day[system, copy, person] < day)]
        ]
        return tuple(np.concatenate(columns) for columns in zip(*parts))
