"""Finds a test that fails for a mutant, the quickest first.

The compiler and its tests are built without optimisation in a copy of the tree. Of the kernel tests only those cases are
compiled whose C the mutant changes, and of those the most different ones: what makes the trial of a mutant short. So a
mutant may survive here that the whole of `make check` would catch, and none is caught here that it would not.
"""

import os
import re
import resource
import shutil
import subprocess

from change import STAGES

SECONDS = 120  # of a processor's time, for any one process: more is an endless loop
WAIT = 1800    # of time for any one command: more is a lock
REPRESENTATIVES = 5
KERNEL_FLAGS = "-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -shared -fPIC -fopenmp"

# (target, kind of kernel test): each of what the mutant changes, until one fails.
KERNELS = [("generic", ""), ("avx2", ""), ("generic-small", ""), ("avx512", ""), ("avx2-small", ""), ("avx512", "-inference"),
           ("generic", "-embedded")]

# What else may see a mutant: suites that take longer, for those files whose promises they test.
LONGER = [
    (r"templates/simd/|templates/math", ["simd"]),
    (r"templates/(measure|programs)|compiler/kernel/", ["tune"]),
    (r"templates/(net|interface|programs|dispatch|engine|model|members|variant)|compiler/emit/", ["generated", "cli"]),
    (r"templates/optimizer|emit/rule|script/optimizers|templates/kernel/.*(entropy|squared)", ["oracle"]),
    (r"templates/kernel/small|compiler/emit/small", ["size"]),
]

UNITS = sorted(set(STAGES + "compile layers nonlinearity winograd op sharing stack summary target script template tuning".split()))

SUITES = {
    "grad": "sh tests/grad/run.sh",
    "simd": "sh tests/simd/run.sh",
    "oracle": "sh tests/oracle/run.sh",
    "generated": "sh tests/generated/run.sh",
    "size": "sh tests/size/run.sh",
    "tune": "sh tests/tune/run.sh",
    "cli": "sh tests/cli/run.sh",
    "models": "sh tests/fuzz/models/run.sh",
    "golden": "sh tests/golden/run.sh",
}


