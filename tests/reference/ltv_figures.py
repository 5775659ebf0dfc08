"""Published and independently computed figures of lifetime models, and the oracle held to them.
Sources: papers of Fader & Hardie and co-authors, tests of CLVTools, BTYD, lifetimes and
pymc-marketing; the digits that those do not print were computed at 60 digits.
"""
import csv
import datetime
import os
import sys

import numpy as np

import ltv_oracle as o

# Fits: parameters, standard errors or None, log-likelihood.
CDNOW39 = {
    "bgnbd": ((.2425945236, 4.413602068, .792922008, 2.42590665),
              (.01255740, .378224, .185734, .705414), -9582.42920667),
    "paretonbd": ((.5532770576, 10.57768401, .6062399254, 11.66873266),
                  (.0476280, .842723, .187282, 6.21114), -9594.97617894),
    "mbgnbd": ((.5248430588, 6.183084592, .8913595066, 1.614002887),
               (.0832684, .695621, .15479, .537496), -9582.13571555),
    "nbd": ((.3847661102, 12.07202174), (.0209854, .808723), -9763.65761467),
    "gamma_gamma": ((6.249572617, 3.74422472, 15.44352026),
                    (1.19007, .290135, 4.15948), -4055.91769480)}
CDNOW78 = {
    "paretonbd": ((.5630036, 12.5591677, .4081073, 10.5145445), None, -17135.83588612),
    "bgnbd": ((.2535611, 5.4472567, .6073652, 2.6472332), None, -17138.23396464),
    "gamma_gamma": ((4.68345, 4.18978, 24.39056), None, -4884.56632)}
HOLDOUT39 = {"bgnbd": (1653.409, .785454, 1.607982, .625647),
             "paretonbd": (1665.513, .754523, 1.602848, .630223)}
ACTUAL39 = 1882
DONATIONS = {"bgbb": ((1.203522362, .7497163392, .6567181805, 2.783441946),
                      (.0694, .0294, .0510, .3208), -33225.58127435)}
CONTRACTS = {  # (group, years, model)
    ("HighEnd", 7, "sbg"): ((.6680883246, 3.806094886), -1611.15814739),
    ("Regular", 7, "sbg"): ((.7040773292, 1.1820431), -1680.26518846),
    ("HighEnd", 5, "sbg"): ((.8753820, 5.1616706), -1378.483154),
    ("HighEnd", 4, "sbg"): ((1.2809771, 7.7903890), -1225.134907),
    ("Regular", 5, "sbg"): ((.7370070, 1.2453431), -1517.072970),
    ("Regular", 4, "sbg"): ((.7636650, 1.2958302), -1401.559424),
    ("HighEnd", 7, "bdw"): ((.2142533518, 1.426575026, 1.723564791), -1605.31421321),
    ("Regular", 7, "bdw"): ((.4556139598, .7793254416, 1.283451355), -1679.60283291)}
SURVIVAL = {
    ("HighEnd", "sbg"): ".8507 .7469 .6698 .6099 .5618 .5222 .4889 .4604 .4358 .4142 .3951 .3780",
    ("Regular", "sbg"): ".6267 .4738 .3880 .3321 .2923 .2625 .2390 .2201 .2044 .1912 .1799 .1700",
    ("HighEnd", "bdw"): ".8694 .7404 .6553 .5962 .5523 .5182 .4906 .4678 .4483 .4316 .4169 .4039",
    ("Regular", "bdw"): ".6311 .4674 .3815 .3277 .2903 .2624 .2408 .2234 .2089 .1968 .1864 .1773"}
RETAIL = {"bgnbd": -37645.537648, "mbgnbd": -37645.639658, "nbd": -37645.657331}
RETAIL_SPEND = (2.10338215, 3.4511789, 485.888539)

