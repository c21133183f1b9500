# ---
# number: "19"
# title: Does the ability to change drive CRM performance?
# question: "In a survey of 200 firms the ability to change goes with performance, and IT does not clearly strengthen the link: what may a manager conclude?"
# minutes: 60
# seconds: 20
# needs: ["18"]
# data: simulated survey; Political Democracy (75 countries)
# part: III
# ---

# %% [markdown]
# # 19 · Does the ability to change drive CRM performance?
#
# **Question.** In a survey of 200 firms the ability to change goes with performance, and IT does not clearly strengthen the link: what may a manager conclude?
#
# **You will be able to**
# - compute a path model with a moderator, by hand and by library;
# - correct it for unreliable answers, by formula and by a structural model;
# - judge what a sample can see: power and coverage;
# - explain how two mistakes can cancel, so that a wrong interval looks right.
#
# **You need** lesson [18](18_crm_maturity_survey.ipynb): items, constructs, loadings, alpha and omega, fit; regression.
#
# **Time** 60 minutes to read, 40 for the exercises, 20 seconds to run.
#
# **Data** A survey simulated by `idic_lib.models.desai`; `survey_power.csv` (1,000 such surveys a setting; card: `datasets/README.md`); Political Democracy (Bollen 1989; in the package `semopy`, MIT).

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from semopy.examples import political_democracy

from idic_lib import checks, data, plots
from idic_lib.models import desai
from idic_lib.survey import confirm, paths, scales

plt.rcParams.update(plots.STYLE)

# %% [markdown]
# ## Where the model comes from
#
# Desai, Sahu and Sinha (2007) studied **dynamic capability** (قابلیت پویا): the ability to keep improving, and to rearrange what a firm has when its world changes. Their summary speaks of *drivers* of this capability, of competitive *performance* of CRM as what follows from it, and of *IT competence* as a **moderator** (متغیر تعدیل‌گر): it changes how strongly capability works.
#
# ```
# sensing, learning,
# coordinating, integrating ──> capability ──> performance
#                                           ^
#                                           it (also ──> performance)
# ```
#
# We could read the title page and half of the summary, not the drivers, items, sample or results. So: **structure after Desai, Sahu & Sinha (2007); all data simulated; all parameters ours.** The drivers' names are borrowed from Pavlou and El Sawy (2011), who use them in another model; the direct arrow from `it` is ours too. Such data have one great use: we know the truth, and can ask who finds it.
#
# ## By hand: a slope and a product
#
# Ten firms. `capability` is centred (its mean taken away); `it` is −1 (weak) or 1 (strong). Take a pencil. The slope in a group is $\sum cy/\sum c^2$: c is capability, y performance. What are the two slopes? Their mean? Half their difference?

# %%
ten = pd.DataFrame({"capability": [-2, -1, 0, 1, 2] * 2, "it": [-1] * 5 + [1] * 5,
                    "performance": [3, 4, 4, 4, 5, 3, 4, 5, 6, 7]})
slope = {it: (part["capability"] @ part["performance"]) / (part["capability"] @ part["capability"])
         for it, part in ten.groupby("it")}
print(f"weak IT {slope[-1]:.1f}, strong IT {slope[1]:.1f}; "
      f"mean {(slope[1] + slope[-1]) / 2:.1f}, half the difference {(slope[1] - slope[-1]) / 2:.1f}")

# %% [markdown]
# A regression with a **product** finds the same. Centre all columns (performance too), multiply the two predictors, and add their product as a column.

# %%
fit = paths.moderated_regression(ten, "performance", ["capability", "it"], product=("capability", "it"),
                                 standardise=False, errors="classical")
fit.table[["estimate", "se"]].round(2)

# %% [markdown]
# The coefficient of `capability` is the slope at *average* IT. That of the product says how much the slope grows for each unit of IT. This is all that "moderates" means.
#
# ## On the survey: the path model
#
# Now 200 firms, one answer each, four items a construct, seven categories. A construct's **composite** is the mean of its items (a *score* in lesson 18). Arrows become two regressions: a *path model* (تحلیل مسیر). All is in standard deviations; `desai.settings()` lists what we set.

# %%
survey = desai.make_desai_survey(200, seed=19)
path_model = desai.fit_path_model(survey.answers)
path_model.round(2)

