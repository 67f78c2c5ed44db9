from torch.nn import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential

INPUT = (3, 224, 224)


def convolution(channels, filters, size, stride):
    return [Conv2d(channels, filters, size, stride=stride, padding=size // 2, bias=False), BatchNorm2d(filters)]


class Block(Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.body = Sequential(*convolution(channels, filters, 3, stride), ReLU(),
                               *convolution(filters, filters, 3, 1))
        self.shortcut = Sequential(*(convolution(channels, filters, 1, stride) if stride > 1 else []))
        self.relu = ReLU()

    def forward(self, x):
        return self.relu(self.shortcut(x) + self.body(x))


def network():
    layers, channels = [*convolution(3, 64, 7, 2), ReLU(), MaxPool2d(3, stride=2, padding=1)], 64
    for filters in 64, 128, 256, 512:
        layers += [Block(channels, filters, 1 if filters == channels else 2), Block(filters, filters, 1)]
        channels = filters
    return Sequential(*layers, AdaptiveAvgPool2d(1), Flatten(), Linear(512, 1000))
