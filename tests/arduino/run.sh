#!/bin/sh
# --emit arduino: Arduino's own builder compiles the library and a sketch for a real core, which then runs on an emulated board;
# compilers of others take it with a stub of Arduino.h; and CMake takes it as ESP-IDF and Zephyr do, with a stub of theirs.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
here=$TOP/tests/arduino
status=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
    fi
}

refuses() { # STATUS WORDS ARGUMENT...
    wanted=$1 words=$2
    shift 2
    "$CNNC" "$@" >out 2>err
    [ $? = "$wanted" ] && grep -q "$words" err
    verdict "cnnc $*: $words"
}

has() { # COMMAND
    command -v "$1" >/dev/null || { echo "# no $1: left out" && return 1; }
}

# ---- the page's library -----------------------------------------------------------------------------

sh "$TOP/examples/make.sh" sine sine.csv &&
    XDG_CACHE_HOME=$SCRATCH "$CNNC" run "$TOP/examples/sine.lua" -- train --data sine.csv --seed 1 --save sine.safetensors >log &&
    "$CNNC" "$TOP/examples/sine.lua" --weights sine.safetensors --optimize size --emit arduino -o libraries/sine/
verdict 'writes a library'
find libraries/sine -type f | LC_ALL=C sort >files
cat >wanted <<'END'
libraries/sine/CMakeLists.txt
libraries/sine/examples/sine/sine.ino
libraries/sine/library.properties
libraries/sine/src/sine.c
libraries/sine/src/sine.h
libraries/sine/src/sine_board.h
libraries/sine/zephyr/CMakeLists.txt
libraries/sine/zephyr/module.yml
END
cmp files wanted
verdict 'of these files'
for key in name version author maintainer sentence paragraph category url architectures; do
    grep -q "^$key=" libraries/sine/library.properties
    verdict "library.properties has $key"
done

build() { # BOARD SKETCH
    rm -rf built && mkdir -p built cache
    # Debian's core asks for a macro that its avr-gcc has under another name.
    arduino-builder -compile -hardware /usr/share/arduino/hardware -hardware /usr/share/arduino-builder -tools /usr/bin \
        -build-cache "$PWD/cache" -libraries libraries -build-path "$PWD/built" -fqbn "$1" \
        -prefs compiler.cpp.extra_flags=-DDECIMAL_DIG=__DECIMAL_DIG__ "$2" >log 2>&1
}

"$CNNC" "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors" --emit arduino -o libraries/digits
verdict 'and one of the lesson'"'"'s network'
if has arduino-builder; then
    build arduino:avr:uno libraries/sine/examples/sine/sine.ino && ! grep -q warning log
    verdict "Arduino's builder takes the library's sketch"
    build arduino:avr:uno "$TOP/examples/arduino/wave/wave.ino" && grep 'dynamic memory' log
    verdict 'and that of examples/arduino'
    if has simavr; then
        # It never ends. After so short a training the curve's ends are off by up to 0.3; a wrong one would be off by 1.
        timeout 3 simavr -m atmega328p -f 16000000 built/wave.ino.elf 2>&1 </dev/null |
            sed -n 's/\x1b\[[0-9;]*m//g; s/^\([-0-9. ]*[0-9]\)\.\.$/\1/p' | head -n 25 >curve
        awk '{ if (NF != 3 || $2 - $3 > 0.4 || $3 - $2 > 0.4) { print "# " $0; bad = 1 } } END { exit bad || NR != 25 }' curve
        verdict 'an emulated Uno draws the curve'
    fi
    ! build arduino:avr:mega:cpu=atmega2560 libraries/digits/examples/digits/digits.ino &&
        grep -q 'too little RAM: digits takes 27752 bytes, 6208 of workspace, most in layer `conv2d_1`, and 21544 of weights' log
    verdict 'a board that is too small is told so'
fi

# ---- other compilers --------------------------------------------------------------------------------

sketch() { # NAME CC CXX FLAG...: objects of the library and of the sketch
    library=$1 cc=$2 cxx=$3
    shift 3
    $cc -std=gnu11 -Os -Wall -Wextra -Wno-missing-field-initializers -Werror "$@" \
        -c libraries/$library/src/$library.c -o library.o &&
        $cxx -std=gnu++11 -Os -Wall -Wextra -Werror "$@" -I"$here/stub" -Ilibraries/$library/src -include Arduino.h -x c++ \
            -c libraries/$library/examples/$library/$library.ino -o sketch.o
}
! has arm-none-eabi-g++ || {
    sketch digits arm-none-eabi-gcc arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb
    verdict 'compiles for Cortex-M4'
}
! has avr-g++ || {
    sketch sine avr-gcc avr-g++ -mmcu=atmega328p
    verdict 'compiles for an Uno'
    ! sketch digits avr-gcc avr-g++ -mmcu=atmega328p 2>log && grep -q 'too little RAM: digits takes 27752 bytes' log
    verdict 'whose RAM is too small for the lesson'
}
sketch digits gcc g++ && g++ -I"$here/stub" "$here/stub/host.cpp" sketch.o library.o -lm -o host && ./host >out &&
    grep -Eq '^([01]\.[0-9]{4} ){10}0 us$' out
verdict 'the sketch runs here, and says ten probabilities'

# ---- ESP-IDF, Zephyr, CMake -------------------------------------------------------------------------

if has cmake; then
    for kind in plain esp zephyr; do
        cmake -S "$here" -B cmake-$kind -DKIND=$kind -DLIBRARY="$PWD/libraries/sine" -DCMAKE_C_COMPILER=gcc >log 2>&1 &&
            cmake --build cmake-$kind >>log 2>&1 && [ "$(./cmake-$kind/main | cut -c1-3)" = 0.9 ]
        verdict "CMake builds it: $kind"
    done
fi

# ---- what cannot be -----------------------------------------------------------------------------------

set -- "$TOP/examples/mnist.lua" --weights "$TOP/examples/mnist.safetensors" --emit arduino
refuses 1 'prediction takes 6,208 bytes of RAM, 4,160 more .* in layer `conv2d_1' "$@" --max-ram 2K -o none
refuses 1 'constants take 21,544 bytes of flash' "$@" --max-flash 16K -o none
refuses 2 'a library is a folder, and no file: say `-o digits`, not `-o none.c`' "$@" -o none.c
refuses 2 'a library is a folder' "$@" -o -
refuses 2 'where should the C go' "$@"
refuses 2 'no C identifier' "$@" -o 'no name'
refuses 1 'cannot make the folder `/dev/null/none/src`' "$@" -o /dev/null/none
refuses 1 'needs trained parameters' "$TOP/examples/mnist.lua" --emit arduino -o none
[ ! -e none ]
verdict 'then there is no folder'
printf '%s\n' 'local function net() return Sequential{Dense{1, input_shape = {1}}} end' 'return {a = net(), b = net()}' >several.lua
refuses 1 'the script returns several' several.lua --emit arduino -o none
"$CNNC" "$@" --name other -o named && grep -q 'other_predict(input, output)' named/examples/other/other.ino
verdict 'it has the name that it is given'
exit $status
