"""The networks whose numbers the oracles give.

A case is a list of steps (name, layer, arguments, inputs): the same list is printed as a model script
in Lua, built with TensorFlow.js' layers and computed by PyTorch. Arguments have Keras' names.
Every case ends in one output. A case with `tensorflow = False` uses something that TensorFlow.js
lacks or defines as Keras no longer does; only PyTorch witnesses it. "forward": TensorFlow.js has no gradient.
"""

from functions import MOVING, PATCHES, PLACES

CASES = []


class Net:
    """Collects steps; names tensors x1, x2, ..."""

    def __init__(self, shape):
        self.shape, self.steps = tuple(shape), []

    def __call__(self, kind, inputs="input", **arguments):
        return self.step(kind, arguments, inputs)

    def step(self, kind, arguments, inputs):
        name = "x%d" % (len(self.steps) + 1)
        inputs = [inputs] if isinstance(inputs, str) else inputs
        self.steps.append((name, kind, arguments, inputs))
        return name

    def chain(self, layers, at="input"):
        for layer, arguments in layers:
            at = self.step(layer, arguments, at)
        return at


def L(kind, **arguments):
    return kind, arguments


def case(name, net, loss="mse", loss_arguments=None, lua_loss=None, optimizer=("SGD", {"learning_rate": 1.0}), steps=1, batch=4,
         label="normal", metrics=(), tensorflow=True, skip=(), indices=0, script=None, names=None, tied=None):
    """label: how labels are drawn: normal, class, one_hot, bits. skip: parameters TensorFlow.js defines differently.
    indices: inputs are whole numbers below.
    lua_loss: the same loss as a function of the script.
    script: the lines of a script that makes `model`, where it is not written as the steps are; names: what that calls the
    layers of the steps, where Keras' numbering does not; tied: steps that have the parameters of others."""
    CASES.append(dict(name=name, shape=net.shape, steps=net.steps, loss=loss, loss_arguments=loss_arguments or {}, lua_loss=lua_loss,
                      optimizer=optimizer, n_steps=steps, batch=batch, label=label, metrics=list(metrics),
                      tensorflow=tensorflow, skip=list(skip), indices=indices, script=script, names=names or {}, tied=tied or {}))


def branches(name, shape, trunk, lists, rate, **rest):
    """Every list of layers reads the trunk's output; the model's output is all of them side by side.
    The error is a mean over many outputs, so the learning rate makes up for the small gradients."""
    net = Net(shape)
    at = net.chain(trunk)
    ends = [net.chain(layers + ([] if len(shape) == 1 or L("Flatten") in layers else [L("Flatten")]), at) for layers in lists]
    if len(ends) > 1:
        net("Concatenate", ends)
    case(name, net, optimizer=("SGD", {"learning_rate": float(rate)}), **rest)


# ---- convolution ---------------------------------------------------------------------------------

def conv(filters, kernel, **rest):
    return [L("Conv2D", filters=filters, kernel_size=kernel, **rest)]


branches("conv2d_valid", (9, 8, 3), [], [
    conv(4, (3, 3)), conv(5, (5, 5)), conv(3, (2, 3), strides=(2, 2)), conv(2, (3, 2), strides=(2, 1)),
    conv(7, (1, 1), use_bias=False), conv(2, (9, 8)), conv(3, (3, 3), strides=(3, 4), activation="tanh")], 30)
branches("conv2d_same", (7, 10, 2), [], [
    conv(3, (3, 3), padding="same"), conv(3, (2, 4), padding="same"), conv(4, (3, 3), padding="same", strides=(2, 2)),
    conv(2, (5, 2), padding="same", strides=(3, 2)), conv(2, (1, 1), padding="same", strides=(2, 3)),
    conv(5, (4, 5), padding="same", activation="sigmoid", use_bias=False)], 30)
branches("conv2d_dilated", (11, 10, 2), [], [
    conv(3, (3, 3), dilation_rate=(2, 2)), conv(3, (3, 2), dilation_rate=(3, 3)),
    conv(2, (2, 3), dilation_rate=(2, 2), padding="same"), conv(3, (3, 3), dilation_rate=(3, 3), padding="same")], 30,
    tensorflow="forward")
branches("conv2d_groups", (6, 7, 6), [], [
    conv(4, (3, 3), groups=2), conv(6, (3, 2), groups=6, padding="same"), conv(9, (2, 2), groups=3, strides=(2, 2)),
    conv(4, (3, 3), groups=2, dilation_rate=(2, 1)), conv(3, (1, 1), groups=3)], 20, tensorflow=False)
branches("conv2d_channels_first", (2, 7, 6), [], [
    conv(3, (3, 3), data_format="channels_first"),
    conv(2, (2, 3), data_format="channels_first", padding="same", strides=(2, 2)),
    conv(4, (3, 3), data_format="channels_first", activation="relu") +
    [L("MaxPool2D", pool_size=(2, 2), data_format="channels_first")],
    conv(4, (2, 2), data_format="channels_first") +
    [L("AveragePooling2D", pool_size=(2, 2), strides=(1, 1), data_format="channels_first")]], 20)

# ---- transposed, depthwise and separable convolutions ---------------------------------------------


def transpose(filters, kernel, **rest):
    return [L("Conv2DTranspose", filters=filters, kernel_size=kernel, **rest)]


branches("conv2d_transpose", (4, 5, 3), [], [
    transpose(4, (3, 3)), transpose(3, (2, 3), strides=(2, 2)), transpose(2, (3, 2), strides=(2, 1), use_bias=False),
    transpose(3, (1, 2), strides=(3, 4), activation="tanh"), transpose(2, (4, 5), strides=(3, 2), activation="relu")], 30)
branches("conv2d_transpose_same", (3, 4, 2), [], [
    transpose(3, (3, 3), padding="same"), transpose(2, (3, 4), padding="same", strides=(2, 2)),
    transpose(3, (4, 4), padding="same", strides=(2, 2), activation="relu"),
    transpose(2, (5, 2), padding="same", strides=(3, 2)), transpose(2, (1, 1), padding="same", strides=(2, 3))], 30)
branches("conv2d_transpose_padded", (3, 4, 2), [], [
    transpose(3, (3, 3), strides=(2, 2), output_padding=(1, 0)),
    transpose(3, (3, 3), padding="same", strides=(2, 2), output_padding=(1, 1)),
    transpose(2, (4, 5), padding="same", strides=(3, 3), output_padding=(2, 0)),
    transpose(2, (2, 2), padding="same", strides=(3, 2), output_padding=(2, 1)),
    transpose(3, (3, 2), dilation_rate=(2, 3)), transpose(2, (2, 3), dilation_rate=(3, 2), padding="same")], 30,
    tensorflow=False)
