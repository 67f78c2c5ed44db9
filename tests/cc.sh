#!/bin/sh
# Usage: cc.sh COMPILER ARGUMENT... -- the command as it stands, but with each source file compiled for itself and then
# linked: so ccache gives back the objects of sources that are as they were, by a hash of what they preprocess to, the
# compiler and its flags. Where there is no ccache (see check.sh), everything is compiled. Generated code gets $VECTORS in
# place of <immintrin.h>, where that is set.
set -u

is_source() { # ARGUMENT AFTER -- what stands behind an option is not
    case $2 in -o | -include | -I | -x) return 1 ;; esac
    case $1 in *.c | *.cpp) return 0 ;; *) return 1 ;; esac
}

vectors= # what is included instead
takes_vectors() { # SOURCE
    [ -n "${VECTORS:-}" ] && grep -q '^#include <immintrin.h>' "$1" && vectors=$VECTORS || vectors=
}

output=a.out link=yes after= source=
for argument; do
    case $after in -o) output=$argument ;; esac
    ! is_source "$argument" "$after" || source=$argument
    after=$argument
    case $argument in -c | -E | -S | -fsyntax-only) link= ;; esac
done
if [ -z "$link" ]; then
    [ -z "$source" ] || takes_vectors "$source"
    exec ${CCACHE:-} "$@" ${vectors:+-include "$vectors"}
fi

compile() { # OBJECT SOURCE COMMAND... -- without all that concerns other sources and linking
    object=$1 source=$2 after=
    shift 2
    for argument; do
        shift
        case $argument in
            -o | -l* | -Wl,* | -shared | -static | *.a | *.o) ;;
            *) [ "$after" = -o ] || is_source "$argument" "$after" || set -- "$@" "$argument" ;;
        esac
        after=$argument
    done
    takes_vectors "$source"
    # What it reads is known from -MD: ccache need not preprocess (CCACHE_DEPEND).
    ${CCACHE:-} "$@" ${vectors:+-include "$vectors"} -MD -MF "$object.d" -c -o "$object" "$source"
}

number=0 after=
for argument; do
    if is_source "$argument" "$after"; then
        number=$((number + 1))
        compile "$output-$number.o" "$argument" "$@" || exit 1
    fi
    after=$argument
done

number=0 after=
for argument; do
    shift
    if is_source "$argument" "$after"; then
        number=$((number + 1))
        set -- "$@" "$output-$number.o"
    elif [ "$argument" != -include ] && [ "$after" != -include ]; then
        set -- "$@" "$argument"
    fi
    after=$argument
done
"$@"
status=$?
set --
while [ $number -gt 0 ]; do
    set -- "$@" "$output-$number.o" "$output-$number.o.d"
    number=$((number - 1))
done
rm -f "$@"
exit $status
