-- training.lua: what model:compile and model:fit take: optimizers, losses, metrics. `doc`, `formula` and `example` of
-- each are what `cnnc help` and the manual page print.

local cnnc = ...
local fail, op, arguments, fields = cnnc.fail, cnnc.op, cnnc.arguments, cnnc.fields
local format = string.format

---- Optimizers -------------------------------------------------------------------------------------

-- `settings`: the arguments that reach templates/optimizer/NAME.c.in, learning_rate first.
-- `slots(self)`: the state arrays, each as large as the parameters: names, or {name, initial = what it is filled with}.
local optimizer = arguments.kind("optimizer")

local function later(name) return {name, "unsupported"} end
local COMMON = {
  later("weight_decay"), later("clipnorm"), later("clipvalue"), later("global_clipnorm"), later("use_ema"),
  later("ema_momentum"), later("ema_overwrite_frequency"), later("loss_scale_factor"),
  later("gradient_accumulation_steps"),
}

local function with_common(rows)
  for _, row in ipairs(COMMON) do rows[#rows + 1] = row end
  return rows
end

local function learning_rate(default)
  return {"learning_rate", "number", min = 0, default = default, doc = "size of a step"}
end

optimizer{
  name = "SGD", aliases = {"sgd"}, template = "sgd",
  doc = "stochastic gradient descent",
  formula = "v = momentum*v - learning_rate*g; w = w + v, or with nesterov w + momentum*v - learning_rate*g",
  example = "SGD{0.01, momentum = 0.9, nesterov = true}",
  arguments = with_common{
    learning_rate(0.01),
    {"momentum", "number", min = 0, max = 1, default = 0.0, doc = "share of the last step that goes on"},
    {"nesterov", "boolean", default = false, doc = "Nesterov's momentum, which looks ahead"},
  },
  settings = {"learning_rate", "momentum", "nesterov"},
  slots = function(self) return self.momentum > 0 and {"momentum"} or {} end,
}

optimizer{
  name = "Adam", aliases = {"adam"}, template = "adam",
  doc = "steps scaled for each parameter by means of its gradients and of their squares",
  formula = "m = beta_1*m + (1 - beta_1)*g; v = beta_2*v + (1 - beta_2)*g^2; "
    .. "w = w - learning_rate * sqrt(1 - beta_2^t)/(1 - beta_1^t) * m/(sqrt(v) + epsilon)",
  example = "Adam{1e-3}",
  arguments = with_common{
    learning_rate(0.001),
    {"beta_1", "number", min = 0, below = 1, default = 0.9, doc = "decay of the mean of gradients"},
    {"beta_2", "number", min = 0, below = 1, default = 0.999, doc = "decay of the mean of their squares"},
    {"epsilon", "number", min = 0, default = 1e-7, doc = "added to the root"},
    later("amsgrad"),
  },
  settings = {"learning_rate", "beta_1", "beta_2", "epsilon"},
  slots = function() return {"momentum", "velocity"} end,
}

optimizer{
  name = "RMSprop", aliases = {"rmsprop"}, template = "rmsprop",
  doc = "steps scaled for each parameter by the mean of its gradients' squares; compile's default",
  formula = "v = rho*v + (1 - rho)*g^2; w = w - learning_rate * g/sqrt(v + epsilon)",
  example = "RMSprop{1e-3, momentum = 0.9}",
  arguments = with_common{
    learning_rate(0.001),
    {"rho", "number", min = 0, below = 1, default = 0.9, doc = "decay of the mean"},
    {"momentum", "number", min = 0, max = 1, default = 0.0, doc = "share of the last step that goes on"},
    {"epsilon", "number", min = 0, default = 1e-7, doc = "added to the mean, within the root"},
    {"centered", "boolean", default = false, doc = "subtract the square of the gradients' mean from v"},
  },
  settings = {"learning_rate", "rho", "momentum", "epsilon", "centered"},
  slots = function(self)
    local slots = {"velocity"}
    if self.momentum > 0 then slots[#slots + 1] = "momentum" end
    if self.centered then slots[#slots + 1] = "average_gradient" end
    return slots
  end,
}

---- Losses -----------------------------------------------------------------------------------------

-- Their ops give one number a sample, which no layer could go on from, so scripts do not see them.
for _, name in ipairs{"cross_entropy", "binary_cross_entropy", "squared_error"} do
  cnnc.exports.op[name] = nil
end

-- `classes`: the label is the index of a class, otherwise it has the output's shape. `rank`: of the outputs that it
-- takes; `probabilities`: the activation that gives them as it wants them, unless it is from_logits; labels that are
-- no classes are probabilities then, too.
-- `build(self, output, label)` returns one number a sample.
local loss = arguments.kind("loss")

local FROM_LOGITS = {"from_logits", "boolean", default = false,
  doc = "the output has no softmax or sigmoid: its values are scores"}
local LABEL_SMOOTHING = {"label_smoothing", "number", min = 0, max = 1, default = 0.0,
  doc = "share of each label that is spread evenly"}

loss{
  name = "SparseCategoricalCrossentropy", aliases = {"sparse_categorical_crossentropy"},
  doc = "cross-entropy of class scores with the index of the right class",
  formula = "-log(y[label])",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
  arguments = {FROM_LOGITS, later("ignore_class"), later("reduction")},
  classes = true, rank = 1, probabilities = "softmax",
  build = function(self, output, label)
    return op.cross_entropy(output, label, {sparse = true, from_logits = self.from_logits})
  end,
}

loss{
  name = "CategoricalCrossentropy", aliases = {"categorical_crossentropy"},
  doc = "cross-entropy of class scores with one-hot labels",
  formula = "-sum over i of label[i] * log(y[i])",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = CategoricalCrossentropy{label_smoothing = 0.1}}
return model]],
  arguments = {FROM_LOGITS, LABEL_SMOOTHING, later("axis"), later("reduction")},
  rank = 1, probabilities = "softmax",
  build = function(self, output, label)
    return op.cross_entropy(output, label,
      {sparse = false, from_logits = self.from_logits, label_smoothing = self.label_smoothing})
  end,
}

