#!/bin/sh
# Runs the fuzz targets one after the other: on the inputs of corpus/ and on those that earlier runs found, then for
# FUZZ_SECONDS each on new ones. FUZZ_TARGETS="idx gzip" runs these only. What a target died of is kept in
# $BUILD/fuzz/found, with the command that repeats it; what it learnt, in $BUILD/fuzz/corpus.
set -eu
cd "$TOP"
SECONDS_EACH=${FUZZ_SECONDS:-1}
TARGETS=${FUZZ_TARGETS:-$(ls tests/fuzz/fuzz_*.c | sed 's/.*fuzz_\(.*\)\.c/\1/')}
mkdir -p "$BUILD/fuzz/found"
MAKEFLAGS= $MAKE -s -j"$(nproc)" BUILD="$BUILD" FUZZ_TARGETS="$TARGETS" fuzz-targets

failed=0
for target in $TARGETS; do
    log=$BUILD/fuzz/$target.log
    learnt=$BUILD/fuzz/corpus/$target
    mkdir -p "$learnt"
    set -- -max_total_time="$SECONDS_EACH" -timeout=20 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1
    [ ! -f "tests/fuzz/$target.dict" ] || set -- "$@" -dict="tests/fuzz/$target.dict"
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
