#!/bin/sh
# `make demo`: the whole way, from the script to a trained network that reads digits. Each command is shown
# before it runs, as one would type it. Environment: see TEST_ENVIRONMENT in the Makefile.
set -eu
cd "$TOP"
out=$BUILD/demo
mkdir -p "$out"

show() {
    printf '\n$ %s\n' "$(echo "$*" | sed "s|$TOP/||g")"
    "$@"
}

show "$CNNC" summary examples/mnist.lua
show "$CNNC" examples/mnist.lua -o "$out/net.c"
show $CC -O3 -fopenmp ${SANITIZE:+-fsanitize=$SANITIZE} "-I$CNNRT" "$out/net.c" "$CNNRT_LIB" \
    -lz -lpng -ljpeg -lm -o "$out/net"
show "$out/net" train --data examples/data --epochs 10 --save "$out/mnist.safetensors"
show "$out/net" predict --weights "$out/mnist.safetensors" --count 3 examples/data/t10k-images-idx3-ubyte.gz
