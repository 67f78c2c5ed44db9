#!/bin/sh
# What `cnnc tune` measures, that compiling uses it, and that it changes none of the bits.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
CC="$CC${SANITIZE:+ -fsanitize=$SANITIZE}" XDG_CACHE_HOME=$SCRATCH/cache
export CC XDG_CACHE_HOME
status=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        sed 's/^/    /' out err 2>/dev/null | head -n 40
        status=1
    fi
}

cat >model.lua <<'END'
local model = Sequential()
model:add(Conv2D{4, 3, activation = "relu", input_shape = {28, 28, 1}})
model:add(MaxPool2D{2})
model:add(Conv2D{8, 3, activation = "relu"})
model:add(MaxPool2D{2})
model:add(Flatten())
model:add(Dense{10, activation = "softmax"})
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 64, epochs = 1}
return model
END
schedule() { # OPTION...
    "$CNNC" model.lua --dump schedule --target native "$@" 2>err
}

# ---- measuring -------------------------------------------------------------------------------------
schedule >predicted
"$CNNC" tune model.lua --seconds 0.3 >out 2>err
verdict 'tune measures'
grep -q 'kernels are faster with another tile' out && grep -q '^conv2d_block .* conv2d_1 ' out
verdict 'tune prints a line for each kernel'
awk '/^[a-z0-9]+ conv2d_[a-z_]+ conv2d/ { kernels += NF == 6 && $5 <= $6 } END { exit !(kernels >= 4) }' model.tune
verdict 'the file beside the script has target, kernel, shape, tile and times'
mkdir a b && cp model.tune kept.tune
"$CNNC" model.lua -o a/net.c && "$CNNC" model.lua -o b/net.c && cmp -s a/net.c b/net.c && cmp -s model.tune kept.tune
verdict 'the same file gives the same bytes'

# ---- using -----------------------------------------------------------------------------------------
# Each kernel's line with another tile that it can have: tried until the schedule says that it was taken.
tiles() { # TILE: the same names with other numbers
    echo "$1" | awk -F'[=,]' 'function make(i, text, v) {
            if (i > NF) { print text; return }
            for (v = 1; v <= 6; v++) if (v != $(i + 1) || NF > 2) make(i + 2, text (i > 1 ? "," : "") $i "=" v)
        }
        { make(1, "") }'
}
another() { # TARGET KERNEL SHAPE TILE
    for tile in $(tiles "$4"); do
        printf '%s\n%s %s %s %s 1 2\n' "$(head -n 1 kept.tune)" "$1" "$2" "$3" "$tile" >model.tune
        schedule | grep -q ', measured' && tail -n 1 model.tune && return
    done
}
grep '^[a-z0-9]* conv2d_\(block\|grad_kernel\|grad_input\) ' kept.tune |
    while read -r target kernel shape tile _; do another "$target" "$kernel" "$shape" "$tile"; done >forced
forced=$(wc -l <forced)
echo "# $forced kernels have another tile"
[ "$forced" -ge 3 ]
verdict 'kernels take the tiles of the file'
{
    head -n 1 kept.tune
    cat forced
} >model.tune
schedule >out
[ "$(grep -c ', measured' out)" -ge "$forced" ] && [ ! -s err ]
verdict 'the schedule says which tiles were measured'
schedule --no-tune | cmp -s - predicted
verdict '--no-tune leaves them out'

train() { # NAME OPTION...
    name=$1
    shift
    "$CNNC" model.lua --target native -o "$name.c" --name net "$@" >out 2>err &&
        $CC -O1 -fopenmp -I"$CNNRT" "$name.c" "$CNNRT_LIB" -lz -lpng -ljpeg -lm -o "$name" >>out 2>>err &&
        "./$name" train --data "$TOP/examples/data" --seed 1 --epochs 1 --save "$name.safetensors" >out 2>>err
}
train tuned && train untuned --no-tune
verdict 'both programs train'
! cmp -s tuned.c untuned.c && cmp -s tuned.safetensors untuned.safetensors
verdict 'other tiles give the same bits'

# ---- a model that only predicts ------------------------------------------------------------------------
cat >only.lua <<'END'
local input = Input{12, 12, 3}
return Model{inputs = input, outputs = Flatten()(Conv2D{8, 3, activation = "relu"}(input))}
END
"$CNNC" tune only.lua --target generic --seconds 0.1 >out 2>err
verdict 'a model that only predicts is tuned'
grep -q '^generic conv2d_block conv2d:12x12x3,' only.tune && ! grep -q grad only.tune
verdict 'it has no kernels of training'
"$CNNC" export only.lua -o only.onnx 2>err && "$CNNC" tune only.onnx --target generic --seconds 0.1 >out 2>err
verdict 'one of another tool, whose weights are constants, is tuned, too'

# ---- what is wrong with a file -----------------------------------------------------------------------
complains() { # NAME STATUS PATTERN TEXT
    printf "$4" >model.tune
    "$CNNC" model.lua --target avx2 -o net.c >out 2>err
    [ $? = "$2" ] && grep -q -e "$3" err
    verdict "$1"
}
first=$(head -n 1 kept.tune)
complains 'a bad line is named' 1 'model.tune:3' "$first\n# \navx2 conv2d_block x\n"
complains 'another version is ignored' 0 ' --> model.tune$' 'cnnc-tune 0\n'
complains 'another version is told' 0 'of another version of cnnc' 'cnnc-tune 0\n'
# What is written there is a stranger's, as the script is.
kernel=$(grep '^[a-z0-9]* conv2d_block ' kept.tune | head -n 1 | cut -d ' ' -f 1-3)
printf '%s\n%s \033[31mtile 1 2\n' "$first" "$kernel" >model.tune
"$CNNC" model.lua --target native -o net.c >out 2>err && grep -q 'warning: ?\[31mtile is no tile that conv2d_block can have' err
verdict 'a tile that nothing can have is ignored'
! LC_ALL=C grep -q "$(printf '\033')" err
verdict 'what the file has cannot steer a terminal'
"$CNNC" model.lua --target avx2 --no-tune -o net.c >out 2>err && [ ! -s err ]
verdict '--no-tune does not read it'
rm model.tune
"$CNNC" tune model.lua --cc false >out 2>err
[ $? = 1 ] && grep -q -e '--cc' err && [ ! -e model.tune ]
verdict 'a C compiler that fails leaves no file'
exit $status
