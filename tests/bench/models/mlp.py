from torch.nn import Linear, ReLU, Sequential

INPUT = (784,)


def network():
    return Sequential(Linear(784, 1024), ReLU(), Linear(1024, 1024), ReLU(), Linear(1024, 10))
