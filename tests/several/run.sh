#!/bin/sh
# A network with two inputs and two outputs, and weights of its samples, as the user of its program meets it: arrays given one
# by one, in a folder and in an archive train to the same bits, on any number of threads and after a kill; what is predicted is
# in files that others read; and what is wrong with an array is said.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
HERE=$TOP/tests/several
export OMP_WAIT_POLICY=passive
COMPILE="sh $TOP/tests/cc.sh $CC -std=c11 -O0 ${SANITIZE:+-fsanitize=$SANITIZE} -fopenmp -Wall -Wextra -Werror -I$CNNRT"
LIBRARIES="$CNNRT_LIB -lz -lpng -ljpeg -lm"
status=0

result() { # NAME, of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
        sed 's/^/# /' out err 2>/dev/null | tail -n 20
    fi
}

"$CNNC" "$HERE/model.lua" --name net -o net.c && $COMPILE net.c $LIBRARIES -o net &&
    $COMPILE -Wpedantic -Wshadow -Wconversion "$HERE/arrays.c" $LIBRARIES -o arrays
result 'the network and the maker of arrays build'
mkdir one other folder
./arrays make one 100 1 && ./arrays make other 30 2
result 'arrays are made'
for name in left right; do cp one/$name.npy folder/x_train_$name.npy; done
for name in kind size; do cp one/$name.npy folder/y_train_$name.npy; done
cp one/weights.npy folder/sample_weight_train.npy

inputs="--input left=one/left.npy --input right=one/right.npy"
given="$inputs --label kind=one/kind.npy --label size=one/size.npy"
others="--input left=other/left.npy --input right=other/right.npy"

# ---- training ------------------------------------------------------------------------------------------------

train() { # ARGUMENT...
    ./net train --seed 3 "$@" >out 2>err
}

train $given --sample-weight one/weights.npy --save whole --history whole.csv --epochs 6
result 'it trains on arrays that are given one by one'
[ "$(head -n 1 whole.csv)" = epoch,seconds,loss,kind_loss,size_loss,kind_accuracy,size_mae,kind_weighted_accuracy ]
result 'with the columns that Keras has'
train folder --save found --epochs 6 && cmp found whole
result 'and to the same bits on those of a folder, found by their names'
for threads in 1 2 3 8; do
    train folder --save found --epochs 6 --threads $threads && cmp found whole
    result "and on $threads threads"
done
train $given --save without --epochs 6 && ! cmp -s without whole
result 'weights of samples change what comes out'

# As in Keras, they weigh the loss, and not the mean of a batch that BatchNormalization takes.
cat >normalized.lua <<'LUA'
local x = Input{shape = {6}, name = "left"}
local normal = BatchNormalization{center = false, scale = false}(x)
local model = Model{inputs = x, outputs = Dense{2, use_bias = false, name = "size"}(normal)}
model:compile{optimizer = SGD(1e-30), loss = "mse"}
return model
LUA
"$CNNC" normalized.lua --name normalized -o normalized.c && $COMPILE normalized.c $LIBRARIES -o normalized &&
    ./normalized train --input left=one/left.npy --label size=one/size.npy --save even >out 2>err &&
    ./normalized train --input left=one/left.npy --label size=one/size.npy --sample-weight one/weights.npy --save weighed \
        >out 2>err && cmp even weighed
result 'but not what a batch is normalized with'

# Nor what the network adds to its loss: where all weights are 0, that is all.
added() { # LOSS -- a network and its program, called added
    cat >added.lua <<LUA
local x = Input{shape = {6}, name = "left"}
local size = Dense{2, name = "size"}(x)
local model = Model{inputs = x, outputs = size}
model:add_loss(ops.mean(ops.square(size - 1), {axis = -1}))
model:compile{optimizer = SGD(0.1)$1}
return model
LUA
    "$CNNC" added.lua -o added.c && $COMPILE added.c $LIBRARIES -o added
}
{
    head -c 128 one/weights.npy
    head -c 400 /dev/zero
} >zeros.npy
added ', loss = "mse"' &&
    ./added train --input left=one/left.npy --label size=one/size.npy --sample-weight zeros.npy --save of_both >out 2>err &&
    of_both=$(grep -o ' loss: .*' out) && added '' && ./added train --input left=one/left.npy --save of_added >out 2>err &&
    [ "$(grep -o ' loss: .*' out)" = "$of_both" ] && [ -n "$of_both" ] && cmp of_both of_added
result 'nor what the network adds to its loss'
! ./added train --input left=one/left.npy --sample-weight zeros.npy >out 2>err &&
    grep -q 'zeros.npy: weights of samples multiply the loss of an output, but model added has only what it adds' err
result 'where there is nothing else, weights are refused'
mkdir beside && cp one/left.npy beside/x_train.npy && cp zeros.npy beside/sample_weight_train.npy
! ./added train beside >out 2>err &&
    grep -q 'beside/sample_weight_train.npy: weights of samples multiply the loss of an output, but model added has only' err
result 'also those that lie beside its data'

train folder --epochs 2 --checkpoint part --save found && [ -s part ] &&
    train folder --epochs 6 --checkpoint part --resume --save found && cmp found whole
