"""From people to records: what each of the four systems knows, and which record an order or a letter carries."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from idic_lib.firm.life import NEVER
from idic_lib.firm.world import START, SYSTEMS


def text_ids(letter, numbers, width=7):
    """Ids such as ``r0000012`` for whole numbers; missing where a number is negative."""
    numbers = pa.array(numbers, mask=np.asarray(numbers) < 0)
    padded = pc.utf8_lpad(pc.cast(numbers, pa.large_string()), width=width, padding="0")
    letter, between = (pa.scalar(text, pa.large_string()) for text in (letter, ""))
    return _series(pc.binary_join_element_wise(letter, padded, between))


def whole_numbers(ids):
    """The numbers of such ids, -1 where missing: what `text_ids` was given."""
    digits = pc.utf8_slice_codeunits(pa.array(pd.Series(ids, dtype="str")), 1)
    return pc.fill_null(pc.cast(digits, pa.int64()), -1).to_numpy()


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
        self._draws, self._alone = draws, not sw["systems"]
        self.day = np.full((4, 2, n), NEVER, dtype=np.int32)  # system, copy, person
        self.number = np.full((4, 2, n), -1, dtype=np.int32)
        self.slots = pd.DataFrame()
        self.open(people, state, weeks)

    def open(self, people, state, weeks):
        """Open the records that are there before week `weeks`; those opened earlier keep their numbers."""
        letter = np.where(people["letter_week"] < weeks, 7 * people["letter_week"] + 3, NEVER)
        for number, day in enumerate((state["club_day"], state["web_day"], letter, state["service_day"])):
            twin = people[f"{SYSTEMS[number]}_copy_day"]
            second = np.where((day < NEVER) & (twin < NEVER), np.maximum(day, twin) + 1, NEVER)
            self.day[number] = day, second
        if self._alone:  # one system: the first record serves all
            self.day[0], self.day[1:] = self.day.min(axis=0), NEVER
        system, copy, person = np.nonzero((self.day < 7 * weeks) & (self.number < 0))
        # Numbered in a drawn order, so that an id says nothing about the person.
        order = np.argsort(self._draws.uniform("record", person, 4 * copy + system), kind="stable")
        system, copy, person = system[order], copy[order], person[order]
        number = len(self.slots) + np.arange(len(person), dtype=np.int32)
        self.number[system, copy, person] = number
        day = self.day[system, copy, person]
        slots = {"record": number, "person": person, "system": np.array(SYSTEMS)[system], "day": day, "week": day // 7,
                 "copy": copy, "consent": state["consent"][person]}  # fmt: skip
        slots = pd.DataFrame(slots).assign(record_id=text_ids("r", number), opened_on=dates(day))
        self.slots = pd.concat([self.slots, slots], ignore_index=True) if len(self.slots) else slots

    def _places(self, systems):
        return [0] if self._alone else [SYSTEMS.index(system) for system in systems]

    def of(self, person, day, systems):
        """Number of the record that a person uses on a day: of the first of these systems that has one (-1: none)."""
        found = np.full(len(person), -1)
        for system in reversed(self._places(systems)):
            first, second = self.day[system][:, person] <= day
            second &= self._draws.uniform("which copy", person, day) < 0.5
            found = np.where(first, self.number[system, second.astype(int), person], found)
        return found

    def all_of(self, person, day, systems):
        """Every record that a person has on a day in these systems: positions in `person`, and record numbers."""
        chosen = sorted(self._places(systems))
        system, copy, at = np.nonzero(self.day[chosen][:, :, person] < day)
        return at, self.number[np.array(chosen)[system], copy, person[at]]
