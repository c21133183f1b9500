"""Two years of the firm: whom it contacts, its three campaigns, and what people do, block by block of people."""

import numpy as np

from idic_lib.firm.life import newborn, step
from idic_lib.firm.world import NEEDS

FIRST_WAVE, WAVE_EVERY = 8, 4
#: Week, design and theme of the campaigns with a coupon; the outcome is what people spend in OUTCOME_WEEKS from then.
CAMPAIGNS = {"targeted": (40, "gift"), "randomised": (60, "discovery"), "broken": (80, "ritual")}
OUTCOME_WEEKS = 8
GOOD_CUSTOMER = 1000.0  # recorded spend (thousand toman) from which the targeted campaign counts somebody as good


def copies(people, state, week):
    """How many records of a person the e-mail list and the phone list hold before a week, as `Records` opens them."""

    def count(system, day):
        return (day < 7 * week).astype(int) + (np.maximum(day, people[f"{system}_copy_day"]) + 1 < 7 * week)

    newsletter = count("newsletter", 7 * people["letter_week"] + 3)
    return newsletter + count("web", state["web_day"]), count("club", state["club_day"])


def wave(week, people, state, sw, draws):
    """The newsletter: every fourth week to everybody on one of the two lists, with one theme for all."""
    if week < FIRST_WAVE or (week - FIRST_WAVE) % WAVE_EVERY:
        return None
    number = (week - FIRST_WAVE) // WAVE_EVERY
    lists = copies(people, state, week)
    letters = lists[number % 2] * (state["consent"] & ~people["holdout"] & (sw["contact"] > 0))
    who = np.flatnonzero(letters)
    theme = int(len(NEEDS) * draws.uniform("theme", 0, number))
    return contact_list(who, np.full(len(who), number % 2 == 0), theme, False, letters[who])


def contact_list(who, email, theme, coupon, letters):
    same = np.ones(len(who), dtype=np.int8)
    return {"who": who, "email": email, "theme": theme * same, "coupon": coupon * same > 0, "letters": letters * same}


def campaign(design, week, ids, people, state, draws):
    """Who could be contacted, who is in the arm that is, and the list that goes out to whom one names."""
    email, sms = copies(people, state, week)
    able = state["consent"] & ~people["holdout"] & (email + sms > 0)
    good = (state["seen_spend"] >= GOOD_CUSTOMER) & (state["last_seen"] > week - 13)
    arm = able & (good if design == "targeted" else draws.uniform(f"arm {design}", ids) < 0.5)
    if design == "broken":  # the export lost half of the treated who are in the club: they are in neither list
        lost = arm & (sms > 0) & (draws.uniform("lost", ids) < 0.5)
        able, arm = able & ~lost, arm & ~lost
    theme, letters = NEEDS.index(CAMPAIGNS[design][1]), np.maximum(email, sms)
    return able, arm, lambda who: contact_list(np.flatnonzero(who), (sms == 0)[who], theme, True, letters[who])


def spent(week, ids, people, state, sw, draws, failure_rate, contacts):
    """Spend of each person in the outcome weeks under these contacts, in a copy of the world."""
    state = {name: values.copy() for name, values in state.items()}
    total = np.zeros(len(ids))
    for ahead in range(week, week + OUTCOME_WEEKS):
        now = contacts if ahead == week else wave(ahead, people, state, sw, draws)
        orders, _ = step(ahead, ids, people, state, sw, draws, failure_rate, now)
        total += np.bincount(orders["who"], orders["amount"], len(ids))
    return total


def run(people, weeks, sw, draws, failure_rate, *, forks=True, block=100_000):
    """Let the history pass.

    Returns
    -------
    orders, contacts, assignments : dict of arrays
        As from `life.step`, with ``who`` numbered over all people and ``week``.
    state : dict of arrays
        As from `newborn`, after the last week; ``stages`` and ``moods`` (people × quarters) at the end of each quarter,
        a stage of -1 for who has left and -2 for who has not bought yet.
    """
    n = len(people["day0"])
    tables, ends = {"orders": [], "contacts": [], "assignments": []}, []
    for begin in range(0, n, block):
        cut = slice(begin, begin + block)
        part = {name: values[cut] for name, values in people.items()}
        ids = np.arange(n, dtype=np.int32)[cut]
        state, stages, moods = newborn(part, ids, sw, draws), [], []
        for week in range(weeks):
            contacts, number = wave(week, part, state, sw, draws), -1
            for index, (design, (when, _)) in enumerate(CAMPAIGNS.items()):
                if week == when and sw["contact"]:
                    number = index
                    able, arm, contact = campaign(design, week, ids, part, state, draws)
                    contacts = contact(arm)
                    found = {"who": ids[able], "campaign": np.full(able.sum(), index), "arm": arm[able]}
                    if forks:
                        for name, who in (("y0", able & False), ("y1", able)):
                            found[name] = spent(week, ids, part, state, sw, draws, failure_rate, contact(who))[able]
                    tables["assignments"].append(found)
            orders, seen = step(week, ids, part, state, sw, draws, failure_rate, contacts)
            # Narrow types and one table at a time: a million people shall fit into 3 GB.
            small = {"who": (orders["who"] + begin).astype(np.int32), "turn": orders["turn"].astype(np.int8)}
            tables["orders"].append(orders | small | {"week": np.full(len(orders["who"]), week, dtype=np.int16)})
            if contacts is not None and len(contacts["who"]):
                same = np.full(len(contacts["who"]), week, dtype=np.int16)
                now = {"who": ids[seen["who"]], "week": same, "campaign": 0 * same + number}
                tables["contacts"].append(contacts | seen | now)
            if week % 13 == 12 or week == weeks - 1:
                stages.append(np.where(part["day0"] > 7 * week + 6, -2, np.where(state["alive"], state["stage"], -1)))
                moods.append(state["mood"].astype(np.float32))
        ends.append(state | {"stages": np.array(stages, dtype=np.int8).T, "moods": np.array(moods).T})
    return *(_joined(parts) for parts in tables.values()), _joined(ends)


def _joined(parts):
    return {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])} if parts else {}
