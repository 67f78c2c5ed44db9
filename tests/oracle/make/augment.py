"""Augmentation whose factor is fixed, by PyTorch's grid_sample, and Normalization."""
import math

import torch
import torch.nn.functional as F

PADDING = {"constant": "zeros", "nearest": "border", "reflect": "reflection"}


def sampled(a, x, places):
    """x: batch x channels x rows x columns; places: the row and the column of each pixel of the result."""
    rows, columns = x.shape[2:]
    v, u = places(*torch.meshgrid(torch.arange(rows).double(), torch.arange(columns).double(), indexing="ij"))
    mode, fill = a.get("fill_mode", "reflect"), a.get("fill_value", 0.0)
    if mode == "wrap":  # as far as it can reach
        x, v, u = x.tile(1, 1, 5, 5), v + 2 * rows, u + 2 * columns
    grid = torch.stack([(2 * u + 1) / x.shape[3] - 1, (2 * v + 1) / x.shape[2] - 1], -1)
    grid = grid.expand(x.shape[0], -1, -1, -1)
    y = F.grid_sample(x - fill, grid, a.get("interpolation", "bilinear"), PADDING.get(mode, "zeros"), align_corners=False)
    return y + fill


def fixed(pair):
    assert pair[0] == pair[1]
    return pair[0]


def warp(places_of):
    """places_of(arguments, rows, columns) -> what makes rows and columns of pixels their places."""
    def layer(a, x, w, training):
        if not training:
            return x
        first = a.get("data_format") == "channels_first"
        x = x if first else x.permute(0, 3, 1, 2)
        y = sampled(a, x, places_of(a, x.shape[2], x.shape[3]))
        return y if first else y.permute(0, 2, 3, 1)
    return layer


def translation(a, rows, columns):
    down, right = fixed(a["height_factor"]) * rows, fixed(a["width_factor"]) * columns
    return lambda i, j: (i - down, j - right)


def rotation(a, rows, columns):
    """Against the clock, as seen, where rows go down: what is on the right comes up."""
    angle, middle, centre = 2 * math.pi * fixed(a["factor"]), (rows - 1) / 2, (columns - 1) / 2
    return lambda i, j: (middle + math.cos(angle) * (i - middle) + math.sin(angle) * (j - centre),
                         centre - math.sin(angle) * (i - middle) + math.cos(angle) * (j - centre))


def zoom(a, rows, columns):
    down = 1 + fixed(a["height_factor"])
    across = 1 + fixed(a["width_factor"]) if "width_factor" in a else down
    return lambda i, j: ((rows - 1) / 2 + down * (i - (rows - 1) / 2), (columns - 1) / 2 + across * (j - (columns - 1) / 2))


def brightness(a, x, w, training):
    low, high = a["value_range"]
    return (x + fixed(a["factor"]) * (high - low)).clamp(low, high) if training else x


def normalization(a, x, w, training):
    axes = a.get("axis", -1)
    axes = [axis % x.dim() for axis in (axes if isinstance(axes, (tuple, list)) else [axes])]
    shape = [n if i in axes else 1 for i, n in enumerate(x.shape)]
    mean = w.get("mean", torch.tensor(a.get("mean", 0.0)).double())
    deviation = w.get("variance", torch.tensor(a.get("variance", 1.0)).double()).sqrt().clamp(min=1e-7)
    mean, deviation = (t.reshape(shape) if t.dim() else t for t in (mean, deviation))
    return x * deviation + mean if a.get("invert") else (x - mean) / deviation


def statistics(a, shape, draw):
    """The weights of a Normalization that was adapted."""
    axes = a.get("axis", -1)
    axes = [axis % (len(shape) + 1) for axis in (axes if isinstance(axes, (tuple, list)) else [axes])]
    dims = [shape[axis - 1] for axis in axes]
    return {} if "mean" in a else {"mean": draw(*dims), "variance": draw(*dims) ** 2}


LAYERS = {"RandomTranslation": warp(translation), "RandomRotation": warp(rotation), "RandomZoom": warp(zoom),
          "RandomBrightness": brightness, "Normalization": normalization}
