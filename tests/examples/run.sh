#!/bin/sh
# Every script of examples/ trains for an epoch on data of its form, shipped or made, with the same weights on one thread and
# on three, and the same when it is resumed half-way; and what its first lines say can be typed.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
EXAMPLES=$TOP/examples
export OMP_WAIT_POLICY=passive
COMPILE="sh $TOP/tests/cc.sh $CC -std=c11 -O1 ${SANITIZE:+-fsanitize=$SANITIZE} -fopenmp -I. -I$CNNRT"
LIBRARIES="$CNNRT_LIB -lz -lpng -ljpeg -lm"
status=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
    fi
}

# ---- data, of as few samples as make a step or two ------------------------------------------------------------

# The first COUNT (below 256) of the shipped digits.
digits() { # SET COUNT
    octal=$(printf '%03o' "$2")
    mkdir -p digits
    { printf "\\0\\0\\010\\003\\0\\0\\0\\$octal\\0\\0\\0\\034\\0\\0\\0\\034" &&
        gzip -dc "$EXAMPLES/data/$1-images-idx3-ubyte.gz" | tail -c +17 | head -c $(($2 * 784)); } >"digits/$1-images-idx3-ubyte"
    { printf "\\0\\0\\010\\001\\0\\0\\0\\$octal" &&
        gzip -dc "$EXAMPLES/data/$1-labels-idx1-ubyte.gz" | tail -c +9 | head -c "$2"; } >"digits/$1-labels-idx1-ubyte"
}

# Records as CIFAR-10 has them, whose pixels are bytes of the digits.
cifar() { # NAME COUNT
    mkdir -p cifar
    for i in $(seq "$2"); do
        printf "\\00$((i % 8))"
        gzip -dc "$EXAMPLES/data/t10k-images-idx3-ubyte.gz" | tail -c +$((i * 3072)) | head -c 3072
    done >"cifar/$1.bin"
}

digits train 160
digits t10k 40
cifar data_batch_1 6
cifar data_batch_2 4
cifar test_batch 4
for data in sine:60 sensors:48 keywords:36 text:64 stream:40 shapes:12 masks:10 helpdesk:40 pairs:20; do
    kind=${data%:*}
    sh "$EXAMPLES/make.sh" "$kind" "$kind" "${data#*:}"
    verdict "make.sh $kind"
    sh "$EXAMPLES/make.sh" "$kind" again "${data#*:}" && diff -r "$kind" again >/dev/null
    verdict "make.sh $kind makes the same again"
    rm -r again
    [ -d "$kind" ] || mv "$kind" "$kind.csv"
done

# ---- training ------------------------------------------------------------------------------------------------

build() { # SCRIPT NAME
    "$CNNC" "$1" --target generic --name net -o "$2.c" && $COMPILE -Wall -Wextra -Werror "$2.c" $LIBRARIES -o "$2"
}

train() { # NAME DATA OPTION...
    name=$1 data=$2
    shift 2
    "./$name" train "$data" --seed 1 --save "$name.weights" "$@" >>"$name.log" 2>&1
}

check() { # SCRIPT DATA OPTION...
    script=$1 data=$2
    shift 2
    name=$(echo "$script" | tr / -)
    trained="$trained $script"
    : >"$name.log"
    build "$EXAMPLES/$script.lua" "$name" && train "$name" "$data" --epochs 1 --threads 1 --checkpoint "$name.half" "$@" &&
        grep -q 'loss: [0-9]' "$name.log" && ! grep -q 'loss: nan' "$name.log"
    verdict "$script trains"
    train "$name" "$data" --epochs 2 --threads 3 --checkpoint "$name.half" --resume "$@" && cp "$name.weights" "$name.resumed" &&
        train "$name" "$data" --epochs 2 --threads 2 "$@" && cmp "$name.weights" "$name.resumed"
    verdict "$script has the same weights when it is resumed, on any number of threads"
    [ -s "$name.weights" ] || sed 's/^/# /' "$name.log"
}

trained=
check mnist digits
check mnist99 digits
check residual digits
check fashion digits
check cifar10 cifar
check keywords keywords.csv --validation-split 0.1
check mobilenet shapes --validation-split 0.2
check autoencoder "$EXAMPLES/data/digits"
check unet masks --validation-split 0.2
check tickets helpdesk --validation-split 0.2
check siamese pairs --validation-split 0.2
check sensors sensors.csv --validation-split 0.2
check text text.csv --validation-split 0.2
check iris "$EXAMPLES/data/iris.csv" --validation-split 0.2
check sine sine.csv --validation-split 0.2
check stream/train stream.csv

for script in "$EXAMPLES"/*.lua; do
    case " $trained " in *" $(basename "$script" .lua) "*) true ;; *) false ;; esac
    verdict "$(basename "$script") is tried"
    name=$(basename "$script")
    grep -q "| \[\`*$name" "$EXAMPLES/README.md"
    verdict "$name stands in examples/README.md"
done

# ---- what some of them are for -------------------------------------------------------------------------------

iris_is_learnt() {
    train iris "$EXAMPLES/data/iris.csv" && ./iris evaluate --data "$EXAMPLES/data/iris.csv" --weights iris.weights --set train >out &&
        awk -F'accuracy: ' '/accuracy/ { found = $2 + 0 >= 0.95 } END { exit !found }' out
}
iris_is_learnt
verdict 'iris: 95 % at least'
./iris predict --weights iris.weights "$EXAMPLES/data/iris.csv" --count 1 --top 1 >out && grep -q 'setosa  *9' out
verdict 'iris: predict says the name'

# The same values in a stream as in a window.
stream() {
    "$CNNC" "$EXAMPLES/stream/stream.lua" --weights stream-train.weights --emit infer --target generic -o stream.c &&
        $COMPILE -Wall -Wextra -Werror "$EXAMPLES/stream/main.c" stream.c -lm -o stream &&
        awk 'NR == 2' stream.csv | cut -d, -f1-32 | tr , '\n' >values && ./stream <values >said 2>summary &&
        [ "$(wc -l <said)" = 32 ] && grep -q '^32 values, off by' summary &&
        ./stream-train predict --weights stream-train.weights stream.csv --count 1 --output window.csv >/dev/null &&
        tail -n 1 window.csv | cut -d, -f2- | tr , '\n' >window &&
        awk '{ print $3 }' said | paste - window | awk '{ d = $1 - $2; if (d * d > 1e-10) exit 1 }' # %g has six digits
}
stream
verdict 'stream: step by step the numbers are those of a window'
exit $status
