"""Who the people are, and what four systems that never spoke to each other wrote down about them.

Everything is invented: names are drawn from lists (names.csv), streets do not exist (places.csv), e-mail domains are
reserved for examples (RFC 2606), and phone numbers come from 0970, 0971 and 0972. No operator in Iran holds 097:
mobile numbers there begin with 0900-0905, 091, 092, 093, 0941 or 099 (numbering metadata of Google's libphonenumber).
"""

import numpy as np
import pandas as pd
from persiantools.jdatetime import JalaliDate

from idic_lib.firm.world import CITIES, ERROR_LEVELS, START, SYSTEMS, _read, pick

#: What a system leaves out, at the usual level: one rate per system, in the order of SYSTEMS.
MISSING = {"name": [0.02, 0.02, 0.20, 0.03], "birth_date": [0.22, 0.55, 0.90, 0.96], "phone": [0.02, 0.10, 0.70, 0.08],
           "email": [0.82, 0.01, 0.00, 0.65], "address": [0.50, 0.06, 0.96, 0.55], "city": [0.08, 0.03, 0.40, 0.12],
           "gender": [0.10, 0.30, 0.60, 0.25]}  # fmt: skip
#: Share of each way to write a phone (0970..., +98970..., 0098970..., 970..., with spaces or dashes), per system.
PHONE_FORMS = np.array([[0.70, 0.02, 0.01, 0.12, 0.15], [0.50, 0.30, 0.05, 0.05, 0.10],
                        [0.40, 0.40, 0.10, 0.05, 0.05], [0.45, 0.05, 0.05, 0.15, 0.30]])  # fmt: skip
