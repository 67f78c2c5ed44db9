from torch.nn import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, Linear, ReLU6, Sequential

INPUT = (3, 224, 224)
STAGES = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
          (1024, 2), (1024, 1))


def convolution(channels, filters, size, stride=1, groups=1):
    return [Conv2d(channels, filters, size, stride=stride, padding=size // 2, groups=groups, bias=False),
            BatchNorm2d(filters), ReLU6()]


def network():
    layers, channels = convolution(3, 32, 3, 2), 32
    for filters, stride in STAGES:
        layers += convolution(channels, channels, 3, stride, groups=channels) + convolution(channels, filters, 1)
        channels = filters
    return Sequential(*layers, AdaptiveAvgPool2d(1), Flatten(), Linear(1024, 1000))