branches("conv2d_transpose_channels_first", (2, 3, 4), [], [
    transpose(3, (3, 2), strides=(2, 2), padding="same", data_format="channels_first", activation="relu") +
    [L("MaxPool2D", pool_size=(2, 2), data_format="channels_first")],
    transpose(2, (2, 2), data_format="channels_first")], 20, tensorflow=False)
branches("conv2d_transpose_of_a_pixel", (1, 1, 5), [], [
    transpose(3, (4, 3)), transpose(2, (4, 3), strides=(2, 2), padding="same"), transpose(1, (1, 1), strides=(2, 2))], 30)
branches("depthwise", (6, 7, 3), [], [
    [L("DepthwiseConv2D", kernel_size=(3, 3), depth_multiplier=2)],
    [L("DepthwiseConv2D", kernel_size=(2, 4), padding="same", activation="relu")],
    [L("DepthwiseConv2D", kernel_size=(3, 2), strides=(2, 2), padding="same", depth_multiplier=3, use_bias=False)],
    [L("SeparableConv2D", filters=4, kernel_size=(3, 3), depth_multiplier=2, activation="tanh")],
    [L("SeparableConv2D", filters=2, kernel_size=(2, 3), padding="same", strides=(2, 2))]], 20, tensorflow=False)
branches("depthwise_dilated", (3, 7, 6), [], [
    [L("DepthwiseConv2D", kernel_size=(3, 2), dilation_rate=(2, 3), data_format="channels_first", depth_multiplier=2)],
    [L("DepthwiseConv2D", kernel_size=(2, 2), strides=(2, 1), data_format="channels_first")],
    [L("SeparableConv2D", filters=5, kernel_size=(2, 3), dilation_rate=(1, 2), data_format="channels_first")]], 20,
    tensorflow=False)

# ---- sequences -------------------------------------------------------------------------------------


def conv1d(filters, size, **rest):
    return [L("Conv1D", filters=filters, kernel_size=size, **rest)]


branches("conv1d", (11, 3), [], [
    conv1d(4, 3), conv1d(5, 4, padding="same", strides=2, activation="relu"), conv1d(2, 11),
    conv1d(3, 2, padding="same", use_bias=False)], 30)
branches("conv1d_dilated", (11, 4), [], [
    conv1d(4, 3, padding="causal", dilation_rate=3), conv1d(3, 3, padding="causal"), conv1d(6, 2, groups=2),
    conv1d(3, 4, dilation_rate=2, padding="same"),
    [L("DepthwiseConv1D", kernel_size=3, depth_multiplier=2, padding="same")],
    [L("DepthwiseConv1D", kernel_size=2, strides=3)],
    [L("SeparableConv1D", filters=3, kernel_size=4, padding="same", strides=2, depth_multiplier=2, activation="tanh")],
    [L("Conv1DTranspose", filters=3, kernel_size=4, strides=2, padding="same")],
    [L("Conv1DTranspose", filters=2, kernel_size=3, strides=3, output_padding=2)],
    [L("Conv1DTranspose", filters=2, kernel_size=2, dilation_rate=2)]], 30, tensorflow=False)
branches("conv1d_channels_first", (3, 9), [], [
    conv1d(4, 3, data_format="channels_first", activation="relu") +
    [L("MaxPooling1D", pool_size=2, data_format="channels_first")],
    conv1d(2, 2, padding="same", strides=2, data_format="channels_first", activation="softmax"),
    [L("Conv1DTranspose", filters=3, kernel_size=3, strides=2, data_format="channels_first")],
    [L("SeparableConv1D", filters=3, kernel_size=2, data_format="channels_first")],
    [L("GlobalAveragePooling1D", data_format="channels_first", keepdims=True)]], 20, tensorflow=False)
branches("pools_1d", (9, 2), conv1d(3, 1), [
    [L("MaxPooling1D")], [L("MaxPooling1D", pool_size=3, strides=2, padding="same")],
    [L("AveragePooling1D", pool_size=2)], [L("AveragePooling1D", pool_size=4, strides=3, padding="same")],
    [L("GlobalMaxPooling1D", keepdims=True)], [L("GlobalAveragePooling1D", keepdims=True)],
    [L("MaxPooling1D", pool_size=1, strides=4)]], 20, tensorflow=False)
branches("a_step", (1, 4), [], [
    conv1d(3, 1), conv1d(3, 3, padding="same"), conv1d(2, 2, padding="causal"), [L("MaxPooling1D", padding="same")],
    [L("Conv1DTranspose", filters=2, kernel_size=3, strides=2, padding="same")],
    [L("GlobalMaxPooling1D", keepdims=True)]], 20, tensorflow=False)

# ---- augmentation, whose factors are fixed, and what is adapted ---------------------------------------

def behind(*layers):
    return list(layers) + [L("Flatten"), L("Dense", units=3)]


def moved(rows, columns, **rest):
    return behind(L("RandomTranslation", height_factor=(rows, rows), width_factor=(columns, columns), **rest))


def turned(factor, **rest):
    return behind(L("RandomRotation", factor=(factor, factor), **rest))


def zoomed(rows, columns, **rest):
    return behind(L("RandomZoom", height_factor=(rows, rows), width_factor=(columns, columns), **rest))


branches("translation", (6, 7, 2), [], [
    moved(0.3, -0.25), moved(0.5, 1.0, fill_mode="constant", fill_value=0.5), moved(-0.8, 0.4, fill_mode="wrap"),
    moved(-0.4, 0.9, fill_mode="nearest"), moved(0.23, 0.61, interpolation="nearest"),
    moved(0.3, 0.1, interpolation="nearest", fill_mode="constant")], 20, tensorflow=False)
branches("rotation", (6, 9, 2), [], [
    turned(0.07), turned(-0.31, fill_mode="constant", fill_value=-1.0), turned(0.4, fill_mode="wrap"),
    turned(-0.6, fill_mode="nearest"), turned(0.13, interpolation="nearest"), turned(1.0)], 20, tensorflow=False)
branches("zoom", (7, 6, 2), [], [
    zoomed(-0.3, 0.4), zoomed(0.9, 0.2, fill_mode="constant", fill_value=2.0), zoomed(0.7, 1.0, fill_mode="wrap"),
    zoomed(0.45, -0.8, fill_mode="nearest", interpolation="nearest"),
    behind(L("RandomZoom", height_factor=(0.4, 0.4)))], 20, tensorflow=False)
branches("augmentation_channels_first", (2, 5, 6), [], [
    moved(0.3, -0.25, data_format="channels_first"), turned(0.2, data_format="channels_first"),
    zoomed(0.5, -0.5, data_format="channels_first", fill_mode="constant")], 20, tensorflow=False)
