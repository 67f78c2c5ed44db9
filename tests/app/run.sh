#!/bin/sh
# Builds and runs the applications of examples/app around a generated digits.c with embedded weights, as their README
# shows it, and looks at what an --emit infer file asks of those who compile it.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
apps=$TOP/examples/app
digits=$TOP/examples/data/digits
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
vectors="-march=native -ffp-contract=off"
COMPILE="sh $TOP/tests/cc.sh"
unset VECTORS # all of <immintrin.h>, as a user has it
status=0

result() { # NAME, of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
    fi
}

generate() { # FOLDER TARGET
    mkdir -p "$1"
    "$CNNC" "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors" --emit infer --target "$2" \
        -o "$1/digits.c"
    result "cnnc --emit infer --weights for target $2"
}

# ---- the applications ------------------------------------------------------------------------------

build() { # FOLDER CC CXX FLAGS...
    folder=$1 cc=$2 cxx=$3
    shift 3
    $COMPILE $cc -std=c11 $warnings "$@" -c "$folder/digits.c" -o digits.o &&
        $COMPILE $cc -std=c11 $warnings "$@" -I"$folder" "$apps/classify.c" "$apps/pgm.c" digits.o -lm -o classify &&
        $COMPILE $cc -std=c11 $warnings "$@" -I"$folder" "$apps/threads.c" "$apps/pgm.c" digits.o -lm -lpthread -o threads &&
        $COMPILE $cxx -std=c++11 $warnings "$@" -I"$folder" "$apps/classify.cpp" digits.o -lm -o classify-cpp
}

# The name of an image begins with its class: 7_0.pgm.
right() { # FILE: how many lines of a classify's output have the class of their image
    sed -n 's|^.*/\([0-9]\)_[0-9]*\.pgm: \1 .*|&|p' "$1" | wc -l
}

check() { # NAME FOLDER CC CXX FLAGS...
    name=$1
    shift
    rm -f classify threads classify-cpp
    build "$@"
    result "$name: builds without warnings"
    for program in classify classify-cpp threads; do
        ./$program "$digits"/*.pgm >$program.out
        result "$name: $program runs"
    done
    [ "$(right classify.out)" -ge 10 ]
    result "$name: at least 10 of 11 digits are right"
    cmp classify.out classify-cpp.out && cmp classify.out threads.out
    result "$name: C, C++ and two threads agree"
}

sanitize=${SANITIZE:+-fsanitize=$SANITIZE}
for target in default native generic; do
    generate $target $target
done
check "$CC" default "$CC" g++ -O2 $sanitize
check "$CC -fopenmp" default "$CC" g++ -O2 -fopenmp $sanitize
check "$CC -march=native" native "$CC" g++ -O3 $vectors $sanitize
check "plain C" generic "$CC" g++ -O2 $sanitize
check "clang" default clang clang++ -O2 $sanitize
check "clang -fopenmp" native clang clang++ -O2 -fopenmp $vectors $sanitize
if [ -z "$sanitize" ]; then
    check "under ASan and UBSan" native "$CC" g++ -O1 -g $vectors -fsanitize=address,undefined -fno-sanitize-recover=all
    # Its runtime does not start under every kernel.
    if echo 'int main(void) { return 0; }' | $CC -fsanitize=thread -x c - -o probe && ./probe; then
        check "under TSan" native "$CC" g++ -O1 -g $vectors -fsanitize=thread
    fi
fi

# ---- images that are none --------------------------------------------------------------------------

build default "$CC" g++ -O2 $sanitize

refuse() { # WORDS FILE
    for program in classify classify-cpp threads; do
        ./$program "$2" >out 2>err
        [ $? = 1 ] && grep -q "^$2: .*$1" err && [ ! -s out ]
        result "$program refuses $2: $1"
    done
}

printf 'P5\n# a comment\n28 28 # another\n255\n' >short.pgm
head -c 783 /dev/zero >>short.pgm
printf 'P5 14 14 255\n' >small.pgm
printf 'P2 28 28 255\n' >text.pgm
printf 'P5 28 28 65535\n' >deep.pgm
printf 'P5 ' >header.pgm
refuse 'ends too early' short.pgm
refuse 'another size' small.pgm
refuse 'not a binary PGM' text.pgm
refuse 'no pixels of one byte' deep.pgm
refuse 'another size' header.pgm
refuse 'cannot open' absent.pgm
{ cat short.pgm && printf '\0'; } >whole.pgm
for program in classify classify-cpp threads; do
    ./$program whole.pgm >out
    result "$program reads a header with comments"
    ./$program >out 2>err
    [ $? = 2 ]
    result "$program without an image shows its usage"
done

# ---- what an --emit infer file needs ----------------------------------------------------------------

# No header but these, no function of another library than libm.
contained() { # FOLDER FLAGS...
    folder=$1
    shift
    sed -n 's/^ *# *include *\(.*\)$/\1/p' "$folder/digits.c" "$folder/digits.h" | grep -v \
        -e '^"digits.h"$' -e '^"the error above"' -e '^<stdint.h>$' -e '^<stddef.h>$' -e '^<string.h>$' -e '^<math.h>$' \
        -e '^<immintrin.h>$' -e '^<emmintrin.h>$' -e '^<arm_neon.h>$'
    [ $? = 1 ]
    result "$folder: includes only stdint, stddef, string, math and intrinsics"
    $COMPILE $CC -std=c11 $warnings "$@" -c "$folder/digits.c" -o digits.o
    nm -u digits.o | sed 's/^ *U *//' | grep -v -x -E 'mem(cpy|set|move)|(exp|expm1|log|log1p|tanh|sqrt|fabs|fmax|fmin|erf)f?|__cpu_(model|indicator_init)|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail'
    [ $? = 1 ]
    result "$folder: calls only libm, and what a compiler brings along"
}

