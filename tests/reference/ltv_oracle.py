"""Lifetime models from the formulas of the papers, in NumPy, SciPy and mpmath: what buyermap's own
are held against. Written without a look at them.

NBD (Ehrenberg 1959, likelihood of the timing, without x!), BG/NBD (Fader, Hardie & Lee 2005),
MBG/NBD (Batislam, Denizel & Filiztekin 2007), Pareto/NBD (Schmittlein, Morrison & Colombo 1987;
Fader & Hardie 2005), BG/BB (Fader, Hardie & Shang 2010), gamma-gamma (Fader & Hardie 2013), sBG
(Fader & Hardie 2007), BdW (Fader, Hardie, Liu, Davin & Steenburgh 2018).

Functions of a table are vectorised doubles; those that begin with mp_ take one buyer and integrate
at 30 digits or more, by another way than the closed form.

usage: ltv_oracle.py check [CLV_FOLDER]     every figure of the statistics page, sections 2.1 to 2.5
       ltv_oracle.py hard                   likelihoods and log-odds of hard cases at 60 digits, CSV
"""
import sys

import numpy as np
from scipy import optimize
from scipy.special import betaln, expit, gammaln, hyp2f1, roots_jacobi

PARAMETERS = {"nbd": ("r", "alpha"), "bgnbd": ("r", "alpha", "a", "b"),
              "mbgnbd": ("r", "alpha", "a", "b"), "paretonbd": ("r", "alpha", "s", "beta"),
              "bgbb": ("alpha", "beta", "gamma", "delta"), "sbg": ("alpha", "beta"),
              "bdw": ("alpha", "beta", "c"), "gamma_gamma": ("p", "q", "v")}
START = {"nbd": (.5, 10), "bgnbd": (.3, 5, 1, 2.5), "mbgnbd": (.5, 6, 1, 1.7),
         "paretonbd": (.5, 10, .6, 11), "bgbb": (1, 1, .7, 2.5), "sbg": (.7, 2),
         "bdw": (.4, 1, 1.3), "gamma_gamma": (6, 4, 15)}


# ---- log-likelihood of each row: (x, t_x, T), (x, t_x, n), (x, m), (ended, period) ----
def nbd(p, x, t_x, t):
    r, alpha = p
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + t)


def bgnbd(p, x, t_x, t):
    """Dropout after a repeat order: the one branch alive at T, the other gone at t_x."""
    r, alpha, a, b = p
    alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + t)
    some = np.maximum(x, 1)
    gone = betaln(a + 1, b + some - 1) - betaln(a, b) - (r + some) * np.log(alpha + t_x)
    return (gammaln(r + x) - gammaln(r) + r * np.log(alpha)
            + np.where(x > 0, np.logaddexp(alive, gone), alive))


def mbgnbd(p, x, t_x, t):
    """The same with a dropout after the first order as well."""
    r, alpha, a, b = p
    alive = betaln(a, b + x + 1) - betaln(a, b) - (r + x) * np.log(alpha + t)
    gone = betaln(a + 1, b + x) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) + np.logaddexp(alive, gone)


def rising_series(b, c, z):
    """2F1(1, b; c; z), 0 < b < c, 0 <= z < 1; term by term where SciPy has no value (large c)."""
    value = hyp2f1(1, b, c, z)
    off = ~np.isfinite(value)
    if off.any():
        b, c, z = (np.broadcast_to(v, np.shape(value))[off] for v in (b, c, z))
        total, term, n = np.ones(len(b)), np.ones(len(b)), 0
        while n < 100000 and (term > 1e-18 * total).any():
            term = term * (b + n) / (c + n) * z
            total, n = total + term, n + 1
        value = np.array(value)
        value[off] = total
    return value


def log_pareto_tail(p, x, at):
    """log of s / (r+s+x) 2F1(...) / (max + at)^(r+s+x), which is the integral from `at` on of
    s (alpha+u)^-(r+x) (beta+u)^-(s+1) du. By Euler's transformation all terms are positive."""
    r, alpha, s, beta = p
    k, most = r + s + x, max(alpha, beta)
    z = abs(alpha - beta) / (most + at)
    b = s + 1 + 0 * x if alpha >= beta else r + x
    return (np.log(s / k) - k * np.log(most + at) + (1 - b) * np.log1p(-z)
            + np.log(rising_series(k + 1 - b, k + 1, z)))


