from torch.nn import Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential

INPUT = (3, 32, 32)


def stage(channels, filters):
    return [Conv2d(channels, filters, 3, padding=1), ReLU(), Conv2d(filters, filters, 3), ReLU(), MaxPool2d(2),
            Dropout(0.25)]


def network():
    return Sequential(
        *stage(3, 32), *stage(32, 64),
        Flatten(), Linear(64 * 6 * 6, 512), ReLU(), Dropout(0.5), Linear(512, 10))
