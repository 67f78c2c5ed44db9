import torch
from torch.nn import AdaptiveAvgPool2d, Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential

INPUT = (3, 28, 28)


def convolution(channels, filters, size):
    return Sequential(Conv2d(channels, filters, size, padding=size // 2), ReLU())


class Block(Module):
    def __init__(self, channels, a, b, c, d):
        super().__init__()
        self.branches = torch.nn.ModuleList([
            convolution(channels, a, 1),
            Sequential(convolution(channels, b // 2, 1), convolution(b // 2, b, 3)),
            Sequential(convolution(channels, c // 2, 1), convolution(c // 2, c, 5)),
            Sequential(MaxPool2d(3, 1, 1), convolution(channels, d, 1))])

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def network():
    return Sequential(convolution(3, 16, 3), MaxPool2d(2), Block(16, 8, 16, 8, 8), Block(40, 16, 24, 8, 16), MaxPool2d(2),
                      Block(64, 24, 32, 16, 24), AdaptiveAvgPool2d(1), Flatten(), Linear(96, 10))
