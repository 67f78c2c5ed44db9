#!/bin/sh
# The command line as a user meets it: exit statuses, messages, and which files are there afterwards.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
CC="$CC${SANITIZE:+ -fsanitize=$SANITIZE}"
export CC
failures=0

pass() { echo "ok $1"; }
fail() {
    echo "not ok $1"
    failures=$((failures + 1))
    sed 's/^/    /' out err 2>/dev/null | head -n 40
}
verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then pass "$1"; else fail "$1"; fi
}

# Runs a command and looks at its status and at what it says on standard error (a regular expression).
expect() { # NAME STATUS PATTERN COMMAND...
    name=$1 status=$2 pattern=$3
    shift 3
    "$@" >out 2>err
    got=$?
    if [ $got != "$status" ]; then
        fail "$name: status $got, not $status"
    elif [ -n "$pattern" ] && ! grep -q -e "$pattern" err; then
        fail "$name: no word of: $pattern"
    elif grep -q -e 'stack traceback' -e '\[string' err; then
        fail "$name: a Lua message shows through"
    else
        pass "$name"
    fi
}

# The same for a script that must be refused: nothing may be left behind.
refuse() { # NAME PATTERN SCRIPT-TEXT
    rm -rf refused
    mkdir refused
    printf '%s\n' "$3" >refused/model.lua
    expect "$1" 1 "$2" "$CNNC" refused/model.lua -o refused/net.c
    [ "$(ls refused)" = model.lua ]
    verdict "$1: no file is left"
}

model() { # LINE of layers -> model.lua
    cat <<END
local model = Sequential()
model:add(Input{shape = {8, 8, 1}})
$1
model:add(Flatten())
model:add(Dense{3, activation = "softmax"})
model:compile{optimizer = "sgd", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model
END
}
model 'model:add(Conv2D{2, 3, activation = "relu"})' >model.lua

# ---- weights of PyTorch ---------------------------------------------------------------------------

torch=$TOP/tests/unit/pytorch
"$CNNC" export "$torch/image.lua" -o w.onnx 2>/dev/null
expect 'a model for weights' 1 '--layout pytorch reads PyTorch' "$CNNC" "$torch/image.lua" --weights w.onnx -o image.c
expect 'weights of PyTorch in our layout' 1 '--layout pytorch reads them' \
    "$CNNC" "$torch/image.lua" --weights "$torch/image.safetensors" -o image.c
expect 'weights of PyTorch' 0 'dense/kernel 176x5 <- fc1.weight 5x176' \
    "$CNNC" "$torch/image.lua" --weights "$torch/image.safetensors" --layout pytorch --target generic -o image.c
expect 'weights of PyTorch, converted' 0 'conv2d/bias 4 <- conv1.bias 4' \
    "$CNNC" convert "$torch/image.lua" --weights "$torch/image.safetensors" --layout pytorch -o w-1.safetensors
cp image.c before.c
expect 'what was converted is read' 0 '' "$CNNC" "$torch/image.lua" --weights w-1.safetensors --target generic -o image.c
cmp image.c before.c
verdict 'converted weights give the same C'

# ---- does the C compute what the model says? -----------------------------------------------------

# tcc compiles in no time, and as gcc does where -ffp-contract is off.
trained="--weights $torch/image.safetensors --layout pytorch"
# shellcheck disable=SC2086 # words
set -- "$torch/image.lua" $trained --cc 'tcc -w'
expect 'verify' 0 '' "$CNNC" verify "$@"
grep -q '^ok: the C computes what the model says, for 4 samples$' out && grep -q '^separable_conv2d (SeparableConv2D) ' out &&
    grep -q '^dense_2 (predict_many) ' out && ! grep -q WRONG out
verdict 'verify prints layers and outputs'
expect 'verify outputs of PyTorch' 0 '' "$CNNC" verify "$@" --optimize size --data "$torch/image.x.npy" --expect "$torch/image.y.npy"
grep -q '^ok: the C computes what that file has, for 2 samples$' out
verdict 'verify says whose outputs they are'
cp "$torch/image.y.npy" spoilt.npy
printf '\0\0\200?' | dd of=spoilt.npy bs=1 seek=128 conv=notrunc 2>/dev/null # the first number: 1
expect 'verify finds other outputs' 1 '' "$CNNC" verify "$@" --data "$torch/image.x.npy" --expect spoilt.npy
grep -q '^WRONG: the C does not compute what that file has$' out
verdict 'verify says that they are others'
cat >broken-cc <<'END'
#!/bin/sh
# A compiler that subtracts where it should add up products.
for word; do case $word in */image*.c) sed -i 's/return a \* b + c;/return a * b - c;/' "$word" ;; esac; done
exec tcc -w "$@"
END
chmod +x broken-cc
set -- "$torch/image.lua" --cc ./broken-cc
expect 'verify with a compiler that is broken' 1 '' "$CNNC" verify "$@"
grep -q '^WRONG: the C does not compute what the model says; the first layer that differs is conv2d$' out &&
    grep -q '^conv2d (Conv2D) .* WRONG$' out
verdict 'verify names the first layer that is wrong'
set -- "$torch/image.lua" --cc 'tcc -w' --run
expect 'a runner that fails' 1 '`false` failed' "$CNNC" verify "$@" false
expect 'a runner that prints something else' 1 'printed something else than its' "$CNNC" verify "$@" echo
expect 'a compiler that fails' 1 '`false` failed' "$CNNC" verify "$torch/image.lua" --cc false
printf 'local a, b = Input{5}, Input{5}\nreturn Model{inputs = {a, b}, outputs = Add()({a, b})}\n' >two.lua
expect 'samples of two inputs' 1 'has an array for each, by its name: input_layer, input_layer_1' "$CNNC" verify two.lua --data "$torch/image.y.npy"
expect '--expect without --data' 2 'needs the samples' "$CNNC" verify "$torch/image.lua" --expect spoilt.npy
expect '--samples of none' 2 'a whole number, 1 to' "$CNNC" verify "$torch/image.lua" --samples 0
expect '--data where nothing is run' 2 'is for --emit selftest' "$CNNC" "$torch/image.lua" --data spoilt.npy -o image.c
cat >deadly-cc <<'END'
#!/bin/sh
# A compiler in whose time cnnc is ended.
kill -"$SIGNAL" $PPID
sleep 0.1
END
chmod +x deadly-cc
mkdir temporary
for SIGNAL in INT TERM KILL; do
    SIGNAL=$SIGNAL TMPDIR=temporary "$CNNC" verify "$torch/image.lua" --cc ./deadly-cc >out 2>err
    ended=$? tries=0
    while [ -n "$(ls temporary)" ] && [ $tries -lt 100 ]; do sleep 0.1 && tries=$((tries + 1)); done
    [ $ended -gt 128 ] && [ -z "$(ls temporary)" ]
    verdict "verify that SIG$SIGNAL ends leaves nothing behind"
