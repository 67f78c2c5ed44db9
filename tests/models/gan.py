#!/usr/bin/python3
"""Trains the GAN of gan.lua for ten steps in double with PyTorch, as Keras does: prints gan.txt, which steps.c compares with.

    tests/models/gan.py >tests/models/gan.txt
"""
import numpy
import torch
from torch.nn import functional

torch.set_default_dtype(torch.float64)
BATCH = 8


def numbers(seed, count, low, high):
    """The numbers of the C: those of a linear congruential generator, rounded to float."""
    values, state = numpy.empty(count, numpy.float32), seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values[i] = numpy.float32(low) + numpy.float32(high - low) * numpy.float32((state >> 8) / 2**24)
    return values.astype(numpy.float64)


# Name, shape in Keras, and what it begins with, in the order of the parameter array: the models as they were made, what has
# a gradient first.
PARAMETERS = [
    ("generator/dense/kernel", (4, 16), None),
    ("generator/batch_normalization/gamma", (16,), 1), ("generator/batch_normalization/beta", (16,), 0),
    ("generator/conv2d_transpose/kernel", (4, 4, 4, 4), None), ("generator/conv2d_transpose/bias", (4,), None),
    ("generator/conv2d_transpose_1/kernel", (4, 4, 1, 4), None), ("generator/conv2d_transpose_1/bias", (1,), None),
    ("discriminator/conv2d/kernel", (4, 4, 1, 4), None), ("discriminator/conv2d/bias", (4,), None),
    ("discriminator/batch_normalization_1/gamma", (4,), 1), ("discriminator/batch_normalization_1/beta", (4,), 0),
    ("discriminator/conv2d_1/kernel", (4, 4, 4, 4), None), ("discriminator/conv2d_1/bias", (4,), None),
    ("discriminator/dense_1/kernel", (16, 1), None), ("discriminator/dense_1/bias", (1,), None),
    ("generator/batch_normalization/moving_mean", (16,), 0),
    ("generator/batch_normalization/moving_variance", (16,), 1),
    ("discriminator/batch_normalization_1/moving_mean", (4,), 0),
    ("discriminator/batch_normalization_1/moving_variance", (4,), 1),
]
p = {}
for place, (name, shape, value) in enumerate(PARAMETERS):
    count = int(numpy.prod(shape))
    start = numbers(1000 + place, count, -0.4, 0.4) if value is None else numpy.full(count, float(value))
    p[name] = torch.tensor(start.reshape(shape), requires_grad="moving" not in name)


def batch_norm(x, layer, training):
    axes = tuple(range(x.dim() - 1))
    mean, variance = p[layer + "/moving_mean"], p[layer + "/moving_variance"]
    if training:
        own_mean, own_variance = x.mean(axes), x.var(axes, unbiased=False)
        with torch.no_grad():
            mean += 0.01 * (own_mean - mean)
            variance += 0.01 * (own_variance - variance)
        mean, variance = own_mean, own_variance
    return (x - mean) / torch.sqrt(variance + 1e-3) * p[layer + "/gamma"] + p[layer + "/beta"]


def upsampled(x, layer):
    kernel = p[layer + "/kernel"].permute(3, 2, 0, 1)  # (rows, columns, out, in) -> (in, out, rows, columns)
    return functional.conv_transpose2d(x.permute(0, 3, 1, 2), kernel, p[layer + "/bias"], 2, 1).permute(0, 2, 3, 1)


def convolved(x, layer):
    kernel = p[layer + "/kernel"].permute(3, 2, 0, 1)
    return functional.conv2d(x.permute(0, 3, 1, 2), kernel, p[layer + "/bias"], 2, 1).permute(0, 2, 3, 1)


def generator(x, training):
    x = batch_norm(x @ p["generator/dense/kernel"], "generator/batch_normalization", training)
    x = functional.leaky_relu(x, 0.2).reshape(-1, 2, 2, 4)
    x = functional.leaky_relu(upsampled(x, "generator/conv2d_transpose"), 0.2)
    return torch.sigmoid(upsampled(x, "generator/conv2d_transpose_1"))


def discriminator(x, training):
    """The logits."""
    x = functional.leaky_relu(convolved(x, "discriminator/conv2d"), 0.2)
    x = batch_norm(x, "discriminator/batch_normalization_1", training)
    x = torch.relu(convolved(x, "discriminator/conv2d_1")).reshape(-1, 16)
    return x @ p["discriminator/dense_1/kernel"] + p["discriminator/dense_1/bias"]


class Adam:
    """Keras': epsilon stands outside of the corrected root."""

    def __init__(self, rate, model):
        self.rate, self.steps = rate, 0
        self.slots = {name: [torch.zeros_like(w), torch.zeros_like(w)] for name, w in p.items()
                      if name.startswith(model) and w.requires_grad}

    def step(self, loss):
        gradients = torch.autograd.grad(loss, [p[name] for name in self.slots])
        self.steps += 1
        rate = self.rate * (1 - 0.999**self.steps)**0.5 / (1 - 0.5**self.steps)
        with torch.no_grad():
            for (name, (m, v)), g in zip(self.slots.items(), gradients):
                m += (1 - 0.5) * (g - m)
                v += (1 - 0.999) * (g * g - v)
                p[name] -= rate * m / (torch.sqrt(v) + 1e-7)
        return loss.item()


def loss_of(logits, label):
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


of_discriminator, of_gan = Adam(0.01, "discriminator"), Adam(0.02, "generator")
for step in range(10):
    noise = torch.tensor(numbers(2 * step + 1, BATCH * 4, -1, 1).reshape(BATCH, 4))
    images = torch.tensor(numbers(2 * step + 2, BATCH * 64, 0, 1).reshape(BATCH, 8, 8, 1))
    with torch.no_grad():
        made = generator(noise, False)
    real = of_discriminator.step(loss_of(discriminator(images, True), 1.0))
    fake = of_discriminator.step(loss_of(discriminator(made, True), 0.0))
    fooled = of_gan.step(loss_of(discriminator(generator(noise, True), False), 1.0))
    print("step %d %.12g %.12g %.12g" % (step, real, fake, fooled))
for name, _, _ in PARAMETERS:
    print("parameter %s %.12g" % (name, p[name].detach().pow(2).sum().sqrt().item()))
