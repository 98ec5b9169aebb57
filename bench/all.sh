#!/bin/sh
# bench/all.sh - the program, the ledger and the exchange, each beside its yardstick in the same run; a line of JSON each.
#
# "ratio" compares with the yardstick; "is_met" says whether the aim named in "aim" was reached. The last line tells how many
# were. Needs fossil, zstd and R with data.table (tools/packages.txt). Takes some minutes; on a machine that is busy with something else
# only the ratios count. A late report is measured at 480,000 reports, the pivot at 2 and 10 million figures (at 10 and 50 by `caunoi bench pivot-large`).
# Left out, for they take longer: that one, bench/cases.py (three minutes each; with --events 5000000 far longer), bench/nodes.py, bench/http.sh.
#   bench/all.sh [PROGRAM]
set -eu
cd "$(dirname "$0")/.."
program=${1:-./caunoi}
for tool in fossil zstd python3 Rscript; do
        command -v "$tool" >/dev/null || { echo "$0: $tool is missing: tools/install.sh bench" >&2; exit 3; }
done
lines=$(mktemp)
part=$(mktemp)
trap 'rm -f "$lines" "$part"' EXIT INT TERM

# not through a pipe, which would hide that one failed
run() { "$@" > "$part"; tee -a "$lines" < "$part"; }
for name in import verify rebuild submit pivot index outlier restate documents cases; do
        run "$program" bench "$name"
done
run bench/late.py "$program"
run bench/exchange.py "$program"
run bench/clusters.py "$program"
run bench/fairness.py "$program"
echo "$(grep -c '"is_met": *true' "$lines") of $(grep -c '"is_met":' "$lines") aims met"
