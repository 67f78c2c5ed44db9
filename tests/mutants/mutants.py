"""Changes one operator, constant or statement of the compiler or its templates at a time, and looks whether a test fails.

`make mutants` calls it; the environment is that of the tests, and MUTANTS (how many, 200), SEED (1) and LIMIT (seconds, 0: none)
may be set. What became of a mutant is kept in $BUILD/mutants/results, so a run that was stopped goes on, and a mutant whose
line has changed is tried anew. A mutant that does not compile is none. Survivors that change nothing that matters are
explained in tests/mutants/equivalent.txt: the mutant as it is printed here, and below it why.

Fails when less than 90 % of the mutants that are not equivalent are caught.
"""

import glob
import os
import random
import re
import shutil
import subprocess
import sys
import time

TOP = os.environ["TOP"]
BUILD = os.environ["BUILD"] + "/mutants"
TREE = BUILD + "/tree"
RESULTS = BUILD + "/results"
EQUIVALENT = TOP + "/tests/mutants/equivalent.txt"

# What the stages are made of: how kernels are chosen, shapes, gradients, memory, text.
SOURCES = (
    ["compiler/%s.c" % name for name in "emit graph grad plan schedule fuse prepare rewrite spread".split()]
    + sorted(glob.glob("compiler/op/*.c", root_dir=TOP))
    + sorted(glob.glob("compiler/lua/*.lua", root_dir=TOP))
    + sorted(glob.glob("templates/**/*.in", root_dir=TOP, recursive=True))
)

# The quickest first. A unit test program is made only for those that survive the golden files.
UNITS = "compile emit fuse grad graph layers nonlinearity op plan prepare product rewrite schedule summary target script".split()
SUITES = [
    ("golden", "sh tests/golden/run.sh"),
    ("unit", "make BUILD=$BUILD %s && %s" % (" ".join("$BUILD/tests/unit/test_" + u for u in UNITS),
                                             " && ".join("$BUILD/tests/unit/test_" + u for u in UNITS))),
    ("grad", "sh tests/grad/run.sh"),
    ("kernel", "sh tests/kernel/run.sh"),
    ("oracle", "sh tests/oracle/run.sh"),
    ("size", "sh tests/size/run.sh"),
]

# ---- mutants ------------------------------------------------------------------------------------------------

# (pattern, replacement); the operators stand between blanks, as the formatter puts them.
SWAPS = [
    (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " + "), (r" // ", " * "), (r" / ", " * "), (r" % ", " * "),
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "),
    (r" == ", " != "), (r" != ", " == "), (r" ~= ", " == "),
    (r" && ", " || "), (r" \|\| ", " && "), (r" and ", " or "), (r" or ", " and "),
]
CONSTANT = re.compile(r"(?<![\w.#%\[{])\d+(?![\w.\"])")
STATEMENT = re.compile(r"^\s*(?:[\w.>\-\[\]]+ [+\-*/|]?= [^=].*;|[a-z_]\w*\([^{}]*\);)$")
LUA_STATEMENT = re.compile(r"^\s*[\w.\[\]]+ = [^=]*$")


def code_of(line, lua):
    """The line with its strings and comments blanked, of the same length."""
    def blank(match):
        return " " * len(match.group(0))
    line = re.sub(r'"(?:[^"\\]|\\.)*"', blank, line)
    return re.sub(r"--.*", blank, line) if lua else re.sub(r"/\*.*?\*/|^\s*\*.*|^\s*/\*.*|//.*", blank, line)


def spliced(line):
    """Of a template's C text, what stands in ${...} is Lua; the rest is C."""
    return [(m.start(), m.end()) for m in re.finditer(r"\$\{[^}]*\}", line)]


def mutants_of(path):
    """Yields (path, line number, old line, new line)."""
    template = path.endswith(".in")
    comment = False
    for number, line in enumerate(open(os.path.join(TREE, path)).read().split("\n"), 1):
        lua = path.endswith(".lua") or (template and line.startswith("$"))
        inside, comment = comment, (comment and "*/" not in line) or ("/*" in line and "*/" not in line)
        code = code_of(line, lua)
        if inside or line.startswith("#") or not code.strip() or re.match(r"\$ local .* = include", line):
            continue
        for pattern, replacement in SWAPS:
            if not lua and replacement in (" or ", " and ") or lua and re.search(r"[&|]|!=", pattern + replacement) and "~" not in pattern:
                continue
            for match in re.finditer(pattern, code):
                new = replacement.replace("!=", "~=") if lua else replacement
                yield path, number, line, line[: match.start()] + new + line[match.end():]
        for match in CONSTANT.finditer(code):
            yield path, number, line, line[: match.start()] + str(int(match.group(0)) + 1) + line[match.end():]
        if (LUA_STATEMENT if lua else STATEMENT).match(code.lstrip("$")):
            yield path, number, line, ("$" if line.startswith("$") else "")


