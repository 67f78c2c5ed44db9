#!/bin/sh
# Trainings from the script to the weights: that what a script says of them is what happens.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
CC="$CC${SANITIZE:+ -fsanitize=$SANITIZE}"
XDG_CACHE_HOME=$SCRATCH/cache
export CC XDG_CACHE_HOME OMP_WAIT_POLICY=passive
status=0

result() { # NAME, of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
        cat out err 2>/dev/null
    fi
}

# 200 rows of 6 numbers and a class, from a generator that is the same everywhere.
awk 'BEGIN {
    print "label,a,b,c,d,e,f"
    s = 12345
    for (i = 0; i < 200; i++) {
        row = ""
        for (j = 0; j < 6; j++) {
            s = (s * 16807) % 2147483647
            x[j] = s / 1073741824 - 1
            row = row sprintf(",%.5f", x[j])
        }
        print (x[0] + x[1] * x[2] > 0) row
    }
}' >data.csv

# A script, and what it prints; further words go to its program.
run() { # SCRIPT COMMAND...
    script=$1
    shift
    "$CNNC" run "$script" -- "$@" >out 2>err
}

# The numbers of a tensor in a safetensors file.
tensor() { # FILE NAME
    length=$(od -An -tu8 -N8 "$1" | tr -d ' ')
    where=$(tail -c +9 "$1" | head -c "$length" |
        sed -n "s|.*\"$2\":{[^}]*\"data_offsets\":\[\([0-9]*\),\([0-9]*\)\].*|\1 \2|p")
    [ -n "$where" ] || return 1
    from=${where% *} to=${where#* }
    tail -c +$((9 + length + from)) "$1" | head -c $((to - from)) | od -An -v -tf4 | tr -s ' \n' ' '
}

# ---- frozen is frozen --------------------------------------------------------------------------------------

frozen_model() { # LEARNING-RATE
    cat <<END
local model = Sequential{
  Input{6}, Dense{4, trainable = false},
  BatchNormalization{trainable = false, moving_mean_initializer = Constant(2), moving_variance_initializer = Constant(9)},
  Dense{2, activation = "softmax"},
}
model:compile{optimizer = Adam($1), loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{epochs = 3}
return model
END
}
frozen_model 0.1 >frozen.lua
frozen_model 1e-30 >still.lua
run frozen.lua train data.csv --save w && [ "$(tensor w batch_normalization/moving_mean)" = ' 2 2 2 2 ' ] &&
    [ "$(tensor w batch_normalization/moving_variance)" = ' 9 9 9 9 ' ]
result 'a frozen batch normalization leaves its statistics alone'
run still.lua train data.csv --save fresh && [ "$(tensor w dense/kernel)" = "$(tensor fresh dense/kernel)" ] &&
    [ "$(tensor w dense_1/kernel)" != "$(tensor fresh dense_1/kernel)" ]
result 'what is frozen stays, and what is not learns'
loss() { sed -n 's/.* - loss: \([0-9.]*\).*/\1/p' out | tail -n 1; }
trained=$(loss)
run still.lua evaluate --data data.csv --set train --weights fresh && [ -n "$trained" ] && [ "$trained" = "$(loss)" ]
result 'it normalises in training as in inference'
run frozen.lua info && grep -q '^54 parameters, 10 of them trainable' out && grep -q '^  optimizer  *80$' out
result 'the optimizer keeps nothing for it'

exit $status
