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

# Programs are optimised, which takes most of the time, and few steps are made here.
printf '#!/bin/sh\nexec %s "$@" -O0\n' "$CC" >unoptimised
chmod +x unoptimised
export CC="$SCRATCH/unoptimised"

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

# Do two files of weights hold the same numbers? The name of the model, in the header, may differ.
same() { # FILE FILE
    for file in "$1" "$2"; do
        tail -c +$((9 + $(od -An -tu8 -N8 "$file" | tr -d ' '))) "$file" >"$file.numbers"
    done
    cmp "$1.numbers" "$2.numbers"
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

# ---- adapted to the data ------------------------------------------------------------------------------------

normal_model() { # LAYERS
    cat <<END
local normalizer = Normalization{axis = -1}
normalizer:adapt()
local model = Sequential{Input{6}, $1 Dense{2, activation = "softmax"}}
model:compile{optimizer = Adam(1e-30), loss = "sparse_categorical_crossentropy"}
model:fit{epochs = 2, validation_split = 0.2}
return model
END
}
# The means and variances of the columns of data.csv, and whether two lists of numbers are the same but for rounding.
awk -F, 'NR > 1 { for (j = 2; j <= 7; j++) { n[j]++; sum[j] += $j; squares[j] += $j * $j } }
    END { for (j = 2; j <= 7; j++) { mean = sum[j] / n[j]; print mean, squares[j] / n[j] - mean * mean } }' data.csv >moments
near() { # LIST LIST
    echo "$1 $2" | awk '{ for (i = 1; i <= NF / 2; i++) { d = $i - $(i + NF / 2); if (d * d > 1e-12) exit 1 } exit NF < 12 }'
}
normal_model 'normalizer,' >normal.lua
run normal.lua train data.csv --save w && near "$(tensor w normalization/mean)" "$(cut -d ' ' -f 1 moments | tr '\n' ' ')" &&
    near "$(tensor w normalization/variance)" "$(cut -d ' ' -f 2 moments | tr '\n' ' ')"
result 'a normalization has mean and variance of all training rows'
trained=$(sed -n 's/.* - loss: \([0-9.]*\) - val_loss.*/\1/p' out | tail -n 1)
head -n 161 data.csv >first.csv # those that do not validate
run normal.lua evaluate --data first.csv --set train --weights w && [ -n "$trained" ] && [ "$trained" = "$(loss)" ]
result 'it normalises in evaluation as in training'
awk -F, 'BEGIN { OFS = "," } NR > 1 { for (j = 2; j <= 7; j++) $j = 5 * $j + 3 } { print }' data.csv >other.csv
run normal.lua train other.csv --weights w --save again && [ "$(tensor w normalization/mean)" = "$(tensor again normalization/mean)" ] &&
    [ "$(tensor w normalization/variance)" = "$(tensor again normalization/variance)" ]
result 'weights that are given keep theirs'
normal_model 'normalizer, Dense{3, name = "other"},' >wider.lua
run wider.lua train other.csv --weights w --partial --save again &&
    [ "$(tensor w normalization/mean)" = "$(tensor again normalization/mean)" ] && grep -q '^Loaded 3 of 6 tensors from w$' out &&
    grep -q '^  not in the file: other/kernel, other/bias$' out &&
    grep -q '^  of another shape there: dense/kernel (6x2, here 3x2)$' out
result '--partial takes what fits of the weights of another network'
"$CNNC" wider.lua --weights w --partial -o wider.c 2>err && grep -q '^Loaded 3 of 6 tensors from w$' err
result 'so does cnnc'

# ---- a layer of the script's own, whose call knows training from prediction ---------------------------------------

# Outputs stay 0, whose squared differences from the labels, 0 or 1, are these: the mean is the share of ones.
cat >ways.lua <<'END'
local Block = class(Layer, "Block")
function Block:init() self.norm, self.drop, self.sum = BatchNormalization{momentum = 0.5}, Dropout(0.5), Sum{name = "all"} end
function Block:call(x, training)
  self:add_metric((training and 2 or 1) * (x + 1), "size")
  self.sum:update_state(x + 1)
  local y = self.norm(x)
  self:add_loss(ops.sum(0 * y, {axis = -1}) + (training and 2 or 1))
  return self.drop(training and 3 * y or y, {training = training})
end
local model = Sequential{Input{6}, Block(), Dense{1, kernel_initializer = "zeros", activity_regularizer = L2(1)}}
model:add_metric((model.inputs[1] + 1) * 10, {name = "tenfold", aggregation = "mean"})
model:compile{optimizer = SGD(1e-30), loss = "mse", metrics = {"mae"}}
model:fit{epochs = 1, batch_size = 200}
return model
END
ones=$(awk -F, 'NR > 1 { ones += $1 } END { printf "%.4f", ones / 200 }' data.csv)
run ways.lua train data.csv --save w && [ "$(loss)" = "$(echo "$ones" | awk '{ printf "%.4f", $1 + 2 }')" ]
result 'what both ways add to the loss counts once'
mean=$(awk '{ sum += $1 / 6 } END { print 1 + sum }' moments)
columns() { # FACTOR -- of the log, where size is so many times the mean of 1 + the input; four digits are printed
    awk -v mean="$mean" -v factor="$1" 'function near(of, b) { a = $0; return sub(".*- " of ": ", "", a) && (a - b)^2 < 1e-8 * b * b }
        near("all", 1200 * mean) && near("size", factor * mean) && near("tenfold", 10 * mean) { found = 1 } END { exit !found }' out
}
columns 2
result 'add_metric and update_state show means and sums of what training makes'
near "$(tensor w block/batch_normalization/moving_mean)" "$(awk '{ print $1 / 2 }' moments | tr '\n' ' ')" &&
    near "$(tensor w block/batch_normalization/moving_variance)" "$(awk '{ print (1 + $2) / 2 }' moments | tr '\n' ' ')"
result 'a step moves the averages of its normalization once'
run ways.lua evaluate --data data.csv --set train --weights w && [ "$(loss)" = "$(echo "$ones" | awk '{ printf "%.4f", $1 + 1 }')" ]
result 'evaluation adds what prediction makes'
columns 1
result 'and shows it'

# ---- masks, and what is alike for all samples ------------------------------------------------------------------

# Two sequences of four steps, of which two and one count, by the ones (O), twos and tens of floats; and their labels.
npy() { # SHAPE -- of the floats that are read, little-endian
    printf '\223NUMPY\1\0\166\0%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($1), }"
    cat
}
mkdir sequences
o='\0\0\0\0' one='\0\0\200\77' two='\0\0\0\100' ten='\0\0\40\101'
printf "$one$one$two$two$o$o$o$o$one$o$o$o$o$o$o$o" | npy '2, 4, 2' >sequences/x_train.npy
for name in of_all of_steps; do
    printf "$o$o$ten$ten$o$ten$ten$ten" | npy '2, 4, 1' >sequences/y_train_$name.npy
done
cat >masked.lua <<'END'
local Penalty = class(Layer, "Penalty")
function Penalty:init() self.mean = Mean{name = "mean"} end
function Penalty:build() self.w = self:add_weight{name = "w", shape = {3}, initializer = "ones"} end
function Penalty:call(x)
  self:add_metric(ops.sum(ops.square(self.w)), {name = "sum"})
  self.mean:update_state(self.w)
  return x
end
local function error_of_all(label, y) return ops.mean(ops.square(label - y)) end
local x = Input{4, 2}
local numbers = ops.max(Penalty()(x), {axis = -1}) -- 1, 2, 0, 0 and 1, 0, 0, 0
local ones = {kernel_initializer = "ones"}
local a = Dense{1, kernel_initializer = "ones", name = "of_all"}(Masking()(x))
local b = Dense{1, kernel_initializer = "ones", name = "of_steps"}(x, {mask = numbers})
local model = Model{inputs = x, outputs = {a, b}}
model:compile{optimizer = SGD(1e-30), loss = {of_all = error_of_all, of_steps = "mse"}, metrics = {of_all = {error_of_all}}}
return model
END

run masked.lua train sequences && grep -q ' - of_all_error_of_all: 65.1250 - of_all_loss: 65.1250 ' out
result 'a mean over the whole batch is that of all steps, masked or not'
grep -q ' - of_steps_loss: 7.0000 - ' out
result 'steps that a mask counts count once, whatever number the mask has'
grep -q ' - mean: 1.0000 - .* - sum: 3.0000$' out && "$CNNC" run --target generic masked.lua -- train sequences >out 2>err &&
    grep -q ' - mean: 1.0000 - .* - sum: 3.0000$' out
result 'a metric of parameters alone is what it is, with vectors and without'
cat >alone.lua <<'END'
local Block = class(Layer, "Block")
function Block:build() self.w = self:add_weight{name = "w", shape = {4}, initializer = Constant(2)} end
function Block:call(x) return x * ops.sum(self.w) end
local Net = class(Model, "Net")
function Net:init() self.block, self.size = Block(), Mean{name = "size"} end
function Net:call(x, training)
  local y = self.block(x)
  self:add_loss(ops.sum(ops.square(self.block.w)))
  self:add_metric((training and 2 or 1) * ops.mean(y * 0 + 1, {axis = -1}), {name = "way"})
  self.size:update_state(y * 0 + 5)
  return y
end
local model = Net()
model:build{nil, 4, 2}
model:compile{optimizer = SGD(1e-30)}
return model
END
run alone.lua train --input sequences/x_train.npy --save w && grep -q ' - loss: 16.0000 - size: 5.0000 - way: 2.0000$' out &&
    run alone.lua evaluate --input sequences/x_train.npy --weights w && grep -q ' - loss: 16.0000 - size: 5.0000 - way: 1.0000$' out
result 'what the call of a model adds in both ways counts once, also a loss of parameters alone'

# ---- layers that begin with the weights of others -------------------------------------------------------------

base_model() { # LINES, between a base and the model that is returned
    cat <<END
local base = Sequential{Input{6}, Dense{3, name = "one"}, Dense{3, name = "two", activation = "softmax"}, name = "base"}
$1
model:compile{optimizer = SGD(1e-30), loss = "sparse_categorical_crossentropy"}
model:fit{epochs = 1}
return model
END
}
base_model 'local model = base' >base.lua
base_model 'base:load_weights("base.safetensors")
local model = Sequential{base, Dense{2, name = "head", activation = "softmax"}}' >whole.lua
base_model 'base.layers[2]:load_weights("base.safetensors")
local y = Dense{2, name = "head", activation = "softmax"}(base.output)
local model = Model{inputs = base.inputs, outputs = y}' >part.lua
base_model 'local head = Dense{2, name = "head", activation = "softmax"}
head:load_weights("base.safetensors")
local model = Sequential{base, head}' >foreign.lua
run base.lua train data.csv --save base.safetensors --seed 3 && run whole.lua train data.csv --save w &&
    [ -n "$(tensor w base/one/kernel)" ] && [ "$(tensor w base/one/kernel)" = "$(tensor base.safetensors one/kernel)" ] &&
    [ "$(tensor w base/two/kernel)" = "$(tensor base.safetensors two/kernel)" ]
result 'a model that is used as a layer begins with the weights that its own training saved'
run whole.lua train data.csv --save again --seed 5 && mv w base.safetensors && run whole.lua train data.csv --save w --seed 7 &&
    [ "$(tensor w base/one/kernel)" = "$(tensor again base/one/kernel)" ] &&
    [ "$(tensor w head/kernel)" != "$(tensor again head/kernel)" ]
result 'also from a file of the whole, from which other layers take nothing'
# A file beside the script is taken, and one of the folder that the program runs in where there is none.
mkdir "a folder" && cp whole.lua "a folder/whole.lua" && run base.lua train data.csv --save "a folder/base.safetensors" --seed 9 &&
    run "a folder/whole.lua" train data.csv --save w &&
    [ "$(tensor w base/one/kernel)" = "$(tensor "a folder/base.safetensors" one/kernel)" ] &&
    [ "$(tensor w base/one/kernel)" != "$(tensor base.safetensors base/one/kernel)" ] && rm "a folder/base.safetensors" &&
    run "a folder/whole.lua" train data.csv --save w && [ "$(tensor w base/one/kernel)" = "$(tensor base.safetensors base/one/kernel)" ]
result 'beside the script, wherever the program runs, and else there'
run base.lua train data.csv --save base.safetensors --seed 3 && run part.lua train data.csv --save w &&
    [ "$(tensor w base/two/kernel)" = "$(tensor base.safetensors two/kernel)" ] &&
    [ "$(tensor w base/one/kernel)" != "$(tensor base.safetensors one/kernel)" ]
result 'a layer by itself does so, too'
run foreign.lua train data.csv
[ $? = 1 ] && grep -q 'base.safetensors: has no tensor head/kernel, with which the script has model foreign begin$' err
result 'a file without the tensor is an error'
run whole.lua train data.csv --weights again --save third && mv base.safetensors gone.safetensors && run whole.lua predict --weights third data.csv &&
    run whole.lua train data.csv --weights again --save third && ! run whole.lua train data.csv && grep -q 'base.safetensors: No such file' err
result 'the file is read where a training begins with nothing else'
run normal.lua train other.csv --save other --seed 0 && first=$(loss) && run normal.lua train data.csv --save w --seed 0 &&
    [ -n "$first" ] && [ "$first" = "$(loss)" ]
result 'a network that normalises does not see how its inputs are scaled'
run normal.lua train data.csv --epochs 1 --checkpoint kept --save w && run normal.lua train data.csv --epochs 2 --checkpoint kept --save w --resume &&
    near "$(tensor w normalization/mean)" "$(cut -d ' ' -f 1 moments | tr '\n' ' ')"
result 'a training that goes on keeps them'
awk -F, 'BEGIN { OFS = "," } NR == 7 { $3 = "inf" } { print }' data.csv >infinite.csv
! run normal.lua train infinite.csv --save w && grep -q 'normalization cannot be adapted to the data\|infinite.csv' err
result 'data without a mean are refused'

# ---- augmentation -------------------------------------------------------------------------------------------

# Pixels and labels are .25; in training the pixels become brighter by 1.
cat >bright.lua <<'END'
local still = Layer{name = "Still", call = function(layer, x)
  return x * layer:parameter("one", {1}, "ones")
end}
local model = Sequential{Input{2, 3, 1}, RandomBrightness{{0.5, 0.5}, value_range = {0, 2}}, still()}
model:compile{optimizer = SGD(1e-30), loss = "mse"}
model:fit{epochs = 1, batch_size = 5}
return model
END
awk 'BEGIN {
    for (i = 0; i < 20; i++) print ".25,.25,.25,.25,.25,.25,.25,.25,.25,.25,.25,.25"
}' >grey.csv
run bright.lua train grey.csv --save w && [ "$(loss)" = 1.0000 ]
result 'images are augmented in training'
run bright.lua evaluate --data grey.csv --set train --weights w && [ "$(loss)" = 0.0000 ]
result 'and are what they are in evaluation'