loss{
  name = "BinaryCrossentropy", aliases = {"binary_crossentropy"},
  doc = "cross-entropy of probabilities of yes with labels from 0 to 1",
  formula = "mean of -label*log(y) - (1 - label)*log(1 - y)",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "binary_crossentropy", metrics = {"accuracy"}}
return model]],
  arguments = {FROM_LOGITS, LABEL_SMOOTHING, later("axis"), later("reduction")},
  probabilities = "sigmoid",
  build = function(self, output, label)
    return op.binary_cross_entropy(output, label,
      {from_logits = self.from_logits, label_smoothing = self.label_smoothing})
  end,
}

loss{
  name = "MeanSquaredError", aliases = {"mean_squared_error", "mse", "MSE"},
  doc = "the mean of squared differences",
  formula = "mean of (y - label)^2",
  example = [[
local model = Sequential{Dense{1, input_shape = {4}}}
model:compile{optimizer = "sgd", loss = "mse"}
return model]],
  arguments = {later("reduction")},
  build = function(_, output, label) return op.squared_error(output, label) end,
}

---- Metrics ----------------------------------------------------------------------------------------

-- `build(output, label, classes)` returns one number a sample.
local metric = arguments.kind("metric")

local function accuracy(kind)
  return function(output, label) return op.accuracy(output, label, {kind = kind}) end
end

-- Keras' rule: one output is a yes or no, class indices are sparse, the rest is one-hot.
metric{
  aliases = {"accuracy", "acc"},
  doc = "share of the samples that are right: the one of the three below that fits the labels",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
  build = function(output, label, classes)
    local last = output.shape[#output.shape]
    return accuracy(last == 1 and "binary" or classes and "sparse" or "categorical")(output, label)
  end,
}

metric{
  aliases = {"sparse_categorical_accuracy"}, classes = true, build = accuracy("sparse"),
  doc = "share of the samples whose highest score is that of the label",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "sparse_categorical_crossentropy", metrics = {"sparse_categorical_accuracy"}}
return model]],
}
metric{
  aliases = {"categorical_accuracy"}, classes = false, build = accuracy("categorical"),
  doc = "share of the samples whose highest score is where the one-hot label is highest",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{loss = "categorical_crossentropy", metrics = {"categorical_accuracy"}}
return model]],
}
metric{
  aliases = {"binary_accuracy"}, classes = false, build = accuracy("binary"),
  doc = "share of the outputs that are above 0.5 where the label is 1, and not where it is 0",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{loss = "binary_crossentropy", metrics = {"binary_accuracy"}}
return model]],
}
metric{
  aliases = {"mean_squared_error", "mse", "MSE"}, classes = false,
  doc = "the mean of squared differences",
  formula = "mean of (y - label)^2",
  example = [[
local model = Sequential{Dense{1, activation = "sigmoid", input_shape = {4}}}
model:compile{loss = "binary_crossentropy", metrics = {"mse"}}
return model]],
  build = function(output, label) return op.squared_error(output, label) end,
}