def pareto_parts(p, x, t_x, t):
    """log-likelihood of (alive at T, gone before) without what both share."""
    r, alpha, s, beta = p
    alive = -(r + x) * np.log(alpha + t) - s * np.log(beta + t)
    early, late = log_pareto_tail(p, x, t_x), log_pareto_tail(p, x, t)
    with np.errstate(divide="ignore"):
        gone = np.where(t_x < t, early + np.log(-np.expm1(np.minimum(late - early, 0))), -np.inf)
    return alive, gone


def paretonbd(p, x, t_x, t):
    r, alpha, s, beta = p
    return (gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
            + np.logaddexp(*pareto_parts(p, x, t_x, t)))


def bgbb_parts(p, x, t_x, n):
    alpha, beta, gamma, delta = p
    base = betaln(alpha, beta) + betaln(gamma, delta)
    alive = betaln(alpha + x, beta + n - x) + betaln(gamma, delta + n) - base
    gone = np.full(np.shape(x), -np.inf)
    for i in range(int(np.max(n - t_x)) if np.size(x) else 0):
        term = (betaln(alpha + x, beta + np.maximum(t_x - x + i, 0))
                + betaln(gamma + 1, delta + t_x + i) - base)
        gone = np.where(t_x + i < n, np.logaddexp(gone, term), gone)
    return alive, gone


def bgbb(p, x, t_x, n):
    return np.logaddexp(*bgbb_parts(p, x, t_x, n))


def gamma_gamma(p, x, m):
    """Of the mean m of x orders' values."""
    shape, q, v = p
    return (gammaln(shape * x + q) - gammaln(shape * x) - gammaln(q) + q * np.log(v)
            + (shape * x - 1) * np.log(m) + shape * x * np.log(x)
            - (shape * x + q) * np.log(v + m * x))


def log_survival(p, t):
    """sBG: alpha, beta; BdW: alpha, beta, c."""
    alpha, beta = p[0], p[1]
    return betaln(alpha, beta + np.power(t, p[2] if len(p) > 2 else 1.)) - betaln(alpha, beta)


def contract(p, ended, period):
    """Ended in that period, or ran on after it."""
    after = log_survival(p, period)
    before = log_survival(p, np.maximum(period - 1, 0))
    return np.where(ended > 0, before + np.log(-np.expm1(np.minimum(after - before, -1e-300))),
                    after)


LIKELIHOOD = {"nbd": nbd, "bgnbd": bgnbd, "mbgnbd": mbgnbd, "paretonbd": paretonbd, "bgbb": bgbb,
              "gamma_gamma": gamma_gamma, "sbg": contract, "bdw": contract}


def contracts_of(survivors):
    """Survivors of periods 0, 1, … -> columns (ended, period) and their weights."""
    s = np.asarray(survivors, float)
    period = np.arange(1, len(s), dtype=float)
    return ((np.append(np.ones(len(s) - 1), 0), np.append(period, period[-1])),
            np.append(s[:-1] - s[1:], s[-1]))


# ---- maximum likelihood ----
def unique(columns, weight=None):
    rows, of = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    return tuple(rows.T), np.bincount(of, weights=weight).astype(float)


def total(model, p, columns, weight):
    return float(np.dot(weight, LIKELIHOOD[model](p, *columns)))


def central(f, at, scale):
    """The Hessian by central differences with steps of scale × at."""
    n, h = len(at), at * scale
    result, e = np.empty((n, n)), np.diag(h)
    for i in range(n):
        for j in range(i + 1):
            result[i, j] = result[j, i] = (
                f(at + e[i] + e[j]) - f(at + e[i] - e[j]) - f(at - e[i] + e[j])
                + f(at - e[i] - e[j])) / (4 * h[i] * h[j])
    return result


def hessian(f, at):
    """With one step of Richardson's."""
    return (4 * central(f, at, 5e-4) - central(f, at, 1e-3)) / 3


