#!/bin/sh
# Compares the C that cnnc writes for some scripts and targets, byte by byte, with what it wrote when somebody last looked
# at it: a change of the compiler shows all that it does to generated code as a diff to be reviewed.
#
#   run.sh           compares
#   run.sh --renew   (make golden) writes the new C into expected/; look at `git diff`, and commit it
#
# Environment: see tests/check.sh.
set -u
cd "$TOP" || exit 1 # file names in generated comments are those given here
expected=tests/golden/expected

# Not every script for every target: enough that each kernel and each prologue is seen.
cases="
lesson          avx512   examples/mnist.lua
lesson          generic  examples/mnist.lua
geometry        avx2     tests/golden/geometry.lua
geometry        generic  tests/golden/geometry.lua
graph           avx2     tests/golden/graph.lua
channels_first  avx512   tests/golden/channels_first.lua
channels_first  generic  tests/golden/channels_first.lua
mlp             avx512   tests/golden/mlp.lua
mlp             sse2     tests/golden/mlp.lua
mlp             neon     tests/golden/mlp.lua
"

each_case() { # FUNCTION FOLDER: calls FUNCTION FILE SCRIPT TARGET
    while read -r name target script; do
        [ -z "$name" ] || "$1" "$2/${name}_$target.c" "$script" "$target" || return 1
    done <<END
$cases
END
}

generate() { # FILE SCRIPT TARGET
    "$CNNC" "$2" --target "$3" --seed 1 -o "$1"
}

compare() { # FILE SCRIPT TARGET
    generate "$@" || echo "not ok $2 for $3: cnnc fails"
    for file in "$1" "${1%.c}.h"; do
        golden=$expected/$(basename "$file")
        if cmp -s "$golden" "$file"; then
            echo "ok $golden"
        else
            echo "not ok $golden: \`make golden\` renews it"
            diff -u "$golden" "$file" | head -n 20
        fi
    done
}

if [ "${1:-}" = --renew ]; then
    rm -rf "$expected"
    mkdir -p "$expected"
    each_case generate "$expected"
    exit
fi
each_case compare "$SCRATCH" >"$SCRATCH/report"
cat "$SCRATCH/report"
# What no case makes any longer would never be looked at again.
for golden in "$expected"/*; do
    [ -e "$SCRATCH/$(basename "$golden")" ] || echo "not ok $golden belongs to no case" | tee -a "$SCRATCH/report"
done
! grep -q '^not ok' "$SCRATCH/report"
