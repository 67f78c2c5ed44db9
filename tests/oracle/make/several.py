#!/usr/bin/python3
"""Writes ../cases/several_*.lua and ../cases/class_weight_*.lua, each with its .safetensors.

Networks with two inputs and two outputs, weights of samples and of classes: ten steps with a momentum, by PyTorch in float64.
As Keras has it a loss is the sum over the batch of what each sample has times its weight, divided by the samples, or as its
reduction says (keras/src/losses/loss.py: sum and mean_with_sample_weight); a weighted
metric is divided by the sum of the weights; and no weight of a class counts in an evaluation.
"""
import os
import zlib

import numpy as np
import torch

from make import CASES_FOLDER, rounded, safetensors

STEPS, BATCH = 10, 37  # no multiple of a vector's lanes, and several blocks of samples
ROWS = STEPS * BATCH
EPSILON = 1e-7
LEFT, RIGHT, KINDS, SIZES = 6, 4, 3, 2
RATE, MOMENTUM = 0.1, 0.9
torch.set_default_dtype(torch.float64)


# ---- losses and metrics: (output, labels) -> one a sample ------------------------------------------------------


def clipped(p):
    return p.clamp(EPSILON, 1 - EPSILON)


def categorical(p, y):
    return -(y * clipped(p / p.sum(-1, keepdim=True)).log()).sum(-1)


def sparse(p, y):
    return categorical(p, torch.nn.functional.one_hot(y.long(), p.shape[-1]).double())


def binary(p, y):
    return -(y * clipped(p).log() + (1 - y) * (1 - clipped(p)).log()).mean(-1)


def squared(p, y):
    return ((p - y) ** 2).mean(-1)


def absolute(p, y):
    return (p - y).abs().mean(-1)


def hits(p, y):
    return (p.argmax(-1) == y).double()


# ---- labels, with what each sample has to be told apart by ------------------------------------------------------


def draw_classes(random, count):
    return random.randint(0, count, ROWS).astype(float)


def draw_kernel(random, *shape):
    return rounded(random.uniform(-0.8, 0.8, shape))


def dense(w, name, x):
    return x @ w[name + "/kernel"] + w[name + "/bias"]


def train(weights, loss_of):
    """The weights after the steps; loss_of(weights, rows) is the loss of some rows."""
    trained = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
    optimizer = torch.optim.SGD(trained.values(), lr=RATE, momentum=MOMENTUM)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss_of(trained, slice(step * BATCH, (step + 1) * BATCH)).backward()
        optimizer.step()
    return {name: value.detach().numpy() for name, value in trained.items()}


def write(name, script, weights, trained, tensors):
    tensors = dict(tensors, steps=[STEPS])
    for parameter, value in weights.items():
        tensors["initial/" + parameter], tensors["trained/" + parameter] = value, trained[parameter]
    with open(os.path.join(CASES_FOLDER, name + ".safetensors"), "wb") as file:
        file.write(safetensors(tensors))
    with open(os.path.join(CASES_FOLDER, name + ".lua"), "w") as file:
        file.write("-- Written by tests/oracle/make/several.py.\n" + script)


# ---- two inputs, two outputs --------------------------------------------------------------------------------------


def several(name, compiled, loss_weights, shared=False, weighted=False, reductions=("mean", "mean")):
    """compiled: arguments of compile beside the optimizer; shared: one layer reads both inputs."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    right = LEFT if shared else RIGHT
    units = {"dense": (LEFT, 5), "both": (10, 8), "kind": (8, KINDS), "size": (8, SIZES)}
    if not shared:
        units["dense_1"] = (RIGHT, 5)
    w = {}
    for layer, shape in units.items():
        w[layer + "/kernel"], w[layer + "/bias"] = draw_kernel(random, *shape), draw_kernel(random, shape[1])
    x = {"left": rounded(random.uniform(-1, 1, (ROWS, LEFT))), "right": rounded(random.uniform(-1, 1, (ROWS, right)))}
    y = {"kind": draw_classes(random, KINDS), "size": rounded(random.normal(size=(ROWS, SIZES)))}
    v = rounded(random.uniform(0, 3, ROWS)) if weighted else np.ones(ROWS)
    t = {key: torch.tensor(value) for key, value in {**x, **y, "weights": v}.items()}

    def outputs(w, rows):
        a = torch.tanh(dense(w, "dense", t["left"][rows]))
        b = torch.tanh(dense(w, "dense" if shared else "dense_1", t["right"][rows]))
        both = torch.tanh(dense(w, "both", torch.cat([a, b], -1)))
        return dense(w, "kind", both).softmax(-1), dense(w, "size", both)

    def reduced(values, rows, reduction):
        total = (values * t["weights"][rows]).sum()
        return total / {"mean": len(values), "sum": 1, "mean_with_sample_weight": t["weights"][rows].sum()}[reduction]

    def losses(w, rows):
        kind, size = outputs(w, rows)
        return (reduced(sparse(kind, t["kind"][rows]), rows, reductions[0]),
                reduced(squared(size, t["size"][rows]), rows, reductions[1]))

    def loss(w, rows):
        return sum(weight * part for weight, part in zip(loss_weights, losses(w, rows)))

    every = slice(0, ROWS)
    start = {key: torch.tensor(value) for key, value in w.items()}
    kind, size = outputs(start, every)
    of_kind, of_size = losses(start, every)
    hit, off = hits(kind, t["kind"]), absolute(size, t["size"])
    total = t["weights"].sum()
    tensors = {"inputs/left": x["left"], "inputs/right": x["right"], "labels/kind": y["kind"], "labels/size": y["size"],
               "predict/kind": kind.numpy(), "predict/size": size.numpy(), "loss": [loss(start, every).item()],
               "kind_loss": [of_kind.item()], "size_loss": [of_size.item()], "kind_accuracy": [hit.mean().item()],
               "size_mae": [off.mean().item()]}
    if weighted:
        tensors.update({"weights": v, "kind_weighted_accuracy": [((hit * t["weights"]).sum() / total).item()],
                        "size_mse": [((squared(size, t["size"]) * t["weights"]).sum() / total).item()]})
    reader = 'local dense = Dense{5, activation = "tanh"}\n' if shared else ""
    a, b = ("dense(left)", "dense(right)") if shared else tuple('Dense{5, activation = "tanh"}(%s)' % side for side in x)
    write(name, """local left, right = Input{{%d}, name = "left"}, Input{{%d}, name = "right"}