# %% [markdown]
# One driver (`integrating`) shows nothing. Capability goes with performance. The product is small, and its interval holds zero. A hasty author now writes: "IT does not moderate".
#
# **Simple slopes** show the product: the slope of performance on capability where IT is one standard deviation below its mean, at its mean, and one above.

# %%
means = desai.composites(survey.answers)
fit = paths.moderated_regression(means, "performance", ["capability", "it"], product=("capability", "it"))
slopes = paths.simple_slopes(fit)
slopes.round(2)

# %% alt="Scatter of 200 simulated firms, performance against capability, with three lines for weak, average and strong IT. All rise; in this sample the line for strong IT is a little steeper."
z = (means - means.mean()) / means.std()
fig, ax = plt.subplots()
ax.scatter(z["capability"], z["performance"], s=10, color=plots.COLOURS["luck"], alpha=0.35)
for at, colour, label in ((-1, "light", "weak IT (−1 SD)"), (0, "luck", "average IT"), (1, "ours", "strong IT (+1 SD)")):
    line = slopes.loc[at, "estimate"] * np.array([-2.5, 2.5]) + at * fit.table.loc["it", "estimate"]
    ax.plot([-2.5, 2.5], line, color=plots.COLOURS[colour], label=label)
ax.set(xlabel="capability (SD)", ylabel="performance (SD)", title="In this sample the line is steeper with strong IT")
ax.legend()
plt.show()

# %% [markdown]
# The product's interval held zero: 200 firms do not separate these lines.
#
# ## Answers hold errors, and products hold more
#
# *Reliability* (پایایی) is the share of a composite's variance that is not error. The survey estimates it; our settings (the loadings) say what it should be (`implied`).

# %%
implied = desai.expected_reliability()
items = survey.answers[survey.items["capability"]]
alpha, omega = scales.cronbach_alpha(items), scales.mcdonald_omega(items)
print(f"alpha {alpha.alpha:.2f} ({alpha.low:.2f} to {alpha.high:.2f}), implied {implied['alpha']:.2f}")
print(f"omega {omega.omega:.2f} ({omega.low:.2f} to {omega.high:.2f}), implied {implied['construct']:.2f}")

# %% [markdown]
# **Guess** the reliability of a *product* of two such composites that are not correlated. For centred normal variables it is $(\rho_1\rho_2 + r^2)/(1 + r^2)$ (Bohrnstedt & Marwell 1978, read at second hand): $\rho$ are the reliabilities, r is the correlation of the composites. The textbook case: two scales of 0.7.

# %%
r = means["capability"].corr(means["it"])
print(f"two scales of 0.7, r = 0: {paths.product_reliability(0.7, 0.7):.2f}")
print(f"ours (r = {r:.2f}): {paths.product_reliability(implied['alpha'], implied['alpha'], r):.2f}")

# %% [markdown]
# The product is measured worse than either part. Error in a predictor pulls its *own* coefficient towards zero (**attenuation**), so the product suffers most. Where predictors are correlated, error also moves the coefficients of the *neighbours*, up or down; and error in the outcome shrinks whatever is in standard deviations.
#
# Two cures. (1) *Correct* (*errors in variables*): take the share of error, 1 − alpha, out of the variances, then solve the regression. (2) A **structural model** (مدل معادلات ساختاری): estimate loadings and paths together by maximum likelihood; the product gets items of its own, products of items (after Marsh, Wen & Hau 2004, cited from memory). First: does the package we use, `semopy`, get known results? Bollen's 75 countries: industry in 1960 (`ind60`) and democracy in 1960 and 1965, with coefficients that the R package lavaan prints.

# %%
printed = pd.DataFrame({"lavaan": [1.483, 0.572, 0.837], "its se": [0.399, 0.221, 0.098]},
                       index=pd.MultiIndex.from_tuples([("dem60", "ind60"), ("dem65", "ind60"), ("dem65", "dem60")],
                                                       names=["left", "right"]))
countries = political_democracy.get_data()
print(f"{len(countries)} countries")
bollen = confirm.fit_structure(political_democracy.get_model(), countries).estimates.set_index(["left", "right"])
printed.join(bollen[["estimate", "se"]].astype(float).round(3))

# %% [markdown]
# Equal to about three digits. Now our survey. **Predict**: which estimates move most? And do the intervals become shorter or longer?

