"""Computes a case in float64 with PyTorch: prediction, loss, accuracy, parameters after the training steps.

Geometry is Keras': tensors here are batch x rows x columns x channels, padding "same" puts the odd row
and column at the bottom and right.
"""
import torch
import torch.nn.functional as F

import augment
import functions
import ground
import recurrent
import sequences
import spaces
from optimizers import Optimizer

torch.set_default_dtype(torch.float64)

ACTIVATIONS = {
    "linear": lambda x: x, "relu": F.relu, "relu6": F.relu6, "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu, "selu": F.selu, "celu": F.celu, "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "softsign": F.softsign, "silu": F.silu, "gelu": F.gelu, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
    "exponential": torch.exp, "hard_sigmoid": F.hardsigmoid, "hard_silu": F.hardswish, "hard_tanh": F.hardtanh,
    "mish": F.mish, "softmax": lambda x: F.softmax(x, -1), "log_softmax": lambda x: F.log_softmax(x, -1),
    **ground.ACTIVATIONS,
}


def pads(arguments, x, size, dilation=(1, 1)):
    """left, right, top, bottom, as F.pad takes them; x is NCHW."""
    if arguments.get("padding", "valid") == "valid":
        return (0, 0, 0, 0)
    both = []
    for axis in (1, 0):
        n, s, extent = x.shape[2 + axis], strides(arguments, size)[axis], (size[axis] - 1) * dilation[axis] + 1
        total = max(0, (-(-n // s) - 1) * s + extent - n)
        both += [total // 2, total - total // 2]
    return tuple(both)


def strides(arguments, default):
    return arguments.get("strides", default)


def nchw(arguments, x):
    return x if arguments.get("data_format") == "channels_first" else x.permute(0, 3, 1, 2)


def back(arguments, x):
    return x if arguments.get("data_format") == "channels_first" else x.permute(0, 2, 3, 1)


def conv2d(a, x, w, training):
    x = nchw(a, x)
    size, dilation = a["kernel_size"], a.get("dilation_rate", (1, 1))
    x = F.pad(x, pads(dict(a, strides=strides(a, (1, 1))), x, size, dilation))
    y = F.conv2d(x, w["kernel"].permute(3, 2, 0, 1), w.get("bias"), strides(a, (1, 1)), 0, dilation, a.get("groups", 1))
    return ACTIVATIONS[a.get("activation", "linear")](back(a, y))


def max_pool(a, x, w, training):
    x, size = nchw(a, x), a.get("pool_size", (2, 2))
    x = F.pad(x, pads(a, x, size), value=float("-inf"))
    return back(a, F.max_pool2d(x, size, strides(a, size)))


def average_pool(a, x, w, training):
    x, size = nchw(a, x), a["pool_size"]
    padding = pads(a, x, size)
    mean = lambda t: F.avg_pool2d(F.pad(t, padding), size, strides(a, size))
    return back(a, mean(x) / mean(torch.ones_like(x)))


def dense(a, x, w, training):
    y = x @ w["kernel"] + w.get("bias", 0.0)
    return ACTIVATIONS[a.get("activation", "linear")](y)


def batch_norm(a, x, w, training):
    axis = a.get("axis", -1) % x.dim()
    others = [i for i in range(x.dim()) if i != axis]
    shape = [-1 if i == axis else 1 for i in range(x.dim())]
    mean, variance = w["moving_mean"], w["moving_variance"]
    if training and not a.get("inference"):
        mean, variance = x.mean(others), x.var(others, unbiased=False)
        m = a.get("momentum", 0.99)
        with torch.no_grad():
            w["moving_mean"].mul_(m).add_((1 - m) * mean)
            w["moving_variance"].mul_(m).add_((1 - m) * variance)
    y = (x - mean.reshape(shape)) / torch.sqrt(variance.reshape(shape) + a.get("epsilon", 1e-3))
    if "gamma" in w:
        y = y * w["gamma"].reshape(shape)
    return y + w["beta"].reshape(shape) if "beta" in w else y


LAYERS = {
    "Conv2D": conv2d, "MaxPool2D": max_pool, "AveragePooling2D": average_pool, "Dense": dense,
    "BatchNormalization": batch_norm,
    "ActivityRegularization": lambda a, x, w, t: x,
    "Flatten": lambda a, x, w, t: x.flatten(1),
    "Reshape": lambda a, x, w, t: x.reshape((-1,) + tuple(a["target_shape"])),
    "Activation": lambda a, x, w, t: ACTIVATIONS[a["activation"]](x),
    "Add": lambda a, xs, w, t: sum(xs),
    "Concatenate": lambda a, xs, w, t: torch.cat(xs, -1),
}


def time_distributed(a, x, w, training):
    layer, arguments = a["layer"]
    return torch.stack([LAYERS[layer](arguments, x[:, i], w, training) for i in range(x.shape[1])], 1)


def depth_to_space(a, x, w, training):
    """As TensorFlow defines it: the channels of a pixel are those of the rows and columns that it becomes."""
    b, channels = a["block_size"], x.shape[3] // a["block_size"] ** 2
    y = x.new_zeros((x.shape[0], x.shape[1] * b, x.shape[2] * b, channels))
    for i in range(b):
        for j in range(b):
            y[:, i::b, j::b] = x[..., (i * b + j) * channels:(i * b + j + 1) * channels]
    return y


def space_to_depth(a, x, w, training):
    b = a["block_size"]
    return torch.cat([x[:, i::b, j::b] for i in range(b) for j in range(b)], -1)


LAYERS["TimeDistributed"] = time_distributed
LAYERS["DepthToSpace"] = depth_to_space
LAYERS["SpaceToDepth"] = space_to_depth
LAYERS["SquareTimesExp"] = lambda a, x, w, t: x ** 2 * torch.exp(-x)
LAYERS.update(spaces.layers(ACTIVATIONS))
LAYERS.update(augment.LAYERS)
LAYERS.update(sequences.LAYERS)
LAYERS.update(recurrent.LAYERS)
LAYERS.update(ground.LAYERS)
LAYERS.update(functions.LAYERS)
SEVERAL = ("Add", "Concatenate") + sequences.SEVERAL + ground.SEVERAL


def regularization(rule, x):
    """keras/src/regularizers/regularizers.py: (class, arguments), or the factor of a function's squares."""
    if isinstance(rule, float):
        return rule * (x ** 2).sum()
    kind, a = rule
    if kind != "OrthogonalRegularizer":
        return a.get("l1", 0) * x.abs().sum() + a.get("l2", 0) * (x ** 2).sum()
    rows = x if a.get("mode", "rows") == "rows" else x.T
    rows = rows / rows.norm(dim=1, keepdim=True)
    products, size = rows @ rows.T, rows.shape[0]
    return a["factor"] * 0.5 * (products * (1 - torch.eye(size, dtype=x.dtype))).abs().sum() / (size * (size - 1.0) / 2)


def constrained(rule, w):
    """keras/src/constraints/constraints.py: (class, arguments)."""
    kind, a = rule
    if kind == "NonNeg":
        return w.clamp(min=0)
    norms = (w ** 2).sum(a.get("axis", 0), keepdim=True).sqrt()
    if kind == "UnitNorm":
        return w / (1e-7 + norms)
    rate = a.get("rate", 1.0)
    wanted = norms.clamp(a.get("min_value", 0), a.get("max_value", 2 if kind == "MaxNorm" else 1))
    return w * ((rate * wanted + (1 - rate) * norms) / (1e-7 + norms))


def constrain(case, weights):
    for step, _, arguments, _ in case["steps"]:
        for name, value in weights.get(step, {}).items():
            rule = arguments.get(name.split("/")[-1] + "_constraint")
            if rule:
                value.data.copy_(constrained(rule, value.data))


def forward(case, weights, x, training, added=None):
    """weights: step name -> {"kernel": tensor, ...}; to `added` goes what layers add to the loss."""
    values = {"input": x}
    for name, layer, arguments, inputs in case["steps"]:
        got = [values[i] for i in inputs]
        own = weights.get(case["tied"].get(name, name), {})
        values[name] = LAYERS[layer](arguments, got if layer in SEVERAL else got[0], own, training)
        rule = ("L1L2", arguments) if layer == "ActivityRegularization" else arguments.get("activity_regularizer")
        if rule and added is not None:
            for y in sequences.activities(layer, arguments, got, own, values[name]):
                added.append(regularization(rule, y) / len(x))
    return values[case["steps"][-1][0]]


def clipped(p):
    return p.clamp(1e-7, 1 - 1e-7)


def unit(x):
    return x / (x ** 2).sum(-1, keepdim=True).clamp(min=1e-12).sqrt()


def signs(label):
    return torch.where(label == 0, -torch.ones_like(label), label)


OF_NUMBERS = {
    "mae": lambda p, y, a: F.l1_loss(p, y, reduction="none").mean(-1),
    "mape": lambda p, y, a: 100 * ((y - p) / y.abs().clamp(min=1e-7)).abs().mean(-1),
    "msle": lambda p, y, a: (torch.log1p(y.clamp(min=1e-7)) - torch.log1p(p.clamp(min=1e-7))).pow(2).mean(-1),
    "huber": lambda p, y, a: F.huber_loss(p, y, reduction="none", delta=a.get("delta", 1.0)).mean(-1),
    "log_cosh": lambda p, y, a: torch.log(torch.cosh(p - y)).mean(-1),
    "poisson": lambda p, y, a: F.poisson_nll_loss(p, y, log_input=False, eps=1e-7, reduction="none").mean(-1),
    "hinge": lambda p, y, a: (1 - signs(y) * p).clamp(min=0).mean(-1),
    "squared_hinge": lambda p, y, a: (1 - signs(y) * p).clamp(min=0).pow(2).mean(-1),
    "categorical_hinge": lambda p, y, a: (((1 - y) * p).max(-1).values - (y * p).sum(-1) + 1).clamp(min=0),
    "kl_divergence": lambda p, y, a: F.kl_div(p.clamp(1e-7, 1).log(), y.clamp(1e-7, 1), reduction="none").sum(-1),
    "cosine_similarity": lambda p, y, a: -(unit(p) * unit(y)).sum(-1),
}


def losses(case, p, label):
    """One loss a sample."""
    kind, a = case["loss"], case["loss_arguments"]
    if kind in OF_NUMBERS:
        return OF_NUMBERS[kind](p, label, a)
    if kind == "mse":
        return ((p - label) ** 2).mean(-1)
    if kind == "binary_crossentropy":
        if a.get("from_logits"):
            return F.binary_cross_entropy_with_logits(p, label, reduction="none").mean(-1)
        return F.binary_cross_entropy(clipped(p), label, reduction="none").mean(-1)
    if kind == "sparse_categorical_crossentropy":
        label = F.one_hot(label[:, 0].long(), p.shape[-1]).double()
    smoothing = a.get("label_smoothing", 0.0)
    label = label * (1 - smoothing) + smoothing / p.shape[-1]
    log = F.log_softmax(p, -1) if a.get("from_logits") else clipped(p / p.sum(-1, keepdim=True)).log()
    return -(label * log).sum(-1)


def accuracy(case, p, label):
    """Keras goes by the shapes: one output is binary, several are classes whatever the loss."""
    if p.shape[-1] == 1:
        return ((p > 0.5).double() == label).double().mean().item()
    classes = label[:, 0] if case["label"] == "class" else label.argmax(-1)
    return (p.argmax(-1) == classes).double().mean().item()


def penalties(case, weights):
    """What the loss gets for parameters: NAME_regularizer = (class, {"l1": ..., "l2": ...})."""
    total = torch.zeros(())
    for step, _, arguments, _ in case["steps"]:
        for name, value in weights.get(step, {}).items():
            rule = arguments.get(name.split("/")[-1] + "_regularizer")
            if rule:
                total = total + regularization(rule, value)
    return total


def compute(case, weights, inputs, labels):
    """weights: step -> {name: array}; inputs, labels: n_steps * batch rows. Returns what a program must reproduce."""
    weights = {step: {name: torch.tensor(value, dtype=torch.float64) for name, value in group.items()}
               for step, group in weights.items()}
    x, label = torch.tensor(inputs, dtype=torch.float64), torch.tensor(labels, dtype=torch.float64)
    with torch.no_grad():
        added = []
        p = forward(case, weights, x, False, added)
        loss = losses(case, p, label).mean() + penalties(case, weights) + sum(added)
        result = {"predict": p.numpy().copy(), "loss": loss.item()}
        if case["metrics"]:
            result["accuracy"] = accuracy(case, p, label)
    trainable = [value for group in weights.values() for name, value in group.items()
                 if not name.startswith("moving") and name not in ("mean", "variance")]
    for value in trainable:
        value.requires_grad_(True)
    update = Optimizer(*case["optimizer"], trainable)
    for step in range(case["n_steps"]):
        rows = slice(step * case["batch"], (step + 1) * case["batch"])
        update.zero_grad()
        added = []
        p = forward(case, weights, x[rows], True, added)
        (losses(case, p, label[rows]).mean() + penalties(case, weights) + sum(added)).backward()
        update.step()
        constrain(case, weights)
    result["trained"] = {step: {name: value.detach().numpy() for name, value in group.items()}
                         for step, group in weights.items()}
    return result