def fit(model, columns, weight=None, start=None):
    """(parameters, standard errors, log-likelihood), from unique rows with counts."""
    columns, weight = unique(columns, weight)
    n = weight.sum()

    def loss(logs):
        value = -total(model, np.exp(logs), columns, weight) / n
        return value if np.isfinite(value) else 1e10
    found = optimize.minimize(loss, np.log(start or START[model]), method="L-BFGS-B",
                              jac="3-point", bounds=[(-15, 15)] * len(PARAMETERS[model]),
                              options={"ftol": 1e-15, "gtol": 1e-9})
    found = optimize.minimize(loss, found.x, method="Nelder-Mead",
                              options={"xatol": 1e-9, "fatol": 1e-16, "maxiter": 4000})
    p = np.exp(found.x)
    curvature = hessian(lambda q: -total(model, q, columns, weight), p)
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(np.linalg.pinv(curvature)))
    return p, errors, total(model, p, columns, weight)


# ---- what is expected of a buyer ----
def log_odds_alive(model, p, x, t_x, t):
    if model == "nbd":
        return np.full(np.shape(x), np.inf)
    if model == "paretonbd":
        alive, gone = pareto_parts(p, x, t_x, t)
        return alive - gone
    if model == "bgbb":  # alive at opportunity n + 1
        alpha, beta, gamma, delta = p
        alive = (betaln(alpha + x, beta + t - x) + betaln(gamma, delta + t + 1)
                 - betaln(alpha, beta) - betaln(gamma, delta))
        all_of = bgbb(p, x, t_x, t)
        return alive - all_of - np.log(-np.expm1(alive - all_of))
    r, alpha, a, b = p
    power = (r + x) * np.log((alpha + t) / (alpha + t_x))
    if model == "bgnbd":
        return np.where(x > 0, np.log(np.maximum(b + x - 1, 1e-300) / a) - power, np.inf)
    return np.log((b + x) / a) - power


def p_alive(model, p, x, t_x, t):
    return expit(log_odds_alive(model, p, x, t_x, t))


NODES = 96
_jacobi = {}


def beta_nodes(a, b):
    """Nodes and weights of the mean of a function of p ~ Beta(a, b)."""
    if (a, b) not in _jacobi:
        at, weight = roots_jacobi(NODES, b - 1, a - 1)
        _jacobi[a, b] = (1 + at) / 2, weight / weight.sum()
    return _jacobi[a, b]


def until_dropout(a, b, n, ahead):
    """E[(1 - exp(-lambda p ahead)) / p], lambda ~ Gamma(n, 1), p ~ Beta(a, b)."""
    at, weight = beta_nodes(a, b)
    ahead = np.asarray(ahead, float)[..., None]
    return np.sum(weight * -np.expm1(-n * np.log1p(at * ahead)) / at, axis=-1)


def gone_by(s, beta, ahead):
    """Integral of (beta / (beta + u))^s over 0 … ahead."""
    ratio = np.log1p(ahead / beta)
    return beta * (ratio if s == 1 else -np.expm1((1 - s) * ratio) / (s - 1))


def expected_new(model, p, t):
    """E[X(t)] of a new buyer."""
    if model == "nbd":
        return p[0] / p[1] * np.asarray(t, float)
    if model == "paretonbd":
        return p[0] / p[1] * gone_by(p[2], p[3], np.asarray(t, float))
    if model == "bgbb":
        alpha, beta, gamma, delta = p
        j = np.arange(1, int(t) + 1)
        return alpha / (alpha + beta) * np.exp(betaln(gamma, delta + j)
                                               - betaln(gamma, delta)).sum()
    r, alpha, a, b = p
    ahead = np.asarray(t, float) / alpha
    if model == "bgnbd":
        return until_dropout(a, b, r, ahead)
    return b / (a + b) * until_dropout(a, b + 1, r, ahead)