# %%
compared = desai.compare_estimators(survey.answers)
print(compared["estimate"].unstack(0).assign(truth=desai.TRUTH).loc[desai.TRUTH.index].round(2).to_string())

# %% alt="Estimates with intervals of the three paths to performance by three estimators, with the truth as a black mark. Corrected and structural intervals are longer than those of composites; the product's intervals hold zero with all three."
fig, ax = plt.subplots()
names = [path for path in desai.TRUTH.index if path.endswith("performance")]
for k, (name, colour) in enumerate({"composite": "other", "corrected": "ours", "structural": "third"}.items()):
    rows, y = compared.loc[name].loc[names], np.arange(3) + 0.22 * (k - 1)
    ax.errorbar(rows["estimate"], y, xerr=[rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]],
                fmt="o", color=plots.COLOURS[colour], label=name)
ax.vlines(desai.TRUTH[names], np.arange(3) - 0.35, np.arange(3) + 0.35, color="k", label="truth")
ax.axvline(0, **plots.LUCK)
ax.set_yticks(np.arange(3), [name.split(" → ")[0] for name in names])
ax.set(xlabel="path to performance (SD), 95 % interval", title="Corrections lengthen the intervals", ylim=(2.9, -0.5))
ax.legend(ncols=4, loc="lower center", columnspacing=0.8, handletextpad=0.2)
plt.show()

# %% [markdown]
# Corrections move most estimates away from zero and pay with longer intervals. IT *does* moderate here: we made it so. This sample does not show it, by any of the three estimators.
#
# ## What can 200 firms see?
#
# One survey is one draw. Draw many, with the same truth. **Power** (توان آزمون) is the share of surveys in which p < 0.05; **coverage** (of intervals, not of buyers as in lesson 03) is the share of 95 % intervals that hold the truth, and should be 95 %. **Guess** the power for the product with 200 firms. Here are 60 surveys; the committed table holds 1,000 a setting.

# %%
small = paths.power(lambda rng: desai.make_desai_survey(200, seed=rng), lambda one: desai.fit_path_model(one.answers),
                    truth=desai.TRUTH, surveys=60, seed=1)
grid = data.load_survey_power().set_index(["firms", "method_variance", "estimator", "path"]).sort_index()
big = grid.loc[(200, 0, "composite")]
both = {what: pd.DataFrame({"of 60": small[what], "of 1,000": big[what]}) for what in ("power", "coverage")}
pd.concat(both, axis=1).loc[desai.TRUTH.index].round(2)

# %% [markdown]
# Most surveys miss the product, though it is there. The main path is nearly always found, but its interval holds the truth too rarely: sure of a number that is too small. `integrating`, which does nothing, is "found" in about one survey of twenty (of the 1,000): what p < 0.05 allows. With more firms this will change.
#
# Do the cures help? **Predict**, for 200 and 800 firms: who has power, who has coverage?

# %% alt="Two panels for the main path and the interaction at 200 and 800 firms. Left: power of the interaction is well below 80 % at 200 firms for every estimator, and above at 800. Right: composites' coverage falls far below 95 % at 800 firms, corrected and structural stay near it."
kinds = {"composite": ("other", "o"), "corrected": ("ours", "s"), "structural": ("third", "^"), "true scores": ("truth", "x")}
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
for ax, what in zip(axes, ("power", "coverage")):
    for name, (colour, marker) in kinds.items():
        for firms, x in ((200, 0), (800, 1)):
            share = 100 * grid.loc[(firms, 0, name)].loc[["capability → performance", desai.PRODUCT], what]
            shift = 0.1 * (list(kinds).index(name) - 1.5)
            ax.scatter(np.array([0, 2.4]) + x + shift, share, marker=marker, color=plots.COLOURS[colour],
                       label=name if x == 0 else None)
    ax.set_xticks([0, 1, 2.4, 3.4], ["200\nmain path", "800\nmain path", "200\nproduct", "800\nproduct"])
    ax.axhline({"power": 80, "coverage": 95}[what], **plots.LUCK)
    ax.set(xlabel="firms, path", ylim=(0, 104), title={"power": "Power: the product needs more firms",
           "coverage": "Coverage: too low for composites"}[what],
           ylabel={"power": "surveys with p < 0.05 (%)", "coverage": "intervals that hold the truth (%)"}[what])
axes[1].legend(loc="lower left", ncols=2)
plt.show()

