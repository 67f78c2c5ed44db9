#!/bin/sh
# Usage: lot.sh FOLDER -- generates, compiles and compares the cases that FOLDER/lot names. run.sh calls it, as a job of
# make's. Each C file is compiled for itself, so that ccache knows it again, and all become one library.
set -u
folder=$1 status=0
. "$folder/lot"
"$program" generate$kind "$folder" "$target" $cases >"$folder/sources" || status=1
vectors= # see cc.sh
[ -z "${VECTORS:-}" ] || ! grep -q '^#include <immintrin.h>' "$folder"/*.c || vectors="-include $VECTORS"
for source in $(grep -v '^not ok' "$folder/sources"); do
    ${CCACHE:-} $compile $vectors -MD -MF "$source.d" -c -o "${source%.c}.o" "$source" || status=1
done
$compile -shared -o "$folder/cases.so" "$folder"/*.o -lm || status=1
grep '^not ok' "$folder/sources"
"$program" check$kind "$folder" "$target" $cases || status=1
case $target$kind in sse2) [ -n "${NO_TWIN:-}" ] || sh tests/kernel/twin/lot.sh "$folder" || status=1 ;; esac
exit $status
