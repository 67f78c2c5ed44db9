#!/bin/sh
# Usage: make.sh FOLDER [MACHINE...] -- builds predict.c and learn.c in FOLDER for each machine (m4 m7 riscv avr), runs them on its
# emulator and prints what they say. Where a machine's compiler is not installed, it is left out with a word.
# Environment: CNNC, the command, and CNNRT, the folder runtime; FLASH, RAM and STACK of the board, as 64K.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
examples=$(dirname "$here")
CNNC=${CNNC:-$examples/../build/cnnc} CNNRT=${CNNRT:-$examples/../runtime}
mkdir -p "$1"
cd "$1"
shift

# ---- the machines: what compiles, what runs, which board -------------------------------------------------------------

machine() { # NAME
    arm='arm-none-eabi-gcc -mthumb -mfloat-abi=hard --specs=nano.specs -nostartfiles'
    riscv='riscv64-unknown-elf-gcc -march=rv32imac -misa-spec=2.2 -mabi=ilp32 --specs=picolibc.specs -nostartfiles'
    qemu='-nographic -monitor none -serial none -semihosting-config enable=on,target=native -icount shift=0 -kernel'
    flash=${FLASH:-256K} ram=${RAM:-64K} stack=${STACK:-2K}
    optimize=speed level=-O2 # of the network that predicts
    script='-T $here/$board.ld -Wl,--defsym=FLASH=$flash,--defsym=RAM=$ram,--defsym=STACK=$stack'
    case $1 in
        m4) board=arm cc="$arm -mcpu=cortex-m4 -mfpu=fpv4-sp-d16" run="qemu-system-arm -M mps2-an386 $qemu" ;;
        m7) board=arm cc="$arm -mcpu=cortex-m7 -mfpu=fpv5-d16" run="qemu-system-arm -M mps2-an500 $qemu" ;;
        riscv) board=riscv cc="$riscv -msmall-data-limit=0" run="qemu-system-riscv32 -M virt -bios none $qemu" ;;
        avr) # avr-libc has start-up code and a linker script, whose data begin 160 bytes behind the region's beginning
            board=avr cc='avr-gcc -mmcu=atmega1284p -Wno-missing-field-initializers' run='simavr -m atmega1284p -f 16000000'
            flash=${FLASH:-128K} ram=${RAM:-16K} stack=${STACK:-512}
            optimize=size level=-Os
            script='-Wl,--defsym=__TEXT_REGION_LENGTH__=$flash,--defsym=__DATA_REGION_LENGTH__=$ram-$stack+160'
            ;;
        *) echo "make.sh: there is no machine $1: m4 m7 riscv avr" >&2 && exit 2 ;;
    esac
    eval "script=\"$script\""
}

# ---- what goes into the programs -------------------------------------------------------------------------------------

# Bytes of standard input as elements of arrays, so many in a line.
elements() { # COUNT
    od -An -v -t u1 -w"$1" | sed 's/  */,/g; s/^,//; s/.*/{&},/'
}

# C of the pictures of examples/data/digits, whose names begin with what they are, and of those that come first in the training set.
samples() {
    set -- "$examples"/data/digits/*.pgm
    learn=$(sed -n 's/.* LEARN_SAMPLES = \([0-9]*\).*/\1/p' "$here/samples.h") train=$examples/data/train
    echo '#include "samples.h"'
    echo 'const SAMPLES(test) unsigned char test_images[TEST_SAMPLES][SAMPLE_BYTES] = {'
    for picture; do tail -c 784 "$picture"; done | elements 784
    echo '}, test_labels[TEST_SAMPLES] = {'
    for picture; do basename "$picture" | sed 's/_.*/,/'; done
    echo '};'
    echo 'const SAMPLES(learn) unsigned char learn_images[LEARN_SAMPLES][SAMPLE_BYTES] = {'
    gzip -dc "$train-images-idx3-ubyte.gz" | tail -c +17 | head -c $((learn * 784)) | elements 784
    echo '}, learn_labels[LEARN_SAMPLES] ='
    gzip -dc "$train-labels-idx1-ubyte.gz" | tail -c +9 | head -c "$learn" | elements "$learn" | sed 's/,$/;/'
}

