"""The firm's tables, put together from what happened (`history.run`) and from its records (`systems.Records`)."""

import numpy as np
import pandas as pd

from idic_lib.firm import tables
from idic_lib.firm.history import CAMPAIGNS, OUTCOME_WEEKS, run
from idic_lib.firm.life import NEVER, STAGES
from idic_lib.firm.people import population, weights_at
from idic_lib.firm.records import write_records
from idic_lib.firm.systems import dates, text_ids, words
from idic_lib.firm.world import BRANCH_NAMES, CATEGORIES, CHANNELS, CITIES, NEED_CATEGORY, NEEDS, gift_weeks, pick

#: Costs in thousand toman: an order at the till, an order by web, an e-mail, a message.
COST = {"till": 14.0, "web": 60.0, "email": 0.2, "sms": 0.6}
SURVEY_WEEK = 78
CLICK = 0.12  # of those who open a newsletter


def orders_table(events, people, records, who, draws, *, first=1):
    """Orders as the firm has them, in the order of their dates, and the same rows as numbers; ids begin at `first`.

    Who pays by card leaves a token; families share a card now and then.
    """
    # By day, within a day by lot: one number to sort by.
    order = np.argsort(events["day"] + draws.uniform("within a day", events["who"], events["week"], events["turn"]))
    event = {name: events.pop(name)[order] for name in list(events)}  # not both in memory: a firm may be large
    event["person"] = event.pop("who")
    person, day, web, week = (event[name] for name in ("person", "day", "web", "week"))
    key = (person, week, event["turn"])
    event["record"] = np.full(len(person), -1)
    for rows, systems in ((np.flatnonzero(web), ["web"]), (np.flatnonzero(~web & event["shown"]), ["club", "web"])):
        event["record"][rows] = records.of(person[rows], day[rows], systems)
    home = who["household"].to_numpy()
    head = np.empty(home.max() + 1, np.int64)
    head[home[::-1]] = np.arange(len(who))[::-1]  # the first one of each household
    owner = np.where(draws.uniform("family card", *key) < 0.15, head[home[person]], person)
    # A fifth of the cards are replaced after a year, and with the card its token.
    which = (draws.uniform("which card", *key) * people["cards"][owner]).astype(np.int64)
    which = which + 2 * ((week >= 52) & (draws.uniform("new card", owner) < 0.2))
    by_card = web | (draws.uniform("by card", *key) < people["card"][person])
    token = np.where(by_card, (draws.uniform("token", owner, 0, which) * 1e12).astype(np.int64), -1)
    shop = np.where(web, len(BRANCH_NAMES), event["branch"])
    cost = np.round(np.where(web, COST["web"], COST["till"]) * people["serve"][person], 1)
    frame = {"order_id": text_ids("o", first + np.arange(len(order))), "record_id": text_ids("r", event["record"]),
             "order_date": dates(day), "amount": event["amount"], "channel": words(["till", "web"], web.astype(int)),
             "branch": words([*BRANCH_NAMES, "web"], shop), "payment_token": text_ids("t", token, 12),
             "discount": np.round(event["gross"] - event["amount"], 1), "cost_to_serve": cost}  # fmt: skip
    return pd.DataFrame(frame), event


def contacts_table(letters, event, records, draws):
    """One row a letter or message: every record on the list gets one, so a person with two records gets two."""
    if not letters:
        columns = ["record_id", "contacted_on", "channel", "theme", "campaign_id", "cost", "opened", "responded"]
        return pd.DataFrame(columns=columns), {}
    who, week, email = letters["who"], letters["week"].astype(np.int64), letters["email"]
    parts = []
    for chosen, systems in ((email, ["newsletter", "web"]), (~email, ["club"])):
        rows = np.flatnonzero(chosen)
        at, number = records.all_of(who[rows], 7 * week[rows], systems)
        parts.append((rows[at], number))
    row, number = (np.concatenate(part) for part in zip(*parts))
    order = np.argsort((week[row] * len(who) + row) * (number.max(initial=0) + 1) + number)
    row, number = row[order], number[order]
    opened = letters["opened"][row] & ~pd.Series(row).duplicated().to_numpy()  # the second copy stays closed
    # An answer to a campaign is its coupon, used; to a newsletter, a click.
    begins = np.array([week for week, _ in CAMPAIGNS.values()])
    campaign, coupon = letters["campaign"][row], event["coupon"]
    used = len(begins) * event["person"][coupon] + np.searchsorted(begins, event["week"][coupon], side="right") - 1
    answered = np.isin(len(begins) * who[row] + campaign, used)
    click = draws.uniform("click", who[row], week[row]) < CLICK
    frame = {"record_id": text_ids("r", number), "contacted_on": dates(7 * week[row] + 3),
             "channel": words(["sms", "email"], email[row].astype(int)), "theme": words(NEEDS, letters["theme"][row]),
             "campaign_id": words(CAMPAIGNS, campaign), "cost": np.where(email[row], COST["email"], COST["sms"]),
             "opened": opened, "responded": opened & np.where(campaign < 0, click, answered)}  # fmt: skip
    return pd.DataFrame(frame), {"person": who[row], "week": week[row], "record": number}


