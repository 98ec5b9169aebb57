#!/bin/sh
# coverage.sh - run the tests on both databases and the stories with a program that counts, then report: build/coverage/index.html,
# and the modules that must be right with what is not reached in them (tests/coverage.py, docs/coverage.md).
set -eu
cd "$(dirname "$0")/.."
database=$(mktemp -d "${TMPDIR:-/tmp}/caunoi-pg-XXXXXX")
trap 'tests/postgres.sh stop "$database" > /dev/null 2>&1; rm -rf "$database"' EXIT
trap 'exit 130' INT TERM
url=$(tests/postgres.sh start "$database")

# A test that fails is told, and the rest counted all the same.
export TEST_SECONDS=3600 CAUNOI_FAILURES=all CAUNOI_ORDER_EACH=2 CAUNOI_PROGRAM=$PWD/build/cov/caunoi
status=0
rm -rf build/cov/counts
MIXED=1 tests/run.sh "$url" $(ls -S tests/story/*_story.py) $(make -s MODE=cov list-tests) || status=1
rm -rf build/coverage
mkdir -p build/coverage
# The program has all of the source in it; what the tests counted of the same functions is added.
counts=build/coverage/counts
llvm-profdata merge --failure-mode=all -o "$counts" build/cov/counts/*.profraw
llvm-cov show build/cov/caunoi -instr-profile="$counts" --ignore-filename-regex='/build/' --format=html --show-branches=count \
        --output-dir=build/coverage
llvm-cov export build/cov/caunoi -instr-profile="$counts" --ignore-filename-regex='/build/' --skip-expansions > build/coverage/report.json
tests/coverage.py build/coverage/report.json || status=1
exit $status
