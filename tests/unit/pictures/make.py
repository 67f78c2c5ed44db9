"""Usage: make.py -- makes this folder's pictures with PIL (Pillow), what PIL reads of each as NAME.ppm or NAME.pgm, and
the first one resized by PyTorch as tf.image.resize does it: half-pixel centres, no antialiasing."""

import numpy
import torch
from PIL import Image

random = numpy.random.default_rng(3)
ROWS, COLUMNS = 13, 19


def scene(channels):
    """Waves and some noise, so that neighbours differ and JPEG has something to lose."""
    y, x, c = numpy.meshgrid(numpy.arange(ROWS), numpy.arange(COLUMNS), numpy.arange(channels), indexing="ij")
    waves = 128 + 100 * numpy.sin(0.5 * x + 0.3 * y * (c + 1) + c)
    return numpy.clip(waves + random.integers(-25, 26, waves.shape), 0, 255).astype(numpy.uint8)


def resized(pixels, rows, columns):
    planes = torch.tensor(pixels.astype(numpy.float64)).permute(2, 0, 1)[None]
    planes = torch.nn.functional.interpolate(planes, (rows, columns), mode="bilinear", align_corners=False, antialias=False)
    return numpy.floor(planes[0].permute(1, 2, 0).numpy() + 0.5).astype(numpy.uint8)


colour, grey = Image.fromarray(scene(3)), Image.fromarray(scene(1)[:, :, 0])
colour.save("baseline.jpg", quality=80, subsampling=2)
colour.save("progressive.jpg", quality=60, subsampling=0, progressive=True)
grey.save("grey.jpg", quality=80)
colour.convert("CMYK").save("cmyk.jpg")
colour.save("24.bmp")
grey.save("8.bmp")
colour.convert("RGBA").save("32.bmp")
for name in ("baseline.jpg", "progressive.jpg", "24.bmp"):
    Image.open(name).convert("RGB").save(name.split(".")[0] + ".ppm")
for name in ("grey.jpg", "8.bmp"):
    Image.open(name).convert("L").save(name.split(".")[0] + ".pgm")
whole = numpy.array(Image.open("24.bmp").convert("RGB"))
for rows, columns in ((8, 8), (30, 41), (13, 5)):
    Image.fromarray(resized(whole, rows, columns)).save(f"{rows}x{columns}.ppm")
