#!/bin/sh
# What --optimize size saves, and that `cnnc size` prints what the object files hold.
set -u
cd "$SCRATCH" || exit 1
export CCACHE_DISABLE=1 # a gcc that is ccache's would keep the object, and not the call graph
status=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
    fi
}

sections() { # OBJECT PATTERN: bytes of the sections whose names match
    size -A "$1" | awk -v pattern="^[.]($2)" '$1 ~ pattern { sum += $2 } END { print sum + 0 }'
}

# The same flags for both, so that only the generated code differs.
compile() { # NAME SCRIPT OPTIMIZE COMPILER...
    output=$1-$3 script=$2 optimize=$3
    shift 3
    "$CNNC" "$TOP/$script" --target generic --emit infer --optimize "$optimize" -o "$output.c" --name net &&
        "$@" -std=c11 -Os -Wall -Wextra -Werror -c "$output.c" -o "$output.o"
}

# One function for all convolutions, one for all dense layers, one for all pools: the more layers, the more is saved. The
# code for speed must be TENTHS/10 times as large, or more. Compilers differ in how they unroll, so the factor is gcc's.
check_code() { # NAME SCRIPT TENTHS COMPILER...
    name=$1 script=$2 tenths=$3
    shift 3
    compile "$name" "$script" speed "$@" && compile "$name" "$script" size "$@"
    verdict "$name compiles with $*"
    speed=$(sections "$name-speed.o" text) small=$(sections "$name-size.o" text)
    echo "# $name: $speed bytes of code for speed, $small for size"
    [ "$small" -gt 0 ] && [ $((10 * speed)) -ge $((tenths * small)) ]
    verdict "$name: the code for speed is at least $tenths/10 times as large with $*"
}

check_code lesson examples/mnist.lua 10 $CC
check_code lenet tests/bench/models/lenet.lua 10 $CC
if command -v gcc >/dev/null; then
    check_code lesson examples/mnist.lua 20 gcc
    [ "$(sections lesson-size.o text)" -le 1500 ]
    verdict 'the code of the lesson takes at most 1,500 bytes'
    check_code lenet tests/bench/models/lenet.lua 33 gcc
fi

# A second network of the same layers costs its calls only: eight convolutions more.
convolutions() { # COUNT
    echo 'local model = Sequential()'
    echo 'model:add(Input{shape = {32, 32, 3}})'
    for i in $(seq 1 "$1"); do
        echo "model:add(Conv2D{$((3 + i)), {$((i % 3 + 1)), 3}, padding = 'same', activation = 'relu'})"
    done
    echo 'return model'
}
for count in 2 10; do
    convolutions $count >convolutions_$count.lua
    "$CNNC" convolutions_$count.lua --target generic --optimize size -o convolutions_$count.c &&
        $CC -std=c11 -Os -c convolutions_$count.c
done
grown=$(($(sections convolutions_10.o text) - $(sections convolutions_2.o text)))
echo "# eight convolutions more: $grown bytes"
[ $grown -gt 0 ] && [ $grown -le $((8 * 200)) ]
verdict 'a convolution more takes at most 200 bytes, its parameters are set and it is called'

# ---- cnnc size ------------------------------------------------------------------------------------------
row() { # OPTIMIZE COLUMN: code 3, constants 4, RAM 5, stack 6
    awk -v way="$1" -v column="$2" '$1 == way { gsub(",", ""); print $column }' table
}
env CC="${CC%% *}" CFLAGS=-std=c11 "$CNNC" size "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors" >table 2>err
verdict 'cnnc size'
"$CNNC" "$TOP/examples/mnist.lua" --target generic --weights "$TOP/examples/mnist.safetensors" --optimize size -o mnist.c &&
    "${CC%% *}" -std=c11 -Os -c mnist.c
[ "$(row size 3)" = "$(sections mnist.o text)" ] && [ "$(row size 4)" = "$(sections mnist.o rodata)" ]
verdict 'it prints what size -A of the object file prints'
# 12x12x8 and 5x5x16 numbers are all that a prediction keeps; the weights are constants.
workspace=$((4 * (12 * 12 * 8 + 5 * 5 * 16)))
[ "$(row size 5)" -ge $workspace ] && [ "$(row size 5)" -le $((workspace + 64)) ] && [ "$(row speed 5)" -gt "$(row size 5)" ]
verdict 'RAM is the workspace of one sample'
"$CNNC" summary "$TOP/examples/mnist.lua" --target generic --optimize size --emit infer --html page.html >out 2>err &&
    awk -f "$TOP/tests/cli/overlaps.awk" page.html >reach && [ "$(cat reach)" = "predict $(row size 5)" ]
verdict "the page's map of the memory reaches as far, and its blocks do not overlap"
[ "$(row size 4)" -ge $((4 * 5386)) ] && [ "$(row speed 4)" -ge $((4 * 5386)) ]
verdict 'constants are the parameters'
if gcc -fcallgraph-info=su -c -xc /dev/null -o empty.o 2>err; then
    env CC=gcc CFLAGS=-std=c11 "$CNNC" size "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors" >stack 2>err
    gcc -std=c11 -Os -fcallgraph-info=su,da -c mnist.c
    most=$(awk -v allowed=" memset memcpy memmove expf " -f "$TOP/tests/generated/stack.awk" mnist.ci |
        awk '/^[^#]/ && $2 > most { most = $2 } END { print most }')
    [ "$most" -gt 0 ] && [ "$(awk '$1 == "size" { gsub(",", ""); print $6 }' stack)" = "$most" ]
    verdict "the stack is the worst path through gcc's call graph"
fi
if command -v clang >/dev/null; then
    env CC=clang CFLAGS=-std=c11 "$CNNC" size "$TOP/examples/mnist.lua" >stack 2>err &&
        [ "$(awk '$1 == "size" { print $6 }' stack)" = '?' ] && [ ! -s err ]
    verdict 'a compiler that tells of no stack'
fi
grep -q '234,400 multiply-adds' table
verdict 'it prints the work'
env CC="${CC%% *}" CFLAGS=-std=c11 "$CNNC" size "$TOP/examples/mnist.lua" >untrained 2>err
cmp -s table untrained
verdict 'untrained weights take as much'
env CC="${CC%% *}" TMPDIR=/nonexistent "$CNNC" size "$TOP/examples/mnist.lua" >out 2>err
[ $? = 1 ] && grep -q /nonexistent err
verdict 'no place for temporary files'
if command -v arm-none-eabi-gcc >/dev/null; then
    env CC=arm-none-eabi-gcc CFLAGS='-mcpu=cortex-m4 -mthumb' "$CNNC" size "$TOP/examples/mnist.lua" >table 2>err &&
        [ "$(row size 3)" -lt 1500 ] && [ "$(row size 4)" = $((4 * 5386)) ]
    verdict 'a compiler for Cortex-M4'
fi
exit $status