%slocal both = Dense{8, activation = "tanh", name = "both"}(Concatenate(){%s, %s})
local kind, size = Dense{%d, activation = "softmax", name = "kind"}(both), Dense{%d, name = "size"}(both)
local model = Model{inputs = {left, right}, outputs = {kind, size}}
model:compile{optimizer = SGD{learning_rate = %g, momentum = %g}, %s}
return model
""" % (LEFT, right, reader, a, b, KINDS, SIZES, RATE, MOMENTUM, compiled), w, train(w, loss), tensors)


LOSSES = 'loss = {"sparse_categorical_crossentropy", "mse"}'
METRICS = 'metrics = {{"accuracy"}, {"mae"}}'
several("several_losses", LOSSES + ", " + METRICS, (1, 1))
several("several_loss_weights", LOSSES + ", loss_weights = {0.7, 1.6}, " + METRICS, (0.7, 1.6))
several("several_shared", LOSSES + ", loss_weights = {size = 0.25, kind = 2}, " + METRICS, (2, 0.25), shared=True)
several("several_sample_weights",
        'loss = {size = "mse", kind = "sparse_categorical_crossentropy"}, loss_weights = {0.7, 1.6},\n  '
        'metrics = {kind = {"accuracy"}, size = "mae"}, weighted_metrics = {{"accuracy"}, {"mse"}}', (0.7, 1.6), weighted=True)
several("several_reductions",
        'loss = {SparseCategoricalCrossentropy{reduction = "sum"}, MeanSquaredError{reduction = "mean_with_sample_weight"}},\n  '
        'loss_weights = {0.02, 1.6}', (0.02, 1.6), weighted=True, reductions=("sum", "mean_with_sample_weight"))


# ---- weights of classes ---------------------------------------------------------------------------------------------


def class_weight(name, loss, of_each, units, activation, labels, classes, weights, weighted=False):
    """weights: by the class, what is not there counts 1; labels(classes) -> what the network is given."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    w = {"dense/kernel": draw_kernel(random, LEFT, 5), "dense/bias": draw_kernel(random, 5),
         "dense_1/kernel": draw_kernel(random, 5, units), "dense_1/bias": draw_kernel(random, units)}
    x, of_row = rounded(random.uniform(-1, 1, (ROWS, LEFT))), draw_classes(random, classes)
    own = rounded(random.uniform(0, 2, ROWS)) if weighted else np.ones(ROWS)
    tx, ty, tv = torch.tensor(x), torch.tensor(labels(of_row)), torch.tensor(own)
    of_class = torch.tensor([weights.get(int(c), 1.0) for c in of_row])

    def output(w, rows):
        z = dense(w, "dense_1", torch.tanh(dense(w, "dense", tx[rows])))
        return z.softmax(-1) if activation == "softmax" else z.sigmoid()

    def loss_of(w, rows):
        return (of_each(output(w, rows), ty[rows]) * tv[rows] * of_class[rows]).mean()

    start = output({key: torch.tensor(value) for key, value in w.items()}, slice(0, ROWS))
    tensors = {"inputs": x, "labels": ty.numpy(), "predict": start.numpy(), "loss": [(of_each(start, ty) * tv).mean().item()]}
    if weighted:
        tensors["weights"] = own
    write(name, """local model = Sequential{Input{%d}, Dense{5, activation = "tanh"}, Dense{%d, activation = "%s"}}
model:compile{optimizer = SGD{learning_rate = %g, momentum = %g}, loss = "%s"}
model:fit{batch_size = %d, shuffle = false, class_weight = {%s}}
return model
""" % (LEFT, units, activation, RATE, MOMENTUM, loss, BATCH, ", ".join("[%d] = %g" % pair for pair in weights.items())),
          w, train(w, loss_of), tensors)


class_weight("class_weight_sparse", "sparse_categorical_crossentropy", sparse, 4, "softmax", lambda c: c, 4,
             {0: 0.5, 2: 3.0})  # class 3 is behind the last that has one
class_weight("class_weight_one_hot", "categorical_crossentropy", categorical, 3, "softmax", lambda c: np.eye(3)[c.astype(int)],
             3, {0: 2.0, 1: 0.0, 2: 0.7})
class_weight("class_weight_binary", "binary_crossentropy", binary, 1, "sigmoid", lambda c: c[:, None], 2, {0: 1.0, 1: 5.0})
class_weight("class_weight_and_sample_weight", "sparse_categorical_crossentropy", sparse, 3, "softmax", lambda c: c, 3,
             {1: 4.0}, weighted=True)
