"""Functions of keras.ops and keras.activations in Lambda layers: as a script writes them, and with PyTorch in float64."""
import torch
import torch.nn.functional as F


def sparsemax(x):
    """Martins & Astudillo 2016, by sorting, as Keras has it."""
    z = torch.sort(x, -1, descending=True).values
    sums, k = z.cumsum(-1), torch.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    support = 1 + k * z > sums
    count = support.sum(-1, keepdim=True)
    threshold = (torch.where(support, z, torch.zeros_like(z)).sum(-1, keepdim=True) - 1) / count
    return torch.clamp(x - threshold, min=0)


FUNCTIONS = {
    "sin(3 * x)": lambda x: torch.sin(3 * x), "cos(-5 * x)": lambda x: torch.cos(-5 * x),
    "tan(0.25 * x)": lambda x: torch.tan(0.25 * x), "expm1(x)": torch.expm1, "erf(x)": torch.erf,
    "log1p(ops.square(x))": lambda x: torch.log1p(x ** 2), "log2(ops.square(x) + 0.5)": lambda x: torch.log2(x ** 2 + 0.5),
    "log10(ops.square(x) + 0.5)": lambda x: torch.log10(x ** 2 + 0.5),
    "reciprocal(ops.square(x) + 0.5)": lambda x: 1 / (x ** 2 + 0.5),
    "multiply(x, ops.floor(4 * x))": lambda x: x * torch.floor(4 * x).detach(),
    "multiply(x, ops.ceil(4 * x))": lambda x: x * torch.ceil(4 * x).detach(),
    "multiply(x, ops.round(4 * x))": lambda x: x * torch.round(4 * x).detach(),
    "multiply(x, ops.sign(x))": lambda x: x * torch.sign(x).detach(),
    "leaky_relu(x, 0.3)": lambda x: F.leaky_relu(x, 0.3), "elu(x, {alpha = 0.7})": lambda x: F.elu(x, 0.7),
    "celu(x, 0.6)": lambda x: F.celu(x, 0.6), "gelu(x, {approximate = true})": lambda x: F.gelu(x, approximate="tanh"),
    "relu(x, {negative_slope = 0.1, max_value = 1, threshold = 0.2})":
        lambda x: torch.where(x > 0.2, x.clamp(max=1.0), 0.1 * (x - 0.2)),
    "squareplus(x, 0.5)": lambda x: (x + torch.sqrt(x ** 2 + 0.5)) / 2, "hard_shrink(x, 0.3)": lambda x: F.hardshrink(x, 0.3),
    "soft_shrink(x, {threshold = 0.2})": lambda x: F.softshrink(x, 0.2), "threshold(x, 0.1, -0.7)": lambda x: F.threshold(x, 0.1, -0.7),
    "sparsemax(x)": sparsemax, "sparsemax(ops.multiply(x, 0.1))": lambda x: sparsemax(0.1 * x),
    "glu(x, {axis = 1})": lambda x: F.glu(x, 1), "softmax(x, {axis = 1})": lambda x: torch.softmax(x, 1),
    "log_softmax(x, 2)": lambda x: torch.log_softmax(x, 2), "sparsemax(x, {axis = 1})": lambda x: sparsemax(x.transpose(1, -1)).transpose(1, -1),
}


def script(a):
    return "Lambda(function(x) return ops.%s end)" % a["of"]


LAYERS = {"Function": lambda a, x, w, t: FUNCTIONS[a["of"]](x)}
