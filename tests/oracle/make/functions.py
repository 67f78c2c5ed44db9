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

# A border so far from the numbers that it shows whether these are touched.
FAR = "ops.pad(x, {{0, 0}, {2, 0}, {1, 1}}, 'constant', -1e9)"

# Of a tensor (samples, 4, 5): what moves numbers about, or sums them.
MOVING = {
    "reshape(x, {-1, 2, 10})": lambda x: x.reshape(-1, 2, 10), "reshape(x, {ops.shape(x)[0], -1})": lambda x: x.reshape(-1, 20),
    "swapaxes(x, 1, 2)": lambda x: x.transpose(1, 2), "moveaxis(x, 2, 1)": lambda x: x.movedim(2, 1),
    "slice(x, {0, 1, 0}, {-1, 3, 2})": lambda x: x[:, 1:4, 0:2], "take(x, -1, {axis = 1})": lambda x: x[:, -1],
    "take(x, {2, 0, 2}, {axis = 1})": lambda x: x[:, [2, 0, 2]], "take(x, 1, {axis = -1})": lambda x: x[..., 1],
    "pad(x, {{0, 0}, {1, 2}, {0, 1}})": lambda x: F.pad(x, (0, 1, 1, 2)),
    f"where(ops.less({FAR}, -1e8), 0.5, {FAR})": lambda x: F.pad(x, (1, 1, 2, 0), value=0.5),
    "pad(x, {{0, 0}, {3, 1}, {2, 1}}, {mode = 'REFLECT'})": lambda x: F.pad(x[:, None], (2, 1, 3, 1), mode="reflect")[:, 0],
    "pad(x, {{0, 0}, {2, 1}, {0, 3}}, {mode = 'symmetric'})":
        lambda x: torch.cat([x.flip(1)[:, 2:], x, x.flip(1)[:, :1]], 1)[..., [0, 1, 2, 3, 4, 4, 3, 2]],
    "add(ops.split(x, {1}, {axis = 1}))": lambda x: x[:, :1] + x[:, 1:], "multiply(ops.split(x, 2, 1))": lambda x: x[:, :2] * x[:, 2:],
    "var(x, {axis = 1})": lambda x: x.var(1, unbiased=False), "std(x, -1, true)": lambda x: x.std(-1, unbiased=False, keepdim=True),
    "norm(x, {axis = {1, 2}, keepdims = true})": lambda x: x.pow(2).sum((1, 2), keepdim=True).sqrt(), "logsumexp(10 * x, 1)": lambda x: torch.logsumexp(10 * x, 1),
    "logsumexp(x, {axis = {1, 2}, keepdims = true})": lambda x: torch.logsumexp(x, (1, 2), keepdim=True),
    "normalize(x, 1)": lambda x: F.normalize(x, dim=1), "l2_normalize(x)": lambda x: F.normalize(x, dim=-1),
    "broadcast_to(ops.sum(x, {axis = 1, keepdims = true}), ops.shape(x)) * x": lambda x: x.sum(1, keepdim=True) * x,
    "cast(ops.greater(x, 0), 'float32') * x": lambda x: x.clamp(min=0), "multiply(x, ops.cast(4 * x, 'int32') * 1.0)":
        lambda x: x * (4 * x).trunc().detach(),
    "multiply(x, ops.ones_like(x) + ops.zeros_like(x))": lambda x: x, "matmul(x, ops.swapaxes(x, 1, 2))": lambda x: x @ x.transpose(1, 2),
    "multiply(x, ops.arange(1, 10, 2))": lambda x: x * torch.tensor([1.0, 3.0, 5.0, 7.0, 9.0]).to(x),
}

# Windows of images, (samples, 5, 6, 5), in the order (row, column, channel) of a window.
def patches(size, strides=None, rate=(1, 1), same=False):
    def of(x):
        strided, x = strides or size, x.movedim(-1, 1)
        if same:
            total = [max((-(-n // s) - 1) * s + (k - 1) * r + 1 - n, 0) for n, s, k, r in zip(x.shape[2:], strided, size, rate)]
            x = F.pad(x, (total[1] // 2, total[1] - total[1] // 2, total[0] // 2, total[0] - total[0] // 2))
        counts = [(n - (k - 1) * r - 1) // s + 1 for n, s, k, r in zip(x.shape[2:], strided, size, rate)]
        y = F.unfold(x, size, dilation=rate, stride=strided).reshape(len(x), x.shape[1], -1, *counts)
        return y.permute(0, 3, 4, 2, 1).reshape(len(x), *counts, -1)
    return of


PATCHES = {
    "image.extract_patches(x, 2)": patches((2, 2)), "image.extract_patches(x, {2, 3})": patches((2, 3)),
    "image.extract_patches(x, {size = {3, 3}, strides = {1, 1}, padding = 'same'})": patches((3, 3), (1, 1), same=True),
    "image.extract_patches(x, 2, 2, 2)": patches((2, 2), (2, 2), (2, 2)),
    "image.extract_patches(x, {size = 3, strides = {2, 4}, padding = 'SAME'})": patches((3, 3), (2, 4), same=True),
}

# Of a tensor (samples, 4, 5): places, and what is so or not. They have no gradient, which a product shows.
ROUGH = "ops.floor(2 * x)"
PLACES = {
    "multiply(x, ops.expand_dims(ops.cast(ops.argmax(x, {axis = 1}), 'float32'), 1))": lambda x: x * x.argmax(1, keepdim=True),
    "multiply(x, ops.expand_dims(ops.cast(ops.argmin(x, -1), 'float32'), -1))": lambda x: x * x.argmin(-1, keepdim=True),
    f"multiply(x, ops.expand_dims(ops.cast(ops.argmax({ROUGH}, -1), 'float32'), -1))":  # of equal ones the first
        lambda x: x * torch.floor(2 * x).eq(torch.floor(2 * x).amax(-1, True)).int().argmax(-1, keepdim=True),
    f"multiply(x, ops.count_nonzero({ROUGH}, {{axis = 1, keepdims = true}}))": lambda x: x * torch.floor(2 * x).ne(0).sum(1, True),
    f"multiply(x, ops.logical_and(ops.greater(x, -0.5), {ROUGH}))": lambda x: x * ((x > -0.5) & torch.floor(2 * x).ne(0)),
    "multiply(x, ops.logical_or(ops.greater(x, 0.5), ops.less(x, 0)))": lambda x: x * ((x > 0.5) | (x < 0)),
    f"multiply(x, ops.logical_xor({ROUGH}, 3))": lambda x: x * (torch.floor(2 * x) == 0),
    "multiply(x, ops.logical_not(ops.relu(x)))": lambda x: x.clamp(max=0),
    f"divide_no_nan(x, {ROUGH})":
        lambda x: torch.where(torch.floor(2 * x) == 0, 0 * x, x / torch.floor(2 * x).masked_fill(torch.floor(2 * x) == 0, 1)),
    "divide_no_nan(x, 0)": lambda x: 0 * x, "divide_no_nan(x, 4)": lambda x: x / 4,
}
FUNCTIONS.update({**MOVING, **PATCHES, **PLACES})


def script(a):
    return "Lambda(function(x) return ops.%s end)" % a["of"]


LAYERS = {"Function": lambda a, x, w, t: FUNCTIONS[a["of"]](x)}
