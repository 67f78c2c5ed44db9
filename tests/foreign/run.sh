#!/bin/sh
# Networks and the runtime on other machines, run by qemu: s390x, whose bytes lie the other way round, and armhf, of 32 bits.
# What a generic network computes has the bits of x86-64 there, and each machine reads and writes the others' files.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
here=$TOP/tests/foreign
status=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
    fi
}

# ---- the machines ---------------------------------------------------------------------------------------

# A line each: name, compiler, what runs its programs.
machine() { # NAME FIELD
    awk -v name="$1" -v field="$2" '$1 == name { print $field }' <<END
here   gcc                      env
s390x  s390x-linux-gnu-gcc      qemu-s390x
armhf  arm-linux-gnueabihf-gcc  qemu-arm
END
}

machines=
for name in s390x armhf; do
    if command -v "$(machine $name 2)" >/dev/null && command -v "$(machine $name 3)" >/dev/null; then
        machines="$machines $name"
    else
        echo "# no compiler or no qemu for $name: left out"
    fi
done

# No contraction to FMA; and s390x computes in double with -std=c11 alone, as FLT_EVAL_METHOD says there.
compile() { # MACHINE ARGUMENT...
    compiler=$(machine "$1" 2) linking=-static
    [ "$1" != here ] || linking=
    shift
    $compiler -std=c11 -O1 -ffp-contract=off -fexcess-precision=fast $linking "$@"
}

on() { # MACHINE COMMAND...
    runner=$(machine "$1" 3)
    shift
    $runner "$@"
}

# ---- networks with their weights ------------------------------------------------------------------------

weigh() { # SCRIPT -> weights
    case $1 in */mnist.lua) cp "$TOP/examples/mnist.safetensors" weights && return ;; esac
    "$CNNC" "$1" --target generic --name net -o net.c &&
        gcc -std=c11 -O1 -I"$CNNRT" -I. "$here/weights.c" net.c "$CNNRT_LIB" $LIBRARIES -o weigh && ./weigh weights
}
LIBRARIES='-lz -lpng -ljpeg -lm'
[ -z "$SANITIZE" ] || LIBRARIES="$LIBRARIES -fsanitize=$SANITIZE"

check_network() { # NAME SCRIPT
    weigh "$2"
    verdict "$1 has weights"
    for optimize in speed size; do
        "$CNNC" "$2" --weights weights --emit infer --target generic --optimize $optimize --name net -o net.c
        verdict "$1 for $optimize"
        for machine in here $machines; do
            compile $machine -I. "$here/predict.c" net.c -lm -o predict-$machine && on $machine ./predict-$machine >bits-$machine
            verdict "$1 for $optimize runs on $machine"
            [ -s bits-$machine ] && ! grep -q nan bits-$machine && cmp bits-here bits-$machine
            verdict "$1 for $optimize has the same bits on $machine"
        done
    done
}

check_network lesson "$TOP/examples/mnist.lua"
check_network mlp "$TOP/tests/golden/mlp.lua"
check_network geometry "$TOP/tests/golden/geometry.lua"
check_network batch_normalization "$TOP/tests/oracle/cases/batch_normalization.lua"
check_network residual "$TOP/tests/oracle/cases/residual.lua"
check_network activations "$TOP/tests/oracle/cases/activations.lua"
check_network activations_of_keras_3 "$TOP/tests/oracle/cases/activations_of_keras_3.lua"

# So many numbers that they are no list: their bits are text, whichever way a machine's bytes lie.
cat >many.lua <<'END'
local model = Sequential()
model:add(Dense{150, activation = "tanh", input_shape = {120}})
model:add(Dense{4})
model:compile{optimizer = "sgd", loss = "mse"}
return model
END
check_network many_numbers many.lua
grep -q 'BITS("' net.c
verdict 'many numbers are text'
for compiler in 'clang -ffp-contract=off' 'gcc -Wpedantic -ffp-contract=off' tcc; do
    $compiler -std=c11 -Wall -Wextra -Werror -I. "$here/predict.c" net.c -lm -o predict && ./predict >bits && cmp bits-here bits
    verdict "$compiler reads it"
done

# ---- each layer -----------------------------------------------------------------------------------------