# Hard likelihoods: model, parameters, (x, t_x, T), log-likelihood, P(alive) or None.
BG_HARD, MANY = (.25, 4, .8, 2.5), (10.465, .00798565181, 3.0516, 2.820)
BTYD = (.5143, 2.8845, .2856, 14.1087)
HARD = [
    ("bgnbd", BG_HARD, (0, 0, 40), -.5994738182, None),
    ("bgnbd", BG_HARD, (200, 38, 40), 100.795693093, None),
    ("mbgnbd", BG_HARD, (0, 0, 40), -.417928262045, None),
    ("mbgnbd", BG_HARD, (200, 38, 40), 100.786909761, None),
    ("paretonbd", BTYD, (221, 103.42857, 103.57143), -61.584648561729, .999596052318),
    ("paretonbd", BTYD, (254, 97.14286, 97.28571), -19.623292217512, .999558226123),
    ("paretonbd", BTYD, (161, 94.71429, 98.), -87.429254863309, .749487752258),
    ("paretonbd", BTYD, (204, 98.57143, 99.42857), -65.19834218926, .994255079638),
    ("paretonbd", MANY, (400, 5, 6), 1323.1889309678, 5.1e-31),
    ("paretonbd", MANY, (500, 1, 37), 2594.4044546228, 0),
    ("paretonbd", MANY, (500, 4, 37), 1888.8212497389, 0),
    ("paretonbd", MANY, (40, 5, 6), -5.7190215852231, .001885128187),
    ("paretonbd", MANY, (50, 1, 37), 116.30126461012, 1.4e-96),
    ("paretonbd", MANY, (50, 4, 37), 31.849827969108, 6.7e-60),
    ("paretonbd", (.55, 10.58, .61, 11.67), (1, 1.5, 12), -4.0069486621891, None)]
LOG10_ODDS = {(500, 1, 37): np.log10(7.9) - 800, (500, 4, 37): np.log10(2.1) - 493}


class Checks:
    """Compares, counts, and says what is off."""

    def __init__(self):
        self.done = self.wrong = 0

    def near(self, what, value, wanted, relative=0., absolute=0.):
        self.done += 1
        off = abs(float(value) - wanted)
        if not off <= max(relative * abs(wanted), absolute):
            self.wrong += 1
            print("%s: %.12g, not %.12g" % (what, value, wanted), file=sys.stderr)

    def true(self, what, said):
        self.done += 1
        if not said:
            self.wrong += 1
            print(what, file=sys.stderr)

    def all_near(self, what, values, text, absolute):
        for at, (value, wanted) in enumerate(zip(values, text.split())):
            self.near("%s, %d" % (what, at + 1), value, float(wanted), absolute=absolute)

    def close(self):
        print("%d figures compared, %d off" % (self.done, self.wrong))
        return 1 if self.wrong or not self.done else 0


def last_digit(text):
    """Half a unit of the last digit printed."""
    return .51 * 10. ** -len(text.partition(".")[2])


# ---- data ----
def day(text):
    return datetime.date.fromisoformat(text).toordinal()


def histories(rows, until, unit=7.):
    """(id, ordinal day, amount) -> ids, x, t_x, T, mean value of the repeat days."""
    days = {}
    for who, at, amount in rows:
        if at <= until:
            own = days.setdefault(who, {})
            own[at] = own.get(at, 0.) + amount
    ids = list(days)
    x, t_x, t, m = (np.empty(len(ids)) for _ in range(4))
    for i, who in enumerate(ids):
        own = sorted(days[who])
        x[i], t_x[i], t[i] = len(own) - 1, (own[-1] - own[0]) / unit, (until - own[0]) / unit
        m[i] = np.mean([days[who][at] for at in own[1:]]) if len(own) > 1 else np.nan
    return ids, x, t_x, t, m


def cdnow(folder):
    with open(os.path.join(folder, "cdnow_sample_orders.csv"), newline="") as file:
        return [(row["buyer_id"], day(row["ordered_at"]), float(row["amount"]))
                for row in csv.DictReader(file)]


def later(rows, ids, after, until):
    found = {}
    for who, at, _ in rows:
        if after < at <= until:
            found.setdefault(who, set()).add(at)
    return np.array([len(found.get(who, ())) for who in ids], float)


def donations(folder):
    table = np.loadtxt(os.path.join(folder, "donations_bgbb.csv"), delimiter=",", skiprows=1)
    return tuple(table[:, :3].T), table[:, 3]


def survivors(folder):
    groups = {}
    with open(os.path.join(folder, "sbg_fader_hardie_2007.csv"), newline="") as file:
        for row in csv.DictReader(file):
            groups.setdefault(row["dataset"], []).append(float(row["survivors"]))
    return groups