# %% [markdown]
# Correction mends *coverage*; it buys no *power*, since estimate and interval grow together. More firms buy power, and make a biased interval worse: it shrinks around the wrong number. (Dashed: the usual aim, 80 % power, 95 % coverage.) The crosses are regressions on the constructs' true scores, which only a simulation has.
#
# ## Where it fails: two mistakes that cancel
#
# The same manager answers all items on the same day. Mood, or the wish to please, enters every answer: **common method variance**, *mood* for short. Let it make 11 % of each item's variance. It pushes *all* correlations of our composites up. Error pushes them down. **Predict** for 800 firms what composites now find for capability → performance (truth 0.40), and what happens to alpha.

# %%
main, shares = "capability → performance", [0, 0.05, 0.11, 0.22]
rows = {share: {"composite": grid.loc[(800, share, "composite", main), "mean"],
                "its coverage": grid.loc[(800, share, "composite", main), "coverage"],
                "corrected": grid.loc[(800, share, "corrected", main), "mean"],
                "product (composite)": grid.loc[(800, share, "composite", desai.PRODUCT), "mean"],
                "integrating 'found'": grid.loc[(800, share, "composite", "integrating → capability"), "power"],
                "alpha": grid.loc[(800, share, "alpha"), "mean"].iloc[0],
                "construct's share": grid.loc[(800, share, "alpha"), "truth"].iloc[0]} for share in shares}
pd.DataFrame(rows).round(2).rename_axis("share of mood in an item", axis=1)

# %% [markdown]
# At 11 % the *uncorrected* estimate is right on average, and its interval covers about as promised. The corrected one, made with more care, is wrong. Alpha even *rises*: it takes the common mood for the construct, whose real share falls. Meanwhile the product (truth 0.15) shrinks. And the driver that does nothing is "found" more and more often; even without mood in more than one survey of ten, since its badly measured neighbours leave it something to explain. Dunlap and Kemery (1988) describe such false effects.
#
# **How to read the figure.** Start at the dotted truth. Mood lifts the estimate to the blue line: correction takes error out and leaves the mood in. Error brings it down, to the orange line. Near 11 % the two arrows have the same length.

# %% alt="Left: estimated main path against the share of mood in an item. The corrected line starts at the truth of 0.40 and rises; the composite line starts below and crosses the truth near 11 %, where an arrow up (mood adds) and an arrow down (error takes) are equally long. Right: coverage with 800 firms; the composite's is near 95 % only around the crossing, the corrected one's only without mood."
fine, truth = np.linspace(0, 0.25, 26), desai.TRUTH[main]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
for name in ("composite", "corrected"):
    colour, marker = plots.COLOURS[kinds[name][0]], kinds[name][1]
    dots = grid.xs((800, name, main), level=["firms", "estimator", "path"]).sort_index()
    left.plot(100 * fine, [desai.expected(m).loc[main, name] for m in fine], color=colour)
    left.plot(100 * dots.index, dots["mean"], marker, color=colour, label=f"{name} (line: theory)")
    right.plot(100 * dots.index, 100 * dots["coverage"], marker + "-", color=colour, label=name)
left.axhline(truth, color="k", linestyle=":", label="truth")
low, high = desai.expected(0.11).loc[main, ["composite", "corrected"]]
for x, start, end, side, words in ((10.4, truth, high, "right", "mood adds "), (11.6, high, low, "left", " error takes")):
    left.annotate("", (x, end), (x, start), arrowprops={"arrowstyle": "->", "shrinkA": 0, "shrinkB": 0})
    left.text(x, truth + (0.3 if side == "right" else 0.72) * (high - truth), words, ha=side, fontsize=8)
right.axhline(95, **plots.LUCK)
left.set(xlabel="share of mood in an item (%)", ylabel="estimated path (SD)", title="Two mistakes cancel near 11 %")
right.set(xlabel="share of mood in an item (%)", ylabel="intervals that hold the truth (%)", ylim=(0, 100), title="800 firms: a wrong interval looks right")
left.legend(fontsize=8)
right.legend()
plt.show()

# %% [markdown]
# Would model fit warn us? CFI near 1 and RMSEA near 0 are called good (lesson 18); p belongs to the chi-square test. One survey each. **Predict** what 11 % and 22 % of mood do to them.

