#!/bin/sh
# shipped.sh FILE… - the data files as C. The bytes go in by .incbin, which a compiler never parses;
# paths are those of the catalogue, without "data/".
set -eu
say() { printf '%s\n' "$1"; }
say '/* made by tools/shipped.sh */'
say '#include "catalogue/catalogue.h"'
say ""
say '__asm__(".section .rodata\n");'
number=0
for file; do
        say "__asm__(\".hidden shipped_$number\\n.global shipped_$number\\nshipped_$number: .incbin \\\"$file\\\"\\n.byte 0\\n\");"
        say "extern const char shipped_$number[];"
        number=$((number + 1))
done
say '__asm__(".text\n");'
say ""
say 'extern const struct source shipped_files[];'
say 'extern const size_t shipped_count;'
say ""
say 'const struct source shipped_files[] = {'
number=0
for file; do
        say "        { \"${file#data/}\", shipped_$number, $(stat -c %s "$file") },"
        number=$((number + 1))
done
say '        { NULL, NULL, 0 }'
say '};'
say "const size_t shipped_count = $number;"
