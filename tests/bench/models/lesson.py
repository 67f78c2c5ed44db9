# The network of examples/mnist.lua.
from torch.nn import Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential

INPUT = (1, 28, 28)


def network():
    return Sequential(
        Conv2d(1, 8, 5), ReLU(), MaxPool2d(2),
        Conv2d(8, 16, 3), ReLU(), MaxPool2d(2),
        Dropout(0.25), Flatten(), Linear(400, 10))
