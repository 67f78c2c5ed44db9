#!/usr/bin/python3
"""Writes ../cases/NAME.lua and ../cases/NAME.safetensors for every case of cases.py.

usage: make.py FOLDER, where FOLDER has node_modules/@tensorflow/tfjs (npm install @tensorflow/tfjs).
PyTorch (Debian python3-torch) gives the numbers in float64; TensorFlow.js, in float32, must agree.
"""
import json
import os
import re
import struct
import subprocess
import sys
import zlib

import numpy as np

import augment
import functions
import ground
import pytorch
import recurrent
import sequences
import spaces
from cases import CASES

HERE = os.path.dirname(os.path.abspath(__file__))
CASES_FOLDER = os.path.join(HERE, "..", "cases")

# Keras names a layer by its class, counted from the second on.
LAYER_NAMES = {"Conv2D": "conv2d", "Dense": "dense", "BatchNormalization": "batch_normalization"}


def snake_case(layer):
    layer = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", layer)
    return re.sub("([a-z])([A-Z])", r"\1_\2", layer).lower()


def shapes_of(case):
    """The shape of every tensor, by running zeros through PyTorch as the weights become known."""
    weights, shapes, counts, names = {}, {"input": case["shape"]}, {}, {}
    random = np.random.RandomState(zlib.crc32(case["name"].encode()))
    values = {"input": pytorch.torch.zeros((2,) + case["shape"])}
    for step, layer, a, inputs in case["steps"]:
        group = {} if step in case["tied"] else parameters(layer, a, tuple(values[inputs[0]].shape[1:]), random)
        weights[step] = group
        if not weights[step]:
            del weights[step]
        else:
            kind = LAYER_NAMES.get(layer) or snake_case(layer)
            names[step] = kind + ("_%d" % counts[kind] if kind in counts else "")
            counts[kind] = counts.get(kind, 0) + 1
        names[step] = case["names"].get(step, names.get(step))
        got = [values[i] for i in inputs]
        own = case["tied"].get(step, step)
        tensors = {k: pytorch.torch.tensor(v) for k, v in weights.get(own, {}).items()}
        values[step] = pytorch.LAYERS[layer](a, got if layer in pytorch.SEVERAL else got[0], tensors, False)
    return weights, names, tuple(values[case["steps"][-1][0]].shape[1:]), random


def rounded(values):
    """What a float32 program gets is what the float64 oracle computes with."""
    return np.asarray(values, np.float32).astype(np.float64)


def parameters(layer, a, shape, random):
    if layer == "TimeDistributed":
        return parameters(*a["layer"], shape[1:], random)
    draw = lambda *dims: rounded(random.uniform(-1, 1, dims))
    if layer == "Conv2D":
        channels = shape[0] if a.get("data_format") == "channels_first" else shape[-1]
        dims = tuple(a["kernel_size"]) + (channels // a.get("groups", 1), a["filters"])
        group = {"kernel": draw(*dims) * rounded(1.5 / np.prod(dims[:3]) ** 0.5)}
        units = a["filters"]
    elif layer == "Dense":
        group = {"kernel": draw(shape[-1], a["units"]) * rounded(1.5 / shape[-1] ** 0.5)}
        units = a["units"]
    elif layer == "BatchNormalization":
        units = shape[a["axis"] - 1] if a.get("axis", -1) > 0 else shape[-1]
        group = {"gamma": 1 + draw(units) / 4, "beta": draw(units), "moving_mean": draw(units) / 4,
                 "moving_variance": 1 + draw(units) / 2}
        group = {k: v for k, v in group.items()
                 if not (k == "gamma" and not a.get("scale", True) or k == "beta" and not a.get("center", True))}
        return {k: rounded(v) for k, v in group.items()}
    elif layer == "Normalization":
        return {k: rounded(v) for k, v in augment.statistics(a, shape, draw).items()}
    elif spaces.kernels(layer, a, shape):
        sizes, units = spaces.kernels(layer, a, shape)
        group = {name: draw(*dims) * rounded(1.5 / (np.prod(dims) / dims[-1]) ** 0.5) for name, dims in sizes.items()}
    else: # with all their parameters
        shapes = sequences.shapes(layer, a, shape) or recurrent.shapes(layer, a, shape) or ground.shapes(layer, a, shape)
        return {k: rounded(draw(*v) / 2) for k, v in shapes.items()}
    if a.get("use_bias", True):
        group["bias"] = draw(units) / 2
    return {k: rounded(v) for k, v in group.items()}


def labels(kind, rows, shape, random):
    if kind == "class":
        return random.randint(0, shape[-1], (rows, 1)).astype(np.float64)
    if kind == "counts":
        return random.randint(0, 5, (rows,) + shape).astype(np.float64)
    if kind == "one_hot":
        return np.eye(shape[-1])[random.randint(0, shape[-1], rows)]
    if kind == "bits":
        return random.randint(0, 2, (rows,) + shape).astype(np.float64)
    return rounded(random.normal(size=(rows,) + shape))


# ---- the model script ------------------------------------------------------------------------------


def lua(value):
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"%s"' % value
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], dict):
        return value[0] + lua_arguments(value[1])
    if isinstance(value, (tuple, list)):
        return "{" + ", ".join(lua(v) for v in value) + "}"
    return repr(value)


def layer_text(layer, arguments):
    return functions.script(arguments) if layer == "Function" else layer + lua_arguments(arguments)


def lua_argument(name, value):
    if name.endswith("_regularizer") and isinstance(value, float):
        return "%s = function(w) return %r * op.reduce(w * w, \"sum\") end" % (name, value)
    return "%s = %s" % (name, lua(value))