# %%
fits = {share: desai.fit_structural_model(desai.make_desai_survey(800, method_variance=share, seed=19).answers)
        for share in (0, 0.11, 0.22)}
pd.DataFrame({share: {what: one.attrs["measures"][what] for what in ("cfi", "rmsea", "p")} | {main: one.loc[main, "estimate"]}
              for share, one in fits.items()}).round(2).rename_axis("share of mood in an item", axis=1)

# %% [markdown]
# Fit sees nothing, while the estimate rises: a mood that enters all items alike hides in the correlations between constructs.
#
# Is 0.40 luck? Improve the survey: twice and three times as many items mean less error, and the same mood in each. **Predict** the composite estimate.

# %%
pd.DataFrame({f"{4 * k} items": desai.expected(0.11, loadings=desai.LOADINGS * k).loc[main] for k in (1, 2, 3)}).round(3)

# %% [markdown]
# A *better* questionnaire gives a *worse* estimate: take one of two cancelling mistakes away, and the other stands alone. We see it only because we know the truth. In a real survey longer scales raise the estimate without mood too, and then rightly. More firms, longer scales and a structural model leave the mood in.
#
# What helps is another source: let somebody else judge performance (customers, accounts), so that the manager's mood is not on both ends of the arrow. We ask 20,000 firms: little chance is left.

# %%
managers = dict.fromkeys([name for name in desai.CONSTRUCTS if name != "performance"], 0.11)
other = desai.make_desai_survey(20000, method_variance=managers, seed=19)
same = desai.make_desai_survey(20000, method_variance=0.11, seed=19)
sources = {"performance from managers": same, "from another source": other}
pd.DataFrame({name: desai.compare_estimators(one.answers)["estimate"].xs(main, level="path")
              for name, one in sources.items()}).assign(truth=desai.TRUTH[main]).round(2)

# %% [markdown]
# The correction now errs on the *low* side (the mood still counts as capability): a cautious number instead of a lucky hit. The product is another matter. A common method cannot make an interaction out of nothing, write Siemsen, Roth and Oliveira (2010), but it can hide one; ours shrank.
#
# And which way does the arrow point? Turn it round.

# %%
turned = paths.moderated_regression(means, "capability", ["performance", "it"]).table
pd.DataFrame({"capability → performance": paths.moderated_regression(means, "performance", ["capability", "it"]).table.loc["capability"],
              "performance → capability": turned.loc["performance"]}).T[["estimate", "low", "high"]].round(2)

# %% [markdown]
# The survey likes both. It was taken on one day (a **cross-section**): perhaps firms that do well can afford to change, or a third thing moves both. Fit does not decide: a model with this arrow turned, and all other links left free, fits at least as well. An arrow is what we *assume*; the survey estimates its size *if* the assumption holds.
#
# ## The decision
#
# How many firms must be asked to see the product in 80 % of surveys, if it is as strong as we set it? The needed number grows with $(\text{spread}/\text{effect})^2$; half the effect, four times the firms. We assume 500 thousand toman for one filled questionnaire.

# %%
need = {}  # 1.96 stands for p < 0.05, 0.84 for a power of 80 %
for share in (0, 0.11):
    row = grid.loc[(200, share, "composite", desai.PRODUCT)]
    need[share] = 200 * ((1.96 + 0.84) * row["sd"] / row["mean"]) ** 2
cost = {share: 500 * firms / 1000 for share, firms in need.items()}  # million toman

# %% tags=["headline"]
power = {firms: grid.loc[(firms, 0, "composite", desai.PRODUCT), "power"] for firms in (200, 800)}
print("A manager may conclude: answers on capability and performance go together; not how much capability pays, nor which drives which.")
print(f"'IT does not moderate' does not follow: with 200 firms ({200 * 500 / 1000:.0f} million toman) the survey sees a product of "
      f"{desai.TRUTH[desai.PRODUCT]:.2f} in {power[200]:.0%} of cases, with 800 in {power[800]:.0%}.")
print(f"For 80 %: about {need[0]:.0f} firms ({cost[0]:.0f} million toman), where mood makes 11 % of an item {need[0.11]:.0f} ({cost[0.11]:.0f}).")