def people_table(people, state, city, who, weeks, index):
    """The truth of each person: traits, first purchase, and the state after the last week."""
    first = np.where(people["day0"] < 7 * weeks, people["day0"], np.nan)
    club, web = (np.where(state[day] < NEVER, state[day], np.nan) for day in ("club_day", "web_day"))
    known = {"city": words(CITIES, city), "source": words(CHANNELS, people["source"]),
             "referrer": text_ids("P", people["referrer"], 6), "first_purchase_on": dates(first),
             "club_on": dates(club), "web_on": dates(web), "need": words(NEEDS, people["need"][:, 0]),
             "stage": words([*STAGES, "prospect", "left"], state["stages"][:, -1] % 6)}  # fmt: skip
    names = ["acquisition_cost", "rate", "drop", "spend", "share", "serve", "web", "card", "reads", "holdout"]
    known |= {name: people[name] for name in names} | {"alive": state["alive"] & (people["day0"] < 7 * weeks)}
    known |= dict(zip((f"weight_{need}" for need in NEEDS), people["weights"].T))
    frame = pd.DataFrame(known | {name: state[name] for name in ("mood", "consent")}).set_index(index)
    traits = [name for name in ("household", "gender", "birth_date", "given_name", "family_name") if name in who]
    return who[traits].set_axis(index).join(frame)


