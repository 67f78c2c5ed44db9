#!/usr/bin/python3
"""Trains the student of distil.lua for three steps in double with PyTorch: prints distil.txt, which distil.c compares with.

    tests/models/distil.py >tests/models/distil.txt
"""
import numpy
import torch

torch.set_default_dtype(torch.float64)
BATCH, ALPHA, TEMPERATURE = 8, 0.25, 2.0


def numbers(seed, *shape):
    """The numbers of the C, as in gan.py, from -1 to 1."""
    values, state = numpy.empty(int(numpy.prod(shape)), numpy.float32), seed
    for i in range(len(values)):
        state = (state * 1664525 + 1013904223) % 2**32
        values[i] = numpy.float32(-1) + numpy.float32(2) * numpy.float32((state >> 8) / 2**24)
    return torch.tensor(values.astype(numpy.float64).reshape(shape))


# In the order of the parameter array: teacher, student.
shapes = [(6, 5), (5,), (5, 4), (4,), (6, 4), (4,)]
w = [numbers(100 + i, *shape) for i, shape in enumerate(shapes)]
student = [w[4].requires_grad_(), w[5].requires_grad_()]
for step in range(3):
    x, label = numbers(step + 1, BATCH, 6), torch.arange(BATCH) % 4
    goal = torch.softmax((torch.tanh(x @ w[0] + w[1]) @ w[2] + w[3]) / TEMPERATURE, -1)
    scores = x @ student[0] + student[1]
    own = torch.softmax(scores / TEMPERATURE, -1)
    divergence = (goal * torch.log(goal / own)).sum(-1).mean()
    loss = ALPHA * torch.nn.functional.cross_entropy(scores, label) + (1 - ALPHA) * TEMPERATURE**2 * divergence
    loss = loss / ALPHA  # what is shown
    print("%.12g" % loss.item())
    gradients = torch.autograd.grad(loss, student)
    with torch.no_grad():
        for parameter, gradient in zip(student, gradients):
            parameter -= 0.1 * gradient
for parameter in w:
    print("%.12g" % parameter.detach().pow(2).sum().sqrt().item())
