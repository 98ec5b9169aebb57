#!/bin/sh
# check_duplicates.sh - no passage of ten lines or more stands in two places of the program's C.
# Comments, includes and lines that say little (braces, "break;") do not count.
set -eu
find $(ls -d main.c src areas bench 2>/dev/null) -name '*.[ch]' | grep -v -e '_test\.c$' -e '_fuzz\.c$' | sort | xargs awk -v LINES_LEAST=10 '
FNR == 1 { n = 0 }
{
        line = $0
        gsub(/\/\*.*\*\//, "", line)
        gsub(/[ \t]+/, "", line)
        if (length(line) < 6 || line ~ /^(#|\/?\*|break;|continue;|return|\}else\{)/)
                next
        recent[n % LINES_LEAST] = line
        place[n % LINES_LEAST] = FNR
        if (++n < LINES_LEAST)
                next
        key = ""
        for (i = n - LINES_LEAST; i < n; i++)
                key = key recent[i % LINES_LEAST] "\n"
        here = FILENAME ":" place[n % LINES_LEAST]
        if (key in seen) {
                if (quiet_until[FILENAME] < FNR)
                        printf "%s repeats %s\n", here, seen[key]
                quiet_until[FILENAME] = FNR + LINES_LEAST
                bad = 1
        } else {
                seen[key] = here
        }
}
END { exit bad }'