# C of what stands in a safetensors file behind its header, the length of which are the first eight bytes. `cnnc convert` has put
# the parameters in the order in which the network's program has them.
parameters() { # FILE
    header=$(od -An -t u4 -N 4 "$1" | tr -d ' ')
    bytes=$(($(wc -c <"$1") - header - 8))
    echo '#include "samples.h"' && echo '_Alignas(4) const FLASH unsigned char trained[] ='
    tail -c $bytes "$1" | elements $bytes | sed 's/,$/;/'
}

# digits.c predicts, its weights inside; learner.c trains the last layer, and begins with trained.c.
generate() { # SCRIPT WEIGHTS LAST
    "$CNNC" "$1" --weights "$2" --target generic --optimize $optimize --max-ram "$ram" --max-flash "$flash" -o digits.c
    "$CNNC" "$here/$3" --target generic --optimize size -o learner.c
    "$CNNC" convert "$here/$3" --weights "$2" -o trained.safetensors
    parameters trained.safetensors >trained.c
    samples >samples.c
}

# ---- building and running --------------------------------------------------------------------------------------------

# The linker says by how much the board is too small.
compile() { # PROGRAM -OLEVEL SOURCE...
    program=$1
    shift
    $cc -std=gnu11 -Wall -Wextra -Werror -ffunction-sections -fdata-sections -I"$here" -I"$CNNRT" -I. -DCNN_NO_PROGRAM \
        "$@" samples.c "$here/report.c" "$here/$board.c" -Wl,--gc-sections $script -lm -o "$program.elf" 2>log && return
    sed -n "s/.*region .\(.*\). overflowed by \([0-9]*\) bytes.*/\2 bytes more of \1/p" log | grep . >missing || { cat log >&2 && exit 1; }
    sed "s/.*/$name: $program takes & than the board has (flash $flash, RAM $ram)/" missing >&2
    exit 1
}

# Code, constants and what variables begin with; the pictures are no part of the program.
flash_bytes() { # PROGRAM
    tools=${cc%%gcc *}
    { ${tools}size -A "$1.elf" && ${tools}nm -S -t d "$1.elf"; } | awk -v board=$board '$1 ~ /^[.](text|data)$/ { bytes += $2 }
        board == "avr" && $4 ~ /^(test|learn)_(images|labels)$/ { bytes -= $2 } END { print bytes }'
}

run_program() { # PROGRAM: shows what it says
    echo "== $name: $1"
    timeout 300 $run "$1.elf" >log 2>&1 </dev/null || { cat log && exit 1; }
    # simavr shows lines in colour, with a point at the end, and has words of its own.
    sed 's/\x1b\[[0-9;]*m//g; s/\.*$//; /^Loaded /d; /^done$/d' log >"$1.out"
    echo "flash: $(flash_bytes "$1" | sed 's/\(.*\)\(...\)$/\1,\2/') bytes" >>"$1.out"
    cat "$1.out"
    ! grep -q '^failed' "$1.out"
}

ran=
for name in ${*:-m4 m7 riscv avr}; do
    machine "$name"
    if ! command -v "${cc%% *}" >/dev/null || ! command -v "${run%% *}" >/dev/null; then
        echo "$name: left out, as ${cc%% *} or ${run%% *} is not installed" && continue
    fi
    mkdir -p "$name" && cd "$name"
    if [ $board = avr ]; then
        generate "$here/small.lua" "$here/small.safetensors" small_last.lua
        learn=$here/learn_avr.c
    else
        generate "$examples/mnist.lua" "$examples/mnist.safetensors" last.lua
        learn=$here/learn.c
        # Of the runtime, what a trainer takes. Its clock is the board's.
        for part in file/alloc file/error file/printable data/rng data/sample train/inference train/model train/pace \
            train/trainer; do
            learn="$learn $CNNRT/$part.c"
        done
    fi
    compile predict $level "$here/predict.c" digits.c && run_program predict
    compile learn -Os $learn learner.c trained.c && run_program learn
    cd ..
    ran="$ran $name"
done
for name in $ran; do
    for program in predict learn; do
        awk -v name="$name" -v program=$program '/ stack$/ { count = $(NF - 5) } / stack$/ { stack = $(NF - 3) }
            /^RAM/ { ram = $2 } /^flash/ { flash = $2 }
            END { printf "%-6s %-8s %8s %7s %6s %11s\n", name, program, flash, ram, stack, count }' "$name/$program.out"
    done
done >table
test ! -s table || { printf '\nboard  program     flash     RAM  stack instructions\n' && cat table; }
