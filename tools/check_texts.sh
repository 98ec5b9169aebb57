#!/bin/sh
# check_texts.sh GEN - every text in C and templates has a translation that fits, none is left over.
# GEN holds the C made from templates.
set -eu
gen=$1
folder=build/texts
mkdir -p "$folder"
bad=0

find $(ls -d main.c src areas bench "$gen" 2>/dev/null) -name '*.c' | grep -v -e '_test\.c$' -e '_fuzz\.c$' -e /tests/ \
        -e "^$gen/[a-z]*\.c\$" | sort > "$folder/sources"
xgettext --from-code=UTF-8 --language=C --no-wrap --force-po --keyword --keyword=N_:1 --keyword=text:2 \
        --keyword=work_text:2 --keyword=error_set:3 --keyword=error_system:4 --keyword=error_hint:2 --keyword=error_while:2 --keyword=complain:5 --keyword=bad:3 --keyword=odd:3 --keyword=sheet_complain:3 --keyword=yaml_complain:3 \
        --keyword=web_field_error:3 --flag=error_set:3:c-format --flag=error_system:4:c-format --flag=error_hint:2:c-format --flag=error_while:2:c-format \
        --flag=complain:5:c-format --flag=bad:3:c-format --flag=odd:3:c-format --flag=sheet_complain:3:c-format --flag=yaml_complain:3:c-format --flag=web_field_error:3:c-format --flag=work_text:2:pass-c-format \
        --flag=text:2:pass-c-format --files-from="$folder/sources" --output="$folder/texts.pot" \
        2> "$folder/warnings" || { cat "$folder/warnings"; exit 1; }

files=$(ls src/*/vi.po areas/*/vi.po po/*.po main.po 2>/dev/null || true)
for file in $files; do
        msgfmt --check-format -o /dev/null "$file" || bad=1
done
# shellcheck disable=SC2086 # a list of names
msgcat --use-first --no-wrap -o "$folder/vi.po" $files
# shellcheck disable=SC2086
msgcat --no-wrap $files | awk -v RS= '/#-#-#/ && !/\nmsgid ""\nmsgstr/' > "$folder/double"
if [ -s "$folder/double" ]; then
        echo "translated in two ways:"
        grep -v '^#' "$folder/double"
        bad=1
fi
if msgattrib --only-fuzzy --no-wrap "$folder/vi.po" | grep '^msgid "..*"'; then
        echo "marked as fuzzy above: look at it again"
        bad=1
fi
# The flags of the source decide what is a format; msgmerge calls fuzzy what does not fit it.
msgmerge --quiet --no-fuzzy-matching --no-wrap "$folder/vi.po" "$folder/texts.pot" |
        msgattrib --clear-fuzzy --no-wrap -o "$folder/merged.po"
msgfmt --check-format -o /dev/null "$folder/merged.po" || bad=1
msgattrib --untranslated --no-obsolete --no-wrap "$folder/merged.po" > "$folder/missing"
awk -v RS= 'NR > 1' "$folder/missing" | grep -e '^#:' -e '^msgid' -e '^"' > "$folder/names" || true
if [ -s "$folder/names" ]; then
        echo "without a translation:"
        cat "$folder/names"
        bad=1
fi
msgattrib --only-obsolete --no-wrap "$folder/merged.po" > "$folder/left"
if grep -q '^#~ msgid' "$folder/left"; then
        echo "translated, but in no source (a text in a table needs N_):"
        grep '^#~ msgid' "$folder/left"
        bad=1
fi
exit $bad