branches("augmentation_chain", (6, 6, 3), [], [behind(
    L("RandomTranslation", height_factor=(0.2, 0.2), width_factor=(-0.1, -0.1)), L("RandomRotation", factor=(0.05, 0.05)),
    L("RandomBrightness", factor=(0.2, 0.2), value_range=(-2, 2)),
    L("RandomZoom", height_factor=(-0.2, -0.2), fill_mode="constant"))], 20, tensorflow=False)
branches("normalization", (4, 5, 3), [], [
    behind(L("Normalization")), behind(L("Normalization", axis=1)), behind(L("Normalization", axis=(1, 2))),
    behind(L("Normalization", axis=(2, 3))), behind(L("Normalization", mean=0.5, variance=4.0)),
    behind(L("Normalization", mean=(0.5, -1.0, 2.0), variance=(4.0, 0.25, 1.0))),
    behind(L("Normalization", mean=(0.5, -1.0, 2.0), variance=(4.0, 0.25, 1.0), invert=True))], 20, tensorflow=False)

# ---- other sizes -----------------------------------------------------------------------------------

branches("up_sampling", (3, 4, 2), conv(3, (1, 1)), [
    [L("UpSampling2D")], [L("UpSampling2D", size=(3, 2))],
    [L("UpSampling2D", size=(2, 3), interpolation="bilinear")]], 20, tensorflow=False)
branches("resizing", (5, 7, 2), conv(3, (1, 1)), [
    [L("Resizing", height=8, width=4)], [L("Resizing", height=3, width=9, interpolation="nearest")],
    [L("Resizing", height=6, width=4, crop_to_aspect_ratio=True)],
    [L("Resizing", height=2, width=7, crop_to_aspect_ratio=True)],
    [L("Resizing", height=6, width=4, pad_to_aspect_ratio=True, fill_value=0.5)],
    [L("Resizing", height=3, width=9, pad_to_aspect_ratio=True)],
    [L("CenterCrop", height=2, width=4)], [L("CenterCrop", height=6, width=4)]], 20, tensorflow=False)
branches("resizing_smooth", (5, 7, 2), conv(3, (1, 1)), [
    [L("UpSampling2D", size=2, interpolation="bicubic")], [L("UpSampling2D", size=(1, 3), interpolation="lanczos3")],
    [L("Resizing", height=8, width=4, interpolation="bicubic")],
    [L("Resizing", height=9, width=15, interpolation="lanczos5")],
    [L("Resizing", height=3, width=2, interpolation="lanczos3", antialias=True)],
    [L("Resizing", height=3, width=9, interpolation="bicubic", antialias=True)],
    [L("Resizing", height=2, width=4, antialias=True)],
    [L("Resizing", height=2, width=7, crop_to_aspect_ratio=True, interpolation="bicubic", antialias=True)]], 20, tensorflow=False)
branches("borders", (6, 5, 2), conv(3, (1, 1)), [
    [L("ZeroPadding2D", padding=((1, 2), (3, 0)))], [L("Cropping2D", cropping=((0, 1), (2, 1)))],
    [L("Cropping2D", cropping=1)],
    [L("Reshape", target_shape=(15, 6)), L("ZeroPadding1D", padding=(2, 1)), L("Cropping1D", cropping=(1, 3)),
     L("UpSampling1D", size=2), L("Cropping1D", cropping=4)],
    [L("Reshape", target_shape=(90,)), L("Dense", units=3), L("RepeatVector", n=4), L("Conv1D", filters=2, kernel_size=3)]], 20,
    tensorflow=False)

# ---- pools ---------------------------------------------------------------------------------------

for kind in ("MaxPool2D", "AveragePooling2D"):
    branches({"MaxPool2D": "max_pool", "AveragePooling2D": "average_pool"}[kind], (8, 9, 2), conv(3, (2, 2)), [
        [L(kind, pool_size=(2, 2))], [L(kind, pool_size=(2, 2), padding="same")],
        [L(kind, pool_size=(3, 3), strides=(2, 2))], [L(kind, pool_size=(3, 2), strides=(1, 1), padding="same")],
        [L(kind, pool_size=(3, 3), strides=(2, 3), padding="same")], [L(kind, pool_size=(2, 2), strides=(3, 3))],
        [L(kind, pool_size=(7, 8))]], 20,
        # TensorFlow.js' gradient of a mean divides by the cells outside the image too.
        tensorflow=True if kind == "MaxPool2D" else "forward")

# ---- dense, nonlinearities, shapes -----------------------------------------------------------------

branches("dense", (3, 4, 5), [], [
    [L("Dense", units=3)], [L("Dense", units=1, use_bias=False)], [L("Flatten"), L("Dense", units=17, activation="relu")],
    [L("Reshape", target_shape=(6, 10)), L("Dense", units=2, activation="tanh")]], 20)


def nonlinear(names):
    return [[L("Dense", units=5), L("Activation", activation=name)] for name in names] + \
           [[L("Dense", units=4, activation=name)] for name in names[:4]]


branches("activations", (6,), [], nonlinear([
    "linear", "relu", "relu6", "elu", "selu", "softplus", "softsign", "silu", "gelu", "tanh", "sigmoid", "mish",
    "softmax", "log_softmax"]), 20)
branches("activations_of_keras_3", (6,), [], nonlinear([
    "leaky_relu", "celu", "exponential", "hard_sigmoid", "hard_silu", "hard_tanh"]), 20, tensorflow=False)

# ---- graphs ----------------------------------------------------------------------------------------

net = Net((6, 6, 2))
stem = net("Conv2D", filters=4, kernel_size=(3, 3), padding="same", activation="relu")
left = net("Conv2D", stem, filters=4, kernel_size=(3, 3), padding="same")
block = net("Activation", net("Add", [stem, left]), activation="relu")
right = net("Conv2D", block, filters=3, kernel_size=(1, 1), activation="tanh")
joined = net("Concatenate", [block, right, stem])
pooled = net("AveragePooling2D", joined, pool_size=(3, 3))
net("Dense", net("Flatten", pooled), units=3)
case("residual", net, optimizer=("SGD", {"learning_rate": 0.5}))

# ---- models in models ------------------------------------------------------------------------------

# A tower that is called twice, once on what it gave, and a model behind it.
net = Net((7,))
once = net.chain([L("Dense", units=6, activation="tanh"), L("BatchNormalization"), L("Dense", units=7)])
twice = net.chain([L("Dense", units=6, activation="tanh"), L("BatchNormalization"), L("Dense", units=7)], once)
net("Dense", net("Dense", net("Add", [once, twice]), units=5, activation="relu"), units=3)
case("nested", net, optimizer=("SGD", {"learning_rate": 0.2}), steps=3, batch=6, tensorflow=False,
     tied={"x4": "x1", "x5": "x2", "x6": "x3"},
     names={"x1": "tower/d1", "x2": "tower/b", "x3": "tower/d2", "x8": "p", "x9": "out"}, script="""
local tower = Sequential{{Dense{6, activation = "tanh", name = "d1", input_shape = {7}}, BatchNormalization{name = "b"}}, name = "tower"}
tower:add(Dense{7, name = "d2"})
local inner = Input{7}
local head = Model(inner, Dense{5, activation = "relu", name = "p"}(inner))
local x = Input{7}
local once = tower(x)
local model = Model(x, Dense{3, name = "out"}(head(add{once, tower(once)})))
""")