def expected_alive(model, p, x, t, ahead):
    """Orders in (T, T + ahead] of buyers alive at T; arrays over buyers, ahead a number."""
    x, t = np.broadcast_arrays(np.asarray(x, float), np.asarray(t, float))
    if model == "nbd":
        return (p[0] + x) / (p[1] + t) * ahead
    if model == "paretonbd":
        return (p[0] + x) / (p[1] + t) * gone_by(p[2], p[3] + t, ahead)
    if model == "bgbb":
        alpha, beta, gamma, delta = p
        sums = sum(np.exp(betaln(gamma, delta + t + j) - betaln(gamma, delta + t + 1))
                   for j in range(1, int(ahead) + 1))
        return (alpha + x) / (alpha + beta + t) * sums
    r, alpha, a, b = p
    result = np.empty(np.shape(x))
    for each in np.unique(x):
        rows = x == each
        # a dropout follows each of the x repeat orders, with MBG the first order too
        result[rows] = until_dropout(a, b + each + (model == "mbgnbd"), r + each,
                                     ahead / (alpha + t[rows]))
    return result


def expected(model, p, x, t_x, t, ahead):
    return p_alive(model, p, x, t_x, t) * expected_alive(model, p, x, t, ahead)


def discounted(model, p, x, t_x, t, horizon, rate, units_a_year):
    """Sum over units i of the orders expected in i / (1 + rate)^((i - 1/2) / units a year), the
    last one cut at the horizon."""
    result, before = 0, 0
    for i in range(1, int(np.ceil(horizon)) + 1):
        until = expected_alive(model, p, x, t, min(i, horizon))
        result = result + (until - before) / (1 + rate) ** ((i - .5) / units_a_year)
        before = until
    return p_alive(model, p, x, t_x, t) * result


def spend(p, x, m):
    shape, q, v = p
    with np.errstate(invalid="ignore"):
        return np.where(x > 0, shape * (v + x * np.where(x > 0, m, 0)) / (shape * x + q - 1),
                        shape * v / (q - 1))


def nbd_pmf(r, alpha, t, x):
    return np.exp(gammaln(r + x) - gammaln(r) - gammaln(x + 1.) + r * np.log(alpha / (alpha + t))
                  + x * np.log(t / (alpha + t)))


def pmf(model, p, t, x):
    """P(X(t) = x) of a new buyer; sBG and BdW: of a lifetime of x periods."""
    if model in ("sbg", "bdw"):
        return np.exp(log_survival(p, x - 1)) - np.exp(log_survival(p, x))
    if model == "bgbb":
        alpha, beta, gamma, delta = p
        n = int(t)

        def of(i):
            return (gammaln(i + 1.) - gammaln(x + 1.) - gammaln(i - x + 1.)
                    + betaln(alpha + x, beta + i - x) - betaln(alpha, beta) - betaln(gamma, delta))
        return np.exp(of(n) + betaln(gamma, delta + n)) + sum(
            np.exp(of(i) + betaln(gamma + 1, delta + i)) for i in range(x, n))
    r, alpha = p[:2]
    if model == "nbd":
        return nbd_pmf(r, alpha, t, x)
    if model == "paretonbd":
        import mpmath as mp
        return float(mp_pareto_pmf(mp, p, t, x))
    a, b = p[2:]
    at_least = 1 - sum(nbd_pmf(r, alpha, t, j) for j in range(x))
    if model == "bgnbd":
        gone = np.exp(betaln(a + 1, b + x - 1) - betaln(a, b)) * at_least if x else 0
        return np.exp(betaln(a, b + x) - betaln(a, b)) * nbd_pmf(r, alpha, t, x) + gone
    return (np.exp(betaln(a, b + x + 1) - betaln(a, b)) * nbd_pmf(r, alpha, t, x)
            + np.exp(betaln(a + 1, b + x) - betaln(a, b)) * at_least)


# ---- one buyer, at many digits ----
def mp_pareto_pmf(mp, p, t, x):
    """The buyer leaves after t, or at u before it."""
    r, alpha, s, beta = map(mp.mpf, p)

    def nbd_of(u):
        return (mp.rf(r, x) / mp.factorial(x) * (alpha / (alpha + u)) ** r
                * (u / (alpha + u)) ** x)
    return nbd_of(mp.mpf(t)) * (beta / (beta + t)) ** s + mp.quad(
        lambda u: nbd_of(u) * s * beta ** s / (beta + u) ** (s + 1), [0, t / 8, t / 2, t])


