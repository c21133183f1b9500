"""The sixty claims of lesson 02: closed vocabularies, reasons, evidence, no address."""

import re

import pandas as pd
import pytest

from idic_lib import data

CLAIMS = data.load_source_claims()
VERDICTS = {"supported", "doubtful", "unsupported"}
WORDS = {
    "source": {"S0", "S1", "S2", "S3", "S4"},
    "topic": {"IDIC", "one-to-one", "Payne", "Kalakota", "Desai", "Buttle", "centricity", "field"},
    "kind": {"origin", "content", "effect", "use"},
    "verdict": VERDICTS,
    "second_verdict": VERDICTS,
    "mark": {"V", "M", "none"},
    "lesson02": {0, 1},
}
#: Addresses, and words by which a text would point at the page itself.
ADDRESS = re.compile(r"https?:|www\.|\w\.(?:com|ir|org|net|info|edu)\b|\bdoi\b|وب‌?سایت|وبلاگ", re.I)


def problems(claims):
    """What a table of claims breaks."""
    found = [f"{c} has {sorted(map(str, set(claims[c]) - words))}" for c, words in WORDS.items()
             if not set(claims[c]) <= words]  # fmt: skip
    found += [
        f"{c} is empty"
        for c in ("claim", "claim_fa", "reason", "evidence", "second_reason")
        if (claims[c].str.len() < 4).any()
    ]
    found += [f"{c} twice" for c in ("claim_id", "claim", "claim_fa") if claims[c].duplicated().any()]
    bare = claims["evidence"] == "none found"
    if (bare & (claims["verdict"] == "supported")).any():
        found.append("supported without evidence")
    if not (bare == (claims["mark"] == "none")).all():
        found.append("mark none and evidence differ")
    text = claims.select_dtypes("str").agg(" ".join, axis=1)
    if text.str.contains(ADDRESS).any():
        found.append("an address")
    return found


def test_the_table_keeps_its_rules():
    assert len(CLAIMS) == 60 and list(CLAIMS["claim_id"]) == [f"c{i:02d}" for i in range(1, 61)]
    assert problems(CLAIMS) == []
    assert CLAIMS["lesson02"].dtype == "int64" and CLAIMS.drop(columns="lesson02").notna().all(axis=None)


def test_the_twenty_of_the_lesson_hold_true_claims_and_each_verdict_about_alike():
    twenty = CLAIMS[CLAIMS["lesson02"] == 1]
    assert len(twenty) == 20 and set(twenty["source"]) == WORDS["source"]
    assert twenty["verdict"].value_counts().between(6, 7).all() and twenty["verdict"].nunique() == 3
    assert CLAIMS["verdict"].value_counts().between(15, 25).all()


def test_persian_is_persian_and_no_claim_is_given_away_by_its_wording():
    assert CLAIMS["claim_fa"].str.contains("[\u0600-\u06ff]{3}").all()
    assert not CLAIMS["claim_fa"].str.contains("[\u064a\u0643]").any()  # Persian ye and kaf, not the Arabic ones
    assert not CLAIMS["claim"].str.contains("wrong|not checked|doubtful|supported", case=False).any()
    assert not CLAIMS[["claim", "claim_fa"]].stack().str.contains(r"\bS[0-4]\b").any()


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("verdict", "true", "verdict has"),
        ("reason", "", "reason is empty"),
        ("evidence", "none found", "supported without evidence"),
        ("reason", "see www.example.org", "an address"),
        ("second_verdict", "perhaps", "second_verdict has"),
    ],
)
def test_a_broken_row_is_caught(column, value, said):
    row = CLAIMS.index[(CLAIMS["verdict"] == "supported") & (CLAIMS["mark"] == "V")][0]
    broken = CLAIMS.copy()
    broken.loc[row, column] = value
    if column == "evidence":
        broken.loc[row, "mark"] = "none"
    assert any(said in p for p in problems(broken))


def test_the_file_is_plain(request):
    raw = (request.config.rootpath / "datasets" / "source_claims.csv").read_bytes()
    assert b"\r" not in raw and raw.count(b"\n") == 61  # no line break within a field
    assert pd.Series(raw.decode("utf-8").splitlines()).str.count("\ufeff").sum() == 0