# Mean and variance of what one pixel becomes, for uniform numbers from the ranges that Keras draws from: images of 9 rows, which
# hold 0 to 8. Over 4000 images a mean is off by 4 times its standard error at most, a variance by 9 %.
cat >expected <<'END'
brightness 0 33.3333
contrast 5 0.03
crop 2 2
flip 4 1
rotation 4 2
shear 4 3
translation 4 1.6875
zoom 6 0.3333
END
awk 'BEGIN { for (i = 0; i < 4000; i++) { printf "0"; for (j = 0; j < 81; j++) printf ",%d", j / 9; print "" } }' >ramp.csv
"$CNNC" "$TOP/tests/scripts/random_layers.lua" --target generic -o random.c &&
    $CC -std=c11 -O0 -Wall -Wextra -Werror -I"$CNNRT" random.c "$CNNRT_LIB" -lz -lpng -ljpeg -lm -o random 2>err &&
    ./random train ramp.csv --label 1 --seed 1 --history drawn.csv --save w >out 2>>err
result 'a network of random layers alone trains'
tail -n 1 drawn.csv | cut -d, -f4- | tr , '\n' | paste - - | paste -d ' ' expected - | awk '{
    variance = $5 - $4 * $4
    bad = ($4 - $2) ^ 2 > 16 * $3 / 4000 || variance < 0.91 * $3 || variance > 1.09 * $3
    print (bad ? "not ok " : "ok ") $1 " is drawn with mean and variance as Keras draws it"
    if (bad) print "# mean " $4 ", variance " variance
} END { exit NR != 8 }' >said
result 'its metrics tell what was drawn'
cat said
! grep -q '^not ok' said || status=1

