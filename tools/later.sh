#!/bin/sh
# later.sh ARCHIVE LIBRARY[,LIBRARY…]… - C for libraries that are loaded when something first needs them (src/base/library.h): for
# each of their functions that the archive calls, one of the same name that jumps to where it was found. With a library stand
# those it brings along whose functions are called too.
set -eu
archive=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
say() { printf '%s\n' "$1"; }

nm -u "$archive" | awk '$1 == "U" { print $2 }' | LC_ALL=C sort -u > "$folder/called"
for group; do
        for name in $(say "$group" | tr , ' '); do
                nm -D --defined-only "$(${CC:-cc} -print-file-name="lib$name.so")" | awk '$2 ~ /[TWi]/ { sub(/@.*/, "", $3); print $3 }'
        done | LC_ALL=C sort -u | LC_ALL=C comm -12 - "$folder/called" > "$folder/$group"
done
for group; do sed "s/^/$group /" "$folder/$group"; done > "$folder/all"

cat <<'C'
/* made by tools/later.sh */
#include <stddef.h>

#include "base/library.h"

extern void *later_places[];
extern struct library libraries_later[];

#if defined(__x86_64__)
#define JUMP(number) "jmp *later_places + 8 * " #number "(%rip)\n"
#elif defined(__aarch64__)
#define JUMP(number) \
        "adrp x16, later_places + 8 * " #number "\nldr x16, [x16, :lo12:later_places + 8 * " #number "]\nbr x16\n"
#endif
#define CALL(name, number) \
        __asm__(".text\n.balign 16\n.hidden " name "\n.globl " name "\n.type " name ", %function\n" \
                name ":\n" JUMP(number) ".size " name ", . - " name "\n")

__asm__(".hidden later_places\n");
C
awk '{ printf "CALL(\"%s\", %d);\n", $2, NR - 1 }' "$folder/all"
say ''
say "void *later_places[$(wc -l < "$folder/all")];"
number=0
for group; do
        number=$((number + 1))
        say "static const char *const calls_$number[] = {"
        awk '{ printf "        \"%s\",\n", $1 }' "$folder/$group"
        say '        NULL'
        say '};'
done
say ''
say 'struct library libraries_later[] = {'
number=0 first=0
for group; do
        number=$((number + 1)) name=${group%%,*}
        file=$(readelf -d "$(${CC:-cc} -print-file-name="lib$name.so")" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
        say "        { .name = \"$name\", .file = \"$file\", .calls = calls_$number, .places = later_places + $first },"
        first=$((first + $(wc -l < "$folder/$group")))
done
say '        { .name = NULL }'
say '};'
