#!/bin/sh
# all.sh - every check: source, two compilers, tests with sanitizers on both databases, fuzzers, browser.
# Goes on after a failure, so that one run shows them all. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.."
began=${BEGAN:-$(tests/clock.sh)}
folder=$PWD/build/check
rm -rf "$folder"
mkdir -p "$folder"
export TALLY="$folder/tally"
: > "$TALLY"
jobs=$(nproc)

# Programs wait for the disk at every commit: where there is room they work in memory. What a lost disk does is tested otherwise.
if [ -z "${TMPDIR:-}" ] && [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')" -gt 3000000 ] 2>/dev/null; then
        export TMPDIR=/dev/shm
fi

# A socket's path must be short, and the user postgres must reach it.
database=$(mktemp -d "${TMPDIR:-/tmp}/caunoi-pg-XXXXXX")
finish() {
        tests/postgres.sh stop "$database" >/dev/null 2>&1
        rm -rf "$database"
}
trap finish EXIT
trap 'exit 130' INT TERM

title() { printf '\n== %s\n' "$1"; }

# step NAME COMMAND…: counts as one test.
step() {
        name=$1 begun=$(date +%s)
        shift
        if "$@" > "$folder/step" 2>&1; then
                printf 'ok      %-60s %4d s\n' "$name" $(($(date +%s) - begun))
                echo "1 0 $name" >> "$TALLY"
        else
                echo "FAILED  $name"
                sed 's/^/        /' "$folder/step" | tail -40
                echo "0 1 $name" >> "$TALLY"
        fi
}

title "source"
step "the program compiles without warnings" make -s -j"$jobs" CFLAGS=-Werror caunoi
step "folders include only what lies below them" tools/check_ladder.sh
step "every public function is documented" tools/check_headers.sh
step "every text is translated" make -s check-texts
step "no passage stands twice" tools/check_duplicates.sh
step "the tests compile without warnings" make -s -j"$jobs" MODE=asan tests build/asan/caunoi
# Guided where bytes are taken apart; the rest of the program, what it then does, is in the fuzzers as the tests have it.
guided="src/base src/format src/web src/ledger src/sync src/blob"
step "the second compiler has nothing to warn of" make -s -j"$jobs" MODE=fuzz GUIDED="$guided" CFLAGS=-Werror warnings fuzzers

title "tests and stories with sanitizers on SQLite and PostgreSQL, and in a browser"
# On SQLite sanitizers would take three times as long as the test itself. Of what the first one reaches they see all on PostgreSQL, of the
# second one a seventh of its steps, through every regime; what a failing disk leads to they see in sqlite_test, errors_test and failure_test,
# of a table's workbook all but the step to a second sheet in table_test.
export SHIPPED_TESTS="tests/order_test src/workflow/walk_test tests/disk_test src/report/table_long_test"
# These ask most of the database: the sanitizers see the same code on SQLite, and the driver in its own tests.
export SHIPPED_ON_SERVER="src/figure/figure_test src/figure/read_test src/figure/read_map_test src/ledger/trust_test src/form/report_test src/workflow/store_test \
        areas/iip/family_test areas/figures/import_test areas/cluster/report_test src/blob/blob_test src/blob/nodes_test"
step "so do those that run as shipped" make -s -j"$jobs" CFLAGS=-Werror $(printf 'build/release/%s ' $SHIPPED_TESTS $SHIPPED_ON_SERVER)
if url=$(tests/postgres.sh start "$database" 2> "$folder/postgres"); then
        echo "1 0 postgresql" >> "$TALLY"
else
        echo "FAILED  a private PostgreSQL starts"
        sed 's/^/        /' "$folder/postgres"
        echo "0 1 postgresql" >> "$TALLY"
        url=
fi
# All in one queue, what waits longest first, so that no processor idles at the end. Nodes of a story lie in both databases in turn; those
# on PostgreSQL are worked by the program as it is shipped: the code under the sanitizers would be the same but for the driver, whose
# tests run with them on both databases.
SERVER_ENDS=1 MIXED=1 CAUNOI_PROGRAM=$PWD/build/asan/caunoi SHIPPED_PROGRAM=$PWD/caunoi tests/run.sh "$url" tests/browser/run.mjs \
        $(ls -S tests/story/*_story.py) $(make -s MODE=asan list-tests | tr ' ' '\n' | sort -r) tests/*_test.sh | tee "$folder/run"

title "fuzzers, what they know and a second more"
tests/fuzz.sh "${FUZZ_SECONDS:-1}" $(make -s MODE=fuzz GUIDED="$guided" list-fuzzers)

title "what took most processor time"
awk '/^ok .* ms / { for (i = NF; i > 2; i--) if ($i == "ms" && $(i - 2) == "ms") { print $(i - 1), $0; break } }' "$folder/run" |
        sort -rn | sed -n '1,8s/^[0-9]* //p'
echo "$began $(tests/clock.sh) $(getconf CLK_TCK)" | awk '{
        printf "\n%d s; the machine worked %d s on its processors, they idled %d %% of the time\n", $4 - $1, ($5 - $2) / $7,
                100 - 100 * ($5 - $2) / ($6 - $3) }'
awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }' "$TALLY"
