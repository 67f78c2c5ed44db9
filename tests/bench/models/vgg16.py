from torch.nn import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential

INPUT = (3, 224, 224)


def network():
    layers, channels = [], 3
    for count, filters in (2, 64), (2, 128), (3, 256), (3, 512), (3, 512):
        for _ in range(count):
            layers += [Conv2d(channels, filters, 3, padding=1), ReLU()]
            channels = filters
        layers.append(MaxPool2d(2))
    return Sequential(
        *layers, Flatten(),
        Linear(512 * 7 * 7, 4096), ReLU(), Linear(4096, 4096), ReLU(), Linear(4096, 1000))