# Transfer learning's base(x, training=False): moving averages normalise, and stay; gamma and beta are trained.
net = Net((5, 3))
net.chain([L("Dense", units=4), L("BatchNormalization", inference=True), L("Activation", activation="relu"), L("Flatten"),
           L("Dense", units=2)])
case("called_in_inference", net, optimizer=("SGD", {"learning_rate": 0.2}), steps=2, tensorflow=False,
     names={"x1": "base/dense", "x2": "base/batch_normalization", "x5": "dense_1"}, script="""
local base = Sequential{{Dense{4, input_shape = {5, 3}}, BatchNormalization(), Activation("relu")}, name = "base"}
local x = Input{5, 3}
local model = Model(x, Dense(2)(Flatten()(base(x, {training = false}))))
""")


# Functions of keras.ops in Lambda layers.
net = Net((3, 4, 8))
net.chain([L("Conv2D", filters=8, kernel_size=(1, 1)), L("DepthToSpace", block_size=2),
           L("SpaceToDepth", block_size=2), L("SquareTimesExp"), L("Flatten"), L("Dense", units=2)])
case("lambda_ops", net, optimizer=("SGD", {"learning_rate": 0.2}), steps=2, tensorflow=False,
     names={"x6": "dense"}, script="""
local x = Input{3, 4, 8}
local y = Conv2D{8, 1}(x)
y = Lambda(function(t) return ops.depth_to_space(t, 2) end)(y)
y = Lambda(function(t) return ops.space_to_depth(t, {block_size = 2}) end)(y)
y = Lambda(function(ts) return ops.multiply(ops.square(ts[1]), ops.exp(-ts[2])) end){y, y}
local model = Model(x, Dense(2)(Flatten()(y)))
""")


def steps_of(layers):
    return [("TimeDistributed", {"layer": layer}) for layer in layers]


# A loop of a small network; and one step after the other where batches are looked at.
net = Net((5, 6, 6, 2))
net.chain(steps_of([L("Conv2D", filters=3, kernel_size=(3, 3), activation="relu"), L("MaxPool2D"), L("Flatten"),
                    L("Dense", units=4, activation="tanh")]) + [L("Flatten"), L("Dense", units=3)])
case("time_distributed", net, optimizer=("SGD", {"learning_rate": 0.5}), steps=2, tensorflow=False,
     names={"x1": "td/tower/c", "x4": "td/tower/d", "x6": "dense"}, script="""
local tower = Sequential({Conv2D{3, 3, activation = "relu", name = "c"}, MaxPool2D(), Flatten()}, {name = "tower"})
tower:add(Dense{4, activation = "tanh", name = "d"})
local model = Sequential{TimeDistributed{tower, name = "td", input_shape = {5, 6, 6, 2}}, Flatten(), Dense(3)}
""")
net = Net((3, 4, 2))
net.chain(steps_of([L("Dense", units=5), L("BatchNormalization", momentum=0.9), L("Flatten")]) +
          [L("Dense", units=3)])
case("time_distributed_batches", net, optimizer=("SGD", {"learning_rate": 0.5}), steps=2, batch=6, tensorflow=False,
     names={"x1": "time_distributed/dense", "x2": "time_distributed_1/tower/b", "x4": "dense_1"}, script="""
local model = Sequential{TimeDistributed{Dense(5), input_shape = {3, 4, 2}}}
model:add(TimeDistributed(Sequential{{BatchNormalization{momentum = 0.9, name = "b"}, Flatten()}, name = "tower"}))
model:add(Dense(3))
""")

# ---- batch normalisation ---------------------------------------------------------------------------

net = Net((6, 5, 2))
net.chain(conv(4, (3, 3), use_bias=False) + [
    L("BatchNormalization"), L("Activation", activation="relu"), L("Conv2D", filters=3, kernel_size=(2, 2)),
    L("BatchNormalization", momentum=0.9, epsilon=0.01), L("MaxPool2D"), L("Flatten"), L("Dense", units=3)])
case("batch_normalization", net, optimizer=("SGD", {"learning_rate": 0.2}), steps=3, batch=6,
     skip=["moving_variance"])  # TensorFlow.js keeps the unbiased variance, Keras 3 the biased one

net = Net((5, 5, 2))
net.chain([L("BatchNormalization", scale=False, epsilon=0.01)] + conv(3, (2, 2)) + [
    L("BatchNormalization", scale=False), L("AveragePooling2D", pool_size=(2, 2)), L("Flatten"),
    L("BatchNormalization", center=False, momentum=0.5), L("Dense", units=3, activation="tanh"),
    L("BatchNormalization", center=False, scale=False)])
case("batch_normalization_bare", net, optimizer=("SGD", {"learning_rate": 0.2}), steps=2, batch=6,
     tensorflow="forward")

net = Net((2, 6, 5))
net.chain([L("Conv2D", filters=3, kernel_size=(3, 3), data_format="channels_first"),
           L("BatchNormalization", axis=1), L("Activation", activation="relu"), L("Flatten"), L("Dense", units=3)])
case("batch_normalization_axis", net, optimizer=("SGD", {"learning_rate": 0.2}), steps=2, batch=5,
     tensorflow=False)  # TensorFlow.js normalises over the last axis whatever it is told

# ---- losses ----------------------------------------------------------------------------------------


def loss(name, activation, loss, label, tensorflow=True, units=5, hidden="tanh", **arguments):
    net = Net((4, 3))
    net.chain([L("Flatten"), L("Dense", units=7, activation=hidden), L("Dense", units=units, activation=activation)])
    case(name, net, loss=loss, loss_arguments=arguments, label=label, tensorflow=tensorflow, batch=6,
         metrics=["accuracy"])


loss("loss_sparse", "softmax", "sparse_categorical_crossentropy", "class")
loss("loss_sparse_logits", "linear", "sparse_categorical_crossentropy", "class", False, from_logits=True)
loss("loss_categorical", "softmax", "categorical_crossentropy", "one_hot")
loss("loss_categorical_smoothed", "softmax", "categorical_crossentropy", "one_hot", False, label_smoothing=0.1)
loss("loss_categorical_logits", "linear", "categorical_crossentropy", "one_hot", False, from_logits=True)
loss("loss_categorical_unnormalised", "sigmoid", "categorical_crossentropy", "one_hot")
loss("loss_binary", "sigmoid", "binary_crossentropy", "bits", units=1)
loss("loss_binary_many", "sigmoid", "binary_crossentropy", "bits", units=4)
loss("loss_binary_logits", "linear", "binary_crossentropy", "bits", False, from_logits=True)
loss("loss_mse", "linear", "mse", "normal")
for name in ["mae", "mape", "msle", "log_cosh", "huber"]:
    loss("loss_" + name, "linear", name, "normal", False)