def lua_arguments(arguments):
    return "{" + ", ".join(lua_argument(name, value) for name, value in arguments.items()) + "}"


def is_sequence(case):
    return all(s[3] == [before] for s, before in zip(case["steps"], ["input"] + [s[0] for s in case["steps"]]))


def script(case):
    lines = ["-- Written by tests/oracle/make/make.py from its cases.py."]
    if case["script"]:
        lines += case["script"].strip().split("\n")
    elif is_sequence(case):
        lines += ["local model = Sequential()", "model:add(Input{shape = %s})" % lua(case["shape"])]
        lines += ["model:add(%s)" % layer_text(layer, a) for _, layer, a, _ in case["steps"]]
    else:
        lines += ["local input = Input{shape = %s}" % lua(case["shape"])]
        for name, layer, a, inputs in case["steps"]:
            given = inputs[0] if len(inputs) == 1 else "{" + ", ".join(inputs) + "}"
            lines.append("local %s = %s(%s)" % (name, layer_text(layer, a), given))
        lines += ["local model = Model{inputs = input, outputs = %s}" % case["steps"][-1][0]]
    loss = lua(case["loss"])
    if case["loss_arguments"]:
        kinds = {"sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
                 "categorical_crossentropy": "CategoricalCrossentropy", "binary_crossentropy": "BinaryCrossentropy",
                 "huber": "Huber"}
        loss = kinds[case["loss"]] + lua_arguments(case["loss_arguments"])
    loss = case["lua_loss"] or loss
    kind, settings = case["optimizer"]
    metrics = ", metrics = " + lua(case["metrics"]) if case["metrics"] else ""
    lines += ["model:compile{optimizer = %s%s, loss = %s%s}" % (kind, lua_arguments(settings), loss, metrics),
              "return model", ""]
    return "\n".join(lines)


# ---- the data file -----------------------------------------------------------------------------------


def safetensors(tensors):
    header, data = {}, b""
    for name, value in tensors.items():
        raw = np.ascontiguousarray(value, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(np.shape(value)), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def write(case, names, weights, inputs, labels, result):
    tensors = {"inputs": inputs, "labels": labels, "predict": result["predict"], "loss": [result["loss"]],
               "steps": [case["n_steps"]]}
    if "accuracy" in result:
        tensors["accuracy"] = [result["accuracy"]]
    for step, group in weights.items():
        for name, value in group.items():
            tensors["initial/%s/%s" % (names[step], name)] = value
            tensors["trained/%s/%s" % (names[step], name)] = result["trained"][step][name]
    with open(os.path.join(CASES_FOLDER, case["name"] + ".safetensors"), "wb") as file:
        file.write(safetensors(tensors))
    with open(os.path.join(CASES_FOLDER, case["name"] + ".lua"), "w") as file:
        file.write(script(case))


# ---- both witnesses ------------------------------------------------------------------------------------


def flat(value):
    return {"data": np.asarray(value).ravel().tolist(), "shape": list(np.shape(value))}


def tensorflow(cases, folder):
    given = os.path.join(folder, "cases.json")
    got = os.path.join(folder, "results.json")
    with open(given, "w") as file:
        json.dump([dict(c, weights={s: {k: flat(v) for k, v in g.items()} for s, g in w.items()},
                        inputs=flat(x), labels=flat(y)) for c, w, x, y in cases], file)
    environment = dict(os.environ, NODE_PATH=os.path.join(folder, "node_modules"))
    subprocess.run(["node", os.path.join(HERE, "tensorflow.cjs"), given, got], check=True, env=environment)
    with open(got) as file:
        return json.load(file)


def compare(case, what, a, b, scale=1.0):
    a, b = np.asarray(a).ravel(), np.asarray(b).ravel()
    worst = np.abs(a - b).max() / max(scale, np.abs(b).max())
    if not worst < 2e-5:  # float32 against float64
        sys.exit("%s: PyTorch and TensorFlow.js differ in %s by %g" % (case["name"], what, worst))


def agree(case, weights, torch_result, tensorflow_result):
    compare(case, "predict", tensorflow_result["predict"], torch_result["predict"])
    compare(case, "loss", [tensorflow_result["loss"]], [torch_result["loss"]])
    for step, group in torch_result["trained"].items() if case["tensorflow"] is True else ():
        for name, value in group.items():
            if name not in case["skip"]:
                compare(case, step + "/" + name, tensorflow_result["trained"][step][name], value)


def main():
    prepared = []
    for case in CASES:
        weights, names, output, random = shapes_of(case)
        rows = case["n_steps"] * case["batch"]
        inputs = rounded(random.uniform(-1, 1, (rows,) + case["shape"]))
        if case["indices"]:
            inputs = random.randint(0, case["indices"], inputs.shape).astype(np.float64)
        prepared.append((case, weights, names, inputs, labels(case["label"], rows, output, random)))
    witnessed = tensorflow([(c, w, x, y) for c, w, _, x, y in prepared if c["tensorflow"]], sys.argv[1])
    os.makedirs(CASES_FOLDER, exist_ok=True)
    for case, weights, names, inputs, label in prepared:
        result = pytorch.compute(case, weights, inputs, label)
        if case["tensorflow"]:
            agree(case, weights, result, witnessed[case["name"]])
        write(case, names, weights, inputs, label, result)
        print("%-32s %s" % (case["name"], "PyTorch, TensorFlow.js" if case["tensorflow"] else "PyTorch"))


if __name__ == "__main__":
    main()