done
TMPDIR=temporary "$CNNC" verify "$torch/image.lua" --cc 'tcc -w' >out && [ -z "$(ls temporary)" ]
verdict 'nor one that is done'
env -u CC CFLAGS=-O0 "$CNNC" verify "$torch/image.lua" >out && { [ "$(uname -m)" != x86_64 ] || grep -q ' for target fat, ' out; }
verdict 'without another compiler it is about the C that cnnc writes'

# shellcheck disable=SC2086 # words
expect 'a test without files' 0 '' "$CNNC" "$torch/image.lua" $trained --emit selftest --target generic -o selftest.c
tcc -w -run selftest.c -lm >out && grep -q '^selftest: ok: 20 numbers of 4 samples; the largest error is [0-9]* % of what float may be off$' out
verdict 'it finds its network right'
sed 's/return a \* b + c;/return a * b - c;/' selftest.c >selftest-wrong.c
tcc -w -run selftest-wrong.c -lm >out
[ $? = 1 ] && grep -q '^selftest: WRONG: [0-9]* of 20 numbers are farther off than float may be$' out
verdict 'it finds another one wrong'

# ---- another tool's model as a script ---------------------------------------------------------------
mkdir imported
expect 'export makes a model to import' 0 '' "$CNNC" export model.lua -o imported/m.onnx
expect 'import wants to know where to' 2 'cnnc: where should the script go?' "$CNNC" import imported/m.onnx
expect 'import writes scripts' 2 'should end in .lua' "$CNNC" import imported/m.onnx -o imported/m.c
expect 'import takes no weights' 2 'cnnc import takes no --weights' "$CNNC" import imported/m.onnx -o imported/m.lua --weights w
expect 'import of a script' 1 'is no model of another tool' "$CNNC" import model.lua -o imported/m.lua
expect 'import of no file' 1 'No such file' "$CNNC" import nowhere.onnx -o imported/m.lua
expect 'import into no folder' 1 'nowhere/m.safetensors' "$CNNC" import imported/m.onnx -o nowhere/m.lua
ln -s m.onnx imported/m.safetensors
expect 'import over its own model' 2 'would be written over' "$CNNC" import imported/m.onnx -o imported/m.lua
rm imported/m.safetensors
mkdir imported/m.lua
expect 'import over a script' 1 'is there already, and cnnc import writes over nothing' "$CNNC" import imported/m.onnx -o imported/m.lua
rmdir imported/m.lua
[ "$(ls imported)" = m.onnx ]
verdict 'where it fails, import writes nothing'
expect 'import' 0 '' "$CNNC" import imported/m.onnx -o imported/m.lua
[ "$(echo imported/*)" = 'imported/m.lua imported/m.onnx imported/m.safetensors' ] && [ ! -s out ] && [ ! -s err ]
verdict 'import writes a script and its weights'
mv imported/m.lua m-imported.lua
expect 'import over weights' 1 'help: remove it, or choose another name' "$CNNC" import imported/m.onnx -o imported/m.lua
[ ! -e imported/m.lua ] && mv m-imported.lua imported/m.lua
verdict 'import leaves them as they are'
expect 'what is imported is trained as a script' 1 '`cnnc import` makes a script of it' "$CNNC" imported/m.onnx --emit train -o net.c
"$CNNC" imported/m.onnx --target generic --name net -o - >direct.c && "$CNNC" imported/m.lua --weights imported/m.safetensors \
    --target generic --name net -o - >out 2>err && grep -o '[0-9.]*f[,;}]' direct.c >numbers && grep -o '[0-9.]*f[,;}]' out | cmp -s - numbers
verdict 'the C of both has the same numbers'

# ---- usage -----------------------------------------------------------------------------------------
expect 'help' 0 '' "$CNNC" --help
grep -q 'usage: cnnc' out
verdict 'help goes to standard output'
for option in $(sed -n 's/^  [-a-z, ]*--\([a-z-]*\) [^ ].*/\1/p' out); do
    expect "--$option needs a value" 2 "needs a value" "$CNNC" model.lua "--$option"