loss("loss_huber_delta", "linear", "huber", "normal", False, delta=0.3)
loss("loss_poisson", "softplus", "poisson", "counts", False)
loss("loss_hinge", "tanh", "hinge", "bits", False)
loss("loss_squared_hinge", "tanh", "squared_hinge", "bits", False)
loss("loss_categorical_hinge", "linear", "categorical_hinge", "one_hot", False)
loss("loss_kl_divergence", "softmax", "kl_divergence", "one_hot", False)
loss("loss_cosine_similarity", "linear", "cosine_similarity", "normal", False)

# ---- ten steps of each optimizer ---------------------------------------------------------------------


def ten_steps(name, optimizer, tensorflow=True, **arguments):
    net = Net((6, 6, 1))
    net.chain(conv(3, (3, 3), activation="tanh") + [L("AveragePooling2D", pool_size=(2, 2)), L("Flatten"),
                                                    L("Dense", units=4, activation="softmax")])
    case(name, net, loss="sparse_categorical_crossentropy", optimizer=(optimizer, arguments), steps=10, batch=5,
         label="class", tensorflow=tensorflow)


ten_steps("sgd", "SGD", learning_rate=0.1)
ten_steps("sgd_momentum", "SGD", learning_rate=0.05, momentum=0.9)
ten_steps("sgd_nesterov", "SGD", learning_rate=0.05, momentum=0.9, nesterov=True)
# TensorFlow.js divides by sqrt(v / (1 - b2^t)) + epsilon, Keras 3 by sqrt(v) + epsilon before the correction:
# alike while epsilon is small.
ten_steps("adam", "Adam", learning_rate=0.01)
ten_steps("adam_epsilon", "Adam", False, learning_rate=0.01, beta_1=0.8, beta_2=0.95, epsilon=0.01)
ten_steps("rmsprop", "RMSprop", learning_rate=0.01)
ten_steps("rmsprop_momentum", "RMSprop", learning_rate=0.01, momentum=0.9, rho=0.8, epsilon=0.001)
# TensorFlow.js subtracts the epsilon here.
ten_steps("rmsprop_centered", "RMSprop", False, learning_rate=0.01, centered=True, epsilon=0.001)

ten_steps("adam_amsgrad", "Adam", False, learning_rate=0.01, beta_2=0.9, amsgrad=True)
ten_steps("adamw", "AdamW", False, learning_rate=0.01, weight_decay=0.1)
ten_steps("adamw_default", "AdamW", False, learning_rate=0.01)
ten_steps("adamax", "Adamax", False, learning_rate=0.01)
ten_steps("nadam", "Nadam", False, learning_rate=0.01)
ten_steps("adagrad", "Adagrad", False, learning_rate=0.05)
# TensorFlow.js divides by the mean of the step before.
ten_steps("adadelta", "Adadelta", False, learning_rate=1.0)
# its steps are of one size: a gradient of the other sign, by rounding, would be another step
ten_steps("lion", "Lion", False, learning_rate=0.001)
ten_steps("ftrl", "Ftrl", False, learning_rate=0.1)
ten_steps("ftrl_all", "Ftrl", False, learning_rate=0.1, learning_rate_power=-0.7, initial_accumulator_value=0.2,
          l1_regularization_strength=0.01, l2_regularization_strength=0.02, l2_shrinkage_regularization_strength=0.01, beta=0.1)
ten_steps("schedule_free", "ScheduleFreeAdamW", False, learning_rate=0.02)
ten_steps("schedule_free_warm", "ScheduleFreeAdamW", False, learning_rate=0.02, beta_1=0.8, beta_2=0.95, epsilon=0.001,
          warmup_steps=4, weight_decay=0.1)
ten_steps("sgd_clipped", "SGD", False, learning_rate=0.1, momentum=0.9, clipvalue=0.01, weight_decay=0.1)

ten_steps("sgd_clipnorm", "SGD", False, learning_rate=0.3, momentum=0.9, clipnorm=0.15, weight_decay=0.1)
ten_steps("sgd_global_clipnorm", "SGD", False, learning_rate=0.3, momentum=0.9, global_clipnorm=0.3, use_ema=True)
ten_steps("adam_clipnorm", "Adam", False, learning_rate=0.01, clipnorm=0.1, gradient_accumulation_steps=3)
ten_steps("sgd_scaled", "SGD", False, learning_rate=0.1, loss_scale_factor=1024.0, clipvalue=0.02)
ten_steps("sgd_average", "SGD", False, learning_rate=0.1, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=3)
ten_steps("adam_accumulated", "Adam", False, learning_rate=0.01, gradient_accumulation_steps=3, use_ema=True)
# between two updates, too, the average moves
ten_steps("sgd_accumulated_average", "SGD", False, learning_rate=0.1, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.7,
          ema_overwrite_frequency=2)
ten_steps("adam_decay", "Adam", False, learning_rate=0.01, decay=0.3)


def scheduled(name, kind, **arguments):
    ten_steps("schedule_" + name, "SGD", False, learning_rate=(kind, arguments), weight_decay=0.1)


scheduled("exponential", "ExponentialDecay", initial_learning_rate=0.2, decay_steps=3, decay_rate=0.5)
scheduled("staircase", "ExponentialDecay", initial_learning_rate=0.2, decay_steps=3, decay_rate=0.5, staircase=True)
scheduled("inverse_time", "InverseTimeDecay", initial_learning_rate=0.2, decay_steps=2, decay_rate=0.5)
scheduled("polynomial", "PolynomialDecay", initial_learning_rate=0.2, decay_steps=6, end_learning_rate=0.01, power=2.0)
scheduled("polynomial_cycle", "PolynomialDecay", initial_learning_rate=0.2, decay_steps=4, cycle=True)
scheduled("piecewise", "PiecewiseConstantDecay", boundaries=[2, 5, 6], values=[0.3, 0.2, 0.1, 0.05])
scheduled("cosine", "CosineDecay", initial_learning_rate=0.2, decay_steps=8, alpha=0.1)
scheduled("cosine_warmup", "CosineDecay", initial_learning_rate=0.01, decay_steps=5, warmup_target=0.2, warmup_steps=3)
scheduled("restarts", "CosineDecayRestarts", initial_learning_rate=0.2, first_decay_steps=2, alpha=0.1, m_mul=0.8)
scheduled("restarts_equal", "CosineDecayRestarts", initial_learning_rate=0.2, first_decay_steps=3, t_mul=1.0)
# ---- whole numbers, attention -------------------------------------------------------------------------

