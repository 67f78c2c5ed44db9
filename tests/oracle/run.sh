#!/bin/sh
# Compiles every case and compares it with the numbers of PyTorch and TensorFlow.js. make/make.py wrote the cases:
#
#   npm install --prefix /tmp/tfjs @tensorflow/tfjs && tests/oracle/make/make.py /tmp/tfjs
#
# make/training.py those of metrics, class scores of each place, focal and overlap losses, by numpy and PyTorch, and
# make/masks.py those of masked steps, make/several.py those of several inputs and outputs, and of weights of samples and classes.
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
        sgd* | adam* | rmsprop* | schedule_free*) echo native generic ;;
        constraints | regularizers) echo native generic native-small generic-small ;;
        conv2d_same | residual) echo native native-small generic-small ;;
        several_* | class_weight_* | sequences_* | masks_*) echo native generic-small ;;
        embedding* | *attention* | dot* | *rnn | lstm* | gru | bidirectional | *recurrence | conv_lstm | einsum* | functions) echo native generic-small ;;
        conv2d_* | conv1d_* | depthwise | resizing | resizing_smooth | *_pool | batch_* | layer_* | group_* | merging_*) echo native generic-small ;;
        *) echo native ;;
    esac
}

# Most of what a compiler reads of a case is the same in all: so many are the models of one script, and one C file. Not
# those whose layers have the same names, nor those in which names.c cannot tell which is which: layers without parameters are
# counted too, and a model that is called has layers inside.
LOT=12
is_alone() { # NAME
    case $1 in
        several_* | nested | time_distributed_recurrence) return 0 ;;
        *) return 1 ;;
    esac
}

lots() { # CASE... -- writes lots/TARGET-NUMBER, the cases of one
    for name; do
        for target in $(targets "$name"); do
            if is_alone "$name"; then echo "$name" >"lots/$target-$name"; else echo "$target $name"; fi
        done
    done | awk -v most=$LOT '{ list[$1, ++count[$1]] = $2 }
        END { for (target in count) { n = int((count[target] + most - 1) / most)
            for (i = 0; i < count[target]; i++) print list[target, i + 1] >("lots/" target "-" i % n) } }'
}

check() { # LOT TARGET CASE... -- TARGET-small: --optimize size
    lot=$1 target=$2 optimize=speed
    shift 2
    [ "$target" = "${target%-small}" ] || optimize=size
    sh "$HERE/lot.sh" "$@" >"$lot.lua"
    if "$CNNC" --target "${target%-small}" --optimize $optimize "$lot.lua" --name net -o "$lot.c" 2>"$lot.log" &&
        compile "$target" -shared -o "$lot.so" "$lot.c" -lm 2>>"$lot.log"; then
        ./driver "$target" "$HERE/cases" "./$lot.so" "$@"
    else
        echo "not ok $* on $target"
        sed 's/^/# /' "$lot.log"
        false
    fi
}

cd "$SCRATCH" || exit 1
if [ $# = 1 ]; then # one lot, called from below
    check "$1" "${1%-*}" $(cat "lots/$1")
    exit
fi
$COMPILE -Wall -Wextra -o driver "$HERE"/*.c "$CNNRT_LIB" -lz -lpng -ljpeg -lm -ldl || exit 1
mkdir lots
lots ${ORACLE:-$(basename -s .lua "$HERE"/cases/*.lua)}
ls lots | sh "$TOP/tests/parallel.sh" sh "$HERE/run.sh"
