"""How people live: one week after the other they buy, read, complain, join, change and leave.

`step` moves a state by one week. Nothing here knows what the firm does with its data: contacts come in as arrays, and
what happened goes out as arrays.
"""

import numpy as np

from idic_lib.firm.world import CLUB_WEEK, SWITCHES, season

READ = {"email": 0.5, "sms": 0.8}  # chance that a contact is opened, times a person's own readiness (mean 0.44)
STAGES = ["exploration", "expansion", "commitment", "dissolution"]
STAGE_RATE = np.array([0.85, 1.15, 1.35, 0.40])
#: Median and spread (log) of the weeks in a stage: not geometric, so no hidden Markov model made them.
STAGE_WEEKS, STAGE_SPREAD = np.array([14.0, 22.0, 45.0, 12.0]), 0.6
FAILURE_HARM = 0.9
NEVER = 10**6


def newborn(people, ids, sw, draws):
    """State of all people before the first week."""
    n = len(ids)
    state = {name: np.zeros(n) for name in ("boost", "debt", "pressure", "seen_spend")}
    state |= {name: np.full(n, NEVER, np.int32) for name in ("club_day", "web_day", "service_day", "coupon_until")}
    state |= {"alive": np.ones(n, dtype=bool), "consent": draws.uniform("consent", ids) < sw["permission"]}
    state |= {"mood": people["mood"].copy(), "stage": np.zeros(n, dtype=np.int8), "last_seen": np.full(n, -NEVER)}
    state["stage_until"] = people["day0"] // 7 + stage_weeks(ids, 0, state["stage"], draws)
    if not sw["anonymity"]:  # everybody has the card from the first day
        state["club_day"] = people["day0"].copy()
    return state


def stage_weeks(person, week, stage, draws):
    """Weeks that a person stays in a stage: lognormal, by Box and Muller from two keyed uniforms."""
    u, v = (draws.uniform("stage", person, week, turn) for turn in (0, 1))
    normal = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
    return np.maximum(1, STAGE_WEEKS[stage] * np.exp(STAGE_SPREAD * normal)).astype(np.int64)


def step(week, ids, people, state, sw, draws, failure_rate, contacts=None):
    """Let one week pass.

    Parameters
    ----------
    week : int
    ids : array
        Numbers of these people, the keys of their random draws.
    people, state : dicts of arrays
        From `population` and `newborn`; `state` is changed in place.
    failure_rate : array, shape (quarters, branches + 1)
        Chance that an order goes wrong; the last column is the web shop.
    contacts : dict of arrays, optional
        ``who`` (positions in `ids`, each once), ``email`` (bool), ``theme`` (index of need), ``coupon`` (bool),
        ``letters`` (number of copies).

    Returns
    -------
    dict, dict
        Orders (who, day, turn, gross, amount, web, coupon, shown, failed, complains, apology) and contacts (who,
        opened).
    """
    quarter = week // 13
    need = people["need"][:, min(quarter, people["need"].shape[1] - 1)]
    opened = _contact(week, ids, need, state, people, sw, draws, contacts) if contacts is not None else None

    on = np.flatnonzero(state["alive"] & (people["day0"] < 7 * (week + 1)))
    if sw["stages"]:
        on = _change_stage(week, ids, on, state, sw, draws)
    rate = people["rate"][on] * np.exp(0.25 * state["mood"][on])
    rate *= (1 + sw["seasons"] * (season(week) - 1)) * STAGE_RATE[state["stage"][on]] ** sw["stages"]
    rate *= 1 + sw["club_effect"] * (state["club_day"][on] < 7 * week) * (sw["anonymity"] > 0)
    rate *= np.maximum(0.1, 1 + state["boost"][on] - state["debt"][on])
    if week % 8 == 5:  # the rival's week of discounts
        rate *= 1 - sw["rival"] * (1 - people["share"][on])
    # Repeat purchases begin on the day after the first one.
    start = np.clip(people["day0"][on] + 1 - 7 * week, 0, 7)
    rate *= (7 - start) / 7

    orders = _purchases(week, ids, on, rate, start, people, state, draws)
    who, turn = orders["who"], orders["turn"]
    key = ids[who]
    # Gamma with whole shape 5, from the product of five uniforms: a draw that is keyed like all others.
    shape = sum(-np.log(draws.uniform("amount", key, week, 8 * turn + k)) for k in range(5))
    orders["gross"] = np.round(np.maximum(people["spend"][who] * shape / 5, 1.0), 1)
    orders["coupon"] = (state["coupon_until"][who] < NEVER) & (orders["day"] <= state["coupon_until"][who])
    orders["amount"] = np.round(orders["gross"] * (1 - sw["coupon"] * orders["coupon"]), 1)
    orders["web"] = draws.uniform("by web", key, week, turn) < people["web"][who]
    # Now and then another branch of the same city, each as likely.
    u, first, shops = draws.uniform("roams", key, week, turn), people["first_shop"][who], people["shops"][who]
    hop = np.where(u < sw["roaming"], 1 + u / max(sw["roaming"], 1e-9) * (shops - 1), 0).astype(np.int8)
    orders["branch"] = (first + (people["branch"][who] - first + hop) % shops).astype(np.int8)
    _recognise(week, key, orders, people, state, sw, draws)
    _serve(week, key, orders, people, state, sw, draws, failure_rate[min(quarter, len(failure_rate) - 1)])

    state["debt"] = 0.85 * state["debt"] + 0.25 * sw["forward_buying"] * np.maximum(state["boost"], 0)
    state["boost"] *= 0.6
    state["pressure"] *= 0.85
    state["mood"] += 0.08 * (people["mood"] - state["mood"])
    return orders, opened


