#!/bin/sh
# Generated C is C that one likes to read: style.awk looks at what is written for every network that the tests have, and a
# compiler looks for what is not used. Each network is written for the target fat, which has the functions of AVX-512, AVX2 and
# plain C; in turn for one of these alone or for NEON; and for size, in turn with AVX2 or in plain C.
#
#   run.sh                        all of it
#   run.sh --script SCRIPT ...    the C of one script for these targets, "TARGET OPTION..." each; called from below
set -u
cd "$TOP" || exit 1
HERE=tests/style

# Whether what the compiler warns of is nothing: of macros and functions; clang, where there is one, also of inline ones.
compiler=$(command -v clang || echo gcc)
check_compiler() { # FILE
    case $(basename "$1") in
        *avx512*) vectors="-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma" ;;
        *avx2*) vectors="-mavx2 -mfma" ;;
        *) vectors= ;;
    esac
    "$compiler" -std=c11 -Wall -Wextra -Wunused-macros -Werror $vectors -include "$VECTORS" -I"$CNNRT" -fsyntax-only "$1"
}

check_script() { # SCRIPT KIND...
    script=$1 number=$(echo "$1" | tr -cd a-z | wc -c)
    shift
    for kind; do
        file=$SCRATCH/$(echo "$(dirname "$script")/$(basename "$script" .lua) $kind" | tr -c 'a-z0-9_\n' -).c
        "$CNNC" "$script" --target $kind --name net -o "$file" 2>"$file.said" && awk -f $HERE/style.awk "$file" "${file%.c}.h" >"$file.said"
        [ $? = 0 ] && echo "ok $script for $kind reads well" || { echo "not ok $script for $kind" && head -n 20 "$file.said"; }
        # A compiler takes its time: each network for one kind, in turn; neon is another machine's.
        number=$((number + 1))
        [ $((number % 3)) = 0 ] && [ "$kind" != neon ] || continue
        said=$(check_compiler "$file" 2>&1) && echo "ok $script for $kind has nothing unused" ||
            printf 'not ok %s for %s: the compiler warns\n%s\n' "$script" "$kind" "$said"
    done
}

if [ "${1:-}" = --script ]; then
    turn=$(echo "$2" | tr -cd a-z | wc -c)
    [ $((turn % 2)) = 0 ] && small=generic || small=avx2
    case $((turn / 2 % 4)) in 0) alone=generic ;; 1) alone=avx2 ;; 2) alone=avx512 ;; 3) alone=neon ;; esac
    set -- "$2" "$small --optimize size" $alone fat
    case $1 in examples/*) set -- "$@" 'avx2 --emit bench' ;; esac
    check_script "$@"
    exit
fi

# What it looks for is found.
cat >"$SCRATCH/bad.c" <<'END_OF_C'
#define VL 4
void bad(float *y)
{
    for (int i = 0; i < 1; i++)
        y[i] = 0;
    for (int i = 4; i < 8; i += VL, y += 4)
        y[i] = 0;
    for (int i = 0; i < 16; i += 4 * VL)
        y[i * 1] = 1 * 2;
    y[0 * 4] = y[8 * 0];
    y[0 + 2] = y[4 - 0];


    f(ws + 8);
    y[4 / 1] = y[4 % 1];                                                                                             /* long */
}
END_OF_C
cat >"$SCRATCH/good.c" <<'END_OF_C'
#define VL 4
/* x * 1 + 0 * y */
float good(float *y)
{
    for (int i = 0; i < 2; i++)
        y[i] = 1.0f * 0.0f + i * 10;
    for (int i = 0; i < n; i += 8)
        y[i] = 1 - i;
    float *const x = ws + 8; /* 8 */
    for (int i = 0; i < 5; i += VL)
        x[i] = -1;
}
END_OF_C
awk -f $HERE/style.awk "$SCRATCH/bad.c" >"$SCRATCH/said-bad"
[ $? = 1 ] && [ "$(cut -d: -f2 "$SCRATCH/said-bad" | uniq | tr '\n' ' ')" = '4 6 8 9 10 11 13 14 15 ' ] &&
    awk -f $HERE/style.awk "$SCRATCH/good.c" && echo 'ok bad style is seen' || echo 'not ok bad style is seen'

ls examples/*.lua tests/golden/*.lua tests/bench/models/*.lua tests/scripts/*.lua tests/oracle/cases/*.lua tests/fuzz/models/cases/*.lua |
    sh tests/parallel.sh sh $HERE/run.sh --script >"$SCRATCH/said"
cat "$SCRATCH/said"
! grep -q '^not ok' "$SCRATCH/said"
