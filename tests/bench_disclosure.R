# Protects tables with the R package GaussSuppression, and prints a line of JSON for each: see bench_disclosure.py.
#
#     Rscript tests/bench_disclosure.R KIND FILE...
#
# KIND is "exact", or "intervals" for its protection of intervals by linear programmes, which needs the package Rglpk.

suppressMessages(library(GaussSuppression))

arguments <- commandArgs(TRUE)
kind <- arguments[1]
for (file in arguments[-1]) {
  rows <- read.csv(file, comment.char = "#", colClasses = c(rep("character", 4), "integer"))
  rows$quarter <- paste0(substr(rows$month, 1, 4), "Q", (as.integer(substr(rows$month, 6, 7)) - 1) %/% 3 + 1)
  rows$year <- substr(rows$month, 1, 4)
  # A level with one code would be a second name of the total.
  levels <- c("borough", "bcu", "month", "quarter", "year", "code")
  levels <- levels[sapply(levels, function(level) length(unique(rows[[level]])) > 1)]
  # An interval as wide as from 1 to 4, as in `Policy::small_counts(4)`.
  more <- if (kind == "exact") list() else list(lpPackage = "Rglpk", rangeMin = 3, rangePercent = 0)
  asked <- c(list(rows, maxN = 4, freqVar = "count", dimVar = levels, protectZeros = FALSE, printInc = FALSE), more)
  invisible(capture.output(seconds <- system.time(found <- do.call(SuppressSmallCounts, asked))))
  cat(sprintf(
    '{"file": "%s", "protection": "%s", "seconds": %.3f, "cells": %d, "primary": %d, "secondary": %d, "suppressed": %d, "sum": %d}\n',
    sub("[.]csv$", "", basename(file)), kind, sum(seconds[c("user.self", "sys.self")]), nrow(found),
    sum(found$primary), sum(found$suppressed & !found$primary), sum(found$count[found$suppressed]), sum(found$count)
  ))
}
cat(sprintf('{"version": "GaussSuppression %s, R %s"}\n', packageVersion("GaussSuppression"), getRversion()))
