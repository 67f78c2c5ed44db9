"""Measures networks that cnnc compiled, and the same networks in PyTorch and ONNX Runtime, in turn.

`make bench` runs this. Its variables:
    NETS="lesson lenet"  which networks (default: all)
    TARGET=avx2          of cnnc (default: cnnc's own); the peak is that of the same vectors
    CC=clang             one compiler (default: gcc and clang)
    QUICK=1              two networks in under a minute
    THREADS=1            how many threads (default: 1 and 2)
    ROUNDS=9             measurements of each figure (default: 5)

Each figure is the median of some short rounds. In a round every program does the same work, one after the other,
beside a measurement of the multiply-adds that the machine can do at that moment; percentages and ratios are medians
over rounds, so that a machine whose speed drifts spoils them little. Compilers and single threads are timed by the
processor's seconds that they use.

Under the table of a network stand the kernels of cnnc with gcc that take most of the time, on one thread, each with its
part of the time, its GFLOP/s and percent of the peak, or its GB/s: what `./net bench` prints.
"""
import collections
import csv
import glob
import itertools
import json
import os
import pathlib
import resource
import select
import shutil
import signal
import statistics
import subprocess
import sys

Network = collections.namedtuple("Network", "script many train two epoch", defaults=[True, False])
# How many samples are predicted at once, batch sizes of training, whether one sample is worth two threads.
NETWORKS = {
    "lesson": Network("examples/mnist.lua", 1024, (128, 32), False, True),
    "lenet": Network("tests/bench/models/lenet.lua", 256, (128, 32), False),
    "odd": Network("tests/bench/models/odd.lua", 256, (128, 32), False),
    "mlp": Network("tests/bench/models/mlp.lua", 64, (128, 32)),
    "cifar": Network("tests/bench/models/cifar.lua", 64, (128, 32)),
    "vgglike": Network("tests/bench/models/vgglike.lua", 16, (32,)),
    "ecg": Network("tests/bench/models/ecg.lua", 256, (128, 32)),
    "lstm": Network("tests/bench/models/lstm.lua", 256, (128, 32)),
    "unet": Network("tests/bench/models/unet.lua", 8, (32,)),
    "dscnn": Network("tests/bench/models/dscnn.lua", 64, (64,)),
    "mobilenet025": Network("tests/bench/models/mobilenet025.lua", 16, (32,)),
    "denoiser": Network("tests/bench/models/denoiser.lua", 8, (8,)),
    "inception": Network("tests/bench/models/inception.lua", 64, (64,)),
    "mobilenet": Network("tests/bench/models/mobilenet.lua", 8, ()),
    "resnet18": Network("tests/bench/models/resnet18.lua", 8, (16,)),
    "vgg16": Network("tests/bench/models/vgg16.lua", 8, ()),
}
QUICK_NETWORKS = ("lesson", "lenet")
MNIST_COUNT = 60000
GIVE_UP = 600  # seconds, for one compilation or one answer

TARGET_FLAGS = {"avx512": ["-march=x86-64-v4"], "avx2": ["-mavx2", "-mfma"], "sse2": []}

TOP = pathlib.Path(os.environ["TOP"])
HERE = TOP / "tests" / "bench"
OUT = pathlib.Path(os.environ["BUILD"]) / "bench"
MNIST = pathlib.Path(os.environ["BUILD"]) / "data" / "mnist"
PYTHON = "/usr/bin/python3"  # Debian's, for which Debian's PyTorch is built
TARGET = os.environ.get("TARGET")
QUICK = bool(os.environ.get("QUICK"))
COMPILERS = os.environ.get("COMPILERS", "gcc").split()[:1 if QUICK else None]
ROUNDS = int(os.environ.get("ROUNDS") or (3 if QUICK else 5))
THREADS = [int(threads) for threads in (os.environ.get("THREADS") or "1 2").split()]
SECONDS = 0.05 if QUICK else 0.15  # of one measurement