#: Share of Latin records by system, of people who write Persian and of those who write English.
LATIN = np.array([[0.01, 0.05, 0.60, 0.02], [0.06, 0.95, 0.97, 0.10]])
SHOP_PHONE, NO_PHONE = "09720000000", "00000000000"
#: Neighbours on the two keyboards; letters that sound alike, which a clerk on the telephone confuses.
KEYS = " ضصثقفغعهخحج شسیبلاتنمکگ ظطزرذدپو qwertyuiop asdfghjkl zxcvbnm 1234567890 "
HEARD = dict(zip("صثسطتحهضظذزقغ", "سسصتطهحزضزذغق"))
DIGITS = [str.maketrans("0123456789", digits) for digits in ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")]
ARABIC = str.maketrans("یک", "يك")


def _objects(values):
    return np.asarray(values, dtype=object)


def _names(kind, u, u_spelling):
    """Persian names and one person's own Latin spelling of each; the k-th spelling of a name has weight 1/k."""
    rows = _read("names.csv").query("kind == @kind")
    chosen = pick(rows.weight.to_numpy(), u)
    spellings = [text.split("|") for text in rows.latin]
    table = _objects([[own[min(k, len(own) - 1)] for k in range(4)] for own in spellings])
    counts = np.array([len(own) for own in spellings])[chosen]
    shares = (np.arange(4) < counts[:, None]) / np.arange(1, 5)
    return _objects(rows.fa)[chosen], table[chosen, 0], table[chosen, pick(shares, u_spelling)]


def _addresses(gen, first):
    """Invented address (Persian, Latin) of the first of every household, given to its members."""
    n, streets = len(first), _read("places.csv").query("kind == 'street'")
    street, alley, house, unit = (gen.integers(0, high, n)[first] for high in (len(streets), 30, 120, 12))
    parts = [_objects((x + 1).astype(str)) for x in (alley, house, unit)]
    fa = "خیابان " + _objects(streets.fa)[street] + "، کوچه " + parts[0] + "، پلاک " + parts[1] + "، واحد " + parts[2]
    en = _objects(streets.latin)[street] + " St., Alley " + parts[0] + ", No. " + parts[1] + ", Unit " + parts[2]
    return fa, en


def identities(n, draws, households=0.35, *, text=True):
    """Invent `n` people: names in two scripts, household, birth date, phone, e-mail and address.

    Given names, family names and the second part that 72 % of family names have are drawn by weights 1/(rank + c)
    (names.csv); 2 to 3.5 % of 4,000 people have a namesake. A share `households` of people lives in households of 2, 3
    or 4 (50, 30, 20 %): a couple, each with a family name of their own as in Iran, with grown children who bear the
    father's; or, in 15 %, brothers and sisters. Others live alone. Ages: a + (85 - a) Beta(1.7, 3), where a is 16, in
    couples 22, for parents 38. One move per household after an exponential time with mean 12 years, in 20 % to another
    city. In 30 % of households all use one phone. 85 % have an e-mail address, no two the same.

    Parameters
    ----------
    n : int
        Number of people.
    draws : Draws
        Random numbers of the firm.
    households : float
        Share of people who live with others; 0 leaves everybody alone and the other draws as they are (only the number
        that keeps two equal e-mail addresses apart may move).
    text : bool
        False gives only household, gender, birth_date, city, city2 and moved_week, the same ones (for millions).

    Returns
    -------
    DataFrame
        Row number = person. household (int), gender (f, m), birth_date, city, city2, moved_week (-1: never),
        given_name, family_name, given_name_fa, family_name_fa, latin_given, latin_family, latin (the person's own
        spelling in every record), phone, shared_phone (the household's where it shares one, else the person's own),
        email (missing for some), address_fa, address, address2_fa, address2 (after the move), script (fa, en).
    """
    gen = draws.generator("identities")
    order, sizes = gen.permutation(n), gen.choice([2, 3, 4], p=[0.5, 0.3, 0.2], size=n // 2 + 1)
    together = round(n * households)
    place = np.concatenate([np.repeat(np.arange(len(sizes)), sizes)[:together], len(sizes) + np.arange(n - together)])
    _, starts, home = np.unique(place, return_index=True, return_inverse=True)
    household, first, role = np.empty((3, n), dtype=int)
    household[order], first[order], role[order] = home, order[starts[home]], np.arange(n) - starts[home]
    size = np.bincount(household)[household]
    couple = gen.random(n)[first] < 0.85
    # ages: partners a few years apart, children 18 to 38 years younger than the younger parent, siblings close
    youngest = np.where(couple & (size > 1), np.where(size > 2, 38, 22), 16)
    apart, u_child = gen.normal(0, 3.5, n), gen.random(n)
    head = (youngest + (85 - youngest) * gen.beta(1.7, 3.0, n))[first]
    partner = np.clip(head - 2 + apart[first], youngest, 85)
    child = 16 + u_child * np.clip(np.minimum(head, partner) - 34, 0, 22)
    other = np.where(couple, np.where(role == 1, partner, child), np.clip(head + apart, 16, 85))
    age = np.where(role == 0, head, other)
    female = gen.random(n) < 0.56
    female = np.where(couple & (role == 1), ~female[first], female)
    birth = (START - pd.to_timedelta((age * 365.25).astype(int), unit="D")).normalize()
    week = (gen.exponential(626, n)[first]).astype(int)
    city, new_city = _objects(list(CITIES))[pick(np.array(list(CITIES.values())), gen.random((2, n))[:, first])]
    people = {"household": household, "gender": np.where(female, "f", "m"), "birth_date": birth, "city": city,
              "city2": np.where(gen.random(n)[first] < 0.2, new_city, city),
              "moved_week": np.where(week < 520, week, -1)}  # fmt: skip
    if not text:
        return pd.DataFrame(people)
    # names: spellings are each person's own, family names go from the father to the children
    u_name, u_spell = gen.random((4, n)), gen.random((3, n))
    partner_of = np.arange(n)
    partner_of[first[role == 1]] = np.flatnonzero(role == 1)
    father = np.where(couple & female[first] & (size > 1), partner_of[first], first)
    giver = np.where((role > 1) | ((role == 1) & ~couple), np.where(couple, father, first), np.arange(n))
    women, men = (_names(kind, u_name[0], u_spell[0]) for kind in ("f", "m"))
    given = [np.where(female, w, m) for w, m in zip(women, men)]
    base, second = (_names(k, u[giver], s) for k, u, s in zip(("family", "second"), u_name[1:3], u_spell[1:]))
    two = (u_name[3] < 0.72)[giver] & (base[1] != second[1])
    family = [np.where(two, a + " " + b, a) for a, b in zip(base, second)]
    number = _objects([f"0970{k:07d}" for k in ((np.arange(n) * 6364137 + gen.integers(10**7)) % 10**7).tolist()])
    local = pd.Series(given[2] + "." + family[2]).str.lower().str.replace(r"[^a-z.]", "", regex=True)
    year = pd.Series(birth.year % 100).astype(str).str.zfill(2)
    form = gen.integers(0, 3, n)
    short = local.str[0] + local.str.split(".").str[-1] + year
    local = local.where(form == 0, (local.str.replace(".", "", n=1, regex=False) + year).where(form == 1, short))
    local = local.where(~local.duplicated(), local + pd.Series(np.arange(n)).astype(str))
    domain = _objects(["example.com", "example.org", "example.net"])[pick(np.array([0.6, 0.25, 0.15]), gen.random(n))]
    email = (local + "@" + domain).where(gen.random(n) < 0.85)
    (address_fa, address), (address2_fa, address2) = _addresses(gen, first), _addresses(gen, first)
    people |= {
        "given_name": given[1], "family_name": family[1], "given_name_fa": given[0], "family_name_fa": family[0],
        "latin_given": given[2], "latin_family": family[2], "latin": given[2] + " " + family[2],
        "phone": number, "shared_phone": np.where(gen.random(n)[first] < 0.3, number[first], number), "email": email,
        "address_fa": address_fa, "address": address, "address2_fa": address2_fa, "address2": address2,
        "script": np.where(gen.random(n) < 0.72, "fa", "en")}  # fmt: skip
    return pd.DataFrame(people)


def _typo(text, kind, place):
    """One slip of the fingers before the @, if any: neighbours swapped, a letter dropped, doubled or the next key."""
    i = int(place * max(len(text.partition("@")[0]) - 1, 1))
    a, b, rest = text[i : i + 1], text[i + 1 : i + 2], text[i + 2 :]
    key = KEYS.find(a.lower()) if a else -1
    near = a if key < 0 or a == " " else (KEYS[key + 1] if KEYS[key + 1] != " " else KEYS[key - 1])
    return text[:i] + (b + a, b, a + a + b, near + b)[int(kind * 4)] + rest


def write_records(people, slots, errors, draws):
    """Write what the systems hold about people, with the faults that such systems have.

    ``club`` (typed at the till): Persian, name and phone nearly always, Jalali birth date often, seldom an e-mail.
    ``web`` (typed by the person, in the person's own script): e-mail always, phone and address mostly, a Jalali or
    Gregorian birth date sometimes. ``newsletter``: e-mail, mostly a Latin name, which is missing or a given name alone
    in four of ten, little else. ``service`` (heard on the telephone): Persian name with letters that sound alike
    confused, often with a title in place of the given name; mostly a phone, hardly a birth date. A second record of
    the same person in a system differs where the first would have been found: by e-mail, and in half by phone.

    Every mechanism has draws of its own, keyed by person, system and copy: a record stays as it is whatever others are
    written. A fault of rate p at the usual level has rate 1 - (1 - p)^2.2 at ``"poor"``; habits of writing (script,
    digits, phone and date forms, shared phones) are alike at both; ``"clean"`` has neither: canonical Persian names,
    ISO dates, every field filled, a phone of one's own, the first address. What a person does is correlated: one Latin
    spelling, one script, one second e-mail address, one new phone. Who has no e-mail gets one made of the phone number.

    Faults: typing errors (swapped, dropped, doubled or neighbouring key) in name, date, phone, e-mail and address;
    given and family name or day and month swapped; given name alone, title for the given name, family name without its
    second part, letters that sound alike; default dates (1300/01/01, 1900-01-01), a shop's phone, zeros for a phone;
    wrong gender, addresses without the unit, missing fields. Habits: Arabic ye and kaf, half-space as space or nothing,
    Persian and Arabic digits, phones in five forms, Jalali and Gregorian dates with - or / and without zeros, heh with
    hamza, abbreviated streets, letter case. From `moved_week` on the new address, and after 30 % of moves a new phone.

    Parameters
    ----------
    people : DataFrame
        From `identities`.
    slots : DataFrame
        One row a record: record_id, person (row of `people`), system, opened_on, week, copy (0 for the first record of
        this person in this system), consent.
    errors : {"clean", "usual", "poor"}
        Level of errors.
    draws : Draws
        Random numbers of the firm.

    Returns
    -------
    DataFrame
        record_id, system, name, birth_date, phone, email, address, city, gender, consent, opened_on, in the order of
        `slots`; missing values are NaN.
    """
    level, system = ERROR_LEVELS[errors], pd.Index(SYSTEMS).get_indexer(slots.system)
    who, week, copy = (slots[column].to_numpy() for column in ("person", "week", "copy"))
    p = {column: _objects(people[column])[who] for column in people if column not in ("household", "birth_date")}

    def u(purpose):
        return draws.uniform(f"record {purpose}", who, 16 * system + copy)

    def fault(purpose, rates):
        """Happens at `rates` (one, or one per system) at the usual level; twice as many chances at twice the level."""
        return u(purpose) < 1 - (1 - np.broadcast_to(rates, 4)[system]) ** level

    def habit(purpose, rates):
        """A way of writing: at the same rate at every level but clean."""
        return (u(purpose) < np.broadcast_to(rates, 4)[system]) & (level > 0)

    def slip(text, purpose, rates):
        hit = np.flatnonzero(fault(purpose, rates))
        kind, place = u(purpose + " kind"), u(purpose + " place")
        text[hit] = [_typo(text[i], kind[i], place[i]) for i in hit]
        return text

    def each(text, where, change):
        text[where] = [change(value) for value in text[where]]
        return text

    moved = (p["moved_week"] >= 0) & (p["moved_week"] <= week) & (level > 0)
    latin = (u("latin") < LATIN[(p["script"] == "en").astype(int), system]) & (level > 0)
    digits = np.where(latin | (level == 0), 0, pick(np.array([0.45, 0.42, 0.13]), u("digits")))
    # the name
    given, family = (np.where(latin, p[f"latin_{part}"], p[f"{part}_name_fa"]) for part in ("given", "family"))
    family = each(family, fault("short family", [0.18, 0.10, 0.12, 0.30]), lambda text: text.rsplit(" ", 1)[0])
    only_given = fault("given only", [0.01, 0.02, 0.22, 0.01])
    title = fault("title", [0.01, 0, 0, 0.14]) & ~latin & ~only_given
    given = np.where(title, np.where(p["gender"] == "f", "خانم", "آقای"), given)
    swapped = fault("swapped name", [0.02, 0.015, 0.01, 0.03]) & ~only_given & ~title
    name = np.where(swapped, family + " " + given, given + " " + family)
    name = slip(np.where(only_given, given, name), "name typo", [0.05, 0.03, 0.03, 0.09])
    at = u("heard place")
    for i in np.flatnonzero(fault("heard", [0.01, 0, 0, 0.10]) & ~latin):
        # The silent ه at the end of a word is not heard at all.
        if spots := [k for k, letter in enumerate(name[i]) if letter in HEARD and f"{name[i]} "[k : k + 2] != "ه "]:
            k = spots[int(at[i] * len(spots))]
            name[i] = name[i][:k] + HEARD[name[i][k]] + name[i][k + 1 :]
    joint = np.where(level == 0, 0, pick(np.array([0.4, 0.3, 0.3]), u("half-space")))
    name = each(name, joint == 1, lambda text: text.replace("\u200c", " "))
    name = each(name, joint == 2, lambda text: text.replace("\u200c", ""))
    name = each(name, habit("arabic letters", [0.35, 0.12, 0.05, 0.25]), lambda text: text.translate(ARABIC))
    name = each(name, habit("lower case", [0, 0.25, 0.35, 0]) & latin, str.lower)
    # the birth date, Jalali where the clerk thinks in Jalali
    date = pd.DatetimeIndex(people.birth_date)[who]
    days, back = np.unique(date, return_inverse=True)
    jalali = [JalaliDate(day.date()) for day in pd.DatetimeIndex(days)]
    in_jalali = np.array([[day.year, day.month, day.day] for day in jalali]).reshape(-1, 3)[back]
    ymd = np.where(habit("jalali", [0.97, 0.45, 0.3, 0.9])[:, None], in_jalali, np.c_[date.year, date.month, date.day])
    ymd[:, 1:] = np.where(fault("day and month", 0.03)[:, None], ymd[:, :0:-1], ymd[:, 1:])
    ymd[fault("default date", [0.03, 0.02, 0.02, 0.05])] = 1
    ymd[:, 0] = np.where(ymd.sum(axis=1) == 3, np.where(system == 1, 1900, 1300), ymd[:, 0])
    mark = np.where(habit("slash", [0.9, 0.5, 0.5, 0.8]), "/", "-")
    wide = np.where(habit("no zeros", 0.25), 1, 2)
    birth = _objects([f"{y}{s}{m:0{w}d}{s}{d:0{w}d}" for (y, m, d), s, w in zip(ymd.tolist(), mark, wide)])
    birth = slip(birth, "date typo", 0.015)
    # the phone
    phone = np.where(habit("shared", 0.75), p["shared_phone"], p["phone"])
    again = (copy > 0) & (level > 0)  # a system finds by phone or e-mail: seldom twice the same
    new_phone = (moved & (draws.uniform("new phone", who) < 0.3)) | (again & (u("again") < 0.5))
    phone = each(phone, new_phone, lambda text: "0971" + text[4:])
    phone[fault("shop phone", [0.008, 0, 0, 0.004])] = SHOP_PHONE
    phone[fault("no phone", [0.012, 0.004, 0, 0.004])] = NO_PHONE
    phone = slip(phone, "phone typo", [0.025, 0.02, 0.02, 0.04])
    form = np.where(level == 0, 0, pick(PHONE_FORMS[system], u("phone form")))
    gap = np.where(u("phone gap") < 0.5, " ", "-")
    phone = _objects([(t, "+98" + t[1:], "0098" + t[1:], t[1:], t[:4] + g + t[4:7] + g + t[7:])[f]
                      for t, f, g in zip(phone, form, gap)])  # fmt: skip
    # e-mail, address, city, gender
    other = again | (habit("other mail", 0.35) & (draws.uniform("has other mail", who) < 0.4))
    mail = np.where(pd.isna(p["email"]), "u" + p["phone"] + "@example.net", p["email"])
    mail = each(mail, other, lambda text: text.partition("@")[0].replace(".", "_") + "@mail.example")
    mail = each(slip(mail, "mail typo", 0.02), habit("capital mail", 0.05), str.capitalize)
    here, there = (np.where(latin, p[which], p[f"{which}_fa"]) for which in ("address", "address2"))
    address = slip(np.where(moved, there, here), "address typo", 0.06)
    address = each(address, fault("no unit", 0.3), lambda text: text.replace("،", ",").rsplit(",", 1)[0])
    address = each(address, habit("ezafe", 0.2), lambda text: text.replace("کوچه", "کوچۀ"))
    address = each(address, habit("short street", 0.25), lambda text: text.replace("خیابان", "خ."))
    town = np.where(moved, p["city2"], p["city"])
    persian = _read("places.csv").query("kind == 'city'").set_index("latin").fa
    town = np.where(latin, town, _objects(persian.loc[town]))
    gender = np.where(fault("wrong gender", 0.006), np.where(p["gender"] == "f", "m", "f"), p["gender"])
    for text in (birth, phone, address):
        text[:] = [value.translate(DIGITS[k]) for value, k in zip(text, digits)]
    fields = dict(zip(MISSING, (name, birth, phone, mail, address, town, gender)))
    for field, values in fields.items():
        values[fault(f"missing {field}", MISSING[field])] = np.nan
    out = slots[["record_id", "system"]].reset_index(drop=True).assign(**fields)
    return out.assign(consent=slots.consent.to_numpy(), opened_on=slots.opened_on.to_numpy())
