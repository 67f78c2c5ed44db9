#!/bin/sh
# Compiles every case and compares it with the numbers of PyTorch and TensorFlow.js. make/make.py wrote the cases:
#
#   npm install --prefix /tmp/tfjs @tensorflow/tfjs && tests/oracle/make/make.py /tmp/tfjs
#
# make/training.py those of metrics, class scores of each place, focal and overlap losses, by numpy and PyTorch, and
# make/several.py those of several inputs and outputs, and of weights of samples and classes.
#
# ORACLE="conv2d_same adam" runs these cases only.
set -u
HERE=$TOP/tests/oracle
export OMP_WAIT_POLICY=passive # more threads than cores should not spin
SANITIZERS=${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all}
COMPILE="sh $TOP/tests/cc.sh $CC -std=c11 -O0 $SANITIZERS -fopenmp -ffp-contract=off -D_POSIX_C_SOURCE=200809L -I$CNNRT"

# Plain C is compiled by tcc, in a tenth of the time, which knows no OpenMP.
compile() { # TARGET ARGUMENT...
    case $1-$SANITIZERS in
        generic*-) shift && tcc -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Werror -I"$CNNRT" "$@" ;;
        *) shift && $COMPILE -Wall -Wextra -Werror -fPIC "$@" ;;
    esac
}

# The optimizers' rules are tested in plain C too, and the kernels of --optimize size with and without vectors.
targets() { # NAME
    case $1 in
        sgd* | adam* | rmsprop*) echo native generic ;;
        constraints | regularizers) echo native generic native-small generic-small ;;
        conv2d_same | residual) echo native native-small generic-small ;;
        several_* | class_weight_* | sequences_*) echo native generic-small ;;
        embedding* | *attention* | dot* | *rnn | lstm* | gru | bidirectional | *recurrence | conv_lstm | einsum* | functions) echo native generic-small ;;
        conv2d_* | conv1d_* | depthwise | resizing | resizing_smooth | *_pool | batch_* | layer_* | group_* | merging_*) echo native generic-small ;;
        *) echo native ;;
    esac
}

check() { # NAME TARGET -- TARGET-small: --optimize size
    cd "$SCRATCH" || exit 1
    optimize=speed
    [ "$2" = "${2%-small}" ] || optimize=size
    if "$CNNC" --target "${2%-small}" --optimize $optimize "$HERE/cases/$1.lua" --name net -o "$1-$2.c" 2>"$1.log" &&
        compile "$2" -shared -o "$1-$2.so" "$1-$2.c" -lm 2>>"$1.log"; then
        ./driver "$1 on $2" "$HERE/cases/$1.safetensors" "./$1-$2.so"
    else
        echo "not ok $1 on $2"
        sed 's/^/# /' "$1.log"
        false
    fi
}

if [ $# = 1 ]; then # one case, called from below
    for target in $(targets "$1"); do
        check "$1" "$target" || status=1
    done
    exit ${status:-0}
fi
$COMPILE -Wall -Wextra -o "$SCRATCH/driver" "$HERE"/driver.c "$HERE"/tensors.c "$CNNRT_LIB" -lz -lpng -ljpeg -lm -ldl || exit 1
cases=${ORACLE:-$(basename -s .lua "$HERE"/cases/*.lua)}
printf '%s\n' $cases | sh "$TOP/tests/parallel.sh" sh "$0"
