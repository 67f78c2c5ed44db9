#!/bin/sh
# Scripts that return several models: the bits of a model in a table are those of the same model alone, on any number of
# threads; ten steps of a GAN are PyTorch's (gan.py); the examples of examples/models build and run.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
HERE=$TOP/tests/models EXAMPLES=$TOP/examples/models
export OMP_WAIT_POLICY=passive
SANITIZERS=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
WARNINGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
COMPILE="sh $TOP/tests/cc.sh $CC -std=c11 -O1 $SANITIZERS -fopenmp -ffp-contract=off -I. -I$CNNRT"
LIBRARIES="$CNNRT_LIB -lz -lpng -ljpeg -lm"
failures=0

verdict() { # NAME, of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        failures=$((failures + 1))
    fi
}

alone() { # TARGET OPTIMIZE
    for name in generator discriminator gan; do
        sed "s/^return .*/return $name/" "$EXAMPLES/dcgan.lua" >alone_$name.lua
        "$CNNC" alone_$name.lua --target "$1" --optimize "$2" -o alone_$name.c || return
    done
    "$CNNC" "$EXAMPLES/dcgan.lua" --target "$1" --optimize "$2" -o dcgan.c &&
        $COMPILE $WARNINGS "$HERE/alone.c" -c -o alone.o &&
        $COMPILE -Wall -Wextra -Werror -DCNN_NO_PROGRAM alone.o alone_generator.c alone_discriminator.c alone_gan.c dcgan.c \
            $LIBRARIES -o alone && ./alone >out
    verdict "$1, --optimize $2: models of a table are as alone"
    sed 's/^/# /' out
}

steps() { # TARGET OPTIMIZE
    "$CNNC" "$HERE/gan.lua" --target "$1" --optimize "$2" -o gan.c &&
        $COMPILE $WARNINGS "$HERE/steps.c" -c -o steps.o && $COMPILE -Wall -Wextra -Werror steps.o gan.c $LIBRARIES -o steps
    verdict "$1, --optimize $2: the GAN builds"
    : >bits
    for threads in 1 2 3 8; do
        ./steps "$HERE/gan.txt" $threads >out
        verdict "$1, --optimize $2: ten steps on $threads threads are PyTorch's"
        cat out >>bits
    done
    [ "$(sort -u bits | wc -l)" = 1 ]
    verdict "$1, --optimize $2: the same bits on 1, 2, 3 and 8 threads"
}

for target in generic native; do
    for optimize in speed size; do
        alone $target $optimize
        steps $target $optimize
    done
done

[ $failures = 0 ]