Case = collections.namedtuple("Case", "kind count threads work samples")  # work: FLOP of one call
Figure = collections.namedtuple("Figure", "seconds best gflops percent ratio peak")


class Failure(Exception):
    pass


# ---- programs that answer ------------------------------------------------------------------------

class Program:
    """A program that measures when asked: serve.h. Between two answers it is stopped, so that threads which wait
    for work by spinning take no time from the others."""

    # PyTorch allocates each tensor anew. Where its memory went back to the system, half of its time would go into
    # fetching it again.
    ENVIRONMENT = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}

    def __init__(self, command):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "OMP_"))}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                        env={**inherited, **self.ENVIRONMENT})
        self.problem = None
        self.read()
        self.signal(signal.SIGSTOP)

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def read(self):
        if not select.select([self.process.stdout], [], [], GIVE_UP)[0]:
            self.problem = f"no answer in {GIVE_UP} s"
            self.process.kill()
        line = "" if self.problem else self.process.stdout.readline()
        if not line:
            self.problem = self.problem or "it ended"
        return line.strip()

    def ask(self, case):
        """Seconds of one call. Raises Failure."""
        if self.problem:
            raise Failure(self.problem)
        self.signal(signal.SIGCONT)
        self.process.stdin.write(f"{case.kind} {case.count} {case.threads} {SECONDS}\n")
        answer = self.read()
        self.signal(signal.SIGSTOP)
        if self.problem or answer.startswith("-"):
            raise Failure(self.problem or answer[2:])
        return float(answer)

    def close(self):
        self.process.kill()
        self.process.communicate()


# ---- building ------------------------------------------------------------------------------------

def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(command):
    """The processor's seconds that it took, and what it said. Raises Failure with the first lines of that."""
    start = children_seconds()
    try:
        result = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                cwd=TOP, timeout=GIVE_UP)
    except subprocess.TimeoutExpired:
        raise Failure(f"{command[0]} took over {GIVE_UP} s") from None
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from None
    if result.returncode != 0:
        raise Failure("\n".join(result.stdout.splitlines()[:6]) or f"{command[0]} failed")
    return children_seconds() - start, result.stdout


def compile_command(compiler):
    return [compiler, "-std=c11", "-O3", *TARGET_FLAGS.get(TARGET, ["-march=native"]), "-fopenmp"]


def build_peak():
    path = OUT / "peak"
    run([*compile_command(COMPILERS[0]), HERE / "peak.c", HERE / "serve.c", "-o", path])
    return path


class Build:
    """A network compiled by cnnc and by the C compilers; what failed is in `problems`."""

    def __init__(self, name):
        self.folder, self.problems, self.seconds, self.programs = OUT / name, {}, {}, {}
        self.net = None  # the runtime's program around the network
        script = NETWORKS[name].script
        self.folder.mkdir(parents=True, exist_ok=True)
        summary = json.loads(run([os.environ["CNNC"], "summary", script, "--json"])[1])
        layers = [layer["multiply_adds"] for layer in summary["layers"] if layer["multiply_adds"] > 0]
        self.parameters, self.multiply_adds = summary["parameters"], sum(layers)
        # Backward has twice forward's work, but the first layer needs no gradient of its input.
        self.training_multiply_adds = 3 * sum(layers) - layers[0]
        self.trains = "training" in summary
        source = self.folder / "net.c"
        options = [*(["--target", TARGET] if TARGET else []), *(["--emit", "bench"] if self.trains else [])]
        self.seconds["cnnc"] = run([os.environ["CNNC"], script, *options, "-o", source])[0]
        self.bytes = source.stat().st_size
        for compiler in COMPILERS:
            try:
                self.compile(compiler, source)
            except Failure as failure:
                self.problems[compiler] = str(failure)

    def compile(self, compiler, source):
        # predict_many keeps a workspace for each thread.
        command = [*compile_command(compiler), f"-DNET_MAX_THREADS={max(THREADS)}", f"-I{os.environ['CNNRT']}",
                   f"-I{self.folder}"]
        made, path = self.folder / f"{compiler}.o", self.folder / compiler
        self.seconds[compiler] = run([*command, "-c", source, "-o", made])[0]
        driver = [HERE / "cnnc.c", os.environ["CNNRT_LIB"], "-lpng", "-ljpeg", "-lz"] if self.trains else [HERE / "infer.c"]
        run([*command, HERE / "serve.c", made, *driver, "-lm", "-o", path])
        self.programs[compiler] = [path, MNIST]
        if self.trains and compiler == COMPILERS[0]:
            run([*command, made, os.environ["CNNRT_LIB"], "-lpng", "-ljpeg", "-lz", "-lm", "-o", self.folder / "net"])
            self.net = self.folder / "net"


