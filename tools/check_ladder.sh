#!/bin/sh
# check_ladder.sh - a file includes its own folder and rungs further down in docs/ladder.txt, nothing else.
# Headers directly in areas/ are for every area. Tests and what is made at build time are free; main.c stands on top.
set -eu
find $(ls -d main.c src areas bench 2>/dev/null) -name '*.[ch]' -o -name '*.html' | grep -v -e '_test\.c$' -e '_fuzz\.c$' | sort | xargs awk '
BEGIN {
        while ((getline line < "docs/ladder.txt") > 0)
                if (line !~ /^#/ && ++rung)
                        for (i = split(line, names, " "); i > 0; i--)
                                rung_of[names[i]] = rung
}
FNR == 1 {
        split(FILENAME, part, "/")
        mine = part[1] == "src" ? part[2] : part[1] == "areas" ? part[1] "/" part[2] : part[1] == "main.c" ? "main" : part[1]
        own = part[1] == "areas" ? "areas" : mine
}
match($0, /#[ \t]*include[ \t]*"[^"]*"/) {
        file = $0
        gsub(/.*include[ \t]*"|".*/, "", file)
        split(file, part, "/")
        other = part[1]
        if (part[1] == "areas")
                inside = file !~ /\/.*\// || "areas/" part[2] == mine || mine == "main"
        else
                inside = other == mine
        if (inside)
                next
        if (!(own in rung_of) || !(other in rung_of))
                problem = "has no rung in docs/ladder.txt"
        else if (rung_of[other] <= rung_of[own])
                problem = "does not lie below"
        else
                next
        printf "%s:%d: %s includes %s, which %s\n", FILENAME, FNR, mine, file, problem
        bad = 1
}
END { exit bad }'
