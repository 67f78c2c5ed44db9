#!/bin/sh
# Usage: make.sh FOLDER -- `make web`: compiles the lesson's network to WebAssembly and puts it, its weights, the shipped digits and
# the page into one file, FOLDER/index.html. Environment: see TEST_ENVIRONMENT in the Makefile; OPTIMISE: -O3, or less
# for who only tests.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/..
mkdir -p "$1/parts"
page=$(cd "$1" && pwd)/index.html out=$(cd "$1/parts" && pwd)
cp "$examples/mnist.lua" "$here/layers.lua" "$out"

# module TARGET FLAG... -> TARGET.wasm
module() {
    target=$1
    shift
    "$CNNC" "$out/mnist.lua" --target "$target" -o "$out/net.c"
    "$CNNC" "$out/layers.lua" --target "$target" --emit infer -o "$out/layers.c" 2>"$out/said" || # that it is not trained
        { cat "$out/said" >&2 && exit 1; }
    for source in "$out/net.c" "$out/layers.c" "$here/page.c" $CNNRT_MEMORY; do
        ${CCACHE:-} clang --target=wasm32-wasi -std=c11 -D_POSIX_C_SOURCE=200809L "$@" -ffp-contract=off -DCNN_NO_PROGRAM \
            "-I$CNNRT" "-I$out" -c -o "$out/$(basename "$source" .c).o" "$source"
    done
    clang --target=wasm32-wasi -mexec-model=reactor -Wl,--strip-all,--export=malloc,--export=free -o "$out/$target.wasm" "$out"/*.o
}
module wasm ${OPTIMISE:--O3} -msimd128
module generic ${OPTIMISE:--O3}

# A line @NAME of the page is what stands in its file.
base64_of() { # ID FILE
    printf '<script type="application/octet-stream" id="%s">' "$1"
    base64 -w 0 "$2"
    echo '</script>'
}
{
    base64_of wasm "$out/wasm.wasm"
    base64_of generic "$out/generic.wasm"
    base64_of weights "$examples/mnist.safetensors"
    for set in train t10k; do
        base64_of $set-images "$examples/data/$set-images-idx3-ubyte.gz"
        base64_of $set-labels "$examples/data/$set-labels-idx1-ubyte.gz"
    done
} >"$out/data.html"
awk -v here="$here" -v out="$out" '/^@/ { file = ($1 == "@data.html" ? out : here) "/" substr($1, 2)
    while ((getline line <file) > 0) print line
    next } { print }' "$here/page.html" >"$page.new"
mv "$page.new" "$page"