done
expect 'option of another command' 2 'run takes no --output, which is for compiling' "$CNNC" run model.lua -o net.c
expect 'version' 0 '' "$CNNC" --version
grep -q '^cnnc [0-9.]*$' out
verdict 'version is one line'
expect 'no script' 2 'no model script' "$CNNC"
expect 'no output' 2 '-o net.c' "$CNNC" model.lua
expect 'unknown option' 2 'unknown option `--frobnicate`' "$CNNC" model.lua --frobnicate
expect 'mistyped option' 2 'unknown option `--otput`; did you mean --output?' "$CNNC" model.lua --otput net.c
expect 'option with one dash' 2 'unknown option `-seed`; did you mean --seed?' "$CNNC" model.lua -seed 3
expect 'option cut too short' 2 '`--s` may be any of --shape, --seed, --seconds' "$CNNC" model.lua --s 3
expect 'value that is none' 2 '--no-tune takes no value: leave out `=1`' "$CNNC" model.lua --no-tune=1
expect 'unknown letter in a word' 2 'unknown option `-x`' "$CNNC" model.lua -xo net.c
expect 'bad memory limit' 2 'whole number of MiB' "$CNNC" model.lua -o net.c --memory-limit 1G
expect 'bad time limit' 2 'whole number of seconds' "$CNNC" model.lua -o net.c --time-limit 1h
expect 'missing value' 2 'needs a value' "$CNNC" model.lua -o
expect 'option of the program' 2 'takes no --data, .*; the program takes them: -- train --data FILE' "$CNNC" run model.lua --data x
expect 'option of the program alone' 2 'unknown option `--epochs`. The program'"'"'s arguments go behind --' "$CNNC" run model.lua --epochs 1
expect 'unknown command' 2 'there is no command `train`; there are summary, graph, size, tune, run, export, import, convert, verify and help.*cnnc run' "$CNNC" train model.lua
expect 'mistyped command' 2 'there is no command `sumary`; did you mean summary?' "$CNNC" sumary
expect 'command that needs no word' 2 'there is no command `compile`: `cnnc MODEL.lua -o net.c` compiles' "$CNNC" compile model.lua
expect 'two scripts' 2 'one model script' "$CNNC" model.lua other.lua -o net.c
expect 'output without .c' 2 'end in .c' "$CNNC" model.lua -o net.o
expect 'name from a file that is no identifier' 2 '--name' "$CNNC" model.lua -o my-net.c
expect 'bad name' 2 'no C identifier' "$CNNC" model.lua -o net.c --name 3d
expect 'reserved name' 2 'begins with an underscore.*--name' "$CNNC" model.lua -o net.c --name _N
expect 'name of the runtime' 2 'cnnrt.h.*--name' "$CNNC" model.lua -o cnn.c
expect 'header of the runtime' 2 'would be cnnrt.h.*another' "$CNNC" model.lua -o cnnrt.c --name net
expect 'header of C' 2 'would be string.h.*another' "$CNNC" model.lua -o out/string.c
expect 'bad seed' 2 'whole number' "$CNNC" model.lua -o net.c --seed -1
expect 'bad shape' 2 'such as 28x28x1' "$CNNC" model.lua -o net.c --shape 28,28
expect 'bad target' 2 '--target help' "$CNNC" model.lua -o net.c --target z80
expect 'bad stage' 2 '--dump help' "$CNNC" model.lua --dump everything
expect 'bad emit' 2 'infer' "$CNNC" model.lua -o net.c --emit both
expect 'bad optimize' 2 'speed' "$CNNC" model.lua -o net.c --optimize fast
expect 'tune for several targets' 2 'one target at a time' "$CNNC" tune model.lua --target fat
expect 'tune with weights' 2 'takes no --weights' "$CNNC" tune model.lua --weights w.safetensors
expect 'seconds of nothing' 2 'is for tune' "$CNNC" model.lua -o net.c --seconds 3
expect 'bad seconds' 2 'above 0' "$CNNC" tune model.lua --seconds 0
expect 'size both ways' 2 'takes no --optimize' "$CNNC" size model.lua --optimize size
expect 'compiler for no one' 2 'is for summary, size, tune, run and verify' "$CNNC" model.lua -o net.c --cc gcc
expect 'json without summary' 2 'summary' "$CNNC" model.lua -o net.c --json
expect 'targets' 0 '' "$CNNC" --target help
grep -q '^generic ' out && grep -q '(native)' out
verdict 'targets are listed, one is native'
[ ! -e net.c ] && [ ! -e net.h ]
verdict 'wrong usage writes nothing'

# ---- a good compilation ------------------------------------------------------------------------------
expect 'compile' 0 '' "$CNNC" model.lua -o net.c
[ -s net.c ] && [ -s net.h ] && [ "$(echo net.*)" = 'net.c net.h' ]
verdict 'net.c and net.h are there and nothing else'
grep -q 'net_predict' net.h
verdict 'functions are named after the output'
touch -d '2001-01-01' net.c net.h
expect 'compile again' 0 '' "$CNNC" model.lua -o net.c
[ -z "$(find net.c net.h -newermt 2002-01-01)" ]
verdict 'an unchanged file keeps its time'
expect 'standard output' 0 '' "$CNNC" model.lua -o - --name net
cmp -s out net.c
verdict 'the same bytes on standard output'
expect 'other name' 0 '' "$CNNC" model.lua -o net.c --name digits
grep -q 'digits_predict' net.h && ! grep -q 'net_predict' net.h
verdict '--name names the functions'
for name in model predict train block net_predict; do
    "$CNNC" model.lua -o named.c --name $name && $CC -O0 -fopenmp -march=native -I"$CNNRT" -c named.c 2>err
    verdict "the name $name meets none of the file's own"
done
"$CNNC" model.lua -o my-net.c --name x 2>/dev/null && [ -s my-net.h ]
verdict '--name allows any file name'
"$CNNC" model.lua -o infer.c --emit infer && ! grep -q cnnrt.h infer.c infer.h
verdict '--emit infer needs no runtime'
# What the compiler's README says of the way through it is this list.
way=$("$CNNC" --dump help | awk '{ printf " -> %s", $1 }')
grep -q "model.lua$(echo "$way" | sed 's/ -> script/ -> script -> graph/') -> emit" "$TOP/compiler/README.md"
verdict 'the README of the compiler lists the passes in their order'
for stage in $("$CNNC" --dump help | cut -d" " -f1); do
    expect "dump $stage" 0 '' "$CNNC" model.lua --dump "$stage"
    grep -q conv2d out
    verdict "dump $stage shows the convolution"
done

# ---- a warning ---------------------------------------------------------------------------------------
sed 's/"softmax"/"relu"/' model.lua >relu.lua
expect 'a loss that does not fit' 0 '^warning: sparse_categorical_crossentropy takes probabilities' \
    "$CNNC" relu.lua -o relu.c
grep -q 'relu.lua:6' err && grep -q 'help: give the Dense of line 5 activation = "softmax"' err && [ -s relu.c ]
verdict 'it is told at its line, and the C is written'
"$CNNC" size relu.lua >out 2>err && [ "$(grep -c '^warning' err)" = 1 ]
verdict 'a script that runs twice warns once'
expect 'a warning on standard error' 0 '^warning' "$CNNC" relu.lua -o - --name relu
cmp -s out relu.c
verdict 'a warning is not in the C'

