"""Trains the lesson's network on the digits of examples/data, as README.md beside this file tells."""
import gzip

import numpy as np

import net


def read(name, header):
    with gzip.open(f"examples/data/{name}.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


x, y = read("train-images-idx3-ubyte", 16).reshape(-1, 28, 28), read("train-labels-idx1-ubyte", 8)
x_test, y_test = read("t10k-images-idx3-ubyte", 16).reshape(-1, 28, 28), read("t10k-labels-idx1-ubyte", 8)
history = net.fit(x / 255, y, epochs=3, validation_data=(x_test / 255, y_test))
print("right:", np.mean(net.predict(x_test / 255).argmax(-1) == y_test), history["val_accuracy"][-1])
print("filters:", net.weights["conv2d/kernel"].shape, net.weights["conv2d/kernel"].dtype)
net.save_weights("build/python.safetensors")
