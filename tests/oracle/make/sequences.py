"""Embedding, attention and Dot with PyTorch, in float64: parameters as Keras lays them out, formulas of Keras' source."""
import torch
import torch.nn.functional as F

SEVERAL = ("GroupQueryAttention", "Attention", "AdditiveAttention", "MultiHeadAttention", "Dot")


def shapes(layer, a, shape):
    """The shapes of the parameters by name; all inputs of a layer have as many features as the first."""
    if layer == "Embedding":
        return {"embeddings": (a["input_dim"], a["output_dim"])}
    if layer == "Attention":
        scalars = {"scale": a.get("use_scale"), "concat_score_weight": a.get("score_mode") == "concat"}
        return {name: () for name, is_there in scalars.items() if is_there}
    if layer == "AdditiveAttention" and a.get("use_scale", True):
        return {"scale": (shape[-1],)}
    if layer == "EinsumDense":
        return einsum_shapes(a, shape)
    if layer == "GroupQueryAttention":
        heads, groups, size, features = a["num_query_heads"], a["num_key_value_heads"], a["head_dim"], shape[-1]
        result = {}
        for name, dims in (("query", (heads, size)), ("key", (groups, size)), ("value", (groups, size))):
            result[name + "/kernel"], result[name + "/bias"] = (features,) + dims, dims
        return dict(result, **{"attention_output/kernel": (heads, size, features), "attention_output/bias": (features,)})
    if layer != "MultiHeadAttention":
        return {}
    heads, size, features = a["num_heads"], a["key_dim"], shape[-1]
    of_value, out = a.get("value_dim", size), a.get("output_shape", features)
    result = {}
    for name, dims in (("query", (features, heads, size)), ("key", (features, heads, size)),
                       ("value", (features, heads, of_value)), ("attention_output", (heads, of_value, out))):
        result[name + "/kernel"] = dims
        if a.get("use_bias", True):
            result[name + "/bias"] = dims[1:] if name != "attention_output" else (out,)
    return result


def attend(a, scores, values):
    if a.get("use_causal_mask"):
        rows, columns = scores.shape[-2:]
        keep = torch.ones(rows, columns).tril().bool()
        scores = scores.masked_fill(~keep, -1e9)
    return F.softmax(scores, -1) @ values


def einsum_shapes(a, shape):
    given, out = a["equation"].split("->")
    given, kernel = given.split(",")
    letters = given.replace("...", "0123456"[:len(shape) + 1 - len(given.replace(".", ""))])
    sizes = dict(zip(letters[1:], shape))
    told = a["output_shape"] if isinstance(a["output_shape"], tuple) else (a["output_shape"],)
    sizes.update({c: n for c, n in zip(out[-len(told):], told) if n})
    result = {"kernel": tuple(sizes[c] for c in kernel)}
    if "bias_axes" in a:
        out = out.replace("...", "")
        first = min(out.index(c) for c in a["bias_axes"])
        result["bias"] = tuple(sizes[c] if c in a["bias_axes"] else 1 for c in out[first:])
    return result


def einsum_dense(a, x, w, training):
    y = torch.einsum(a["equation"], x, w["kernel"]) + w.get("bias", 0.0)
    return torch.tanh(y) if a.get("activation") == "tanh" else y


def additive_attention(a, inputs, w, training):
    query, value, key = (list(inputs) + [inputs[1]])[:3]
    sums = torch.tanh(query[:, :, None] + key[:, None]) * w.get("scale", 1.0)
    return attend(a, sums.sum(-1), value)


def attention(a, inputs, w, training):
    query, value, key = (list(inputs) + [inputs[1]])[:3]
    if a.get("score_mode") == "concat":
        sums = torch.tanh(w.get("scale", 1.0) * (query[:, :, None] + key[:, None])).sum(-1)
        return attend(a, w["concat_score_weight"] * sums, value)
    return attend(a, query @ key.transpose(-1, -2) * w.get("scale", 1.0), value)


def projections(a, inputs, w):
    """Of query, key and value, and of what the heads found."""
    query, value, key = (list(inputs) + [inputs[1]])[:3]

    def project(name, x):
        y = torch.einsum("btc,chd->bhtd", x, w[name + "/kernel"])
        return y + w[name + "/bias"][None, :, None, :] if name + "/bias" in w else y

    q, k, v = project("query", query), project("key", key), project("value", value)
    heads = attend(a, q / a["key_dim"] ** 0.5 @ k.transpose(-1, -2), v)
    y = torch.einsum("bhtd,hdo->bto", heads, w["attention_output/kernel"]) + w.get("attention_output/bias", 0.0)
    return [q, k, v, y]


def multi_head_attention(a, inputs, w, training):
    return projections(a, inputs, w)[-1]


def activities(layer, a, inputs, w, y):
    """What an activity_regularizer looks at: of attention what _get_common_kwargs_for_sublayer gives it to."""
    return projections(a, inputs, w) if layer == "MultiHeadAttention" else [y]


def group_query_attention(a, inputs, w, training):
    query, value, key = (list(inputs) + [inputs[1]])[:3]

    def project(name, x):
        y = torch.einsum("btc,chd->bhtd", x, w[name + "/kernel"]) + w[name + "/bias"][None, :, None, :]
        return y.repeat_interleave(a["num_query_heads"] // y.shape[1], 1)

    scores = project("query", query) / a["head_dim"] ** 0.5 @ project("key", key).transpose(-1, -2)
    heads = attend(a, scores, project("value", value))
    return torch.einsum("bhtd,hdo->bto", heads, w["attention_output/kernel"]) + w["attention_output/bias"]


def dot(a, inputs, w, training):
    axes = a["axes"] if isinstance(a["axes"], tuple) else (a["axes"],) * 2
    x, y = (t.movedim(axis, -1) for t, axis in zip(inputs, axes))
    if a.get("normalize"):
        x, y = (t / t.norm(dim=-1, keepdim=True) for t in (x, y))
    rows = [t.reshape(len(t), -1, t.shape[-1]) for t in (x, y)]
    flat = torch.einsum("bik,bjk->bij", *rows)
    shape = x.shape[1:-1] + y.shape[1:-1]
    return flat.reshape((len(flat),) + (tuple(shape) or (1,)))


LAYERS = {
    "Embedding": lambda a, x, w, t: w["embeddings"][x.long()],
    "CategoryEncoding": lambda a, x, w, t: F.one_hot(x.long(), a["num_tokens"]).double().amax(-2),
    "GroupQueryAttention": group_query_attention, "AdditiveAttention": additive_attention, "EinsumDense": einsum_dense,
    "Rescaling": lambda a, x, w, t: x * torch.tensor(a["scale"]).double() + torch.tensor(a.get("offset", 0.0)).double(),
    "Attention": attention, "MultiHeadAttention": multi_head_attention, "Dot": dot,
}