# ---- the oracle against the figures ----
def check_fit(c, name, model, columns, weight, wanted, errors=None, likelihood=None):
    p, found, value = o.fit(model, columns, weight)
    for parameter, ours, theirs in zip(o.PARAMETERS[model], p, wanted):
        c.near("%s %s %s" % (name, model, parameter), ours, theirs, relative=3e-5)
    for parameter, ours, theirs in zip(o.PARAMETERS[model], found, errors or ()):
        c.near("%s %s s.e. of %s" % (name, model, parameter), ours, theirs, relative=1e-3)
    if likelihood is not None:
        at_theirs = o.total(model, wanted, columns, weight if weight is not None
                            else np.ones(len(columns[0])))
        c.near("%s %s log-likelihood" % (name, model), value, likelihood, absolute=1e-5)
        c.near("%s %s log-likelihood at the figures" % (name, model), at_theirs, likelihood,
               absolute=1e-5)
    return p


def check_cdnow(c, folder):
    rows = cdnow(folder)
    end39, end78 = day("1997-09-30"), day("1998-06-30")
    ids, x, t_x, t, m = histories(rows, end39)
    c.true("CDNOW: 2,357 buyers", len(ids) == 2357)
    c.true("CDNOW: 946 repeat buyers, 2,457 repeat orders", (x > 0).sum() == 946 and
           x.sum() == 2457)
    c.near("CDNOW mean spend", np.mean(m[x > 0]), 35.077847534, relative=1e-10)
    actual = later(rows, ids, end39, end78)
    c.true("CDNOW: 1,882 orders later", actual.sum() == ACTUAL39)
    for model, (wanted, errors, value) in CDNOW39.items():
        columns = (x[x > 0], m[x > 0]) if model == "gamma_gamma" else (x, t_x, t)
        p = check_fit(c, "CDNOW 39", model, columns, None, wanted, errors, value)
        if model in HOLDOUT39:
            y = o.expected(model, p, x, t_x, t, (end78 - end39) / 7)
            off = y - actual
            for what, ours, theirs, digits in zip(
                    ("total", "MAE", "RMSE", "r"),
                    (y.sum(), abs(off).mean(), np.sqrt((off ** 2).mean()),
                     np.corrcoef(y, actual)[0, 1]), HOLDOUT39[model], (6e-4, 6e-7, 6e-7, 6e-7)):
                c.near("CDNOW holdout %s %s" % (model, what), ours, theirs, absolute=digits)
    ids, x, t_x, t, m = histories(rows, end78)
    for model, (wanted, _, value) in CDNOW78.items():
        columns = (x[x > 0], m[x > 0]) if model == "gamma_gamma" else (x, t_x, t)
        check_fit(c, "CDNOW 78", model, columns, None, wanted, None, value)


