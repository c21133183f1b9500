"""Which records are the same person: blocked, compared and weighed with Splink, then gathered into customers."""

import logging
import re
import warnings
from contextlib import ExitStack
from functools import reduce

import numpy as np
import pandas as pd

from .._guards import refuse_if, whole
from .records import FIELDS, standardise_records, text_ids

#: The rule that stands in for either of two that make too many comparisons: among the firm's records it finds all but
#: 2 % of the true pairs that both find, with a tenth of their comparisons.
FINE, COARSE = "one name part and month of birth", ("same birth date", "one name part and year of birth")
#: What two records must share to be compared at all (`part`: any word of the name, `pair`: any two words of it).
BLOCKING = {"same phone": ["phone"], "same e-mail": ["email"], "same e-mail before the @": ["email_user"],
            "same birth date": ["birth_date"], "same address": ["address"], "two name parts and city": ["pair", "city"],
            "one name part and year of birth": ["part", "birth_year"], FINE: ["part", "birth_month"]}  # fmt: skip
#: Rules on one of these fields train the weights of the others, if they make so many pairs; so many are enough.
TRAINING, LEAST_TRAINING, ENOUGH = ("phone", "email", "email_user", "birth_date"), 30, 3e5
#: EXACT_RECALL: share of the true pairs that agree on name and phone, name and birth date, or e-mail (for the prior).
#: OWN: a value may stand in so many records of one person; only beyond that does its frequency weaken an agreement.
#: FEW: below so many records random pairs tell nothing: each level then counts as seen in 2 % of strangers.
EXACT_RECALL, OWN, FEW = 0.7, 4, 100


def _comparisons(fields):
    """How each field is compared: its levels from the closest on, with a start for the share among true matches (m)."""
    from splink import comparison_level_library as cl

    def same(column):  # a frequent value is weak evidence: the weight is adjusted to how frequent it is
        return cl.ExactMatchLevel(column, term_frequency_adjustments=True)

    def near(column, k=4):  # counting slips takes most time; one leaves the first or last k of 2k + 1 letters alone
        short, long = (f"{end}(length({column}_l), length({column}_r))" for end in ("least", "greatest"))
        ends = " OR ".join(f"{end}({column}_l, {k}) = {end}({column}_r, {k})" for end in ("left", "right"))
        maybe = sql(f"{long} <= {short} + 1 AND ({short} <= {2 * k} OR {ends})")
        return cl.And(maybe, cl.DamerauLevenshteinLevel(column, 1))

    sql, alike = cl.CustomLevel, cl.JaroWinklerLevel("address", 0.92)
    shared = " + ".join(f"CASE WHEN part{i}_l >= 0 AND part{i}_l IN (part0_r, part1_r, part2_r) THEN 1 ELSE 0 END"
                        for i in range(3))  # fmt: skip
    inside = f"{shared} = least(parts_l, parts_r)"
    levels = {
        "name_key": [
            (same("name_key"), 0.6), (sql(f"({inside}) AND least(parts_l, parts_r) > 1", "all of two or more"), 0.15),
            (near("name_key"), 0.08), (sql(inside, "one name is a part of the other"), 0.06),
            (sql(f"{shared} > 1", "two parts the same"), 0.05), (sql(f"{shared} > 0", "one part the same"), 0.04)],
        "birth_date": [(same("birth_date"), 0.85), (cl.Or(near("birth_date"), sql("birth_date_l = turned_r")), 0.08)],
        "email": [(same("email"), 0.6), (same("email_user"), 0.15), (cl.JaroWinklerLevel("email_user", 0.92), 0.05)],
        "city": [(same("city"), 0.9)], "phone": [(same("phone"), 0.75), (near("phone", 5), 0.05)],
        "address": [(same("address"), 0.5), (alike, 0.2)],
        # One comparison for both, because people of one household share both: neither adds to the other in full.
        "phone and address": [(cl.And(same("phone"), alike), 0.4), (same("phone"), 0.3), (same("address"), 0.1),
                              (cl.Or(near("phone", 5), alike), 0.1)]}  # fmt: skip
    both = {"phone", "address"} <= set(fields)
    chosen = [name for name in levels if name in fields and not (both and name in ("phone", "address"))]
    out = []
    for name in chosen + ["phone and address"] * both:
        nothing = cl.And(*map(cl.NullLevel, name.split(" and ")))
        other = cl.ElseLevel().configure(m_probability=1 - sum(m for _, m in levels[name]))
        made = [nothing, *(level.configure(m_probability=m) for level, m in levels[name]), other]
        out.append({"output_column_name": name.replace(" ", "_"), "comparison_levels": made})
    return out


