#!/bin/sh
# Three static analysers read every source file, and C that cnnc wrote; all must be quiet. What they look for, and what
# they are told to leave alone and why: .clang-tidy, generated.clang-tidy and cppcheck.txt. A single place is excused where
# it stands, with its reason.
#
# Usage: run.sh, or run.sh --file FILE for one of them. What was quiet about a file is not asked again while all that it
# read is as it was: files, settings, versions.
set -u
cd "$TOP" || exit 1

# The analyser's paths through one function, in place of 225,000: where there was something to find, it found the same.
NODES="-Xclang -analyzer-config -Xclang max-nodes=${ANALYZER_NODES:-10000}"
STANDARD="-std=c11 -D_POSIX_C_SOURCE=200809L"
KEPT=$BUILD/tests/quiet

quiet() { # TOOL FILE COMMAND...
    kept=$KEPT/${1##* }-$hash tool=$1 file=$2
    shift 2
    [ -s "$read" ] && [ -e "$kept" ] && echo "ok $tool $file" && return
    if said=$("$@" 2>&1); then
        # gcc warns and ends well; clang-tidy counts what it did not show.
        case $said in
            *warning:* | *error:*) ;;
            *) : >"$kept" && echo "ok $tool $file" && return ;;
        esac
    fi
    printf 'not ok %s %s\n%s\n' "$tool" "$file" "$said"
}