def check_expectations(c):
    # Expectations were printed for estimates of seven digits.
    bg, pareto = (.2425945, 4.4136019, .7929199, 2.4258881), CDNOW39["paretonbd"][0]
    rounded = (.243, 4.414, .793, 2.426)
    for at, text in zip((1 / 7, 1, 3, 39, 52, 78),
                        ".007814 .053184 .150631 1.195009 1.444011 1.857956".split()):
        c.near("BG E[X(%g)]" % at, o.expected_new("bgnbd", bg, at), float(text), absolute=6e-7)

    def cet(model, p, x, t_x, t, ahead):
        return o.expected(model, p, np.array([x * 1.]), np.array([t_x]), np.array([t * 1.]),
                          ahead)[0]

    def alive(model, p, x, t_x, t):
        return o.p_alive(model, p, np.array([x * 1.]), np.array([t_x * 1.]),
                         np.array([t * 1.]))[0]
    c.near("BG CET of (2, 30.43)", cet("bgnbd", bg, 2, 30.43, 38.86, 39), 1.2259057, absolute=6e-8)
    c.near("BG CET of 1516", cet("bgnbd", bg, 26, 216 / 7, 31, 52), 25.7573, absolute=6e-5)
    c.near("BG P(alive) of 1516", alive("bgnbd", CDNOW39["bgnbd"][0], 26, 216 / 7, 31), .9688544,
           absolute=6e-8)
    c.near("Pareto CET of 1516", cet("paretonbd", pareto, 26, 216 / 7, 31, 52), 25.455184,
           absolute=6e-7)
    c.near("Pareto P(alive) of 1516", alive("paretonbd", pareto, 26, 216 / 7, 31), .99787340,
           absolute=6e-9)
    c.near("Pareto P(alive) of (0, 0, 39)", alive("paretonbd", pareto, 0, 0, 39), .2942763,
           absolute=6e-8)
    for model, p, text in (("paretonbd", pareto, ".7062289 .1442396 .02250658 .00309267"),
                           ("bgnbd", bg, ".3474606 .04283391 .004158973 .0003583685")):
        for x, wanted in zip((10, 15, 20, 25), text.split()):
            c.near("%s: the more the less, x = %d" % (model, x), cet(model, p, x, 20, 39, 52),
                   float(wanted), relative=1e-3)
    c.near("Pareto E[X(52)]", o.expected_new("paretonbd", pareto, 52), 1.473434, absolute=6e-7)
    btyd = (.55, 10.56, .61, 11.64)
    c.all_near("Pareto E[X(t)]", [o.expected_new("paretonbd", btyd, at) for at in range(1, 10)],
               ".05077821 .09916088 .14542507 .18979930 .23247466 .27361274 .31335159 .35181024 "
               ".38909211", 6e-9)
    c.near("BG P(X(2) = 10)", o.pmf("bgnbd", rounded, 2, 10), 1.0786896e-7, relative=1e-6)
    c.near("BG P(X(39) = 0)", o.pmf("bgnbd", rounded, 39, 0), .57378635, absolute=6e-9)
    c.all_near("BG P(X(30) = 11…20)", [o.pmf("bgnbd", rounded, 30, x) for x in range(11, 21)],
               ".0019995214 .0015170236 .0011633150 .00090031479 .00070236377 .00055179024 "
               ".00043619128 .00034671714 .00027696126 .00022222605", 6e-11)
    for model in ("nbd", "bgnbd", "mbgnbd", "paretonbd"):
        p = (1.1, 4, 1.5, 6.)[:len(o.PARAMETERS[model])]
        mass = [float(o.pmf(model, p, 10, x)) for x in range(70)]
        c.near("%s: the PMF sums to 1" % model, sum(mass), 1, absolute=1e-7)
        c.near("%s: the PMF's mean" % model, np.dot(mass, range(70)),
               float(o.expected_new(model, p, 10)), relative=1e-5)
    c.near("population spend", o.spend((6.25, 3.74, 15.44), np.array([0.]),
                                          np.array([np.nan]))[0], 35.2190, absolute=6e-5)
    c.near("spend of (2, 22.35)", o.spend((6.25, 3.74, 15.44), np.array([2.]),
                                          np.array([22.35]))[0], 24.663714, absolute=6e-7)


def check_spends(c, folder):
    rows = cdnow(folder)
    _, x, _, _, m = histories(rows, day("1997-09-30"))
    c.all_near("E[M] of the first ten", o.spend(CDNOW39["gamma_gamma"][0], x[:10], m[:10]),
               "24.65 18.91 35.17 35.17 35.17 71.46 18.91 35.17 27.28 35.17", .06)