def _contact(week, ids, need, state, people, sw, draws, contacts):
    """Reading, match, fatigue, backlash, coupon and consent."""
    who = contacts["who"]
    key, pressure = ids[who], state["pressure"][who]
    chance = np.where(contacts["email"], READ["email"], READ["sms"]) * 2 * people["reads"][who]
    opened = draws.uniform("open", key, week) < chance * np.exp(-0.15 * sw["fatigue"] * pressure)
    match = contacts["theme"] == need[who]
    # A coupon moves those who hesitate; the committed would have come anyway, and take the discount.
    coupon = contacts["coupon"] * np.where(state["stage"][who] == 2, 0.15, 3.2) * (sw["coupon"] > 0)
    coupon = coupon * np.maximum(0, 1 + sw["match"] * np.where(match, 1, -1))
    wrong = sw["backlash"] * (0.06 + 0.05 * pressure) * ~match
    state["boost"][who] += opened * (sw["match"] * match + coupon - wrong)
    state["mood"][who] += opened * (0.05 * match * (sw["match"] / SWITCHES["match"]) - 0.05 * wrong)
    state["coupon_until"][who] = np.where(opened & contacts["coupon"], 7 * week + 27, state["coupon_until"][who])
    state["pressure"][who] += contacts["letters"]
    leaves = draws.uniform("opt out", key, week) < sw["consent_reacts"] * 0.004 * (1 + pressure) ** 1.5 * ~match
    state["consent"][who[leaves]] = False
    return {"who": who, "opened": opened}


def _change_stage(week, ids, on, state, sw, draws):
    """Move those whose time in a stage is over; who dissolves and is not won back has left."""
    due = on[state["stage_until"][on] <= week]
    stage, key = state["stage"][due], ids[due]
    u = draws.uniform("stage move", key, week) + 0.15 * np.clip(state["mood"][due], -2, 2)
    better = np.array([0.35, 0.40, 1.0, 0.5])[stage] < u  # from commitment all paths lead to dissolution first
    state["alive"][due[(stage == 3) & ~better]] = False
    new = np.where(stage == 3, 1, np.where(better, stage + 1, 3)).astype(np.int8)
    state["stage"][due] = new
    state["stage_until"][due] = week + stage_weeks(key, week, new, draws)
    return on[state["alive"][on]]


