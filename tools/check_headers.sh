#!/bin/sh
# check_headers.sh - every public header begins with a comment that names it, and every function in it stands below a
# comment, alone or in a group without an empty line between.
set -eu
find src areas -name '*.h' ! -name '*_private.h' | sort | xargs awk '
FNR == 1 {
        is_told = depth = in_comment = in_macro = 0
        name = FILENAME
        sub(/.*\//, "", name)
        if (index($0, "/* " name " - ") != 1) {
                printf "%s:1: does not begin with \"/* %s - what it is\"\n", FILENAME, name
                bad = 1
        }
}
{
        line = $0
        continued = in_macro
        in_macro = (line ~ /\\$/) && (line ~ /^#/ || continued)
}
line ~ /^#/ || continued { next }
in_comment { if (line ~ /\*\//) in_comment = 0; next }
line ~ /^[ \t]*\/\*/ { if (depth == 0 && line !~ /^\/\* ----/) is_told = 1; if (line !~ /\*\//) in_comment = 1; next }
line ~ /^[ \t]*$/ { if (depth == 0) is_told = 0; next }
{
        # Comments at the end of a line tell about that line, also when they go on below it.
        told_here = line ~ /\/\*/
        if (told_here && line !~ /\*\//) in_comment = 1
        code = line
        sub(/\/\*.*/, "", code)
        if (depth == 0 && code ~ /^[a-z].*[ *][a-z_0-9]+\(/ && code !~ /^(typedef|return|static)/ && code !~ /^ / &&
            !is_told && !told_here) {
                printf "%s:%d: no comment tells what this does: %s\n", FILENAME, FNR, code
                bad = 1
        }
        opened = gsub(/[{]/, "", code)
        closed = gsub(/[}]/, "", code)
        depth += opened - closed
}
END { exit bad }'
