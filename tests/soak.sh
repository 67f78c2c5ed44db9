#!/bin/sh
# usage: soak.sh SECONDS -- what `make check` does for a moment, for as long as is wanted: half of the time random
# networks with new seeds, a quarter each the fuzz targets and trainings that are killed. `make soak` sets the
# environment.
set -u
cd "$TOP" || exit 1
status=0
quarter=$(($1 / 4))

soak() { # NAME VARIABLE=VALUE...
    name=$1
    shift
    SCRATCH=$BUILD/tests/scratch/soak/$name
    rm -rf "$SCRATCH"
    mkdir -p "$SCRATCH"
    echo "$name: $*"
    env SCRATCH="$SCRATCH" "$@" sh "tests/$name/run.sh" || status=1
}

soak fuzz/models MODELS_SECONDS=$((2 * quarter))
targets=$(ls tests/fuzz/fuzz_*.c | wc -l)
soak fuzz FUZZ_SECONDS=$((quarter / targets + 1))
soak resume KILLS=$((quarter / 2 + 1)) # a killed training and its end take about two seconds
exit $status
