#!/bin/sh
# Runs the fuzz targets one after the other: on the inputs of corpus/ and on those that earlier runs found, then on 100 new
# ones each; or for FUZZ_SECONDS in all (0: without end), but FUZZ_RUNS inputs at most. FUZZ_TARGETS="idx gzip" runs these only.
# What a target died of is kept in $BUILD/fuzz/found, with the command that repeats it; what it learnt, in
# $BUILD/fuzz/corpus.
set -eu
cd "$TOP"
NEW_INPUTS=100
TARGETS=${FUZZ_TARGETS:-$(ls tests/fuzz/fuzz_*.c | sed 's/.*fuzz_\(.*\)\.c/\1/' | grep -v planted)}
mkdir -p "$BUILD/fuzz/found"
[ -z "${FUZZ_SECONDS:-}${FUZZ_RUNS:-}" ] || export FUZZ_CFLAGS='-O1 -g'
MAKEFLAGS= $MAKE -s -j"$(nproc)" BUILD="$BUILD" FUZZ_TARGETS="$TARGETS planted" fuzz-targets

failed=0

# fuzz_planted has a defect for each letter. That nothing else is found means little unless these are.
planted() { # WHAT INPUT TEXT -- the last is what is said of it
    input=$BUILD/fuzz/planted-$2
    printf '%s' "$2" >"$input"
    if "$BUILD/fuzz/fuzz_planted" -runs=2 -artifact_prefix="$input-" "$input" >"$input.log" 2>&1 ||
        ! grep -q "$3" "$input.log"; then
        echo "not ok finds $1"
        cat "$input.log"
        failed=1
    else
        echo "ok finds $1"
    fi
}
planted 'a lost block' l 'detected memory leaks'
planted 'bytes read into what is too short for them' oo 'stack-buffer-overflow'
planted 'a sum too large' u 'signed integer overflow'
planted 'a file left open' f 'deadly signal'

# The names that `cnnc help` knows, and those of their arguments, in the form of a dictionary.
words() {
    for kind in functions layers activations initializers regularizers constraints losses metrics optimizers callbacks schedules ops; do
        "$CNNC" help $kind | sed -n '1d; s/^  \([^ ][^ ]*\).*/\1/p'
    done | sort -u >"$BUILD/fuzz/names"
    sed 's/.*/"&"/' "$BUILD/fuzz/names"
    "$CNNC" help -- $(cat "$BUILD/fuzz/names") | sed -n 's/^  \([a-z][a-z_0-9]*\)\( = .*\|  .*\)$/"\1 = "/p' | sort -u
}
for target in script compile; do
    { cat tests/fuzz/script.dict && words; } >"$BUILD/fuzz/$target.dict"
    [ "$(grep -c . "$BUILD/fuzz/names")" -gt 250 ] && grep -q '^"kernel_size = "$' "$BUILD/fuzz/$target.dict" || {
        echo "not ok the names of scripts are words of $target"
        failed=1
    }
done

for target in $TARGETS; do
    log=$BUILD/fuzz/$target.log
    learnt=$BUILD/fuzz/corpus/$target
    mkdir -p "$learnt"
    set -- -timeout=20 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1
    # Not by the clock: on a busy machine a second ends within the corpus, and nothing new is tried.
    runs=${FUZZ_RUNS:-${FUZZ_SECONDS:+-1}}
    known=$(find "$learnt" "tests/fuzz/corpus/$target" -type f | wc -l)
    set -- "$@" -max_total_time="${FUZZ_SECONDS:-0}" -runs="${runs:-$((known + NEW_INPUTS))}"
    for dictionary in "$BUILD/fuzz/$target.dict" "tests/fuzz/$target.dict"; do
        [ -f "$dictionary" ] && set -- "$@" -dict="$dictionary" && break
    done
    if "$BUILD/fuzz/fuzz_$target" "$@" -artifact_prefix="$BUILD/fuzz/found/$target-" "$learnt" \
        "tests/fuzz/corpus/$target" >"$log" 2>&1; then
        echo "ok $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    else
        echo "not ok $target"
        grep -v '^#' "$log" | tail -n 40
        found=$(sed -n 's/.*Test unit written to //p' "$log")
        echo "To repeat it: ASAN_OPTIONS=malloc_context_size=30 $BUILD/fuzz/fuzz_$target ${found:-tests/fuzz/corpus/$target/*}"
        failed=1
    fi
done
exit $failed