check_file() { # FILE
    file=$1 config=.clang-tidy include=-Iruntime lua= model= suppressed=
    case $file in
        compiler/import/* | compiler/export/* | compiler/verify/*) include="-Icompiler -Iruntime" lua="$LUA -isystem $BUILD/import $HDF5" model="-include tests/static/compiler.h" ;;
        compiler/*) include=-Icompiler lua=$LUA model="-include tests/static/compiler.h" ;;
        runtime/*) model="-include tests/static/runtime.h" ;;
        *) config=tests/static/generated.clang-tidy suppressed=--suppressions-list=tests/static/cppcheck.txt ;;
    esac
    case $file in compiler/base/diag.c | runtime/file/error.c) model= ;; esac # which define what the model describes
    # A hash of each file that a compiler reads for it, and of the settings, tools and what they are asked here.
    read=$SCRATCH/$(echo "$file" | tr / -).read
    gcc $STANDARD $include $lua $model -M "$file" >"$read.make" &&
        sed -e 's/^[^:]*://' -e 's/\\$//' "$read.make" | xargs sha256sum "$SCRATCH/tools" "$0" $config tests/static/cppcheck.txt >"$read"
    hash=$(echo "$file $NODES" | sha256sum - "$read" | sha256sum) && hash=${hash%% *}
    quiet clang-tidy "$file" clang-tidy --quiet --config-file=$config "$file" -- $STANDARD $include $lua $model $NODES
    # It does not read the C library's headers, nor Lua's.
    quiet cppcheck "$file" cppcheck -q --error-exitcode=1 --std=c11 --enable=warning,performance,portability,style \
        --inline-suppr $suppressed -D_POSIX_C_SOURCE=200809L $include "$file"
    quiet "gcc -fanalyzer" "$file" gcc $STANDARD -O1 -fanalyzer $include $lua $model -S -o /dev/null "$file"
}

if [ "${1:-}" = --file ]; then
    check_file "$2"
    exit
fi

mkdir -p "$KEPT"
LUA=$(pkg-config --cflags lua5.4)
HDF5=$(pkg-config --cflags hdf5 | sed "s/-I/-isystem /")
export LUA HDF5
for tool in clang-tidy cppcheck gcc; do
    $tool --version || echo "not ok $tool is not there"
done >"$SCRATCH/tools"
grep '^not ok' "$SCRATCH/tools"

# Each check that is left out has its reason.
for config in .clang-tidy tests/static/generated.clang-tidy; do
    for check in $(sed -n 's/^  -\([a-z].*[^,]\),*$/\1/p' "$config"); do
        grep -q "^# $check: " "$config" && echo "ok $config says why not $check" ||
            echo "not ok $config does not say why not $check"
    done
done

# clang-format and nobody's taste says how C looks.
find compiler runtime templates tests examples -name '*.[ch]' ! -path 'tests/golden/*' >"$SCRATCH/formatted"
if xargs clang-format --dry-run -Werror <"$SCRATCH/formatted" >"$SCRATCH/said-format" 2>&1; then
    echo "ok format of $(wc -l <"$SCRATCH/formatted") files"
else
    sed -n 's/^\([^ :]*\.[ch]\):.*/\1/p' "$SCRATCH/said-format" | sort -u | sed 's/.*/not ok format &: clang-format -i &/' |
        tee "$SCRATCH/said-format"
fi

# Lua, in scripts and in templates.
find compiler tests examples -name '*.lua' ! -path 'tests/fuzz/models/cases/*' ! -path 'tests/oracle/cases/*' >"$SCRATCH/lua"
find templates tests -name '*.in' >"$SCRATCH/templates"
{
    # Which names are global, scripts and templates find out when they run. 431: a local may hide one outside.
    if said=$(xargs luacheck --no-color -q --std lua54 --no-global --ignore 431 --max-line-length 132 <"$SCRATCH/lua"); then
        echo "ok luacheck of $(wc -l <"$SCRATCH/lua") files"
    else
        printf '%s\n' "$said" | sed -n 's/^ *\([^ :]*:[0-9].*\)/not ok luacheck \1/p'
    fi
    cat "$SCRATCH/lua" "$SCRATCH/templates" | xargs awk -f tests/static/lua.awk && echo 'ok style of Lua'
    # Which it sees.
    printf '%s\n' "local a = 'x'" "local b = 1;" "local c = 2 " "$(printf '\tlocal d = 3')" '   local e = 4' 'local f = 5 local g = 6' \
        >"$SCRATCH/bad.lua"
    [ "$(awk -f tests/static/lua.awk "$SCRATCH/bad.lua" | grep -c '^not ok')" = 6 ] && echo 'ok style of Lua that is bad is seen' ||
        echo 'not ok style of Lua that is bad is seen'
} >"$SCRATCH/said-lua"
cat "$SCRATCH/said-lua"

# What files call themselves and each other.
find compiler runtime templates tests examples -type f >"$SCRATCH/files"
grep -E '\.(c|h|lua|in|sh|awk|def)$' "$SCRATCH/files" | grep -vE '^(examples|tests/(golden/expected|fuzz/(corpus|models/cases)|oracle/cases)/)' >"$SCRATCH/named"
{
    said=$(xargs awk -f tests/static/names.awk "$SCRATCH/files" <"$SCRATCH/named")
    [ -z "$said" ] && echo "ok names of $(wc -l <"$SCRATCH/named") files" || echo "$said"
    for template in templates/*.in; do
        grep -q "\`${template#templates/}\`" templates/README.md || echo "not ok templates/README.md does not name $template"
    done
    mkdir -p "$SCRATCH/compiler"
    printf '%s\n' '/* other.c -- not its name. */' '/* See no_such.c and main.c. */' "/* $(printf '%130s' '') */" >"$SCRATCH/compiler/own.c"
    [ "$(cd "$SCRATCH" && awk -f "$TOP/tests/static/names.awk" files compiler/own.c | grep -c '^not ok')" = 4 ] &&
        echo 'ok names that are wrong are seen' || echo 'not ok names that are wrong are seen'
} >"$SCRATCH/said-names"
cat "$SCRATCH/said-names"

# Who may use whom, and no circles; an edge that is forbidden, a circle and an exception without need are seen.
{
    sh tests/static/rooms.sh
    sed -e 's/^\(compiler\/emit:\) compiler\/pass/\1/' tests/static/rooms.txt >"$SCRATCH/rooms.txt"
    echo 'except compiler/main.c compiler/command/options.c' >>"$SCRATCH/rooms.txt"
    sh tests/static/rooms.sh "$SCRATCH/rooms.txt" >"$SCRATCH/bad-rooms"
    grep -q 'not ok compiler/emit/emit.h uses .*: compiler/emit may not use compiler/pass' "$SCRATCH/bad-rooms" &&
        grep -q 'not ok except compiler/main.c .* it breaks no rule' "$SCRATCH/bad-rooms" &&
        printf '%s\n' 'a/x.c b/y.c f' 'b/y.c c/z.c g' 'c/z.c a/x.c h' | awk -f tests/static/rooms.awk /dev/null - |
        grep -q 'not ok a circle: a/x.c -> b/y.c -> c/z.c -> a/x.c' && echo 'ok rules that are broken are seen' ||
        echo 'not ok rules that are broken are seen'
} >"$SCRATCH/said-rooms"
cat "$SCRATCH/said-rooms"

# Templates look like the C that they print: of the kernels' lines that are not empty, so many in a hundred are Lua.
lua_lines() { # LIMIT FILE...
    limit=$1
    shift
    cat "$@" | awk -v limit="$limit" '/[^ ]/ { lines++ } /^ *\$([^{]|$)/ { lua++ } END {
        share = 100 * lua / lines
        printf "%s %.1f %% of the lines of kernels'\'' templates are Lua, at most %s may be\n", share < limit ? "ok" : "not ok", share, limit
    }'
}
{
    lua_lines 45.0 templates/kernel/*.in
    printf '%s\n' '$ if a then' '    $ f()' 'text' >"$SCRATCH/lua.in"
    lua_lines 45.0 "$SCRATCH/lua.in" | grep -q '^not ok 66.7' && echo 'ok too many lines of Lua are seen' ||
        echo 'not ok too many lines of Lua are seen'
} >"$SCRATCH/said-templates"
cat "$SCRATCH/said-templates"

# Nothing else compiles what make bench measures with.
mkdir "$SCRATCH/bench"
"$CNNC" tests/scripts/lesson.lua --emit infer --target generic --name net -o "$SCRATCH/bench/net.c"
for driver in cnnc infer; do
    $CC $STANDARD -Wall -Wextra -Werror -fopenmp -Iruntime -I"$SCRATCH/bench" -fsyntax-only tests/bench/$driver.c && echo "ok tests/bench/$driver.c" ||
        echo "not ok tests/bench/$driver.c"
done >"$SCRATCH/said-bench" 2>&1
cat "$SCRATCH/said-bench"

# Plain C: intrinsics are nothing that analysers know, and the other targets have the same loops.
"$CNNC" tests/scripts/lesson.lua --target generic -o "$SCRATCH/lesson.c"
for name in graph; do
    "$CNNC" tests/scripts/$name.lua --target generic --optimize size -o "$SCRATCH/$name.c"
done

ls "$SCRATCH"/*.c compiler/*.c compiler/*/*.c runtime/*/*.c | sh tests/parallel.sh sh tests/static/run.sh --file >"$SCRATCH/said"
cat "$SCRATCH/said"
! grep -q '^not ok' "$SCRATCH"/said* "$SCRATCH/tools"
