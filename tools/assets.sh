#!/bin/sh
# assets.sh FOLDER - style sheets, scripts, pictures and fonts as C (see src/web/asset.h).
# Every file gets a name with a hash of its bytes, and gzip and brotli forms beside it in FOLDER; the
# program takes them in by .incbin. "asset:NAME" inside a style sheet becomes the hashed name of NAME,
# so files without references come first.
set -eu
folder=$1
fonts=node_modules/@fontsource-variable/source-sans-3/files
mkdir -p "$folder"
rm -f "$folder"/*

hashed() { # NAME FILE: the name with the hash
        printf '%s.%s.%s' "${1%.*}" "$(sha256sum < "$2" | cut -c1-10)" "${1##*.}"
}

# Comments, indents and line ends go; strings hold none of these in our sheets.
minify() {
        tr '\n' ' ' | sed -e 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g' -e 's/  */ /g' -e 's/ *\([{};,]\) */\1/g' -e 's/: /:/g' \
                -e 's/;}/}/g'
}

: > "$folder/list"
add() { # NAME FILE
        address=$(hashed "$1" "$2")
        cp "$2" "$folder/$address"
        case $1 in
        *.woff2) type=font/woff2 ;;
        *.css) type='text/css; charset=utf-8' ;;
        *.js | *.mjs) type='text/javascript; charset=utf-8' ;;
        *.svg) type='image/svg+xml' ;;
        *.png) type=image/png ;;
        *.ico) type=image/x-icon ;;
        *.webmanifest) type=application/manifest+json ;;
        *.txt) type='text/plain; charset=utf-8' ;;
        *) echo "assets.sh: what type has $1?" >&2; exit 1 ;;
        esac
        case $1 in
        *.woff2 | *.png) ;; # compressed already
        *)
                gzip -9nc "$2" > "$folder/$address.gz"
                brotli -q 11 -c "$2" > "$folder/$address.br"
                ;;
        esac
        printf '%s\t%s\t%s\n' "$1" "$address" "$type" >> "$folder/list"
}

for subset in latin vietnamese; do
        add "source-sans-3-$subset.woff2" "$fonts/source-sans-3-$subset-wght-normal.woff2"
done
for file in assets/*; do
        case $file in *.css) ;; *) add "${file#assets/}" "$file" ;; esac
done
sed 's/\t/ /g' "$folder/list" | while read -r name address rest; do
        echo "s|asset:$name|$address|g"
done > "$folder/names.sed"
for file in assets/*.css; do
        minify < "$file" | sed -f "$folder/names.sed" > "$folder/sheet"
        if grep -o 'asset:[A-Za-z0-9._-]*' "$folder/sheet" >&2; then
                echo "assets.sh: $file names an asset that is not there" >&2
                exit 1
        fi
        add "${file#assets/}" "$folder/sheet"
done
rm "$folder/sheet" "$folder/names.sed"

say() { printf '%s\n' "$1"; }
embed() { # SYMBOL FILE
        say "__asm__(\".hidden $1\\n.global $1\\n$1: .incbin \\\"$2\\\"\\n.byte 0\\n\");"
        say "extern const char $1[];"
}
bytes() { # SYMBOL FILE: the initialiser
        if [ -f "$2" ]; then printf '{ %s, %s }' "$1" "$(stat -c %s "$2")"; else printf '{ NULL, 0 }'; fi
}

say '/* made by tools/assets.sh */'
say '#include "web/asset.h"'
say ''
say '__asm__(".section .rodata\n");'
number=0
tab=$(printf '\t')
while IFS=$tab read -r name address type; do
        number=$((number + 1))
        embed "asset_$number" "$folder/$address"
        [ ! -f "$folder/$address.gz" ] || embed "asset_${number}_gz" "$folder/$address.gz"
        [ ! -f "$folder/$address.br" ] || embed "asset_${number}_br" "$folder/$address.br"
done < "$folder/list"
say '__asm__(".text\n");'
say ''
say 'const struct asset asset_list[] = {'
number=0
while IFS=$tab read -r name address type; do
        number=$((number + 1))
        say "        { \"$name\", \"/assets/$address\", \"$type\","
        say "          $(bytes "asset_$number" "$folder/$address"), $(bytes "asset_${number}_gz" "$folder/$address.gz"), $(bytes "asset_${number}_br" "$folder/$address.br") },"
done < "$folder/list"
say '        { NULL, NULL, NULL, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } }'
say '};'
