#!/bin/sh
# What generated C promises beside right numbers: no heap, no recursion, a bounded stack; nothing written outside its
# arrays; no undefined behaviour; re-entrant; and the same bytes wherever it is made.
set -u
cd "$SCRATCH" || exit 1
HERE=$TOP/tests/generated
FLAGS="-std=c11 -Wall -Wextra -D_POSIX_C_SOURCE=200809L -I. -I$CNNRT -I$HERE"
COMPILE="sh $TOP/tests/cc.sh $CC"
export OMP_WAIT_POLICY=passive
status=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
    fi
}

# Of the vector targets the widest that this processor has.
target=$("$CNNC" --target help | awk '/\(native\)/ { print $1 }')
case $target in
    avx512) vectors="-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma" ;;
    avx2) vectors="-mavx2 -mfma" ;;
    *) vectors= ;;
esac

# ---- names: a tensor is called as its layer is, unless functions around it need the name -----------------------
cat >names.lua <<'END'
local input, whole = Input{4}, Input{{3}, dtype = "int32", name = "whole"}
local x = input
for _, name in ipairs{"weight_of", "uint8_t", "int32_t", "store_output", "store_output_2", "weigh", "valid_lanes", "input_rows",
  "label_rows", "row_of", "row_at", "to_whole", "omp_get_thread_num", "memcpy", "while", "expf", "class", "new", "this", "and"} do
  x = Dense{4, activation = "tanh", name = name, kernel_regularizer = L2(1)}(x)
end
local y = Flatten()(Embedding{5, 4, name = "int64_t"}(whole))
local model = Model{inputs = {input, whole}, outputs = {Dense{3, name = "store_output_1"}(x), Dense{2, name = "to"}(y)}}
model:compile{optimizer = "adam", loss = "mse"}
return model
END
"$CNNC" names.lua --target generic -o names.c && $COMPILE $FLAGS -Wshadow -Werror -O0 -c names.c
verdict 'layers may be called as C and the functions of the file are'
grep -q ' 1\.0 \* parameters\[' names.c && ! grep -q ' 1 \* parameters\[' names.c
verdict 'penalties are computed in double, whatever their factor'

# ---- C++ takes the C, too ------------------------------------------------------------------------------------

as_cpp() { # COMPILER SCRIPT OPTION...
    compiler=$1 model=$2
    shift 2
    rm -f net.*
    "$CNNC" "$model" "$@" --name net -o net.c &&
        $compiler -x c++ -Wall -Wextra -Werror -fopenmp -fsyntax-only -I. -I"$CNNRT" net.c
}

for script in examples/mnist examples/text examples/models/autoencoder tests/golden/graph tests/golden/augmented tests/scripts/batch_norm \
    tests/scripts/two_inputs tests/scripts/stream; do
    as_cpp 'g++ -std=c++17' "$TOP/$script.lua" --target generic &&
        as_cpp 'clang++ -std=c++20' "$TOP/$script.lua" --target generic --optimize size
    verdict "$script is C++ without a warning"
done
as_cpp 'clang++ -std=c++17' "$TOP/examples/mnist.lua" && as_cpp 'g++ -std=c++20' names.lua --target generic &&
    as_cpp 'g++ -std=c++17' "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors"
verdict 'so are C of several targets, a network of bad names and one of embedded weights'

# ---- heap, recursion, stack: from gcc's call graph ------------------------------------------------------------

# A gcc that is ccache's would keep the object, and not the call graph.
gcc_graph() { # ARGUMENT...
    CCACHE_DISABLE=1 gcc -fcallgraph-info=su,da -c "$@"
}

# Nothing of the C library is called but this, and of libm for some nonlinearities and optimizers.
allowed=" memset memcpy memmove sqrt sqrtf pow expf exp log logf log1pf tanhf erff fabsf floorf fmaf fmaxf fminf "

check_stack() { # NAME SCRIPT OPTION...
    name=$1 model=$2 flags=
    shift 2
    rm -f net.*
    case " $* " in *" $target "*) flags=$vectors ;; esac
    "$CNNC" "$TOP/$model" "$@" --name net -o net.c && gcc_graph -std=c11 -O2 $flags -I"$CNNRT" net.c -o net.o
    verdict "$name compiles"
    awk -v allowed="$allowed" -f "$HERE/stack.awk" net.ci >stack
    verdict "$name: no heap, no recursion, a stack of known size"
    grep '^#' stack
    echo "# $name: at most $(awk '/^[^#]/ && $2 > most { most = $2 } END { print most }' stack) bytes of stack," \
        "$(awk '/^net_predict / { print $2 }' stack) to predict"
    awk '/^[^#]/ && $2 > 16384 { exit 1 }' stack
    verdict "$name: at most 16 KiB of stack"
}

for script in examples/mnist tests/golden/geometry tests/scripts/batch_norm; do
    for kind in "$target" "generic --optimize size"; do
        check_stack "$(basename $script) for $kind" $script.lua --target $kind
    done
done

