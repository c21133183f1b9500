"""What the models' analyses and policies share: conventions of the course on goods, stated once."""

#: What goods cost, as a share of the list price.
GOODS = 0.58
#: The need that goods of a category speak to; the others speak to none. An analyst's table: no firm sees needs.
THEME = {"black_tea": "ritual", "gift_set": "gift", "teaware": "gift", "textbook": "study", "stationery": "study",
         "novel": "discovery", "green_tea": "discovery", "children_book": "children",
         "herbal_tea": "comfort"}  # fmt: skip
