#!/bin/sh
# Generates the cases of cases.c, compiles them and compares them with the naive interpreter: all for the best target
# that this machine can run, and every sixth one for one of the others in turn; those of SSE2 then compute the same bits as
# WebAssembly (twin/lot.sh). Some once more under sanitizers. With wide vectors
# compiling takes most of the time, so only an eighth of that is optimised; with narrow ones or without it is the running.
#
# CASES="conv_same dropout" and TARGETS="avx2 generic-small" choose cases and targets, without turns.
set -u
cd "$TOP" || exit 1
FLAGS="-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra"
SANITIZERS=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
export OMP_WAIT_POLICY=passive # more threads than cores should not spin
# The interpreter takes and frees its arrays again and again: malloc keeps them, for the kernel would clear each page anew.
export MALLOC_MMAP_THRESHOLD_=1000000000 MALLOC_TRIM_THRESHOLD_=2000000000 MALLOC_TOP_PAD_=67108864
status=0

# With the flags of fuzz/models, in their order: so ccache has the objects that both need.
host() { # OUTPUT FLAGS...
    output=$1
    shift
    sh tests/cc.sh $CC $FLAGS -g "$@" -Icompiler -Iruntime $(pkg-config --cflags lua5.4) -o "$output" tests/kernel/*.c \
        "$BUILD/libcnnc.a" "$BUILD/libcnnrt.a" $(pkg-config --libs lua5.4) -lz -lpng -ljpeg -lm -ldl -lpthread
}

# So many cases are one job (lot.sh) and one library.
LOT=12

lots_as() { # KIND HOST NAME TARGET CASES COMPILER FLAGS... -- what is to be generated, compiled and compared, in lots
    kind=$1 program=$2 name=$3 target=$4 cases=$5
    shift 5
    flags=$("$program" flags "$target")
    case $target in generic* | sse2*) flags="-O1 $flags" ;; esac
    echo "$cases" | tr -s ' ' '\n' | grep . | xargs -n $LOT echo | {
        number=0
        while read -r lot; do
            number=$((number + 1))
            folder=$SCRATCH/$name-$number
            mkdir -p "$folder"
            printf "kind='%s' program='%s' target='%s' cases='%s'\ncompile='%s'\n" "$kind" "$program" "$target" "$lot" \
                "$* $flags $FLAGS -Werror -I$CNNRT -fPIC" >"$folder/lot"
            echo "$folder" >>"$SCRATCH/lots"
        done
    }
}

lots() { # HOST NAME TARGET CASES COMPILER FLAGS...
    lots_as "" "$@" -fopenmp
}

check_lots() {
    sh tests/parallel.sh sh tests/kernel/lot.sh <"$SCRATCH/lots" || status=1
}

turn() { # NUMBER OF -- every OF-th case, from NUMBER on
    "$plain" list | awk -v number="$1" -v of="$2" 'NR % of == number' | tr '\n' ' '
}

for tool in clang wasm-ld node; do
    command -v $tool >/dev/null || { echo "# no WebAssembly, for want of $tool" && export NO_TWIN=1; }
done

plain="$SCRATCH/kernel"
host "$plain" -O2 $SANITIZERS || exit 1

if [ -n "${CASES:-}${TARGETS:-}" ]; then
    for target in ${TARGETS:-$("$plain" targets)}; do
        lots "$plain" "$target" "$target" "${CASES:-$("$plain" list)}" $CC $SANITIZERS
    done
    check_lots
    exit $status
fi

few="lesson residual batch_norm_twice dropout_twice"
best=$("$plain" targets | head -n 1)
lots "$plain" "$best" "$best" "$few $(turn 0 4) $(turn 1 4) $(turn 7 8) $(turn 11 16)" $CC $SANITIZERS
lots "$plain" "$best-singly" "$best-singly" "$few $(turn 2 4)" $CC $SANITIZERS
lots "$plain" "$best-optimised" "$best" "$(turn 3 16)" $CC -O1 $SANITIZERS
others=$("$plain" targets | sed 1d)
number=0
for target in $others; do
    cases=$(turn $number $((8 * $(echo $others | wc -w))))
    # Where a vector has four lanes it has tiles of one filter and a multiple of four vectors of columns, as no other case.
    case $target:$cases in sse2:*conv_audio*) ;; sse2:*) cases="$cases conv_audio" ;; esac
    lots "$plain" "$target" "$target" "$cases" $CC $SANITIZERS
    case $target in avx2 | sse2) lots "$plain" "$target-singly" "$target-singly" "$few" $CC $SANITIZERS ;; esac
    number=$((number + 1))
done

# A part without the runtime, without OpenMP, with and without parameters inside.
lots_as -inference "$plain" inference "$best" "$few $(turn 5 16)" $CC $SANITIZERS
lots_as -embedded "$plain" embedded "$best" "$(turn 7 16)" $CC $SANITIZERS
lots_as -inference "$plain" large "$best" "several large_samples large_sequence large_rows" $CC -O1 $SANITIZERS -fopenmp

# With --optimize size: a sixteenth of the cases with vectors, another without; the random networks compare it too.
lots "$plain" "$best-small" "$best-small" "$few $(turn 0 16)" $CC $SANITIZERS
lots "$plain" generic-small generic-small "$few $(turn 1 16)" $CC $SANITIZERS
lots_as -inference "$plain" inference-small "$best-small" "several $few" $CC $SANITIZERS
lots_as -embedded "$plain" embedded-small generic-small "$(turn 2 16)" $CC $SANITIZERS

# Images that pass row by row: windows of all kinds, what waits for another, what sums up.
lots_as -inference "$plain" rows "$best-rows" "conv_chain conv_dilated_same conv_stride_same conv_stride_past_kernel separable \
    conv_depthwise_pool conv_same_larger_than_input max_pool_same_overlapping max_pool_sparse average_pool_whole residual \
    concat_channels" $CC $SANITIZERS

# What other compilers make of it.
[ -n "$SANITIZERS" ] || lots "$plain" clang "$best" "$few $(turn 1 24)" clang -O1

# Workspaces are allocated to the byte, so this sees a program that takes more. Not optimised: what the C does stays there to
# be seen, and it compiles in half the time; tests/generated and the random networks optimise theirs.
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all"
if [ -z "$SANITIZERS" ] && host "$SCRATCH/kernel-sanitized" -O1 $sanitizers; then
    lots "$SCRATCH/kernel-sanitized" sanitized "$best" "$(turn 3 24)" $CC $sanitizers
    lots "$SCRATCH/kernel-sanitized" sanitized-singly "$best-singly" "$few" $CC $sanitizers
fi

mkdir -p "$SCRATCH/rewrites"
"$plain" rewrites "$SCRATCH/rewrites" generic || status=1
check_lots
if g++ -Wall -Wextra -Werror -fsyntax-only -I"$CNNRT" -x c++ "$SCRATCH/$best"-1/lot1.h; then
    echo "ok header in C++"
else
    echo "not ok header in C++"
    status=1
fi
exit $status
