#!/bin/sh
# Builds the runtime with faults.c between it and the C library, and lets everything fail that can.
set -eu
cd "$TOP"
SANITIZERS=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
WRAPS=$(sed -n 's/^[^ ].*__wrap_\([A-Za-z0-9_]*\)(.*[^;]$/-Wl,--wrap=\1/p' tests/faults/faults.c)
sh tests/cc.sh $CC -std=gnu11 -O1 -g $SANITIZERS -Wall -Wextra -Iruntime -Itests/unit -o "$SCRATCH/faults" tests/faults/*.c \
    tests/unit/rt_support.c tests/unit/rt_arrays.c tests/unit/fake_model.c $WRAPS "$BUILD/libcnnrt.a" -lcmocka -lz -lpng -ljpeg -lm
"$SCRATCH/faults"