# ---- models that cannot be ---------------------------------------------------------------------------
refuse 'kernel larger than input' 'model.lua:3' "$(model 'model:add(Conv2D{2, 9})')"
refuse 'pool larger than input' 'model.lua:3' "$(model 'model:add(MaxPool2D{9})')"
refuse 'negative size' 'model.lua:3' "$(model 'model:add(Conv2D{-2, 3})')"
refuse 'size of zero' 'model.lua:3' "$(model 'model:add(Conv2D{2, 0})')"
refuse 'unknown argument' 'filters' "$(model 'model:add(Conv2D{filtres = 2, kernel_size = 3})')"
refuse 'wrong type' 'model.lua:3' "$(model 'model:add(Conv2D{2, "three"})')"
refuse 'rank' 'model.lua:4' "$(model 'model:add(Flatten())
model:add(Conv2D{2, 3})')"
refuse 'groups that do not divide' 'model.lua:3' "$(model 'model:add(Conv2D{2, 3, groups = 2})')"
refuse 'stride and dilation' 'model.lua:3' "$(model 'model:add(Conv2D{2, 3, strides = 2, dilation_rate = 2})')"
refuse 'syntax error' 'to close .* at line 3' "$(model 'model:add(Conv2D{')"
refuse 'runtime error of the script' 'model.lua:3' "$(model 'local x = nil + 1')"
refuse 'error() of the script' 'too bad' "$(model 'error("too bad")')"
refuse 'no model' 'makes no model' 'local x = 1'
refuse 'forgotten Flatten' 'Flatten' 'local model = Sequential()
model:add(Conv2D{2, 3, input_shape = {8, 8, 1}})
model:add(Dense{3, activation = "softmax"})
model:compile{optimizer = "sgd", loss = "sparse_categorical_crossentropy"}
return model'
refuse 'absurd size' 'model.lua:3' "$(model 'model:add(Conv2D{1000000000, 3, padding = "same"})')"
refuse 'more work than memory' 'bytes of memory in one piece' 'return Sequential{Input{1 << 18, 1 << 18, 1},
    Conv2D{2, 3}, GlobalAveragePooling2D()}'
refuse 'layer that needs the most memory' 'model.lua:2' 'return Sequential{
    ZeroPadding2D{100000, input_shape = {8, 8, 1}}, Conv2D{1, 3}}'
# A folder or a file may be named by whoever wrote the script, too.
mkdir -p 'folder*'
cp model.lua 'folder*/int evil;
#error evil'.lua
expect 'path that would be C' 0 '' "$CNNC" 'folder*/int evil;
#error evil'.lua -o evil.c --name evil --emit infer --target generic
$CC -fsyntax-only evil.c 2>err && grep -q 'from folder_/int evil;_#error evil.lua for' evil.c
verdict 'path that would be C: it stays in its comment'
# A script from a pipe is read once: its line cannot be shown again, and must not be waited for.
mkfifo pipe.lua
echo 'return Sequential{Dense{x = 1}}' >pipe.lua &
expect 'script from a pipe' 1 'pipe.lua:1' timeout 20 "$CNNC" pipe.lua -o pipe.c
echo 'return Sequential{Dense{' >pipe.lua &
expect 'script from a pipe that does not parse' 1 'pipe.lua:2' timeout 20 "$CNNC" pipe.lua -o pipe.c
# What is read is not written over.
cp model.lua over.h
expect 'header over the script' 2 'would be written over `over.h`' "$CNNC" over.h -o over.c
cp model.lua over.lua
ln -s over.lua over.c
expect 'output over the script, by a link' 2 'would be written over `over.lua`' "$CNNC" over.lua -o over.c
cmp -s model.lua over.h && cmp -s model.lua over.lua
verdict 'nothing was written over'
# The limit of memory holds in the script, in the stages behind it, and where they write C.
model 'local t = {} for i = 1, 1e6 do t[i] = {} end' >large.lua
expect 'memory limit in a script' 1 'it may use 8 MiB, --memory-limit MIB allows it more' \
    "$CNNC" large.lua -o large.c --memory-limit 8
expect 'larger memory limit' 0 '' "$CNNC" large.lua -o fits.c --memory-limit 512
model 'for i = 1, 600 do model:add(Conv2D{2, 3, padding = "same"}) end' >large.lua
expect 'memory limit in the compiler' 1 'more than 24 MiB to compile' \
    "$CNNC" large.lua -o large.c --memory-limit 6
model 'for i = 1, 40 do model:add(Conv2D{i, 3, padding = "same"}) end' >large.lua
expect 'memory limit in what writes C' 1 'more than 24 MiB to write' \
    "$CNNC" large.lua -o large.c --memory-limit 3
expect 'no memory limit' 0 '' "$CNNC" large.lua -o fits.c --memory-limit 0
[ "$(find . -name 'large.[ch]*')" = '' ]
verdict 'memory limit: no file is left'
# That of time holds wherever it goes: in one instruction of the script, or in the stages behind it.
model 'local s = ("x"):rep(1 << 24) local t = ("x"):rep(1 << 24) while true do local n = s == t end' >slow.lua
expect 'time limit in a script' 1 '--time-limit SECONDS allows it more' "$CNNC" slow.lua -o slow.c --time-limit 1
model 'for i = 1, 1500 do model:add(Conv2D{2, 3, padding = "same"}) end' >slow.lua
expect 'time limit in the compiler' 1 '--time-limit SECONDS allows it more' "$CNNC" slow.lua -o slow.c --time-limit 1
[ "$(find . -name 'slow.[ch]*')" = '' ]
verdict 'time limit: no file is left'
refuse 'no end' '' "$(model 'model:add(Dense{1e300})')"

