#!/bin/sh
# The page of examples/web in headless Chromium: drawn in by mouse, finger and keys, trained to the weights of the native program.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
for tool in clang wasm-ld node chromium; do
    command -v $tool >/dev/null || { echo "# there is no $tool: left out" && exit 0; }
done
[ "$(uname -m)" = x86_64 ] || { echo "# left out: it has the bits of SSE2, which is not here" && exit 0; }

OPTIMISE=-O1 sh "$TOP/examples/web/make.sh" "$SCRATCH" || { echo "not ok the page is built" && exit 1; }
LIBRARIES='-lz -lpng -ljpeg -lm'
[ -z "$SANITIZE" ] || LIBRARIES="$LIBRARIES -fsanitize=$SANITIZE"
for target in sse2:2 generic:1; do
    name=${target%:*}
    mkdir -p "$name"
    "$CNNC" "$TOP/examples/mnist.lua" --target "$name" -o "$name/net.c" &&
        sh "$TOP/tests/cc.sh" gcc -std=c11 -O1 -ffp-contract=off -I"$CNNRT" "$name/net.c" "$CNNRT_LIB" $LIBRARIES -o "$name/net" &&
        "$name/net" train --data "$TOP/examples/data" --seed 1 --epochs "${target#*:}" --save "$name.safetensors" >"$name.said" ||
        { cat "$name.said" && echo "not ok the native program trains" && exit 1; }
    sed -n 's/.*val_accuracy: \([0-9.]*\) .*/\1/p' "$name.said" | tail -n 1 >"$name.accuracy"
done
printf '\002\0\0\0\0\0\0\0{}' >foreign.safetensors
exec node "$TOP/tests/web/test.mjs" "$SCRATCH/index.html" "$SCRATCH"