def has_pytorch():
    test = "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is None)"
    return os.path.exists(PYTHON) and subprocess.run([PYTHON, "-c", test]).returncode == 0


def onnxruntime_library():
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(os.uname().machine, "")
    found = glob.glob(f"{OUT}/node_modules/onnxruntime-node/bin/napi-v*/linux/{machine}/libonnxruntime.so.1")
    return found[0] if found else None


def onnx_facts(name, model):
    """The input's dims and the number of parameters. Writes the model, unless it is there already."""
    facts, source = model.with_suffix(".txt"), HERE / "models" / f"{name}.py"
    if not facts.exists() or facts.stat().st_mtime < source.stat().st_mtime:
        # PyTorch may warn before it.
        facts.write_text(run([PYTHON, HERE / "pytorch.py", "--onnx", name, model])[1].splitlines()[-1])
    return facts.read_text().split()


def peer_commands(name, build):
    """Commands of the peers that are installed. Raises Failure when a peer's network is another than ours."""
    if not has_pytorch():
        return {}
    commands = {"PyTorch": [PYTHON, HERE / "pytorch.py", name, MNIST]}
    model = build.folder / "net.onnx"
    *dims, parameters = onnx_facts(name, model)
    if int(parameters) != build.parameters:
        raise Failure(f"the script has {build.parameters} parameters, but models/{name}.py {parameters}")
    library = onnxruntime_library()
    if library:
        program = OUT / "onnxruntime"
        run([COMPILERS[0], "-O2", HERE / "onnxruntime.c", HERE / "serve.c", "-ldl", "-o", program])
        commands["ONNX Runtime"] = [program, library, model, *dims]
    return commands


# ---- measuring -----------------------------------------------------------------------------------

def cases(network, build):
    forward, training = 2 * build.multiply_adds, 2 * build.training_multiply_adds
    for threads in THREADS if network.two else [1]:
        yield Case("one", 1, threads, forward, 1)
    for threads in THREADS:
        yield Case("many", network.many, threads, forward * network.many, network.many)
    for batch in network.train[:1 if QUICK else None]:
        for threads in THREADS:
            yield Case("train", batch, threads, training * batch, batch)
    if network.epoch and MNIST.is_dir() and not QUICK:
        for threads in THREADS:
            yield Case("epoch", network.train[0], threads, training * MNIST_COUNT, MNIST_COUNT)


def measure(case, programs, peak_program):
    """Figures by program, and why others have none."""
    seconds, problems = collections.defaultdict(list), {}
    peaks = []
    peak_case = Case("peak", 1, case.threads, 1e9, 0)
    for _ in range(ROUNDS if case.kind != "epoch" else min(ROUNDS, 3)):
        for name, program in programs.items():
            if name in problems:
                continue
            try:
                seconds[name].append(program.ask(case))
            except Failure as failure:
                problems[name] = str(failure)
        peaks.append(1 / peak_program.ask(peak_case))
    figures, reference = {}, seconds.get(COMPILERS[0])
    for name, times in seconds.items():
        if name in problems:
            continue
        gflops = [case.work / time / 1e9 for time in times]
        figures[name] = Figure(
            statistics.median(times), min(times), statistics.median(gflops),
            statistics.median(100 * speed / peak for speed, peak in zip(gflops, peaks)),
            statistics.median(a / b for a, b in zip(times, reference)) if reference else None,
            statistics.median(peaks))
    return figures, problems


