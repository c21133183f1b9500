"""Who the people are: what they are like before the firm does anything. One row a person, as arrays."""

import numpy as np

from idic_lib.firm.world import BRANCHES, CHANNELS, CITIES, NEED_SHARE, NEEDS, SYSTEMS, pick

#: BG/NBD and Gamma-Gamma that the plain world is drawn from (weeks; thousand toman).
RATE = {"r": 0.75, "alpha": 6.0}
DROPOUT = {"a": 0.8, "b": 7.0}
SPEND = {"p": 5.0, "q": 4.0, "v": 210.0}

#: Where customers come from: share, purchase rate against the average, cost of winning one (thousand toman).
CHANNEL_SHARE = np.array([0.20, 0.25, 0.30, 0.10, 0.15])
CHANNEL_QUALITY = np.array([1.25, 1.05, 1.00, 1.10, 0.55])
CHANNEL_COST = np.array([10.0, 60.0, 20.0, 40.0, 90.0])
#: Share of people whose first purchase lies in the year after the weeks simulated: the prospects.
PROSPECTS = 0.10


def population(n, weeks, sw, draws, city):
    """Draw `n` people.

    Parameters
    ----------
    n, weeks : int
        People (prospects among them) and weeks of history.
    sw : dict
        Switches, see `world.SWITCHES`.
    draws : Draws
    city : array of int, shape (n,)
        Index into `world.CITIES`.

    Returns
    -------
    dict of arrays, first axis n
        Among them ``day0`` (first purchase, days since START), ``rate`` (purchases a week), ``drop`` (chance of leaving
        after a repeat purchase), ``spend`` (mean order, thousand toman), ``share`` (of wallet), ``weights`` (n × 6
        needs), ``need`` (n × quarters: main need), ``web`` (share of orders by web), ``branch`` (the
        usual one, of the city's ``shops`` from ``first_shop`` on), ``holdout``.
    """
    gen = draws.generator
    person = np.arange(n)
    source = pick(CHANNEL_SHARE, gen("channel").random(n))
    day0 = (7 * weeks * gen("first day").random(n) ** 1.4).astype(np.int32)
    late = gen("prospect").random(n) < PROSPECTS
    day0 = np.where(late, 7 * weeks + (364 * gen("late day").random(n)).astype(np.int32), day0)
    # A referred person comes by a friend who was a customer earlier.
    order = np.argsort(day0, kind="stable")
    rank = np.argsort(order)
    referred = (gen("referred").random(n) < sw["referral"]) & (rank > 0)
    referrer = np.where(referred, order[(gen("referrer").random(n) * rank).astype(np.int64)], -1)
    source = np.where(referred, CHANNELS.index("friend"), source)

    quality = 1 + sw["quality"] * (CHANNEL_QUALITY[source] - 1)
    rate = _spread(gen("rate").gamma(RATE["r"], 1 / RATE["alpha"], n), sw["value_skew"]) * sw["repeat_rate"]
    spend = _spread(SPEND["p"] * SPEND["v"] / gen("spend").gamma(SPEND["q"], 1.0, n), sw["value_skew"])
    heavy = np.argsort(np.argsort(rate)) / n  # percentile of the purchase rate
    share = gen("share").beta(4.0, 2.7, n)

    main = pick(NEED_SHARE, gen("need").random(n))
    own = 0.35 * gen("need weights").dirichlet(np.full(len(NEEDS), 0.8), n)
    own[person, main] += 0.65
    need = [main]
    for quarter in range(1, weeks // 13 + 9):  # and for two years after the history
        moves = draws.uniform("drift", person, quarter) < sw["drift"]
        need.append(np.where(moves, pick(NEED_SHARE, draws.uniform("drift to", person, quarter)), need[-1]))

    shops = np.array([BRANCHES.get(name, 0) for name in CITIES])
    first, shops = (np.cumsum(shops) - shops)[city], shops[city]
    web = np.where(shops > 0, gen("web").beta(0.45, 1.15, n), 1.0)
    known = {
        "source": source, "referrer": referrer, "acquisition_cost": CHANNEL_COST[source], "day0": day0,
        "rate": rate * quality, "drop": gen("drop").beta(DROPOUT["a"], DROPOUT["b"], n), "spend": spend, "share": share,
        "serve": np.exp(0.8 * sw["cost_to_serve"] * gen("serve").standard_normal(n)),
        "weights": (1 - sw["needs"]) / len(NEEDS) + sw["needs"] * own, "need": np.array(need, dtype=np.int8).T.copy(),
        "web": web, "branch": first + (shops * gen("branch").random(n)).astype(np.int64),
        "first_shop": first, "shops": np.maximum(shops, 1),
        "card": gen("card").beta(6.0, 2.0, n), "cards": 1 + (gen("cards").random(n) < 0.3),
        "reads": gen("reads").beta(2.0, 2.5, n), "mood": 0.4 * min(sw["stages"], 1.0) * gen("mood").standard_normal(n),
        # Heavy buyers join the club more readily: this is selection.
        "joins": np.clip(sw["club"] * (0.06 + 0.25 * heavy**2), 0, 1) if sw["anonymity"] else np.zeros(n),
        "letter_week": np.where(gen("letter").random(n) < 0.35 * (sw["systems"] > 0),
                                day0 // 7 + (30 * gen("letter week").random(n)).astype(np.int32), 10**6),
        "holdout": gen("holdout").random(n) < 0.1}  # fmt: skip
    for system in SYSTEMS:  # when a second record of the same person is opened in a system by mistake
        twin = day0 + (200 * gen(f"copy day {system}").random(n)).astype(np.int32)
        known[f"{system}_copy_day"] = np.where(gen(f"copy {system}").random(n) < sw["duplicates"], twin, 10**6)
    return known


def _spread(values, power):
    """The same mean, another spread: values to a power; at 0 all are equal, at 1 they stay as they are, to the bit."""
    if power == 1:
        return values
    powered = values**power
    return powered * (values.mean() / powered.mean())


def weights_at(people, who, quarter):
    """Need weights (len(who) × 6) in a quarter, one for all or one each.

    The main need of the quarter holds the weight that the first main need held.
    """
    weights, rows = people["weights"][who], np.arange(len(who))
    now, then = people["need"][who, quarter], people["need"][who, 0]
    weights[rows, now], weights[rows, then] = weights[rows, then], weights[rows, now]
    return weights
