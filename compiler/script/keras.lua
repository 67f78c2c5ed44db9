-- keras.lua: the names of Keras 3, and of Keras 2 those that scripts still have, that cnnc does not have yet, and what comes
-- nearest in meaning.
--
-- {kind, names, what to do instead}. A name leaves the table when the language gets it: a test finds those that stand in
-- both. Kinds are those of kinds.lua, and others that are only known by name: a callback, say.

local cnnc = ...
local format, lower, gmatch, gsub = string.format, string.lower, string.gmatch, string.gsub

local keras = {}
cnnc.keras = keras

local IMAGES = "nothing comes near: cnnc works on rows, columns and channels"
local AUGMENTED = "nothing comes near: images can be flipped, moved, turned, zoomed, sheared, made brighter and more "
  .. "contrasted"
local PREPARED = "the data are prepared before: the program reads numbers from CSV, NumPy or IDX files"
local NO_NORMALIZATION = "nothing comes near: BatchNormalization works across the batch, which is another thing"
local ACCURACY = 'metrics are given by name: metrics = {"accuracy"} takes the one that fits'
local ONE_RATE = "a function of the steps made: learning_rate = function(step) return 0.1 * 0.95^(step // 1000) end"
local FINISHED = "of finished models there are MobileNet, MobileNetV2, ResNet50, ResNet101, ResNet152, VGG16 and VGG19"

local ROWS = {
  -- Layers, in the order of Keras' own pages.
  {"layer", "Wrapper InputSpec TFSMLayer JaxLayer FlaxLayer TorchModuleWrapper ReversibleEmbedding",
    "nothing comes near"},
  {"layer", "Conv3D Convolution3D Conv3DTranspose Convolution3DTranspose MaxPooling3D MaxPool3D AveragePooling3D AvgPool3D "
    .. "GlobalMaxPooling3D GlobalMaxPool3D GlobalAveragePooling3D GlobalAvgPool3D SpatialDropout3D Cropping3D "
    .. "UpSampling3D ZeroPadding3D AdaptiveAveragePooling3D AdaptiveMaxPooling3D", IMAGES},
  {"layer", "ConvLSTM3D", "ConvLSTM2D: cnnc works on rows, columns and channels"},
  {"layer", "RandomHue RandomSaturation RandomSharpness RandomColorJitter RandomColorDegeneration RandomGrayscale RandomInvert "
    .. "RandomPosterization RandomPerspective RandomElasticTransform RandomErasing RandomGaussianBlur RandAugment AugMix "
    .. "AutoContrast CutMix MixUp Equalization Solarization MaxNumBoundingBoxes Pipeline", AUGMENTED},
  {"layer", "Discretization Hashing HashedCrossing IntegerLookup StringLookup TextVectorization "
    .. "MelSpectrogram STFTSpectrogram FeatureSpace", PREPARED},
  {"layer", "SpectralNormalization",
    NO_NORMALIZATION},
  {"layer", "ThresholdedReLU", "ReLU{threshold = 1}"},
  {"layer", "LocallyConnected1D LocallyConnected2D", "nothing comes near: the filters of Conv1D and Conv2D are alike everywhere"},
  {"layer", "CuDNNLSTM CuDNNGRU", "LSTM and GRU"},

  {"loss", "cosine_proximity", '"cosine_similarity"'},
  {"loss", "Circle circle", "nothing comes near: it compares the samples of a batch with each other"},

  {"metric", "Accuracy", ACCURACY},
  {"metric", "MeanMetricWrapper", "nothing comes near: metrics are given by name"},

  {"optimizer", "Lamb lamb Muon muon Adafactor adafactor", '"adamw"'},
  {"optimizer", "LossScaleOptimizer", "none is needed: everything is computed in float32"},

  {"initializer", "STFT stft STFTInitializer", "nothing comes near"},
  {"initializer", "OrthogonalInitializer", "Orthogonal"},

  {"schedule", "LearningRateSchedule", ONE_RATE},

  {"callback", "OrbaxCheckpoint", "ModelCheckpoint"},
  {"callback", "RemoteMonitor", "the program writes a row for each epoch: --history FILE.csv"},
  {"callback", "Callback CallbackList SwapEMAWeights",
    "a program of your own can have them: struct cnn_callback of cnnrt.h"},

  {"regularizer", "Regularizer", "a function: kernel_regularizer = function(w) return 0.01 * op.reduce(w * w, \"sum\") end"},
  {"constraint", "Constraint", "a function: kernel_constraint = function(w) return op.binary(w, 0, \"maximum\") end"},

  {"model", "Xception ResNet50V2 ResNet101V2 ResNet152V2 InceptionV3 "
    .. "InceptionResNetV2 MobileNetV3Small MobileNetV3Large DenseNet121 DenseNet169 DenseNet201 "
    .. "NASNetMobile NASNetLarge EfficientNetB0 EfficientNetB1 EfficientNetB2 EfficientNetB3 EfficientNetB4 EfficientNetB5 "
    .. "EfficientNetB6 EfficientNetB7 ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge", FINISHED},
  {"function", "to_categorical", 'none is needed: loss = "sparse_categorical_crossentropy" takes the numbers of classes'},
  {"function", "load_model clone_model model_from_json load_weights", "the program reads weights: --weights FILE.safetensors"},
  {"function", "plot_model", "cnnc graph SCRIPT -o net.svg draws the layers and what is connected to what"},
  {"function", "set_random_seed", "the seed is given to the program: --seed N"},
  {"function", "image_dataset_from_directory ImageDataGenerator load_img img_to_array pad_sequences timeseries_dataset_from_array "
    .. "text_dataset_from_directory audio_dataset_from_directory", PREPARED},
}

