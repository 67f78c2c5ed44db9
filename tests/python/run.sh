#!/bin/sh
# --python: the page's commands as its reader types them, then what a module promises: the bits of the network's program, each
# kind of input, label and weight, and a message for what is wrong.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
here=$TOP/tests/python
PATH=/usr/bin:$PATH # Debian's Python, which has Debian's numpy
export PATH CC
unset VECTORS # all of <immintrin.h>, as a user has it
status=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
        sed 's/^/    /' log | tail -n 20
    fi
}

refuses() { # STATUS WORDS ARGUMENT...
    wanted=$1 words=$2
    shift 2
    "$CNNC" "$@" >out 2>log
    [ $? = "$wanted" ] && grep -q -- "$words" log
    verdict "cnnc $*: $words"
}

# ---- the page ----------------------------------------------------------------------------------------

mkdir -p place/build
for entry in examples runtime; do ln -s "$TOP/$entry" place/; done
ln -s "$BUILD/cnnc" "$BUILD/libcnnrt.a" "$BUILD/cnnrt.h" place/build/
sed -n 's/^    \$ //p' "$TOP/examples/python/README.md" >commands
while read -r line; do
    (cd place && PYTHONDONTWRITEBYTECODE=1 && export PYTHONDONTWRITEBYTECODE && eval "$line" </dev/null) >said 2>log
    verdict "the page: $line"
done <commands
sed 's/[0-9]*[mu]s/ms/; s/- [0-9]*s/- s/' said >told
grep '^    [^$]' "$TOP/examples/python/README.md" | sed -n '/Epoch 1/,/filters/p' | sed 's/^    //; s/[0-9]*[mu]s/ms/; s/- [0-9]*s/- s/' |
    cmp - told
verdict 'the page shows what was printed'

# ---- what it promises ----------------------------------------------------------------------------------

compile() { # NAME SCRIPT OPTION...
    name=$1 script=$2
    shift 2
    "$CNNC" "$script" "$@" --target generic -o "$name.c" --python "$name.py" >log 2>&1
    verdict "cnnc ${script##*/} $* --python $name.py"
}
compile digits "$TOP/examples/mnist.lua"
compile embedded "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors"
compile bare "$TOP/examples/mnist.lua" --emit infer
compile tickets "$TOP/examples/tickets.lua"
compile iris "$TOP/examples/iris.lua"
cat >hot.lua <<'END'
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = SGD(0.1), loss = "categorical_crossentropy"}
model:fit{batch_size = 8, epochs = 2}
return model
END
compile hot hot.lua
for name in digits iris; do
    $CC -O1 -fopenmp -ffp-contract=off ${SANITIZE:+-fsanitize=$SANITIZE} -I"$CNNRT" $name.c "$CNNRT_LIB" -lz -lpng -ljpeg -lm -o $name >log 2>&1
    verdict "$name is a program, too"
done
# A library with sanitizers asks for a Python with them.
if [ -n "$SANITIZE" ]; then
    exit $status
fi
CFLAGS=-O1 CNNC_RUNTIME=$BUILD PYTHONDONTWRITEBYTECODE=1 python3 "$here/check.py" "$TOP" 2>log
verdict 'all of check.py'

# ---- command lines -------------------------------------------------------------------------------------

mnist=$TOP/examples/mnist.lua
refuses 2 'net.py, a name that a program can import' "$mnist" -o net.c --python net.txt
refuses 2 'net.py, a name that a program can import' "$mnist" -o net.c --python my-net.py
refuses 2 'would hide what it needs itself' "$mnist" -o net.c --python struct.py
refuses 2 'writes beside the C' "$mnist" -o net.c --python place/net.py
refuses 2 'writes beside the C' "$mnist" -o - --name net --python net.py
refuses 2 'leave out --emit arduino' "$mnist" --emit arduino -o lib --python net.py
refuses 1 'for one model' "$TOP/examples/models/autoencoder.lua" -o gan.c --python gan.py
[ ! -e net.c ] && [ ! -e gan.c ]
verdict 'what is refused writes nothing'
exit $status