def _prepare(standard, limit):
    """The table that Splink sees: standard fields, name parts as numbers, a column of block numbers for each rule.

    Comparisons are counted before they run. Where a rule would make more than `limit`, a finer rule stands in for it or
    its most frequent values are left out, with a warning. Where it makes more than are needed to learn from, every k-th
    value is marked for the training.
    """
    import pyarrow as pa

    table, n = standard.drop(columns=["record_id", "name"], errors="ignore").reset_index(drop=True), len(standard)
    if "birth_date" in table:
        year, month, day = (table["birth_date"].str[part] for part in (slice(4), slice(5, 7), slice(8, None)))
        table = table.assign(birth_year=year, birth_month=year + month, turned=year + "-" + day + "-" + month)
    if "email" in table:
        table["email_user"] = table["email"].str.replace(r"(?s)@.*|\W|_", "", regex=True)
    codes = {column: pd.factorize(table[column])[0].astype(np.int64)[:, None] for column in table}
    if "name_key" in table:
        words = table["name_key"].dropna().drop_duplicates().str.split(" ", expand=True).reindex(columns=range(3))
        part = pd.factorize(words.to_numpy(object).ravel())[0].astype(np.int64).reshape(-1, 3)
        part = codes["part"] = np.r_[part, [[-1] * 3]][codes["name_key"][:, 0]]  # the last: no name
        first, second = part[:, [0, 0, 1]], part[:, [1, 2, 2]]
        codes["pair"] = np.where((first >= 0) & (second >= 0), first * (part.max() + 1) + second, -1)
        table = table.assign(**{f"part{i}": part[:, i] for i in range(3)}, parts=(part >= 0).sum(axis=1))
    made, before, blocks = pa.Table.from_pandas(table.assign(row=np.arange(n)), preserve_index=False), {}, {}
    for rule, columns in BLOCKING.items():
        if not set(columns) <= set(codes) or (rule == FINE and max(before[other] for other in COARSE) <= limit):
            continue
        code = reduce(lambda a, b: np.where((a >= 0) & (b >= 0), a * (b.max() + 1) + b, -1), map(codes.get, columns))
        value, distinct = pd.factorize(code.ravel())
        size = np.where(distinct < 0, 0, np.bincount(value)).astype(float)
        pairs, listed, name = size * (size - 1) / 2, code.shape[1] > 1, f"block_{len(blocks)}"
        before[rule] = pairs.sum()
        # A rule that the finer one stands in for makes no comparisons; its blocks still count exact agreements.
        coarse = rule in COARSE and "part" in codes and before[rule] > limit
        order, keep = np.argsort(pairs, kind="stable"), np.zeros(len(size), bool)
        keep[order[(pairs[order] if coarse else np.cumsum(pairs[order])) <= limit]] = True
        if not (keep.all() or coarse):
            warnings.warn(f"blocking rule {rule!r} would make {pairs.sum():,.0f} comparisons (limit {limit:,.0f}): "
                f"without its {(~keep).sum():,} most frequent value(s), {pairs[keep].sum():,.0f} comparisons remain. "
                "Placeholders, such as the shop's phone number, are better set to missing.", stacklevel=4)  # fmt: skip
        every, most = (1, limit) if before[rule] <= ENOUGH else (np.ceil(before[rule] / ENOUGH), ENOUGH / 10)
        some = (columns[0] in TRAINING) & (pairs <= most) & (np.arange(len(pairs)) % every == 0)
        for column, chosen, enough in ((f"train_{columns[0]}", some, LEAST_TRAINING), (name, keep, 1)):
            if pairs[chosen].sum() >= enough:
                number = np.where((chosen & (pairs > 0))[value], value, -1).reshape(code.shape).astype(np.int32)
                lists = pa.ListArray.from_arrays(np.r_[0, (number >= 0).sum(axis=1).cumsum()], number[number >= 0])
                made = made.append_column(column, lists if listed else pa.array(number[:, 0], mask=number[:, 0] < 0))
        if pairs[keep].any():
            blocks[rule] = name, (not coarse) * pairs[keep].sum(), listed
    counted = ", ".join(f"{rule}: {count:,.0f}" for rule, count in before.items())
    refuse_if(sum(before.values()) and not any(n for _, n, _ in blocks.values()), "Every blocking rule would make more "
              f"than {limit:,.0f} comparisons ({counted}): set placeholders that many share to missing")  # fmt: skip
    return table, made, blocks


