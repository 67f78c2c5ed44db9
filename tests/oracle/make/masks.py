#!/usr/bin/python3
"""Writes ../cases/masks_*.lua and their .safetensors: layers and losses that leave masked steps out, by PyTorch in float64.

Masks are those of Keras 3's source (layers/core/masking.py, embedding.py, backend/*/rnn.py, layers/attention, losses/loss.py):
each step is written out, and what a mask leaves out is chosen by torch.where. Where steps are masked at the end alone PyTorch's
own LSTM on packed sequences must give the same.
"""
import os
import zlib

import numpy as np
import torch
import torch.nn.functional as F

from make import CASES_FOLDER, rounded, safetensors

BATCH, STEPS, RATE, MOMENTUM = 12, 3, 0.3, 0.5
ROWS = BATCH * STEPS
torch.set_default_dtype(torch.float64)


# ---- layers: w is the part of the weights under their name ------------------------------------------------------------


def under(w, name):
    return {key[len(name) + 1:]: value for key, value in w.items() if key.startswith(name + "/")}


def dense(w, x):
    return x @ w["kernel"] + w["bias"]


def lstm_step(w, x, states):
    h, c = states
    i, f, new, o = (x @ w["kernel"] + h @ w["recurrent_kernel"] + w["bias"]).chunk(4, -1)
    c = f.sigmoid() * c + i.sigmoid() * new.tanh()
    h = o.sigmoid() * c.tanh()
    return h, [h, c]


def gru_step(w, x, states):
    h = states[0]
    of_x, of_h = x @ w["kernel"] + w["bias"][0], h @ w["recurrent_kernel"] + w["bias"][1]
    (zx, rx, nx), (zh, rh, nh) = of_x.chunk(3, -1), of_h.chunk(3, -1)
    z, r = (zx + zh).sigmoid(), (rx + rh).sigmoid()
    h = z * h + (1 - z) * (nx + r * nh).tanh()
    return h, [h]


def rnn_step(w, x, states):
    h = (x @ w["kernel"] + states[0] @ w["recurrent_kernel"] + w["bias"]).tanh()
    return h, [h]


STATES = {lstm_step: 2, gru_step: 1, rnn_step: 1}


def recur(step, w, x, mask, states=None, backwards=False, zeroes=False):
    """Outputs in the order in which they are made, and the last states."""
    units = w["recurrent_kernel"].shape[0]
    states = states or [x.new_zeros(len(x), units) for _ in range(STATES[step])]
    before, outputs = x.new_zeros(len(x), units), []
    for t in reversed(range(x.shape[1])) if backwards else range(x.shape[1]):
        y, new = step(w, x[:, t], states)
        keep = mask[:, t, None]
        states = [torch.where(keep, a, b) for a, b in zip(new, states)]
        before = torch.where(keep, y, torch.zeros_like(y) if zeroes else before)
        outputs.append(before)
    return torch.stack(outputs, 1), states


def both_ways(step, w, x, mask, kind, sequences):
    """The outputs of a Bidirectional's layers."""
    a, _ = recur(step, under(w, "forward_" + kind), x, mask, zeroes=sequences)
    b, _ = recur(step, under(w, "backward_" + kind), x, mask, backwards=True, zeroes=sequences)
    return (a, b.flip(1)) if sequences else (a[:, -1], b[:, -1])


def attend(scores, values, keep):
    return scores.masked_fill(~keep, -1e9).softmax(-1) @ values


def multi_head(w, x, mask, heads, size):
    q, k, v = (torch.einsum("btc,chd->bhtd", x, w[n + "/kernel"]) + w[n + "/bias"][None, :, None]
               for n in ("query", "key", "value"))
    causal = torch.ones(x.shape[1], x.shape[1]).tril().bool()
    keep = causal & mask[:, None, :, None] & mask[:, None, None, :]
    y = attend(q / size ** 0.5 @ k.transpose(-1, -2), v, keep)
    return torch.einsum("bhtd,hdo->bto", y, w["attention_output/kernel"]) + w["attention_output/bias"]


def pooled(x, mask):
    return torch.where(mask[..., None], x, 0.0).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)


def counted_mean(values, mask):
    return torch.where(mask, values, 0.0).sum() / mask.sum()


# ---- cases --------------------------------------------------------------------------------------------------------------


