from torch.nn import AdaptiveAvgPool2d, Conv2d, Flatten, Linear, ReLU, Sequential

INPUT = (3, 13, 17)


def network():
    return Sequential(
        Conv2d(3, 7, 3, stride=2, padding=1), ReLU(),
        Conv2d(7, 13, 2), ReLU(),
        Conv2d(13, 13, 3, dilation=2, padding=2, groups=13), ReLU(),
        Conv2d(13, 29, 1), ReLU(),
        AdaptiveAvgPool2d(1), Flatten(), Linear(29, 5))
