#!/bin/sh
# run.sh -- tests every prologue and vector function with every compiler that is here.
#
# For each target the two templates beside this script are expanded, compiled by gcc and clang, unoptimised and
# optimised, and run. Programs for targets that round alike (their vfma rounds once, or twice) must print the same
# hash of all results. ARM's run under qemu-aarch64 elsewhere, WebAssembly's
# under Node.js. $BUILD holds libcnnc.a.
set -u
here=$(cd "$(dirname "$0")" && pwd)
BUILD=${BUILD:-build}
SCRATCH=${SCRATCH:-$BUILD/simd}
status=0

result() { # ok|not NAME
    case $1 in
    ok) echo "ok $2" ;;
    *) echo "not ok $2" && status=1 ;;
    esac
}

skip() { # WHAT WHY
    echo "# $1: skipped, $2"
}

# compile_and_run SOURCE COMPILER RUNNER FLAGS...
compile_and_run() {
    source=$1 compiler=$2 runner=$3
    shift 3
    sh "$here/../cc.sh" $compiler "$@" -D_GNU_SOURCE -I"$here" -I"$here/../../compiler" -Wall -Wextra -Wshadow -Werror "$source" -o "$SCRATCH/program" -lm &&
        $runner "$SCRATCH/program"
}

# check TARGET FUSED COMPILER RUNNER FLAGS...
check() {
    target=$1 fused=$2 compiler=$3 runner=$4
    shift 4
    for optimise in "-std=c11 -O0" "-std=gnu11 -O2"; do
        # shellcheck disable=SC2086
        compile_and_run "$SCRATCH/$target-names.c" "$compiler" "$runner" $optimise "$@" &&
            hash=$(compile_and_run "$SCRATCH/$target-functions.c" "$compiler" "$runner" $optimise "$@") &&
            same_hash "$fused" "$hash"
        result $([ $? = 0 ] && echo ok || echo not) "$target: $compiler $optimise $*"
    done
}

# The first hash of its kind is what the others must print.
same_hash() { # FUSED HASH
    [ -f "$SCRATCH/hash-$1" ] || echo "$2" >"$SCRATCH/hash-$1"
    [ "$2" = "$(cat "$SCRATCH/hash-$1")" ] || { echo "other bits than the programs before: $2"; return 1; }
}

# A compiler without the needed flags says which they are, and says no more.
check_refusal() { # TARGET: the file of a network, where it cannot be compiled
    target=$1
    "$CNNC" "$TOP/tests/scripts/lesson.lua" --target "$target" --emit infer -o "$SCRATCH/refused_$target.c"
    gcc -fsyntax-only "$SCRATCH/refused_$target.c" 2>"$SCRATCH/errors"
    [ "$(grep -c 'error:' "$SCRATCH/errors")" = 2 ] && grep -q 'cnnc --target generic' "$SCRATCH/errors"
    result $([ $? = 0 ] && echo ok || echo not) "$target-refusal"
}

runs() { # FLAG...: this processor has them
    for flag; do
        grep -qw "$flag" /proc/cpuinfo 2>/dev/null || return 1
    done
}

mkdir -p "$SCRATCH"
rm -f "$SCRATCH"/hash-*
# shellcheck disable=SC2046
${CC:-cc} -std=c11 ${SANITIZE:+-fsanitize=$SANITIZE} -I"$here/../../compiler" $(pkg-config --cflags lua5.4) \
    "$here/expand.c" "$BUILD/libcnnc.a" $(pkg-config --libs lua5.4) -lm -o "$SCRATCH/expand" || exit 1
for target in avx512:true avx2:true sse2:false neon:true wasm:false generic:false; do
    for file in names functions; do
        "$SCRATCH/expand" "$here/$file.c.in" "target = '${target%:*}', fused = ${target#*:}" \
            >"$SCRATCH/${target%:*}-$file.c" || exit 1
    done
done

for compiler in gcc clang; do
    command -v $compiler >/dev/null || { skip $compiler "it is not installed"; continue; }
    check generic false $compiler "" -ffp-contract=off
    [ "$(uname -m)" = aarch64 ] && check neon true $compiler ""
    [ "$(uname -m)" = x86_64 ] || continue
    check sse2 false $compiler ""
    if runs avx2 fma; then
        check avx2 true $compiler "" -mavx2 -mfma
        check sse2 false $compiler "" -mavx2 -mfma # where it could contract, and must not
    else
        skip "avx2 with $compiler" "this processor has none"
    fi
    if runs avx512f avx512bw avx512dq avx512vl; then
        check avx512 true $compiler "" -mavx512f -mavx512bw -mavx512dq -mavx512vl
    else
        skip "avx512 with $compiler" "this processor has none"
    fi
done
if [ "$(uname -m)" = x86_64 ]; then
    check_refusal neon
    if command -v qemu-aarch64 >/dev/null && command -v aarch64-linux-gnu-gcc >/dev/null; then
        check neon true aarch64-linux-gnu-gcc qemu-aarch64 -static
        command -v clang >/dev/null && check neon true "clang --target=aarch64-linux-gnu" qemu-aarch64 -static
    else
        skip neon "it needs qemu-aarch64 (qemu-user) and aarch64-linux-gnu-gcc"
    fi
fi
check_refusal wasm
if command -v clang >/dev/null && command -v wasm-ld >/dev/null && command -v node >/dev/null; then
    check wasm false "clang --target=wasm32-wasi" "node $here/../wasm.mjs" -msimd128
else
    skip wasm "it needs clang, lld, wasi-libc and nodejs"
fi
exit $status
