"""Recurrent layers with PyTorch's own LSTM, GRU and RNN, in float64. Their gates stand in another order than Keras' (GRU), and
weights the other way round. What PyTorch lacks, a reset gate in front of the product, is written out."""
import torch

import spaces

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}
CELLS = {"SimpleRNN": "simple_rnn_cell", "LSTM": "lstm_cell", "GRU": "gru_cell"}
SNAKES = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}


RANKS = {"ConvLSTM1D": 1, "ConvLSTM2D": 2}


def shapes(layer, a, shape):
    """The shapes of the parameters by name."""
    if layer == "Bidirectional":
        inner, arguments = a["layer"]
        return {"%s_%s/%s" % (side, SNAKES[inner], name): dims for side in ("forward", "backward")
                for name, dims in shapes(inner, arguments, shape).items()}
    if layer in RANKS:
        size, channels = spaces.pair(a["kernel_size"], RANKS[layer]), shape[1 if a.get("data_format") == "channels_first" else -1]
        width = 4 * a["filters"]
        result = {"conv_lstm_cell/kernel": size + (channels, width),
                  "conv_lstm_cell/recurrent_kernel": size + (a["filters"], width)}
        if a.get("use_bias", True):
            result["conv_lstm_cell/bias"] = (width,)
        return result
    layer = "GRU" if layer == "SumsOfGRU" else layer
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


def conv_lstm(a, x, w, training):
    """As Keras has it: gates i, f, c, o; the state is convolved with stride 1 and padding "same"."""
    w = {name.split("/")[-1]: t for name, t in w.items()}
    of_state = {"kernel_size": a["kernel_size"], "padding": "same"}
    h, c, states = None, 0.0, []
    for t in reversed(range(x.shape[1])) if a.get("go_backwards") else range(x.shape[1]):
        step = spaces.channels_second(a, x[:, t])
        z = spaces.convolve(a, step, w["kernel"], 1)
        if "bias" in w:
            z = z + w["bias"].reshape((1, -1) + (1,) * (z.dim() - 2))
        if h is not None:
            z = z + spaces.convolve(of_state, h, w["recurrent_kernel"], 1)
        i, f, new, o = z.chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(new)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(spaces.back(a, h))
    return torch.stack(states, 1) if a.get("return_sequences") else states[-1]


def nested(a, x, w, training):
    """A GRU over the steps of each step of a sum."""
    total, sums = 0.0, []
    for t in range(x.shape[1]):
        total = torch.tanh(total + recurrent("GRU")(a, x[:, t], w, training))
        sums.append(total)
    return torch.stack(sums, 1)


LAYERS = {layer: recurrent(layer) for layer in GATES}
LAYERS.update({layer: conv_lstm for layer in RANKS})
LAYERS["SumsOfGRU"] = nested
LAYERS["Bidirectional"] = bidirectional
