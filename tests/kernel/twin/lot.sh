#!/bin/sh
# Usage: lot.sh FOLDER -- after the lot's cases were compiled for sse2 and compared (../lot.sh): WebAssembly, which has vectors as
# long and rounds alike, computes the same bits of them under Node.js.
set -u
folder=$1 wasm=$1/wasm status=0
. "$folder/lot"
mkdir -p "$wasm"
"$program" generate "$wasm" wasm $cases >"$wasm/sources" || status=1
sed -n 's/^extern const struct cnn_model \(.*\);/NETWORK(\1)/p' "$wasm"/*.h >"$wasm/models.h"
flags="-std=c11 -O1 -Wall -Wextra -Werror -ffp-contract=off -I$CNNRT -I$wasm"
web="clang --target=wasm32-wasi -msimd128 $flags"
for source in $(grep -v '^not ok' "$wasm/sources"); do
    ${CCACHE:-} $web -c -o "${source%.c}.o" "$source" || status=1
done
$web -o "$wasm/bits.wasm" tests/kernel/twin/bits.c "$wasm"/*.o -lm || status=1
$compile -I"$wasm" -o "$wasm/bits" tests/kernel/twin/bits.c "$folder"/*.o -lm || status=1
"$wasm/bits" >"$wasm/expected" && node tests/wasm.mjs "$wasm/bits.wasm" >"$wasm/found" || status=1
for name in $(sed "s/ .*//" "$wasm/expected"); do
    short=${name#*_} short=${short%_model}
    if grep "^$name " "$wasm/expected" | grep -qxFf - "$wasm/found"; then
        echo "ok wasm/$short"
    else
        echo "not ok wasm/$short"
        status=1
    fi
done
[ -s "$wasm/expected" ] || status=1
exit $status
