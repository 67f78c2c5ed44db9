#!/bin/sh
# usage: soak.sh PROGRAM SANITIZED_PROGRAM FOLDER SECONDS -- new random networks until the time is over.
#
# Every tenth hundred is built with sanitizers. What differs is made small and kept among the cases, which `make check`
# replays.
set -u
plain=$1 sanitized=$2 folder=$3 end=$(($(date +%s) + $4))
cases=$TOP/tests/fuzz/models/cases
seed=$(date +%s)000
status=0 round=0
while left=$((end - $(date +%s))) && [ $left -gt 0 ]; do
    program=$plain count=100 scratch=$folder/plain
    [ $((round % 10)) != 9 ] || { program=$sanitized count=20 scratch=$folder/sanitized; }
    mkdir -p "$scratch"
    "$program" run "$scratch" "$seed" $count $left || status=1
    seed=$((seed + count)) round=$((round + 1))
    for case in "$scratch"/seed-*.lua; do
        [ -e "$case" ] || continue
        "$program" shrink "$scratch" "$case" "$cases/$(basename "$case")"
        rm -f "$case"
    done
done
exit $status
