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
examples() { # NAME: writes example-N.lua, a file for each entry that is called so
    "$CNNC" help "$1" >out 2>err || return 1
    # An entry begins at the margin; its example is the paragraph that begins with four blanks.
    awk 'BEGIN { RS = "" } /^    [^ ]/ { file = "example-" ++n ".lua"; gsub(/(^|\n)    /, "\n"); print > file }' out
    # Rows are two blanks, the argument, its text and (type).
    ! grep -q '^  [^ ].*   *(' out || return 1
    sed -n 2p out | grep -q '^  [^ ]'
}
compile() { # SCRIPT
    "$CNNC" "$1" --target generic -o example.c >out 2>err && [ ! -s err ] &&
        $CC -std=c11 -fsyntax-only -Wall -Wextra -Werror -I"$CNNRT" example.c >out 2>err
}
: >names
for kind in commands options functions layers activations initializers losses metrics optimizers ops targets; do
    "$CNNC" help $kind >out 2>err && sed 1d out | grep -q '^  [^ ]'
    verdict "help $kind lists them"
    case $kind in commands | options | targets) continue ;; esac
    for name in $(sed -n '1d; s/^  \([^ ]*\).*/\1/p' out); do
        rm -f example-*.lua
        examples "$name"
        verdict "help $name: every argument has its text"
        ls example-*.lua >out 2>err
        verdict "help $name has an example"
        for script in example-*.lua; do
            compile "$script"
            verdict "help $name: $script compiles without a warning"
        done
        echo "$name" >>names
    done
done
for name in convolution2d batch_normalization MaxPool2D weights --weights no_tune avx2 swish op.conv2d summary; do
    "$CNNC" help -- $name >out 2>err && [ -s out ]
    verdict "help $name knows it"
done
"$CNNC" help Conv1D >out 2>err
[ $? = 2 ] && [ ! -s out ] && grep -q 'Conv1D is a layer of Keras that cnnc does not have yet: .*Conv2D' err
verdict 'help of a name that only Keras has says what comes near'
"$CNNC" help Conv4D >out 2>err
[ $? = 2 ] && [ ! -s out ] && grep -q 'nothing is called `Conv4D`; near are Conv2D' err
verdict 'help of an unknown name says what is near'
for kind in command option function layer activation initializer loss metric optimizer op target; do
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
grep -o 'cnn_[a-z_]*(' "$CNNRT/cnnrt.h" | tr -d '(' | sort -u | grep -v 'cnn_sums' >functions
while read -r function; do
    grep -q "$function" cnnrt.3.txt
    verdict "cnnrt(3) names $function"
done <functions
# Every name of the language stands in cnnc-script(7).
while read -r name; do
    grep -qF -e "$name" cnnc-script.7.txt
    verdict "cnnc-script(7) names $name"
done <names

[ $failures = 0 ]