# ---- files that cannot be read or written ---------------------------------------------------------------
expect 'script that is not there' 1 'nowhere.lua' "$CNNC" nowhere.lua -o net2.c
mkdir -p folder.lua
expect 'script that is a folder' 1 'folder.lua' "$CNNC" folder.lua -o net2.c
expect 'weights that are not there' 1 'nowhere.safetensors' "$CNNC" model.lua -o net2.c --weights nowhere.safetensors
printf 'rubbish' >bad.safetensors
expect '--layout without weights' 2 'needs --weights FILE' "$CNNC" model.lua -o net2.c --layout pytorch
expect 'convert without weights' 2 'which weights' "$CNNC" convert model.lua -o w.safetensors
expect 'convert to C' 2 'where should they go' "$CNNC" convert model.lua --weights w.safetensors -o net2.c
expect 'convert onto what is read' 2 'is read; choose another name' "$CNNC" convert model.lua --weights w.safetensors -o w.safetensors
expect '--partial without weights' 2 'needs --weights FILE' "$CNNC" model.lua -o net2.c --partial
expect 'weights that are rubbish' 1 'bad.safetensors' "$CNNC" model.lua -o net2.c --weights bad.safetensors
expect 'folder that is not there' 1 'nowhere/net2.c' "$CNNC" model.lua -o nowhere/net2.c
[ "$(find . -name 'net2*' -o -name '*.tmp')" = '' ]
verdict 'nothing is left of them'
mkdir -p net3.c
expect 'output that is a folder' 1 'net3.c' "$CNNC" model.lua -o net3.c
[ ! -e net3.h ] && [ "$(find . -name '*.tmp')" = '' ]
verdict 'nothing is left of it'
if [ -w /dev/full ]; then
    expect_full() { "$@" >/dev/full 2>err; }
    expect_full "$CNNC" model.lua -o - --name net
    [ $? = 1 ] && grep -q 'cannot write' err
    verdict 'full disk under standard output'
    expect_full "$CNNC" summary model.lua
    [ $? = 1 ] && grep -q 'cannot write' err
    verdict 'full disk under a summary'
fi
# A file size limit is the nearest to a full disk that needs no root. SIGXFSZ is ignored, so write() fails.
(trap '' XFSZ && ulimit -f 1 && exec "$CNNC" model.lua -o full.c) 2>err
[ $? = 1 ] && grep -q 'cannot write `full' err
verdict 'disk that fills up'
[ "$(find . -name 'full*')" = '' ]
verdict 'disk that fills up: no file is left'
cp net.c before.c
(trap '' XFSZ && ulimit -f 1 && exec "$CNNC" model.lua -o net.c --name other) 2>err
cmp -s net.c before.c && [ "$(find . -name '*.tmp')" = '' ]
verdict 'disk that fills up: the old file is still whole'

if [ -z "$SANITIZE" ]; then
    model 'local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end' >greedy.lua
    expect 'out of memory' 1 'memory' sh -c "ulimit -v 200000; '$CNNC' greedy.lua -o greedy.c"
fi

# ---- summary -------------------------------------------------------------------------------------------
expect 'summary' 0 '' "$CNNC" summary "$TOP/examples/mnist.lua"
for words in 'Layer (type) .*Output Shape .*Param #' 'conv2d (Conv2D) .*(None, 24, 24, 8) .* 208 .* 4,608 ' \
    'max_pooling2d (MaxPooling2D) .*(None, 12, 12, 8) .* 0 .* 1,152 ' \
    'conv2d_1 (Conv2D) .*(None, 10, 10, 16) .* 1,168 .* 1,600 ' \
    'max_pooling2d_1 (MaxPooling2D) .*(None, 5, 5, 16) .* 0 .* 400 ' 'dense (Dense) .*(None, 10) .* 4,010 .* 10 ' \
    'Total params: 5,386 ' 'Trainable params: 5,386 ' 'Non-trainable params: 0 ' 'RAM of prediction: ' \
    'RAM of training' 'of which at least .* is live at once'; do
    grep -q "$words" out
    verdict "summary has: $words"
done
# ---- RAM ------------------------------------------------------------------------------------------------
echo 'return Sequential{Input{32, 32, 1}, Conv2D{8, 3}, Conv2D{8, 3}, GlobalAveragePooling2D()}' >ram.lua
for words in 0 -1 24KB 1G 9999999999999M K; do
    expect "--max-ram $words" 2 "is a number of bytes, or of KB or MB, as 24K or 1M, not \`$words\`" \
        "$CNNC" ram.lua --max-ram $words -o ram.c
done
expect 'what --max-ram can be' 0 '' "$CNNC" summary ram.lua
grep -q 'with --max-ram down to [0-9.]* KB of workspace, its images passing row by row' out
verdict 'summary says so'
expect 'RAM that suffices' 0 '' "$CNNC" ram.lua --emit infer --max-ram 10K -o ram.c
[ "$(sed -n 's/.*RAM_WORKSPACE_BYTES \([0-9]*\).*/\1/p' ram.h)" -lt 10240 ]
verdict 'the workspace is as small'
expect 'RAM of what makes no C' 2 'which is for compiling, summary, size, run and verify' "$CNNC" export ram.lua --max-ram 10K -o ram.onnx
# The C that is verified is the one that is compiled: its parameters count, too.
expect 'RAM that is verified' 1 'prediction takes [0-9,]* bytes of RAM' "$CNNC" verify ram.lua --max-ram 2K
expect 'RAM that does not' 1 'prediction takes [0-9,]* bytes of RAM, [0-9,]* more than --max-ram allows, and most .* in layer `conv2d' \
    "$CNNC" ram.lua --emit infer --max-ram 2K -o none.c
[ ! -e none.c ]
verdict 'then there is no file'
expect 'flash that suffices' 0 '' "$CNNC" "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors" --target generic \
    --max-flash 22K -o flash.c
expect 'flash that does not' 1 'constants take 21,544 bytes of flash, 5,160 more than .*, and `dense/kernel` 16,000 of them' \
    "$CNNC" "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors" --target generic --max-flash 16K -o none.c
[ ! -e none.c ]
verdict 'then there is no file, either'
expect 'flash where nothing is constant' 0 '--max-flash has nothing to count' "$CNNC" "$TOP/examples/mnist.lua" --max-flash 1K -o flash.c

