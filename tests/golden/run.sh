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
# way to tile is seen. `code` is kept whole, once for each target; of other files the functions named are kept that show
# something else. Of all of them the checksums are kept, so that no change of a byte goes unseen. A `schedule` shows which
# kernel computes a node, with which tile.
cases="
code      lesson          generic  examples/mnist.lua
code      lesson_small    generic  examples/mnist.lua --optimize size --emit infer
code      mlp             sse2     tests/golden/mlp.lua
code      mlp             neon     tests/golden/mlp.lua
code      mlp             wasm     tests/golden/mlp.lua
code      channels_first  avx2     tests/golden/channels_first.lua
code      channels_first  avx512   tests/golden/channels_first.lua
kernels   lesson          avx512   examples/mnist.lua
kernels   geometry        avx2     tests/golden/geometry.lua
kernels   geometry        generic  tests/golden/geometry.lua
kernels   graph           avx2     tests/golden/graph.lua
kernels   channels_first  generic  tests/golden/channels_first.lua
kernels   channels_small  avx2     tests/golden/channels_first.lua --optimize size
kernels   mlp             fat      tests/golden/mlp.lua
kernels   winograd        avx2     tests/golden/winograd.lua --emit infer
kernels   augmented       avx2     tests/golden/augmented.lua
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

# What is kept of the others: which functions.
functions="
lesson_avx512 conv2d_one conv2d_block dense_softmax_block conv2d_1_grad_kernel conv2d_1_grad_input
geometry_avx2 conv2d_1_block max_pooling2d_block average_pooling2d_grad conv2d_grad_kernel
geometry_generic conv2d_one conv2d_1_one conv2d_1_grad_input dense_grad_input
graph_avx2 batch_normalization_train batch_normalization_batch_variance_train batch_normalization_grad
graph_avx2 concatenate_slice dropout_train dense_grad_input train_phase_1 train_step update
channels_first_generic conv2d_one conv2d_conv2d_one
channels_small_avx2 conv2d_one conv2d_conv2d_one dense_one
mlp_fat best mlp_fat_prepare mlp_fat_predict mlp_fat_predict_many
augmented_avx2 flip_image rotate_image warp_image warp_image_2 warp_image_3 zoom_image crop_image contrast_image
augmented_avx2 load_input_192_2 random_zoom_train augment_random augment_turn
winograd_avx2 conv2d_1_winograd_kernel conv2d_6_one conv2d_7_one
"

each_case() { # FUNCTION FOLDER: calls FUNCTION KIND FOLDER/NAME_TARGET SCRIPT TARGET OPTION...
    while read -r kind name target script options; do
        [ -z "$kind" ] || "$1" "$kind" "$2/${name}_$target" "$script" "$target" $options || return 1
    done <<END
$cases
END
}

# Leaves what is to be kept in FOLDER/kept, the whole files outside.
generate() { # KIND PATH SCRIPT TARGET OPTION...
    kind=$1 path=$2 script=$3 target=$4
    shift 4
    kept=$(dirname "$path")/kept/$(basename "$path")
    if [ "$kind" = schedule ]; then
        "$CNNC" "$script" --target "$target" "$@" --dump schedule >"$kept.schedule"
        return
    fi
    "$CNNC" "$script" --target "$target" --seed 1 "$@" -o "$path.c" || return 1
    (cd "$(dirname "$path")" && cksum "$(basename "$path").c" "$(basename "$path").h") >>"$(dirname "$kept")/checksums"
    if [ "$kind" = code ]; then
        cp "$path.c" "$path.h" "$(dirname "$kept")"
    else
        names=$(echo "$functions" | sed -n "s/^$(basename "$path") //p" | tr '\n' ' ')
        awk -v names="$names" -f tests/golden/functions.awk "$path.c" >"$kept.kernels.c"
        ! grep '^no function' "$kept.kernels.c"
    fi
}

check_generate() {
    generate "$@" || echo "not ok $1 of $3 for $4"
}

compare() { # NAME: what is kept of it
    if cmp -s "$expected/$1" "$SCRATCH/kept/$1"; then
        echo "ok $expected/$1"
    else
        echo "not ok $expected/$1: \`make golden\` renews it"
        diff -u -N "$expected/$1" "$SCRATCH/kept/$1" | head -n 20
    fi
}

mkdir -p "$SCRATCH/kept"
: >"$SCRATCH/kept/checksums"
if [ "${1:-}" = --renew ]; then
    each_case generate "$SCRATCH" && rm -rf "$expected" && cp -r "$SCRATCH/kept" "$expected"
    exit
fi
each_case check_generate "$SCRATCH" >"$SCRATCH/report"
# What no case makes any longer would never be looked at again: it is compared with nothing.
for file in $({ ls "$SCRATCH/kept" && ls "$expected"; } | sort -u); do
    compare "$file"
done >>"$SCRATCH/report"
cat "$SCRATCH/report"
! grep -q '^not ok' "$SCRATCH/report"
