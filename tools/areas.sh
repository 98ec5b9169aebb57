#!/bin/sh
# areas.sh - the list of areas as C: one folder under areas/ is one area.
# A folder without C (its data files say everything) gets its struct here.
set -eu
echo '/* made by tools/areas.sh */'
echo '#include "areas/area.h"'
echo
for folder in areas/*/; do
        name=$(basename "$folder")
        if ls "$folder"*.c >/dev/null 2>&1; then
                echo "extern const struct area ${name}_area;"
        else
                echo "static const struct area ${name}_area = { .name = \"$name\", .title = \"$name\" };"
        fi
done
echo
echo 'const struct area *const areas[] = {'
for folder in areas/*/; do
        echo "        &$(basename "$folder")_area,"
done
echo '        NULL'
echo '};'