# ---- the same bits on any number of threads --------------------------------------------------------------------

# 200 rows of 72 numbers, or of numbers of words, and a class.
awk 'BEGIN {
    s = 4711
    for (i = 0; i < 200; i++) {
        numbers = words = i % 3
        for (j = 0; j < 72; j++) {
            s = (s * 16807) % 2147483647
            numbers = numbers sprintf(",%.4f", s / 1073741824 - 1)
            words = words "," s % 100
        }
        print numbers >"numbers.csv"
        print words >"words.csv"
    }
}'
for name in $("$CNNC" help layers | sed -n '1d; s/^  \([^ ]*\).*/\1/p'); do
    grep -qw "$name" "$TOP"/tests/scripts/every/*.lua || echo "# no script has $name"
done >out
[ ! -s out ]
result 'the scripts of every/ have every layer'
for script in images sequences recurrence tokens; do
    data=numbers.csv
    [ $script != tokens ] || data=words.csv
    "$CNNC" "$TOP/tests/scripts/every/$script.lua" --target generic -o every.c &&
        $CC -std=c11 -O0 -fopenmp -Wall -Wextra -Werror -I"$CNNRT" every.c "$CNNRT_LIB" -lz -lpng -ljpeg -lm -o every 2>err
    result "$script: a network of many layers compiles without a warning"
    for threads in 1 2 3 8; do
        ./every train $data --label 1 --seed 1 --threads $threads --save "bits-$threads" >out 2>err &&
            grep -q 'loss: [0-9]' out && ! grep -q 'loss: nan' out && cmp "bits-1" "bits-$threads" >>err
        result "$script: two steps on $threads threads give the same bits"
    done
    ./every train $data --label 1 --seed 2 --save other >out 2>err && ! cmp -s other bits-1
    result "$script: other random numbers give others"
done

# ---- stages -------------------------------------------------------------------------------------------------

staged() { # LINE...: of compile and fit
    cat <<END
local model = Sequential{
  Input{6}, Dense{8, activation = "relu"}, BatchNormalization(), Dropout(0.25), Dense{2, activation = "softmax"},
}
local function compile(optimizer)
  model:compile{optimizer = optimizer, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
end
local function freeze(is_frozen)
  for i = 1, 2 do model.layers[i].trainable = not is_frozen end
end
$1
return model
END
}
# Without an order of rows and masks, which depend on all epochs and optimizers that were before.
still() { staged "$1" | sed 's/Dropout(0.25), //; s/fit{/fit{shuffle = false, /g'; }

staged 'compile(Adam(0.01)) model:fit{epochs = 3}' >once.lua
staged 'compile(Adam(0.01)) model:fit{epochs = 2} model:fit{epochs = 1}' >twice.lua
run once.lua train data.csv --save once && run twice.lua train data.csv --save twice --history h.csv && same once twice
result 'two fits of one compile are one fit'
grep -q '^Stage 2/2: goes on with adam, learning rate 0.01$' out && [ "$(cut -d, -f1,2 h.csv | tr '\n' ' ')" = 'stage,epoch 1,1 1,2 2,1 ' ]
result 'progress and history tell the stage'

head='freeze(true) compile(Adam(0.01)) model:fit{epochs = 2}'
rest='freeze(false) compile(SGD{0.05, momentum = 0.9}) model:fit{epochs = 2, batch_size = 16}'
slow='model.optimizer.learning_rate = 0.005 model:fit{epochs = 1, batch_size = 16}'
still "$head" >head.lua
still "$rest" >rest.lua
still "$head $rest $slow" >all.lua
still "$head $rest" >both.lua
run head.lua train data.csv --save head && run rest.lua train data.csv --weights head --save rest &&
    run both.lua train data.csv --save both && same rest both
result 'stages are the same as programs of one stage, one after the other'
run head.lua train data.csv --epochs 1 --save first && [ "$(tensor first dense/kernel)" = "$(tensor head dense/kernel)" ] &&
    [ "$(tensor both dense/kernel)" != "$(tensor head dense/kernel)" ] &&
    [ "$(tensor first batch_normalization/moving_mean)" = "$(tensor head batch_normalization/moving_mean)" ] &&
    [ "$(tensor both batch_normalization/moving_mean)" != "$(tensor head batch_normalization/moving_mean)" ]
result 'what the first stage freezes the second one trains'
for target in generic fat; do
    "$CNNC" all.lua --target $target -o all.c && $CC -std=c11 -O0 -Wall -Wextra -Werror -I"$CNNRT" all.c "$CNNRT_LIB" -lz -lpng -ljpeg -lm \
        -o all 2>err && ./all train data.csv --save "all-$target" >out 2>>err && ./all info >info && ./all bench --seconds 0.001 >>out
    result "the C of several stages compiles, for $target"
done
grep -q '^  stage 1: optimizer adam, learning rate 0.01, batch size 32, epochs 2, trains 18 parameters$' info &&
    grep -q '^  stage 3: the same optimizer sgd, learning rate 0.005, batch size 16, epochs 1, trains 90 parameters$' info
result 'info tells the stages'
./all train data.csv --checkpoint c --epochs 1 --save short >out 2>err && ./all train data.csv --checkpoint c --resume --epochs 3 \
    --save w >out 2>err && grep -q '^Stage 3/3: goes on with sgd' out && grep -q '^Epoch 3/3$' out
result 'a checkpoint names its stage'

# ---- losses that depend on how a set is cut into batches -------------------------------------------------------

# Outputs that stay 0, whose squared differences from the labels, 0 or 1, are these. Keras' loss of an epoch is the mean of those
# of the batches, each by its samples: keras/src/trainers.
cat >sums.lua <<'END'
local model = Sequential{Input{6}, Dense{1, kernel_initializer = "zeros"}}
model:compile{optimizer = SGD(1e-30), loss = MeanSquaredError{reduction = "sum"}}
model:fit{batch_size = 24, epochs = 1, shuffle = false, validation_split = 0.2}
model:evaluate{batch_size = 48}
return model
END
epoch_loss() { # FIRST COUNT BATCH, of the rows of data.csv
    awk -F, -v first="$1" -v count="$2" -v size="$3" 'NR > 1 + first && NR <= 1 + first + count {
        sum += $1
        if (++n == size) { total += n * sum; n = sum = 0 }
    }
    END { printf "%.4f", (total + n * sum) / count }' data.csv
}
mkdir sums
cp data.csv sums/train.csv
cp data.csv sums/test.csv
run sums.lua train sums --validation-split 0.2 --save w && grep -q " - loss: $(epoch_loss 0 160 24) - val_loss: $(epoch_loss 160 40 24)\$" out &&
    grep -q "loss: $(epoch_loss 0 200 48)\$" out
result 'a sum is that of each batch, the last and shorter one too'
run sums.lua evaluate --data data.csv --set train --weights w && [ "$(loss)" = "$(epoch_loss 0 200 48)" ]
result 'evaluate has the batches of the script'

# ---- what a script says of classes and callbacks, the command line says otherwise ---------------------------------------

options_model() { # CLASS-WEIGHT EARLY-STOPPING PLATEAU
    cat <<END
local model = Sequential{Input{6}, Dense{4, activation = "tanh"}, Dense{2, activation = "softmax"}}
model:compile{optimizer = Adam(0.1), loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{epochs = 12, validation_split = 0.3, class_weight = {$1}, callbacks = {
  EarlyStopping{patience = 9$2}, ReduceLROnPlateau{verbose = 1, $3}, CSVLogger("log.csv")}}
return model
END
}
options_model '[0] = 3, [1] = 0.5' ', monitor = "val_accuracy", min_delta = 0.001, restore_best_weights = true, baseline = 0.1,
    start_from_epoch = 2' 'monitor = "loss", patience = 1, min_delta = 0.02, factor = 0.5, cooldown = 1, min_lr = 0.03' >said.lua
options_model '' '' 'patience = 5' >plain.lua
set -- --class-weight 0=3,1=0.5 --min-delta 0.001 --restore-best --plateau-patience 1 --plateau-factor 0.5 --monitor val_accuracy \
    --baseline 0.1 --start-from-epoch 2 --plateau-monitor loss --plateau-min-delta 0.02 --plateau-cooldown 1 --plateau-min-lr 0.03
run said.lua train data.csv --save said && run plain.lua train data.csv --save plain && ! same said plain
result 'what is said of classes and callbacks matters'
run plain.lua train data.csv --save w "$@" --history told.csv && cmp told.csv log.csv && [ "$(wc -l <log.csv)" -gt 2 ]
result 'a history is written beside that of the script'
rm log.csv
run plain.lua train data.csv --history told.csv --no-callbacks && [ ! -e log.csv ]
result 'which is left out with the other callbacks'
{
    head -n 1 data.csv
    tail -n +2 data.csv | sort -t, -k 1,1n
} | awk -F, -v OFS=, '{ print $7, $6, $5, $1, $2, $4, $3 }' >sorted.csv
run plain.lua train sorted.csv && grep '^warning' out >warned && [ "$(wc -l <warned)" = 1 ] &&
    grep -q '^warning: the last 60 of 200 rows validate, and have no sample of class 0: shuffle' warned &&
    run plain.lua train data.csv && ! grep -q '^warning' out
result 'a class that nothing validates is named'
run plain.lua train data.csv --save w --validation-split 0 && run plain.lua evaluate data.csv --set train --weights w && sed 's/.*s - //' out >first &&
    run plain.lua evaluate sorted.csv --set train --weights w && sed 's/.*s - //' out | sed 's/column 4 of 7/column 1 of 7/' | cmp first -
result 'columns are found by their names, wherever they stand'
run plain.lua train data.csv --save w "$@" && same said w && grep -c 'learning rate is reduced' out >reductions &&
    grep -q 'learning rate is reduced to 0.03' out
result 'options say the same as the script'
! run plain.lua train data.csv --monitor val_mae && grep -q "no column 'val_mae' to look at: columns are loss, accuracy, and these" err &&
    ! run plain.lua train data.csv --plateau-monitor-mode up && grep -q -- "--plateau-monitor-mode wants min or max, not 'up'" err &&
    run plain.lua train data.csv --save w --monitor accuracy --patience 0 --monitor-mode min && grep -q '^Epoch 2/12' out && ! grep -q '^Epoch 3/12' out
result 'a column that is looked at must be there, and better is what is said'
run plain.lua train data.csv --save w "$@" --epochs 5 --checkpoint told && run plain.lua train data.csv --save w "$@" --checkpoint told --resume &&
    same said w
result 'such a training goes on to the same bits'
! run plain.lua train data.csv --checkpoint told --resume --restore-best --class-weight 0=1 && grep -q 'told: ' err
result 'but not with other weights of classes'
set -- --min-delta 0.001 --restore-best --plateau-patience 1 --monitor val_accuracy --baseline 0.1 --start-from-epoch 2 \
    --plateau-monitor loss --plateau-min-delta 0.02 --plateau-cooldown 1 --plateau-min-lr 0.03
! run plain.lua train data.csv --checkpoint told --resume "$@" --class-weight 0=3 --plateau-factor 0.5 && grep -q 'told: its training has other weights of classes' err &&
    ! run said.lua train data.csv --checkpoint told --resume --plateau-factor 0.4 && grep -q 'told: its training has other callbacks' err &&
    run said.lua train data.csv --checkpoint told --resume --save w && same said w
result 'whether the script says it or an option is one, and not what'
for wrong in 0 0=x 0=1, =1 -1=2 70000=1 0=1e99 0=-1 0=nan 0=1,1=1,0=2; do
    ! run plain.lua train data.csv --class-weight "$wrong" && grep -q 'class-weight wants weights of at least 0 by class, each once, such as 0=1,1=5' err
    result "no weights of classes: $wrong"
done
! run still.lua train data.csv --restore-best && grep -q -- '--restore-best is for EarlyStopping' err &&
    ! run still.lua train data.csv --plateau-factor 0.5 && grep -q -- '--plateau-factor is for ReduceLROnPlateau, which the script has not' err &&
    ! run plain.lua train data.csv --no-callbacks --plateau-factor 0.5 && grep -q -- 'ReduceLROnPlateau, which --no-callbacks leaves out' err &&
    ! run plain.lua train data.csv --class-weight 2=5 && grep -q 'class 2 has a weight (--class-weight), but model .* has classes 0 to 1: classes are counted' err
result 'what would mean nothing is refused'
set --
rm -f best.*
run plain.lua train data.csv --epochs 3 --model-checkpoint-file 'best.{epoch:02d}' && [ "$(echo best.0*)" = "best.01 best.02 best.03" ] &&
    run plain.lua train data.csv --no-callbacks --save w --monitor loss --restore-best --patience 12 --learning-rate 0.5 &&
    run plain.lua train data.csv --no-callbacks --learning-rate 0.5 --model-checkpoint-file best --model-checkpoint-best-only 1 \
        --model-checkpoint-monitor loss && grep -q 'loss did not improve' out && same w best
result 'a ModelCheckpoint saves what the command line says'
sed 's/callbacks = {/&ModelCheckpoint{"at.{epoch}-{batch:02d}.safetensors", save_freq = 5},/' plain.lua >often.lua
rm -f at.*
run often.lua train data.csv --epochs 3 --batch-size 20 --save w &&
    [ "$(echo at.*)" = 'at.1-05.safetensors at.2-03.safetensors at.3-01.safetensors at.3-06.safetensors' ] &&
    run often.lua train data.csv --epochs 1 --batch-size 20 --model-checkpoint-save-freq 7 --save w && same w at.1-07.safetensors &&
    ! run often.lua train data.csv --model-checkpoint-best-only 1 && grep -q 'cannot look at val_loss after 5 batches' err
result 'or after so many batches'
! run plain.lua train data.csv --model-checkpoint-best-only 1 && grep -q -- '--model-checkpoint-file FILE makes one' err &&
    ! run plain.lua train data.csv --model-checkpoint-file w --save w && grep -q 'save writes w, which is the file of --model-checkpoint-file' err
result 'which must make sense'

# ---- what a network adds to its loss may be all of it ---------------------------------------------------------------

itself() { # LOSS OF-COMPILE -- of a network that makes its input again
    cat <<END
local input = Input{6}
local made = Dense{6}(Dense{3, activation = "tanh"}(input))
local model = Model{inputs = input, outputs = made}
local function loss(label, y) return op.reduce((y - label) * (y - label), "mean") end
$1
model:compile{optimizer = Adam(0.01)$2}
model:fit{epochs = 2, validation_split = 0.2}
return model
END
}
cut -d, -f2- data.csv >unlabelled.csv
itself '' ', loss = loss' >told.lua
itself 'model:add_loss(loss(input, made))' '' >added.lua
run told.lua train unlabelled.csv --save told && history=$(grep -o 'loss: .*' out) && run added.lua train unlabelled.csv --save added &&
    [ -n "$history" ] && [ "$(grep -o 'loss: .*' out)" = "$history" ] && ! grep -q labels out && same told added
result 'add_loss alone trains without labels, as the same loss does with them'
run added.lua train data.csv --save w && same told w && run added.lua evaluate --data data.csv --set train --weights w && grep -q 'loss: [0-9]' out
result 'labels that data have are left alone'
run added.lua info && grep -q '^Training: what the network adds to its loss, optimizer adam' out
result 'info tells of it'

# ---- steps that look across the batch -------------------------------------------------------------------------------

# A recurrence of three steps, and its steps one behind the other; the cell normalizes the batch at each.
normalized() { # WHAT-MAKES-H
    cat <<END
local Cell = Layer{name = "Cell", inputs = 2, arguments = {{"units", "integer"}}, call = function(self, x, h)
  local y = op.unary(BatchNormalization{momentum = 0.9}(Dense{self.units}(x) + h), "tanh")
  return y, y
end}
local cell, x = Cell(5), Input{6}
$1
local model = Model(x, Dense{2, activation = "softmax"}(h))
model:compile{optimizer = Adam(0.01), loss = "sparse_categorical_crossentropy"}
model:fit{epochs = 2, batch_size = 16, validation_split = 0.2}
return model
END
}
normalized 'local h = RNN(cell)(Reshape{{3, 2}}(x))' >recurs.lua
normalized 'local h = op.affine(op.slice(x, {axis = 0, begin = 0, count = 5}), {scale = 0})
for t = 0, 4, 2 do h = select(2, cell(op.slice(x, {axis = 0, begin = t, count = 2}), h)) end' >steps.lua
run recurs.lua train data.csv --save recurs && history=$(grep -o 'loss: .*' out) && run steps.lua train data.csv --save steps &&
    [ "$(grep -o 'loss: .*' out)" = "$history" ] && same recurs steps && run recurs.lua train data.csv --threads 3 --save w && same recurs w
result 'a recurrence whose steps normalize the batch trains as its steps do'

# ---- more pictures than memory --------------------------------------------------------------------------------------

# 200 pictures become 157 MB, and no more than 120 may be the program's own.
cat >many.lua <<'END'
local model = Sequential{Input{512, 512, 3}, AveragePooling2D(128), Flatten(), Dense{2, activation = "softmax"}}
model:compile{optimizer = SGD(0.5), loss = "sparse_categorical_crossentropy"}
model:fit{epochs = 2, batch_size = 8}
return model
END
for i in $(seq 200); do
    mkdir -p "pictures/$((i % 2))"
    printf 'P2\n2 2\n255\n%d %d %d %d\n' $((i % 256)) $((i * 37 % 256)) $((i * 91 % 256)) $((i % 2 * 200)) >"pictures/$((i % 2))/$i.pgm"
done
if [ -z "${SANITIZE:-}" ]; then # whose shadows take more
    run many.lua train pictures --save in_memory && (ulimit -d 120000 && run many.lua train pictures --threads 1 --save mapped) &&
        same in_memory mapped
    result 'a folder of more pictures than memory trains to the same bits'
    (ulimit -d 400000 && run many.lua train pictures --threads 3 --epochs 1 --checkpoint parts &&
        run many.lua train pictures --threads 2 --checkpoint parts --resume --save mapped) && same in_memory mapped
    result 'on any threads, and when it goes on'
    ! (ulimit -d 120000 && TMPDIR=/nowhere run many.lua train pictures --save w) && grep -q 'out of memory: 157286400 bytes' err
    result 'and without a place for them there is no memory'
fi

# ---- and more labels ------------------------------------------------------------------------------------------------

# 800 pictures and masks become 13 MB each, and the labels 52; of the 45 of the program, 33 are for samples of all threads.
masks() { # LOSS -- of a network that makes pictures
    cat <<END
local model = Sequential{Input{128, 128, 1}, Conv2D{1, 3, padding = "same", activation = "sigmoid"}}
model:compile{optimizer = SGD(0.5), loss = "$1"}
model:fit{epochs = 2, batch_size = 8, validation_split = 0.25}
return model
END
}
mkdir -p segmented/images segmented/masks
for i in $(seq 800); do
    printf 'P2\n2 2\n255\n%d %d %d %d\n' $((i % 256)) $((i * 37 % 256)) $((i * 91 % 256)) $((i % 2 * 200)) >"segmented/images/$i.pgm"
    printf 'P2\n2 2\n1\n%d %d %d %d\n' $((i % 2)) $((i / 2 % 2)) $((i % 3 / 2)) 1 >"segmented/masks/$i.pgm"
done
masks binary_crossentropy >masked.lua
masks mse >again.lua
if [ -z "${SANITIZE:-}" ]; then
    run masked.lua train segmented --save in_memory && grep -q 'labels: the masks beside the pictures' out &&
        (ulimit -d 45000 && run masked.lua train segmented --threads 1 --save mapped) && same in_memory mapped
    result 'a folder of more masks than memory trains to the same bits'
    (ulimit -d 120000 && run masked.lua train segmented --threads 3 --epochs 1 --checkpoint masks &&
        run masked.lua train segmented --threads 2 --checkpoint masks --resume --save mapped) && same in_memory mapped
    result 'these, too, on any threads, and when it goes on'
    ! (ulimit -d 80000 && TMPDIR=/nowhere run masked.lua train segmented --threads 1 --save w) &&
        grep -q 'out of memory: 52428800 bytes' err
    result 'and these, too, need a place'
    run again.lua train segmented/images --epochs 1 --save in_memory && grep -q 'labels: the pictures themselves' out &&
        (ulimit -d 45000 && run again.lua train segmented/images --threads 1 --epochs 1 --save mapped) && same in_memory mapped
    result 'pictures that are their own labels train to the same bits'
fi

# ---- a test set without labels, as competitions hand out ------------------------------------------------------

mkdir competition
cp data.csv competition/train.csv
cut -d, -f2- data.csv >competition/test.csv
sed 's/^return model/model:evaluate()\nreturn model/' still.lua >evaluates.lua
run evaluates.lua train competition --save w && [ -s w ] && grep -q '^validation: none, for the test set has no labels' out &&
    ! grep -q val_loss out && grep -q '^Nothing to evaluate: the test set has no labels' out
result 'a folder whose test.csv has no labels trains without validation'
run evaluates.lua train competition --validation-split 0.2 --save w && [ -s w ] && grep -q val_loss out &&
    grep -q '^Nothing to evaluate: the test set has no labels' out
result 'a part of its training rows validates, if asked for'
mv competition/test.csv competition/train.csv
! run evaluates.lua train competition && grep -q 'train.csv: has as many columns as model evaluates has inputs, so there is no label' err
result 'a train.csv without labels is refused'

exit $status
