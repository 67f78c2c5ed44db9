#!/usr/bin/python3
"""Writes NAME.safetensors, the state_dict of each network here, and NAME.x.npy and NAME.y.npy, inputs and what PyTorch makes of them.

NAME.lua is the same network as a script. Debian's python3-torch is enough. Files are as the package safetensors writes them:
tensors by the size of their type, then by name.
"""
import json
import os
import struct

import numpy as np
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64"}


def save(name, tensors):
    header, data = {}, b""
    for key, value in sorted(tensors.items(), key=lambda item: (-item[1].element_size(), item[0])):
        value = value.detach().contiguous()
        raw = (value.view(torch.int16) if value.dtype == torch.bfloat16 else value).numpy().tobytes()
        header[key] = {"dtype": TYPES[value.dtype], "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(HERE, name + ".safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


class Image(nn.Module):
    """Convolutions of all kinds, and what comes behind a flatten of channels first."""
    size = (3, 6, 6)

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.depthwise = nn.Conv2d(4, 8, (3, 2), groups=4, bias=False)
        self.pointwise = nn.Conv2d(8, 3, 1, bias=False)
        self.up = nn.ConvTranspose2d(3, 2, (2, 3), stride=2)
        self.slopes = nn.PReLU(2)
        self.flat_norm = nn.BatchNorm1d(176, affine=False)
        self.fc1 = nn.Linear(176, 5)
        self.fc2 = nn.Linear(5, 5)
        self.fc10 = nn.Linear(5, 5)

    def forward(self, x):
        x = self.bn1(torch.relu(self.conv1(x)))
        x = self.slopes(self.up(self.pointwise(self.depthwise(x))))
        return self.fc10(torch.relu(self.fc2(torch.relu(self.fc1(self.flat_norm(x.flatten(1)))))))


class Words(nn.Module):
    """An embedding, a convolution of a sequence, recurrence in both directions, attention."""
    size = None

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 6)
        self.conv = nn.Conv1d(6, 5, 3, padding=1)
        self.lstm = nn.LSTM(5, 3, num_layers=2, bidirectional=True, batch_first=True)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.norm = nn.LayerNorm(6)
        self.gru = nn.GRU(6, 4, batch_first=True)
        self.rnn = nn.RNN(4, 4, batch_first=True)
        self.squeeze = nn.Conv1d(4, 3, 2)
        self.fc = nn.Linear(15, 3)

    def forward(self, x):
        x = self.conv(self.embedding(x).transpose(1, 2)).transpose(1, 2)
        x, _ = self.lstm(x)
        x = self.norm(self.attention(x, x, x)[0])
        x, _ = self.gru(x)
        x, _ = self.rnn(x)
        return self.fc(self.squeeze(x.transpose(1, 2)).flatten(1))


def draw(network):
    for parameter in network.parameters():
        parameter.data.normal_(0, 0.5)
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)


def main():
    torch.manual_seed(1)
    for name, network in (("image", Image()), ("words", Words())):
        draw(network)
        if name == "words":  # as some files have them
            for module, kind in ((network.conv, torch.float16), (network.fc, torch.bfloat16), (network.norm, torch.float64)):
                module.to(kind)
        weights = {key: value.clone() for key, value in network.state_dict().items()}
        network = network.double().eval()
        x = torch.randn(2, *network.size) if network.size else torch.randint(0, 10, (2, 6))
        y = network(x.double() if network.size else x)
        save(name, weights)
        moved = x.permute(0, 2, 3, 1) if network.size else x
        np.save(os.path.join(HERE, name + ".x.npy"), moved.contiguous().numpy().astype(np.float32 if network.size else np.int32))
        np.save(os.path.join(HERE, name + ".y.npy"), y.detach().numpy().astype(np.float32))


if __name__ == "__main__":
    main()