---- compile and fit --------------------------------------------------------------------------------

local COMPILE = {
  {"optimizer", "optimizer", default = "rmsprop", doc = "what changes the parameters"},
  {"loss", "loss", optional = true, doc = "what training makes small; without it the C only predicts"},
  later("loss_weights"),
  {"metrics", "list", default = {}, doc = "what is printed beside the loss"},
  later("weighted_metrics"), later("run_eagerly"), later("steps_per_execution"), later("jit_compile"),
  later("auto_scale_loss"),
}

cnnc.describe("function", {
  name = "model:compile", aliases = {"compile"}, rows = COMPILE,
  doc = "makes the model one that can be trained, by a new optimizer, and takes note of what is trainable now",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = Adam{1e-3}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
})

function cnnc.parse_compile(...)
  local compiled = arguments.parse("compile", COMPILE, ...)
  if #compiled.metrics > cnnc.METRICS_MAX then
    fail(format("compile: at most %d metrics, not %d", cnnc.METRICS_MAX, #compiled.metrics))
  end
  for i, wanted in ipairs(compiled.metrics) do
    compiled.metrics[i] = arguments.parse("compile", {{"metric", "metric"}}, {metric = wanted}).metric
  end
  return compiled
end

local DATA = cnnc.python.DATA

local VERBOSE <const> = {auto = 0, [0] = 1, [1] = 2, [2] = 3} -- enum cnn_verbose

arguments.types.verbose = {
  check = function(value) return VERBOSE[value] and value end,
  expects = function() return '0, 1, 2 or "auto"' end,
}

local FIT = {
  {"batch_size", "integer", min = 1, max = 1 << 20, default = 32, doc = "samples in one step"},
  {"epochs", "integer", min = 1, max = 1 << 20, default = 1, doc = "times to go through the data"},
  {"verbose", "verbose", default = "auto",
    doc = 'what the program shows: 0 nothing, 1 a bar, on a terminal, 2 a line for each epoch; "auto" takes a bar or lines'},
  later("callbacks"),
  {"validation_split", "number", min = 0, below = 1, default = 0.0,
    doc = "share of the training rows, the last ones, to validate on"},
  {"validation_data", "unsupported", instead = DATA},
  {"shuffle", "boolean", default = true, doc = "a new order of the samples in each epoch"},
  later("class_weight"), later("sample_weight"), later("initial_epoch"), later("steps_per_epoch"),
  later("validation_steps"), later("validation_batch_size"), later("validation_freq"),
  {"x", "unsupported", instead = DATA},
  {"y", "unsupported", instead = DATA},
}

cnnc.describe("function", {
  name = "model:fit", aliases = {"fit"}, rows = FIT,
  doc = "a stage of the program's training, with what its command train does by default; the data are given to the program",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{batch_size = 128, epochs = 5}
return model]],
})

-- Is fit given what Keras' takes first, the data? Numbers are batch_size and epochs.
local function has_data(first, ...)
  if arguments.is_plain_table((...)) and #(...) > 0 then return true end
  if arguments.is_plain_table(first) then first = first[1] end
  return first ~= nil and type(first) ~= "number"
end

function cnnc.parse_fit(...)
  if has_data(...) then fail("fit: the script has no data", {hint = DATA}) end
  return arguments.parse("fit", FIT, ...)
end

---- summary, evaluate and save ----------------------------------------------------------------------

local SUMMARY = {}

cnnc.describe("function", {
  name = "model:summary", aliases = {"summary"}, rows = SUMMARY,
  doc = "the program's command train begins with the table of layers; `cnnc summary SCRIPT` shows more of it at once",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:summary()
return model]],
})

function cnnc.parse_summary(...)
  arguments.parse("summary", SUMMARY, ...)
  return true
end