def check_hard(c):
    import mpmath as mp
    mp.mp.dps = 60
    for model, p, (x, t_x, t), wanted, probability in HARD:
        name = "%s (%g, %g, %g)" % (model, x, t_x, t)
        row = tuple(np.array([float(v)]) for v in (x, t_x, t))
        exact, odds = o.mp_likelihood(mp, model, p, x, t_x, t)
        c.near(name + " by quadrature", exact, wanted, relative=6e-11)
        c.near(name + " in doubles", o.LIKELIHOOD[model](p, *row)[0], wanted, relative=1e-9)
        if probability:
            c.near(name + " P(alive)", 1 / (1 + mp.e ** -odds), probability,
                   relative=1e-10 if probability > .5 else .02)
        if (x, t_x, t) in LOG10_ODDS:
            c.near(name + " log-odds", odds / mp.log(10), LOG10_ODDS[x, t_x, t], absolute=.011)
        mine = o.log_odds_alive(model, p, *row)[0]
        if mp.isfinite(odds):
            c.near(name + " log-odds in doubles", mine, float(odds), relative=1e-9, absolute=1e-9)
    pareto = (.55, 10.58, .61, 11.67)
    for x, wanted in ((132, 6.2060517889629), (133, 6.2528722475745)):
        row = np.array([float(x)]), np.array([200.]), np.array([200.])
        c.near("Pareto CET of x = %d" % x, o.expected("paretonbd", pareto, *row, 10)[0], wanted,
               relative=1e-12)
    row = np.array([0.]), np.array([0.]), np.array([1.])
    c.near("BG CET, a + b < 1", o.expected("bgnbd", (.11, 2.24, .31, .5), *row, 30)[0],
           .564588615532785, relative=1e-11)
    row = np.array([1000.]), np.array([99.9]), np.array([100.])
    rounded = (.243, 4.414, .793, 2.426)
    c.near("BG CET of x = 1000", o.expected("bgnbd", rounded, *row, 30)[0], 258.85536832288,
           relative=1e-11)
    for a, b, n, ahead in ((.793, 4.4, 2.2, .7), (.31, .5, .11, 9.), (1., 2., 3., 4.),
                           (.02, 30., 1000., .3)):
        c.near("orders until dropout", float(o.until_dropout(a, b, n, ahead)),
               float(mp_round(mp, o.mp_until_dropout, a, b, n, ahead)), relative=1e-10)


def mp_round(mp, f, *values):
    with mp.workdps(30):
        return f(mp, *values)


def check_contracts(c, folder):
    groups = survivors(folder)
    for (group, years, model), (wanted, value) in CONTRACTS.items():
        columns, weight = o.contracts_of(groups[group][:years + 1])
        p = check_fit(c, "%s %d" % (group, years), model, columns, weight, wanted, None, value)
        if years == 7:
            curve = np.exp(o.log_survival(p, np.arange(1., 13)))
            c.all_near("%s %s S(t)" % (group, model), curve, SURVIVAL[group, model], 6e-5)
            c.near("the PMF of lifetimes", sum(o.pmf(model, p, None, t) for t in
                                               np.arange(1., 13)), 1 - curve[-1], absolute=1e-12)
    ahead = np.arange(0, 3000.)
    for group, new, left in (("HighEnd", 5.922253574186, "5.4145 5.9014 6.2939 6.6199 6.8967"),
                             ("Regular", 3.694908407657, "2.9644 4.1031 4.8698 5.4421 5.8941")):
        p = CONTRACTS[group, 7, "sbg"][0]
        stays = np.exp(o.log_survival(p, ahead))
        c.near("%s lifetime" % group, np.dot(stays, 1.1 ** -ahead), new, relative=1e-8)
        c.all_near("%s residual lifetime" % group, [
            np.dot(stays[n:], 1.1 ** -(ahead[n:] - n)) / stays[n - 1] for n in range(1, 6)], left,
            6e-5)


