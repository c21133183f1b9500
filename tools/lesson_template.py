# ---
# number: "NN"
# title: A title
# question: One managerial question, in one sentence?
# minutes: 40
# seconds: 20
# needs: ["00"]
# data: Complete Journey
# part: II
# draft: true
# ---

# %% [markdown]
# # NN · A title
#
# **Question.** One managerial question, in one sentence?
#
# **You will be able to**
# - compute …
# - compare …
# - decide …
#
# **You need** [lesson 00](00_start_here.ipynb).
#
# **Time** 40 minutes to read, 20 seconds to run.
#
# **Data** Complete Journey; its card and licence stand in `datasets/README.md`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from idic_lib import checks, differentiate, plots

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## By hand
#
# Ten rows that a reader can check with a pencil. Before you run the next cell, guess: what share do the best two hold?

# %%
ten = pd.Series([40, 20, 10, 8, 6, 5, 4, 3, 2, 2])
print(f"The best two of ten hold {ten.nlargest(2).sum() / ten.sum():.0%}.")

# %% [markdown]
# ## On the data
#
# Say what to look for before the cell that shows it.

# %% alt="Bar chart of ten customers' sales: the first two bars are as high as the other eight together."
fig, ax = plt.subplots()
ax.bar(np.arange(1, 11), ten, color=plots.COLOURS["ours"])
ax.set(xlabel="customer, by rank", ylabel="sales (dollars)", title="Two of ten customers bring 60 %")
plt.show()

# %% [markdown]
# ## With `idic_lib`

# %%
differentiate.concentration(ten).round(3)

# %% [markdown]
# ## Against the published value
#
# ## Where it fails
#
# ## The decision

# %% tags=["headline"]
print(f"The best 20 % of customers hold {ten.nlargest(2).sum() / ten.sum():.0%} of sales.")

# %% [markdown]
# ## What we found
# - computed …
# - compared …
# - decided …
#
# ## What this does not show
#
# What do the data flatter?
#
# ## Key ideas
# 1. One.
# 2. Two.
# 3. Three.
# 4. Four.
# 5. Five.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** Which share do the best three hold? Store it in `my_top_three`.

# %% tags=["exercise"]
my_top_three = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `ten.nlargest(3)`
#
# </details>

# %% tags=["solution"]
my_top_three = ten.nlargest(3).sum() / ten.sum()

# %% tags=["check"]
checks.check("share of the best three", my_top_three, expected=ten.nlargest(3).sum() / ten.sum(), percent=True)

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** And the last three? Store it in `my_last_three`.

# %% tags=["exercise"]
my_last_three = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `ten.nsmallest(3)`
#
# </details>

# %% tags=["solution"]
my_last_three = ten.nsmallest(3).sum() / ten.sum()

# %% tags=["check"]
checks.check("share of the last three", my_last_three, expected=ten.nsmallest(3).sum() / ten.sum(), percent=True)

# %% [markdown] tags=["exercise"]
# **Exercise 3 (extend).** Which share would each hold if all were equal? Store it in `my_equal`.

# %% tags=["exercise"]
my_equal = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# One divided by the number of customers.
#
# </details>

# %% tags=["solution"]
my_equal = 1 / len(ten)

# %% tags=["check"]
checks.check("equal share", my_equal, expected=1 / len(ten), percent=True)

# %% [markdown]
# ## Quiz
#
# 1. A question?
#
# <details><summary>Answer</summary>
#
# An answer.
#
# </details>
#
# 2. A question?
#
# <details><summary>Answer</summary>
#
# An answer.
#
# </details>
#
# 3. A question?
#
# <details><summary>Answer</summary>
#
# An answer.
#
# </details>
#
# ## References
#
# - Author (year), "Title", *Journal* volume(issue), pages.
#
# ## Next
#
# [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "matplotlib")
