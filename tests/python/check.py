"""What the modules that run.sh made promise; its argument is the folder of the sources."""
import gzip
import os
import signal
import subprocess
import sys
import threading

import numpy as np

sys.path.insert(0, ".")
os.environ["OMP_NUM_THREADS"] = "2"
import bare
import digits
import embedded
import hot
import iris
import tickets

TOP, failures = sys.argv[1], 0


def check(what, is_right):
    global failures
    print("ok" if is_right else "not ok", what)
    failures += not is_right


def refuses(words, kind, function, *arguments, **named):
    try:
        function(*arguments, **named)
        message = "nothing was raised"
    except kind as fault:
        message = str(fault)
    except Exception as fault:
        message = f"{type(fault).__name__}: {fault}"
    check(f"{function.__name__} says: {words}" + ("" if words in message else f" -- not {message}"), words in message)


def read(name, header):
    with gzip.open(f"{TOP}/examples/data/{name}.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
    return done.stdout


def tensors(path):
    digits.load_weights(path)
    return {name: array.copy() for name, array in digits.weights.items()}


pixels, classes = read("train-images-idx3-ubyte", 16).reshape(-1, 28, 28)[:600], read("train-labels-idx1-ubyte", 8)[:600]
x, y = pixels / np.float32(255), classes.astype(np.int64)

# The bits of the program.
os.mkdir("data")
np.save("data/x_train.npy", x)
np.save("data/y_train.npy", y)
log = run("./digits", "train", "--data", "data", "--seed", "7", "--epochs", "2", "--validation-split", "0.25", "--save", "program.safetensors")
digits.initialize(7)
history = digits.fit(x, y, epochs=2, validation_split=0.25, seed=7, verbose=0)
trained = {name: array.copy() for name, array in digits.weights.items()}
kept = tensors("program.safetensors")
check("fit comes to the bits of the program", all((trained[name] == kept[name]).all() for name in kept))
check("History has the program's numbers", f"val_loss: {history['val_loss'][1]:.4f}" in log and len(history["loss"]) == 2
      and set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"} and history.history is history)
digits.save_weights("module.safetensors")
log = run("./digits", "evaluate", "--data", "data", "--set", "train", "--weights", "module.safetensors")
numbers = digits.evaluate(x, y)
check("the program reads save_weights, and evaluates to the same", f"loss: {numbers['loss']:.4f}" in log)

# Shapes and numbers.
all_of_it = digits.predict(x)
check("a batch gives a batch", all_of_it.shape == (600, 10) and all_of_it.dtype == np.float32)
check("one sample gives one", digits.predict(x[0]).shape == (10,) and np.allclose(digits.predict(x[0]), all_of_it[0], atol=1e-6))
check("an axis of length 1 may be there", (digits.predict(x[..., None]) == all_of_it).all())
check("float64 is rounded", (digits.predict(x.astype(np.float64)) == all_of_it).all())
check("bytes are taken as they are", (digits.predict(pixels) == digits.predict(pixels.astype(np.float32))).all())
check("so are lists, and what is not contiguous", (digits.predict(x[::2][:4].tolist()) == digits.predict(x[::2][:4])).all())
check("a batch may be empty", digits.predict(x[:0]).shape == (0, 10))
refuses("a batch, (n, 28, 28, 1)", ValueError, digits.predict, x[:, :14])
refuses("x.transpose(0, 2, 3, 1)", ValueError, digits.predict, x[:, None])
refuses("x.reshape((-1, 28, 28, 1))", ValueError, digits.predict, x.reshape(-1, 784))
refuses("real numbers are wanted", TypeError, digits.predict, x.astype(complex))
refuses("real numbers are wanted", TypeError, digits.predict, "digit")
refuses("y.argmax(-1)", ValueError, digits.fit, x, np.eye(10)[y])
refuses("y has 13, and classes are 0 to 9", ValueError, digits.fit, x, y + 10 * (y == 3))
refuses("for 600 samples (600,) is wanted", ValueError, digits.fit, x, y[:5])
refuses("x[numpy.newaxis]", ValueError, digits.fit, x[0], y[:1])
refuses("at least 1", ValueError, digits.fit, x, y, epochs=0)
refuses("sample_weight has the shape (3,)", ValueError, digits.fit, x, y, sample_weight=np.ones(3))
refuses("class_weight is a dict", ValueError, digits.fit, x, y, class_weight={"three": 1})
refuses("numpy.eye(3)[y]", ValueError, hot.fit, np.ones((8, 4)), np.zeros(8, int))
check("one-hot is what its loss wants", len(hot.fit(np.ones((8, 4)), np.eye(3)[[0] * 8], epochs=3, verbose=0)["loss"]) == 3)

# Weights.
digits.weights["dense/bias"] = np.arange(10)
check("weights can be written", digits.predict(x[0]).argmax() >= 5 and digits.weights["dense/kernel"].shape == (400, 10))
digits.weights["dense/bias"][...] = 0
check("and written into", not digits.weights["dense/bias"].any() and len(dict(digits.weights)) == 6)
refuses("has the shape (10,), not (9,)", ValueError, digits.weights.__setitem__, "dense/bias", np.ones(9))
refuses("is no safetensors file", digits.Error, digits.load_weights, "digits.py")
refuses("`dense/kernel` has the shape (400, 10)", iris.Error, iris.load_weights, "program.safetensors")

# What only predicts.
refuses("there are no weights yet", bare.Error, bare.predict, x)
bare.load_weights(f"{TOP}/examples/mnist.safetensors")
check("weights from a file or embedded are the same", np.abs(bare.predict(x) - embedded.predict(x)).max() < 1e-6)
for name in bare.weights:
    bare.weights[name] = np.zeros(bare.weights[name].shape)
check("weights that are all zero are weights", (bare.predict(x) == np.float32(0.1)).all())
check("and right", np.mean(embedded.predict(x).argmax(-1) == y) > 0.95)
refuses("only predicts", embedded.Error, embedded.fit, x, y)
refuses("are constants of embedded.c", embedded.Error, embedded.weights.__getitem__, "dense/bias")

# Several inputs and outputs, and tokens.
random = np.random.default_rng(1)
title, marks = random.integers(0, 64, (50, 12)), random.integers(0, 16, (50, 4))
labels = {"department": random.integers(0, 4, 50), "urgent": random.integers(0, 2, 50)}
log = tickets.fit({"title": title, "marks": marks}, labels, epochs=2, verbose=0)
check("several inputs and outputs are trained", {"loss", "department_loss", "urgent_loss"} <= set(log))
department, urgent = tickets.predict([title, marks])
check("and predicted, by name or in order", department.shape == (50, 4) and urgent.shape == (50, 1)
      and (tickets.predict({"marks": marks, "title": title})[0] == department).all())
refuses("has numbers from", ValueError, tickets.predict, [title + 64, marks])
refuses("whole numbers are wanted", TypeError, tickets.predict, [title + 0.5, marks])
refuses("a list of 2 arrays", ValueError, tickets.predict, title)
refuses("has the names", ValueError, tickets.predict, {"title": title})
refuses("as many of each", ValueError, tickets.predict, [title, marks[:3]])

# Normalization learns from the first data only.
table = np.loadtxt(f"{TOP}/examples/data/iris.csv", delimiter=",", skiprows=1, usecols=range(4))
iris.fit(table, np.arange(len(table)) // 50, epochs=1, verbose=0)
mean = next(array.copy() for name, array in iris.weights.items() if name.endswith("mean"))
iris.fit(table * 2, np.arange(len(table)) // 50, epochs=1, verbose=0)
check("Normalization takes its mean from the first data", np.allclose(mean, table.mean(0), atol=1e-4)
      and any((array == mean).all() for array in iris.weights.values() if array.shape == mean.shape))

# Threads wait for each other; Ctrl-C ends a training.
results = [None] * 8
threads = [threading.Thread(target=lambda i=i: results.__setitem__(i, digits.predict(x))) for i in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
check("threads may predict at once", all((result == results[0]).all() for result in results))
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background ignores
threading.Timer(0.3, lambda: os.kill(os.getpid(), 2)).start()
try:
    digits.fit(x, y, epochs=3000, verbose=0)
    check("Ctrl-C ends a training", False)
except KeyboardInterrupt:
    check("Ctrl-C ends a training", True)

# Files.
libraries = [name for name in os.listdir(".") if name.endswith(".so")]
check("a library each, and nothing half made", len(libraries) == 6 and not [name for name in os.listdir(".") if name.startswith("tmp")])


def anew(**environment):
    """What a fresh interpreter says of hot.predict."""
    words = [sys.executable, "-c", "import hot; hot.predict([1, 2, 3, 4])"]
    return subprocess.run(words, capture_output=True, text=True, env={**os.environ, **environment}).stderr.strip().split("\n")


check("the library is found again", anew() == [""] and len([name for name in os.listdir(".") if name.endswith(".so")]) == 6)
check("a compiler that is missing is named", "hot.Error: there is no C compiler `no-such-cc`" in anew(CC="no-such-cc")[-1])
check("one that fails is quoted", any("could not compile hot.c" in line for line in anew(CFLAGS="-DNULL= --no-such-flag")))
os.rename("hot.h", "away.h")
check("and so is C that is missing", "hot.h is not there" in anew()[-1])
sys.exit(failures > 0)