# %% [markdown]
# So the title's question stays open: a survey of one day and one source cannot say that capability *drives* performance, nor how much of the link is mood (Exercise 3 makes a link out of nothing). Neither drop IT nor pay for it on this evidence. Ask more firms, with performance from another source; or, better, introduce IT in some branches by lot (lesson [11](11_interact_effect.ipynb)).
#
# ## What we found
# - computed a slope and a product by pencil, and the same by library;
# - corrected for error: on average the truth comes back where no mood interferes, with longer intervals;
# - judged: 200 firms miss our product more often than they see it, and composites' intervals for the main path hold the truth too rarely;
# - explained the case in which a wrong interval looks right: neither alpha nor fit tells.
#
# ## What this does not show
#
# Nothing about real firms. The simulation flatters: drivers and errors are normal, effects straight, nobody refuses to answer, and we fit the structure that made the data. The mood is one and equal in all items; one that differs between items may show in the fit. The 11 % were *chosen* to cancel; in another survey the share is unknown. Another source helps if it does not share the mood. Power and the number of firms hold for the effects that we set. Alpha is taken as known in the correction. Products of items are not normal, which the structural model's standard errors ignore. What Desai and colleagues found, we have not read.
#
# ## Key ideas
# 1. Moderation is one coefficient: how much a slope grows with another variable.
# 2. Error in a predictor pulls its own path towards zero and moves its neighbours'; a product is measured worse than its parts.
# 3. Correction and structural models mend coverage, if no mood interferes, and pay with longer intervals; they buy no power.
# 4. "Not significant" in a survey with little power says next to nothing.
# 5. One source on one day: mistakes may cancel, fit does not tell, and an arrow is assumed.
#
# ## Exercises

# %% [markdown] tags=["exercise"]
# **Exercise 1 (recall).** In `slopes` we saw simple slopes of the 200 firms. Compute the one at IT two standard deviations above its mean from the rows `capability` and `capability × it` of `fit.table` (column `estimate`, unrounded). Store it in `my_slope`.

# %% tags=["exercise"]
my_slope = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# The slope at average IT, plus two times what one standard deviation of IT adds.
#
# </details>

# %% tags=["solution"]
my_slope = fit.table.loc["capability", "estimate"] + 2 * fit.table.loc["capability × it", "estimate"]
print(f"{my_slope:.2f}")

# %% tags=["check"]
checks.check("simple slope at +2 SD", my_slope, expected=paths.simple_slopes(fit, at=[2])["estimate"].iloc[0], rel_tol=0.02,
             why="Add the product's coefficient twice to the slope of capability; leave the slope of `it` out; take unrounded numbers.")

# %% [markdown] tags=["exercise"]
# **Exercise 2 (vary).** A colleague shortens both scales: alpha 0.6 each; the composites correlate 0.2. How reliable is the product? Store it in `my_reliability`.

# %% tags=["exercise"]
my_reliability = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `paths.product_reliability(first, second, correlation)`
#
# </details>

# %% tags=["solution"]
my_reliability = paths.product_reliability(0.6, 0.6, 0.2)
print(f"{my_reliability:.2f}")

# %% tags=["check"]
short = 0.6
checks.check("reliability of the product", my_reliability, expected=(short**2 + 0.2**2) / (1 + 0.2**2), percent=True,
             why="Multiply the two reliabilities, and do not forget the squared correlation above and below.")

# %% [markdown] tags=["exercise"]
# **Exercise 3 (vary).** Suppose that *nothing* leads to performance. Set the three paths that end in `→ performance` to 0 by `effects=` of `desai.make_desai_survey` (a dict: path, coefficient), with method variance 0.22, 5,000 firms, seed 5. What does `desai.fit_path_model` estimate, from the survey's `.answers`, for capability → performance? Store it in `my_effect_of_nothing`. (The truth is 0.)

# %% tags=["exercise"]
my_effect_of_nothing = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `effects=dict.fromkeys(names, 0.0)`, where `names` lists the three paths; copy them, arrows too, from `desai.TRUTH.index`. Then `.loc[path, "estimate"]`.
#
# </details>

# %% tags=["solution"]
mood = desai.make_desai_survey(5000, effects=dict.fromkeys(desai.TRUTH.index[-3:], 0.0), method_variance=0.22, seed=5)
my_effect_of_nothing = desai.fit_path_model(mood.answers).loc[main, "estimate"]
print(f"{my_effect_of_nothing:.2f}: mood alone makes a link")

