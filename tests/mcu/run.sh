#!/bin/sh
# The lesson's network on emulated boards, as examples/mcu/README.md has it: right answers, a last layer that learns, and no more
# memory and instructions than the page says. Boards whose compiler or emulator is not installed are left out: `make mcu` has all.
# Environment: see tests/check.sh.
#
#   run.sh --board NAME   one of them
set -u
cd "$SCRATCH" || exit 1
mcu=$TOP/examples/mcu
status=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
    fi
}

# A twentieth more is allowed for another release of the compilers and of their libraries, which have the floats of processors
# without them. A mistake of ours would be larger: a copy of the weights, say, or gradients of what is frozen.
as_the_page_says() { # BOARD: of what make.sh printed
    awk -v board="$1" 'function number(text) { gsub(",", "", text); return text + 0 }
        NF == 6 && $1 == board && ($2 == "predict" || $2 == "learn") {
            for (i = 3; i <= 6; i++)
                if (FILENAME == "out") { if (number($i) > 1.05 * said[$2, i]) { print "# too much:", $0; bad = 1 } found++ }
                else said[$2, i] = number($i)
        }
        END { exit bad || found != 8 }' "$mcu/README.md" out
}

check_board() { # NAME DIGITS: how many of the eleven are read right
    mkdir -p "$1" && cd "$1" || exit 1
    sh "$mcu/make.sh" built "$1" >out 2>&1
    verdict "$1: builds and runs"
    if grep -q ': left out' out; then
        sed 's/^/# /' out
        exit
    fi
    grep -q "^all: $2 of 11 right" out && [ "$(grep -c '^a \([0-9]\) is read as \1 ' out)" = "$2" ]
    verdict "$1: $2 of 11 digits are right"
    # Without its last layer the network says the same of all; forty digits, three times each, make it useful, not good.
    grep -q '^before: 1 of 11 right' out && [ "$(sed -n 's/^after: \([0-9]*\) of.*/\1/p' out)" -ge 7 ]
    verdict "$1: the last layer has learnt"
    as_the_page_says "$1"
    verdict "$1: memory and instructions are those of the page"
    cd ..
}

refuses() { # BOARD WORDS SETTING...: status 1, and these words
    board=$1 words=$2
    shift 2
    env "$@" sh "$mcu/make.sh" "refused-$board" "$board" >out 2>&1
    [ $? = 1 ] && grep -q "$words" out
    verdict "$board with $*: $words"
}

if [ "${1:-}" = --board ]; then
    board=$2
    case $board in
        avr) check_board avr 10 ;;
        *) check_board "$board" 11 ;;
    esac
    case $board in
        m4)
            refuses m4 'prediction takes 6,208 bytes of RAM, 2,112 more .* in layer `conv2d_1' RAM=4K
            refuses m4 'constants take 21,544 bytes of flash, 5,160 more .* `dense/kernel` 16,000' FLASH=16K
            refuses m4 'predict takes [0-9]* bytes more of ram than the board has (.*RAM 8K)' RAM=8K
            refuses m4 'learn takes [0-9]* bytes more of flash than the board has (flash 64K' FLASH=64K
            refuses m4 'a training step takes [0-9,]* bytes of heap, and .*: more than .* leave' RAM=32K
            ;;
        avr) refuses avr 'predict takes [0-9]* bytes more of text than the board has (flash 16K' FLASH=16K ;;
    esac
    exit $status
fi

echo 'm4 m7 riscv avr' | sh "$TOP/tests/parallel.sh" sh "$TOP/tests/mcu/run.sh" --board || status=1
sh "$mcu/make.sh" none z80 >out 2>&1
[ $? = 2 ] && grep -q 'there is no machine z80: m4 m7 riscv avr' out
verdict 'a board that there is not'
exit $status