def draw(count, seed):
    every = [mutant for path in SOURCES for mutant in mutants_of(path) if mutant[2] != mutant[3]]
    random.Random(seed).shuffle(every)
    return every[:count], len(every)


def name_of(mutant):
    path, number, old, new = mutant
    return "%s: %s => %s" % (path, " ".join(old.split()), " ".join(new.split()) or "(removed)")


# ---- trying them --------------------------------------------------------------------------------------------

def failed(log):
    with open(log, errors="replace") as file:
        return re.search(r"^(not ok|\[  FAILED)", file.read(), re.M)


def run(command, log, seconds):
    """0, or how it ended. It is killed, with all that it started, as soon as a test has failed, or when it does not end."""
    environment = dict(os.environ, TOP=TREE, BUILD=BUILD + "/build", CNNC=BUILD + "/build/cnnc", CNNRT=TREE + "/runtime",
                       CNNRT_LIB=BUILD + "/build/libcnnrt.a", SCRATCH=BUILD + "/scratch", CASES=CASES, TARGETS=TARGETS)
    shutil.rmtree(BUILD + "/scratch", ignore_errors=True)
    os.makedirs(BUILD + "/scratch")
    with open(log, "w") as out:
        process = subprocess.Popen(["sh", "-c", command], cwd=TREE, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                   env=environment, start_new_session=True)
        end = time.time() + seconds
        while process.poll() is None and time.time() < end and not failed(log):
            time.sleep(0.1)
        if process.poll() is not None:
            return process.returncode
        os.killpg(process.pid, 9)
        process.wait()
        return 124


# Few but different ones.
CASES = ("conv_same conv_stride_3_1 conv_dilated conv_groups_strided conv_groups_17 conv_depthwise_pool conv_channels_first max_pool_overlapping "
         "max_pool_same average_pool_same dense_100_to_33 dense_behind_conv leaky_relu gelu log_softmax loss_categorical_smoothed "
         "loss_binary_5 loss_mse_image batch_norm_twice dropout permute concat_columns pad crop rescaling residual lesson")
TARGETS = "avx2 generic avx2-small"


def try_mutant(mutant):
    path, number, old, new = mutant
    file = os.path.join(TREE, path)
    lines = open(file).read().split("\n")
    lines[number - 1] = new
    original = open(file).read()
    open(file, "w").write("\n".join(lines))
    try:
        if run("make BUILD=$BUILD $BUILD/cnnc", BUILD + "/log", 600) != 0:
            return "stillborn"
        for name, command in SUITES:
            if run(command, BUILD + "/log", 1200) != 0:
                return name
        return "survived"
    finally:
        open(file, "w").write(original)


def copy_tree():
    files = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], capture_output=True, check=True).stdout.decode()
    for name in filter(None, files.split("\0")):
        source, target = os.path.join(TOP, name), os.path.join(TREE, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.exists(source) and (not os.path.exists(target) or open(source, "rb").read() != open(target, "rb").read()):
            shutil.copy(source, target)


def read_results():
    if not os.path.exists(RESULTS):
        return {}
    return dict(line.rstrip("\n").split("\t")[::-1] for line in open(RESULTS))


def read_equivalent():
    if not os.path.exists(EQUIVALENT):
        return set()
    return {line.rstrip("\n") for line in open(EQUIVALENT) if re.match(r"(compiler|templates)/\S+: ", line)}


def main():
    count, limit = int(os.environ.get("MUTANTS") or 200), float(os.environ.get("LIMIT") or 0)
    begin = time.time()
    copy_tree()
    drawn, possible = draw(count, int(os.environ.get("SEED") or 1))
    results = read_results()
    if run("make BUILD=$BUILD $BUILD/cnnc $BUILD/libcnnrt.a", BUILD + "/log", 1200) != 0:
        sys.exit("the compiler does not build: see %s/log" % BUILD)
    for mutant in drawn:
        name = name_of(mutant)
        if name in results:
            continue
        if limit and time.time() - begin > limit:
            break
        results[name] = try_mutant(mutant)
        with open(RESULTS, "a") as file:
            file.write("%s\t%s\n" % (results[name], name))
        print("%-10s %s" % (results[name], name), flush=True)
    tried = [name for name in dict.fromkeys(map(name_of, drawn)) if results.get(name, "stillborn") != "stillborn"]
    equivalent = read_equivalent()
    survivors = [name for name in tried if results[name] == "survived"]
    unexplained = [name for name in survivors if name not in equivalent]
    real = len(tried) - (len(survivors) - len(unexplained))
    caught = len(tried) - len(survivors)
    for name in unexplained:
        print("survives:", name)
    by_suite = ", ".join("%d by %s" % (sum(results[name] == suite for name in tried), suite) for suite, _ in SUITES)
    print("%d of %d mutants caught, %.1f %% (%s); %d more are equivalent; %d could be drawn"
          % (caught, real, 100 * caught / max(real, 1), by_suite, len(survivors) - len(unexplained), possible))
    sys.exit(caught < 0.9 * real)


main()