def mp_likelihood(mp, model, p, x, t_x, t):
    """(log-likelihood, log-odds of being alive)."""
    x, t_x, t = mp.mpf(x), mp.mpf(t_x), mp.mpf(t)
    r, alpha, c, d = map(mp.mpf, p)
    if model == "paretonbd":
        shared = mp.log(mp.rf(r, x)) + r * mp.log(alpha) + c * mp.log(d)
        alive = (alpha + t) ** -(r + x) * (d + t) ** -c
        # The integral that 2F1 stands for, in log time, where it is nearly exponential.
        low, cut = min(alpha, d), mp.mpf(40) / (r + x + c)
        most = -(r + x) * mp.log(alpha + t_x) - (c + 1) * mp.log(d + t_x)
        first, last = mp.log(low + t_x), mp.log(low + t)
        steps = [first] + [first + cut * i / 8 for i in (1, 2, 4, 8) if first + cut * i / 8 < last]

        def rate(w):  # about 1 at first: mp.quad stops at an absolute error
            u = mp.e ** w - low
            return mp.e ** (w - (r + x) * mp.log(alpha + u) - (c + 1) * mp.log(d + u) - most)
        gone = c * mp.e ** most * mp.quad(rate, steps + [last]) if last > first else mp.mpf(0)
    else:
        more = 1 if model == "mbgnbd" else 0
        shared = mp.log(mp.rf(r, x)) + r * mp.log(alpha)
        alive = mp.beta(c, d + x + more) / mp.beta(c, d) * (alpha + t) ** -(r + x)
        gone = (mp.beta(c + 1, d + x - 1 + more) / mp.beta(c, d) * (alpha + t_x) ** -(r + x)
                if x + more > 0 else mp.mpf(0))
    odds = mp.log(alive / gone) if gone > 0 else mp.inf
    return shared + mp.log(alive + gone), odds


def mp_until_dropout(mp, a, b, n, ahead):
    a, b, n, ahead = map(mp.mpf, (a, b, n, ahead))
    # p = w^(1/a) takes the singularity at 0 away.
    return mp.quad(lambda w: (1 - w ** (1 / a)) ** (b - 1) / a
                   * -mp.expm1(-n * mp.log1p(w ** (1 / a) * ahead)) / w ** (1 / a),
                   [0, mp.mpf(10) ** -6, .001, .1, .5, .9, .999, 1]) / mp.beta(a, b)


def mp_discounted_alive(mp, model, p, x, t, delta):
    """Discounted orders for ever of a buyer alive at T."""
    r, alpha, c, d = map(mp.mpf, tuple(p) + (1, 1) if len(p) == 2 else p)
    x, t, delta = mp.mpf(x), mp.mpf(t), mp.mpf(delta)
    k, rate = r + x, alpha + t
    if model == "nbd":
        return k / rate / delta
    if model == "paretonbd":
        # E[lambda] E[1 / (mu + delta)], mu ~ Gamma(s, beta + T)
        z = delta * (d + t)
        return k / rate * (d + t) * mp.hyperu(1, 2 - c, z)
    b = d + x + (1 if model == "mbgnbd" else 0)

    def rate_of(u):  # orders a unit of time at u from now: E[lambda exp(-lambda p u)]
        return k / (rate + u) * mp.hyp2f1(c, k + 1, c + b, -u / rate) * (rate + u) / rate
    return mp.quad(lambda u: mp.e ** (-delta * u) * rate_of(u),
                   [0, rate / 10, rate, 10 / delta, 30 / delta, 100 / delta])


def mp_bgbb_discounted(mp, p, x, t_x, n, rate):
    """DERT, discounted at the end of each period, P(alive) in it."""
    alpha, beta, gamma, delta = map(mp.mpf, p)
    residual = mp.nsum(lambda j: mp.beta(gamma, delta + n + j) / mp.beta(gamma, delta)
                       / (1 + mp.mpf(rate)) ** j, [1, mp.inf])
    likelihood = mp.e ** mp.mpf(float(bgbb(p, np.array(float(x)), np.array(float(t_x)),
                                           np.array(float(n)))))
    return mp.beta(alpha + x + 1, beta + n - x) / mp.beta(alpha, beta) * residual / likelihood


if __name__ == "__main__":
    import ltv_figures
    sys.exit(ltv_figures.main(sys.argv[1:]))
