#!/bin/sh
# coverage.sh - run the tests on both databases and the stories with a program that counts, then report: build/coverage/index.html,
# and the modules that must be right with what is not reached in them (tests/coverage.py, docs/coverage.md).
set -eu
cd "$(dirname "$0")/.."
database=$(mktemp -d "${TMPDIR:-/tmp}/caunoi-pg-XXXXXX")
trap 'tests/postgres.sh stop "$database" > /dev/null 2>&1; rm -rf "$database"' EXIT
trap 'exit 130' INT TERM
url=$(tests/postgres.sh start "$database")

# A test that fails is told, and the rest counted all the same. What a story kills writes its counts before it dies (tests/cover/counted.c).
export COUNTED=1 TEST_SECONDS=3600 CAUNOI_FAILURES=all CAUNOI_ORDER_EACH=2 CAUNOI_PROGRAM=$PWD/build/cov/caunoi
status=0
find build/cov -name '*.gcda' -delete
MIXED=1 tests/run.sh "$url" $(ls -S tests/story/*_story.py) $(make -s MODE=cov list-tests) || status=1
mkdir -p build/coverage
# Of what was killed while it counted some branches seem taken fewer than no times: those are passed over, not the report.
gcovr -j "$(nproc)" --gcov-ignore-parse-errors --root . --object-directory build/cov --exclude '.*_(test|fuzz)\.c' --exclude build --exclude tests \
        --html-details build/coverage/index.html --json build/coverage/report.json --print-summary build/cov
tests/coverage.py build/coverage/report.json || status=1
exit $status
