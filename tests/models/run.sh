#!/bin/sh
# Scripts that return several models: the bits of a model in a table are those of the same model alone, on any number of
# threads; ten steps of a GAN are PyTorch's (gan.py), and three of a student (distil.py); the examples of examples/models build and run.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
HERE=$TOP/tests/models EXAMPLES=$TOP/examples/models
export OMP_WAIT_POLICY=passive
SANITIZERS=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
WARNINGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
COMPILE="sh $TOP/tests/cc.sh $CC -std=c11 -O0 $SANITIZERS -fopenmp -ffp-contract=off -I. -I$CNNRT"
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

# What is chosen by the processor is named by variants, and by models where there are several.
echo 'return {only = Sequential{Input(4), Dense(2)}}' >table.lua
"$CNNC" table.lua --target fat --optimize size -o table.c && $COMPILE -Wall -Wextra -Werror -fsyntax-only table.c
verdict "a table of one model compiles for several targets"

# ---- the examples -------------------------------------------------------------------------------------------

example() { # NAME
    "$CNNC" "$EXAMPLES/$1.lua" -o "$1.c" && $COMPILE $WARNINGS "$EXAMPLES/$1.c" -c -o "main_$1.o" &&
        $COMPILE -Wall -Wextra -Werror -DCNN_NO_PROGRAM "main_$1.o" "$1.c" $LIBRARIES -o "$1"
    verdict "examples/models/$1 builds"
}

run_examples() {
    data=$TOP/examples/data
    example dcgan
    ./dcgan "$data/t10k-images-idx3-ubyte.gz" 10 dcgan.safetensors >out
    verdict 'the DCGAN trains for ten steps'
    grep -q '^step 10: discriminator 0\.[0-9]*, generator [01]\.[0-9]*$' out
    verdict 'and says its losses'
    example autoencoder
    ./autoencoder "$data/t10k-images-idx3-ubyte.gz" 3 >out
    verdict 'the autoencoder trains for three epochs'
    sed -n 's/^loss //p' out | awk '{ exit !($1 < 0.4) }' # an image that is black has 1 or more, one that is grey 0.69
    verdict 'and makes digits of their codes'
    "$CNNC" "$EXAMPLES/distill.lua" -o distill.c && $COMPILE -Wall -Wextra -Werror distill.c $LIBRARIES -o distill &&
        ./distill train --model teacher --save teacher.safetensors --report teacher.html "$data" >out &&
        ./distill train --model distiller --weights teacher.safetensors --save student.safetensors "$data" >out
    verdict 'a teacher and then its student are trained from the command line'
    grep -q '^"shown":\[14,14,16\]' teacher.html
    verdict 'and its report has what its layers make of a sample'
    ./distill evaluate --model distiller --weights student.safetensors "$data" >out &&
        sed -n 's/.*accuracy \(0\.[0-9]*\).*/\1/p' out | awk '{ exit !($1 > 0.5) }'
    verdict 'and the student knows most digits'
    cat out
    ./distill info | grep -c '^Network distill_' >out && [ "$(cat out)" = 3 ]
    verdict 'info shows all models'
    ! ./distill train "$data" 2>err && grep -q 'Say so with --model teacher, student or distiller' err
    verdict 'without a fit train asks which model is meant'
    ! ./distill train --model pupil "$data" 2>err && grep -q "there is no model 'pupil'" err
    verdict 'and knows which there are'
    ! ./distill train --model=student "$data" 2>err && grep -q 'compiles no loss' err
    verdict 'what is not compiled is not trained'
    "$CNNC" "$EXAMPLES/distill.lua" --weights student.safetensors -o student.c &&
        $COMPILE -Wall -Wextra -Werror -c student.c -o student.o
    verdict 'weights of a table are embedded'
}

run_examples
"$CNNC" "$HERE/distil.lua" -o distil.c && $COMPILE $WARNINGS "$HERE/distil.c" -c -o distil.o &&
    $COMPILE -Wall -Wextra -Werror distil.o distil.c $LIBRARIES -o distil && ./distil "$HERE/distil.txt" >out
verdict "three steps of a Distiller's student are PyTorch's"
cat out
for way in 'generic size' 'native speed'; do
    alone $way
    steps $way
done

[ $failures = 0 ]
