#!/bin/sh
# A generated network is trained, killed at random moments and interrupted, and goes on to the same bits; so does one whose
# script trains it twice, other layers with another optimizer.
# Environment: see tests/check.sh; KILLS=N kills so often, SOAK=1 kills 200 times instead of 40.
set -u
kills=${KILLS:-${SOAK:+200}}
kills=${kills:-40}
# In memory where that is possible: a disk is slow to take what is forced to it, and the kernel outlives a kill.
if [ -w /dev/shm ]; then
    SCRATCH=$(mktemp -d /dev/shm/cnnc-resume-XXXXXX)
    trap 'rm -rf "$SCRATCH"' EXIT
fi
cd "$SCRATCH" || exit 1
export OMP_WAIT_POLICY=passive
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

# ---- a network with all that has a state, and a little of the data ------------------------------------

cat >model.lua <<'END'
local model = Sequential()
model:add(Normalization{axis = {}, input_shape = {28, 28, 1}})
model:add(RandomTranslation{0.1, 0.1, fill_mode = "constant"})
model:add(RandomRotation(0.05))
model:add(MaxPool2D(4))
model:add(Conv2D{4, 3, activation = "relu", kernel_constraint = MaxNorm{2, axis = {0, 1, 2}}, activity_regularizer = L2(1e-4)})
model:add(BatchNormalization())
model:add(Dropout(0.25))
model:add(Flatten())
model:add(Dense{10, activation = "softmax", kernel_regularizer = OrthogonalRegularizer{0.1, "columns"}, bias_regularizer = "l2"})
local optimizer = AdamW{3e-3, global_clipnorm = 1, gradient_accumulation_steps = 3}
model:compile{optimizer = optimizer, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 32, epochs = 100, steps_per_epoch = 20, validation_freq = 2, class_weight = {[0] = 2, [7] = 0.5}, callbacks = {
  ReduceLROnPlateau{monitor = "loss", patience = 3}, EarlyStopping{monitor = "loss", patience = 100},
}}
return model
END

part() { # SET ROWS OCTAL-ROWS: the first rows of a set
    { printf "\\0\\0\\010\\003\\0\\0$3\\0\\0\\0\\034\\0\\0\\0\\034" &&
        gzip -dc "$TOP/examples/data/$1-images-idx3-ubyte.gz" | tail -c +17 | head -c $(($2 * 784)); } >"data/$1-images-idx3-ubyte"
    { printf "\\0\\0\\010\\001\\0\\0$3" &&
        gzip -dc "$TOP/examples/data/$1-labels-idx1-ubyte.gz" | tail -c +9 | head -c "$2"; } >"data/$1-labels-idx1-ubyte"
}
mkdir data
part train 400 '\001\220'
part t10k 100 '\0\144'

build() { # MODEL: net from MODEL.lua
    "$CNNC" "$1.lua" -o net.c --name net &&
        sh "$TOP/tests/cc.sh" $CC -O1 -fopenmp ${SANITIZE:+-fsanitize=$SANITIZE} -I"$CNNRT" net.c "$CNNRT_LIB" -lz -lpng -ljpeg -lm \
            -o net 2>err
}
build model
result 'the network is built'

train() { # ARGUMENT...
    "$@" ./net train --data data --seed 5 --save w --history h.csv --checkpoint c --checkpoint-every 1 --resume \
        >out 2>err
}
# What a training came to, but for the seconds.
outcome() {
    seconds=$(head -n 1 h.csv | tr , '\n' | grep -n '^seconds$' | cut -d: -f1)
    cut -d, -f"1-$((seconds - 1)),$((seconds + 1))-" h.csv | cat w - | sha256sum
}
fresh() {
    rm -f c w h.csv
}

# Sets `whole`, what all others are to come to.
train_whole() {
    fresh
    ./net train --data data --seed 5 --save w --history h.csv >out 2>err
    result 'it trains without stopping'
    whole=$(outcome)
}
train_on_threads() {
    for threads in 1 2 3 8; do
        fresh
        train env OMP_NUM_THREADS=$threads
        [ "$(outcome)" = "$whole" ]
        result "and on $threads threads"
    done
}
train_whole
train env
[ "$(outcome)" = "$whole" ]
result 'a training that keeps checkpoints has the same bits'
train_on_threads

