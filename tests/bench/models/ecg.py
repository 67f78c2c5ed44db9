from torch.nn import AdaptiveAvgPool1d, BatchNorm1d, Conv1d, Flatten, Linear, MaxPool1d, ReLU, Sequential

INPUT = (1, 187)


def network():
    return Sequential(
        Conv1d(1, 64, 5), ReLU(), MaxPool1d(2),
        Conv1d(64, 64, 5, bias=False), BatchNorm1d(64), ReLU(), MaxPool1d(2),
        Conv1d(64, 128, 3), ReLU(),
        Conv1d(128, 128, 3, groups=128, bias=False), Conv1d(128, 128, 1), ReLU(),
        AdaptiveAvgPool1d(1), Flatten(), Linear(128, 64), ReLU(), Linear(64, 5))