local LATE = "no parameter has a value yet: the program reads weights, --weights FILE, and writes them, --save FILE"
local FIELDS <const> = {
  {"weights variables trainable_weights trainable_variables non_trainable_weights kernel bias gamma beta embeddings get_weights "
    .. "set_weights", LATE},
  {"count_params", "cnnc summary SCRIPT shows how many parameters each layer has"},
  {"output_shape compute_output_shape", "the shape of a tensor is without the batch: layer.output.shape"},
  {"input_shape", "the shape of a tensor is without the batch: layer.input.shape"},
  {"reset_states reset_state", "every call but NAME_predict_step begins with zeros, and that one where it is told to"},
  {"get_config to_json from_config", "the script itself describes the model"},
}
local of_field = {}
for _, row in ipairs(FIELDS) do
  for name in gmatch(row[1], "%S+") do of_field[name] = row[2] end
end

-- What to do instead of reading this field of a layer or model, or calling this method; nil: Keras has none.
function keras.instead_of_field(name) return of_field[name] end

-- By kind and name: the kind, Keras' name, and what to do instead.
local by_kind, all = {}, {}
for _, row in ipairs(ROWS) do
  local kind = by_kind[row[1]] or {}
  by_kind[row[1]] = kind
  for name in gmatch(row[2], "%S+") do
    kind[name] = {kind = row[1], name = name, instead = row[3]}
    all[name] = all[name] or kind[name]
  end
end
keras.by_kind, keras.rows = by_kind, ROWS

local function plain(name) return lower(gsub(name, "_", "")) end

local function table_of(kind) return kind and (by_kind[kind] or {}) or all end

keras.EPSILON = 1e-7 -- keras.config.epsilon()

-- What Keras calls so, of a kind (nil: of any); nil: nothing.
function keras.named(name, kind)
  return table_of(kind)[name]
end

-- The same, whatever the case of the letters.
function keras.find(name, kind)
  local names = table_of(kind)
  if names[name] then return names[name] end
  local found -- the first in order, so that it is always the same
  for other, entry in pairs(names) do
    if plain(other) == plain(name) and (not found or other < found.name) then found = entry end
  end
  return found
end

-- The names of a kind. Without one: those that begin with a capital, which no script gives to a variable.
function keras.names(kind)
  local list = {}
  for name in pairs(table_of(kind)) do
    if kind or string.find(name, "^%u") then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

-- The message and the hint for such an entry.
function keras.explain(entry)
  return format("%s is %s of Keras that cnnc does not have yet", entry.name, cnnc.article(entry.kind)), entry.instead
end
