#!/bin/sh
# Projects of CMake, Meson and make with a network in them: what examples/cmake/README.md tells to type, what is built anew when a
# file changes, networks that train, and messages.
# Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
status=0

result() { # NAME, of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
        tail -n 30 out 2>/dev/null | sed 's/^/    /'
    fi
}
says() { # WORDS COMMAND...: fails so
    words=$1
    shift
    "$@" >out 2>&1
    [ $? != 0 ] && tr -s '\n ' ' ' <out | grep -q -- "$words"
    result "it says: $words"
}
unset VECTORS # all of <immintrin.h>, as a user has it

# ---- the page, as a new user types it; the compiler is built already ---------------------------------------
mkdir -p place/build bin
ln -s "$TOP/examples" place/examples
make=$(command -v "$MAKE")
printf '#!/bin/sh\ncase $1 in install) exec %s -s -C "%s" BUILD="%s" SANITIZE="%s" CC="%s" CFLAGS="%s" "$@";; esac\nunset MAKEFLAGS MFLAGS\nexec %s "$@"\n' \
    "$make" "$TOP" "$BUILD" "$SANITIZE" "${CC%% -*}" "$CFLAGS" "$make" >bin/make
chmod +x bin/make
CC=${CC##* }
[ -z "$SANITIZE" ] || CFLAGS="$CFLAGS -fsanitize=$SANITIZE"
export CC CFLAGS PATH="$SCRATCH/bin:$PATH"
awk -f "$TOP/tests/docs/commands.awk" "$TOP/examples/cmake/README.md" >commands
[ -s commands ]
result 'the page has commands'
while read -r line; do
    (cd place && eval "$line") >out 2>&1 </dev/null
    result "examples/cmake: $line"
    case $line in *classify\ *) grep -q '7_0.pgm: 7 ' out && echo 'ok it knows a digit' || echo 'not ok it knows a digit' ;; esac
done <commands
usr=$SCRATCH/place/build/usr