def measure_kernels(build, network):
    """Rows of `./net bench --csv`, by program."""
    path = build.folder / "kernels.csv"
    batch = ["--batch-size", network.train[0]] if network.train else []
    run([build.net, "bench", "--threads", 1, "--seconds", SECONDS, "--csv", path, *batch])
    kernels = collections.defaultdict(list)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            for column in row.keys() - {"program", "kernel", "layer", "op"}:
                row[column] = float(row[column])
            row["time"] = row["calls"] * row["microseconds"]
            kernels[row["program"]].append(row)
    return kernels


# ---- reporting -----------------------------------------------------------------------------------

def speed_text(speed):
    return f"{speed:,.0f}/s" if speed >= 100 else f"{speed:.3g}/s"


def time_text(seconds):
    for factor, unit in (1, "s"), (1e3, "ms"), (1e6, "us"):
        if seconds * factor >= 1:
            break
    return f"{seconds * factor:.3g} {unit}" if seconds * factor < 999.5 else f"{seconds * factor:.0f} {unit}"


def figure_text(case, figure, is_peer):
    if figure is None:
        return "-"
    speed = speed_text(case.samples / figure.seconds) if case.kind == "many" else time_text(figure.seconds)
    ratio = f"{figure.ratio:5.2f}x" if is_peer and figure.ratio else " " * 6
    return f"{speed:>11} {figure.gflops:6.1f} {figure.percent:4.0f}% {ratio}"


def case_text(case):
    return {"one": "one sample", "many": f"{case.count} samples", "train": f"training step, {case.count}",
            "epoch": f"epoch of MNIST, {case.count}"}[case.kind]


def kernel_text(row, whole):
    """Its share of the program's time; its speed, or the traffic of one that only moves data."""
    speed = (f"{row['gflops']:6.1f} {row['percent_of_peak']:4.0f}%" if row["gflops"] else
             f"{row['bytes'] / row['microseconds'] / 1e3:6.1f} GB/s")
    return f"{100 * row['time'] / whole:3.0f}% {row['kernel']:22.22} {speed:12}"


