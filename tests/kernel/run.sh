#!/bin/sh
# Generates the cases of cases.c, compiles them and compares them with the naive interpreter: all for the best target
# that this machine can run, and each case for one of the others in turn. Some once more under sanitizers. Compiling
# takes most of the time, so only a quarter of the first is optimised.
#
# CASES="conv_same dropout" and TARGETS="avx2 generic-small" choose cases and targets, without turns.
set -u
if [ "${1:-}" = --compile ]; then # one file, called from below: $COMPILE makes an .so beside it
    # shellcheck disable=SC2086
    exec sh tests/cc.sh $COMPILE -shared -o "${2%.c}.so" "$2" -lm
fi
cd "$TOP" || exit 1
FLAGS="-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra"
SANITIZERS=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
export OMP_WAIT_POLICY=passive # more threads than cores should not spin
# The interpreter takes and frees its arrays again and again: malloc keeps them, for the kernel would clear each page anew.
export MALLOC_MMAP_THRESHOLD_=1000000000 MALLOC_TRIM_THRESHOLD_=2000000000 MALLOC_TOP_PAD_=67108864
status=0

host() { # OUTPUT FLAGS...
    output=$1
    shift
    sh tests/cc.sh $CC $FLAGS -O2 -g "$@" -Icompiler -Iruntime $(pkg-config --cflags lua5.4) -o "$output" tests/kernel/*.c tests/naive/*.c \
        "$BUILD/libcnnc.a" "$BUILD/libcnnrt.a" $(pkg-config --libs lua5.4) -lz -lpng -ljpeg -lm -ldl -lpthread
}

# Reads paths of .c files and makes an .so beside each.
compile() { # COMMAND...
    COMPILE="$* $FLAGS -Werror -I$CNNRT -fPIC"
    export COMPILE
    sh tests/parallel.sh sh tests/kernel/run.sh --compile
}

check_as() { # KIND HOST FOLDER TARGET CASES COMPILER FLAGS... -- generates, compiles, compares
    kind=$1 program=$2 folder=$3 target=$4 cases=$5
    shift 5
    [ -n "$cases" ] || return 0
    mkdir -p "$folder"
    "$program" generate$kind "$folder" "$target" $cases >"$folder/sources" || status=1
    grep '^not ok' "$folder/sources"
    grep -v '^not ok' "$folder/sources" | compile "$@" $("$program" flags "$target") || status=1
    "$program" check${kind:+-inference} "$folder" "$target" $cases || status=1
}

check() { # HOST FOLDER TARGET CASES COMPILER FLAGS...
    check_as "" "$@" -fopenmp
}

turn() { # NUMBER OF -- every OF-th case, from NUMBER on
    "$plain" list | awk -v number="$1" -v of="$2" 'NR % of == number' | tr '\n' ' '
}

plain="$SCRATCH/kernel"
host "$plain" $SANITIZERS || exit 1

if [ -n "${CASES:-}${TARGETS:-}" ]; then
    for target in ${TARGETS:-$("$plain" targets)}; do
        check "$plain" "$SCRATCH/$target" "$target" "${CASES:-$("$plain" list)}" $CC $SANITIZERS
    done
    exit $status
fi

few="lesson residual batch_norm_twice dropout_twice"
mkdir -p "$SCRATCH/rewrites"
"$plain" rewrites "$SCRATCH/rewrites" generic || status=1
best=$("$plain" targets | head -n 1)
check "$plain" "$SCRATCH/$best" "$best" "$few $(turn 0 4) $(turn 1 4) $(turn 2 4)" $CC $SANITIZERS
check "$plain" "$SCRATCH/$best-optimised" "$best" "$(turn 3 4)" $CC -O1 $SANITIZERS
others=$("$plain" targets | sed 1d)
number=0
for target in $others; do
    check "$plain" "$SCRATCH/$target" "$target" "$(turn $number $(echo $others | wc -w))" $CC $SANITIZERS
    number=$((number + 1))
done

# A part without the runtime, without OpenMP, with and without parameters inside.
check_as -inference "$plain" "$SCRATCH/inference" "$best" "$few $(turn 5 12)" $CC $SANITIZERS
check_as -embedded "$plain" "$SCRATCH/embedded" "$best" "$few $(turn 7 12)" $CC $SANITIZERS
check_as -inference "$plain" "$SCRATCH/large" "$best" "several large_samples large_sequence large_rows" $CC -O1 $SANITIZERS -fopenmp

# With --optimize size: a sixth of the cases with vectors, another without; the random networks compare it too.
check "$plain" "$SCRATCH/$best-small" "$best-small" "$few $(turn 0 6)" $CC $SANITIZERS
check "$plain" "$SCRATCH/generic-small" generic-small "$few $(turn 1 6)" $CC $SANITIZERS
check_as -inference "$plain" "$SCRATCH/inference-small" "$best-small" "several $few" $CC $SANITIZERS
check_as -embedded "$plain" "$SCRATCH/embedded-small" generic-small "$few $(turn 2 12)" $CC $SANITIZERS

# What other compilers make of it.
[ -n "$SANITIZERS" ] || check "$plain" "$SCRATCH/clang" "$best" "$few $(turn 1 16)" clang -O1
if g++ -Wall -Wextra -Werror -fsyntax-only -I"$CNNRT" -x c++ "$SCRATCH/$best"/lesson.h; then
    echo "ok header in C++"
else
    echo "not ok header in C++"
    status=1
fi

# Workspaces are allocated to the byte, so this sees a program that takes more. Not optimised: what the C does stays there to
# be seen, and it compiles in half the time; tests/generated and the random networks optimise theirs.
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all"
if [ -z "$SANITIZERS" ] && host "$SCRATCH/kernel-sanitized" $sanitizers; then
    check "$SCRATCH/kernel-sanitized" "$SCRATCH/sanitized" "$best" "$few $(turn 3 12)" $CC $sanitizers
fi
exit $status
