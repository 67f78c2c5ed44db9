#!/bin/sh
# Usage: make.sh FOLDER -- `make web`: compiles the lesson's network to WebAssembly and puts it, its weights, the shipped digits and
# the page into one file, FOLDER/index.html. Environment: see TEST_ENVIRONMENT in the Makefile; OPTIMISE: -O3, or less
# for who only tests.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/..
rm -rf "$1/parts" # an object of another version would be linked, too
mkdir -p "$1/parts"
page=$(cd "$1" && pwd)/index.html out=$(cd "$1/parts" && pwd)

compile() { # FOLDER SOURCE FLAG...
    object=$1/$(basename "$2" .c).o source=$2
    shift 2
    ${CCACHE:-} clang --target=wasm32-wasi -std=c11 -D_POSIX_C_SOURCE=200809L ${OPTIMISE:--O3} -ffp-contract=off -DCNN_NO_PROGRAM \
        "-I$CNNRT" "$@" -c -o "$object" "$source"
}

# The network for a target, with what all share: TARGET.wasm.
module() { # TARGET FLAG...
    target=$1 folder=$out/$1
    shift
    mkdir -p "$folder"
    "$CNNC" "$examples/mnist.lua" --target "$target" -o "$folder/net.c"
    for source in "$folder/net.c" "$here/page.c"; do compile "$folder" "$source" "-I$folder" "$@"; done
    clang --target=wasm32-wasi -mexec-model=reactor -Wl,--strip-all,--export=malloc,--export=free -o "$out/$target.wasm" \
        "$folder"/*.o "$out"/*.o
}
for source in $CNNRT_MEMORY; do compile "$out" "$source"; done
module wasm -msimd128
module generic

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