def train(weights, loss_of):
    trained = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
    optimizer = torch.optim.SGD(trained.values(), lr=RATE, momentum=MOMENTUM)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss_of(trained, slice(step * BATCH, (step + 1) * BATCH)).backward()
        optimizer.step()
    return {name: value.detach().numpy() for name, value in trained.items()}


def case(name, script, shapes, inputs, labels, outputs_of, losses_of, columns_of=lambda y, rows: {}):
    """shapes: of the weights; labels: of each output; outputs_of(w, rows); losses_of(outputs, rows): one for each output."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    w = {key: rounded(random.uniform(0.2 if "variance" in key else -0.8, 0.8, shape)) for key, shape in shapes.items()}
    every = slice(0, ROWS)

    def loss_of(weights, rows):
        return sum(losses_of(outputs_of(weights, rows), rows))

    start = {key: torch.tensor(value) for key, value in w.items()}
    outputs, trained = outputs_of(start, every), train(w, loss_of)
    tensors = {"inputs": inputs, "loss": [loss_of(start, every).item()], "steps": [STEPS]}
    for key, y in outputs.items():
        several = "/" + key if len(outputs) > 1 else ""
        tensors["labels" + several], tensors["predict" + several] = labels[key], y.numpy()
    for key, value in columns_of(outputs, every).items():
        tensors[key] = [value.item()]
    for key, value in w.items():
        tensors["initial/" + key], tensors["trained/" + key] = value, trained[key]
    with open(os.path.join(CASES_FOLDER, name + ".safetensors"), "wb") as file:
        file.write(safetensors(tensors))
    optimizer = "SGD{learning_rate = %g, momentum = %g}" % (RATE, MOMENTUM)
    with open(os.path.join(CASES_FOLDER, name + ".lua"), "w") as file:
        file.write("-- Written by tests/oracle/make/masks.py.\n" + script.strip().replace("OPTIMIZER", optimizer) + "\n")
    print(name)


def cell(name, step, inputs, units):
    width = units * {lstm_step: 4, gru_step: 3, rnn_step: 1}[step]
    bias = (2, width) if step is gru_step else (width,)
    return {name + "/kernel": (inputs, width), name + "/recurrent_kernel": (units, width), name + "/bias": bias}


def layer(name, inputs, units):
    return {name + "/kernel": (inputs, units), name + "/bias": (units,)}


def words(random, *shape):
    """Half of them 0; the first rows have these at the end alone, at the beginning alone, and nothing else."""
    x = random.randint(1, 9, shape) * random.randint(0, 2, shape)
    flat = x.reshape(-1, shape[-1])
    flat[0], flat[1], flat[2] = np.arange(1, shape[-1] + 1), np.arange(1, shape[-1] + 1), 0
    flat[0, -2:], flat[1, :2] = 0, 0
    return x.astype(float)


RANDOM = np.random.RandomState(5)
WORDS = words(RANDOM, ROWS, 6)
T = torch.tensor(WORDS)
EMBEDDING = {"embedding/embeddings": (9, 4)}


def embedded(w, rows):
    return w["embedding/embeddings"][T[rows].long()], T[rows] != 0


def check_packed():
    """What `recur` does, as PyTorch does it."""
    torch.manual_seed(1)
    own = torch.nn.LSTM(4, 3, batch_first=True)
    x, lengths = torch.randn(5, 6, 4), torch.tensor([6, 4, 1, 5, 2])
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    y, (h, c) = own(packed)
    y = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True)[0]
    w = {"kernel": own.weight_ih_l0.t(), "recurrent_kernel": own.weight_hh_l0.t(), "bias": own.bias_ih_l0 + own.bias_hh_l0}
    mask = torch.arange(6)[None] < lengths[:, None]
    z, states = recur(lstm_step, w, x, mask, zeroes=True)
    assert torch.allclose(y, z) and torch.allclose(h[0], states[0]) and torch.allclose(c[0], states[1])


def mean_square(y, t):
    return ((y - t) ** 2).mean(-1)


def numbers(*shape):
    return rounded(RANDOM.normal(size=(ROWS,) + shape))


def one_output(outputs_of):
    return lambda w, rows: {"y": outputs_of(w, rows)}


def squares_of(target):
    t = torch.tensor(target)
    return lambda y, rows: [mean_square(y["y"], t[rows]).mean()]


def recurrence():
    def outputs(w, rows):
        x, mask = embedded(w, rows)
        x, _ = recur(lstm_step, under(w, "lstm/lstm_cell"), x, mask)
        x, _ = recur(gru_step, under(w, "gru/gru_cell"), x, mask, backwards=True)
        x, _ = recur(rnn_step, under(w, "simple_rnn/simple_rnn_cell"), x, mask)
        return dense(under(w, "dense"), x[:, -1])

    target = numbers(2)
    case("masks_recurrence", """
