from torch.nn import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential

INPUT = (3, 64, 64)


def stage(channels, filters):
    return [Conv2d(channels, filters, 3, padding=1), ReLU(), Conv2d(filters, filters, 3, padding=1), ReLU(),
            MaxPool2d(2)]


def network():
    return Sequential(
        *stage(3, 64), *stage(64, 128), *stage(128, 256),
        Flatten(), Linear(256 * 8 * 8, 256), ReLU(), Linear(256, 10))
