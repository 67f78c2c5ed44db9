#!/bin/sh
# Usage: vectors.sh COMPILER >HEADER -- of vectors.h what templates/simd names, as the compiler, a gcc, has it: for a small
# network its 16,000 lines cost more than all the rest. Other compilers find vectors.h itself in it.
set -eu
HERE=$(dirname "$0")
names=$(mktemp) read=$(mktemp)
trap 'rm -f "$names" "$read"' EXIT
grep -rohE '_+[mM][mM]?[a-zA-Z0-9_]*|_CMP_[A-Z_]+' "$HERE/../templates/simd" | sort -u >"$names"

taken() { # COMPILER FLAG
    "$@" -E -dD -P -x c -include "$HERE/vectors.h" /dev/null >"$read"
    awk -f "$HERE/vectors.awk" "$names" "$read"
}

echo '/* Made by vectors.sh from vectors.h. */'
echo '#if defined __x86_64__ && __GNUC__ == 12 && !defined __clang__'
echo '#define _IMMINTRIN_H_INCLUDED'
echo '#ifdef __OPTIMIZE__' # else some are macros
taken "$@" -O1
echo '#else'
taken "$@" -O0
echo '#endif'
echo '#else'
cat "$HERE/vectors.h"
echo '#endif'
