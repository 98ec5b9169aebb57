#!/bin/sh
# checks_test.sh - the checks of the source find what they are there for. TAP on standard output.
set -u
top=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
number=0 bad=0

report() { # ok|not ok, name
        number=$((number + 1))
        echo "$1 $number - $2"
        [ "$1" = ok ] || bad=1
}

# A small tree in which every check passes.
fresh() {
        rm -rf "$folder/tree"
        mkdir -p "$folder/tree/src/base" "$folder/tree/src/web" "$folder/tree/areas/fair" "$folder/tree/areas/market" \
                "$folder/tree/docs" "$folder/tree/build/gen"
        cd "$folder/tree" || exit 1
        printf 'main\nareas\nweb\nbase\n' > docs/ladder.txt
        printf '/* day.h - days. */\n\n/* The day of a date. */\nint day_of(int year);\nint day_to(int year);\n' > src/base/day.h
        printf '#include "base/day.h"\nbool f(struct error *e) { return error_set(e, 1, "no day %%d", 3); }\n' > src/base/day.c
        printf '/* web.h - pages. */\n' > src/web/web.h
        printf '#include "web/web.h"\n#include "base/day.h"\n' > src/web/web.c
        printf '#include "areas/area.h"\n#include "areas/fair/fair.h"\n#include "web/web.h"\n' > areas/fair/fair.c
        printf '#include "areas/area.h"\n' > main.c
        printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n#, c-format\nmsgid "no day %%d"\nmsgstr "không có ngày %%d"\n' \
                > src/base/vi.po
}

# finds NAME WORDS CHECK…: the check fails and says WORDS.
finds() {
        name=$1 words=$2
        shift 2
        if said=$("$@" 2>&1); then
                report "not ok" "$name"
                echo "# passed"
        else
                case $said in
                *"$words"*) report ok "$name" ;;
                *) report "not ok" "$name"; printf '%s\n' "$said" | sed 's/^/# /' ;;
                esac
        fi
}

passes() {
        name=$1
        shift
        if said=$("$@" 2>&1); then
                report ok "$name"
        else
                report "not ok" "$name"
                printf '%s\n' "$said" | sed 's/^/# /'
        fi
}

fresh
passes a_tree_in_order_passes_the_ladder "$top/tools/check_ladder.sh"
passes a_tree_in_order_passes_the_headers "$top/tools/check_headers.sh"
passes a_tree_in_order_passes_the_texts "$top/tools/check_texts.sh" build/gen
passes a_tree_in_order_passes_the_duplicates "$top/tools/check_duplicates.sh"

printf '#include "web/web.h"\n' >> src/base/day.c
finds a_folder_does_not_include_what_lies_above_it "src/base/day.c:3: base includes web/web.h" "$top/tools/check_ladder.sh"
fresh
printf '#include "areas/market/market.h"\n' >> areas/fair/fair.c
finds an_area_does_not_include_another_area "areas/fair/fair.c:4: areas/fair includes areas/market/market.h" "$top/tools/check_ladder.sh"
fresh
printf '#include "areas/program.h"\n' >> areas/fair/fair.c
passes what_lies_directly_in_areas_is_for_every_area "$top/tools/check_ladder.sh"
fresh
printf '#include "util/util.h"\n' >> src/web/web.c
finds a_folder_without_a_rung_is_found "has no rung" "$top/tools/check_ladder.sh"
fresh
printf '{%%@ page(struct work *w, struct buf *o) %%}\n{%%# include "areas/fair/fair.h" %%}\n' > src/web/page.html
finds templates_keep_to_the_ladder_too "src/web/page.html:2: web includes" "$top/tools/check_ladder.sh"

fresh
printf '\nbool day_is_free(int day);\n' >> src/base/day.h
finds a_function_without_a_comment_is_found "src/base/day.h:7: no comment tells" "$top/tools/check_headers.sh"
fresh
printf 'int x;\n' > src/base/bare.h
finds a_header_without_its_sentence_is_found "src/base/bare.h:1: does not begin with" "$top/tools/check_headers.sh"