net = Net((7,))
joined = net("Concatenate", [net("Flatten", net("Embedding", input_dim=30, output_dim=5)), net("CategoryEncoding", num_tokens=30)])
net("Dense", joined, units=3)
case("embedding", net, optimizer=("SGD", {"learning_rate": 0.5}), steps=3, tensorflow=False, indices=30)
net = Net((9,)) # a table that is summed by parameters
net("Dense", net("Flatten", net("Embedding", input_dim=200, output_dim=16)), units=4, activation="softmax")
case("embedding_large", net, loss="sparse_categorical_crossentropy", label="class", steps=3, tensorflow=False, indices=200)


def attention(name, layer, several, shape=(6, 10), **arguments):
    """An attention of x and of a layer that reads x."""
    net = Net(shape)
    query = net("Dense", units=shape[-1])
    others = [net("Dense", units=shape[-1], activation="tanh") for _ in range(several - 1)]
    net("Dense", net(layer, [query] + others, **arguments), units=3)
    case(name, net, optimizer=("SGD", {"learning_rate": 5.0}), tensorflow=False)


attention("attention", "Attention", 2, use_scale=True)
attention("attention_causal", "Attention", 3, use_causal_mask=True)
attention("multi_head_attention", "MultiHeadAttention", 2, num_heads=3, key_dim=4)
attention("multi_head_attention_bare", "MultiHeadAttention", 3, num_heads=2, key_dim=5, value_dim=3, output_shape=7,
          use_bias=False, use_causal_mask=True)
attention("multi_head_attention_one", "MultiHeadAttention", 2, (1, 8), num_heads=1, key_dim=3)
attention("multi_head_attention_rules", "MultiHeadAttention", 2, num_heads=2, key_dim=3, # each projection is given all five
          kernel_regularizer=("L2", {"l2": 0.02}), bias_regularizer=("L1", {"l1": 0.01}),
          activity_regularizer=("L1L2", {"l1": 0.003, "l2": 0.002}), kernel_constraint=("MaxNorm", {"max_value": 0.8}),
          bias_constraint=("NonNeg", {}))
attention("dot", "Dot", 2, axes=2)
attention("dot_rows", "Dot", 2, (4, 4), axes=(1, 2))
attention("dot_normalized", "Dot", 2, (5,), axes=-1, normalize=True)

# ---- penalties: of the kernels' squares and absolute values, through clipping and an optimizer with a state -------------

net = Net((6, 6, 1))
net.chain(conv(3, (3, 3), activation="tanh", kernel_regularizer=("L2", {"l2": 0.1}), bias_regularizer=("L1", {"l1": 0.05})) +
          [L("Flatten"), L("Dense", units=4, activation="softmax", kernel_regularizer=("L1L2", {"l1": 0.02, "l2": 0.03}))])
for name, clip in (("penalties_clipnorm", "clipnorm"), ("penalties_global_clipnorm", "global_clipnorm")):
    case(name, net, loss="sparse_categorical_crossentropy", optimizer=("SGD", {"learning_rate": 0.1, clip: 0.2}),
         steps=10, batch=5, label="class", tensorflow=False)
case("penalties", net, loss="sparse_categorical_crossentropy", optimizer=("Adam", {"learning_rate": 0.01, "clipvalue": 0.2}),
     steps=10, batch=5, label="class", tensorflow=False)

net = Net((6, 6, 1)) # an activity's penalty is divided by the batch; a function and a matrix's rows beside one of the fast ones
net.chain(conv(3, (3, 3), activation="tanh", kernel_regularizer=("L2", {"l2": 0.1}), bias_regularizer=0.3,
               activity_regularizer=("L1", {"l1": 0.002})) +
          [L("Flatten"), L("ActivityRegularization", l1=0.001, l2=0.002),
           L("Dense", units=6, activation="tanh", kernel_regularizer=("OrthogonalRegularizer", {"factor": 2.0, "mode": "columns"})),
           L("Dense", units=4, activation="softmax", activity_regularizer=("L1L2", {"l1": 0.03, "l2": 0.2}),
             kernel_regularizer=("OrthogonalRegularizer", {"factor": 0.5}))])
case("regularizers", net, loss="sparse_categorical_crossentropy", optimizer=("Adam", {"learning_rate": 0.01, "clipnorm": 0.3}),
     steps=10, batch=5, label="class", tensorflow=False)

# ---- constraints, behind the update ----------------------------------------------------------------------

net = Net((6, 6, 1))
net.chain(conv(3, (3, 3), activation="tanh", kernel_constraint=("MaxNorm", {"max_value": 0.5, "axis": [0, 1, 2]}),
               bias_constraint=("NonNeg", {})) +
          [L("Flatten"), L("Dense", units=5, activation="tanh", kernel_constraint=("MinMaxNorm", {"min_value": 1.5, "max_value": 1.7,
                                                                                                "rate": 0.4})),
           L("Dense", units=5, activation="tanh", kernel_constraint=("MaxNorm", {"max_value": 0.9})),
           L("Dense", units=4, activation="softmax", kernel_constraint=("UnitNorm", {"axis": 1}))])
case("constraints", net, loss="sparse_categorical_crossentropy",
     optimizer=("SGD", {"learning_rate": 0.1, "gradient_accumulation_steps": 2}), steps=10, batch=5, label="class",
     tensorflow=False)

# ---- a loss of the script's own --------------------------------------------------------------------------

net = Net((5,))
net.chain([L("Dense", units=6, activation="tanh"), L("Dense", units=3)])
case("own_loss", net, loss="huber", loss_arguments={"delta": 0.5}, steps=3, tensorflow=False, lua_loss=
     "function(label, output) local e = ops.abs(label - output) "
     "return ops.where(ops.less_equal(e, 0.5), 0.5*e*e, 0.5*e - 0.125) end")

# ---- normalization of samples, elementwise layers, merging with broadcasting ------------------------------

branches("layer_normalization", (5, 4, 6), conv(6, (2, 2)), [
    [L("LayerNormalization")], [L("LayerNormalization", axis=(1, 3), center=False, epsilon=0.1)],
    [L("LayerNormalization", axis=(1, 2, 3))], [L("LayerNormalization", axis=2, scale=False)],
    [L("LayerNormalization", rms_scaling=True)]], 20, tensorflow=False)
branches("group_normalization", (5, 4, 6), conv(6, (2, 2)), [
    [L("GroupNormalization", groups=3)], [L("GroupNormalization", groups=-1, scale=False)],
    [L("GroupNormalization", groups=1, epsilon=0.1)], [L("GroupNormalization", groups=2, axis=1, center=False)]], 20,
    tensorflow=False)
