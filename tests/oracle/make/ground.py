"""Normalization of samples, elementwise layers and merging with broadcasting, with PyTorch in float64: formulas of Keras' source."""
import torch
import torch.nn.functional as F

SEVERAL = ("Multiply", "Average", "Maximum", "Subtract")

ACTIVATIONS = {
    "log_sigmoid": F.logsigmoid, "squareplus": lambda x: (x + torch.sqrt(x ** 2 + 4)) / 2,
    "hard_shrink": F.hardshrink, "soft_shrink": F.softshrink, "tanh_shrink": F.tanhshrink,
    "sparse_sigmoid": lambda x: torch.where(x <= -1, 0.0, torch.where(x >= 1, 1.0, 0.5 * (x + 1))),
    "sparse_plus": lambda x: torch.where(x <= -1, 0.0, torch.where(x < 1, 0.25 * (x + 1) ** 2, x)),
    "glu": F.glu, "crelu": lambda x: torch.cat([F.relu(x), F.relu(-x)], -1),
}


def axes(a, rank):
    """Of a batch of samples with `rank` axes, in order."""
    axis = a.get("axis", -1)
    return sorted(i % rank for i in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def shapes(layer, a, shape):
    """The shapes of the parameters by name."""
    if layer == "PReLU":
        return {"alpha": tuple(1 if i + 1 in a.get("shared_axes", ()) else n for i, n in enumerate(shape))}
    along = tuple(shape[i - 1] for i in axes(a, len(shape) + 1))
    if layer == "RMSNormalization":
        return {"scale": along}
    if layer not in ("LayerNormalization", "GroupNormalization"):
        return {}
    wanted = {"gamma": a.get("scale", True) or a.get("rms_scaling"), "beta": a.get("center", True) and not a.get("rms_scaling")}
    return {name: along for name, is_there in wanted.items() if is_there}


def met(w, a, x):
    """A parameter as it meets x."""
    own = axes(a, x.dim())
    return w.reshape([n if i in own else 1 for i, n in enumerate(x.shape)])


def scaled(a, x, w):
    x = x * met(w["gamma"], a, x) if "gamma" in w else x
    return x + met(w["beta"], a, x) if "beta" in w else x


def layer_normalization(a, x, w, training):
    over = axes(a, x.dim())
    root = torch.sqrt(x.var(over, unbiased=False, keepdim=True) + a.get("epsilon", 1e-3))
    return scaled(a, x / root if a.get("rms_scaling") else (x - x.mean(over, keepdim=True)) / root, w)


def group_normalization(a, x, w, training):
    axis = axes(a, x.dim())[0]
    groups = x.shape[axis] if a.get("groups", 32) == -1 else a.get("groups", 32)
    y = F.group_norm(x.movedim(axis, 1), groups, eps=a.get("epsilon", 1e-3)).movedim(1, axis)
    return scaled(a, y, w)


def rms_normalization(a, x, w, training):
    mean = (x ** 2).mean(axes(a, x.dim()), keepdim=True)
    return x / torch.sqrt(mean + a.get("epsilon", 1e-6)) * met(w["scale"], a, x)


def relu(a, x, w, training):
    slope, threshold = a.get("negative_slope", 0.0), a.get("threshold", 0.0)
    above = torch.where(x > threshold, x.clamp(max=a.get("max_value", float("inf"))), torch.zeros_like(x))
    return above - slope * F.relu(threshold - x)


def softmax(a, x, w, training):
    return torch.exp(x - torch.logsumexp(x, axes(a, x.dim()), keepdim=True))


def joined(function):
    """Of inputs whose samples are aligned at the last axis."""
    def apply(a, xs, w, training):
        rank = max(x.dim() for x in xs)
        xs = [x.reshape(x.shape[:1] + (1,) * (rank - x.dim()) + x.shape[1:]) for x in xs]
        y = xs[0]
        for x in xs[1:]:
            y = function(y, x)
        return y
    return apply


LAYERS = {
    "LayerNormalization": layer_normalization, "GroupNormalization": group_normalization,
    "RMSNormalization": rms_normalization, "ReLU": relu, "Softmax": softmax,
    "UnitNormalization": lambda a, x, w, t: x / torch.sqrt((x ** 2).sum(axes(a, x.dim()), keepdim=True)),
    "PReLU": lambda a, x, w, t: F.relu(x) - w["alpha"] * F.relu(-x),
    "Multiply": joined(torch.mul), "Maximum": joined(torch.maximum), "Subtract": joined(torch.sub),
    "Average": lambda a, xs, w, t: joined(torch.add)(a, xs, w, t) / len(xs),
}