# ---- killed ------------------------------------------------------------------------------------------

random() { # BELOW
    echo $(($(od -An -N2 -tu2 /dev/urandom) % $1))
}

# The training of the script that a checkpoint is of.
stage() {
    head -c 4000 c | grep -ao '"stage":"[0-9]*"' | tr -dc '0-9'
}

# Kills trainings, on any number of threads, until so many were killed in each of the stages; sets `bad` where one does not go on
# as it should.
kill_in() { # KILLS STAGE...
    wanted=$1 killed=0 ended=0 bad='' in_1=0 in_2=0
    shift
    fresh
    while [ -z "$bad" ]; do
        less=
        for number in "$@"; do
            [ $((in_$number)) -ge "$wanted" ] || less=1
        done
        [ -n "$less" ] || break
        OMP_NUM_THREADS=$(echo 1 2 3 8 | cut -d' ' -f$((1 + $(random 4)))) \
            train timeout -s KILL "0.$(printf %03d $((2 + $(random 100))))"
        case $? in
        137)
            killed=$((killed + 1))
            [ $killed -lt $((wanted * 40)) ] || bad='a stage in which none is killed'
            [ -e c ] || continue
            [ "$(stage)" = 2 ] && in_2=$((in_2 + 1)) || in_1=$((in_1 + 1))
            ./net evaluate --data data --weights c >out 2>err || bad='a checkpoint that cannot be read'
            ;;
        0)
            ended=$((ended + 1))
            [ "$(outcome)" = "$whole" ] || bad='other bits'
            fresh
            ;;
        *) bad='a training that does not go on' ;;
        esac
    done
    echo "# killed $killed times, behind a checkpoint of stage 1 $in_1 times, of stage 2 $in_2 times; came to its end $ended times on" \
        "the way"
    [ -z "$bad" ]
}
kill_in "$kills" 1
result "killed at $kills random moments it goes on each time${bad:+: $bad}"
train env
result 'and comes to its end'
[ "$(outcome)" = "$whole" ]
result 'with the same bits and the same history'
[ "$(ls)" = "$(printf '%s\n' c data err h.csv model.lua net net.c net.h out w)" ]
result 'and leaves no other file'

# ---- interrupted -------------------------------------------------------------------------------------

interrupt() { # SIGNAL STATUS
    fresh
    for seconds in 0.02 0.03 0.04 0.05 0.06 0.08 0.1 0.13 0.16 0.2 0.3 0.4 0.5 0.7 1 1.5 2; do # until it has begun
        train timeout --preserve-status -s "$1" "$seconds"
        got=$?
        [ ! -s out ] || break
    done
    [ $got = "$2" ] && [ ! -e w ] && grep -q '^Interrupted after step [0-9]*\. To go on:$' out
    result "SIG$1 ends it with $2, and it says how to go on"
    sh -c "$(tail -n 1 out)" >out 2>err
    result "what it says is a command"
    [ "$(outcome)" = "$whole" ]
    result "which ends with the same bits and the same history"
}
interrupt INT 130
interrupt TERM 143

if command -v python3 >/dev/null; then
    python3 - <<'END' >out 2>err
import signal, subprocess
def listen(): # a shell that runs this in the background has the signal ignored
    signal.signal(signal.SIGINT, signal.SIG_DFL)
net = subprocess.Popen(["./net", "train", "--data", "data", "--epochs", "1000000"], stdout=subprocess.PIPE, preexec_fn=listen)
net.stdout.readline()
net.send_signal(signal.SIGINT)
net.stdout.read()
assert net.wait() == -signal.SIGINT, net.returncode
END
    result 'it dies of the signal, as a shell that runs it wants to know'
fi

# ---- what others make of a checkpoint ------------------------------------------------------------------

