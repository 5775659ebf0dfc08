# Gower's dissimilarities by R's cluster::daisy: usage Rscript daisy.R FOLDER. The table FOLDER/cells
# (numbers v…, categories f…; empty: missing) with the weights FOLDER/weights, into FOLDER/daisy, a
# row a line.
suppressMessages(library(cluster))
folder <- commandArgs(TRUE)[1]
x <- read.csv(file.path(folder, "cells"))
for (name in names(x)) if (startsWith(name, "f")) x[[name]] <- factor(x[[name]])
weights <- scan(file.path(folder, "weights"), quiet = TRUE)
d <- suppressWarnings(as.matrix(daisy(x, metric = "gower", weights = weights)))
text <- matrix(sprintf("%.17g", d), nrow(d))
write.table(text, file.path(folder, "daisy"), quote = FALSE, row.names = FALSE, col.names = FALSE)
