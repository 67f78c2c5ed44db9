#!/bin/sh
# What the tests leave untouched of the compiler and the runtime. `make coverage` calls it.
#
# Builds with gcov into a folder of its own, runs the suites that matter ($TESTS: others), and prints for each file the
# lines and branches that ran. Branches are gcov's: both ways of every condition, each part of && and || for itself,
# those that only a failing allocation takes too; gcovr leaves out those that gcc adds by itself (--exclude-throw-branches,
# --exclude-unreachable-branches). Fails below 95 % of lines, 85 % of branches, or 100 % of a file parser's lines.
# UNTOUCHED=1 lists what did not run.
set -eu
cd "$TOP"
PARSERS='runtime/(train/checkpoint|data/(csv|idx|image|npy)|file/(input|json|safetensors|zip))'

mkdir -p "$BUILD"
# The programs that tests link with libcnnrt.a need gcov's library too.
printf '#!/bin/sh\nexec gcc "$@" -lgcov\n' >"$BUILD/gcc"
chmod +x "$BUILD/gcc"
find "$BUILD" -name '*.gcda' -delete
status=0
"$MAKE" BUILD="$BUILD" CC="$BUILD/gcc" CFLAGS='-O0 -g -fprofile-arcs -ftest-coverage' \
    TESTS="${TESTS:-unit cli faults golden grad resume size tune}" check || status=$?

count() {
    gcovr --root . --object-directory "$BUILD" --filter 'compiler/' --filter 'runtime/' --exclude-throw-branches \
        --exclude-unreachable-branches "$@" "$BUILD"
}
[ -z "${UNTOUCHED:-}" ] || count --txt -
count --csv - | awk -F, -v parsers="$PARSERS" '
    function percent(part, all) { return all ? 100 * part / all : 100 }
    function row(name, lines, ran, branches, taken) {
        printf "%-32s %6d %7.1f%% %9d %7.1f%%\n", name, lines, percent(ran, lines), branches, percent(taken, branches)
    }
    NR == 1 { printf "%-32s %6s %8s %9s %8s\n", "file", "lines", "ran", "branches", "taken"; next }
    {
        row($1, $2, $3, $5, $6)
        lines += $2; ran += $3; branches += $5; taken += $6
        if ($1 ~ "^" parsers "[.]c$" && $3 < $2) short = short " " $1
    }
    END {
        row("all", lines, ran, branches, taken)
        if (percent(ran, lines) < 95) short = short " lines"
        if (percent(taken, branches) < 85) short = short " branches"
        if (short) { print "Too little is tested:" short; exit 1 }
    }'
exit $status
