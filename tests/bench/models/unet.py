import torch
from torch.nn import Conv2d, ConvTranspose2d, MaxPool2d, Module, ReLU, Sequential, Upsample

INPUT = (3, 64, 64)


def block(channels, filters):
    return Sequential(Conv2d(channels, filters, 3, padding=1), ReLU(), Conv2d(filters, filters, 3, padding=1), ReLU())


class UNet(Module):
    def __init__(self):
        super().__init__()
        self.down = torch.nn.ModuleList([block(3, 16), block(16, 32), block(32, 64), block(64, 128)])
        self.up = torch.nn.ModuleList([
            ConvTranspose2d(128, 64, 2, stride=2),
            Sequential(ConvTranspose2d(64, 32, 3, stride=2, padding=1, output_padding=1), ReLU()),
            Sequential(Upsample(scale_factor=2), Conv2d(32, 16, 1), ReLU())])
        self.joined = torch.nn.ModuleList([block(128, 64), block(64, 32), block(32, 16)])
        self.pool, self.last = MaxPool2d(2), Conv2d(16, 10, 1)

    def forward(self, x):
        levels = []
        for i, down in enumerate(self.down):
            x = down(self.pool(x) if i else x)
            levels.append(x)
        for up, joined, level in zip(self.up, self.joined, levels[2::-1]):
            x = joined(torch.cat([up(x), level], 1))
        return self.last(x).mean((2, 3))


def network():
    return UNet()
