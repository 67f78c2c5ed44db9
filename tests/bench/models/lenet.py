from torch.nn import AvgPool2d, Conv2d, Flatten, Linear, Sequential, Tanh

INPUT = (1, 28, 28)


def network():
    return Sequential(
        Conv2d(1, 6, 5, padding=2), Tanh(), AvgPool2d(2),
        Conv2d(6, 16, 5), Tanh(), AvgPool2d(2),
        Flatten(), Linear(400, 120), Tanh(), Linear(120, 84), Tanh(), Linear(84, 10))