class Report:
    MOST_KERNELS = 10
    COLUMNS = ("network", "kind", "count", "threads", "program", "kernel", "seconds", "best_seconds", "samples_per_second",
               "gflops", "percent_of_peak", "peak_gflops", "times_slower_than_cnnc", "bytes")

    def __init__(self, path):
        self.file = open(path, "w", newline="")
        self.csv = csv.DictWriter(self.file, self.COLUMNS)
        self.csv.writeheader()

    def row(self, **values):
        self.csv.writerow({name: f"{value:.6g}" if isinstance(value, float) else value
                           for name, value in values.items()})
        self.file.flush()

    def build(self, name, build):
        times = ", ".join(f"{tool} {seconds:.2f} s" for tool, seconds in build.seconds.items())
        print(f"\n{name}: {2 * build.multiply_adds / 1e6:,.3f} MFLOP a sample, {build.parameters:,} parameters; "
              f"net.c {build.bytes / 1e3:,.0f} kB; {times}")
        for tool, seconds in build.seconds.items():
            self.row(network=name, kind="compile", program=tool, seconds=seconds,
                     bytes=build.bytes if tool == "cnnc" else None)
        for tool, problem in build.problems.items():
            print(f"  {tool}: {problem}")

    def heading(self, programs):
        names = [name if name not in COMPILERS else f"cnnc, {name}" for name in programs]
        print(f"  {'':24} threads  peak" + "".join(f" | {name:^31}" for name in names), flush=True)

    def case(self, network, case, programs, figures, problems):
        peak = next((figure.peak for figure in figures.values()), 0)
        cells = [figure_text(case, figures.get(name), name not in COMPILERS) for name in programs]
        print(f"  {case_text(case):24} {case.threads:7} {peak:5.0f}" + "".join(f" | {cell:31}" for cell in cells),
              flush=True)
        for name, problem in problems.items():
            if problem not in ("only prediction", "this network is only for prediction"):
                print(f"    {name}: {problem}")
        for name, figure in figures.items():
            self.row(network=network, kind=case.kind, count=case.count, threads=case.threads,
                     program=name if name not in COMPILERS else f"cnnc-{name}", seconds=figure.seconds,
                     best_seconds=figure.best, samples_per_second=case.samples / figure.seconds, gflops=figure.gflops,
                     percent_of_peak=figure.percent, peak_gflops=figure.peak, times_slower_than_cnnc=figure.ratio)

    def kernels(self, network, programs):
        """The kernels that take most of the time, the programs beside each other."""
        columns, texts = [], {"one": "one sample", "many": "a block of samples", "train": "training step"}
        for kind, rows in programs.items():
            whole = sum(row["time"] for row in rows)
            work = sum(row["calls"] * row["gflops"] * row["microseconds"] for row in rows)
            peak = rows[0]["peak_gflops"]
            slowest = sorted((row for row in rows if row["time"] > 0.005 * whole), key=lambda row: -row["time"])
            columns.append([f"{texts[kind]}, {work / whole:.0f} of {peak:.0f} GFLOP/s", *(kernel_text(row, whole) for row in slowest[:self.MOST_KERNELS])])
            for row in rows:
                self.row(network=network, kind=f"kernel-{kind}", count=int(row["samples"]), threads=1,
                         program=f"cnnc-{COMPILERS[0]}", kernel=row["kernel"], seconds=row["microseconds"] / 1e6,
                         gflops=row["gflops"], percent_of_peak=row["percent_of_peak"], peak_gflops=peak,
                         bytes=int(row["bytes"]))
        for cells in itertools.zip_longest(*columns, fillvalue=""):
            print(" ", " | ".join(f"{cell:40}" for cell in cells).rstrip(), flush=True)


def bench(name, report, peak_program):
    build = Build(name)
    report.build(name, build)
    programs = {}
    try:
        for program, command in {**build.programs, **peer_commands(name, build)}.items():
            programs[program] = Program(command)
        report.heading(programs)
        for case in cases(NETWORKS[name], build):
            report.case(name, case, programs, *measure(case, programs, peak_program))
        if build.net:
            report.kernels(name, measure_kernels(build, NETWORKS[name]))
    finally:
        for program in programs.values():
            program.close()


def main():
    names = os.environ.get("NETS", "").split() or (QUICK_NETWORKS if QUICK else NETWORKS)
    unknown = [name for name in names if name not in NETWORKS]
    if unknown:
        sys.exit(f"bench: no network is called {unknown[0]}; there are {', '.join(NETWORKS)}")
    for compiler in [compiler for compiler in COMPILERS if not shutil.which(compiler)]:
        COMPILERS.remove(compiler)
    if not COMPILERS:
        sys.exit("bench: the C compiler is not installed")
    OUT.mkdir(parents=True, exist_ok=True)
    report = Report(OUT / "results.csv")
    if not has_pytorch() or not onnxruntime_library():
        print("Without some of its peers, which `make bench-deps` installs.")
    if not MNIST.is_dir():
        print("Without epochs of MNIST, which `make data` fetches.")
    print(f"Target: {TARGET or 'default'}. For each program: time or speed, GFLOP/s, percent of the peak beside it (GFLOP/s), and how\n"
          f"many times the time of cnnc with {COMPILERS[0]}; medians of {ROUNDS} rounds.")
    if os.getloadavg()[0] > 0.5 and max(THREADS) > 1:
        print(f"The machine is busy (load {os.getloadavg()[0]:.1f}): do not trust what several threads reach.")
    peak_program = Program([build_peak()])
    failed = False
    try:
        for name in names:
            try:
                bench(name, report, peak_program)
            except Failure as failure:
                print(f"\n{name}: {failure}")
                failed = True
    finally:
        peak_program.close()
    print(f"\nAll figures: {OUT / 'results.csv'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
