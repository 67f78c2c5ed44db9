"""Measures a network of models/ in PyTorch: see serve.h.

Usage: pytorch.py NAME FOLDER    answers requests; FOLDER has full MNIST
       pytorch.py --onnx NAME FILE    writes the network as an ONNX file; prints its input's dims and
                                      how many parameters it has

Every request is served in the fastest of PyTorch's ways, which are tried when it comes first.
"""
import importlib.util
import itertools
import pathlib
import sys
import time

import torch

sys.dont_write_bytecode = True  # or a folder of it would lie among the models
HERE = pathlib.Path(__file__).parent


def load(name):
    spec = importlib.util.spec_from_file_location(name, HERE / "models" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(call, seconds):
    now = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start, passed, calls = now(), 0.0, 0
    more = 1
    while passed < seconds:
        for _ in range(more):
            call()
        calls += more
        passed = now() - start
        more = calls if passed < seconds / 4 else (calls + 3) // 4
    return passed / calls


def fastest(ways, make, seconds):
    """The fastest way and its call; a way that PyTorch refuses for this network does not count."""
    best, best_seconds, problem = None, float("inf"), None
    for way in ways:
        try:
            call = make(*way)
            for _ in range(2):
                call()
            way_seconds = min(measure(call, seconds / 2) for _ in range(2))
        except RuntimeError as error:
            problem = error
            continue
        if way_seconds < best_seconds:
            best, best_seconds = (way, call), way_seconds
    if best is None:
        raise problem
    return best


class Peer:
    def __init__(self, name, folder):
        self.module, self.folder = load(name), pathlib.Path(folder)
        self.images = self.labels = None
        self.is_image = len(self.module.INPUT) == 3

    def layouts(self):
        return [torch.contiguous_format] + ([torch.channels_last] if self.is_image else [])

    def inputs(self, count, layout):
        return torch.rand(count, *self.module.INPUT).contiguous(memory_format=layout)

    def placed(self, network, layout):
        return network.to(memory_format=layout) if self.is_image else network

    # ---- prediction

    def predictor(self, count, how, layout, chunk):
        network = torch.nn.Sequential(self.module.network(), torch.nn.Softmax(1))
        network = self.placed(network.eval(), layout)
        chunks = self.inputs(count, layout).split(chunk)
        if how != "eager":
            network = torch.jit.freeze(torch.jit.trace(network, chunks[0]))
        if how == "optimized":
            network = torch.jit.optimize_for_inference(network)

        def call():
            with torch.inference_mode():
                for inputs in chunks:
                    network(inputs)
        return call

    def predict(self, count, seconds):
        def make(*way):
            return self.predictor(count, *way)
        chunk = min(count, 64)
        ways = itertools.product(("eager", "frozen", "optimized"), self.layouts(), [chunk])
        (how, layout, _), call = fastest(ways, make, seconds)
        chunks = {min(count, size) for size in (16, 64, 256, count)} - {chunk}
        others = [(how, layout, size) for size in chunks if count % size == 0]
        return fastest([(how, layout, chunk), *others], make, seconds)[1] if others else call

    # ---- training

    def trainer(self, count, traced, layout, foreach):
        """A function of a batch that makes one step of Adam, and returns loss and right answers."""
        network = self.placed(self.module.network().train(), layout)
        if traced:
            network = torch.jit.trace(network, self.inputs(count, layout), check_trace=False)
        optimizer = torch.optim.Adam(network.parameters(), eps=1e-7, foreach=foreach)

        def step(inputs, labels):
            outputs = network(inputs)
            loss = torch.nn.functional.cross_entropy(outputs, labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            return loss.detach(), (outputs.detach().argmax(1) == labels).sum()
        return step, layout

    def training_ways(self):
        return itertools.product((False, True), self.layouts(), (False, True))

    def train(self, count, seconds):
        def make(*way):
            step, layout = self.trainer(count, *way)
            inputs, labels = self.inputs(count, layout), torch.randint(0, 2, (count,))  # all have two classes
            return lambda: step(inputs, labels)
        return fastest(self.training_ways(), make, seconds)[1]

    def read_mnist(self):
        def read(name, header):
            return torch.frombuffer(bytearray((self.folder / name).read_bytes()), dtype=torch.uint8)[header:]
        self.images = read("train-images-idx3-ubyte", 16).reshape(-1, *self.module.INPUT)
        self.labels = read("train-labels-idx1-ubyte", 8).long()

    def epoch(self, count, seconds):
        if self.images is None:
            self.read_mnist()

        def make(*way):
            step, layout = self.trainer(count, *way)

            def some(n):
                loss = right = 0
                for rows in torch.randperm(len(self.images))[:n].split(count):
                    inputs = (self.images[rows].float() / 255).contiguous(memory_format=layout)
                    step_loss, step_right = step(inputs, self.labels[rows])
                    loss, right = loss + step_loss * len(rows), right + step_right
                return loss, right
            return some

        def make_part(*way):
            some = make(*way)
            return lambda: some(10 * count)
        some = make(*fastest(self.training_ways(), make_part, seconds)[0])
        return lambda: some(len(self.images))

    def prepare(self, kind, count, threads, seconds):
        torch.set_num_threads(threads)
        kinds = {"one": self.predict, "many": self.predict, "train": self.train, "epoch": self.epoch}
        return kinds[kind](count, seconds)


def serve(peer):
    print("ready", flush=True)
    prepared, call = None, None
    for line in sys.stdin:
        kind, count, threads, seconds = line.split()
        request = kind, int(count), int(threads)
        try:
            if request != prepared:
                call = None  # so that two networks are never in memory
                call, prepared = peer.prepare(*request, float(seconds) / 3), request
            print(f"{measure(call, float(seconds)):.9g}", flush=True)
        except (OSError, RuntimeError) as error:
            prepared = None
            print("-", str(error).splitlines()[0], flush=True)


def export(name, path):
    module = load(name)
    network = torch.nn.Sequential(module.network(), torch.nn.Softmax(1)).eval()
    torch.onnx.export(network, torch.rand(1, *module.INPUT), path, input_names=["input"], output_names=["output"],
                      dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}}, opset_version=13)
    # What Keras' layers do not have: counters, and the second of two biases that are only added.
    uncounted = ("num_batches", *getattr(module, "UNCOUNTED", ()))
    print(*module.INPUT, sum(value.numel() for name, value in network.state_dict().items()
                             if not any(part in name for part in uncounted)))


if __name__ == "__main__":
    if sys.argv[1] == "--onnx":
        export(*sys.argv[2:])
    else:
        serve(Peer(*sys.argv[1:]))
