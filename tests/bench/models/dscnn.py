from torch.nn import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential, ZeroPad2d

INPUT = (1, 49, 10)


def network():
    layers = [ZeroPad2d((1, 1, 4, 5)), Conv2d(1, 64, (10, 4), 2), BatchNorm2d(64), ReLU(), Dropout(0.2)]
    for _ in range(4):
        layers += [Conv2d(64, 64, 3, padding=1, groups=64), BatchNorm2d(64), ReLU(), Conv2d(64, 64, 1), BatchNorm2d(64), ReLU()]
    return Sequential(*layers, Dropout(0.4), AdaptiveAvgPool2d(1), Flatten(), Linear(64, 12))
