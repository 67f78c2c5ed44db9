-- training.lua: what model:compile, model:fit and their like take, and the stages of a training. `doc`, `formula` and `example`
-- of each are what `cnnc help` and the manual page print.

local cnnc = ...
local fail, arguments, fields = cnnc.fail, cnnc.arguments, cnnc.fields
local format = string.format

---- compile and fit --------------------------------------------------------------------------------

local COMPILE = {
  {"optimizer", "optimizer", default = "rmsprop", doc = "what changes the parameters"},
  {"loss", "losses", optional = true,
    doc = "what training makes small: a loss or a function(label, output) of the script's, which returns a tensor; without it "
      .. "the C trains by what add_loss adds, on data without labels, or only predicts; of a model with several outputs one for "
      .. "all of them, a list in their order, or a table by the names of their layers; an output without a loss has no labels"},
  {"loss_weights", "loss_weights", optional = true, hint = 'metrics are given by name: metrics = {"accuracy"}',
    doc = "what each output's loss is multiplied by in the sum of them that training makes small: a list or a table by names"},
  {"metrics", "metrics", default = {},
    doc = "what is printed beside the loss; of several outputs a list, or a table by names, of the list of each"},
  {"weighted_metrics", "metrics", default = {}, doc = "the same as metrics, weighted by the weights of the samples"},
  {"run_eagerly", "boolean", default = false, doc = "changes nothing: the network is compiled"},
  {"steps_per_execution", "integer", min = 1, default = 1, doc = "changes nothing"},
  {"jit_compile", "any", default = "auto", doc = "changes nothing: the network is compiled"},
  {"auto_scale_loss", "boolean", default = true, doc = "changes nothing: all is computed in float32"},
}

cnnc.describe("function", {
  name = "model:compile", aliases = {"compile"}, rows = COMPILE,
  doc = "makes the model one that can be trained, by a new optimizer, and takes note of what is trainable now",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = Adam{1e-3}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
return model]],
})

function cnnc.is_compile_argument(name) return arguments.find_row(COMPILE, name) ~= nil end

function cnnc.parse_compile(...)
  return arguments.parse("compile", COMPILE, ...)
end

local DATA = cnnc.python.DATA

local VERBOSE <const> = {auto = 0, [0] = 1, [1] = 2, [2] = 3, [false] = 1, [true] = 2} -- enum cnn_verbose

arguments.types.verbose = {
  check = function(value)
    if VERBOSE[value] == nil then return nil end
    return type(value) == "boolean" and VERBOSE[value] - 1 or value
  end,
  expects = function() return '0, 1, 2 or "auto"' end,
}

local MOST_CLASSES <const> = 1 << 16

-- A list of the weights, the first that of class 0.
arguments.types.class_weight = {
  check = function(value)
    if not arguments.is_plain_table(value) then return nil end
    local last, list = -1, {}
    for class, weight in pairs(value) do
      if math.type(class) ~= "integer" or class < 0 or class >= MOST_CLASSES or type(weight) ~= "number"
        or not (weight >= 0 and weight <= 1e30) then
        return nil
      end
      last = math.max(last, class)
    end
    for class = 0, last do list[class + 1] = value[class] or 1 end
    return list
  end,
  expects = function() return "a table of numbers of at least 0 by the class, {[0] = 1, [1] = 5}" end,
}