printf '%s\n' 'return Sequential{name = "tiny", Dense{1, input_shape = {1}}}' >named.lua
expect 'summary of a model with a name' 0 '' "$CNNC" summary named.lua
grep -q '^Model: "tiny"$' out
verdict 'it has the name that the script gives it'
cat >nested.lua <<'END'
local tower = Sequential{{Dense{4, input_shape = {None, 3}}, Dense(2)}, name = "tower"}
local a, b = Input{shape = {None, 3}, name = "a"}, Input{shape = {None, 3}, name = "b"}
local head = Input{shape = {None, 2}}
local both = Model(head, {Dense(3)(head), Dense(5)(head)})
return Model{inputs = {a, b}, outputs = both(Subtract{tower(a), tower(b)})}
END
expect 'lengths that are open' 1 'give them .*--shape a=100x3 --shape b=100x3' "$CNNC" summary nested.lua
for command in summary size; do
    expect "lengths for $command" 0 '' "$CNNC" $command nested.lua --shape a=7x3 --shape b=7x3
done
expect 'models in a summary' 0 '' "$CNNC" summary nested.lua --shape a=7x3 --shape b=7x3
for words in 'tower (Sequential)  *(None, 7, 2)  *26  *42  *280  *168  a, b$' \
    'functional (Functional)  *\[(None, 7, 3), (None, 7, 5)\]  *24  *56  *112  *224  subtract$' 'Total params: 50 '; do
    grep -q "$words" out
    verdict "summary has: $words"
done
printf '%s\n' 'local m = Sequential{Dense{1, input_shape = {1}}}' 'm.name = "a b"' 'return m' >named.lua
expect 'name of a model that is none' 1 'named.lua:2' "$CNNC" summary named.lua
# ---- pictures ------------------------------------------------------------------------------------------
expect 'a picture needs a name' 2 'Say so with `-o net.svg`' "$CNNC" graph model.lua
expect 'a picture of no known kind' 2 'net.jpg. should end in .dot, .gv, .svg, .*DOT on standard output' "$CNNC" graph model.lua -o net.jpg
expect 'a direction that is none' 2 '--rankdir is one of TB|LR, not `RL`' "$CNNC" graph model.lua -o net.svg --rankdir RL
expect 'an option that a picture has not' 2 'cnnc graph takes no --target' "$CNNC" graph model.lua -o net.svg --target generic
for kind in 'svg <svg ' 'png .PNG' 'pdf %PDF' 'dot digraph "model" {' 'gv digraph "model" {'; do
    expect "a picture: ${kind%% *}" 0 '' "$CNNC" graph model.lua -o "net.${kind%% *}"
    [ ! -s err ] && head -c 40 "net.${kind%% *}" | LC_ALL=C grep -aq "^${kind#* }"
    verdict "it is one: ${kind%% *}"
done
expect 'a picture on standard output' 0 '' "$CNNC" graph model.lua -o - --rankdir LR
grep -q 'rankdir=LR' out && grep -q '^n[0-9]* -> n[0-9]*$' out
verdict 'it is DOT, from left to right'
mkdir nowhere && touch nowhere/libgvc.so nowhere/libgvc.so.6 nowhere/libgvc.so.7
expect 'a picture without Graphviz' 1 'there is no Graphviz here' env LD_LIBRARY_PATH="$PWD/nowhere" "$CNNC" graph model.lua -o no.svg
grep -q 'help: install Graphviz' err && [ ! -e no.svg ]
verdict 'it says what would help, and leaves no file'
expect 'a picture without plugins' 1 'help: install Graphviz' env GVBINDIR="$PWD/nowhere" "$CNNC" graph model.lua -o no.png
expect 'DOT without Graphviz' 0 '' env LD_LIBRARY_PATH="$PWD/nowhere" "$CNNC" graph model.lua -o no.dot
printf '%s\n' 'local m = Sequential{Input{8}}' 'for i = 1, 1000 do m:add(Dense{8}) end' 'return m' >long.lua
expect 'a picture of 1,000 layers' 0 '' timeout 100 "$CNNC" graph long.lua -o long.svg
[ "$(grep -c '<title>dense' long.svg)" = 1000 ]
verdict 'it has each of them'
expect 'a picture that is too long for dots' 0 'was made smaller' "$CNNC" graph long.lua -o long.png

expect 'a picture as a page' 0 '' "$CNNC" graph model.lua -o net.html
grep -q '^<svg class="net"' net.html && grep -q '<li>conv2d (Conv2D) 6x6x2, 3x3, relu, 20 parameters; from input.</li>' net.html
verdict 'it has the picture, and says it in words'

