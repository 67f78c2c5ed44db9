#!/bin/sh
# Compiles random networks and compares them with what they mean in double: see tests/README.md, "Random networks", and case.h.
# Replays the cases that once differed, then takes new networks.
#
#   make check TESTS=fuzz/models SEED=1000 NETWORKS=500   these seeds, instead of 1 to 30
#   make soak SECONDS=7200                                sets MODELS_SECONDS=3600: new seeds until these are over;
#                                                         what differs is shrunk and kept in tests/fuzz/models/cases
set -u
cd "$TOP" || exit 1
HERE=tests/fuzz/models
FLAGS="-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra"
SANITIZERS="-fsanitize=address,undefined -fno-sanitize-recover=all"
export OMP_WAIT_POLICY=passive # more threads than cores should not spin
# The interpreter takes and frees its arrays again and again: malloc keeps them, for the kernel would clear each page anew.
export MALLOC_MMAP_THRESHOLD_=1000000000 MALLOC_TRIM_THRESHOLD_=2000000000 MALLOC_TOP_PAD_=67108864
export ASAN_OPTIONS=detect_leaks=0
status=0

program() { # OUTPUT FLAGS...
    output=$1
    shift
    sh tests/cc.sh $CC $FLAGS -g "$@" -Icompiler -Iruntime $(pkg-config --cflags lua5.4) -o "$output" $HERE/*.c \
        $(printf 'tests/kernel/%s.c ' data reference caller check machine) "$BUILD/libcnnc.a" "$BUILD/libcnnrt.a" \
        $(pkg-config --libs lua5.4) -lz -lpng -ljpeg -lm -ldl -lpthread
}

folder() { # NAME
    mkdir -p "$SCRATCH/$1"
    echo "$SCRATCH/$1"
}

plain="$SCRATCH/models" sanitized="$SCRATCH/models-sanitized"
first=${SEED:-1} count=${NETWORKS:-30}
few=$((count / 15)) half=$((count / 2))
if [ $# -gt 0 ]; then # a part, called from below
    case $1 in
        "$plain") program "$plain" -O2 ${SANITIZE:+$SANITIZERS} ;;
        "$sanitized") program "$sanitized" -O1 $SANITIZERS ;;
        half) "$plain" run "$(folder half)" "$first" $half 900 ;;
        rest) "$plain" run "$(folder rest)" $((first + half)) $((count - half - few)) 900 ;;
        few) "$sanitized" run "$(folder few)" $((first + count - few)) $few 900 ;;
    esac
    exit
fi
echo "$sanitized" "$plain" | tr ' ' '\n' | sh tests/parallel.sh sh $HERE/run.sh || exit 1

set -- $HERE/cases/*.lua
[ ! -e "$1" ] || "$plain" replay "$(folder cases)" "$@" || status=1

# The C of networks that nobody wrote reads well, too: tests/style.
reads_well() { # SEED
    "$plain" draw "$1" >"$SCRATCH/drawn.lua"
    for options in '--target avx2' '--target generic --optimize size'; do
        rm -f "$SCRATCH/drawn.c"
        # some are refused
        "$CNNC" "$SCRATCH/drawn.lua" $options -o "$SCRATCH/drawn.c" 2>/dev/null || continue
        awk -f tests/style/style.awk "$SCRATCH/drawn.c" || return 1
    done
}
for seed in $(seq "$first" $((first + count / 10))); do
    reads_well "$seed" && echo "ok the C of network $seed reads well" || { echo "not ok the C of network $seed" && status=1; }
done

if [ -n "${MODELS_SECONDS:-}" ]; then
    sh $HERE/soak.sh "$plain" "$sanitized" "$(folder soak)" "$MODELS_SECONDS" || status=1
    exit $status
fi
echo half rest few | tr ' ' '\n' | sh tests/parallel.sh sh $HERE/run.sh || status=1
exit $status
