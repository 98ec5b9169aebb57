# Test vectors of src/stats/stl.h, made by R: `Rscript tests/vectors/stl.R > tests/vectors/stl.txt`; with a number as argument: other
# series from that seed, for the comparison in the test where R is installed.
#
# A case: "case NAME PERIOD WINDOW ROBUST COUNT" (window 0: periodic), then a line for each place: value, seasonal, trend, remainder, weight.
# Where every value is known the numbers are those of stl(). Two kinds it cannot answer: values that are missing (NA), and robust weights of
# an even number of values, where it takes two other remainders than the middle ones for the median (its partial sort is asked for places in
# descending order; R 4.2.2). For these the numbers are those of `by_paper` below, the formulas of Cleveland and others (1990) written down
# place by place, which is first held against stl() on the same series without gaps and, where robust, of odd length.

odd <- function(x) { x <- ceiling(x); ifelse(x %% 2 == 0, x + 1, x) }

# Loess of the points (x, y) with weights u at the places `at`; n: length of the series.
loess_at <- function(x, y, u, at, window, degree, n) {
  sapply(at, function(p) {
    near <- order(abs(x - p), x)[seq_len(min(window, length(x)))]
    h <- max(abs(x[near] - p)) + if (window > length(x)) (window - length(x)) %/% 2 else 0
    r <- abs(x - p)
    w <- numeric(length(x))
    w[near] <- ifelse(r[near] <= 0.001 * h, 1, ifelse(r[near] <= 0.999 * h, (1 - (r[near] / h)^3)^3, 0))
    w <- w * u
    if (sum(w) <= 0) stop("no weight left")
    w <- w / sum(w)
    if (degree > 0 && h > 0) {
      a <- sum(w * x)
      s <- sum(w * (x - a)^2)
      if (sqrt(s) > 0.001 * (n - 1)) w <- w * ((p - a) / s * (x - a) + 1)
    }
    sum(w * y)
  })
}

# Each jump-th place and the last, straight lines between.
jumping <- function(x, y, u, n, window, degree, jump) {
  at <- unique(c(seq(1, n, min(jump, n - 1)), n))
  approx(at, loess_at(x, y, u, at, window, degree, n), xout = seq_len(n))$y
}

mean_of <- function(x, k) { s <- cumsum(c(0, x)); (s[(k + 1):length(s)] - s[seq_len(length(s) - k)]) / k }

by_paper <- function(y, period, window, robust) {
  n <- length(y); known <- which(!is.na(y)); u <- rep(1, n)
  ns <- if (window == 0) 10 * n + 1 else window
  nt <- odd(1.5 * period / (1 - 1.5 / ns)); nl <- odd(period)
  trend <- numeric(n)
  for (pass in seq_len(if (robust) 16 else 1)) {
    for (inner in seq_len(if (robust) 1 else 2)) {
      detrended <- y - trend
      cycle <- numeric(n + 2 * period)
      for (j in seq_len(period)) {
        place <- seq(j, n, period); k <- length(place)
        i <- which(!is.na(y[place]))
        inside <- jumping(i, detrended[place[i]], u[place[i]], k, ns, 0, ceiling(ns / 10))
        ends <- loess_at(i, detrended[place[i]], u[place[i]], c(0, k + 1), ns, 0, k)
        cycle[seq(j, by = period, length.out = k + 2)] <- c(ends[1], inside, ends[2])
      }
      low <- mean_of(mean_of(mean_of(cycle, period), period), 3)
      low <- jumping(seq_len(n), low, rep(1, n), n, nl, 1, ceiling(nl / 10))
      seasonal <- cycle[period + seq_len(n)] - low
      trend <- jumping(known, (y - seasonal)[known], u[known], n, nt, 1, ceiling(nt / 10))
    }
    if (robust && pass < 16) {
      r <- abs(y - trend - seasonal)[known]
      h <- 6 * median(r)
      u[known] <- ifelse(r <= 0.001 * h, 1, ifelse(r <= 0.999 * h, (1 - (r / h)^2)^2, 0))
    }
  }
  if (window == 0) seasonal <- ave(seasonal, (seq_len(n) - 1) %% period)
  cbind(y, seasonal, trend, y - seasonal - trend, u)
}

by_stl <- function(y, period, window, robust) {
  z <- stl(ts(y, frequency = period), s.window = if (window == 0) "periodic" else window, robust = robust)
  cbind(y, z$time.series, z$weights)
}

tell <- function(name, y, period, window, robust) {
  if (anyNA(y) || (robust && length(y) %% 2 == 0)) {
    full <- approx(seq_along(y), y, xout = seq_along(y), rule = 2)$y
    if (length(full) %% 2 == 0) full <- full[-1]
    off <- max(abs(by_paper(full, period, window, robust) - by_stl(full, period, window, robust)))
    if (off > 1e-9 * max(abs(full))) stop(paste(name, "differs from stl() by", off))
    m <- by_paper(y, period, window, robust)
  } else m <- by_stl(y, period, window, robust)
  cat("case", name, period, window, as.integer(robust), length(y), "
")
  cat(apply(m, 1, function(r) paste(ifelse(is.na(r), "NA", sprintf("%.15g", r)), collapse = " ")), sep = "
")
}

published <- function(file, code, measure) {
  d <- read.csv(file.path("data/published", file), stringsAsFactors = FALSE, colClasses = c(code = "character"))
  d <- d[d$code == code & d$measure == measure, ]
  months <- format(seq(as.Date(paste0(min(d$period), "-01")), as.Date(paste0(max(d$period), "-01")), by = "month"), "%Y-%m")
  d$value[match(months, d$period)]
}

drawn <- function(n, period, size) {
  t <- seq_len(n)
  100 + 0.3 * t + cumsum(rnorm(n, 0, 0.4)) + 8 * sin(2 * pi * t / period) + 4 * cos(4 * pi * t / period) + rnorm(n, 0, size)
}

seed <- commandArgs(TRUE)
if (length(seed) == 0) {
  set.seed(1990)
  export <- published("gso_export.csv", "tong_tri_gia", "month_value")
  production <- published("gso_iip_month.csv", "TOTAL", "mom")
  between <- function(y) approx(seq_along(y), y, xout = seq_along(y))$y
  tell("export-between-known", between(export), 12, 0, FALSE)
  tell("export-between-known-robust", between(export), 12, 7, TRUE)
  tell("production-between-known", between(production), 12, 9, FALSE)
  tell("export-robust", between(export)[-1], 12, 0, TRUE)
  tell("months", drawn(131, 12, 2), 12, 11, FALSE)
  tell("quarters-robust", { y <- drawn(45, 4, 1); y[20] <- y[20] + 40; y }, 4, 0, TRUE)
  tell("shortest", drawn(25, 12, 1), 12, 0, FALSE)
  tell("export-gaps", export, 12, 0, FALSE)
  tell("export-gaps-robust", export, 12, 0, TRUE)
  tell("production-gaps", production, 12, 7, FALSE)
} else {
  set.seed(as.integer(seed[1]))
  for (i in 1:12) {
    period <- c(12, 4)[i %% 2 + 1]
    y <- drawn(sample((5 * period):(15 * period), 1), period, 1)
    y[sample(length(y), 2)] <- y[1] + 50
    if (i %% 3 == 0) y[sample(2:(length(y) - 1), length(y) %/% 10)] <- NA
    tell(paste0("drawn", i), y, period, c(0, 7, 13)[i %% 3 + 1], i %% 4 < 2)
  }
}
