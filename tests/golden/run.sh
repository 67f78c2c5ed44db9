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

# What, for which target, from which script: not every combination, but enough that each kernel, each prologue and each
# way to tile is seen. A `schedule` shows which kernel computes a node, with which tile.
cases="
code      lesson          avx512   examples/mnist.lua
code      lesson          generic  examples/mnist.lua
code      geometry        avx2     tests/golden/geometry.lua
code      geometry        generic  tests/golden/geometry.lua
code      graph           avx2     tests/golden/graph.lua
code      channels_first  avx512   tests/golden/channels_first.lua
code      channels_first  generic  tests/golden/channels_first.lua
code      mlp             fat      tests/golden/mlp.lua
code      mlp             sse2     tests/golden/mlp.lua
code      mlp             neon     tests/golden/mlp.lua
code      lesson_small    generic  examples/mnist.lua --optimize size --emit infer
code      channels_small  avx2     tests/golden/channels_first.lua --optimize size
code      winograd        avx2     tests/golden/winograd.lua --emit infer
schedule  lesson          avx512   examples/mnist.lua
schedule  lesson          avx2     examples/mnist.lua
schedule  lesson          generic  examples/mnist.lua
schedule  geometry        avx512   tests/golden/geometry.lua
schedule  geometry        sse2     tests/golden/geometry.lua
schedule  geometry        neon     tests/golden/geometry.lua
schedule  graph           avx512   tests/golden/graph.lua
schedule  graph           avx2     tests/golden/graph.lua
schedule  channels_first  avx512   tests/golden/channels_first.lua
schedule  channels_first  neon     tests/golden/channels_first.lua
schedule  mlp             avx512   tests/golden/mlp.lua
schedule  mlp             avx2     tests/golden/mlp.lua
schedule  winograd        avx512   tests/golden/winograd.lua
schedule  winograd        neon     tests/golden/winograd.lua
"

each_case() { # FUNCTION FOLDER: calls FUNCTION KIND FOLDER/NAME_TARGET SCRIPT TARGET OPTION...
    while read -r kind name target script options; do
        [ -z "$kind" ] || "$1" "$kind" "$2/${name}_$target" "$script" "$target" $options || return 1
    done <<END
$cases
END
}

generate() { # KIND PATH SCRIPT TARGET OPTION...
    kind=$1 path=$2 script=$3 target=$4
    shift 4
    case $kind in
        code) "$CNNC" "$script" --target "$target" --seed 1 "$@" -o "$path.c" ;;
        schedule) "$CNNC" "$script" --target "$target" "$@" --dump schedule >"$path.schedule" ;;
    esac
}

compare() { # KIND PATH SCRIPT TARGET OPTION...
    generate "$@" || echo "not ok $1 of $3 for $4: cnnc fails"
    case $1 in
        code) files="$2.c $2.h" ;;
        schedule) files="$2.schedule" ;;
    esac
    for file in $files; do
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