# %% tags=["check"]
nil = {path: 0.0 for path in desai.TRUTH.index if path.endswith("→ performance")}
nothing = desai.make_desai_survey(5000, effects=nil, method_variance=0.22, seed=5)
checks.check("an effect of nothing", my_effect_of_nothing, expected=desai.fit_path_model(nothing.answers).loc[main, "estimate"],
             why="Set all three paths to 0 (it and the product too), and use seed 5 and method variance 0.22.")

# %% [markdown] tags=["exercise"]
# **Exercise 4 (extend, real data).** `political_democracy.get_data()` holds 75 countries. Build composites: `ind60`, the mean of x1 to x3, and `dem60`, the mean of y1 to y4. Estimate the standardised slope of dem60 on ind60 by `paths.moderated_regression`. Store it in `my_country_slope`. (The structural model's standardised path is printed by the check. Which is larger, and why?)

# %% tags=["exercise"]
my_country_slope = ...

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>
#
# `frame[["x1", "x2", "x3"]].mean(axis=1)`; then `.table.loc["ind60", "estimate"]`.
#
# </details>

# %% tags=["solution"]
frame = political_democracy.get_data()
frame = pd.DataFrame({"ind60": frame[["x1", "x2", "x3"]].mean(axis=1), "dem60": frame[["y1", "y2", "y3", "y4"]].mean(axis=1)})
my_country_slope = paths.moderated_regression(frame, "dem60", ["ind60"]).table.loc["ind60", "estimate"]
print(f"{my_country_slope:.2f}: below the structural path, since the items' errors pull it towards zero")

# %% tags=["check"]
x, y = (countries[[f"{k}{i}" for i in range(1, n + 1)]].mean(axis=1) for k, n in (("x", 3), ("y", 4)))
checks.check("slope of composites", my_country_slope, expected=x.corr(y), rel_tol=1e-4,
             why="Take means over the items (axis=1), and leave standardise=True.")
print(f"structural model: {bollen.loc[('dem60', 'ind60'), 'standardised']:.2f} (constructs, without the items' errors)")

# %% [markdown]
# ## Quiz
#
# 1. A product has p = 0.16 in 200 firms. Is "IT does not moderate" proved?
#
# <details><summary>Answer</summary>
#
# No. With so little power a moderation like ours is missed more often than seen.
#
# </details>
#
# 2. Alpha rose from one survey to the next. Is measurement better?
#
# <details><summary>Answer</summary>
#
# Perhaps. A common mood in all answers raises alpha too.
#
# </details>
#
# 3. A structural model fits well. Does capability *cause* performance?
#
# <details><summary>Answer</summary>
#
# The fit does not say. The turned arrow may fit as well, and a common mood too. An experiment can tell; surveys at several times help.
#
# </details>
#
# ## References
#
# Read in full or in part:
#
# - Desai, D., Sahu, S. & Sinha, P. K. (2007), "Role of Dynamic Capability and Information Technology in Customer Relationship Management: A Study of Indian Companies", *Vikalpa* 32 (title page and half of the summary).
# - Dunlap, W. P. & Kemery, E. R. (1988), "Effects of Predictor Intercorrelations and Reliabilities on Moderated Multiple Regression", *Organizational Behavior and Human Decision Processes* 41, 248–258 (first page).
# - Pavlou, P. A. & El Sawy, O. A. (2011), "Understanding the Elusive Black Box of Dynamic Capabilities", *Decision Sciences* 42(1) (abstract).
# - Siemsen, E., Roth, A. & Oliveira, P. (2010), "Common Method Bias in Regression Models With Linear, Quadratic, and Interaction Effects", *Organizational Research Methods* (abstract).
# - lavaan's printed output for Bollen's data, in the read-me of the R package digavaan.
#
# From memory, not opened:
#
# - Bohrnstedt, G. W. & Marwell, G. (1978), "The Reliability of Products of Two Random Variables", *Sociological Methodology* 9 (the formula was read at second hand).
# - Bollen, K. A. (1989), *Structural Equations with Latent Variables*.
# - Marsh, H. W., Wen, Z. & Hau, K.-T. (2004), on structural models of latent interactions, *Psychological Methods* 9.
#
# ## Next
#
# [20 Comparing models](20_comparing_models.ipynb) · [All lessons](README.md)

# %% tags=["varies"]
checks.versions("numpy", "pandas", "scipy", "semopy")
