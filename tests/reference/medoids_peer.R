# Sets for medoids_peer.sh and what R's cluster makes of them: 20 of numbers, clustered by pam; 8 of
# numbers and categories with missing values, by pam and hclust over daisy's dissimilarities. Each
# line of `settings`: name, k, distance, objective of pam, silhouette of pam.
suppressMessages(library(cluster))
set.seed(20)
settings <- file("settings", "w")
line <- function(name, k, distance, p, d) {
    width <- summary(silhouette(p$clustering, d))$avg.width
    writeLines(sprintf("%s %d %s %.17g %.17g", name, k, distance, p$objective["swap"], width), settings)
}
for (i in 1:20) {
    n <- sample(30:600, 1)
    d <- sample(1:8, 1)
    k <- sample(2:12, 1)
    centres <- matrix(rnorm(k * d, sd = 2), k)
    x <- centres[sample(k, n, TRUE), , drop = FALSE] + matrix(if (i %% 2) rnorm(n * d) else rexp(n * d), n)
    x <- data.frame(signif(x, 7))
    names(x) <- paste0("c", 1:d)
    write.csv(x, sprintf("p%d.csv", i), row.names = FALSE)
    line(sprintf("p%d", i), k, "euclidean", pam(x, k), dist(x))
}
for (i in 1:8) {
    n <- sample(60:300, 1)
    g <- sample(3, n, TRUE)
    x <- data.frame(a = signif(rnorm(n, g), 6), b = signif(rexp(n) * g, 6), c = signif(runif(n), 6),
        f = factor(letters[(g + rbinom(n, 1, .3)) %% 4 + 1]), h = factor(sample(c("x", "y"), n, TRUE)))
    for (name in c("a", "b", "f", "h")) x[[name]][runif(n) < .15] <- NA
    write.csv(x, sprintf("g%d.csv", i), row.names = FALSE, na = "")
    d <- daisy(x, metric = "gower")
    k <- sample(2:6, 1)
    line(sprintf("g%d", i), k, "gower", pam(d, k, diss = TRUE), d)
    for (method in c("single", "complete", "average", "mcquitty")) {
        top <- rev(sort(hclust(d, method)$height))[1:20]
        writeLines(sprintf("%.17g", top), sprintf("g%d.%s", i, method))
    }
}
close(settings)
