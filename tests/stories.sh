#!/bin/sh
# stories.sh [STORY…] - every story with all its nodes on SQLite and again with all of them on PostgreSQL, the program with sanitizers
# everywhere. ./check runs each once, its nodes in both databases in turn, the program as it is shipped on PostgreSQL.
set -eu
cd "$(dirname "$0")/.."
database=$(mktemp -d "${TMPDIR:-/tmp}/caunoi-pg-XXXXXX")
trap 'tests/postgres.sh stop "$database" > /dev/null 2>&1; rm -rf "$database"' EXIT
trap 'exit 130' INT TERM
url=$(tests/postgres.sh start "$database")
[ $# -gt 0 ] || set -- $(ls -S tests/story/*_story.py)
CAUNOI_PROGRAM=$PWD/build/asan/caunoi tests/run.sh "$url" "$@"