fresh
printf 'void g(struct error *e) { error_hint(e, "ask again"); }\n' >> src/base/day.c
finds a_text_without_a_translation_is_found 'msgid "ask again"' "$top/tools/check_texts.sh" build/gen
fresh
printf '\nmsgid "gone"\nmsgstr "đã bỏ"\n' >> src/base/vi.po
finds a_translation_without_a_text_is_found 'msgid "gone"' "$top/tools/check_texts.sh" build/gen
fresh
printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "no day %%d"\nmsgstr "ngày %%d không có"\n' > src/web/vi.po
finds two_translations_of_one_text_are_found "translated in two ways" "$top/tools/check_texts.sh" build/gen
fresh
sed -i 's/không có ngày %d/không có ngày %s/; /c-format/d' src/base/vi.po
finds a_translation_that_does_not_fit_its_format_is_found "format" "$top/tools/check_texts.sh" build/gen

fresh
for i in 1 2 3 4 5 6 7 8 9 10; do echo "        do_something_with(number_$i);"; done | tee -a src/base/day.c >> src/web/web.c
finds a_passage_that_stands_twice_is_found "src/web/web.c:3 repeats src/base/day.c:3" "$top/tools/check_duplicates.sh"

# What is fetched to fetch the rest is what was looked at when its hash was written down.
fresh
mkdir -p tools bin registry/npm/-
cp "$top/tools/npm.sh" tools
for command in dirname sed rm mkdir tar; do ln -s "$(command -v $command)" bin; done
echo "another npm" > "registry/npm/-/$(sed -n 's/^version=\([^ ]*\).*/npm-\1.tgz/p' tools/npm.sh)"
finds npm_of_another_hash_is_refused "Hash Sum mismatch" env PATH="$PWD/bin" npm_config_registry="file:$PWD/registry" /bin/sh tools/npm.sh --version
passes nothing_of_it_is_unpacked test ! -e build/npm/package.json

# What counts the tests must not be fooled either.
cd "$top" || exit 1
program() { printf '#!/bin/sh\n%s\n' "$1" > "$folder/program"; chmod +x "$folder/program"; }
program 'echo 1..2; echo ok 1 - a; echo ok 2 - b'
passes a_program_that_passes_is_counted env -u TALLY tests/run.sh "" "$folder/program"
program 'echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1'
finds a_failing_test_is_counted "1 passed, 1 failed" env -u TALLY tests/run.sh "" "$folder/program"
program 'echo 1..3; echo ok 1 - a; exit 0'
finds a_program_that_stops_early_has_failed "1 passed, 1 failed" env -u TALLY tests/run.sh "" "$folder/program"
program 'echo 1..1; echo ok 1 - a; kill -SEGV $$'
finds a_program_that_crashes_at_the_end_has_failed "1 passed, 1 failed" env -u TALLY tests/run.sh "" "$folder/program"
program 'exit 0'
finds a_program_without_tests_has_failed "0 passed, 1 failed" env -u TALLY tests/run.sh "" "$folder/program"
program 'echo 1..1; echo ok 1 - a; kill -KILL "$(cut -d" " -f4 "/proc/$PPID/stat")"' # the shell that counts it
finds a_program_that_could_not_be_counted_is_a_failure "0 passed, 1 failed" env -u TALLY tests/run.sh "" "$folder/program"

# What the sanitizers find ends a test, with the line.
compiled() { # STATEMENT
        printf '#include <stdio.h>\n#include <stdlib.h>\nint main(int n, char **list)\n{\n        char *volatile p = malloc((size_t)n);\n        (void)list;\n        puts("1..1");\n        fflush(stdout);\n        %s\n        free(p);\n        printf("ok 1 - %%d\\n", n);\n        return 0;\n}\n' \
                "$1" > "$folder/program.c"
        gcc $(make -s MODE=asan list-flags) -o "$folder/program" "$folder/program.c"
}
compiled 'n += 1;'
passes a_program_without_a_fault_passes_the_sanitizers env -u TALLY tests/run.sh "" "$folder/program"
compiled 'n += 0x7fffffff;'
finds an_overflow_is_found_with_its_line "program.c:9" env -u TALLY tests/run.sh "" "$folder/program"
compiled 'n <<= 31 + n;'
finds a_shift_too_far_is_found_with_its_line "program.c:9" env -u TALLY tests/run.sh "" "$folder/program"
compiled 'n += p[n];'
finds a_read_past_the_end_is_found_with_its_line "program.c:9" env -u TALLY tests/run.sh "" "$folder/program"
compiled 'p = NULL;'
finds a_leak_is_found "1 byte(s) leaked" env -u TALLY tests/run.sh "" "$folder/program"

echo "1..$number"
exit $bad