branches("unit_normalization", (3, 7), [L("Dense", units=6)], [
    [L("UnitNormalization")], [L("UnitNormalization", axis=(1, 2))], [L("UnitNormalization", axis=1)],
    [L("RMSNormalization")], [L("RMSNormalization", axis=1, epsilon=0.1)]], 20, tensorflow=False)
branches("rectifiers", (3, 4, 5), [L("Dense", units=6)], [
    [L("PReLU")], [L("PReLU", shared_axes=(1, 2))], [L("PReLU", shared_axes=(3,))], [L("ReLU", max_value=0.5)],
    [L("ReLU", threshold=0.25)], [L("ReLU", max_value=0.6, negative_slope=0.3, threshold=0.2)],
    [L("Softmax", axis=(1, 3))], [L("Softmax", axis=(1, 2, 3))]], 20, tensorflow=False)
branches("activations_of_several_ops", (6,), [], nonlinear([
    "glu", "crelu", "log_sigmoid", "squareplus", "hard_shrink", "soft_shrink", "tanh_shrink", "sparse_sigmoid",
    "sparse_plus"][2:]) + [[L("Dense", units=8, activation="glu")], [L("Dense", units=3, activation="crelu")]], 20,
    tensorflow=False)



def functions(*texts):
    return [[L("Dense", units=5), L("Function", of=text)] for text in texts]


branches("functions", (6,), [], functions(
    "sin(3 * x)", "cos(-5 * x)", "tan(0.25 * x)", "expm1(x)", "erf(x)", "log1p(ops.square(x))", "log2(ops.square(x) + 0.5)",
    "log10(ops.square(x) + 0.5)", "reciprocal(ops.square(x) + 0.5)", "multiply(x, ops.floor(4 * x))",
    "multiply(x, ops.ceil(4 * x))", "multiply(x, ops.round(4 * x))", "multiply(x, ops.sign(x))"), 20, tensorflow=False)
branches("functions_with_arguments", (6,), [], functions(
    "leaky_relu(x, 0.3)", "elu(x, {alpha = 0.7})", "celu(x, 0.6)", "gelu(x, {approximate = true})",
    "relu(x, {negative_slope = 0.1, max_value = 1, threshold = 0.2})", "squareplus(x, 0.5)", "hard_shrink(x, 0.3)",
    "soft_shrink(x, {threshold = 0.2})", "threshold(x, 0.1, -0.7)", "sparsemax(x)", "sparsemax(ops.multiply(x, 0.1))"), 20,
    tensorflow=False)
branches("functions_along_axes", (4, 3), [], functions(
    "glu(x, {axis = 1})", "softmax(x, {axis = 1})", "log_softmax(x, 2)", "sparsemax(x, {axis = 1})", "sparsemax(x)"), 20,
    tensorflow=False)
branches("functions_of_shapes", (4, 3), [], functions(*MOVING), 20, tensorflow=False)
branches("functions_of_places", (4, 3), [], functions(*PLACES), 20, tensorflow=False)
branches("functions_of_patches", (5, 6, 2), [], functions(*PATCHES), 20, tensorflow=False)

net = Net((5, 4, 6))
image = net("Conv2D", filters=6, kernel_size=(2, 2))
channels = net("AveragePooling2D", image, pool_size=(4, 3))  # squeeze and excite
gate = net("Dense", channels, units=6, activation="sigmoid")
places = net("Dense", image, units=1)
row = net("Reshape", net("Dense", net("Flatten", image), units=6), target_shape=(1, 6))
gated = net("Multiply", [gate, image, places])
shifted = net("Subtract", [places, gated])
net("Dense", net("Flatten", net("Average", [net("Maximum", [shifted, row]), channels])), units=3)
case("merging_broadcast", net, optimizer=("SGD", {"learning_rate": 2.0}), tensorflow=False)

# ---- the lesson's network ----------------------------------------------------------------------------

net = Net((28, 28, 1))
net.chain(conv(8, (5, 5), padding="valid", activation="relu") + [L("MaxPool2D", pool_size=(2, 2))] +
          conv(16, (3, 3), padding="valid", activation="relu") + [L("MaxPool2D", pool_size=(2, 2), strides=(2, 2)),
          L("Flatten"), L("Dense", units=10, activation="softmax")])
case("lesson", net, loss="sparse_categorical_crossentropy", optimizer=("SGD", {"learning_rate": 0.1}), label="class",
     metrics=["accuracy"], steps=2, batch=3)

# ---- recurrence --------------------------------------------------------------------------------------

branches("simple_rnn", (6, 5), [], [
    [L("SimpleRNN", units=4, return_sequences=True)], [L("SimpleRNN", units=17, go_backwards=True)],
    [L("SimpleRNN", units=3, activation="relu", use_bias=False)], [L("SimpleRNN", units=1, return_sequences=True, go_backwards=True)],
    [L("SimpleRNN", units=5, return_sequences=True), L("SimpleRNN", units=2)]], 20, tensorflow=False)
branches("lstm", (7, 5), [], [
    [L("LSTM", units=4, return_sequences=True)], [L("LSTM", units=17, go_backwards=True)], [L("LSTM", units=3, use_bias=False)],
    [L("LSTM", units=1, return_sequences=True, go_backwards=True)],
    [L("LSTM", units=5, return_sequences=True), L("LSTM", units=2)]], 20, tensorflow=False)
branches("lstm_one_step", (1, 1), [], [[L("LSTM", units=1)], [L("GRU", units=1)], [L("SimpleRNN", units=1)],
    [L("LSTM", units=3, return_sequences=True)]], 10, tensorflow=False)
branches("gru", (7, 5), [], [
    [L("GRU", units=4, return_sequences=True)], [L("GRU", units=17, go_backwards=True)], [L("GRU", units=3, use_bias=False)],
    [L("GRU", units=1, return_sequences=True, go_backwards=True)], [L("GRU", units=6, reset_after=False, return_sequences=True)],
    [L("GRU", units=2, reset_after=False, go_backwards=True)],
    [L("GRU", units=5, return_sequences=True), L("GRU", units=2, reset_after=False, use_bias=False)]], 20, tensorflow=False)
branches("bidirectional", (6, 4), [], [
    [L("Bidirectional", layer=("LSTM", {"units": 3, "return_sequences": True}))],
    [L("Bidirectional", layer=("GRU", {"units": 5}), merge_mode="sum")],
    [L("Bidirectional", layer=("SimpleRNN", {"units": 9, "return_sequences": True}), merge_mode="mul")]], 20, tensorflow=False)