# The awk that looks at call graphs sees what it looks for.
cat >bad.c <<'END'
#include <stdlib.h>
int odd(int n);
int even(int n) { return n == 0 ? 1 : odd(n - 1) + 1; }
int odd(int n) { return n == 0 ? 0 : even(n - 1) + 1; }
int heap(int n) { int *p = malloc(4); return p ? n : 0; }
int pointer(int (*f)(int)) { return f(1) + 1; }
int data(int n) { volatile char room[n]; room[0] = 1; return room[0]; }
END
gcc_graph -O0 bad.c && ! awk -v allowed="$allowed" -f "$HERE/stack.awk" bad.ci >stack &&
    [ "$(grep -c -e 'calls itself' -e 'calls malloc' -e 'through a pointer' -e 'depends on data' stack)" = 4 ]
verdict 'recursion, heap, pointers and growing arrays are found in a file that has them'

# ---- guard pages and UBSan, ThreadSanitizer ----------------------------------------------------------------------

check_memory() { # NAME SCRIPT OPTION...
    name=$1 model=$2 flags=
    shift 2
    rm -f net.*
    case " $* " in *" $target "*) flags=$vectors ;; esac
    "$CNNC" "$TOP/$model" "$@" --name net -o net.c &&
        $COMPILE $FLAGS $flags -O1 -fopenmp -fsanitize=undefined -fno-sanitize-recover=all "$HERE/guard.c" \
            "$HERE/${programs:-networks}.c" "$HERE/arrays.c" net.c -lm -o guard && ./guard
    verdict "$name stays inside its arrays and has no undefined behaviour"
}

check_threads() { # NAME SCRIPT OPTION...
    name=$1 model=$2
    shift 2
    flags=
    case " $* " in *" $target "*) flags=$vectors ;; esac
    "$CNNC" "$TOP/$model" "$@" --name net -o net.c &&
        $COMPILE $FLAGS $flags -O1 -fsanitize=thread "$HERE/threads.c" "$HERE/networks.c" \
            "$HERE/arrays.c" net.c -lm -lpthread -o threads && ./threads
    verdict "$name runs in two threads at once"
}

for script in examples/mnist tests/golden/geometry tests/golden/graph tests/golden/mlp tests/scripts/channels_first \
    tests/scripts/batch_norm; do
    check_memory "$(basename $script) for $target" $script.lua --target "$target"
    check_memory "$(basename $script) for generic, small" $script.lua --target generic --optimize size
done
check_memory "winograd for $target" tests/golden/winograd.lua --target "$target"
check_memory "mnist for generic" examples/mnist.lua --target generic
for kind in "$target" "generic --optimize size"; do
    programs=two_inputs check_memory "two_inputs for $kind" tests/scripts/two_inputs.lua --target $kind
done

if echo 'int main(void) { return 0; }' | $CC -fsanitize=thread -x c - -o probe && ./probe; then
    check_threads "mnist for $target" examples/mnist.lua --target "$target"
    check_threads 'batch_norm for generic, small' tests/scripts/batch_norm.lua --target generic --optimize size
else
    echo 'ok # skipped: ThreadSanitizer does not run here'
fi

# ---- long sums ----------------------------------------------------------------------------------------------------

for kind in "$target" "generic" "generic --optimize size"; do
    flags=
    case $kind in "$target") flags=$vectors ;; esac
    for long in sums products; do
        rm -f net.*
        "$CNNC" "$TOP/tests/scripts/long_$long.lua" --target $kind --name net -o net.c &&
            $CC $FLAGS $flags -O1 "$HERE/$long.c" net.c "$CNNRT_LIB" -lz -lpng -ljpeg -lm -o long && ./long
        verdict "long $long for $kind lose no digits"
    done
done

# ---- the same bytes -------------------------------------------------------------------------------------------------

mkdir -p here "there/in a folder"
cp "$TOP/examples/residual.lua" here/model.lua
cp here/model.lua "there/in a folder/model.lua"
(cd here && "$CNNC" model.lua -o net.c)
same() { # NAME COMMAND...: makes net.c of model.lua again
    name=$1
    shift
    (cd "there/in a folder" && rm -f net.c net.h && "$@" "$CNNC" model.lua -o net.c) &&
        cmp here/net.c "there/in a folder/net.c" && cmp here/net.h "there/in a folder/net.h"
    verdict "the same bytes $name"
}
same 'in another folder' env
same 'without address randomisation' setarch -R
same 'with it' env
same 'with memory that was filled' env MALLOC_PERTURB_=165
same 'in another environment' env -i LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Tokyo HOME=/nowhere LUA_INIT='os.exit(3)'

# ---- on how many threads calls are made ----------------------------------------------------------------------

"$CNNC" "$TOP/examples/mnist.lua" --target generic --emit infer --name net -o net.c &&
    $COMPILE $FLAGS -Werror -O1 -fopenmp "$HERE/pace.c" -lm -o pace && ./pace
verdict 'threads that cost more than they win give way'

# ---- a stream, step by step -------------------------------------------------------------------------------

check_stream() { # OPTION...
    "$CNNC" "$TOP/tests/scripts/stream.lua" "$@" --name net -o net.c &&
        "$CNNC" "$TOP/tests/scripts/stream_whole.lua" "$@" --name whole -o whole.c &&
        $COMPILE $FLAGS -Werror -O1 -fsanitize=address,undefined -fno-sanitize-recover=all $vectors -o stream "$HERE/stream.c" \
            net.c whole.c -lm && ./stream || status=1
}
check_stream --target generic --optimize size
check_stream --target "$target"

exit $status