def need_weights(people, person, week, sw):
    """Need weights of people in weeks, the occasions of the season among them."""
    mix = weights_at(people, person, week // 13)
    occasion = 0.4 * sw["occasions"] * gift_weeks(week)[:, None]
    return (1 - occasion) * mix + occasion * np.eye(len(NEEDS))[NEEDS.index("gift")]


def complaints(orders, event, records, places):
    """What the service desk notes of orders that somebody complains of (the same rows as numbers in `event`)."""
    minutes = places["response_minutes"].to_numpy().reshape(len(BRANCH_NAMES) + 1, -1)
    minutes = minutes[np.where(event["web"], len(BRANCH_NAMES), event["branch"]), event["week"] // 13]
    number = records.of(event["person"], event["day"], ["service"])
    more = {"branch": orders["branch"].array, "order_id": orders["order_id"].array, "response_minutes": minutes,
            "record_id": text_ids("r", number), "opened_on": dates(event["day"] + 1)}  # fmt: skip
    return pd.DataFrame(event | more)


class Details:
    """Everything but orders and contacts, a method a table; each takes what `make_firm` knows and returns frames."""

    def __init__(self, people, state, records, who, event, orders, weeks, sw, draws, index):
        self.people, self.state, self.records, self.who, self.event = people, state, records, who, event
        self.orders, self.weeks, self.sw, self.draws, self.index = orders, weeks, sw, draws, index
        self.source, self.last = np.array(CHANNELS)[people["source"]], -(-weeks // 13) - 1

    def write_records(self):
        slots = self.records.slots
        # "How did you find us?": two in five do not say.
        told = self.draws.uniform("told", slots["person"], slots["copy"]) < 0.6
        source = pd.Series(self.source[slots["person"]], dtype="str").where(told)
        return write_records(self.who, slots, self.sw["errors"], self.draws).assign(source=source)

    def weights(self, person, week):
        return need_weights(self.people, person, week, self.sw)

    def order_lines(self):
        """Lines, and the amount of each order after returns."""
        event, orders = self.event, self.orders
        numbered = orders[["order_id", "amount"]].assign(**{name: event[name] for name in ("person", "week", "turn")})
        weights = self.weights(event["person"], event["week"])
        lines = tables.order_lines(numbered, weights, self.draws, self.sw["returns"])
        net = lines.groupby("order_id", sort=False)["amount"].sum().reindex(orders["order_id"])
        return lines, np.maximum(net.to_numpy().round(1), 0.0)

    def campaigns(self):
        weeks, themes = zip(*CAMPAIGNS.values())
        frame = {"campaign_id": list(CAMPAIGNS), "starts_on": dates([7 * week + 3 for week in weeks]),
                 "weeks": OUTCOME_WEEKS, "design": list(CAMPAIGNS), "theme": themes}  # fmt: skip
        return pd.DataFrame(frame).assign(discount=self.sw["coupon"])

    def assignments(self, assigned):
        """Who was in which campaign and arm, by record; both potential outcomes by person; the true effects."""
        which, arm = assigned["campaign"], assigned["arm"]
        name, week = np.array(list(CAMPAIGNS))[which], np.array([week for week, _ in CAMPAIGNS.values()])[which]
        at, number = self.records.all_of(assigned["who"], 7 * week, ["newsletter", "web", "club"])
        order = np.lexsort((number, which[at]))
        at, number = at[order], number[order]
        frame = {"campaign_id": name[at], "record_id": text_ids("r", number)}
        frame = pd.DataFrame(frame | {"arm": np.where(arm[at], "contact", "control")})
        outcome = {"campaign_id": name, "treated": arm, "y0": assigned["y0"], "y1": assigned["y1"]}
        outcome = pd.DataFrame(outcome, self.index[assigned["who"]])
        gain, by = outcome["y1"] - outcome["y0"], outcome["campaign_id"]
        everybody, treated = (part.groupby(by, sort=False).mean() for part in (gain, gain.where(arm)))
        return frame, outcome, pd.DataFrame({"everybody": everybody, "treated": treated})

    def tickets(self, places):
        rows = np.flatnonzero(self.event["complains"])
        event = {name: values[rows] for name, values in self.event.items()}
        return tables.tickets(complaints(self.orders.iloc[rows], event, self.records, places), self.draws)

    def feedback(self):
        """Texts come from a twentieth of recorded orders and a fifth of complaints: most of the unhappy are silent."""
        event = self.event
        chance = np.where(event["complains"], 0.2, 0.05) * (event["record"] >= 0)
        speaks = self.draws.uniform("speaks", event["person"], event["week"], event["turn"]) < chance
        event = {name: values[speaks] for name, values in event.items()}
        mood = self.state["moods"][event["person"], np.minimum(event["week"] // 13, self.last)] - 0.8 * event["failed"]
        more = {"satisfaction": mood, "record_id": text_ids("r", event["record"]), "given_on": dates(event["day"] + 2),
                "script": self.who["script"].to_numpy()[event["person"]]}  # fmt: skip
        return tables.feedback(pd.DataFrame(event | more), self.draws)

    def answers(self, contacts, sent):
        """One question with most messages that were opened."""
        rows = np.flatnonzero(contacts["opened"] & (contacts["channel"] == "sms"))
        rows = rows[self.draws.uniform("asked", sent["person"][rows], sent["week"][rows]) < 0.8]
        asked = {name: values[rows] for name, values in sent.items()}
        weights = self.weights(asked["person"], asked["week"])
        asked |= {"record_id": text_ids("r", asked["record"]), "answered_on": dates(7 * asked["week"] + 4)}
        return tables.answers(pd.DataFrame(asked), weights, self.draws)

    def survey(self):
        """The survey of week 78: the content answer a little more readily."""
        week, person = min(SURVEY_WEEK, self.weeks - 1), np.arange(len(self.index))
        number = self.records.of(person, np.full(len(person), 7 * week), ["club", "web", "newsletter"])
        mood, rate = self.state["moods"][:, min(week // 13, self.last)], np.log(self.people["rate"])
        answers = self.draws.uniform("surveyed", person) < 0.35 + 0.15 * np.clip(mood, -1, 1)
        asked = {"person": person, "record_id": text_ids("r", number), "answered_on": dates(0 * person + 7 * week),
                 "satisfaction": mood, "share": self.people["share"],
                 "rate": (rate - rate.mean()) / rate.std()}  # fmt: skip
        asked = pd.DataFrame(asked)[(number >= 0) & self.state["consent"] & answers]
        return tables.survey(asked.reset_index(drop=True), self.draws)

    def subscriptions(self):
        """The monthly tea box: a month's chance of ending differs between people (shifted beta-geometric)."""
        person = np.arange(len(self.index))
        known = self.records.slots.groupby("person")["day"].min().reindex(person).to_numpy()
        begins = known + 120 * self.draws.uniform("box from", person)
        takes = self.draws.uniform("box", person) < self.sw["subscription"]
        takes = np.flatnonzero(takes & (begins < 7 * self.weeks))
        ending = self.draws.generator("box churn").beta(0.7, 4.0, len(person))[takes]
        months = np.ceil(np.log(self.draws.uniform("box months", takes)) / np.log1p(-ending))
        ends = np.floor(begins[takes]) + np.round(30.4375 * np.minimum(months, 10**4))
        number = self.records.of(takes, begins[takes], ["web", "club", "newsletter", "service"])
        box = {"record_id": text_ids("r", number), "started_on": dates(np.floor(begins[takes])),
               "ended_on": dates(np.where(ends < 7 * self.weeks, ends, np.nan))}  # fmt: skip
        return pd.DataFrame(box).sort_values(["started_on", "record_id"], ignore_index=True)

    def branches(self, places):
        keys = ["branch", "quarter"]
        each = self.orders.assign(quarter=self.event["week"] // 13, complains=self.event["complains"]).groupby(keys)
        totals = each.agg(orders=("amount", "size"), sales=("amount", "sum"), complaints=("complains", "sum"))
        return places.drop(columns="failure_rate").merge(totals.reset_index(), how="left", on=keys)

    def prospects(self):
        late = np.flatnonzero(self.people["day0"] >= 7 * self.weeks)
        ids, who = text_ids("x", np.arange(1, len(late) + 1), 5), self.who.iloc[late].reset_index(drop=True)
        frame = {"prospect_id": ids, "source": self.source[late], "city": who["city"], "gender": who["gender"],
                 "birth_year": who["birth_date"].dt.year.astype(np.int64)}  # fmt: skip
        return pd.DataFrame(frame), pd.Series(self.index[late], ids, name="person_id")

    def all(self, contacts, sent, assigned, places):
        """All other tables that the firm sees, and truths, by name; the amounts of `orders` become net of returns."""
        seen, truth = {"records": self.write_records(), "products": tables.products()}, {}
        seen["order_lines"], self.orders["amount"] = self.order_lines()
        seen |= {"campaigns": self.campaigns(), "tickets": self.tickets(places), "survey_answers": self.survey()}
        seen |= {"subscriptions": self.subscriptions(), "branches": self.branches(places)}
        seen["feedback"], truth["feedback"] = self.feedback()
        seen["prospects"], truth["prospects"] = self.prospects()
        truth |= {"questions": tables._read("questions.csv"), "branches": places[["branch", "quarter", "failure_rate"]]}
        seen["questions"] = truth["questions"].drop(columns=NEEDS)
        if assigned:
            seen["assignments"], truth["campaign"], truth["effects"] = self.assignments(assigned)
            seen["answers"] = self.answers(contacts, sent)
        quarters = [f"q{quarter + 1}" for quarter in range(self.last + 1)]
        stage = np.array([*STAGES, "prospect", "left"])[self.state["stages"]]
        truth["needs"] = pd.DataFrame(np.array(NEEDS)[self.people["need"][:, : len(quarters)]], self.index, quarters)
        truth["stages"] = pd.DataFrame(stage, self.index, quarters)
        return seen, truth


def large_test(n, sw, draws, failure_rate):
    """The randomised campaign on `n` other people of the same world: what the firm sees, and both outcomes."""
    week, asked = CAMPAIGNS["randomised"][0], n
    n = 4 * n  # a third of all people can be reached by then
    city = pick(list(CITIES.values()), draws.generator("city").random(n))
    people = population(n, week + OUTCOME_WEEKS, sw, draws, city)
    events, letters, assigned, state = run(people, week + OUTCOME_WEEKS, sw, draws, failure_rate)
    if not assigned:
        return pd.DataFrame(), pd.DataFrame()
    chosen = np.flatnonzero(assigned["campaign"] == list(CAMPAIGNS).index("randomised"))[:asked]
    who, arm = assigned["who"][chosen], assigned["arm"][chosen]
    before = (events["week"] < week) & events["shown"]
    after = (events["week"] >= week) & events["shown"]

    def total(rows, values=None):
        return np.bincount(events["who"][rows], None if values is None else values[rows], n)[who]

    last = np.full(n, np.nan)
    np.fmax.at(last, events["who"][before], events["day"][before])
    # The category that a person's recorded purchases name most often is a noisy sign of the need.
    category = pick(weights_at(people, who, week // 13) @ NEED_CATEGORY, draws.uniform("top category", who))
    opened = np.isin(who, letters["who"][(letters["week"] == week) & letters["opened"]])
    frame = pd.DataFrame({
        "test_id": text_ids("k", np.arange(1, len(who) + 1), 6), "treated": arm, "frequency": total(before),
        "spend_before": total(before, events["amount"]).round(1),
        "weeks_since_last": np.floor((7 * week - last[who]) / 7), "club": state["club_day"][who] < 7 * week,
        "web": state["web_day"][who] < 7 * week, "top_category": words(CATEGORIES, category),
        "city": words(CITIES, city[who]), "opened": opened, "coupon_used": total(after & events["coupon"]) > 0,
        "orders": total(after), "spend": total(after, events["amount"]).round(1)})  # fmt: skip
    truth = pd.DataFrame({"y0": assigned["y0"][chosen], "y1": assigned["y1"][chosen]}, frame["test_id"]).round(1)
    return frame, truth.assign(need=np.array(NEEDS)[people["need"][who, week // 13]])
