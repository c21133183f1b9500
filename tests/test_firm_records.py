"""Invented people and their records: one key, one number; each fault is there where it should be and nowhere else."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from idic_lib.firm import records
from idic_lib.firm.records import identities, write_records
from idic_lib.firm.world import CITIES, START, Draws

N = 4000
NAMES = pd.read_csv(Path(records.__file__).with_name("names.csv"), encoding="utf-8")
TO_LATIN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
ARABIC_KEYS = str.maketrans("يك", "یک")


@pytest.fixture(scope="module")
def people():
    return identities(N, Draws(20))


@pytest.fixture(scope="module")
def slots():
    parts = [pd.DataFrame({"person": np.arange(N), "system": s, "copy": 0}) for s in records.SYSTEMS]
    twins = [p.iloc[::20].assign(copy=1) for p in parts]
    out = pd.concat(parts + twins, ignore_index=True)
    out["week"] = np.arange(len(out)) * 7 % 104
    out["opened_on"] = START + pd.to_timedelta(7 * out.week, unit="D")
    out["record_id"] = [f"R{k:06d}" for k in range(len(out))]
    return out.assign(consent=out.person % 3 > 0)


@pytest.fixture(scope="module")
def written(people, slots):
    return {level: write_records(people, slots, level, Draws(20)) for level in ("clean", "usual", "poor")}


def _standard(written, people, slots):
    """Records beside the truth, digits and letters made one; the helper of these tests, not of the library."""
    out = written.assign(
        phone=written.phone.str.translate(TO_LATIN), birth_date=written.birth_date.str.translate(TO_LATIN)
    )
    out["name"] = out["name"].str.translate(ARABIC_KEYS)
    truth = people.loc[slots.person].reset_index(drop=True).add_prefix("true_")
    return out.join(truth).assign(person=slots.person, copy=slots["copy"], week=slots.week)


@pytest.fixture(scope="module")
def usual(written, people, slots):
    return _standard(written["usual"], people, slots)


# ---------------------------------------------------------------------------------------------------- people


def test_the_lists_are_wide_and_canonical():
    counts = NAMES.kind.value_counts()
    assert counts["f"] + counts["m"] >= 150 and counts["family"] >= 250
    assert not NAMES.duplicated(["kind", "fa"]).any()
    assert not NAMES.fa.str.contains("[يكۀةى0-9]").any() and NAMES.latin.str.fullmatch(r"[A-Za-z.| -]+").all()
    assert (NAMES.latin.str.split("|").str.len() > 1).mean() > 0.8
    assert (NAMES.groupby("kind").weight.diff().dropna() <= 0).all()


def test_same_seed_same_people_and_another_seed_others(people):
    pd.testing.assert_frame_equal(people, identities(N, Draws(20)))
    assert (people.phone != identities(N, Draws(21)).phone).mean() > 0.99


def test_without_text_the_rest_is_the_same(people):
    bare = identities(N, Draws(20), text=False)
    assert list(bare) == ["household", "gender", "birth_date", "city", "city2", "moved_week"]
    pd.testing.assert_frame_equal(bare, people[list(bare)])


def test_namesakes_are_as_frequent_as_asked():
    share = [(p.given_name_fa + " " + p.family_name_fa).duplicated(keep=False).mean()
             for p in (identities(N, Draws(seed)) for seed in range(5))]  # fmt: skip
    assert 0.02 <= np.mean(share) <= 0.04


def test_common_names_are_common(people):
    # weights 1/(rank + 6) over 110 men's names: the first has 1/7 of sum 1/7 ... 1/116 = 2.89
    men = people[people.gender == "m"].given_name_fa
    expected = (1 / 7) / (1 / np.arange(7, 117)).sum()
    assert (men == "محمد").mean() == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / len(men)))


def test_households(people):
    size = people.groupby("household").household.transform("size")
    assert (size > 1).mean() == pytest.approx(0.35, abs=0.001) and size.max() == 4
    homes = people[size > 1].groupby("household")
    same = ["address_fa", "address", "city", "moved_week", "address2_fa", "city2"]
    assert (homes[same].nunique() == 1).all(axis=None)
    names = people[size > 2].groupby("household").family_name_fa.agg(lambda names: names.duplicated().sum())
    assert (names >= 1).all()  # children with their father, or siblings
    pairs = people[size == 2].groupby("household")
    couples = pairs.gender.nunique() == 2
    assert (pairs.family_name_fa.nunique()[couples] == 2).mean() > 0.8  # spouses keep their own name
    oldest, youngest = (people[size > 2].groupby("household").birth_date.agg(how) for how in ("min", "max"))
    assert ((youngest - oldest).dt.days / 365.25 > 18).mean() > 0.8
    parents = (people.birth_date <= START - pd.DateOffset(years=38))[size > 2].groupby(people.household).sum()
    assert (parents >= 2).mean() > 0.85  # 85 % are couples with children
    shared = homes.shared_phone.nunique() == 1
    assert shared.mean() == pytest.approx(0.30, abs=4 * np.sqrt(0.3 * 0.7 / len(shared)))


def test_without_households_everybody_is_alone_and_nobody_else_changes(people):
    alone = identities(N, Draws(20), households=0)
    assert alone.household.is_unique and (alone.phone == alone.shared_phone).all()
    was_alone = people.groupby("household").household.transform("size") == 1
    assert was_alone.sum() == 2600
    assert (alone.email == people.email)[was_alone & people.email.notna()].mean() > 0.995  # else a number for a twin
    rest = people.columns.drop(["household", "email"])
    pd.testing.assert_frame_equal(alone.loc[was_alone, rest], people.loc[was_alone, rest])


def test_people_are_plausible_adults_and_invented(people):
    age = (START - people.birth_date).dt.days / 365.25
    assert age.min() >= 15.99 and age.max() <= 85.01 and 30 < age.median() < 45
    assert set(people.city) == set(CITIES) and set(people.gender) == {"f", "m"} and set(people.script) == {"fa", "en"}
    assert people.phone.is_unique and people.phone.str.fullmatch(r"0970\d{7}").all()
    mail = people.email.dropna()
    assert mail.is_unique and mail.str.fullmatch(r"[a-z.0-9]+@example\.(com|org|net)").all()
    assert people.email.isna().mean() == pytest.approx(0.15, abs=0.03)
    # a move per 12 years: 1 - exp(-104/626) have moved by week 104
    moved = people.moved_week.between(0, 103).groupby(people.household).first()
    assert moved.mean() == pytest.approx(1 - np.exp(-104 / 626), abs=0.03)


# ---------------------------------------------------------------------------------------------------- records


def test_columns_order_and_types(written, slots):
    columns = ["record_id", "system", "name", "birth_date", "phone", "email", "address", "city", "gender"]
    columns += ["consent", "opened_on"]
    for frame in written.values():
        assert list(frame) == columns and frame.record_id.tolist() == slots.record_id.tolist()
        assert frame.consent.dtype == bool and frame.opened_on.dtype.kind == "M"
        assert all(pd.api.types.is_string_dtype(frame[c]) for c in columns[:9])
        assert frame.consent.tolist() == slots.consent.tolist()


def test_byte_for_byte_and_nothing_changed_in_place(people, slots, written):
    before = people.copy(deep=True), slots.copy(deep=True)
    again = write_records(people, slots, "usual", Draws(20))
    assert again.to_csv().encode() == written["usual"].to_csv().encode()
    assert again.to_csv() != write_records(people, slots, "usual", Draws(21)).to_csv()
    pd.testing.assert_frame_equal(people, before[0])
    pd.testing.assert_frame_equal(slots, before[1])


def test_a_record_does_not_depend_on_the_others(people, slots, written):
    some = slots.iloc[5::3].iloc[::-1].reset_index(drop=True)
    alone = write_records(people, some, "usual", Draws(20)).set_index("record_id")
    pd.testing.assert_frame_equal(alone, written["usual"].set_index("record_id").loc[some.record_id])


def test_clean_is_canonical(people, slots, written):
    clean, truth = written["clean"], people.loc[slots.person].reset_index(drop=True)
    assert not clean.isna().any(axis=None)
    assert (clean["name"] == truth.given_name_fa + " " + truth.family_name_fa).all()
    assert (clean.birth_date == truth.birth_date.dt.strftime("%Y-%m-%d")).all()
    assert (clean.phone == truth.phone).all() and (clean.address == truth.address_fa).all()
    assert (clean.gender == truth.gender).all() and clean.city.nunique() == len(CITIES)
    known = truth.email.notna()
    assert (clean.email[known] == truth.email[known]).all()
    assert (clean.groupby(slots.person)[["name", "phone", "email", "city"]].nunique() == 1).all(axis=None)


@pytest.mark.parametrize(("level", "power"), [("usual", 1.0), ("poor", 2.2)])
@pytest.mark.parametrize("field", sorted(records.MISSING))
def test_each_system_leaves_out_what_its_table_says(written, field, level, power):
    got = written[level][field].isna().groupby(written[level].system).agg(["mean", "size"])
    rate = pd.Series(1 - (1 - np.array(records.MISSING[field])) ** power, index=records.SYSTEMS)
    limit = 4.5 * np.sqrt(rate * (1 - rate) / got["size"]) + 1e-9
    assert ((got["mean"] - rate).abs() <= limit).all()


FORMS = {"0": r"097\d{8}", "+98": r"\+9897\d{8}", "0098": r"009897\d{8}", "bare": r"97\d{8}",
         "gaps": r"097\d([ -])\d{3}\1\d{4}"}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_phones_in_five_forms(usual, written, form):
    assert usual.phone.str.fullmatch(FORMS[form]).groupby(usual.system).sum().min() > 10
    assert (
        sum(usual.phone.str.fullmatch(pattern).sum() for pattern in FORMS.values()) > 0.96 * usual.phone.notna().sum()
    )
    assert written["clean"].phone.str.fullmatch(FORMS["0"]).all()


# name of the mechanism: column, pattern that shows it; usual has it, clean has not
SEEN = {
    "arabic letters": ("name", "[يك]"), "latin": ("name", "[A-Za-z]"), "title": ("name", "^(?:خانم|آقای) "),
    "heh with hamza": ("address", "ۀ"), "short street": ("address", r"خ\."), "persian digits": ("phone", "[۰-۹]"),
    "arabic digits": ("phone", "[٠-٩]"), "persian digits in dates": ("birth_date", "[۰-۹]"),
    "jalali": ("birth_date", r"^[1۱١][34۳۴٣٤]"), "slash": ("birth_date", "/"), "no zeros": ("birth_date", r"[-/].[-/]"),
    "default dates": ("birth_date", r"^(?:1300|1900).0?1.0?1$"), "zeros": ("phone", "^0{11}$"),
    "shop phone": ("phone", "^09720000000$"), "new phone": ("phone", "^0971"),
    "other mail": ("email", "@mail.example$"), "capital mail": ("email", "^[A-Z]"), "lower case": ("name", "^[a-z]"),
}  # fmt: skip


@pytest.mark.parametrize("mechanism", SEEN)
def test_mechanism_is_there_at_usual_and_absent_at_clean(written, mechanism):
    column, pattern = SEEN[mechanism]
    assert written["usual"][column].str.contains(pattern).sum() >= 5
    assert not written["clean"][column].str.contains(pattern).any()


def test_half_space_is_kept_or_becomes_a_space_or_nothing(usual):
    has = usual[usual.true_given_name_fa.str.contains("\u200c") & usual["name"].str.contains("^[آ-ی]", na=False)]
    given = has.true_given_name_fa
    for change in ("\u200c", " ", ""):
        as_written = given.str.replace("\u200c", change)
        share = np.mean([name.startswith(g) for name, g in zip(has["name"], as_written)])
        assert 0.15 < share < 0.5


def _persian(usual):
    rows = usual[(usual.system == "club") & usual["name"].str.contains("[آ-ی]", na=False)]
    clear = ~(rows.true_given_name_fa + rows.true_family_name_fa).str.contains("\u200c")
    return rows[clear]


def test_names_swapped_shortened_and_mistyped(usual):
    rows = _persian(usual)
    given, family = rows.true_given_name_fa, rows.true_family_name_fa
    n = len(rows)
    assert 0.005 < (rows["name"] == family + " " + given).mean() < 0.03
    assert 0.003 < (rows["name"] == given).mean() < 0.03
    two = family.str.contains(" ")
    short = given + " " + family.str.split(" ").str[0]
    assert (rows["name"] == short)[two].mean() == pytest.approx(0.18 * 0.9, abs=0.03)
    assert 0.75 < ((rows["name"] == given + " " + family) | (rows["name"] == short)).sum() / n < 0.97


def test_clerks_on_the_telephone_confuse_letters_that_sound_alike(usual):
    fold = str.maketrans({"ص": "س", "ث": "س", "ط": "ت", "ح": "ه", "ض": "ز", "ظ": "ز", "ذ": "ز", "ق": "غ"})
    rows = usual[usual["name"].str.contains("[آ-ی]", na=False)]
    full = rows.true_given_name_fa + " " + rows.true_family_name_fa
    heard = (rows["name"] != full) & (rows["name"].str.translate(fold) == full.str.translate(fold))
    rate = heard.groupby(rows.system).mean()
    assert rate["service"] > 0.03 and rate[["web", "club"]].max() < 0.015


def test_day_and_month_change_places_in_few(usual):
    parts = usual.birth_date.str.extract(r"^(\d{4})[-/](\d\d?)[-/](\d\d?)$").dropna().astype(int)
    day, month = usual.true_birth_date.dt.day[parts.index], usual.true_birth_date.dt.month[parts.index]
    gregorian = (parts[0] > 1905) & (day != month)
    swapped = (parts[1] == day) & (parts[2] == month)
    assert 0.01 < swapped[gregorian].mean() < 0.06


def test_jalali_birth_dates_are_the_same_day():
    # 1 Farvardin 1403 = 20 March 2024, 1 Farvardin 1364 = 21 March 1985 (spring equinox in Tehran)
    person = identities(1, Draws(1)).assign(birth_date=pd.Timestamp("1985-03-21"))
    many = person.loc[np.zeros(300, dtype=int)].reset_index(drop=True)
    slots = pd.DataFrame({"record_id": np.arange(300).astype(str), "person": np.arange(300), "system": "club",
                          "copy": 0, "week": 0, "opened_on": START, "consent": True})  # fmt: skip
    dates = write_records(many, slots, "usual", Draws(1)).birth_date.dropna().str.translate(TO_LATIN)
    kinds = dates.str.replace("-", "/").str.replace(r"/0", "/", regex=True).value_counts(normalize=True)
    assert kinds["1364/1/1"] > 0.8 and kinds.get("1985/3/21", 0) > 0


def test_a_person_repeats_one_transliteration(usual):
    spellings = {(kind, own[0]): sorted(own, key=len, reverse=True)
                 for kind, own in zip(NAMES.kind, NAMES.latin.str.split("|"))}  # fmt: skip
    rows = usual[usual["name"].str.contains("^[A-Za-z]", na=False)]
    rows = rows[rows.system.isin(["web", "newsletter"])]
    seen = [next((s for s in spellings[g, k] if (name.lower() + " ").startswith(s.lower() + " ")), None)
            for name, g, k in zip(rows["name"], rows.true_gender, rows.true_given_name)]  # fmt: skip
    rows = rows.assign(seen=seen).dropna(subset="seen")
    assert len(rows) > 2000
    assert (rows.seen == rows.true_latin_given).mean() > 0.99
    assert (rows.true_latin_given != rows.true_given_name).mean() > 0.3  # so the habit is not simply the first spelling


def test_moves_change_the_address(usual):
    rows = usual[(usual.system == "web") & usual.address.notna()]
    moved = (rows.true_moved_week >= 0) & (rows.true_moved_week <= rows.week)
    first = [re.sub(r"[,،].*", "", a) in (h, e) for a, h, e in zip(
        rows.address.str.replace("خ.", "خیابان"), rows.true_address_fa.str.split("،").str[0],
        rows.true_address.str.split(",").str[0])]  # fmt: skip
    assert moved.sum() > 100 and np.mean(np.array(first)[moved]) < 0.1 < 0.85 < np.mean(np.array(first)[~moved])


def test_families_share_a_phone(people, usual):
    phone = usual.phone.where(usual.phone.str.fullmatch(r"0970\d{7}"))
    by_others = (phone != usual.true_phone) & (phone == usual.true_shared_phone)
    shares = usual.true_phone != usual.true_shared_phone
    assert by_others.sum() > 100 and not by_others[~shares].any()
    assert people.shared_phone.isin(people.phone).all()


def test_one_slip_of_the_fingers_by_hand():
    def typo(kind, text="abcd", place=0.34):  # place .34 of three places: the second letter
        return records._typo(text, kind, place)

    assert [typo(kind) for kind in (0.1, 0.3, 0.6, 0.9)] == ["acbd", "acd", "abbcd", "ancd"]
    assert typo(0.9, "1234") == "1334" and records._typo("", 0.1, 0.5) == ""
    assert all(
        "@b.c" in records._typo("abc@b.c", kind, place) for kind in (0.1, 0.3, 0.6, 0.9) for place in (0, 0.5, 0.99)
    )


def test_poor_is_worse_than_usual(written, people, slots):
    """Same name and phone as written in the clean record: fewer at poor, and at usual well below one half of pairs."""
    same = {level: (frame["name"].eq(written["clean"]["name"]) & frame.phone.eq(written["clean"].phone)).mean()
            for level, frame in written.items()}  # fmt: skip
    assert same["clean"] == 1 and same["poor"] < 0.8 * same["usual"] < 0.3
