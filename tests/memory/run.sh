#!/bin/sh
# Lets the allocations of the compiler and of trained networks fail, once and from then on: see memory.c. One in some of
# them, those of Lua being many; SOAK=1 looks at each.
set -eu
cd "$SCRATCH"
if [ -n "${SANITIZE:-}" ]; then
    echo "ok # skipped: sanitizers have an allocator of their own"
    exit
fi
$CC -std=gnu11 -O2 -Wall -Wextra -fPIC -shared -o memory.so "$TOP/tests/memory/memory.c"

status=0
try() { # NAME STRIDE PROGRAM ARGUMENT... -- in an empty folder, beside that of the inputs
    name=$1 stride=${SOAK:-$2}
    shift 2
    rm -rf good work && mkdir good work
    (cd good && "$@" >stdout)
    case $name in train* | evaluate | cnnc) rm good/stdout ;; esac # empty, or tells the time
    if (cd work && MEMORY_STRIDE=$stride MEMORY_PROGRAM=$(basename "$1") MEMORY_EXPECTED=../good LD_PRELOAD=../memory.so \
        "$@" >../out 2>../said); then
        echo "ok $name: $(tail -n 1 said)"
    else
        echo "not ok $name"
        cat said
        status=1
    fi
}

# ---- the compiler: its arena, its Lua, its files ------------------------------------------------------------

cat >model.lua <<'END'
local model = Sequential()
model:add(Dense{2, activation = "softmax", input_shape = {3}})
model:compile{loss = "categorical_crossentropy"}
return model
END
printf 'return Dense{2, input_shape = {3' >broken.lua
try 'cnnc' 7 "$CNNC" ../model.lua --target generic -o net.c
try 'cnnc summary' 7 "$CNNC" summary ../model.lua --target generic

# ---- trained networks: data sets, pictures, weights ------------------------------------------------------------
# Without OpenMP: a copy of a program is one thread.

cat >digits.lua <<'END'
local model = Sequential()
model:add(Flatten{input_shape = {8, 8, 1}})
model:add(Dense{3, activation = "softmax"})
model:compile{loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 8, epochs = 1}
return model
END
"$CNNC" digits.lua --target generic -o digits.c
$CC -O1 -I"$CNNRT" digits.c "$CNNRT_LIB" -lz -lpng -ljpeg -lm -o digits

mkdir data
for set in train t10k; do
    {
        printf '\0\0\10\3\0\0\0\14\0\0\0\10\0\0\0\10'
        yes 0123456789abcdef | head -c 768
    } | gzip >data/$set-images-idx3-ubyte.gz
    printf '\0\0\10\1\0\0\0\14\0\1\2\0\1\2\0\1\2\0\1\2' >data/$set-labels-idx1-ubyte
done
./digits train --data data --seed 1 --save digits.safetensors >out

pictures=$TOP/tests/fuzz/corpus/image
try 'train' 1 ../digits train --data ../data --seed 1 --save weights
try 'evaluate' 1 ../digits evaluate --data ../data --weights ../digits.safetensors
try 'predict a PNG' 1 ../digits predict --weights ../digits.safetensors "$pictures/palette.png"
try 'predict a PGM' 1 ../digits predict --weights ../digits.safetensors "$pictures/p5"
try 'predict from IDX' 1 ../digits predict --weights ../digits.safetensors ../data/t10k-images-idx3-ubyte.gz
corpus=$TOP/tests/fuzz/corpus
try 'predict from .npz' 1 ../digits predict --weights ../digits.safetensors "$corpus/npy/deflated.npz"
for label in 0 1 2; do echo "$label,$(seq -s , 64)"; done >pixels.csv
try 'predict from CSV' 1 ../digits predict --weights ../digits.safetensors ../pixels.csv
try 'info' 1 ../digits info
exit $status
