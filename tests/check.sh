#!/bin/sh
# Usage: check.sh NAME PROGRAM        runs one test: a cmocka program, or a script tests/NAME/run.sh
#        check.sh --sum NAME...       closes with "N passed, N failed" of these
#
# `make check` calls it, each test a job of make's, and sets the environment that tests need. A test prints a line
# "ok NAME" or "not ok NAME" for each thing it checks (cmocka does so as TAP) and exits with 0 when all is well. What it
# printed is kept in $BUILD/tests/*.log and shown when it failed.
set -u

# What was compiled before comes from ccache, where that is installed: cc.sh. Processors that differ share nothing.
case ${CC:-} in ccache*) CCACHE= ;; *) CCACHE=$(command -v ccache) ;; esac
CCACHE_DIR=${CCACHE_DIR:-$BUILD/ccache} CCACHE_DEPEND=1 CCACHE_SLOPPINESS=time_macros
CCACHE_NAMESPACE=$(grep -m 1 -e '^flags' -e '^Features' /proc/cpuinfo 2>/dev/null | cksum)
CMOCKA_MESSAGE_OUTPUT=TAP
VECTORS=$BUILD/tests/vectors.h
export CCACHE CCACHE_DIR CCACHE_DEPEND CCACHE_SLOPPINESS CCACHE_NAMESPACE CMOCKA_MESSAGE_OUTPUT VECTORS
export TOP BUILD MAKE CNNC CNNRT CNNRT_LIB CC CFLAGS SANITIZE

flat() { # NAME, as a file's
    echo "$1" | tr / -
}

sum() { # NAME...
    passed=0 failed=0 failures=
    for name; do
        # A test that was killed has left no counts: that is a failure, too.
        read -r ok bad <"$BUILD/tests/$(flat "$name").count" || { ok=0 bad=1; }
        rm -f "$BUILD/tests/$(flat "$name").count"
        [ "$bad" = 0 ] || failures="$failures $name"
        passed=$((passed + ok)) failed=$((failed + bad))
    done
    [ -z "$failures" ] || printf 'Failed:%s\n' "$failures"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

report() { # NAME STATUS SECONDS: counts what the log says, and says it in short
    ok=$(grep -c '^ok ' "$log")
    bad=$(grep -c '^not ok ' "$log")
    # A program that dies or fails without a word is one failure, a silent good one is one success.
    if [ "$2" -ne 0 ] && [ "$bad" = 0 ]; then
        bad=1
    elif [ $((ok + bad)) = 0 ]; then
        ok=1
    fi
    echo "$ok $bad" >"$BUILD/tests/$(flat "$1").count"
    if [ "$bad" = 0 ]; then
        printf '  ok      %s (%s in %s s)\n' "$1" "$ok" "$3"
    else
        printf '  FAILED  %s (%s of %s), exit status %s:\n' "$1" "$bad" $((ok + bad)) "$2"
        grep -v '^ok ' "$log" | tail -n 60 | sed 's/^/    | /'
    fi
}

run() { # NAME COMMAND...
    name=$1
    shift
    log=$BUILD/tests/$(flat "$name").log
    SCRATCH=$BUILD/tests/scratch/$(flat "$name")
    export SCRATCH
    rm -rf "$SCRATCH" "$BUILD/tests/$(flat "$name").count"
    mkdir -p "$SCRATCH"
    begin=$(date +%s)
    "$@" >"$log" 2>&1 </dev/null
    status=$?
    # In one piece: others say something at the same time.
    said=$(report "$name" $status $(($(date +%s) - begin)))
    printf '%s\n' "$said"
    case $said in *FAILED*) ;; *) rm -rf "$SCRATCH" ;; esac
}

case $1 in
    --sum) shift && sum "$@" ;;
    *) case $2 in *.sh) run "$1" sh "$2" ;; *) run "$1" "$2" ;; esac ;;
esac
