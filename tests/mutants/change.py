"""What a mutant is: one operator, constant or statement of the compiler or its templates, changed."""

import glob
import hashlib
import os
import re

# What the stages are made of: how kernels are chosen, shapes, gradients, memory, text.
STAGES = "emit graph grad plan schedule fuse prepare rewrite split".split()

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


class Mutant:
    def __init__(self, path, number, old, new):
        self.path, self.number, self.old, self.new = path, number, old, new
        self.name = "%s: %s => %s" % (path, " ".join(old.split()), " ".join(new.split()) or "(removed)")


def sources(top):
    return (
        ["compiler/emit/emit.c", "compiler/graph/graph.c"]
        + sorted(path for folder in ("pass", "op", "kernel") for path in glob.glob("compiler/%s/*.c" % folder, root_dir=top))
        + sorted(glob.glob("compiler/*/*.lua", root_dir=top))
        + sorted(glob.glob("templates/**/*.in", root_dir=top, recursive=True))
    )


def code_of(line, lua):
    """The line with its strings and comments blanked, of the same length."""
    def blank(match):
        return " " * len(match.group(0))
    line = re.sub(r'"(?:[^"\\]|\\.)*"', blank, line)
    return re.sub(r"--.*", blank, line) if lua else re.sub(r"/\*.*?\*/|^\s*\*.*|^\s*/\*.*|//.*", blank, line)


def mutants_of(top, path):
    template = path.endswith(".in")
    comment = False
    for number, line in enumerate(open(os.path.join(top, path)).read().split("\n"), 1):
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
                yield Mutant(path, number, line, line[: match.start()] + new + line[match.end():])
        for match in CONSTANT.finditer(code):
            yield Mutant(path, number, line, line[: match.start()] + str(int(match.group(0)) + 1) + line[match.end():])
        if (LUA_STATEMENT if lua else STATEMENT).match(code.lstrip("$")):
            yield Mutant(path, number, line, "$" if line.startswith("$") else "")


def every(top, seed):
    """All mutants by name, in an order that a change of one line does not shake."""
    found = {}
    for path in sources(top):
        for mutant in mutants_of(top, path):
            if mutant.old != mutant.new:
                found.setdefault(mutant.name, mutant)
    return sorted(found.values(), key=lambda mutant: hashlib.sha256(("%s %s" % (seed, mutant.name)).encode()).digest())
