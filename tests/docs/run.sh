#!/bin/sh
# What the documents and `cnnc help` say is so: examples compile, commands run, options and files that are named exist.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
failures=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then echo "ok $1"; else
        echo "not ok $1"
        failures=$((failures + 1))
        sed 's/^/    /' out err 2>/dev/null | head -n 30
    fi
}

# ---- cnnc help: every name has its text, and its example compiles ------------------------------------------
compile() { # SCRIPT
    "$CNNC" "$1" --target generic -o example.c >out 2>err && [ ! -s err ] &&
        tcc -std=c11 -Wall -Werror -I"$CNNRT" -c example.c -o example.o >out 2>err # there are hundreds, and it is quick
}
: >names
for kind in commands options functions layers activations initializers regularizers constraints losses metrics optimizers ops targets passes; do
    "$CNNC" help $kind >out 2>err && sed 1d out | grep -q '^  [^ ]'
    verdict "help $kind lists them"
    case $kind in commands | options | targets | passes) continue ;; esac
    sed -n '1d; s/^  \([^ ][^ ]*\).*/\1/p' out >>names
done
"$CNNC" help -- $(sort -u names) >out 2>err && mkdir examples && awk -f "$TOP/tests/docs/help.awk" names RS= out >said
verdict 'help tells of all names at once'
cat said
! grep '^not ok' said >out
verdict 'every name has an example, and every argument its text'
for lot in lot-*.lua; do
    lot=${lot%.lua}
    if compile "$lot.lua"; then
        sed 's/.*/ok help: the example & compiles without a warning/' "$lot"
        continue
    fi
    while read -r example; do # which of them does not
        compile "examples/$example.lua"
        verdict "help: the example $example compiles without a warning"
    done <"$lot"
done
for name in convolution2d batch_normalization MaxPool2D weights --weights no_tune avx2 swish op.conv2d summary; do
    "$CNNC" help -- $name >out 2>err && [ -s out ]
    verdict "help $name knows it"
done
"$CNNC" help Conv3D >out 2>err
[ $? = 2 ] && [ ! -s out ] && grep -q 'Conv3D is a layer of Keras that cnnc does not have yet: .*rows, columns' err
verdict 'help of a name that only Keras has says what comes near'
"$CNNC" help keras >out 2>err && grep -q '^  as in Keras: MaxNorm, ' out && grep -q '^  AlphaDropout: without ' out &&
    grep -q '^  not ThresholdedReLU: ReLU' out && grep -q '^  CSVLogger: .*append only false' out && grep -q '^  Dice: with axis alone' out
verdict 'help keras tells what there is, what differs and what there is not'
"$CNNC" help trainable batch_size name >out 2>err && grep -q '^  of every layer, Input$' out && grep -q '^  of Model, Sequential$' out &&
    grep -q '^  of model:fit$' out && grep -q '^      batch_size = 32  *samples in one step' out && grep -q '^--name (option)$' out
verdict 'help of an argument tells who takes it'
"$CNNC" help Conv4D >out 2>err
[ $? = 2 ] && [ ! -s out ] && grep -q 'nothing is called `Conv4D`; near are Conv1D, Conv2D' err
verdict 'help of an unknown name says what is near'
pictures=$(sed -n 's/^#define CNN_PICTURE_FORMATS "\(.*\)"/\1/p' "$TOP/runtime/file/file.h" | tr -d ,)
[ -n "$pictures" ] && for format in $pictures; do
    for file in README.md tests/README.md runtime/program/cnnc-program.1.in; do
        grep -q "\b$format\b" "$TOP/$file" || echo "$file does not name $format"
    done
done >out 2>err && [ ! -s out ]
verdict 'the documents name each kind of picture that is read'
commands=$(sed -n 's/^\.Ss "The command \(.*\)"$/\1/p' "$BUILD/man/cnnc-program.1")
for name in $commands; do
    "$CNNC" help "$name" >out 2>err && grep -q "net $name --help" out && grep -q 'cnnc-program(1)' out
    verdict "help $name names the manual of the program that has it"
