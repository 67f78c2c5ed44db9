"""Recurrent layers with PyTorch's own LSTM, GRU and RNN, in float64. Their gates stand in another order than Keras' (GRU), and
weights the other way round. What PyTorch lacks, a reset gate in front of the product, is written out."""
import torch

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}
CELLS = {"SimpleRNN": "simple_rnn_cell", "LSTM": "lstm_cell", "GRU": "gru_cell"}
SNAKES = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}


def shapes(layer, a, shape):
    """The shapes of the parameters by name."""
    if layer == "Bidirectional":
        inner, arguments = a["layer"]
        return {"%s_%s/%s" % (side, SNAKES[inner], name): dims for side in ("forward", "backward")
                for name, dims in shapes(inner, arguments, shape).items()}
    if layer not in GATES:
        return {}
    units, width, cell = a["units"], a["units"] * GATES[layer], CELLS[layer]
    result = {cell + "/kernel": (shape[-1], width), cell + "/recurrent_kernel": (units, width)}
    if a.get("use_bias", True):
        result[cell + "/bias"] = (2, width) if layer == "GRU" and a.get("reset_after", True) else (width,)
    return result


def reordered(layer, t):
    """Keras' gates z, r, h as PyTorch's r, z, n, on the last axis."""
    if layer != "GRU":
        return t
    z, r, h = t.chunk(3, -1)
    return torch.cat([r, z, h], -1)


def reset_before(a, x, kernel, recurrent, bias):
    units, states = a["units"], []
    h = torch.zeros(x.shape[0], units)
    for t in range(x.shape[1]):
        xz, xr, xh = (x[:, t] @ kernel + bias).chunk(3, -1)
        z = torch.sigmoid(xz + h @ recurrent[:, :units])
        r = torch.sigmoid(xr + h @ recurrent[:, units:2 * units])
        n = torch.tanh(xh + (r * h) @ recurrent[:, 2 * units:])
        h = z * h + (1 - z) * n
        states.append(h)
    return torch.stack(states, 1)


def outputs(layer, a, x, w):
    kernel, recurrent = w["kernel"], w["recurrent_kernel"]
    zeros = torch.zeros(kernel.shape[1])
    bias = w.get("bias", zeros)
    if layer == "GRU" and not a.get("reset_after", True):
        return reset_before(a, x, kernel, recurrent, bias)
    both = (bias[0], bias[1]) if bias.dim() == 2 else (bias, zeros)
    weights = [reordered(layer, t).T.contiguous() for t in (kernel, recurrent)] + [reordered(layer, t) for t in both]
    first = torch.zeros(1, x.shape[0], a["units"])
    options = (weights, True, 1, 0.0, False, False, True)
    if layer == "LSTM":
        return torch._VF.lstm(x, (first, first), *options)[0]
    run = torch._VF.gru if layer == "GRU" else torch._VF.rnn_relu if a.get("activation") == "relu" else torch._VF.rnn_tanh
    return run(x, first, *options)[0]


def recurrent(layer):
    def run(a, x, w, training):
        weights = {name.split("/")[-1]: t for name, t in w.items()}
        y = outputs(layer, a, x.flip(1) if a.get("go_backwards") else x, weights)
        return y if a.get("return_sequences") else y[:, -1]
    return run


def bidirectional(a, x, w, training):
    layer, arguments = a["layer"]
    side = lambda name: {k: t for k, t in w.items() if k.startswith(name)}
    y = recurrent(layer)(arguments, x, side("forward"), training)
    z = recurrent(layer)(dict(arguments, go_backwards=True), x, side("backward"), training)
    if arguments.get("return_sequences"):
        z = z.flip(1)
    merge = {"concat": lambda: torch.cat([y, z], -1), "sum": lambda: y + z, "mul": lambda: y * z, "ave": lambda: (y + z) / 2}
    return merge[a.get("merge_mode", "concat")]()


LAYERS = {layer: recurrent(layer) for layer in GATES}
LAYERS["Bidirectional"] = bidirectional