# ---- a summary as a page -------------------------------------------------------------------------------
printf '%s\n' 'return {one = Sequential{Dense{1, input_shape = {1}}}, two = Sequential{Dense{2, input_shape = {3}}}}' >two.lua
expect 'a page' 0 '' "$CNNC" summary two.lua --html page.html
[ ! -s out ] && [ ! -s err ] && ! grep -q -e 'https*://[^w]' -e '<script' -e 'src=' -e ' href=' page.html
verdict 'it prints nothing, and asks for nothing of the net'
[ "$(sed -n 's/^<h2>\(.*\)<.h2>/\1/p' page.html | tr '\n' ' ')" = 'one two The layers ' ]
verdict 'it has each model of the script, and their picture'
for script in examples/mnist.lua examples/residual.lua examples/text.lua; do
    "$CNNC" summary "$TOP/$script" --html page.html >out 2>err && awk -f "$TOP/tests/cli/overlaps.awk" page.html >reach &&
        "$CNNC" summary --json "$TOP/$script" >summary.json && ! grep overlap reach
    verdict "no blocks overlap in the memory of $script"
    for map in predict train; do
        key=$(echo $map | sed 's/predict/prediction/; s/train/training/')
        bytes=$(sed -n "s/.*\"$key\": .*\"workspace_bytes\": \([0-9]*\).*/\1/p" summary.json)
        [ "$(sed -n "s/^$map //p" reach)" = "$bytes" ]
        verdict "they reach as far as the workspace does: $map"
    done
done
tr '\n' ' ' <page.html | grep -o '<[^>]*>' | awk '/^<!|\/>$|^<meta / { next }
    { tag = $1; gsub(/[<>]/, "", tag) }
    tag ~ /^\// { if (open[depth--] != substr(tag, 2)) { print "open is " open[depth + 1] " at " $0; exit 1 }; next }
    { open[++depth] = tag }
    END { exit depth != 0 }' >out
verdict 'each tag of the page is closed in its turn'
expect 'a page on standard output' 0 '' "$CNNC" summary model.lua --html -
[ "$(sed 1q out)" = '<!DOCTYPE html>' ]
verdict 'it is one'
expect 'a page without Graphviz' 0 '' env LD_LIBRARY_PATH="$PWD/nowhere" "$CNNC" summary model.lua --html page.html
grep -q 'no picture of them here: there is no Graphviz here' page.html
verdict 'says so in place of the picture'
expect 'a page of another kind' 2 'should end in .html' "$CNNC" summary model.lua --html page.htm
expect 'a page for programs' 2 'not both at once' "$CNNC" summary model.lua --html page.html --json
expect 'measuring without a page' 2 '--measure is for the page of --html FILE' "$CNNC" summary model.lua --measure
expect 'measuring with weights' 2 'leave out --weights' "$CNNC" summary model.lua --html page.html --measure --weights w.safetensors
printf '%s\n' 'return Sequential{Dense{1, input_shape = {1}}}' >untrained.lua
expect 'measuring what cannot run' 1 'needs a loss.*compile' "$CNNC" summary untrained.lua --html page.html --measure
expect 'a measured page' 0 '' env XDG_CACHE_HOME="$PWD/measured" CC="$CC" "$CNNC" summary "$TOP/examples/sine.lua" --html page.html --measure
grep -q '<h3>The kernels of a training step</h3>' page.html && [ "$(grep -c '<circle' page.html)" -ge 3 ]
verdict 'it has a dot for each kernel'

expect 'summary as JSON' 0 '' "$CNNC" summary --json "$TOP/examples/mnist.lua"
cp out summary.json
if command -v python3 >/dev/null; then
    python3 - <<'END' >out 2>err
import json
s = json.load(open("summary.json"))
assert [l["neurons"] for l in s["layers"] if "Conv" in l["type"] or "Pool" in l["type"]] == [4608, 1152, 1600, 400]
assert s["layers"][0]["output_shape"] == [24, 24, 8]
assert s["layers"][0]["multiply_adds"] == 24 * 24 * 8 * 25
assert s["parameters"] == s["trainable_parameters"] == sum(l["parameters"] for l in s["layers"]) == 5386
for use in ("prediction", "training"):
    assert s[use]["bytes"] >= s[use]["lower_bound_bytes"] > s[use]["parameter_bytes"]
END
    verdict 'JSON says what the table says'
fi
number() { # KEY of the training in summary.json
    sed -n "s/.*\"training\".*\"$1\": \([0-9]*\).*/\1/p" summary.json
}
# Programs of `cnnc run` are optimised, which takes most of the time: here only the one that is run where it is installed.
optimises=$CC
printf '#!/bin/sh\nexec %s "$@" -O0\n' "$CC" >unoptimised
chmod +x unoptimised
export CC="$SCRATCH/unoptimised"
# All that a step can have in memory: sums of blocks for metrics, of penalties and of squares, and all gradients.
cat >clipped.lua <<'END'
local model = Sequential{Dense{600, input_shape = {20}, kernel_regularizer = L2(0.01)}, BatchNormalization(),
  Dense{3, activation = "softmax", bias_regularizer = L1(0.1)}}
model:compile{optimizer = Adam{clipnorm = 1}, loss = "categorical_crossentropy", metrics = {"accuracy", AUC{7}, F1Score(), "mse"}}
model:fit{batch_size = 37}
return model
END
for script in "$TOP/examples/mnist.lua" clipped.lua; do
    "$CNNC" summary --json "$script" >summary.json
    XDG_CACHE_HOME=$SCRATCH/cache "$CNNC" run "$script" -- info --threads 1 >out 2>err
    [ "$(sed -n 's/^ *to train *//p' out)" = $(($(number workspace_bytes) + $(number batch_bytes))) ]
    verdict "the program of ${script##*/} needs the memory that the summary says"
done
rm -rf cache
cat >branch.lua <<'END'
local x = Input{shape = {8, 8, 4}}
local y = Conv2D{4, 3, padding = "same"}(x)
y = BatchNormalization()(y)
y = Add()({x, y})
return Model{inputs = x, outputs = y}
END
expect 'summary of a graph' 0 '' "$CNNC" summary branch.lua
grep -q 'Connected to' out && grep -q '^add (Add) .* input_layer, batch_normalization$' out
verdict 'it says what is connected to what'
grep -q '^Non-trainable params: 8 ' out && ! grep -q 'RAM of training' out
verdict 'moving averages are not trainable, and there is no training'

# ---- run and its cache ----------------------------------------------------------------------------------
XDG_CACHE_HOME=$SCRATCH/cache
export XDG_CACHE_HOME
expect 'run' 0 '' "$CNNC" run model.lua
programs() { find cache/cnnc -type f | wc -l | tr -d ' '; }
[ "$(programs)" = 1 ] && [ "$(find cache/cnnc -mindepth 1 -type d)" = '' ]
verdict 'one program is kept, and nothing else'
expect 'a compiler that fails' 1 'failed' env CC=false "$CNNC" run model.lua
kept=$(find cache/cnnc -type f)
touch -d '2001-01-01' "$kept"
expect 'run again' 0 '' "$CNNC" run model.lua -- info
[ "$(programs)" = 1 ] && [ -z "$(find "$kept" -newermt 2002-01-01)" ]
verdict 'the second run builds nothing'
expect 'the kernels, one by one' 0 '' "$CNNC" run model.lua -- bench --seconds 0.01 --csv kernels.csv
"$CNNC" model.lua --target native --emit bench -o kernels.c
sed 1d kernels.csv | while IFS=, read -r program kernel layer op samples calls microseconds rest; do
    grep -q "^KERNEL static void $kernel(\|^static void $kernel(" kernels.c && grep -q "^  $kernel .* $calls " out || echo "$kernel"
done >missing
[ ! -s missing ] && [ "$(wc -l <kernels.csv)" -gt 20 ]
verdict 'kernels are functions of the file, and printed as they are written'
! "$CNNC" model.lua --target native -o - | grep -q kernel_table
verdict 'only what --emit bench writes measures kernels'
sed 's/Conv2D{2/Conv2D{4/; s/"softmax"/"relu"/' model.lua >changed.lua
expect 'run a changed script' 0 '^warning: sparse_cat' "$CNNC" run changed.lua
expect 'run it again' 0 '' "$CNNC" run changed.lua
[ ! -s err ]
verdict 'a program that is kept is run without its warnings'
[ "$(programs)" = 3 ]
verdict 'another program is kept for it'
rm -rf cache
"$CNNC" run model.lua >one 2>&1 &
first=$!
"$CNNC" run model.lua >two 2>&1
second=$?
wait $first && [ $second = 0 ] && cmp -s one two && [ "$(programs)" = 1 ]
verdict 'two runs at once'
expect 'status of the program' 2 '' "$CNNC" run model.lua -- no-such-command
expect 'arguments without --' 2 'behind --' "$CNNC" run model.lua train
expect 'compiler that is not there' 1 'no-such-compiler' env CC=no-such-compiler "$CNNC" run model.lua
expect 'size without a compiler' 1 'no-such-compiler' "$CNNC" size model.lua --cc no-such-compiler
expect 'size with a compiler that fails' 1 'failed' "$CNNC" size model.lua --cc false
expect 'size of a script that is not there' 1 'nowhere.lua' "$CNNC" size nowhere.lua
expect 'no place for the cache' 1 'HOME' env -u HOME -u XDG_CACHE_HOME "$CNNC" run model.lua
sed '/compile/d' model.lua >untrained.lua
expect 'nothing to train' 1 'no loss' "$CNNC" run untrained.lua
awk 'BEGIN { for (i = 0; i < 192; i++) printf "%.4f%s", i * 7 % 13 / 13, i % 64 == 63 ? "\n" : "," }' >rows.csv
expect 'a script predicts' 0 '' "$CNNC" run model.lua -- predict --weights imported/m.safetensors rows.csv --output script.csv
expect 'a model of another tool predicts' 0 '' "$CNNC" run imported/m.onnx -- predict rows.csv --output model.csv
[ "$(wc -l <model.csv)" = 4 ] && cmp -s script.csv model.csv
verdict 'with its own weights'
expect 'with others' 1 'nowhere' "$CNNC" run imported/m.onnx -- predict rows.csv --weights nowhere
expect 'such a model has no loss' 1 'help: `cnnc import` makes a script of it' "$CNNC" run imported/m.onnx -- train --data .

# ---- dropouts draw apart ---------------------------------------------------------------------------------
# The loss is the square of what two dropouts of the same numbers do not agree on: 0 only where their masks are the same.
dropouts() { # ONE ANOTHER -> the loss
    cat >apart.lua <<END
local input = Input{8}
local x = Dense{32, name = "numbers"}(input)
local d = op.binary($1(x), $2(x), "subtract")
local sum = Dense{1, use_bias = false, kernel_initializer = "ones", trainable = false}(d * d)
local model = Model{input, sum}
model:compile{optimizer = SGD(1e-30), loss = "mse"}
return model
END
    "$CNNC" run apart.lua -- train --data apart.csv --batch-size 8 2>err | sed -n 's/.* loss: \([-+.0-9e]*\).*/\1/p'
}
{
    echo label,a,b,c,d,e,f,g,h
    for row in 1 2 3 4 5 6 7 8; do echo "0,0.$row,0.5,-0.3,0.7,0.2,-0.9,0.4,0.6"; done
} >apart.csv
is_zero() { [ -n "$1" ] && [ "$(echo "$1" | tr -d '0.e+')" = '' ]; }
is_zero "$(dropouts 'Dropout{0.5, seed = 3}' 'Dropout{0.5, seed = 3}')"
verdict 'dropouts with one seed drop the same units'
for pair in 'Dropout(0.5) Dropout(0.5)' 'Dropout(0.5) Dropout{0.5,seed=0}' 'Dropout(0.5) Dropout{0.5,seed=1}' \
    'Dropout{0.5,seed=2} Dropout(0.5)' 'Dropout{0.5,seed=1} Dropout{0.5,seed=65537}'; do
    loss=$(dropouts $pair)
    [ -n "$loss" ] && ! is_zero "$loss"
    verdict "draw apart: $pair"
done

CC=$optimises

# ---- install ---------------------------------------------------------------------------------------------
"$MAKE" -s -C "$TOP" BUILD="$BUILD" SANITIZE="$SANITIZE" CC="${CC%% -*}" CFLAGS="$CFLAGS" \
    PREFIX=/opt/cnnc DESTDIR="$SCRATCH/root" install >out 2>err
verdict 'install'
tree=$(cd root/opt/cnnc && find . -type f | LC_ALL=C sort | tr '\n' ' ')
[ "$tree" = "./bin/cnnc ./include/cnnrt.h ./lib/cmake/cnnc/cnncConfig.cmake ./lib/cmake/cnnc/cnncConfigVersion.cmake \
./lib/libcnnrt.a ./lib/pkgconfig/cnnc.pc \
./share/bash-completion/completions/cnnc ./share/fish/vendor_completions.d/cnnc.fish ./share/man/man1/cnnc-program.1 \
./share/man/man1/cnnc.1 ./share/man/man3/cnnrt.3 ./share/man/man7/cnnc-script.7 ./share/zsh/site-functions/_cnnc " ]
verdict 'command, library, header, pkg-config file, manual pages and completions are installed'
expect 'run from where it is installed' 0 '' root/opt/cnnc/bin/cnnc run model.lua
PKG_CONFIG_PATH=$SCRATCH/root/opt/cnnc/lib/pkgconfig
export PKG_CONFIG_PATH
flags=$(pkg-config --define-prefix --cflags --libs cnnc)
"$CNNC" model.lua -o net.c && $CC -O1 -march=native -fopenmp net.c $flags -o net >out 2>err && ./net info >out 2>err
verdict 'a program built with pkg-config'
"$MAKE" -s -C "$TOP" BUILD="$BUILD" PREFIX=/opt/cnnc DESTDIR="$SCRATCH/root" uninstall >out 2>err
[ "$(find root -type f)" = '' ]
verdict 'uninstall'

[ $failures = 0 ]