def _backend(engine):
    """Splink's door to DuckDB, or to Spark: to the session given, the one that runs, or one made on this machine."""
    refuse_if(engine not in ("duckdb", "spark") and not hasattr(engine, "sparkContext"), f"backend={engine!r} unknown",
              allowed='"duckdb", "spark" or a Spark session (not one of Spark Connect)')  # fmt: skip
    try:
        if engine == "duckdb":
            import duckdb
            from splink.backends.duckdb import DuckDBAPI

            # One thread adds numbers up in one order, so that two runs give the same bytes.
            return DuckDBAPI(connection=duckdb.connect(config={"threads": 1}))
        from pyspark.sql import SparkSession
        from splink.backends.spark import SparkAPI, similarity_jar_location
    except ImportError as error:
        extra, package = ("course", "splink and duckdb") if engine == "duckdb" else ("spark", "pyspark")
        raise ImportError(f'backend="{engine}" needs {package}: pip install "idic-lib[{extra}]"') from error
    session = SparkSession.builder.getOrCreate() if engine == "spark" else engine
    session.sql(f"ADD JAR '{similarity_jar_location()}'")  # unlike spark.jars, this reaches a session that runs
    return SparkAPI(spark_session=session, num_partitions_on_repartition=session.sparkContext.defaultParallelism,
                break_lineage_method="parquet" if session.sparkContext.getCheckpointDir() else "persist")  # fmt: skip


