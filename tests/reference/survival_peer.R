# Random tables with ties for buyermap survival, and what R's package survival says of them: one line
# a setting in `settings`, curves in NAME.curve, summaries in NAME.summary, tests in NAME.test.
library(survival)
settings <- NULL
figure <- function(x) ifelse(is.na(x), "", sprintf("%.17g", x))
put <- function(table, path) write.table(table, path, sep = ",", quote = FALSE, row.names = FALSE, col.names = FALSE)
for (seed in 1:30) {
    set.seed(seed)
    k <- 1 + seed %% 5
    n <- c(7, 40, 150, 600)[1 + seed %% 4] * k
    g <- sort(sample(k, n, replace = TRUE, prob = (1:k)^2))
    t <- rexp(n, 1 / (20 + 8 * g))
    t <- if (seed %% 3 == 0) round(t) else if (seed %% 3 == 1) round(t / 4) / 2 else signif(t, 6)
    e <- rbinom(n, 1, c(.2, .6, 1)[1 + seed %% 3])
    name <- paste0("r", seed)
    data <- data.frame(t = t, e = e, g = paste0("g", g))[sample(n), ]
    write.csv(data, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
    type <- c("plain", "log", "log-log")[1 + (seed %/% 5) %% 3]
    end <- if (seed %% 2) max(t) * .6 else NA
    settings <- rbind(settings, c(name, type, figure(end)))
    f <- survfit(Surv(t, e) ~ g, data = data, conf.type = type, timefix = FALSE)
    who <- if (is.null(f$strata)) rep(data$g[1], length(f$time)) else sub("g=", "", rep(names(f$strata), f$strata))
    s <- summary(f, censored = TRUE)
    put(cbind(who, figure(f$time), f$n.risk, f$n.event, f$n.censor, figure(f$surv), figure(s$std.err),
              figure(f$lower), figure(f$upper)), paste0(name, ".curve"))
    m <- rbind(survival:::survmean(f, scale = 1, rmean = if (is.na(end)) "common" else end)$matrix)
    put(cbind(unique(who), m[, "n.start"], m[, "events"], figure(m[, "median"]), figure(m[, "0.95LCL"]),
              figure(m[, "0.95UCL"]), figure(m[, "rmean"]), figure(m[, "se(rmean)"])), paste0(name, ".summary"))
    tests <- NULL
    if (length(unique(data$g)) > 1) for (rho in 0:1) {
        d <- survdiff(Surv(t, e) ~ g, data = data, rho = rho)
        df <- sum(d$exp > 0) - 1
        tests <- rbind(tests, c(c("log-rank", "fleming-harrington")[rho + 1], figure(d$chisq), df,
                                figure(pchisq(d$chisq, df, lower.tail = FALSE))))
    }
    put(if (is.null(tests)) data.frame() else tests, paste0(name, ".test"))
}
put(settings, "settings")