local model = Sequential{Input{shape = {6}, dtype = "int32"}, Embedding{9, 4, mask_zero = true},
  LSTM{3, return_sequences = true}, Dropout(0), GRU{5, return_sequences = true, go_backwards = true}, SimpleRNN(3), Dense(2)}
model:compile{optimizer = OPTIMIZER, loss = "mse"}
return model
""", {**EMBEDDING, **cell("lstm/lstm_cell", lstm_step, 4, 3), **cell("gru/gru_cell", gru_step, 3, 5),
      **cell("simple_rnn/simple_rnn_cell", rnn_step, 5, 3), **layer("dense", 3, 2)}, WORDS, {"y": target},
         one_output(outputs), squares_of(target))


def bidirectional():
    x = rounded(RANDOM.uniform(-1, 1, (ROWS, 6, 3)))
    x[RANDOM.randint(0, 3, (ROWS, 6)) == 0] = 0.5
    x[0, :, 0] = 0.5  # other numbers of the step are not
    given, target = torch.tensor(x), numbers(2)

    def outputs(w, rows):
        mask = (given[rows] != 0.5).any(-1)
        y = torch.where(mask[..., None], given[rows], 0.0)
        y = torch.cat(both_ways(gru_step, under(w, "bidirectional"), y, mask, "gru/gru_cell", True), -1)
        a, b = both_ways(lstm_step, under(w, "bidirectional_1"), y, mask, "lstm/lstm_cell", False)
        return dense(under(w, "dense"), torch.cat([a * b, y.flatten(1)], -1))

    shapes = layer("dense", 27, 2)
    for side in ("forward", "backward"):
        shapes.update(cell("bidirectional/%s_gru/gru_cell" % side, gru_step, 3, 2))
        shapes.update(cell("bidirectional_1/%s_lstm/lstm_cell" % side, lstm_step, 4, 3))
    case("masks_bidirectional", """
local x = Input{6, 3}
local y = Bidirectional{GRU{2, return_sequences = true}}(Masking(0.5)(x))
local z = Bidirectional{LSTM(3), merge_mode = "mul"}(y)
local model = Model{inputs = x, outputs = Dense(2)(Concatenate(){z, Flatten()(y)})}
model:compile{optimizer = OPTIMIZER, loss = "mse"}
return model
""", shapes, x, {"y": target}, one_output(outputs), squares_of(target))


def attention():
    def outputs(w, rows):
        x, mask = embedded(w, rows)
        y = x + multi_head(under(w, "multi_head_attention"), x, mask, 2, 3)
        z = attend(y @ x.transpose(-1, -2), x, mask[:, None, :]) * mask[..., None]
        scores = dense(under(w, "dense"), y).masked_fill(~mask[..., None], -1e9).softmax(1)
        return dense(under(w, "dense_1"), torch.cat([pooled(z, mask), (scores * y).sum(1), y.flatten(1)], -1))

    shapes, target = {**EMBEDDING, **layer("dense", 4, 1), **layer("dense_1", 32, 2)}, numbers(2)
    for name in ("query", "key", "value"):
        shapes["multi_head_attention/%s/kernel" % name], shapes["multi_head_attention/%s/bias" % name] = (4, 2, 3), (2, 3)
    shapes["multi_head_attention/attention_output/kernel"] = (2, 3, 4)
    shapes["multi_head_attention/attention_output/bias"] = (4,)
    case("masks_attention", """
