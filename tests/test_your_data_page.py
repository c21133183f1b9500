"""YOUR_DATA.md on adapting lessons: its cells run on a small file, and what it names stands in the lessons."""

import re
from pathlib import Path

import pandas as pd
import pytest
from build_notebooks import read_lessons

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "YOUR_DATA.md").read_text(encoding="utf-8")
SECTION = re.search(r"^## Adapting lessons.*?(?=^## )", PAGE, flags=re.M | re.S)[0]
BLOCKS = re.findall(r"^```python no-test\n(.*?)^```", SECTION, flags=re.M | re.S)

SALES = """شماره فاکتور,تاریخ,کد مشتری,گروه کالا,مبلغ (تومان)
1,۱۴۰۲/۱۱/۲۰,P-1,چای,"10,000"
1,۱۴۰۲/۱۱/۲۰,P-1,کتاب,5000
2,2024-02-19,P-1,چای,20000
3,1402/12/10,P-2,چای,7000
4,2024/02/20,,چای,9000
5,2024-04-15,P-3,کتاب,4000
"""  # 20 Bahman 1402 is 9 February 2024; 10 Esfand is 29 February; 15 April is eight weeks after the letters
LETTERS = "customer,arm\nP-1,letter\nP-2,none\nP-3,letter\nP-4,none\n"


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("researcher")
    (folder / "my sales.csv").write_text(SALES, encoding="utf-8")
    (folder / "my letters.csv").write_text(LETTERS, encoding="utf-8")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in BLOCKS:
            exec(block, found)
    return found


def test_two_calendars_become_one_and_lines_become_orders(names):
    assert len(names["lines"]) == 6 and names["lines"]["customer_id"].isna().sum() == 1
    orders = names["orders"].set_index("order_id")
    assert orders["amount"].to_dict() == {"1": 15, "2": 20, "3": 7, "5": 4}
    assert orders.loc["1", "order_date"] == pd.Timestamp("2024-02-09")
    assert orders.loc["3", "order_date"] == pd.Timestamp("2024-02-29")


def test_the_table_of_the_test_holds_everybody_who_was_drawn(names):
    test = names["test"]
    assert test["treated"].to_dict() == {"P-1": True, "P-2": False, "P-3": True, "P-4": False}
    assert test["spend"].tolist() == [20, 7, 0, 0]  # P-3 came on the first day after the eight weeks
    assert test["orders"].tolist() == [1, 1, 0, 0] and test["frequency"].tolist() == [1, 0, 0, 0]
    assert test["spend_before"].tolist() == [15, 0, 0, 0]
    assert test.loc["P-1", "weeks_since_last"] == pytest.approx(10 / 7) and test["weeks_since_last"].isna().sum() == 3


def test_read_export_refuses_the_file_as_it_is(names, tmp_path):
    (tmp_path / "mixed.csv").write_text(SALES, encoding="utf-8")
    with pytest.raises(ValueError, match="Jalali and Gregorian years stand in one column"):
        names["recipes"].read_export(tmp_path / "mixed.csv")


@pytest.mark.parametrize("number", ["06", "07", "09", "11"])
def test_the_cells_and_sections_that_are_named_stand_in_the_lesson(number):
    (lesson,) = read_lessons([number])
    text = "\n".join(cell.source for cell in lesson.cells)
    row = re.search(rf"^\| {number} \|.*$", SECTION, flags=re.M)[0]
    code, headings = re.findall(r"`([^`]+)`", row), re.findall(r"\*([A-Z][^*]+)\*", row)
    assert code and all(part in text for part in code), [part for part in code if part not in text]
    titles = "\n".join(re.findall(r"^##+ (.+)$", text, flags=re.M))
    assert [h for h in headings if h not in titles] == []
