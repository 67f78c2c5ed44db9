"""Convolutions, pools and sizes of images and sequences with PyTorch, in float64: kernels as Keras lays them out.

A layer of sequences is computed by PyTorch's function for these, not as an image of one row.
"""
import math

import torch
import torch.nn.functional as F


def pair(value, rank):
    return (value,) * rank if isinstance(value, int) else tuple(value)


def channels_second(a, x):
    return x if a.get("data_format") == "channels_first" else x.movedim(-1, 1)


def back(a, x):
    return x if a.get("data_format") == "channels_first" else x.movedim(1, -1)


def same(n, size, stride, dilation):
    """What Keras' padding adds in front and behind."""
    total = max(0, (-(-n // stride) - 1) * stride + (size - 1) * dilation + 1 - n)
    return [total // 2, total - total // 2]


def padded(a, x, size, strides, dilation, value=0.0):
    rank, both = x.dim() - 2, []
    for axis in reversed(range(rank)):
        if a.get("padding", "valid") == "same":
            both += same(x.shape[2 + axis], size[axis], strides[axis], dilation[axis])
        elif a.get("padding") == "causal":
            both += [(size[axis] - 1) * dilation[axis], 0]
        else:
            both += [0, 0]
    return F.pad(x, both, value=value)


def window(a, rank):
    return (pair(a["kernel_size"], rank), pair(a.get("strides", 1), rank), pair(a.get("dilation_rate", 1), rank))


def with_bias(a, y, w, activations):
    if "bias" in w:
        y = y + w["bias"].reshape((1, -1) + (1,) * (y.dim() - 2))
    return activations[a.get("activation", "linear")](back(a, y))


def convolve(a, x, kernel, groups):
    """kernel: size, channels of a group, filters"""
    rank = x.dim() - 2
    size, strides, dilation = window(a, rank)
    f = {1: F.conv1d, 2: F.conv2d}[rank]
    kernel = kernel.movedim(-1, 0).movedim(-1, 1)
    return f(padded(a, x, size, strides, dilation), kernel, None, strides, 0, dilation, groups)


def depthwise(a, x, kernel):
    """kernel: size, channels, multiplier; output c * multiplier + m"""
    size = kernel.shape[:-2]
    return convolve(a, x, kernel.reshape(tuple(size) + (1, -1)), x.shape[1])


def transposed(a, x, kernel):
    """All windows laid on a plane, of which Keras' padding says the part."""
    rank = x.dim() - 2
    size, strides, dilation = window(a, rank)
    f = {1: F.conv_transpose1d, 2: F.conv_transpose2d}[rank]
    y = f(x, kernel.movedim(-1, 0).movedim(-1, 1), None, strides, 0, 0, 1, dilation)
    more = a.get("output_padding")
    for axis in range(rank):
        extent, n = (size[axis] - 1) * dilation[axis] + 1, x.shape[2 + axis]
        extra = None if more is None else pair(more, rank)[axis]
        if a.get("padding", "valid") == "valid":
            count = (n - 1) * strides[axis] + extent + (max(strides[axis] - extent, 0) if extra is None else extra)
        else:
            count = n * strides[axis] if extra is None else (n - 1) * strides[axis] + extent % 2 + extra
        first = max(0, y.shape[2 + axis] - count) // 2
        missing = max(0, first + count - y.shape[2 + axis])
        y = F.pad(y, [0, 0] * (rank - 1 - axis) + [0, missing]).narrow(2 + axis, first, count)
    return y


def pool(function, lowest):
    def layer(a, x, w, training):
        x = channels_second(a, x)
        rank = x.dim() - 2
        size = pair(a.get("pool_size", 2), rank)
        strides = pair(a.get("strides", size), rank)
        p = lambda t: padded(a, t, size, strides, (1,) * rank, lowest)
        f = {(max, 1): F.max_pool1d, (max, 2): F.max_pool2d, (sum, 1): F.avg_pool1d, (sum, 2): F.avg_pool2d}[function, rank]
        y = f(p(x), size, strides)
        if function is sum:
            y = y / f(p(torch.ones_like(x)), size, strides)
        return back(a, y)
    return layer


def whole(function):
    def layer(a, x, w, training):
        axes = list(range(2, x.dim())) if a.get("data_format") == "channels_first" else list(range(1, x.dim() - 1))
        return function(x, axes, keepdim=a.get("keepdims", False))
    return layer


def weight(interpolation, d):
    """Of a number at distance d, as Keras' own functions have it (keras/src/backend/jax, _fill_*_kernel of jax.image)."""
    if interpolation == "bilinear":
        return max(0.0, 1 - d)
    if interpolation == "bicubic":
        return ((1.5 * d - 2.5) * d) * d + 1 if d < 1 else ((-0.5 * d + 2.5) * d - 4) * d + 2 if d < 2 else 0.0
    radius = int(interpolation[-1])
    if d < 1e-3:
        return 1.0
    return 0.0 if d > radius else radius * math.sin(math.pi * d) * math.sin(math.pi * d / radius) / (math.pi * d) ** 2


def smooth(x, size, interpolation, antialias):
    """Rows and columns as products with matrices of weights; PyTorch's are the same where it has them."""
    y = x
    for axis, wanted in ((2, size[0]), (3, size[1])):
        n = x.shape[axis]
        scale = max(n / wanted, 1.0) if antialias else 1.0
        m = torch.tensor([[weight(interpolation, abs((i + 0.5) * n / wanted - 0.5 - j) / scale) for j in range(n)] for i in range(wanted)],
                         dtype=torch.float64)
        y = torch.movedim(torch.movedim(y, axis, -1) @ (m / m.sum(1, keepdim=True)).T.to(y.dtype), -1, axis)
    if interpolation != "bilinear" and interpolation != "bicubic" or not antialias and min(a - b for a, b in zip(size, x.shape[2:])) < 0:
        return y
    other = F.interpolate(x, size=tuple(size), mode=interpolation, align_corners=False, antialias=True)
    assert torch.allclose(y, other, atol=1e-9), (y - other).abs().max()
    return y


def resized(a, x, size, interpolation):
    x = channels_second(a, x)
    if interpolation not in ("nearest", "bilinear") or a.get("antialias"):
        return back(a, smooth(x, size, interpolation, a.get("antialias", False)))
    mode = {"nearest": "nearest-exact", "bilinear": "bilinear"}[interpolation]
    if x.dim() == 3:
        return back(a, F.interpolate(x, size=size, mode=mode))
    return back(a, F.interpolate(x, size=size, mode=mode, **({"align_corners": False} if mode == "bilinear" else {})))


def up_sampling(a, x, w, training):
    shape = channels_second(a, x).shape[2:]
    size = pair(a.get("size", 2), len(shape))
    return resized(a, x, [n * s for n, s in zip(shape, size)], a.get("interpolation", "nearest"))


def resizing(a, x, w, training):
    x = channels_second(a, x)
    rows, columns, height, width = x.shape[2], x.shape[3], a["height"], a["width"]
    if a.get("crop_to_aspect_ratio"):
        h = max(min(rows, int(float(columns * height) / width)), 1)
        v = max(min(columns, int(float(rows * width) / height)), 1)
        top, left = int(float(rows - h) / 2), int(float(columns - v) / 2)
        x = x[:, :, top:top + h, left:left + v]
    if a.get("pad_to_aspect_ratio"):
        top = int(float(max(rows, int(float(columns * height) / width)) - rows) / 2)
        left = int(float(max(columns, int(float(rows * width) / height)) - columns) / 2)
        x = F.pad(x, [left, left, top, top], value=a.get("fill_value", 0.0))
    y = resized({"data_format": "channels_first", "antialias": a.get("antialias", False)}, x, [height, width], a.get("interpolation", "bilinear"))
    return back(a, y)


def sides(a, name, rank):
    value = a.get(name, 1)
    value = (value,) * rank if isinstance(value, int) else value
    if rank == 1 and not isinstance(value[0], tuple):
        value = (tuple(pair(value[0], 1) * 2 if len(value) == 1 else value),)
    return [n for side in reversed(value) for n in pair(side, 2)]


def bordered(sign, name):
    def layer(a, x, w, training):
        x = channels_second(a, x)
        return back(a, F.pad(x, [sign * n for n in sides(a, name, x.dim() - 2)]))
    return layer


def center_crop(a, x, w, training):
    top, left = (x.shape[1] - a["height"]) // 2, (x.shape[2] - a["width"]) // 2
    if top >= 0 and left >= 0:
        return x[:, top:top + a["height"], left:left + a["width"]]
    return resizing(dict(a, crop_to_aspect_ratio=True), x, w, training)


def layers(activations):
    def conv(a, x, w, training):
        return with_bias(a, convolve(a, channels_second(a, x), w["kernel"], a.get("groups", 1)), w, activations)

    def depthwise_conv(a, x, w, training):
        return with_bias(a, depthwise(a, channels_second(a, x), w["kernel"]), w, activations)

    def separable(a, x, w, training):
        y = depthwise(a, channels_second(a, x), w["depthwise_kernel"])
        return with_bias(a, convolve({"kernel_size": 1}, y, w["pointwise_kernel"], 1), w, activations)

    def transpose(a, x, w, training):
        return with_bias(a, transposed(a, channels_second(a, x), w["kernel"]), w, activations)

    table = {"Conv1D": conv, "MaxPooling1D": pool(max, float("-inf")), "AveragePooling1D": pool(sum, 0.0),
             "UpSampling1D": up_sampling, "UpSampling2D": up_sampling, "Resizing": resizing, "CenterCrop": center_crop,
             "RepeatVector": lambda a, x, w, t: x[:, None].repeat(1, a["n"], 1)}
    for rank in "12":
        table["DepthwiseConv%sD" % rank] = depthwise_conv
        table["SeparableConv%sD" % rank] = separable
        table["Conv%sDTranspose" % rank] = transpose
        table["GlobalMaxPooling%sD" % rank] = whole(torch.amax)
        table["GlobalAveragePooling%sD" % rank] = whole(torch.mean)
        table["ZeroPadding%sD" % rank] = bordered(1, "padding")
        table["Cropping%sD" % rank] = bordered(-1, "cropping")
    return table


def kernels(layer, a, shape):
    """Shapes of a layer's kernels by name, and how many biases; None: it has none."""
    rank = 1 if "1D" in layer else 2
    channels = shape[0] if a.get("data_format") == "channels_first" else shape[-1]
    multiplier = a.get("depth_multiplier", 1)
    if layer == "Conv1D":
        return {"kernel": pair(a["kernel_size"], rank) + (channels // a.get("groups", 1), a["filters"])}, a["filters"]
    if layer.startswith("DepthwiseConv"):
        return {"kernel": pair(a["kernel_size"], rank) + (channels, multiplier)}, channels * multiplier
    if layer.startswith("SeparableConv"):
        return {"depthwise_kernel": pair(a["kernel_size"], rank) + (channels, multiplier),
                "pointwise_kernel": (1,) * rank + (channels * multiplier, a["filters"])}, a["filters"]
    if layer.endswith("Transpose"):
        return {"kernel": pair(a["kernel_size"], rank) + (a["filters"], channels)}, a["filters"]
    return None