result 'a training that goes on has the same bits'
rm -f part found
train $given --sample-weight one/weights.npy --epochs 400 --save whole
for seconds in 0.01 0.02 0.03 0.05 0.08; do
    timeout -s KILL $seconds ./net train --seed 3 folder --epochs 400 --checkpoint part --checkpoint-every 1 --resume \
        --save found >out 2>err
    [ ! -e part ] || ./net evaluate $given --weights part >out 2>err
    result 'a killed one leaves a checkpoint that can be read'
done
train folder --epochs 400 --checkpoint part --resume --save found && cmp found whole
result 'and goes on to the same bits'

train $given --validation-data one --save found && grep -q 'val_kind_accuracy: ' out && grep -q 'val_size_mae: ' out
result 'it validates on data of their own'
loss=$(sed -n 's/.* val_loss: \([0-9.]*\).*/\1/p' out | tail -n 1)
./net evaluate $given --weights found >out 2>err && grep -q " loss: $loss " out
result 'to the loss that evaluate says'

# ---- prediction ------------------------------------------------------------------------------------------------

./net predict --weights whole $others --output all.npz --output kind=kind.npy --output size=size.npy >out 2>err
result 'it predicts both outputs into files'
for name in kind size; do
    ./arrays same all.npz:$name $name.npy >out 2>err
    result "$name is the same in the archive and by itself"
done
! ./arrays same all.npz:kind size.npy
result 'other arrays are told apart'
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
    /usr/bin/python3 - <<'PYTHON' >out 2>err
import zipfile, numpy
with zipfile.ZipFile("all.npz") as archive:
    assert archive.testzip() is None and archive.namelist() == ["kind.npy", "size.npy"]
arrays = numpy.load("all.npz")
assert arrays["kind"].shape == (30, 3) and arrays["size"].shape == (30, 2) and arrays["kind"].dtype == numpy.float32
assert (arrays["kind"] == numpy.load("kind.npy")).all() and abs(arrays["kind"].sum(1) - 1).max() < 1e-6
given = {n: numpy.load("one/" + n + ".npy") for n in ("left", "right", "kind", "size")}
numpy.savez_compressed("one.npz", x_train_left=given["left"], x_train_right=given["right"], y_train_kind=given["kind"],
                       y_train_size=given["size"], sample_weight_train=numpy.load("one/weights.npy"))
PYTHON
    result 'NumPy reads the archive, whose checksums are right'
    train one.npz --epochs 400 --save found && cmp found whole
    result 'and what NumPy writes trains to the same bits'
fi
./net predict --weights whole $others --output size=size.csv >out 2>err &&
    [ "$(head -n 1 size.csv)" = sample,size_output_0,size_output_1 ] && [ "$(wc -l <size.csv)" = 31 ]
result 'one output in a table'

# ---- what is wrong ----------------------------------------------------------------------------------------------

refuse() { # STATUS WORDS COMMAND ARGUMENT...
    wanted=$1 words=$2
    shift 2
    rm -f saved
    ./net "$@" >out 2>err
    [ $? = "$wanted" ] && grep -q -F -e "$words" err && [ ! -e saved ]
    result "refused: $words"
}

kind='--label kind=one/kind.npy' size='--label size=one/size.npy'
refuse 2 'the input right is missing: --input right=FILE' train --input left=one/left.npy $kind $size --save saved
refuse 1 'the labels of the output size are missing: --label size=FILE' train $inputs $kind --save saved
refuse 1 'other/kind.npy has 30 rows, but one/left.npy has 100' train $inputs --label kind=other/kind.npy $size --save saved
refuse 1 'one/right.npy: its samples are 4, but the input of model net is 6' \
    train --input left=one/right.npy --input right=one/left.npy $kind $size --save saved
refuse 1 'one/size.npy: a row has 2 labels, but model net wants 1' \
    train $inputs --label kind=one/size.npy --label size=one/kind.npy --save saved
refuse 2 "--input wants NAME=FILE, NAME being one of left, right, not 'middle=one/left.npy'" \
    train --input middle=one/left.npy $kind $size --save saved
refuse 1 'other/weights.npy: has 30 weights, but there are 100 samples' \
    train $given --sample-weight other/weights.npy --save saved
refuse 2 '--input gives the data: leave out one' train $given --data one --save saved
refuse 2 '--save writes one/weights.npy, which is a file of the data' \
    train $given --sample-weight one/weights.npy --save one/weights.npy
refuse 2 'an .npy file holds one array, and there are 2 outputs' predict --weights whole $others --output saved.npy
refuse 2 '--output writes saved.npy, which is that of another output' \
    predict --weights whole $others --output kind=saved.npy --output size=saved.npy
refuse 1 'whose arrays are given by --input NAME=FILE' train one/left.npy --save saved
rm folder/x_train_right.npy
refuse 1 'folder: has no array for the input right of model net: x_train_right, right_train or right; its arrays are' \
    train folder --save saved
refuse 1 'folder: has no array for the input right' train $given --validation-data folder --save saved
head -c 128 one/weights.npy >infinite.npy
{ printf '\0\0\200\177' && tail -c +133 one/weights.npy; } >>infinite.npy
refuse 1 'infinite.npy: row 0 has a weight that is no finite number' train $given --sample-weight infinite.npy --save saved
exit $status