done
[ -n "$commands" ]
verdict 'the manual of programs has commands'
for kind in command option function layer activation initializer regularizer constraint loss metric optimizer op target pass; do
    "$CNNC" help --mdoc $kind >out 2>err && [ -s out ]
    verdict "help --mdoc $kind"
done

# ---- manual pages -------------------------------------------------------------------------------------------
MANUAL=$BUILD/man
for page in "$MANUAL"/*; do
    # That the other pages are not installed here is no fault of this one.
    mandoc -Tlint "$page" 2>err | grep -v 'referenced manual not found' >out
    [ ! -s out ]
    verdict "mandoc finds no fault with $(basename "$page")"
    mandoc -Tascii "$page" 2>err | col -b >"$(basename "$page").txt" && ! grep -q '@help\|@program' "$(basename "$page").txt"
    verdict "$(basename "$page") has its lists"
done
grep -o 'cnn_[a-z_]*(' "$CNNRT/cnnrt.h" | tr -d '(' | sort -u >functions
while read -r function; do
    grep -q "$function" cnnrt.3.txt
    verdict "cnnrt(3) names $function"
done <functions
# Every name of the language stands in cnnc-script(7).
awk 'NR == FNR { page = page "\n" $0; next } { print (index(page, $0) ? "ok" : "not ok") " cnnc-script(7) names " $0 }' \
    cnnc-script.7.txt names >named
cat named
! grep -q '^not ok' named || failures=$((failures + 1))

# ---- what documents tell to type ------------------------------------------------------------------------------
# It is typed where the sources are, and on what they bring along. That cnnc can be installed, tests/cli looks at.
mkdir place bin
for entry in examples runtime; do ln -s "$TOP/$entry" place/; done
mkdir place/build # README.md's commands write there, and nowhere else
ln -s "$BUILD/cnnc" "$BUILD/libcnnrt.a" place/build/
printf '#!/bin/sh\nexec %s "$@"\n' "$CC ${SANITIZE:+-fsanitize=$SANITIZE}" >bin/cc
chmod +x bin/cc
printf '%s\n' 'Name: cnnc' 'Description: as it is in the build' 'Version: 0' "Cflags: -I$CNNRT" "Libs: $CNNRT_LIB -lpng -ljpeg -lz -lm" >cnnc.pc
export PATH="$SCRATCH/bin:$BUILD:$PATH" XDG_CACHE_HOME="$SCRATCH/cache" PKG_CONFIG_PATH="$SCRATCH"

type_commands() { # DOCUMENT
    awk -f "$TOP/tests/docs/commands.awk" "$TOP/$1" >commands
    [ -s commands ]
    verdict "$1 has commands"
    while read -r line; do
        # That compiler is none of the packages of make check: what is told of it is typed for this machine.
        case $line in 'export CC=arm-none-eabi-gcc '*) continue ;; esac
        (cd place && eval "$line" </dev/null) >out 2>err
        verdict "$1: $line"
        cp out "said-$(echo "$line" | cksum | cut -d' ' -f1)"
    done <commands
}
said() { # COMMAND: what it printed
    cat "said-$(echo "$1" | cksum | cut -d' ' -f1)"
}
type_commands README.md
[ "$(cd place && echo *)" = 'build examples runtime' ]
verdict 'what README.md tells to type leaves nothing beside the sources'
type_commands examples/import/README.md
said 'build/classify examples/data/digits/*.pgm' >out && [ "$(sed -n 's,.*/\(.\)_.*: \(.\) .*,\1 \2,p' out | awk '$1 == $2' | wc -l)" -ge 9 ]
verdict 'examples/import: the program knows the digits'
type_commands compiler/command/cnnc.1.in
type_commands runtime/program/cnnc-program.1.in
type_commands compiler/script/cnnc-script.7.in