local EVALUATE = {
  {"x", "unsupported", instead = DATA},
  {"y", "unsupported", instead = DATA},
  {"batch_size", "integer", min = 1, max = 1 << 20, default = 32, doc = "samples at a time, which changes nothing"},
  {"verbose", "verbose", default = "auto", doc = "0: nothing is shown"},
}

cnnc.describe("function", {
  name = "model:evaluate", aliases = {"evaluate"}, rows = EVALUATE,
  doc = "the program's command train ends with the loss and the metrics of the test set",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{epochs = 5}
model:evaluate()
return model]],
})

-- Does it show anything?
function cnnc.parse_evaluate(...)
  if has_data(...) then fail("evaluate: the script has no data", {hint = DATA}) end
  return arguments.parse("evaluate", EVALUATE, ...).verbose ~= 0
end

local LONGEST_PATH <const> = 100

-- A script may be anyone's: the program writes below the folder that it is run in.
arguments.types.weights_path = {
  check = function(value)
    local plain = type(value) == "string" and #value <= LONGEST_PATH and string.find(value, "^[%w_][%w_./-]*%.safetensors$")
    return plain and not string.find(value, "..", 1, true) and value or nil
  end,
  expects = function()
    return "a name such as \"model.safetensors\", of letters, digits and _ . - / below the folder of the run"
  end,
}

local SAVE = {
  {"filepath", "weights_path", doc = "a file of safetensors, which is the default of --save"},
  {"overwrite", "boolean", default = true, doc = "the program writes over the file"},
}

cnnc.describe("function", {
  name = "model:save", aliases = {"save", "save_weights"}, rows = SAVE,
  doc = "the program's command train writes the trained weights to this file",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:fit{epochs = 5}
model:save("model.safetensors")
return model]],
})

-- Formats of weights that others write.
local FORMATS <const> = {h5 = "HDF5", hdf5 = "HDF5", keras = "Keras' own format", pt = "PyTorch's own format",
                         pth = "PyTorch's own format", onnx = "ONNX", tflite = "TensorFlow Lite", npz = "NumPy's format"}

function cnnc.parse_save(path, ...)
  local named = arguments.is_plain_table(path) and (path.filepath or path[1]) or path
  local stem, extension = string.match(type(named) == "string" and named or "", "^([^.]*).-%.?(%a%w*)$")
  local format_name = extension and FORMATS[extension]
  if format_name then
    fail(format("save: %s is %s, and weights are saved as safetensors", arguments.show(named), format_name),
      {hint = format('model:save("%s.safetensors"), which PyTorch and NumPy can read, too', stem)})
  end
  local values = arguments.parse("save", SAVE, path, ...)
  if not values.overwrite then fail("save: the program writes over the file", {hint = "leave out overwrite"}) end
  return values.filepath
end

---- The end of the script --------------------------------------------------------------------------

local function build_metrics(compiled, output, label)
  local loss_spec = fields[compiled.loss].spec
  local metrics, classes = {}, loss_spec.classes == true
  for i, chosen in ipairs(compiled.metrics) do
    local spec = fields[chosen].spec
    if spec.classes ~= nil and spec.classes ~= classes then
      fail(format("compile: the metric %s does not fit the labels of %s", spec.name, loss_spec.aliases[1]),
        {hint = 'metrics = {"accuracy"} takes the one that fits', at = compiled.at})
    end
    metrics[i] = {name = spec.name, output = spec.build(output, label, classes)}
  end
  return metrics
end

local function setting_list(chosen)
  local list = {}
  for i, name in ipairs(fields[chosen].spec.settings) do
    local value = chosen[name]
    if type(value) == "boolean" then value = value and 1.0 or 0.0 end
    list[i] = {name = name, value = value}
  end
  return list
end

local function slot_list(chosen)
  local list = {}
  for i, slot in ipairs(fields[chosen].spec.slots(chosen)) do
    if type(slot) == "string" then slot = {slot, initial = 0.0} end
    list[i] = {name = slot[1], initial = slot.initial}
  end
  return list
end

local function same_slots(a, b)
  local same = #a == #b
  for i, slot in ipairs(a) do same = same and slot.name == b[i].name end
  return same
end

---- Stages -----------------------------------------------------------------------------------------