# ---- what is built anew: a module, weights; and what is not -------------------------------------------------
mkdir -p project/parts
cp "$TOP"/tests/scripts/parts/*.lua project/parts/
cp "$TOP/tests/scripts/modules.lua" "$TOP/examples/iris.lua" project/
cp "$TOP/examples/mnist.lua" "$TOP/examples/mnist.safetensors" project/
cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.20)
project(several LANGUAGES C CXX)
find_package(cnnc 0.1 REQUIRED)
cnnc_add_model(modules MODEL modules.lua TARGET generic EMIT infer)
cnnc_add_model(digits MODEL mnist.lua WEIGHTS mnist.safetensors OPTIONS --target generic --optimize size)
add_executable(program program.cpp)
target_link_libraries(program modules digits)
if(CMAKE_GENERATOR STREQUAL Ninja)
  cnnc_add_model(iris MODEL iris.lua TARGET generic)
  target_link_libraries(program iris)
  target_compile_definitions(program PRIVATE TRAINS)
endif()
END
cat >project/program.cpp <<'END'
#include "digits.h"
#include "modules.h"
#include <vector>
#ifdef TRAINS
#include "iris.h"
#include <cnnrt.h>
static bool begins()
{
    cnn_error error;
    std::vector<float> parameters(iris_model.parameter_floats);
    return cnn_initialise(&iris_model, 1, parameters.data(), &error);
}
#else
static bool begins() { return true; }
#endif
int main()
{
    std::vector<float> image(DIGITS_INPUT_COUNT), scores(DIGITS_OUTPUT_COUNT);
    digits_predict(image.data(), scores.data());
    modules_set_parameters(std::vector<float>(MODULES_PARAMETER_COUNT).data());
    return begins() ? 0 : 1;
}
END
builds() { # FOLDER: how many networks are compiled, and objects
    cmake --build "$1" >out 2>&1
    echo "$? $(grep -c 'Compiling the network' out) $(grep -c 'Building C ' out)"
}
changes() { # NAME FOLDER WANTED
    [ "$(builds "$2")" = "$3" ]
    result "$1"
}
for generator in 'Unix Makefiles' Ninja; do
    case $generator in Ninja) count=3 ;; *) count=2 ;; esac # in one all is tried
    folder=$(echo "$generator" | tr -d ' ')
    cmake -S project -B "$folder" -G "$generator" -DCMAKE_PREFIX_PATH="$usr" >out 2>&1
    result "$generator: the project is configured"
    changes "$generator: it is built" "$folder" "0 $count $count"
    "$folder/program"
    result "$generator: the program runs"
    changes "$generator: then nothing is to be done" "$folder" '0 0 0'
    [ "$count" = 3 ] || continue
    sleep 1 # a second is what some file systems tell apart
    echo '-- another line' >>project/parts/blocks.lua
    changes "$generator: a module of a script that changes has the network made anew" "$folder" '0 1 1'
    touch project/mnist.safetensors
    changes "$generator: weights, too" "$folder" '0 1 1'
    changes "$generator: and then nothing is to be done" "$folder" '0 0 0'
done

# ---- messages -------------------------------------------------------------------------------------------------
config=$usr/lib/cmake/cnnc/cnncConfig.cmake
printf 'set(CMAKE_VERSION 3.18.4)\ninclude("%s")\nif(NOT cnnc_FOUND)\nmessage(FATAL_ERROR "${cnnc_NOT_FOUND_MESSAGE}")\nendif()\n' "$config" >old.cmake
says 'cnnc needs CMake 3.20 or newer, .* this is 3.18.4' cmake -P old.cmake
refuses() { # WORDS LANGUAGES LINE
    rm -rf wrong
    mkdir wrong
    printf 'cmake_minimum_required(VERSION 3.20)\nproject(wrong LANGUAGES %s)\nfind_package(cnnc REQUIRED)\n%s\n' "$2" "$3" >wrong/CMakeLists.txt
    says "$1" cmake -S wrong -B wrong/build -DCMAKE_PREFIX_PATH="$usr"
}
refuses '`TRAGET;generic` is no argument; those are MODEL, WEIGHTS, TARGET, EMIT and OPTIONS' C "cnnc_add_model(a MODEL $TOP/examples/mnist.lua TRAGET generic)"
refuses 'cnnc_add_model(a) lacks the script: MODEL mnist.lua' C 'cnnc_add_model(a)'
refuses 'the MODEL .*wrong/none.lua is not there' C 'cnnc_add_model(a MODEL none.lua)'
refuses 'the WEIGHTS .*/none.safetensors is not there' C "cnnc_add_model(a MODEL $TOP/examples/mnist.lua WEIGHTS none.safetensors)"
refuses 'name the language in project(wrong LANGUAGES C CXX)' NONE "cnnc_add_model(a MODEL $TOP/examples/mnist.lua)"
mv "$usr/include/cnnrt.h" .
refuses 'include/cnnrt.h is not there: install cnnc anew' C ''
mv cnnrt.h "$usr/include/"

# ---- the file of dependencies -----------------------------------------------------------------------------------
mkdir 'a $b'
cp "$TOP/examples/mnist.lua" 'a $b/m#.lua'
"$CNNC" 'a $b/m#.lua' --name net --target generic -o 'a $b/net.c' --depfile net.d &&
    printf 'include net.d\na\\ $$b/net.c:\n\t@echo \047$^\047\n' >net.mk && [ "$(make -Bsf net.mk)" = 'a $b/m#.lua' ]
result 'make reads names with blanks, $ and #'
says 'names a file\|name one with' "$CNNC" project/mnist.lua -o - --depfile net.d
says 'is another file of this command' "$CNNC" project/mnist.lua -o net.c --depfile net.h
says 'is another file of this command' "$CNNC" project/mnist.lua -o net.c --python net.py --depfile net.py
"$CNNC" project/mnist.lua -o net.c --python net.py --depfile net.d && grep -q '^net.c net.h net.py:' net.d
result 'a module of Python is made of the same files'
"$CNNC" project/mnist.lua --weights project/mnist.safetensors --emit arduino -o lib --depfile lib.d &&
    grep -q '^lib/src/lib.c lib/src/lib.h:' lib.d && grep -q ' project/mnist.safetensors$' lib.d
result 'so is a library of Arduino'
exit $status