local FIT = {
  {"batch_size", "integer", min = 1, max = 1 << 20, default = 32, doc = "samples in one step"},
  {"epochs", "integer", min = 1, max = 1 << 20, default = 1, doc = "times to go through the data"},
  {"verbose", "verbose", default = "auto",
    doc = 'what the program shows: 0 nothing, 1 a bar, on a terminal, 2 a line for each epoch; "auto" takes a bar or lines'},
  {"callbacks", "list", default = {}, doc = "what is done at the end of epochs"},
  {"validation_split", "number", min = 0, below = 1, default = 0.0,
    doc = "share of the training rows, the last ones, to validate on"},
  {"validation_data", "unsupported", instead = DATA},
  {"shuffle", "boolean", default = true, doc = "a new order of the samples in each epoch"},
  {"class_weight", "class_weight", optional = true,
    doc = "what the loss of a sample of each class is multiplied by, {[0] = 1, [1] = 5}; a class that is left out counts 1"},
  {"sample_weight", "unsupported",
    instead = "the data have the weights: an array sample_weight_train, or the program's --sample-weight FILE"},
  {"initial_epoch", "integer", min = 0, default = 0, doc = "epochs that count as done: so many fewer are trained"},
  {"steps_per_epoch", "integer", min = 1, optional = true,
    doc = "batches of an epoch, beyond the last of the data from the first on; all of the data without it"},
  {"validation_steps", "integer", min = 1, optional = true, doc = "batches that validate, the first ones; all without it"},
  {"validation_batch_size", "integer", min = 1, optional = true,
    doc = "changes nothing; where batches matter, for validation_steps or a loss that is no mean, it must be batch_size"},
  {"validation_freq", "integer", min = 1, default = 1, doc = "epochs from one validation to the next"},
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
  local fitted = arguments.parse("fit", FIT, ...)
  for i, given in ipairs(fitted.callbacks) do
    fitted.callbacks[i] = arguments.parse("fit", {{"callback", "callback"}}, {callback = given}).callback
  end
  local validating = fitted.validation_batch_size
  if fitted.validation_steps and validating and validating ~= fitted.batch_size then
    fail(format("fit: validation_steps counts batches of validation_batch_size = %d, but they are of batch_size = %d",
        validating, fitted.batch_size),
      {hint = "leave out validation_batch_size, and count in batches of batch_size"})
  end
  if fitted.initial_epoch >= fitted.epochs then
    fail(format("fit: %d epochs are done before, of %d", fitted.initial_epoch, fitted.epochs),
      {hint = "epochs counts those before initial_epoch, too"})
  end
  return fitted
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
  {"batch_size", "integer", min = 1, max = 1 << 20, default = 32,
    doc = "samples of a batch, which changes nothing but a loss that is no mean"},
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

-- Does it show anything? And the batch size.
function cnnc.parse_evaluate(...)
  if has_data(...) then fail("evaluate: the script has no data", {hint = DATA}) end
  local values = arguments.parse("evaluate", EVALUATE, ...)
  return values.verbose ~= 0, values.batch_size
end

-- A script may be anyone's: the program writes into the folder that it is run in, and reads there and beside the script.
arguments.types.weights_name = {
  check = function(value, _, owner)
    if type(value) ~= "string" or string.find(value, "[{}]") then return nil end
    return cnnc.output_name(owner, value, ".safetensors")
  end,
  expects = function() return 'a name such as "model.safetensors"' end,
}

local SAVE = {
  {"filepath", "weights_name", doc = "a file of safetensors, which is the default of --save"},
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

function cnnc.parse_save(...)
  local values = arguments.parse("save", SAVE, ...)
  if not values.overwrite then fail("save: the program writes over the file", {hint = "leave out overwrite"}) end
  return values.filepath
end

cnnc.LOADED = "a file of safetensors: beside the script, at the path that cnnc was told, or else in the folder where the "
  .. "program runs"

local LOAD = {
  {"filepath", "weights_name", doc = cnnc.LOADED .. "; the default of --weights"},
  {"by_name", {true}, default = true, doc = "tensors are found by their names"},
}
cnnc.LOAD = LOAD

cnnc.describe("function", {
  name = "model:load_weights", aliases = {"load_weights"}, rows = LOAD,
  doc = "the program evaluates and predicts with this file; in front of fit, training begins with it, too, where it is there",
  example = [[
local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "adam", loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
model:load_weights("before.safetensors")
model:fit{epochs = 5}
return model]],
})

function cnnc.parse_load(...) return arguments.parse("load_weights", LOAD, ...).filepath end

---- The end of the script --------------------------------------------------------------------------

-- An output that has a loss: {number =, output =, loss =, spec =, classes =, label =, value = the loss of each sample, mask =,
-- masked = what loss_of() gives where there is a mask, weight = of the loss}.
local function labelled(model, number, chosen, compiled, last)
  local output, spec = model.outputs[number], fields[chosen].spec
  local classes = spec.classes == true
  cnnc.check_output({loss = chosen, at = compiled.at}, output, model.input, last)
  cnnc.origin(compiled.at, "loss", spec.name)
  local shape = output.shape
  fields[chosen].at = compiled.at
  if spec.label_shape then
    shape = spec.label_shape(chosen, output)
  elseif classes then
    table.remove(shape) -- a class for each row of scores
  end
  local label = cnnc.label(shape, {
    output = number, is_class = classes, loss = spec.aliases[1],
    probabilities = spec.probabilities or "none", from_logits = chosen.from_logits == true,
    ignores = chosen.ignore_class ~= nil, ignored = chosen.ignore_class or 0,
  })
  local mask = cnnc.mask_of(output)
  if mask then output = cnnc.with_mask(output, nil) end -- what is computed of it has nothing behind it
  local value, masked = cnnc.loss_of(chosen, output, label, number, compiled.at, mask)
  return {number = number, output = output, spec = spec, classes = classes, label = label, mask = mask, value = value,
    masked = masked}
end

-- Those of a model, in their order, and the sum of their losses; nil: there are none, and what is added is all.
local function label_outputs(model, compiled, lasts)
  local losses = compiled.loss and cnnc.losses_of(compiled, model.output_names) or {}
  local weights = cnnc.loss_weights_of(compiled, model.output_names, losses)
  local list, total = {}, nil
  for i in ipairs(model.outputs) do
    if losses[i] then
      local entry = labelled(model, i, losses[i], compiled, lasts[i])
      entry.weight = weights[i]
      local part = entry.value
      if weights[i] and weights[i] ~= 1 then part = cnnc.op.binary(part, weights[i], {["function"] = "multiply"}) end
      total = total and cnnc.op.binary(total, part, {["function"] = "add"}) or part
      list[#list + 1] = entry
    end
  end
  if #list == 0 and (compiled.loss or not cnnc.adds_losses(model)) then
    fail("compile: no output has a loss", {at = compiled.at})
  end
  return list, total, losses
end

local function check_metric(chosen, entry, compiled)
  local spec = fields[chosen].spec
  if spec.classes ~= nil and spec.classes ~= entry.classes then
    fail(format("compile: the metric %s does not fit the labels of %s", spec.name, entry.spec.aliases[1]),
      {hint = 'metrics = {"accuracy"} takes the one that fits', at = compiled.at})
  end
end

-- The loss, of several losses each, then the metrics, then those that layers and the script add.
local function build_columns(model, compiled, entries, losses)
  local columns = cnnc.Columns.new(entries)
  local function name(entry, ...) return cnnc.column_name(columns, model.output_names, entry.number, ...) end
  for _, entry in ipairs(#entries > 1 and entries or {}) do
    columns:append_loss(name(entry, "loss"), entry)
  end
  for _, what in ipairs{"metrics", "weighted_metrics"} do
    local metrics, is_weighted = cnnc.metrics_of(compiled, what, model.output_names, losses), what ~= "metrics"
    for _, entry in ipairs(entries) do
      for _, chosen in ipairs(metrics[entry.number] or {}) do
        check_metric(chosen, entry, compiled)
        columns:append_metric(name(entry, chosen.column, is_weighted), chosen, entry, is_weighted, compiled.at)
      end
    end
  end
  local _, added = cnnc.added_of(model)
  columns:append_added(added)
  return columns
end

---- Stages -----------------------------------------------------------------------------------------

-- Numbers, texts, or lists of such.
local function is_equal(a, b)
  if not (arguments.is_plain_table(a) and arguments.is_plain_table(b)) then return a == b end
  for i = 1, math.max(#a, #b) do
    if a[i] ~= b[i] then return false end
  end
  return true
end

-- The same, with names and lists in lists: what objects of the script's classes are made with.
local function is_made_alike(a, b)
  if not (arguments.is_plain_table(a) and arguments.is_plain_table(b)) then return a == b end
  return cnnc.same_entries(a, b, is_made_alike)
end

-- Are two objects of one kind, with the same arguments?
local function is_same(a, b)
  local spec, other = fields[a].spec, fields[b].spec
  if spec.class and spec.class == other.class then return is_made_alike(fields[a].given, fields[b].given) end
  if spec.loss and other.loss then return is_same(spec.loss, other.loss) end -- a loss as a metric
  if other ~= spec then return false end
  for _, row in ipairs(spec.arguments) do
    if not is_equal(fields[a][row[1]], fields[b][row[1]]) then return false end
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
  local function are_same(a, b) return cnnc.same_entries(a, b, is_same) end
  local function is_equal(a, b) return a == b end
  if not are_same(first.loss or {}, compiled.loss or {}) then refuse("loss and metrics") end
  if not cnnc.same_entries(first.loss_weights or {}, compiled.loss_weights or {}, is_equal) then refuse("loss_weights") end
  if not cnnc.same_entries(first.metrics, compiled.metrics, are_same)
    or not cnnc.same_entries(first.weighted_metrics, compiled.weighted_metrics, are_same) then
    refuse("metrics")
  end
end

-- What fit takes note of, beside its arguments: the optimizer as it is now. Its learning rate may change between two fits.
function cnnc.note_fit(compiled, fitted)
  fitted.compiled, fitted.optimizer = compiled, cnnc.optimizer_rows(compiled.optimizer, compiled.slots)
  compiled.slots = fitted.optimizer.slots
  return fitted
end

-- `columns`: those of columns.lua. Returns the name of a CSVLogger's file, too.
local function stage_rows(fits, columns)
  local rows, previous, history = {}, nil, nil
  for i, fitted in ipairs(fits) do
    local compiled = fitted.compiled
    rows[i] = {
      at = fitted.at, compiled_at = compiled.at, fresh = compiled ~= previous,
      frozen = cnnc.frozen_parameters(compiled.trainable),
      batch_size = fitted.batch_size, epochs = fitted.epochs - fitted.initial_epoch, initial_epoch = fitted.initial_epoch,
      steps_per_epoch = fitted.steps_per_epoch or 0, validation_steps = fitted.validation_steps or 0,
      validation_freq = fitted.validation_freq, class_weights = fitted.class_weight or {},
      validation_split = fitted.validation_split, shuffle = fitted.shuffle, verbose = VERBOSE[fitted.verbose],
    }
    for name, value in pairs(fitted.optimizer) do rows[i][name] = value end
    rows[i].callbacks, history = cnnc.callback_rows(fitted.callbacks, {
      epochs = fitted.epochs, learning_rate = rows[i].settings[1].value, columns = columns.names, better = columns.better,
      at = fitted.at,
    }, history)
    previous = compiled
  end
  return rows, history
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

-- nil: there are none.
local function sum_of_all(added)
  local total
  for _, entry in ipairs(added) do
    local number = cnnc.number_of(entry)
    total = total and cnnc.op.binary(total, number, {["function"] = "add"}) or number
  end
  return total
end

-- The loss, if there is one, and what layers and the script add to it, which as in Keras no weight of a sample multiplies; and
-- whether the weights are in it therefore.
local function with_added(model, value)
  local added = sum_of_all(cnnc.added_of(model))
  if not added then return cnnc.of_samples(value), false end
  return value and cnnc.op.binary(cnnc.weighted(value), added, {["function"] = "add"}) or cnnc.of_samples(added), true
end

-- How many classes the one label of a sample may be of; nil: any number.
local function class_count(entry)
  local shape = entry.classes and entry.output.shape or entry.label.shape
  local count = shape[#shape] or 1
  return count > 1 and count or entry.spec.probabilities == "sigmoid" and 2 or nil
end

-- A sample must have one class. Its weight multiplies the one loss that it has.
local function check_class_weights(fits, entries)
  for _, fitted in ipairs(fits) do
    if fitted.class_weight and (#entries ~= 1 or #entries[1].label.shape > (entries[1].classes and 0 or 1)) then
      fail("fit: class_weight is for models with one output and one label for each sample", {
        hint = "weights of samples do the same: an array sample_weight_train of the data", at = fitted.at})
    end
    local count, weights = fitted.class_weight and class_count(entries[1]), fitted.class_weight
    if count and #weights > count then
      fail(format("fit: class_weight weighs class %d, but the model has the classes 0 to %d", #weights - 1, count - 1),
        {hint = "classes are counted from 0", at = fitted.at})
    end
  end
end

-- A loss that asks for more of a batch than its samples by themselves must get the batches that the script says.
local function check_batches(model, fits, losses)
  for _, fitted in ipairs(fits) do
    local size = fitted.validation_batch_size
    for i in ipairs(model.outputs) do
      local chosen = losses[i]
      if chosen and size and size ~= fitted.batch_size and cnnc.depends_on_batch(chosen) then
        fail(format("fit: the loss %s depends on the batch, and validation takes batches of batch_size = %d, not %d",
            fields[chosen].spec.name, fitted.batch_size, size),
          {hint = "leave out validation_batch_size", at = fitted.at})
      end
    end
  end
end

-- What the loss gets for parameters by ops, nil for nothing, and their constraints, but for those that are never trained.
local function rules_of(model, fits, at)
  local frozen = {}
  for i, fitted in ipairs(fits) do frozen[i] = {frozen = cnnc.frozen_parameters(fitted.compiled.trainable)} end
  local penalties, constraints = cnnc.parameter_rules(model.network, always_frozen(frozen))
  cnnc.origin(at, "regularizer", "regularizer")
  return sum_of_all(penalties), constraints
end

-- Appends loss and metrics to the graph of the finished model, given by its fields, and its stages. `lasts`: of each output the
-- row of its layer.
-- Returns the parameters that are never trained; nil: the script compiles no loss.
function cnnc.finish_training(model, lasts)
  local compiled, fits = model.compiled, model.fits
  if not compiled or not (compiled.loss or fits[1] or cnnc.adds_losses(model)) then return nil end
  if not fits[1] then
    fits = {cnnc.note_fit(compiled, cnnc.parse_fit())}
    fits[1].at = compiled.at
  end
  for _, fitted in ipairs(fits) do check_same(fits[1].compiled, fitted.compiled) end
  check_same(fits[1].compiled, compiled)
  compiled = fits[1].compiled
  local entries, total, losses = label_outputs(model, compiled, lasts)
  check_class_weights(fits, entries)
  check_batches(model, fits, losses)
  local value, has_weights = with_added(model, total)
  local penalty, constraints = rules_of(model, fits, compiled.at)
  cnnc.origin(compiled.at, "metrics", "metrics")
  local columns = build_columns(model, compiled, entries, losses)
  local rows, history = stage_rows(fits, columns)
  cnnc.set_training{
    fitted = model.fits[1] ~= nil, loss = value, loss_has_weights = has_weights, penalty = penalty,
    constraints = constraints, metrics = columns.tensors, columns = columns.names, better = columns:letters(),
    finish = columns:rule(), stages = rows,
    summarizes = model.summarizes == true, evaluates = model.evaluates == true, save = model.saved_as,
    evaluate_batch = model.evaluate_batch or 32,
    history = history, weights = model.loaded_from, begins_with_weights = model.begins_with_weights == true,
  }
  return always_frozen(rows)
end