class Trial:
    def __init__(self, top, build):
        self.top, self.build = top, build
        self.tree, self.objects, self.log = build + "/tree", build + "/build", build + "/log"
        self.kernel = self.objects + "/kernel"

    # ---- commands ---------------------------------------------------------------------------------------------

    def run(self, command, folder=None, **more):
        """0, or how it ended. It is killed, with all that it started, as soon as a test has failed."""
        scratch = self.build + "/scratch"
        environment = dict(os.environ, TOP=self.tree, BUILD=self.objects, CNNC=self.objects + "/cnnc", CNNRT=self.tree + "/runtime",
                           CNNRT_LIB=self.objects + "/libcnnrt.a", SCRATCH=scratch, CMOCKA_MESSAGE_OUTPUT="TAP",
                           OMP_WAIT_POLICY="passive", **more)
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        with open(self.log, "w") as out:
            process = subprocess.Popen(["sh", "-c", command], cwd=folder or self.tree, stdout=out, stderr=out,
                                       stdin=subprocess.DEVNULL, env=environment, start_new_session=True,
                                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)))
        for wait in [0.05] * 20 + [0.2] * (5 * WAIT):
            try:
                return process.wait(wait)
            except subprocess.TimeoutExpired:
                if self.failed():
                    break
        os.killpg(process.pid, 9)
        process.wait()
        return 124

    def failed(self):
        with open(self.log, errors="replace") as file:
            return re.search(r"^(not ok|\[  FAILED)", file.read(), re.M)

    def make(self, *targets):
        return self.run("make BUILD='%s' CFLAGS=-O0 %s" % (self.objects, " ".join(targets))) == 0

    # ---- the copy ---------------------------------------------------------------------------------------------

    def copy(self):
        files = subprocess.run(["git", "-C", self.top, "ls-files", "-z"], capture_output=True, check=True).stdout.decode()
        for name in filter(None, files.split("\0")):
            source, target = os.path.join(self.top, name), os.path.join(self.tree, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.exists(source) and (not os.path.exists(target) or open(source, "rb").read() != open(target, "rb").read()):
                shutil.copy(source, target)

    def prepare(self):
        """Builds what no mutant changes, and writes the C that none has touched. False if that fails, or if a test does: what
        fails without a mutant would seem to catch each."""
        shutil.rmtree(self.objects + "/kernel-objects", ignore_errors=True)
        if not self.make("all") or not self.link_kernel():
            return False
        return (all(self.generate("plain", *way) for way in KERNELS) and self.units(UNITS)
                and all(self.suite(name) for name in SUITES))

    # ---- kernel tests -------------------------------------------------------------------------------------------

    def link_kernel(self):
        sources = "tests/kernel/*.c"
        objects = self.objects + "/kernel-objects"
        if not os.path.isdir(objects):
            os.makedirs(objects)
            if self.run("cd '%s' && $CC -std=c11 -D_POSIX_C_SOURCE=200809L -O0 -I$TOP/compiler -I$TOP/runtime $(pkg-config --cflags lua5.4) -c %s"
                        % (objects, " ".join("$TOP/" + source for source in sources.split()))) != 0:
                return False
        return self.run("$CC -o '%s' '%s'/*.o '%s/libcnnc.a' '%s/libcnnrt.a' $(pkg-config --libs lua5.4) -lz -lpng -ljpeg -lm -ldl -lpthread"
                        % (self.kernel, objects, self.objects, self.objects)) == 0

    def folder(self, name, target, kind):
        return "%s/%s/%s%s" % (self.build, name, target, kind)

    def generate(self, name, target, kind):
        folder = self.folder(name, target, kind)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        return self.run("'%s' generate%s . %s" % (self.kernel, kind, target), folder) == 0

    def changed(self, target, kind):
        """Names of cases whose C differs from the plain one: one of each way in which it differs, the shortest first."""
        plain, folder = self.folder("plain", target, kind), self.folder("mutant", target, kind)
        ways = {}
        for file in sorted(os.listdir(plain), key=lambda file: os.path.getsize(plain + "/" + file)):
            if file.endswith(".c"):
                old, new = open(plain + "/" + file).read(), open(folder + "/" + file).read()
                if old != new:
                    name = file[:-2]
                    lines = set(new.split("\n")) - set(old.split("\n"))
                    ways.setdefault(frozenset(line.replace(name, "") for line in lines), []).append(name)
        return [names[0] for names in ways.values()], [name for names in ways.values() for name in names[1:]]

    def check_cases(self, target, kind, names, flags="", preload=""):
        folder = self.folder("mutant", target, kind)
        check = "check" + ("-inference" if kind else "")
        for name in names:
            command = ("$CC %s $('%s' flags %s) %s -I$CNNRT -o cases.so %s.c -lm && %s '%s' %s . %s %s"
                       % (KERNEL_FLAGS, self.kernel, target, flags, name, preload, self.kernel, check, target, name))
            if self.run(command, folder) != 0:
                return False
        return True

    def kernels(self):
        """Whether all pass, and what was changed: {(target, kind): cases}."""
        seen = {}
        for way in KERNELS:
            if not self.generate("mutant", *way):
                return False, seen
            first, others = self.changed(*way)
            if first:
                seen[way] = first, others
            if not self.check_cases(*way, first[:REPRESENTATIVES]):
                return False, seen
        return True, seen

    def kernels_again(self, seen):
        """Those that were passed over, and some with a sanitizer, which sees what is read or written beside an array."""
        preload = "LD_PRELOAD=$(gcc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0"
        for way, (first, others) in seen.items():
            if not self.check_cases(*way, first[:REPRESENTATIVES], "-g -fsanitize=address", preload):
                return False
        for way, (first, others) in seen.items():
            if not self.check_cases(*way, (first[REPRESENTATIVES:] + others)[:2 * REPRESENTATIVES]):
                return False
        return True

    # ---- all tests ----------------------------------------------------------------------------------------------

    def units(self, names):
        for name in names:
            program = "%s/tests/unit/test_%s" % (self.objects, name)
            if not self.make(program) or self.run(program) != 0:
                return False
        return True

    def suite(self, name):
        return self.run(SUITES[name]) == 0

    def catcher(self, path):
        """The name of a test that fails for the tree as it is, or None."""
        stem = os.path.basename(path).split(".")[0]
        own = [name for name in UNITS if name == stem] + (["op"] if path.startswith("compiler/op/") else [])
        if not self.units(own):
            return "unit"
        longer = [name for pattern, names in LONGER if re.match(pattern, path) for name in names]
        if "simd" in longer and not self.suite("simd"):
            return "simd"
        if not self.link_kernel():
            return "kernel"
        passed, seen = self.kernels()
        if not passed:
            return "kernel"
        if not self.units(name for name in UNITS if name not in own):
            return "unit"
        if path.startswith("compiler/") and not self.suite("grad"):
            return "grad"
        if not self.kernels_again(seen):
            return "kernel"
        for name in longer + ["models"]:
            if name != "simd" and not self.suite(name):
                return name
        return None if self.suite("golden") else "golden"

    def of(self, mutant):
        """The name of the test that catches the mutant; "stillborn" if it does not compile, "survived" if all pass."""
        file = os.path.join(self.tree, mutant.path)
        original = open(file).read()
        lines = original.split("\n")
        lines[mutant.number - 1] = mutant.new
        open(file, "w").write("\n".join(lines))
        try:
            if not self.make("all"):
                return "stillborn"
            return self.catcher(mutant.path) or "survived"
        finally:
            open(file, "w").write(original)