# What README.md shows is printed: all lines of a command of which none tells a time or the target's last bits.
shown() { # COMMAND
    awk -v command="    \$ $1" '$0 == command { shows = 1; next } shows && /^ *$/ { print ""; next }
        shows && !/^    [^$]/ { exit } shows { print substr($0, 5) }' "$TOP/README.md" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}
for line in 'build/cnnc summary examples/mnist.lua'; do
    shown "$line" >expected && [ -s expected ] && said "$line" | cmp -s - expected
    verdict "README.md shows what it prints: $line"
done
sed '/Flatten/d; /MaxPool2D{pool_size = {2, 2}, strides/d; /Conv2D{filters = 16/d; /Dropout/d' "$TOP/examples/mnist.lua" >place/mnist.lua
(cd place && cnnc mnist.lua -o - --name x >../out 2>../err)
sed -n '/^    error: the model/,/^      = help/p' "$TOP/README.md" | sed 's/^    //' | cmp -s - err
verdict 'README.md shows the message that a script without Flatten gets'
[ "$(wc -l <"$TOP/README.md")" -le 200 ]
verdict 'README.md has 200 lines at most'

# ---- scripts and programs in documents ------------------------------------------------------------------------
for document in README.md compiler/script/cnnc-script.7.in; do
    rm -f script-*.lua
    awk -v prefix=script -f "$TOP/tests/docs/scripts.awk" "$TOP/$document"
    for script in script-*.lua; do
        # A layer that is only described is used; lines that are calls of a layer are models of one layer each.
        case $(cat "$script") in
            *return\ model* | *return\ Model* | *return\ Sequential* | *return\ {*) ;;
            *'local Residual'*) echo 'return Sequential{Residual{4, input_shape = {8, 8, 4}}}' >>"$script" ;;
            *) sed 's/.*/do local ignored = & end/; $s/$/\nreturn Sequential{Dense{1, input_shape = {1}}}/' "$script" >tmp && mv tmp "$script" ;;
        esac
        compile "$script"
        verdict "$document: its $script compiles"
    done
done
awk -v prefix=script -f "$TOP/tests/docs/scripts.awk" "$TOP/README.md" && cmp -s script-1.lua "$TOP/examples/mnist.lua"
verdict 'README.md shows examples/mnist.lua'
awk '/^\.Ed/ { literal = 0 } literal { gsub(/\\e/, "\\"); print } /^\.Bd -literal/ { literal = 1 }' "$TOP/runtime/cnnrt.3.in" >train.c
cnnc "$TOP/examples/mnist.lua" -o net.c 2>err &&
    cc -std=c11 -Wall -Wextra -Werror -O1 -fopenmp -march=native train.c net.c $(pkg-config --cflags --libs cnnc) -o train >out 2>err &&
    ./train "$TOP/examples/data" >out 2>err && grep -q '^loss 0.[0-9]*, accuracy 0.[0-9]*$' out
verdict "cnnrt(3): its program trains"
# Its function of a reader: here that gives 32 samples at a time of arrays that are copied, as if they were read.
cat >parts.c <<'END'
#include "cnnrt.h"
#include "net.h"
#include <stdio.h>
#include <string.h>
bool train_in_parts(bool (*fill)(void *user, struct cnn_batch *batch), void *user, int epochs, float *parameters,
                    struct cnn_error *error);