def _scored(table, made, blocks, database, seed):
    """Every blocked pair, weighed by a model trained without labels: u on random pairs, m by EM on several rules.

    The model is always learned by DuckDB on this machine, so that Spark, which weighs the pairs, gives the same answer.
    """
    import pyarrow as pa
    from scipy.special import expit, logit
    from splink import Linker, SettingsCreator, block_on
    from splink.internals.exceptions import EMTrainingException

    local = database if database.sql_dialect.sql_dialect_str == "duckdb" else _backend("duckdb")
    data = local.register(made)
    rules = [block_on(name, arrays_to_explode=[name] if listed else None) for name, n, listed in blocks.values() if n]
    settings = SettingsCreator(link_type="dedupe_only", unique_id_column_name="row", retain_matching_columns=False,
                               comparisons=_comparisons(table.columns), blocking_rules_to_generate_predictions=rules,
                               probability_two_random_records_match=1 / len(table))  # fmt: skip
    linker = Linker(data, settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=6e5, seed=seed, min_count_per_level=None, num_chunks=1)
    sure = [block_on(blocks[rule][0], *more) for rule, more in
            (("same phone", ["name_key"]), ("same birth date", ["name_key"]), ("same e-mail", []))
            if rule in blocks and set(more) <= set(table.columns)]  # fmt: skip
    if sure and len(table) >= FEW:
        linker.training.estimate_probability_two_random_records_match(sure, recall=EXACT_RECALL)
    learn = linker.training.estimate_parameters_using_expectation_maximisation
    for field in TRAINING:
        if f"train_{field}" in made.column_names:
            # The field is named beside its block so that Splink knows which comparison not to train.
            try:
                learn(block_on(field, f"train_{field}"), estimate_without_term_frequencies=True)
            except (EMTrainingException, ValueError) as error:
                # Nothing to learn, or so few pairs, parted so sharply, that a probability runs to 0 (of m, or of a
                # match where nobody has two records), which Splink refuses: other rules and the starts of m remain.
                if isinstance(error, ValueError) and not re.search("m_probability|math domain", str(error)):
                    raise
    learned, total, usual = linker.misc.save_model_to_json(), len(table) * (len(table) - 1) / 2, {}
    model = settings.create_settings_dict(database.sql_dialect.sql_dialect_str)
    fresh = {comparison["output_column_name"]: comparison for comparison in model["comparisons"]}
    # A training that stopped halfway leaves the comparison out that it was about.
    model["comparisons"] = [fresh[comparison["output_column_name"]] for comparison in learned["comparisons"]]
    share = model["probability_two_random_records_match"] = float(
        np.clip(learned["probability_two_random_records_match"], 0.1 / total, 0.3))  # fmt: skip
    for both in zip(model["comparisons"], learned["comparisons"]):
        levels, seen = ([x for x in side["comparison_levels"] if not x.get("is_null_level")] for side in both)
        # What was never seen is rare, not impossible.
        m = np.maximum([level.get("m_probability") or 0 for level in seen], 0.003)
        u = np.array([level.get("u_probability") or 0 for level in seen])
        # Random pairs hold the true pairs too: u = share * m + (1 - share) * (u of two people).
        u = np.maximum((u - share * m / m.sum()) / (1 - share), 1e-6 + 0.1 / total)
        if len(table) < FEW:
            u = np.where(np.arange(len(levels)) < len(levels) - 1, 0.02, 1)
        for level, p, q in zip(levels, m / m.sum(), u / u.sum()):
            level |= {"m_probability": float(p), "u_probability": float(q)}
            usual |= {level["tf_adjustment_column"]: float(q)} if level.get("tf_adjustment_column") else {}
    linker = Linker(data if local is database else database.register(made), model, log_level=None)
    for column, least in usual.items():
        count = table[column].value_counts()
        lookup = (np.maximum(count - OWN, 0) / count.sum() + least).rename(f"tf_{column}").reset_index()
        lookup = pa.Table.from_pandas(lookup, preserve_index=False)
        linker.table_management.register_term_frequency_lookup(database.register(lookup), column)
    local.duckdb_con.execute("SET threads = 4")  # nothing is added up from here on
    pairs = linker.inference.predict().as_pyarrow_table().select(["row_l", "row_r", "match_weight"]).to_pandas()
    pairs = pairs.iloc[np.argsort(pairs["row_l"] * len(table) + pairs["row_r"])].reset_index(drop=True)
    evidence = np.log(2) * pairs["match_weight"].to_numpy(float) - logit(share)
    likely = evidence[evidence > -40]  # the others add less than a sum of doubles holds
    for _ in range(30):  # EM of the share of matches among all pairs: those that no rule compares do not match
        share = np.clip(expit(likely + logit(share)).sum() / total, 0.1 / total, 0.5)
    return pairs, evidence + logit(share)