fresh
train env
"$CNNC" model.lua --weights w -o net.c && mv net.c weights.c && cp c w && "$CNNC" model.lua --weights w -o net.c &&
    cmp net.c weights.c
result 'cnnc embeds the weights of a checkpoint'
if command -v python3 >/dev/null; then
    python3 - <<'END' >out 2>err
import json, struct, zlib
file = open("c", "rb").read()
length = struct.unpack("<Q", file[:8])[0]
header, data = json.loads(file[8:8 + length]), file[8 + length:]
metadata = header.pop("__metadata__")
assert metadata["checkpoint"] == "3" and metadata["stage"] == "1"
size = {"F32": 4, "F64": 8, "I64": 8, "U64": 8, "U32": 4, "U8": 1}
place = 0
for name, tensor in header.items():
    count = 1
    for dim in tensor["shape"]:
        count *= dim
    assert tensor["data_offsets"] == [place, place + count * size[tensor["dtype"]]], name
    place = tensor["data_offsets"][1]
assert place == len(data) and name == ".training/crc32"
assert struct.unpack("<I", data[-4:])[0] == zlib.crc32(file[:-4])
def number(name, format):
    return struct.unpack_from(format, data, header[".training/" + name]["data_offsets"][0])[0]
assert number("step", "<Q") == 100 * 20 and number("epoch", "<q") == 100 and number("batch", "<q") == 0
assert header[".training/history"]["shape"] == [100, 5]
assert header[".training/velocity/conv2d/kernel"]["shape"] == header["conv2d/kernel"]["shape"] == [3, 3, 1, 4]
END
    result 'Python reads it'
fi

# ---- two stages ------------------------------------------------------------------------------------------

# In the first, layers are frozen, and an average of the parameters takes their place in the end; the second thaws them, with
# another optimizer, a learning rate of the script's own and other callbacks, and ends with the parameters of its best epoch.
cat >stages.lua <<'END'
local model = Sequential()
model:add(MaxPool2D{4, input_shape = {28, 28, 1}})
local base = Conv2D{4, 3, activation = "relu"}
model:add(base)
local norm = BatchNormalization()
model:add(norm)
model:add(Dropout(0.25))
model:add(Flatten())
model:add(Dense{10, activation = "softmax", kernel_constraint = MaxNorm(2)})
local loss = "sparse_categorical_crossentropy"
base.trainable, norm.trainable = false, false
model:compile{optimizer = Adam{CosineDecay(3e-3, 500), use_ema = true, ema_momentum = 0.9}, loss = loss, metrics = {"accuracy"}}
model:fit{batch_size = 32, epochs = 40, steps_per_epoch = 20, callbacks = {EarlyStopping{monitor = "loss", patience = 100}}}
base.trainable, norm.trainable = true, true
model:compile{optimizer = SGD{function(step) return 0.01 / (1 + step // 50) end, momentum = 0.9, nesterov = true}, loss = loss, metrics = {"accuracy"}}
model:fit{batch_size = 50, epochs = 60, callbacks = {
  EarlyStopping{monitor = "loss", patience = 100, restore_best_weights = true},
}}
return model
END
build stages
result 'a network of two stages is built'
train_whole
train_on_threads
kill_in $(((kills + 3) / 4)) 1 2
result "killed $(((kills + 3) / 4)) times in each stage it goes on each time${bad:+: $bad}"
train env
[ "$(outcome)" = "$whole" ] && [ "$(stage)" = 2 ]
result 'and comes to its end with the same bits and the same history'
build model

# ---- no number -------------------------------------------------------------------------------------------

fresh
./net train --data data --save w --checkpoint c --checkpoint-every 1 --learning-rate 1e38 >out 2>err
[ $? = 1 ] && [ ! -e w ] && grep -q 'after step [0-9]*: try a smaller learning rate' err
result 'what is no number ends a training, and is not saved'
[ ! -e c ] || ./net evaluate --data data --weights c >out 2>err
result 'and the last checkpoint can be read'
exit $status