for machine in $machines; do
    "$CNNC" verify "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors" --data "$TOP/examples/data/digits" \
        --samples 2 --cc "$(machine $machine 2) -static -O1 -fexcess-precision=fast" --run "$(machine $machine 3)" >said && grep -q '^ok: .* 2 samples' said
    verdict "cnnc verify of the lesson's network on $machine"
done

# ---- the runtime ----------------------------------------------------------------------------------------

# Some digits of the shipped ones, unpacked.
some() { # SET COUNT: a folder's files of the first COUNT, below 256
    octal=$(printf '%03o' "$2")
    mkdir -p data
    { printf "\\0\\0\\010\\003\\0\\0\\0\\$octal\\0\\0\\0\\034\\0\\0\\0\\034" &&
        gzip -dc "$TOP/examples/data/$1-images-idx3-ubyte.gz" | tail -c +17 | head -c $(($2 * 784)); } >data/$1-images-idx3-ubyte
    { printf "\\0\\0\\010\\001\\0\\0\\0\\$octal" &&
        gzip -dc "$TOP/examples/data/$1-labels-idx1-ubyte.gz" | tail -c +9 | head -c "$2"; } >data/$1-labels-idx1-ubyte
}
some train 96
some t10k 20

# Batch normalization, dropout and Adam, on small pictures; one layer starts from normal numbers.
cat >train.lua <<'END'
local model = Sequential()
model:add(AveragePooling2D{4, input_shape = {28, 28, 1}})
model:add(Conv2D{4, 3, activation = "relu"})
model:add(BatchNormalization())
model:add(Dropout(0.25))
model:add(Flatten())
model:add(Dense{10, activation = "softmax", kernel_initializer = "he_normal"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 16, epochs = 2}
return model
END
"$CNNC" train.lua --target generic --name net -o net.c
verdict 'a network to train'

build() { # MACHINE
    case $1 in
        here) compile here -I"$CNNRT" -I. net.c "$CNNRT_LIB" $LIBRARIES -o net-here ;;
        *) compile "$1" -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -I"$here" -I"$CNNRT" -I. net.c "$here/stand_in.c" \
            $(ls "$CNNRT"/*/*.c "$BUILD/page.c" | grep -v /manual.c) -lm -o "net-$1" ;;
    esac
}

# Everything a program reads and writes; the seconds in a history and in a checkpoint are not looked at.
train_and_predict() { # MACHINE
    mkdir -p $1
    on "$1" ./net-$1 train data --seed 3 --save $1/trained --checkpoint $1/checkpoint --epochs 1 >$1/log &&
        cp $1/checkpoint $1/half && cp $1/trained $1/first &&
        on "$1" ./net-$1 train data --seed 3 --save $1/trained --checkpoint $1/checkpoint --resume --epochs 2 >>$1/log &&
        on "$1" ./net-$1 evaluate data --weights $1/trained | sed 's/ - [0-9.]*s//' >$1/evaluated &&
        on "$1" ./net-$1 predict --weights $1/trained data --output $1/outputs.npy >>$1/log &&
        on "$1" ./net-$1 predict --weights $1/trained data --output $1/outputs.csv >>$1/log &&
        on "$1" ./net-$1 predict --weights $1/trained data/t10k-images-idx3-ubyte --count 2 >$1/shown
}

build here && train_and_predict here
verdict 'trains here'
for machine in $machines; do
    build $machine
    verdict "the runtime compiles for $machine"
    train_and_predict $machine
    verdict "trains on $machine"
    for file in first trained evaluated outputs.npy outputs.csv shown; do
        cmp here/$file $machine/$file
        verdict "$machine writes the same $file"
    done
    # Each goes on with the other's checkpoint.
    cp here/half moved && on $machine ./net-$machine train data --seed 3 --save resumed --checkpoint moved --resume --epochs 2 >log &&
        cmp resumed here/trained
    verdict "$machine resumes a training of here"
    cp $machine/half moved && ./net-here train data --seed 3 --save resumed --checkpoint moved --resume --epochs 2 >log &&
        cmp resumed here/trained
    verdict "a training of $machine is resumed here"
done
exit $status
