#!/bin/sh
# Builds and runs the finite-difference tests of every op's derivative.
set -eu
cd "$TOP"
SANITIZERS=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
sh tests/cc.sh $CC -std=c11 -O2 -g $SANITIZERS -Wall -Wextra -D_POSIX_C_SOURCE=200809L -Icompiler $(pkg-config --cflags lua5.4) -o "$SCRATCH/test_grad" \
    tests/grad/*.c tests/naive/*.c "$BUILD/libcnnc.a" "$BUILD/libcnnrt.a" $(pkg-config --libs lua5.4) -lz -lpng -ljpeg -lcmocka -lm
"$SCRATCH/test_grad"
