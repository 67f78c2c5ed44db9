#!/bin/sh
# run.sh -- tests every prologue and vector function with every compiler that is here.
#
# For each target: expands check.c.in, compiles it with gcc and clang, unoptimised and optimised, and runs it. All
# programs of targets that round alike (with FMA, without) must print the same hash. $BUILD holds libcnnc.a.
set -u
BUILD=${BUILD:-build}
here=$(dirname "$0")
work=$BUILD/simd
expand=$work/expand
warnings="-Wall -Wextra -Wshadow -Werror"
failed=0
mkdir -p "$work"

${CC:-cc} -std=c11 -O1 -I"$here/../../compiler" $(pkg-config --cflags lua5.4) "$here/expand.c" "$BUILD/libcnnc.a" \
    $(pkg-config --libs lua5.4) -lm -o "$expand" || exit 1

# same_hash FUSED HASH PROGRAM: the first hash of a kind is what the others must give.
same_hash() {
    kept=$work/hash-$1
    [ -f "$kept" ] || echo "$2" >"$kept"
    [ "$2" = "$(cat "$kept")" ] && return
    echo "$3: other bits than the programs before it: $2, not $(cat "$kept")"
    failed=1
}

# check TARGET FUSED COMPILER FLAGS [RUNNER]
check() {
    target=$1 fused=$2 compiler=$3 flags=$4 runner=${5:-}
    if ! command -v "${compiler%% *}" >/dev/null || ! command -v "${runner:-true}" >/dev/null; then
        echo "$target: skipped with $compiler${runner:+ and $runner}, which is not installed"
        return
    fi
    source=$work/$target.c
    "$expand" "$here/check.c.in" "target = '$target', fused = $fused" >"$source" || { failed=1; return; }
    for standard in "c11 -O0" "gnu11 -O3"; do
        program=$work/$target-$(echo "$compiler-$standard" | tr -d ' /')
        # shellcheck disable=SC2086
        if $compiler -D_GNU_SOURCE -std=$standard $warnings $flags "$source" -o "$program" -lm &&
            hash=$($runner "$program"); then
            same_hash "$fused" "$hash" "$program"
        else
            echo "$program: failed"
            failed=1
        fi
    done
}

runs() { # can this processor run it?
    for flag in "$@"; do
        grep -qw "$flag" /proc/cpuinfo 2>/dev/null || return 1
    done
}

rm -f "$work"/hash-*
for compiler in gcc clang; do
    case $(uname -m) in
    x86_64)
        if runs avx512f avx512bw avx512dq avx512vl; then
            check avx512 true $compiler "-mavx512f -mavx512bw -mavx512dq -mavx512vl"
        else
            echo "avx512: skipped, this processor has none"
        fi
        if runs avx2 fma; then
            check avx2 true $compiler "-mavx2 -mfma"
            check sse2 false $compiler "-mavx2 -mfma -mtune=generic" # must not contract where it could
        else
            echo "avx2: skipped, this processor has none"
        fi
        check sse2 false $compiler ""
        ;;
    aarch64) check neon true $compiler "" ;;
    esac
    check generic false $compiler "-ffp-contract=off"
done
if [ "$(uname -m)" = x86_64 ]; then
    check neon true aarch64-linux-gnu-gcc -static qemu-aarch64
    check neon true "clang --target=aarch64-linux-gnu" -static qemu-aarch64
fi
[ $failed = 0 ] && echo "simd: all targets passed"
exit $failed
