#!/bin/sh
# run.sh URL PROGRAM… - run test programs that speak TAP (stories: "ok …" and "FAIL …"), TEST_JOBS at a time (twice as many
# as processors: they wait a lot); those that can use a database also on the PostgreSQL at URL ("": SQLite only). Prints one
# line a program (tests passed, how long it took, processor time of it and of what it started), all of a failing one.
#
# Where MIXED is set a story runs once, its nodes in both databases in turn (tests/story/support.py), unless it says that it wants
# "each database by itself".
#
# CAUNOI_PROGRAM is the program that stories start. Where SHIPPED_PROGRAM is set too, stories start that one on PostgreSQL, unless
# they say that they are "with sanitizers" there; and on SQLite those that say that they start the program "as it is shipped". Test
# programs named in SHIPPED_TESTS run on SQLite as MODE=release makes them, where there is PostgreSQL to run them as they are given;
# those named in SHIPPED_ON_SERVER on PostgreSQL.
#
# Counts are appended to the file $TALLY as "PASSED FAILED NAME"; without it they are printed. A program
# that ends without having run all it announced counts as a failure more, and so does the whole where one could not be counted.
set -u
url=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
tally=${TALLY:-$folder/tally}
[ -n "${TALLY:-}" ] || : > "$tally"

export CMOCKA_MESSAGE_OUTPUT=TAP
# What was given back is kept apart from what is given out for the next 16 MB: enough for faults that happen, and it stays in the caches.
# Of who took memory the ten nearest callers are remembered.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:handle_sigill=1:quarantine_size_mb=16:thread_local_quarantine_size_kb=64:malloc_context_size=10${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export folder tally

cat > "$folder/one" <<'ONE'
#!/bin/sh
# one NAME STORE PROGRAM: run and count one program.
set -u
out=$folder/$(printf '%s' "$1" | tr '/ ()' '____')
start=$(date +%s%N)
if [ -n "${SHIPPED_PROGRAM:-}" ]; then
        if grep -q 'as it is shipped' "$3" || { [ "${2#postgresql}" != "$2" ] && ! grep -q 'with sanitizers' "$3"; }; then
                export CAUNOI_PROGRAM=$SHIPPED_PROGRAM
        fi
fi
CAUNOI_TEST_STORE=$2 timeout -k 10 "${TEST_SECONDS:-900}" "$3" > "$out" 2>&1 < /dev/null
status=$?
times > "$out.times"
took=$((($(date +%s%N) - start) / 1000000))
worked=$(awk 'NR == 2 { split($1, u, "[ms]"); split($2, k, "[ms]"); print 1000 * (60 * (u[1] + k[1]) + u[2] + k[2]) }' "$out.times")
passed=$(grep -c '^ok' "$out")
failed=$(grep '^not ok\|^FAIL ' "$out" | grep -vc '# SKIP')
skipped=$(grep -c '^not ok.*# SKIP\|^ok.*# SKIP' "$out")
passed=$((passed - $(grep -c '^ok.*# SKIP' "$out")))
planned=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$out" | awk '{ n += $1 } END { print n + 0 }')
if [ "$failed" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((passed + skipped)) -lt "$planned" ] ||
        [ $((passed + skipped)) -eq 0 ]; }; then
        failed=1
fi
if [ "$failed" -gt 0 ]; then
        { printf 'FAILED  %s: %d passed, %d failed, exit status %d\n' "$1" "$passed" "$failed" "$status"
          # what failed, then how it ended: a sanitizer's report may be long
          sed 's/^/        /' "$out" | grep -v '^        ok ' |
                awk '{ line[NR] = $0 } NR <= 60 { print } END { for (i = NR - 39 > 61 ? NR - 39 : 61; i <= NR; i++) print line[i] }'
        } > "$out.report"
        cat "$out.report"
else
        note=$(sed -n 's/^# told: \(.*\)/  \1/p' "$out" | tr -d '\n')
        [ "$skipped" -eq 0 ] || note="$note  ($skipped not for this store)"
        printf 'ok      %-46s %4d  %6d ms %6.0f ms%s\n' "$1" "$passed" "$took" "$worked" "$note"
fi
echo "$passed $failed $1" >> "$tally"
ONE
chmod +x "$folder/one"

for program; do
        name=$(printf '%s' "$program" | sed 's|^build/[^/]*/||')
        uses=
        [ -z "$url" ] || uses=$(grep -q CAUNOI_TEST_STORE "$program" 2>/dev/null && echo database)
        case $name in *_story.py) grep -q 'each database by itself' "$program" || uses=$uses${MIXED:+ mixed} ;; esac
        if [ "$uses" = "database mixed" ]; then
                printf '%s\0%s\0%s\0' "$name" "mixed $url" "$program"
                continue
        fi
        on_sqlite=$program
        case " ${url:+${SHIPPED_TESTS:-}} " in *" $name "*) on_sqlite=build/release/$name ;; esac
        on_server=$program
        case " ${SHIPPED_ON_SERVER:-} " in *" $name "*) on_server=build/release/$name ;; esac
        printf '%s\0%s\0%s\0' "$name" sqlite "$on_sqlite"
        [ "${uses%% *}" != database ] || printf '%s\0%s\0%s\0' "$name (postgresql)" "$url" "$on_server"
done > "$folder/all"
if ! xargs -0 -r -n 3 -P "${TEST_JOBS:-$(($(nproc) * 2))}" "$folder/one" < "$folder/all"; then
        echo "FAILED  not all could be run and counted"
        echo "0 1 not all could be run and counted" >> "$tally"
fi

if [ -z "${TALLY:-}" ]; then
        awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "$tally"
fi