def _purchases(week, ids, on, rate, start, people, state, draws):
    """Days of the week's purchases: BG/NBD, at most one on a day, first purchases among them."""
    u = draws.uniform("buy", ids[on], week)
    buys = np.flatnonzero(u > np.exp(-rate))
    who, mean, first = on[buys], rate[buys], start[buys]
    # Poisson by inversion: count how many steps of the distribution function lie below u.
    term = np.exp(-mean)
    below, count = term.copy(), np.zeros(len(who), dtype=np.int64)
    for k in range(1, 8):
        count += u[buys] > below
        term = term * mean / k
        below += term
    count = np.minimum(count, 7 - first)
    key = ids[who]
    keys = draws.uniform("day", key[:, None], week, np.arange(7))
    keys[np.arange(7) < first[:, None]] = 2.0
    days = np.argsort(keys, axis=1)
    days = np.sort(np.where(np.arange(7) < count[:, None], days, 9), axis=1)

    debut = np.flatnonzero(people["day0"] // 7 == week)
    parts = [(debut, 0 * debut, people["day0"][debut])]
    left = np.flatnonzero(count > 0)
    for turn in range(1, count.max(initial=0) + 1):
        parts.append((who[left], np.full(len(left), turn), 7 * week + days[left, turn - 1]))
        # Dropout after a repeat purchase, more likely for the dissatisfied.
        chance = people["drop"][who[left]] * np.exp(-0.6 * state["mood"][who[left]])
        gone = draws.uniform("drop", key[left], week, turn) < chance
        state["alive"][who[left[gone]]] = False
        left = left[~gone & (count[left] > turn)]
    buyer, turn, day = (np.concatenate(column) for column in zip(*parts))
    return {"who": buyer, "turn": turn, "day": day.astype(np.int32)}


def _recognise(week, key, orders, people, state, sw, draws):
    """Which orders the firm can put to a record, and who joins the club at the till."""
    who, till, day, turn = orders["who"], ~orders["web"], orders["day"], orders["turn"]
    np.minimum.at(state["web_day"], who[~till], day[~till])
    joins = till & (week >= CLUB_WEEK) & (state["club_day"][who] == NEVER)
    joins &= draws.uniform("join", key, week, turn) < people["joins"][who]
    np.minimum.at(state["club_day"], who[joins], day[joins])
    member, web_known = state["club_day"][who] <= day, state["web_day"][who] <= day
    # A member shows the card most times; with a web account alone one is known where the staff know the face.
    shows = np.where(member, 0.85, np.where(web_known & (orders["branch"] == people["branch"][who]), 0.35, 0.0))
    shows = np.where(orders["coupon"] & (member | web_known), np.maximum(shows, sw["coupon_visibility"]), shows)
    hidden = draws.uniform("shown", key, week, turn) < sw["anonymity"] * (1 - shows)
    orders["shown"] = ~till | ~hidden
    state["seen_spend"] += np.bincount(who, orders["amount"] * orders["shown"], len(state["alive"]))
    np.maximum.at(state["last_seen"], who[orders["shown"]], week)


def _serve(week, key, orders, people, state, sw, draws, failure_rate):
    """Failures of service, complaints and the apology that is given by lot."""
    who, turn = orders["who"], orders["turn"]
    place = np.where(orders["web"], len(failure_rate) - 1, orders["branch"])
    failed = draws.uniform("fail", key, week, turn) < failure_rate[place]
    complains = failed & (draws.uniform("complain", key, week, turn) < 0.35)
    apology = complains & (draws.uniform("apology", key, week, turn) < 0.5) & (sw["apology"] > 0)
    # The committed forgive more: a failure hurts half as much.
    harm = FAILURE_HARM * np.where(state["stage"][who] == 2, 0.5, 1.0) * (1 - sw["apology"] * apology)
    state["mood"] -= np.bincount(who, failed * harm, len(state["mood"]))
    np.minimum.at(state["service_day"], who[complains], orders["day"][complains])
    orders |= {"failed": failed, "complains": complains, "apology": apology}
