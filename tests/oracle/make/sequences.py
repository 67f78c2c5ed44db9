"""Embedding, attention and Dot with PyTorch, in float64: parameters as Keras lays them out, formulas of Keras' source."""
import torch
import torch.nn.functional as F

SEVERAL = ("Attention", "MultiHeadAttention", "Dot")


def shapes(layer, a, shape):
    """The shapes of the parameters by name; all inputs of a layer have as many features as the first."""
    if layer == "Embedding":
        return {"embeddings": (a["input_dim"], a["output_dim"])}
    if layer == "Attention" and a.get("use_scale"):
        return {"scale": ()}
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


def attention(a, inputs, w, training):
    query, value, key = (list(inputs) + [inputs[1]])[:3]
    return attend(a, query @ key.transpose(-1, -2) * w.get("scale", 1.0), value)


def multi_head_attention(a, inputs, w, training):
    query, value, key = (list(inputs) + [inputs[1]])[:3]

    def project(name, x):
        y = torch.einsum("btc,chd->bhtd", x, w[name + "/kernel"])
        return y + w[name + "/bias"][None, :, None, :] if name + "/bias" in w else y

    q = project("query", query) / a["key_dim"] ** 0.5
    heads = attend(a, q @ project("key", key).transpose(-1, -2), project("value", value))
    return torch.einsum("bhtd,hdo->bto", heads, w["attention_output/kernel"]) + w.get("attention_output/bias", 0.0)


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
    "Attention": attention, "MultiHeadAttention": multi_head_attention, "Dot": dot,
}