contained default -O2 # as they were compiled above
contained native -O3 $vectors
contained generic -O2
"$CNNC" "$TOP/examples/mnist.lua" --emit infer --target generic -o without.c && ! grep -q cnnrt without.c without.h
result "--emit infer without weights knows nothing of the runtime"

strict() { # COMPILER FOLDER FLAGS...
    compiler=$1 folder=$2
    shift 2
    $compiler -std=c11 -pedantic -Wall -Wextra -Werror "$@" -fsyntax-only "$folder/digits.c"
    result "$compiler -std=c11 -pedantic takes the file for $folder"
}

for compiler in gcc clang; do
    strict $compiler generic
    strict $compiler default
    strict $compiler default -fopenmp
    strict $compiler native $vectors
done
# Loops that threads share inside a kernel must have its instructions too.
"$CNNC" "$TOP/tests/golden/winograd.lua" -o shared.c && grep -q 'omp parallel for schedule(static)$' shared.c &&
    clang -O0 -fopenmp -Wall -Wextra -Werror -I"$CNNRT" -c shared.c -o shared.o
result "clang compiles kernels that threads share, without a flag for the processor"
if command -v tcc >/dev/null; then
    for target in default generic; do
        tcc -I$target "$apps/classify.c" "$apps/pgm.c" $target/digits.c -lm -o classify-tcc &&
            ./classify-tcc "$digits"/*.pgm >tcc.out && [ "$(right tcc.out)" -ge 10 ]
        result "tcc compiles the file for $target"
    done
fi

# ---- several networks in one program ----------------------------------------------------------------

libraries="$CNNRT_LIB -lz -lpng -ljpeg -lm"
object() { # NAME OBJECT CC FLAGS...
    file=$1 object=$2
    shift 2
    "$@" -std=c11 $warnings -fopenmp -I"$CNNRT" -I. -c "$file.c" -o "$object"
}

network() { # LAYER -- a small one for the shipped digits
    cat <<END
local model = Sequential{$1, Flatten(), Dense{10, activation = "softmax"}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 64, epochs = 1, validation_split = 0}
return model
END
}
network 'AveragePooling2D{4, input_shape = {28, 28, 1}}' >first.lua
network 'Conv2D{2, 5, strides = 4, activation = "relu", input_shape = {28, 28, 1}}, BatchNormalization(), Dropout(0.25)' >second.lua
"$CNNC" first.lua --seed 5 -o first.c && "$CNNC" second.lua --seed 6 -o second.c &&
    "$CNNC" "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors" -o third.c
result "three networks, two of which train"

for name in first second third; do
    object $name $name.o $CC -O1 $sanitize || echo "not ok $name compiles"
done

# Trained alone, by the main() of the library, and together, by one of the program's own: the same bits.
program() { # OUTPUT FILE...
    output=$1
    shift
    $CC -std=c11 $warnings -O1 -fopenmp $sanitize -I"$CNNRT" -I. "$@" $libraries -o "$output"
}
program together "$TOP/tests/app/several.c" first.o second.o third.o && ./together "$TOP/examples/data" >together.out
result "all three in a program with a main of its own"
for name in first second; do
    mkdir -p train
    cp "$TOP"/examples/data/train-* train
    program $name $name.o && ./$name train --data train --save $name.safetensors >out &&
        cmp $name.safetensors $name-together.safetensors
    result "$name trains to the same bits in a program of its own"
done
program one "$TOP/tests/app/one.c" third.o && ./one >one.out && cmp one.out together.out
result "the third predicts the same bits in a program of its own"

# The library's main() runs the first; CNN_NO_PROGRAM leaves one out.
runs() { # NAME OBJECT...
    name=$1
    shift
    program which "$@" && ./which info | grep -q "^Network $name,"
    result "of $* it runs $name"
}
runs first first.o second.o third.o
runs second third.o second.o first.o
object first left-out.o $CC -O0 $sanitize -DCNN_NO_PROGRAM && runs second left-out.o second.o
object first first-clang.o clang -O0 && object second second-clang.o clang -O0 &&
    clang -fopenmp first-clang.o second-clang.o $libraries -o which && ./which info | grep -q "^Network first,"
result "clang links two, too"
exit $status