def check_bgbb(c, folder):
    columns, weight = donations(folder)
    wanted, errors, value = DONATIONS["bgbb"]
    p, found, best = o.fit("bgbb", columns, weight)
    for ours, theirs, off, its in zip(p, wanted, found, errors):
        c.near("donations", ours, theirs, relative=3e-5)
        c.near("donations s.e.", off, its, absolute=6e-5)
    c.near("donations log-likelihood", best, value, absolute=1e-6)
    c.all_near("BG/BB E[X(n)]", [o.expected_new("bgbb", p, n) for n in range(1, 12)],
               ".498543 .923349 1.296874 1.632310 1.938137 2.220169 2.482581 2.728487 2.960276 "
               "3.179829 3.388654", 2e-6)
    y = o.expected("bgbb", p, *columns, 10)
    found = {(int(x), int(t_x)): i for i, (x, t_x) in enumerate(zip(*columns[:2]))}
    c.near("BG/BB CET (0, 0)", y[found[0, 0]], .13021808, relative=2e-6)
    c.near("BG/BB CET (4, 5)", y[found[4, 5]], 3.62796768, relative=2e-6)
    c.near("donations 2002-06", np.dot(weight, o.expected("bgbb", p, *columns, 5)), 12884.16,
           absolute=.006)
    alive = o.p_alive("bgbb", p, *columns)
    for key, wanted in (((0, 0), .1081), ((2, 4), .5897), ((6, 6), .9304)):
        c.near("BG/BB P(alive) of %s" % (key,), alive[found[key]], wanted, absolute=6e-5)
    for x, wanted in ((0, 3454.9), (6, 1253.1)):
        c.near("donors with x = %d" % x, weight.sum() * o.pmf("bgbb", p, 6, x), wanted,
               absolute=.06)
    c.near("BG/BB PMF", sum(o.pmf("bgbb", p, 6, x) for x in range(7)), 1, absolute=1e-12)
    each = o.bgbb((1.204, .750, .657, 2.783), *columns)
    for key, wanted in (((0, 0), -1.16726247), ((1, 1), -2.28853169), ((1, 2), -3.58805093)):
        c.near("BG/BB likelihood of %s" % (key,), each[found[key]], wanted, absolute=6e-9)
    import mpmath as mp
    rounded = (1.20, .75, .66, 2.78)
    for (x, t_x), wanted in zip(((3, 4), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (6, 6)), (
            1.6213791858, 1.802045, 2.621156, 3.440267, 4.259379, 5.078490, 5.897601)):
        c.near("BG/BB DERT (%d, %d)" % (x, t_x),
               float(mp_round(mp, o.mp_bgbb_discounted, rounded, x, t_x, 6, .1)), wanted,
               absolute=6e-7 if x != 3 or t_x != 4 else 6e-11)


def check_dert(c):
    import mpmath as mp
    btyd = (.5629966, 12.5590370, .4081095, 10.5148048)
    for x, t_x, delta, wanted in (
            (7, 35, .0027, 1.864183328), (7, 35, np.log(1.15) / 52, 1.870584995),
            (0, 0, .0027, .36475593), (1, 10, .0027, .90020307), (1, 35, .0027, 2.4692891),
            (1, 70, .0027, 3.6711323), (7, 10, .0027, .00506343), (7, 70, .0027, 17.524823),
            (14, 35, .0027, .08257941), (14, 70, .0027, 32.95753)):
        alive = o.p_alive("paretonbd", btyd, np.array([x * 1.]), np.array([t_x * 1.]),
                          np.array([77.86]))[0]
        left = float(mp_round(mp, o.mp_discounted_alive, "paretonbd", btyd, x, 77.86, delta))
        c.near("Pareto DERT (%d, %d)" % (x, t_x), alive * left, wanted, relative=3e-7)
    # Those without a printed figure: the finite sum of a long, fine horizon comes close.
    for model, p in (("bgnbd", CDNOW39["bgnbd"][0]), ("mbgnbd", CDNOW39["mbgnbd"][0]),
                     ("nbd", CDNOW39["nbd"][0])):
        row = np.array([3.]), np.array([20.]), np.array([39.])
        near = o.discounted(model, p, *row, 6000, .1, 52.)[0]
        exact = float(mp_round(mp, o.mp_discounted_alive, model, p, 3, 39, np.log(1.1) / 52))
        c.near("%s DERT" % model, near, o.p_alive(model, p, *row)[0] * exact, relative=2e-5)


def check(folder):
    c = Checks()
    check_expectations(c)
    check_hard(c)
    check_dert(c)
    if folder:
        check_cdnow(c, folder)
        check_spends(c, folder)
        check_contracts(c, folder)
        check_bgbb(c, folder)
    return c.close()


def hard():
    import mpmath as mp
    mp.mp.dps = 60
    print("model,parameters,x,t_x,t,log_likelihood,log_odds_alive")
    for model, p, (x, t_x, t), _, _ in HARD:
        value, odds = o.mp_likelihood(mp, model, p, x, t_x, t)
        print("%s,%s,%g,%r,%r,%s,%s" % (model, " ".join(map(repr, p)), x, t_x, t,
                                        mp.nstr(value, 20), mp.nstr(odds, 20)))
    return 0


def main(arguments):
    if arguments[:1] == ["hard"]:
        return hard()
    if arguments[:1] != ["check"] or len(arguments) > 2:
        print(o.__doc__, file=sys.stderr)
        return 64
    return check(arguments[1] if len(arguments) > 1 else "")