local words = Input{shape = {6}, dtype = "int32"}
local x = Embedding{9, 4, mask_zero = true}(words)
local y = Add(){x, MultiHeadAttention{2, 3}(x, x, {use_causal_mask = true})}
local z = GlobalAveragePooling1D()(Attention(){y, x})
local weights = Softmax{axis = 1}(Dense(1)(y))
local sum = Lambda(function(given) return ops.sum(given[1] * given[2], 1) end){weights, y}
local model = Model{inputs = words, outputs = Dense(2)(Concatenate(){z, sum, Flatten()(y)})}
model:compile{optimizer = OPTIMIZER, loss = "mse"}
return model
""", shapes, WORDS, {"y": target}, one_output(outputs), squares_of(target))


def states():
    label = RANDOM.randint(0, 4, (ROWS, 6)).astype(float)
    t = torch.tensor(label)

    def outputs(w, rows):
        x, mask = embedded(w, rows)
        _, (h, c) = recur(lstm_step, under(w, "lstm/lstm_cell"), x, mask)
        a, _ = recur(lstm_step, under(w, "lstm_1/lstm_cell"), x, mask, [h, c])
        b, _ = recur(gru_step, under(w, "gru/gru_cell"), x, mask, [h], zeroes=True)
        return dense(under(w, "dense"), torch.cat([a, b], -1)).softmax(-1)

    def losses(y, rows):
        right = y["y"].gather(-1, t[rows].long()[..., None])[..., 0]
        return [counted_mean(-right.log(), T[rows] != 0)]

    def columns(y, rows):
        hits = (y["y"].argmax(-1) == t[rows]).double()
        top = (torch.argsort(torch.argsort(-y["y"], -1), -1).gather(-1, t[rows].long()[..., None])[..., 0] < 2).double()
        return {"accuracy": counted_mean(hits, T[rows] != 0), "top": counted_mean(top, T[rows] != 0)}

    case("masks_states", """
local words = Input{shape = {6}, dtype = "int32"}
local x = Embedding{9, 4, mask_zero = true}(words)
local _, h, c = LSTM{3, return_state = true}(x)
local a = LSTM{3, return_sequences = true}(x, {initial_state = {h, c}})
local b = GRU{3, return_sequences = true, zero_output_for_mask = true}(x, {initial_state = h})
local model = Model{inputs = words, outputs = Dense{4, activation = "softmax"}(Concatenate(){a, b})}
model:compile{optimizer = OPTIMIZER, loss = "sparse_categorical_crossentropy",
  metrics = {"accuracy", SparseTopKCategoricalAccuracy{2, name = "top"}}}
return model
""", {**EMBEDDING, **cell("lstm/lstm_cell", lstm_step, 4, 3), **cell("lstm_1/lstm_cell", lstm_step, 4, 3),
      **cell("gru/gru_cell", gru_step, 4, 3), **layer("dense", 6, 4)}, WORDS, {"y": label},
         one_output(outputs), losses, columns)


def losses():
    x = rounded(RANDOM.uniform(-1, 1, (ROWS, 5, 3)))
    x[RANDOM.randint(0, 3, (ROWS, 5)) == 0] = 0
    given, mask = torch.tensor(x), torch.tensor((x != 0).any(-1))
    size, yes = numbers(5, 2), RANDOM.randint(0, 2, (ROWS, 5, 3)).astype(float)
    kind = np.eye(4)[RANDOM.randint(0, 4, (ROWS, 5))]
    t = {"size": torch.tensor(size), "yes": torch.tensor(yes), "kind": torch.tensor(kind)}

    def outputs(w, rows):
        y = torch.where(mask[rows][..., None], given[rows], 0.0)
        return {"size": dense(under(w, "size"), y), "yes": dense(under(w, "yes"), y).sigmoid(),
                "kind": dense(under(w, "kind"), y).softmax(-1)}

    def each(y, rows):
        smooth = t["kind"][rows] * 0.9 + 0.1 / 4
        return {"size": mean_square(y["size"], t["size"][rows]),
                "yes": F.binary_cross_entropy(y["yes"], t["yes"][rows], reduction="none").mean(-1),
                "kind": -(smooth * y["kind"].log()).sum(-1)}

    def losses_of(y, rows):
        return [weight * counted_mean(value, mask[rows]) for weight, value in zip((0.5, 2, 1), each(y, rows).values())]

    def columns(y, rows):
        result = {key + "_loss": counted_mean(value, mask[rows]) for key, value in each(y, rows).items()}
        result["size_mae"] = counted_mean((y["size"] - t["size"][rows]).abs().mean(-1), mask[rows])
        result["yes_binary_accuracy"] = counted_mean(((y["yes"] > 0.5) == t["yes"][rows]).double().mean(-1), mask[rows])
        result["kind_accuracy"] = counted_mean((y["kind"].argmax(-1) == t["kind"][rows].argmax(-1)).double(), mask[rows])
        return result

    case("masks_losses", """
