"""Changes one operator, constant or statement of the compiler or its templates at a time, and looks whether a test fails.

`make mutants` calls it; the environment is that of the tests, and MUTANTS (how many, 300), SEED (1) and LIMIT (seconds, 0: none)
may be set. What became of a mutant is kept in $BUILD/mutants/results, so a run that was stopped goes on, and a mutant whose
line has changed is tried anew; MUTANT='part of a name' tries those of that name anew, whatever became of them. A mutant
that does not compile is none. Survivors that change nothing that is promised are explained in tests/mutants/equivalent.txt:
the mutant as it is printed here, and below it why.

The golden files catch every change of generated text, right or wrong: so what only they catch is counted apart, and the run
fails when the other tests, which run what was generated, catch less than 90 % of the mutants that are not equivalent.
"""

import os
import re
import sys
import time

from change import every
from trial import Trial

TOP = os.environ["TOP"]
BUILD = os.environ["BUILD"] + "/mutants"
RESULTS = BUILD + "/results"
EQUIVALENT = TOP + "/tests/mutants/equivalent.txt"


def setting(name, default):
    return os.environ.get(name) or default


def read_results():
    if not os.path.exists(RESULTS):
        return {}
    return dict(line.rstrip("\n").split("\t")[::-1] for line in open(RESULTS))


def read_equivalent():
    return {line.rstrip("\n") for line in open(EQUIVALENT) if re.match(r"(compiler|templates)/\S+: ", line)}


def try_all(trial, drawn, results, again, limit):
    begin = time.time()
    for mutant in drawn:
        if mutant.name in results and not (again and again in mutant.name):
            continue
        if limit and time.time() - begin > limit:
            break
        results[mutant.name] = trial.of(mutant)
        with open(RESULTS, "a") as file:
            file.write("%s\t%s\n" % (results[mutant.name], mutant.name))
        print("%-10s %s" % (results[mutant.name], mutant.name), flush=True)


def summary(names, results, possible):
    """Prints it. Returns whether enough were caught."""
    equivalent = read_equivalent()
    tried = [name for name in names if results.get(name, "stillborn") != "stillborn"]
    real = [name for name in tried if name not in equivalent]
    for name in real:
        if results[name] in ("survived", "golden"):
            print("%s: %s" % ("survives" if results[name] == "survived" else "only golden", name))
    by = {test: sum(results[name] == test for name in real) for test in sorted({results[name] for name in real})}
    caught = len(real) - by.get("survived", 0)
    ran = caught - by.get("golden", 0)
    print("%d of %d mutants caught, %.1f %%; %d (%.1f %%) without golden files; by %s; %d more are equivalent; %d could be drawn"
          % (caught, len(real), 100 * caught / max(len(real), 1), ran, 100 * ran / max(len(real), 1),
             ", ".join("%s %d" % row for row in by.items()), len(tried) - len(real), possible))
    return ran >= 0.9 * len(real)


def main():
    all_mutants = every(TOP, setting("SEED", "1"))
    again = setting("MUTANT", "")
    drawn = [m for m in all_mutants if again in m.name] if again else all_mutants[:int(setting("MUTANTS", "300"))]
    trial = Trial(TOP, BUILD)
    trial.copy()
    if not trial.prepare():
        sys.exit("the tree does not build or a test fails: see %s" % trial.log)
    results = read_results()
    try_all(trial, drawn, results, again, float(setting("LIMIT", "0")))
    sys.exit(not summary([mutant.name for mutant in drawn], results, len(all_mutants)))


main()
