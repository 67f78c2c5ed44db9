#!/bin/sh
# Generated C is C that one likes to read: style.awk looks at what is written for every network that the tests have, and a
# compiler looks for what is not used. Each network is written in turn for AVX-512, AVX2, NEON, plain C or for size, which is
# what the compiler looks at; those of examples and of tests/golden also for the target fat, which has the functions of several.
#
#   run.sh                        all of it
#   run.sh --script SCRIPT        the C of one script; called from below
set -u
cd "$TOP" || exit 1
HERE=tests/style

reads_well() { # SCRIPT TARGET OPTION... -- writes $file
    script=$1 kind="$*"
    kind=${kind#"$script "}
    shift
    "$CNNC" "$script" --target "$@" --name net -o "$file" 2>"$file.said" && awk -f $HERE/style.awk "$file" "${file%.c}.h" >"$file.said"
    [ $? = 0 ] && echo "ok $script for $kind reads well" || { echo "not ok $script for $kind" && head -n 20 "$file.said"; }
}

# What a compiler needs for the vectors of a target.
flags() { # TARGET
    case $1 in
        avx2) echo -mavx2 -mfma ;;
        avx512) echo -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma ;;
    esac
}

# Whether what the compiler warns of is nothing: of macros and functions; clang, where there is one, also of inline ones. It
# has read the header of vectors before, which is more than half of the work.
compiler=$(command -v clang || echo gcc)
has_nothing_unused() { # TARGET
    ahead=
    [ -z "$(flags $1)" ] || ahead="-include $VECTORS"
    [ ! -e "$SCRATCH/$1.pch" ] || ahead="-include-pch $SCRATCH/$1.pch"
    said=$("$compiler" -std=c11 -Wall -Wextra -Wunused-macros -Werror $(flags $1) $ahead -I"$CNNRT" -fsyntax-only "$file" 2>&1) &&
        echo "ok $script for $kind has nothing unused" || printf 'not ok %s for %s: the compiler warns\n%s\n' "$script" "$kind" "$said"
}

if [ "${1:-}" = --script ]; then
    file=$SCRATCH/$(echo "${2%.lua}" | tr / -).c
    case $2 in examples/*) reads_well "$2" avx2 --emit bench ;; esac
    turn=$((${#2} % 6))
    case $2 in
        */oracle-*.lua) turn=${2##*-} turn=${turn%.lua} ;;
        examples/* | tests/golden/*) reads_well "$2" fat ;;
    esac
    case $turn in
        0) reads_well "$2" generic --optimize size && has_nothing_unused generic ;;
        1) reads_well "$2" avx2 --optimize size && has_nothing_unused avx2 ;;
        2) reads_well "$2" generic && has_nothing_unused generic ;;
        3) reads_well "$2" avx2 && has_nothing_unused avx2 ;;
        4) reads_well "$2" avx512 && has_nothing_unused avx512 ;;
        5) reads_well "$2" neon ;;
    esac
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

case $compiler in
    *clang)
        for target in avx2 avx512; do
            "$compiler" -std=c11 $(flags $target) -x c-header "$VECTORS" -o "$SCRATCH/$target.pch" || echo "not ok $VECTORS for $target"
        done
        ;;
esac
# Names of models and layers may be as long as 48 characters.
cat >"$SCRATCH/long.lua" <<'END_OF_LUA'
local function net(name)
  local net = Sequential{Input{4}, Dense{8, activation = "relu", name = name}, Dense{1, activation = "sigmoid"}}
  net:compile{loss = "binary_crossentropy"}
  return net
end
return {
  discriminator_of_the_pictures_of_the_second_size = net("a_layer_of_a_name_that_takes_fortyeight_letters_"),
  generator = net("short"),
}
END_OF_LUA
# The many small ones of tests/oracle are the models of a few scripts: all but those of several models each. Every LOTS-th
# becomes one of a script, for neighbours have names that are alike.
LOTS=16
oracle() {
    basename -s .lua tests/oracle/cases/*.lua | grep -v '^several_' |
        awk -v lots=$LOTS '{ lot[NR % lots] = lot[NR % lots] " " $0 } END { for (i = 0; i < lots; i++) print i lot[i] }' |
        while read -r number cases; do
            sh tests/oracle/lot.sh $cases >"$SCRATCH/oracle-$number-$((number % 6)).lua"
        done
    ls "$SCRATCH"/oracle-*.lua tests/oracle/cases/several_*.lua
}
{
    echo "$SCRATCH/long.lua"
    ls examples/*.lua tests/golden/*.lua tests/bench/models/*.lua tests/scripts/*.lua tests/fuzz/models/cases/*.lua
    oracle
} | sh tests/parallel.sh sh $HERE/run.sh --script >"$SCRATCH/said"
cat "$SCRATCH/said"
! grep -q '^not ok' "$SCRATCH/said"
