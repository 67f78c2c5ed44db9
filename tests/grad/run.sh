#!/bin/sh
# Builds and runs the finite-difference tests of every op's derivative.
set -eu
cd "$TOP"
SANITIZERS=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
# With the flags of fuzz/models, in their order: so ccache has the interpreter's objects for both.
sh tests/cc.sh $CC -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -g -O2 $SANITIZERS -Icompiler -Iruntime $(pkg-config --cflags lua5.4) \
    -o "$SCRATCH/test_grad" \
    tests/grad/*.c "$BUILD/libcnnc.a" "$BUILD/libcnnrt.a" $(pkg-config --libs lua5.4) -lz -lpng -ljpeg -lcmocka -lm
"$SCRATCH/test_grad"