def _weighed(records, seed, backend, least=0):
    """The pairs of `score_pairs` that are at least so probable: names for the rest would take most of the memory."""
    database, standard, seed = _backend(backend), standardise_records(records), whole(seed, "seed", 0)
    if len(usable := [field for field in FIELDS if field in standard]) < 3:
        warnings.warn(f"only {len(usable)} usable fields ({', '.join(usable)}): recall will be low.", stacklevel=3)
    ids = standard["record_id"].to_numpy(object)
    table, made, blocks = _prepare(standard, max(1e6, min(20 * len(ids), 3e6 + 0.6 * len(ids))))
    pairs, log_odds = pd.DataFrame({"row_l": [], "row_r": []}, dtype=int), np.empty(0)
    if blocks:
        logger = logging.getLogger("splink")
        with ExitStack() as afterwards:
            afterwards.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL + 1)
            pairs, log_odds = _scored(table, made, blocks, database, seed)
    probability = (1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))).round(6)
    likely, weight = probability >= least, (log_odds / np.log(2)).round(4)
    return pd.DataFrame({"record_id_l": ids[pairs["row_l"][likely]], "record_id_r": ids[pairs["row_r"][likely]],
                         "match_probability": probability[likely], "match_weight": weight[likely]})  # fmt: skip


def score_pairs(records, *, seed=0, backend="duckdb"):
    """Compare the records that share something and say how probable it is that two are the same person.

    A Fellegi-Sunter model (1969) fitted by Splink without labels. Of random pairs it learns how often different people
    agree (u), by EM on the pairs of several blocking rules how often one person's records do (m); rare values count
    more than frequent ones, missing values neither for nor against. Levels and rules: `_comparisons`, `BLOCKING`.

    Parameters
    ----------
    records : DataFrame
        As for `standardise_records`.
    seed : int
        For the random pairs, from 0 on. The same records and seed give the same answer, to the last digit.
    backend : {"duckdb", "spark"} or SparkSession
        What weighs the pairs. "spark" needs pyspark and Java, and takes the running session, if there is one; the model
        is learned on this machine first, so both give the same answer. Splink keeps its tables as Parquet files in the
        session's checkpoint directory, if it has one, else in Spark's own storage until the session ends.

    Returns
    -------
    DataFrame, sorted as the records are
        `record_id_l`, `record_id_r`, `match_probability`, `match_weight` (log2 of the odds). Pairs that no rule
        compares are not listed; their probability is next to 0.

    Warns
    -----
    UserWarning
        With fewer than three usable fields, and where a rule would make more than 20 comparisons a record, or three
        million and 0.6 a record if that is less (but at least a million): its most frequent values are then left out.
        Above the same limit a name part and the month of birth stand in for the date or the year, without a warning.

    Raises
    ------
    DataError
        As `standardise_records`, for an unknown backend or seed, and if no blocking rule remains.
    """
    return _weighed(records, seed, backend)


def link_records(records, *, threshold=0.9, seed=0, backend="duckdb"):
    """Gather the records of one person into one customer.

    Records whose pair reaches `threshold` are joined, and whatever hangs together becomes one customer (connected
    components), so a chain of good pairs joins its ends too.

    Parameters
    ----------
    records, seed, backend
        As for `score_pairs`.
    threshold : float
        Least probability of a pair, above 0 and up to 1: higher means fewer wrong merges and more missed links. On
        very faulty records 0.9 misses many links (``datasets/firm_linkage.csv``): weigh both errors, as lesson 04 does.

    Returns
    -------
    Series `customer_id`, indexed by record_id in row order
        Text, as the index. Named by the customer's smallest record_id in the order of texts ("10" before "2"), so that
        other customers keep their names when records are added.

    Raises
    ------
    DataError
        As `score_pairs`, and for a threshold that is no probability.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    good = isinstance(threshold, (int, float, np.number)) and 0 < threshold <= 1
    refuse_if(not good, f"threshold={threshold!r} is no probability", allowed="a number above 0 and up to 1")
    sure = _weighed(records, seed, backend, threshold)
    ids = pd.Index(text_ids(records["record_id"]), name="record_id")
    ends = ids.get_indexer(sure["record_id_l"]), ids.get_indexer(sure["record_id_r"])
    _, cluster = connected_components(coo_array((np.ones(len(sure)), ends), shape=(len(ids), len(ids))), directed=False)
    return pd.Series(ids, index=ids).groupby(cluster).transform("min").rename("customer_id")
