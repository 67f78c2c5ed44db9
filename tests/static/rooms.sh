#!/bin/sh
# Usage: rooms.sh [RULES] -- does each folder use those only that it may, and is there no circle among files? RULES: rooms.txt.
#
# A file uses another whose header it includes, whose symbol its object file asks for, or, a Lua file, which it loads.
set -u
cd "$TOP" || exit 1
here=tests/static
sources=$(find compiler runtime -name '*.[ch]' ! -name embed.c | sort)

includes() { # "FROM TO #include": a path is found beside the file, or from compiler/ or runtime/ on
    grep -H '^#include "' $sources | sed 's/:#include "\([^"]*\)".*/ \1/' | while read -r from to; do
        for folder in "${from%/*}" compiler runtime; do
            [ -e "$folder/$to" ] || continue
            echo "$from $folder/$to" | awk '{ while (sub(/[^\/]*[^\/.]\/\.\.\//, "", $2)); print $1, $2, "#include" }'
            break
        done
    done
}

symbols() { # "FROM TO SYMBOL", from object files' undefined and defined ones
    (cd "$BUILD" && nm -A -P $(echo "$sources" | sed -n 's/\.c$/.o/p')) | sed 's/^\([^:]*\)\.o: /\1.c /' >"$SCRATCH/symbols"
    awk '$3 == "U" { next } $3 ~ /[A-Z]/ { owner[$2] = $1 }
        END { while ((getline line <FILENAME) > 0) {
            split(line, f, " ")
            if (f[3] == "U" && f[2] in owner) print f[1], owner[f[2]], f[2]
        } }' "$SCRATCH/symbols"
}

# "FROM TO lua": C that names one of the compiler's Lua files.
loads() {
    grep -o -H '"[a-z_]*/[a-z_]*\.lua"' $sources | sed 's/^\([^:]*\):"\(.*\)"$/\1 compiler\/\2/' | while read -r from to; do
        [ ! -e "$to" ] || echo "$from $to its_name"
    done
}

{ includes && symbols && loads; } | sort -u >"$SCRATCH/uses"
[ "$(grep -c '_' "$SCRATCH/uses")" -gt 100 ] || echo "not ok nm shows what files use"

# A header that another's guard hides is missed only by those who include both.
grep -h '^#ifndef [A-Z_]*_H$' $(find compiler runtime tests -name '*.h' ! -path 'tests/golden/*') | sort | uniq -d |
    sed 's/#ifndef \(.*\)/not ok two headers have the guard \1/'
awk -f $here/rooms.awk "${1:-$here/rooms.txt}" "$SCRATCH/uses"
