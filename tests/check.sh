#!/bin/sh
# Usage: check.sh PROGRAM... -- runs unit tests (cmocka programs) and test scripts (tests/NAME/run.sh), and
# closes with "N passed, N failed". `make check` sets the environment they need.
#
# A test prints a line "ok NAME" or "not ok NAME" for each thing it checks (cmocka does so as TAP) and exits
# with 0 when all is well. What it printed is kept in $BUILD/tests/*.log and shown when it failed.
set -u
CMOCKA_MESSAGE_OUTPUT=TAP
export CMOCKA_MESSAGE_OUTPUT TOP BUILD MAKE CNNC CNNRT CNNRT_LIB CC CFLAGS SANITIZE

passed=0
failed=0
failures=

wanted() { # NAME
    [ -n "${TESTS:-}" ] || return 0
    for test in $TESTS; do
        case $1 in "$test" | "$test"/*) return 0 ;; esac
    done
    return 1
}

run() { # NAME COMMAND...
    name=$1
    shift
    log=$BUILD/tests/$(echo "$name" | tr / -).log
    SCRATCH=$BUILD/tests/scratch/$name
    export SCRATCH
    rm -rf "$SCRATCH"
    mkdir -p "$SCRATCH"
    begin=$(date +%s)
    "$@" >"$log" 2>&1 </dev/null
    status=$?
    seconds=$(($(date +%s) - begin))
    ok=$(grep -c '^ok ' "$log")
    bad=$(grep -c '^not ok ' "$log")
    # A program that dies or fails without a word is one failure, a silent good one is one success.
    if [ $status -ne 0 ] && [ "$bad" = 0 ]; then
        bad=1
    elif [ $((ok + bad)) = 0 ]; then
        ok=1
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    if [ "$bad" = 0 ]; then
        printf '  ok      %s (%s in %s s)\n' "$name" "$ok" "$seconds"
        rm -rf "$SCRATCH"
        return
    fi
    printf '  FAILED  %s (%s of %s), exit status %s:\n' "$name" "$bad" $((ok + bad)) $status
    grep -v '^ok ' "$log" | tail -n 60 | sed 's/^/    | /'
    failures="$failures $name"
}

# Two lanes: the longest tests, which need nothing that others make, run beside all others.
lane_of() { # NAME
    case $1 in kernel | static) echo long ;; *) echo other ;; esac
}

run_lane() { # LANE PROGRAM... -- leaves what it counted in LANE.lane
    lane=$1
    shift
    for program; do
        case $program in
            *.sh) name=$(dirname "${program#tests/}") ;;
            *) name=unit/$(basename "$program" | sed 's/^test_//') ;;
        esac
        [ "$(lane_of "$name")" = "$lane" ] && wanted "$name" || continue
        case $program in
            *.sh) run "$name" sh "$program" ;;
            *) run "$name" "$program" ;;
        esac
    done
    echo "$passed $failed $failures" >"$BUILD/tests/$lane.lane"
}

mkdir -p "$BUILD/tests"
rm -f "$BUILD"/tests/*.lane
run_lane long "$@" &
trap 'kill $! 2>/dev/null; exit 130' INT TERM
run_lane other "$@"
wait

passed=0 failed=0 failures=
for lane in long other; do
    # A lane that died has left no counts: that is a failure too.
    read -r ok bad names <"$BUILD/tests/$lane.lane" || { ok=0 bad=1 names="the lane of $lane tests"; }
    passed=$((passed + ok)) failed=$((failed + bad)) failures="$failures${names:+ $names}"
done
[ -z "$failures" ] || printf 'Failed:%s\n' "$failures"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