local x = Input{5, 3}
local y = Masking()(x)
local size, yes = Dense{2, name = "size"}(y), Dense{3, activation = "sigmoid", name = "yes"}(y)
local model = Model{inputs = x, outputs = {size, yes, Dense{4, activation = "softmax", name = "kind"}(y)}}
model:compile{optimizer = OPTIMIZER, loss = {"mse", "binary_crossentropy", CategoricalCrossentropy{label_smoothing = 0.1}},
  loss_weights = {0.5, 2, 1}, metrics = {{"mae"}, {"binary_accuracy"}, {"accuracy"}}}
return model
""", {**layer("size", 3, 2), **layer("yes", 3, 3), **layer("kind", 3, 4)}, x, {"size": size, "yes": yes, "kind": kind},
         outputs, losses_of, columns)


def sentences():
    x = words(RANDOM, ROWS, 3, 4)
    x[4], x[5, 1] = 0, 0
    given, target = torch.tensor(x), numbers(2)

    def outputs(w, rows):
        mask = given[rows] != 0
        y = w["embedding/embeddings"][given[rows].long()].reshape(-1, 4, 4)
        inside = under(w, "time_distributed/bidirectional")
        y = torch.cat(both_ways(lstm_step, inside, y, mask.reshape(-1, 4), "lstm/lstm_cell", False), -1)
        y, _ = recur(gru_step, under(w, "gru/gru_cell"), y.reshape(-1, 3, 4), mask.any(-1))
        return dense(under(w, "dense"), y[:, -1])

    shapes = {**EMBEDDING, **cell("gru/gru_cell", gru_step, 4, 3), **layer("dense", 3, 2)}
    for side in ("forward", "backward"):
        shapes.update(cell("time_distributed/bidirectional/%s_lstm/lstm_cell" % side, lstm_step, 4, 2))
    case("masks_sentences", """
local model = Sequential{Input{shape = {3, 4}, dtype = "int32"}, Embedding{9, 4, mask_zero = true},
  TimeDistributed(Bidirectional(LSTM(2))), GRU(3), Dense(2)}
model:compile{optimizer = OPTIMIZER, loss = "mse"}
return model
""", shapes, x, {"y": target}, one_output(outputs), squares_of(target))


def normalized(w, x, mask):
    """BatchNormalization, momentum 0.5, of the steps that count; what is trained takes mean and variance of the batch."""
    if w["gamma"].requires_grad:
        kept = x[mask]
        mean, variance = kept.mean(0), kept.var(0, unbiased=False)
        for name, value in ("moving_mean", mean), ("moving_variance", variance):
            w[name].data = 0.5 * w[name].data + 0.5 * value.detach()
    else:
        mean, variance = w["moving_mean"], w["moving_variance"]
    return w["gamma"] * (x - mean) / (variance + 1e-3).sqrt() + w["beta"]


def normalization():
    target = numbers(2)

    def outputs(w, rows):
        x, mask = embedded(w, rows)
        x = normalized(under(w, "batch_normalization"), x, mask)
        x, _ = recur(gru_step, under(w, "gru/gru_cell"), x, mask)
        x = normalized(under(w, "batch_normalization_1"), x, mask)
        return dense(under(w, "dense"), torch.cat([pooled(x, mask), x.flatten(1)], -1))

    shapes = {**EMBEDDING, **cell("gru/gru_cell", gru_step, 4, 3), **layer("dense", 21, 2)}
    for name, units in ("batch_normalization", 4), ("batch_normalization_1", 3):
        shapes.update({"%s/%s" % (name, part): (units,) for part in ("gamma", "beta", "moving_mean", "moving_variance")})
    case("masks_normalization", """
local words = Input{shape = {6}, dtype = "int32"}
local x = BatchNormalization{momentum = 0.5}(Embedding{9, 4, mask_zero = true}(words))
x = BatchNormalization{momentum = 0.5}(GRU{3, return_sequences = true}(x))
local model = Model{inputs = words, outputs = Dense(2)(Concatenate(){GlobalAveragePooling1D()(x), Flatten()(x)})}
model:compile{optimizer = OPTIMIZER, loss = "mse"}
return model
""", shapes, WORDS, {"y": target}, one_output(outputs), squares_of(target))


if __name__ == "__main__":
    check_packed()
    for write in (recurrence, bidirectional, attention, states, losses, sentences, normalization):
        write()