-- Are two objects of one kind, with the same arguments?
local function is_same(a, b)
  local spec = fields[a].spec
  if fields[b].spec ~= spec then return false end
  for _, row in ipairs(spec.arguments) do
    if fields[a][row[1]] ~= fields[b][row[1]] then return false end
  end
  return true
end

-- All stages train the same loss and print the same metrics, of which the program has one function that evaluates.
local function check_same(first, compiled)
  local function refuse(what)
    fail(format("compile: the %s of line %d are not those of the compile before, in line %d", what, compiled.at.line,
        first.at.line),
      {hint = "give each compile the same loss and metrics; what needs others is a script of its own, whose training begins "
        .. "with --weights", at = compiled.at})
  end
  if not compiled.loss or not is_same(first.loss, compiled.loss) then refuse("loss and metrics") end
  local same = #first.metrics == #compiled.metrics
  for i, metric in ipairs(first.metrics) do same = same and is_same(metric, compiled.metrics[i]) end
  if not same then refuse("metrics") end
end

-- What fit takes note of, beside its arguments: the optimizer as it is now. Its learning rate may change between two fits.
function cnnc.note_fit(compiled, fitted)
  local optimizer = compiled.optimizer
  local slots = slot_list(optimizer)
  compiled.slots = compiled.slots or slots
  if not same_slots(slots, compiled.slots) then
    fail("fit: what the optimizer keeps for each parameter is another than in the fit before",
      {hint = "call model:compile{...} again, which makes a new optimizer"})
  end
  fitted.compiled, fitted.settings = compiled, setting_list(optimizer)
  return fitted
end

local function stage_rows(fits)
  local rows, previous = {}, nil
  for i, fitted in ipairs(fits) do
    local compiled = fitted.compiled
    rows[i] = {
      at = fitted.at, compiled_at = compiled.at,
      optimizer = fields[compiled.optimizer].spec.template, settings = fitted.settings,
      slots = compiled.slots, fresh = compiled ~= previous, frozen = cnnc.frozen_parameters(compiled.trainable),
      batch_size = fitted.batch_size, epochs = fitted.epochs,
      validation_split = fitted.validation_split, shuffle = fitted.shuffle, verbose = VERBOSE[fitted.verbose],
    }
    previous = compiled
  end
  return rows
end

-- The parameters that are frozen in all stages.
local function always_frozen(rows)
  local times, list = {}, {}
  for _, row in ipairs(rows) do
    for _, tensor in ipairs(row.frozen) do
      times[tensor] = (times[tensor] or 0) + 1
      if times[tensor] == #rows then list[#list + 1] = tensor end
    end
  end
  return list
end

-- Appends loss and metrics to the graph of the finished model, given by its fields, and its stages. `last` is its last layer.
-- Returns the parameters that are never trained; nil: the script compiles no loss.
function cnnc.finish_training(model, last)
  local compiled, fits = model.compiled, model.fits
  if not compiled or not (compiled.loss or fits[1]) then return nil end
  if not fits[1] then
    fits = {cnnc.note_fit(compiled, cnnc.parse_fit())}
    fits[1].at = compiled.at
  end
  for _, fitted in ipairs(fits) do check_same(fits[1].compiled, fitted.compiled) end
  check_same(fits[1].compiled, compiled)
  compiled = fits[1].compiled
  if #model.inputs > 1 or #model.outputs > 1 then
    fail("a model with several inputs or outputs cannot be trained",
      {hint = "leave out compile to predict with it", at = compiled.at})
  end
  local output, chosen = model.output, fields[compiled.loss].spec
  cnnc.check_output(compiled, output, model.input, last)
  cnnc.origin(compiled.at, "loss", chosen.name)
  local classes = chosen.classes == true
  local label = cnnc.label(classes and {} or output.shape, classes, chosen.probabilities ~= nil and not classes)
  local value = chosen.build(compiled.loss, output, label)
  cnnc.origin(compiled.at, "metrics", "metrics")
  local rows = stage_rows(fits)
  cnnc.set_training{
    loss = value, loss_name = chosen.aliases[1],
    probabilities = chosen.probabilities or "none", from_logits = compiled.loss.from_logits == true,
    metrics = build_metrics(compiled, output, label),
    stages = rows,
    summarizes = model.summarizes == true, evaluates = model.evaluates == true, save = model.saved_as,
  }
  return always_frozen(rows)
end
