#!/bin/sh
# Generates the cases of cases.c for every target that this machine can run, compiles them and compares them with the
# naive interpreter; once more under sanitizers; and shows the C to clang and, the header, to g++.
#
# CASES="conv_same dropout" and TARGETS="avx2 generic" choose.
set -u
cd "$TOP" || exit 1
TARGETS=${TARGETS:-generic sse2 avx2 avx512 neon}
CASES=${CASES:-}
FLAGS="-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra"
status=0

host() { # OUTPUT FLAGS...
    output=$1
    shift
    $CC $FLAGS -O2 -g "$@" -Icompiler -Iruntime -o "$output" tests/kernel/*.c tests/naive/*.c \
        "$BUILD/libcnnc.a" "$BUILD/libcnnrt.a" $(pkg-config --libs lua5.4) -lz -lpng -lm -ldl -lpthread
}

# Reads paths of .c files, makes an .so beside each.
compile() { # FLAGS...
    xargs -P 2 -I FILE sh -c "$CC $FLAGS -Werror -O1 -g -fopenmp $* -I$CNNRT -shared -fPIC -o \$(echo FILE | sed 's/c\$/so/') FILE -lm" || status=1
}

check() { # HOST FOLDER TARGET FLAGS... -- generates, compiles, compares
    program=$1 folder=$2 target=$3
    shift 3
    mkdir -p "$folder"
    "$program" generate "$folder" "$target" $CASES >"$folder/sources" || status=1
    grep '^not ok' "$folder/sources"
    grep -v '^not ok' "$folder/sources" | compile $("$program" flags "$target") "$@"
    "$program" check "$folder" "$target" $CASES || status=1
}

plain="$SCRATCH/kernel"
host "$plain" ${SANITIZE:+-fsanitize=$SANITIZE} || exit 1
mkdir -p "$SCRATCH/rewrites"
"$plain" rewrites "$SCRATCH/rewrites" generic $CASES || status=1
for target in $TARGETS; do
    "$plain" flags "$target" >/dev/null || continue
    check "$plain" "$SCRATCH/$target" "$target" ${SANITIZE:+-fsanitize=$SANITIZE}
    best=$target
done

# What other compilers say.
for target in generic $best; do
    for source in "$SCRATCH/$target"/*.c; do
        if clang $FLAGS -Werror $("$plain" flags "$target") -fopenmp -I"$CNNRT" -fsyntax-only "$source" &&
            g++ -Wall -Wextra -Werror -I"$CNNRT" -fsyntax-only -x c++ "${source%.c}.h"; then
            echo "ok clang $target/$(basename "$source")"
        else
            echo "not ok clang $target/$(basename "$source")"
            status=1
        fi
    done
done

# Workspaces are allocated to the byte, so this sees a program that takes more.
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all"
if [ -z "${SANITIZE:-}" ] && host "$SCRATCH/kernel-sanitized" $sanitizers; then
    CASES=${CASES:-lesson residual batch_norm_twice dropout_twice conv_groups_strided max_pool_same_overlapping average_pool_same bytes_dense}
    check "$SCRATCH/kernel-sanitized" "$SCRATCH/sanitized" "$best" $sanitizers
fi
exit $status