net = Net((28, 9))
net.chain([L("LSTM", units=20, return_sequences=True), L("Flatten"), L("Dense", units=10, activation="softmax")])
case("lstm_trains", net, loss="sparse_categorical_crossentropy", optimizer=("SGD", {"learning_rate": 0.5, "momentum": 0.9}), steps=3, batch=33,
     label="class", metrics=["accuracy"], tensorflow=False)
branches("conv_lstm", (4, 5, 6, 2), [], [
    [L("ConvLSTM2D", filters=3, kernel_size=(3, 2), padding="same", return_sequences=True)],
    [L("ConvLSTM2D", filters=2, kernel_size=(2, 3), strides=(2, 2), go_backwards=True)],
    [L("ConvLSTM2D", filters=4, kernel_size=(2, 2), dilation_rate=(2, 3), use_bias=False)],
    [L("ConvLSTM2D", filters=3, kernel_size=3, data_format="channels_first", padding="same")],
    [L("Reshape", target_shape=(4, 10, 6)), L("ConvLSTM1D", filters=5, kernel_size=4, strides=3, padding="same")],
    [L("Reshape", target_shape=(4, 10, 6)), L("ConvLSTM1D", filters=2, kernel_size=3, return_sequences=True)]], 20,
    tensorflow=False)
branches("time_distributed_recurrence", (3, 4, 5), [], [
    [L("TimeDistributed", layer=("Bidirectional", {"layer": ("LSTM", {"units": 3, "return_sequences": True})}))],
    [L("TimeDistributed", layer=("Bidirectional", {"layer": ("SimpleRNN", {"units": 2}), "merge_mode": "sum"}))],
    [L("TimeDistributed", layer=("LSTM", {"units": 3}))],
    [L("TimeDistributed", layer=("GRU", {"units": 2, "return_sequences": True, "go_backwards": True}))],
    [L("TimeDistributed", layer=("GRU", {"units": 2, "reset_after": False, "use_bias": False}))],
    [L("TimeDistributed", layer=("SimpleRNN", {"units": 17}))],
    [L("TimeDistributed", layer=("LSTM", {"units": 1})), L("TimeDistributed", layer=("Dense", {"units": 3}))]], 20,
    tensorflow=False, names={
        "x1": "time_distributed/bidirectional", "x3": "time_distributed_1/bidirectional_1", "x5": "time_distributed_2/lstm_1",
        "x7": "time_distributed_3/gru", "x9": "time_distributed_4/gru_1", "x11": "time_distributed_5/simple_rnn_1",
        "x13": "time_distributed_6/lstm_2", "x14": "time_distributed_7/dense"})
# A model whose recurrence is a loop over all steps at once, and steps of steps.
net = Net((2, 4, 5))
net.chain(steps_of([L("LSTM", units=4, return_sequences=True), L("Dense", units=3, activation="tanh"), L("GRU", units=2)]) +
          [L("Flatten"), L("Dense", units=3)])
case("time_distributed_model", net, optimizer=("SGD", {"learning_rate": 0.5}), steps=2, tensorflow=False,
     names={"x1": "time_distributed/td/tower/lstm", "x2": "time_distributed/td/tower/dense",
            "x3": "time_distributed/td/tower/gru", "x5": "dense_1"}, script="""
local tower = Sequential({LSTM{4, return_sequences = true}, Dense{3, activation = "tanh"}, GRU(2)}, {name = "tower"})
local x = Input{2, 4, 5}
local y = Reshape{2, 2}(TimeDistributed{TimeDistributed{tower, name = "td"}}(Reshape{1, 2, 4, 5}(x)))
local model = Model{x, Dense(3)(Flatten()(y))}
""")
net = Net((3, 4, 5))
net.chain([L("SumsOfGRU", units=3), L("Flatten"), L("Dense", units=2)])
case("recurrence_in_recurrence", net, optimizer=("SGD", {"learning_rate": 0.5}), steps=2, tensorflow=False,
     names={"x1": "sums/gru", "x3": "dense"}, script="""
local Sums = Layer{name = "Sums", call = function(self, x)
  return (op.scan(function(step, sum)
    local y = op.unary(sum + GRU(3)(step), "tanh")
    return y, y
  end, x, {{3}}))
end}
local model = Sequential{Sums{input_shape = {3, 4, 5}}, Flatten(), Dense(2)}
""")

# ---- more layers ---------------------------------------------------------------------------------------

branches("einsum_dense", (4, 3, 5), [], [
    [L("EinsumDense", equation="abcd,de->abce", output_shape=(None, None, 7), bias_axes="e", activation="tanh")],
    [L("EinsumDense", equation="abcd,cde->abe", output_shape=(4, 6), bias_axes="e")],
    [L("EinsumDense", equation="abcd,ecb->ade", output_shape=(None, 6), bias_axes="d")],
    [L("EinsumDense", equation="...x,xy->...y", output_shape=4, bias_axes="y")],
    [L("EinsumDense", equation="abcd,cdhk->abhck", output_shape=(None, 2, 3, 4), bias_axes="hk")],
    [L("EinsumDense", equation="abcd,bde->ace", output_shape=(None, 2))]], 20, tensorflow=False)
branches("rescaling_channels", (3, 2, 4), [], [
    behind(L("Rescaling", scale=(0.5, -1.0, 2.0, 0.1), offset=(0.0, 1.0, -0.5, 3.0))), behind(L("Rescaling", scale=(1.0, 2.0, 3.0, 4.0))),
    behind(L("Rescaling", scale=0.5, offset=(1.0, 2.0, 3.0, 4.0)))], 20, tensorflow=False)
net = Net((5, 4))
keys = net("Dense", net("Reshape", net("Dense", net("Flatten"), units=12), target_shape=(3, 4)), units=4, activation="tanh")
heads = [net("AdditiveAttention", ["input", keys]), net("AdditiveAttention", [keys, keys], use_causal_mask=True),
         net("AdditiveAttention", ["input", keys, keys], use_scale=False),
         net("Attention", ["input", keys], score_mode="concat"),
         net("Attention", ["input", keys], score_mode="concat", use_scale=True)]
net("Dense", net("Concatenate", [net("Flatten", head) for head in heads]), units=3)
case("additive_attention", net, optimizer=("SGD", {"learning_rate": 1.0}), tensorflow=False)
net = Net((5, 6))
keys = net("Dense", units=6)
heads = net("GroupQueryAttention", ["input", keys], head_dim=3, num_query_heads=4, num_key_value_heads=2)
net("Dense", net("Flatten", net("GroupQueryAttention", [heads, keys, heads], head_dim=2, num_query_heads=3, num_key_value_heads=1,
                                use_causal_mask=True)), units=3)
case("group_query_attention", net, optimizer=("SGD", {"learning_rate": 1.0}), tensorflow=False, names={
    "x2": "grouped_query_attention", "x3": "grouped_query_attention_1"})
