-- callbacks.lua: what fit is told to do at the end of its epochs. `doc`, `formula` and `example` of each are what `cnnc help` and
-- the manual page print. What they do stands in runtime/train/callbacks.c; keras/src/callbacks/*.py says it, too.
--
-- `kind`: enum cnn_callback_kind of cnnrt.h. `settings(c, stage)`: the members of struct cnn_stage_callback, by name; `monitor` is
-- found among the columns of the metrics; `compares(c)`: is it asked which of two numbers is better? Without a kind, nothing is
-- to be done, or `note(c)` says what does it.

local cnnc = ...
local fail, arguments, fields = cnnc.fail, cnnc.arguments, cnnc.fields
local format, find = string.format, string.find

local define = arguments.kind("callback")

local FRAME <const> = [[
local model = Sequential{Dense{1, input_shape = {4}}}
model:compile{optimizer = "adam", loss = "mse"}
model:fit{epochs = 50, validation_split = 0.2, callbacks = {%s}}
return model]]

local function callback(spec)
  spec.aliases = {spec.name}
  spec.example = format(FRAME, spec.example)
  define(spec)
end

---- What several of them take ---------------------------------------------------------------------------

local function monitor(default)
  return {"monitor", "string", default = default, doc = "a column of the log: loss, a metric's name, or one with val_ in front"}
end
local MODE = {"mode", {"auto", "min", "max"}, default = "auto",
  doc = "which is better: the smaller or the larger; auto: as the column's metric has it; of a function of the script's "
    .. "nobody knows"}
local VERBOSE = {"verbose", "integer", min = 0, default = 0, doc = "1: say what is done"}

arguments.types.save_freq = {
  check = function(value)
    return (value == "epoch" or math.type(value) == "integer" and value >= 1 and value < 1 << 40) and value or nil
  end,
  expects = function() return '"epoch" or a number of batches' end,
}

-- The file that a name of Keras' stands for: in the folder where the program runs, of safetensors.
-- `at`: the line of the script; nil: the one that is run.
function cnnc.output_name(owner, path, extension, at)
  local name = string.match(path, "([^/\\]*)$")
  local stem = string.match(name, "^(.-)%.weights%.h5$") or string.match(name, "^(.+)%.%a%w*$") or name
  local made = stem .. extension
  if not find(made, "^[%w_{][%w_.{}:-]*$") or #made > 100 then
    fail(format("%s: %s is no name of a file", owner, arguments.show(path)),
      {hint = 'letters, digits and _ . -, as in "best' .. extension .. '"'})
  end
  if made ~= path then
    cnnc.warn(format("%s: %s is written as %s, where the program runs", owner, arguments.show(path), made), {at = at})
  end
  return made
end

---- The callbacks ---------------------------------------------------------------------------------------

callback{
  name = "EarlyStopping", kind = "EARLY_STOPPING",
  doc = "ends the stage when a column has not become better for so many epochs",
  example = 'EarlyStopping{monitor = "val_loss", patience = 5, restore_best_weights = true}',
  arguments = {
    monitor("val_loss"),
    {"min_delta", "number", min = 0, default = 0, doc = "less is no improvement"},
    {"patience", "integer", min = 0, default = 0, doc = "epochs without improvement"},
    VERBOSE, MODE,
    {"baseline", "number", optional = true, doc = "what is not better than this does not count as improvement"},
    {"restore_best_weights", "boolean", default = false, doc = "end with the parameters of the best epoch"},
    {"start_from_epoch", "integer", min = 0, default = 0, doc = "epochs that are not looked at"},
  },
  settings = function(c)
    return {min_delta = c.min_delta, patience = c.patience, baseline = c.baseline, has_baseline = c.baseline ~= nil,
      restores_best = c.restore_best_weights, start_from_epoch = c.start_from_epoch}
  end,
}

local function no_validation(c, column, stage)
  fail(format("ModelCheckpoint: there is no %s after %s batches, but at the end of an epoch", column, c.save_freq),
    {hint = 'save_freq = "epoch", or ' .. string.gsub(column, "^val_", ""), at = stage.at})
end

callback{
  name = "ModelCheckpoint", kind = "MODEL_CHECKPOINT",
  doc = "saves the parameters after each epoch, or so many batches, or when a column has become better then; --checkpoint keeps "
    .. "a whole training",
  example = 'ModelCheckpoint{"best.safetensors", monitor = "val_loss", save_best_only = true}',
  arguments = {
    {"filepath", "string", doc = "a file of safetensors; {epoch:02d}, {batch:02d} and {val_loss:.2f} stand for numbers"},
    monitor("val_loss"), VERBOSE,
    {"save_best_only", "boolean", default = false, doc = "only when the column has become better"},
    {"save_weights_only", "boolean", default = false, doc = "weights are all there is to save"},
    MODE,
    {"save_freq", "save_freq", default = "epoch", doc = "after each epoch, or after so many batches, counted across epochs"},
    {"initial_value_threshold", "number", optional = true, doc = "what must become better at first"},
  },
  compares = function(c) return c.save_best_only end,
  settings = function(c, stage)
    if c.save_freq ~= "epoch" and c.save_best_only and find(c.monitor, "^val_") then no_validation(c, c.monitor, stage) end
    return {file = cnnc.output_name("ModelCheckpoint", c.filepath, ".safetensors", stage.at), best_only = c.save_best_only,
      save_freq = c.save_freq ~= "epoch" and c.save_freq or nil,
      baseline = c.initial_value_threshold, has_baseline = c.initial_value_threshold ~= nil}
  end,
}

callback{
  name = "ReduceLROnPlateau", kind = "REDUCE_LR_ON_PLATEAU",
  doc = "reduces the learning rate when a column has not become better for so many epochs",
  example = 'ReduceLROnPlateau{monitor = "val_loss", factor = 0.5, patience = 3}',
  arguments = {
    monitor("val_loss"),
    {"factor", "number", min = 0, below = 1, default = 0.1, doc = "of the learning rate"},
    {"patience", "integer", min = 0, default = 10, doc = "epochs without improvement"},
    VERBOSE, MODE,
    {"min_delta", "number", min = 0, default = 1e-4, doc = "less is no improvement"},
    {"cooldown", "integer", min = 0, default = 0, doc = "epochs after a reduction that do not count"},
    {"min_lr", "number", min = 0, default = 0.0, doc = "the learning rate does not fall below"},
  },
  settings = function(c)
    return {min_delta = c.min_delta, patience = c.patience, factor = c.factor, cooldown = c.cooldown, min_lr = c.min_lr}
  end,
}

local EPOCHS_MAX <const> = 4096 -- of a table of learning rates

-- The learning rates of the epochs. Keras' function gets the epoch, from 0, and the learning rate before.
local function tabulated(schedule, stage)
  local rates, rate = {}, stage.learning_rate
  if stage.epochs > EPOCHS_MAX then
    fail(format("LearningRateScheduler: fit has %d epochs, and the table of learning rates at most %d", stage.epochs, EPOCHS_MAX),
      {hint = "a schedule as learning_rate, CosineDecay{...} say, goes on as long as the training does", at = stage.at})
  end
  for epoch = 0, stage.epochs - 1 do
    rate = schedule(epoch, rate)
    arguments.parse("LearningRateScheduler", {{"learning rate", "number", min = 0}}, {["learning rate"] = rate})
    rates[epoch + 1] = rate + 0.0
  end
  return rates
end

callback{
  name = "LearningRateScheduler", kind = "LEARNING_RATE_SCHEDULER",
  doc = "sets the learning rate of each epoch, by a function that is called when the C is written",
  example = "LearningRateScheduler(function(epoch, rate) return epoch < 10 and 0.01 or rate * 0.9 end)",
  arguments = {
    {"schedule", "function", doc = "the learning rate of an epoch, counted from 0, given it and the one before"}, VERBOSE,
  },
  settings = function(c, stage) return {rates = tabulated(c.schedule, stage)} end,
}

callback{
  name = "CSVLogger", doc = "writes a row for each epoch, as the program's --history",
  example = 'CSVLogger("training.csv")',
  arguments = {
    {"filename", "string", doc = "a CSV file"},
    {"separator", {","}, default = ",", doc = "between numbers"},
    {"append", {false}, default = false, hint = "give the file another name, and the one before stays",
      doc = "false: the file begins anew"},
  },
}

local function nothing(name, doc, rows, note)
  callback{name = name, doc = doc, example = name .. "()", arguments = rows, note = note, differs = note and "only a note"}
end

nothing("TerminateOnNaN", "the program ends anyway when the loss is no number", {})
nothing("History", "the program shows each epoch anyway", {})
nothing("ProgbarLogger", "the program shows its progress anyway", {})
nothing("LambdaCallback", "only a note: the program is C, and calls none of the script's functions", {
  {"on_epoch_begin", "function", optional = true, doc = "not called"},
  {"on_epoch_end", "function", optional = true, doc = "not called"},
  {"on_train_begin", "function", optional = true, doc = "not called"},
  {"on_train_end", "function", optional = true, doc = "not called"},
  {"on_train_batch_begin", "function", optional = true, doc = "not called"},
  {"on_train_batch_end", "function", optional = true, doc = "not called"},
  {"on_batch_begin", "function", optional = true, named_only = true, doc = "not called"},
  {"on_batch_end", "function", optional = true, named_only = true, doc = "not called"},
}, "LambdaCallback: its functions are not called, as the program is C; struct cnn_callback of cnnrt.h is for a program of your own")
nothing("TensorBoard", "only a note: the program writes a row for each epoch into a CSV file, --history FILE.csv", {
  {"log_dir", "any", optional = true, doc = "not used"}, {"histogram_freq", "any", optional = true, doc = "not used"},
  {"write_graph", "any", optional = true, doc = "not used"}, {"write_images", "any", optional = true, doc = "not used"},
  {"update_freq", "any", optional = true, doc = "not used"}, {"profile_batch", "any", optional = true, doc = "not used"},
}, "TensorBoard: nothing is written for it; --history FILE.csv of the program writes a row for each epoch")
nothing("BackupAndRestore", "only a note: the program keeps its training with --checkpoint FILE, and goes on with --resume", {
  {"backup_dir", "any", optional = true, doc = "not used"}, {"save_freq", "any", optional = true, doc = "not used"},
  {"delete_checkpoint", "any", optional = true, doc = "not used"},
}, "BackupAndRestore: the program keeps its training with --checkpoint FILE, and goes on with --resume")

---- What a stage of a training gets ------------------------------------------------------------------------

local SYNONYMS <const> = {accuracy = "acc", acc = "accuracy"} -- Keras 2 called the column acc

-- A column: whether it is of the validation, and its number.
local function column_of(c, column, stage)
  local validation = find(column, "^val_") ~= nil
  local name = validation and string.sub(column, 5) or column
  for i, known in ipairs(stage.columns) do
    if known == name or SYNONYMS[known] == name then return validation, i - 1 end
  end
  fail(format("%s: there is no column '%s'", fields[c].spec.name, column),
    {hint = format("columns are %s, and these with val_ in front%s", table.concat(stage.columns, ", "),
      #stage.columns == 1 and '; metrics = {"accuracy"} of compile makes another' or ""), at = stage.at})
end

-- Is the larger number of this column the better one?
local function higher_is_better(c, index, stage)
  local better, compares = c.mode ~= "auto" and c.mode or stage.better[index + 1], fields[c].spec.compares
  if not better and (not compares or compares(c)) then
    fail(format("%s: whether a larger or a smaller '%s' is better cannot be told", fields[c].spec.name, c.monitor),
      {hint = 'mode = "max" or mode = "min" says it', at = stage.at})
  end
  return better == "max"
end

-- What names of files have that is no column, but whole. A batch is one of those after which it is saved.
local function is_count(c, name) return name == "epoch" or name == "batch" and c.save_freq ~= "epoch" end

-- Is this how a number is printed in the name of a file? callbacks.c knows no other forms; a column is no whole number.
local function is_form(form, whole)
  return form == "" or find(form, "^:%.%d%d?f$") or (whole and find(form, "^:%d?%d?d$"))
end

-- The file of ModelCheckpoint, whose braces name columns.
local function with_columns(c, file, stage)
  local FORMS <const> = "{epoch:02d} and {val_loss:.2f} stand for numbers"
  if find(string.gsub(file, "{[^{}]*}", ""), "[{}]") then
    fail(format("%s: a brace of '%s' has no other", fields[c].spec.name, file), {hint = FORMS, at = stage.at})
  end
  return (string.gsub(file, "{([^}:]*)([^}]*)}", function(name, form)
    local whole = is_count(c, name)
    if not is_form(form, whole) then
      fail(format("%s: {%s%s} is no number's form", fields[c].spec.name, name, form), {hint = FORMS, at = stage.at})
    end
    if whole then return format("{%s%s}", name, form) end
    local validation, index = column_of(c, name, stage)
    if validation and c.save_freq ~= "epoch" then no_validation(c, name, stage) end
    return format("{%s%s%s}", validation and "val_" or "", stage.columns[index + 1], form)
  end))
end

-- By name, in the order of names.
local function members(row)
  local list = {}
  for _, name in ipairs(arguments.sorted_names(row)) do list[#list + 1] = {name = name, value = row[name]} end
  return list
end

-- The program has one such file, which all stages write to. `before`: that of a CSVLogger before; nil: there is none.
local function history_of(c, before, stage)
  local file = cnnc.output_name("CSVLogger", c.filename, ".csv", stage.at)
  if before and before ~= file then
    fail(format("CSVLogger: the program writes one file, and the CSVLogger before writes %s", before),
      {hint = "all stages are in that file", at = stage.at})
  end
  return file
end

-- `list`: fit's callbacks. stage: {epochs =, learning_rate =, columns = names, better = of each "max", "min" or nil, at =};
-- `history`: the file of a CSVLogger before, or nil. Returns the rows for C, and that file as it is now.
function cnnc.callback_rows(list, stage, history)
  local rows = {}
  for _, c in ipairs(list) do
    local spec = fields[c].spec
    if spec.note then cnnc.warn(spec.note, {at = stage.at}) end
    if spec.name == "CSVLogger" then history = history_of(c, history, stage) end
    if spec.kind then
      local row = spec.settings(c, stage)
      row.kind, row.verbose = spec.kind, c.verbose > 0
      if row.file then row.file = with_columns(c, row.file, stage) end
      if c.monitor then
        row.monitor = c.monitor
        row.of_validation, row.column = column_of(c, c.monitor, stage)
        row.higher_is_better = higher_is_better(c, row.column, stage)
      end
      rows[#rows + 1] = members(row)
    end
  end
  return rows, history
end
