#!/bin/sh
# bench/all.sh - ledger and exchange, each beside its yardstick in the same run; a line of JSON each.
#
# "ratio" compares with the yardstick; "is_met" says whether the aim named in "aim" was reached. The last line tells how many
# were. Needs fossil and zstd (tools/packages.txt). Takes some minutes; on a machine that is busy with something else only the
# ratios count.
#   bench/all.sh [PROGRAM]
set -eu
cd "$(dirname "$0")/.."
program=${1:-./caunoi}
for tool in fossil zstd python3; do
        command -v "$tool" >/dev/null || { echo "$0: $tool is missing: tools/install.sh bench" >&2; exit 3; }
done
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT INT TERM
{
        "$program" bench import verify rebuild
        bench/exchange.py "$program"
} | tee "$lines"
echo "$(grep -c '"is_met": *true' "$lines") of $(grep -c '"is_met":' "$lines") aims met"
