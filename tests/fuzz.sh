#!/bin/sh
# fuzz.sh SECONDS PROGRAM… - run fuzzers for so many seconds each, two at a time; one line each, all of a failing one.
#
# Each begins with the examples in tests/corpus/NAME and with what it found before, in build/corpus/NAME; words that help it
# are in tests/corpus/NAME.dict. An input that fails is kept in build/corpus/NAME-failed. Counts go to the file $TALLY, if set.
set -u
cd "$(dirname "$0")/.."
seconds=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
# In memory: they make nodes by the thousand.
[ -n "${TMPDIR:-}" ] || { [ -w /dev/shm ] && export TMPDIR=/dev/shm; }
export folder seconds

printf '%s\n' "$@" | xargs -P "${TEST_JOBS:-2}" -I{} sh -c '
        name=$(basename {} _fuzz) begun=$(date +%s)
        mkdir -p build/corpus/$name build/corpus/$name-failed
        words=
        [ ! -f tests/corpus/$name.dict ] || words=-dict=tests/corpus/$name.dict
        if {} -max_total_time=$seconds -timeout=30 -rss_limit_mb=3072 -print_final_stats=0 -artifact_prefix=build/corpus/$name-failed/ \
                $words build/corpus/$name tests/corpus/$name > $folder/$name 2>&1; then
                runs=$(sed -n "s/^Done \([0-9]*\) runs.*/\1/p" $folder/$name)
                printf "ok      %-46s %9d runs %4d s\n" ${name}_fuzz "$runs" $(($(date +%s) - begun))
                echo "1 0 $name" >> "${TALLY:-/dev/null}"
        else
                { echo "FAILED  ${name}_fuzz"; grep -av "^#\|^INFO" $folder/$name | head -60 | sed "s/^/        /"; } > $folder/$name.report
                cat $folder/$name.report
                echo "0 1 $name" >> "${TALLY:-/dev/null}"
                exit 1
        fi'
status=$?
if [ "$status" -gt 123 ]; then # 123: some failed, and were counted
        echo "FAILED  not all fuzzers could be run"
        echo "0 1 fuzzers" >> "${TALLY:-/dev/null}"
fi
exit "$status"
