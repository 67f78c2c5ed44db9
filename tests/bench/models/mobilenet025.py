from torch.nn import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential, ZeroPad2d

INPUT = (3, 96, 96)
STAGES = ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (128, 1), (128, 1), (128, 1), (128, 1), (256, 2),
          (256, 1))


def normalized(channels, filters, size, stride=1, groups=1):
    pads = [ZeroPad2d((0, 1, 0, 1))] if stride == 2 else []  # Keras' "same" of an even size
    return pads + [Conv2d(channels, filters, size, stride, 0 if pads else size // 2, groups=groups, bias=False),
                   BatchNorm2d(filters), ReLU()]


def network():
    layers, channels = normalized(3, 8, 3, 2), 8
    for filters, stride in STAGES:
        layers += normalized(channels, channels, 3, stride, groups=channels) + normalized(channels, filters, 1)
        channels = filters
    return Sequential(*layers, AdaptiveAvgPool2d(1), Flatten(), Linear(256, 2))