enum { ROWS = 32, PIXELS = 28 * 28 };
struct reader { const struct cnn_dataset *set; int64_t row; float labels[ROWS]; unsigned char pixels[ROWS * PIXELS]; };
static bool fill(void *user, struct cnn_batch *batch)
{
    struct reader *r = user;
    int64_t rest = r->set->count - r->row;
    *batch = (struct cnn_batch){.inputs = {r->pixels}, .input_elements = {CNN_BYTE}, .labels = {r->labels}};
    batch->count = rest < ROWS ? rest : ROWS;
    memcpy(r->labels, r->set->labels[0] + r->row, (size_t)batch->count * sizeof(float));
    memcpy(r->pixels, (const unsigned char *)r->set->inputs[0] + r->row * PIXELS, (size_t)(batch->count * PIXELS));
    r->row = rest > 0 ? r->row + batch->count : 0;
    return true;
}
int main(int argc, char **argv)
{
    struct cnn_error error = {""};
    struct cnn_preprocessing preprocessing = {0};
    struct cnn_dataset set;
    static struct reader reader;
    float *parameters = cnn_alloc_floats(net_model.parameter_floats, &error);
    double before[2], after[2];
    reader.set = &set;
    bool ok = argc == 2 && cnn_datasets_open(&net_model, argv[1], (const char *[]){"train"}, 1, &preprocessing, &set, &error) &&
              cnn_initialise(&net_model, 1, parameters, &error) && cnn_evaluate(&net_model, &set, parameters, 1, before, &error) &&
              train_in_parts(fill, &reader, 2, parameters, &error) && cnn_evaluate(&net_model, &set, parameters, 1, after, &error);
    printf("%s%g %g\n", error.message, before[0], after[0]);
    return ok && after[0] < 0.5 * before[0] ? 0 : 1;
}
END
cc -std=c11 -Wall -Wextra -Werror -O1 -fopenmp -march=native -Dmain=other_main -c train.c $(pkg-config --cflags cnnc) -o other.o 2>err &&
    cc -std=c11 -O1 -fopenmp -march=native parts.c other.o net.c $(pkg-config --cflags --libs cnnc) -o parts >out 2>err &&
    ./parts "$TOP/examples/data" >out 2>err
verdict "cnnrt(3): its function trains on what is read in parts"

# The way through the compiler, in its README, is that of the table of passes.
sed -n 's/^ *model.lua -> //p' "$TOP/compiler/README.md" | sed 's/ -> /\n/g' | grep -vx -e graph -e emit -e 'net\..*' >expected
"$CNNC" --dump help | sed 's/ .*//' | cmp -s - expected
verdict 'compiler/README.md shows the passes in their order'

# ---- what documents name is there -----------------------------------------------------------------------------
DOCUMENTS="README.md compiler/README.md runtime/README.md templates/README.md tests/README.md tests/bench/README.md examples/README.md examples/app/README.md examples/models/README.md \
examples/data/README.md compiler/command/cnnc.1.in compiler/script/cnnc-script.7.in runtime/program/cnnc-program.1.in runtime/cnnrt.3.in"
{
    cnnc --help
    "$BUILD/manual" | sed 's/^\.It Fl -/--/'
    echo '--cflags --libs --mdoc' # pkg-config's, and one that manual pages are made by
} | grep -o -e '--[a-z][a-z-]*' | sort -u >options
for document in $DOCUMENTS; do
    # Roff writes --seed as "Fl -seed".
    sed 's/Fl -\([a-z]\)/--\1/g; s/, -\([a-z-]*\)$/ --\1/' "$TOP/$document" | grep -o -e '\(^\|[^-a-z]\)--[a-z][a-z-]*' |
        grep -o -e '--[a-z-]*' | sort -u | grep -vxF -f options >out
    [ ! -s out ]
    verdict "$document names options that there are"
    # In `...`, as a link, or behind .Pa: what has a slash or the end of a file's name. NAME stands for many.
    { grep -o '`[A-Za-z0-9_./*-]*`' "$TOP/$document" | tr -d '`'
        sed -n 's/.*](\([^)]*\)).*/\1/p; s/^\.Pa \([^ ]*\).*/\1/p' "$TOP/$document"; } |
        grep -e / -e '\.[chi]n*$' -e '\.lua$' -e '\.def$' | grep -v -e 'NAME' -e '^\.' -e '^http' -e '^build/' -e '://' -e 'B/s' | sort -u >paths
    while read -r path; do
        case $path in net.c | net.h | net.lua | model.lua | digits.[ch] | mnist.lua | npy | conv2d/* | train/* | /*) continue ;; esac
        for found in $TOP/$path "$TOP/${document%/*}"/$path $TOP/runtime/$path $TOP/tests/$path; do
            [ ! -e "$found" ] || continue 2
        done
        echo "$path"
    done <paths >out
    [ ! -s out ]
    verdict "$document names files that there are"
done

[ $failures = 0 ]
