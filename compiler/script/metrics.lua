-- metrics.lua: what may stand among metrics: those of the folder of this name, losses, and functions of the script's.

local cnnc = ...
local arguments, fields = cnnc.arguments, cnnc.fields

local of_metrics, is_metric = arguments.types.metric.check, arguments.types.metric.knows

-- A loss is a metric as well: its mean, unless there is a metric of its name.
local function of_loss(chosen)
  local spec = fields[chosen].spec
  cnnc.check_reduction(chosen)
  if chosen.reduction == "sum" or chosen.ignore_class then
    cnnc.fail(string.format("%s among metrics is the mean of the samples, and cannot have %s", spec.name,
        chosen.ignore_class and "ignore_class" or 'reduction = "sum"'), {hint = "leave that out, or give it to loss alone"})
  end
  if is_metric(spec.aliases[1]) then
    local made = of_metrics(spec.aliases[1], nil, "compile")
    fields[made].name = chosen.name
    return made
  end
  return cnnc.metrics.make({
    aliases = spec.aliases, name = spec.aliases[1], arguments = {}, loss = chosen, classes = spec.classes == true, better = "min",
    build = function(_, output, label, _, at)
      fields[chosen].at = at
      return cnnc.loss_value(chosen, spec, output, label, at)
    end,
    masked = function(_, output, label, _, mask, at)
      fields[chosen].at = at
      return cnnc.loss_value(chosen, spec, output, label, at, mask)
    end,
  }, {name = spec.arguments and chosen.name or nil})
end

-- A function of the script's: the mean of what it gives. It is called as the variable that holds it.
local function of_function(f)
  local found = cnnc.name_of(f)
  local name = found and arguments.types.name.check(found) and found or "metric"
  return cnnc.metrics.make({
    aliases = {name}, name = name, arguments = {},
    build = function(_, output, label, _, at)
      return cnnc.run_loss(at, name, f, label, output)
    end,
    masked = function(_, output, label, _, mask, at)
      return cnnc.run_loss(at, name, f, label, output, function(each) return cnnc.masked_mean(each, mask, at) end)
    end,
  }, {})
end

arguments.types.metric.check = function(value, row, owner)
  local losses = arguments.types.loss
  local chosen
  if type(value) == "function" and not cnnc.constructors[value] then
    chosen = of_function(value)
  elseif type(value) ~= "string" or is_metric(value) or not losses.knows(value) then
    chosen = of_metrics(value, row, owner)
  end
  if not chosen then
    local loss = losses.check(value, row, owner)
    chosen = loss and of_loss(loss)
  end
  return chosen
end

-- Its column bears the name that the script gives it.
function cnnc.parse_metric(wanted)
  local chosen = arguments.parse("compile", {{"metric", "metric"}}, {metric = wanted}).metric
  fields[chosen].column = type(wanted) == "string" and wanted or fields[chosen].name or fields[chosen].spec.aliases[1]
  return chosen
end

---- What a class follows ---------------------------------------------------------------------------------

local EXAMPLE <const> = [[
local Small = class(Layer, "Small")
function Small:init() self.size = %s{name = "size"} end
function Small:call(x)
  self.size:update_state(ops.abs(x))
  return x
end
local model = Sequential{Input{4}, Dense(8), Small(), Dense(1)}
model:compile{optimizer = "adam", loss = "mse"}
return model]]

-- Keras' metrics of one value: in a class's `call`, update_state(x) gives them more.
local function tracker(name, what, sums)
  local function update_state(self, ...)
    if not fields[self] then
      cnnc.fail("update_state must be called on a metric", {hint = "methods are called with a colon: self.size:update_state(x)"})
    end
    local x = arguments.parse("update_state", {{"values", "any", doc = "a tensor"}}, ...).values
    if not cnnc.scopes.current and not cnnc.scopes.runs_class then
      cnnc.fail(name .. ": update_state is called in the call of a class", {hint = "model:add_metric(...) is called outside"})
    end
    if sums and cnnc.is_of_batch(cnnc.need_numbers("update_state", x)) then
      cnnc.fail(name .. ": this is one number of the whole batch, and its sum would depend on how many batches there are",
        {hint = "Mean shows it as it is"})
    end
    local metric = {name = fields[self].name or string.lower(name), of = self, sums = sums}
    cnnc.note_added(cnnc.need_numbers("update_state", x), metric, "update_state")
  end
  cnnc.metrics.define{
    name = name, aliases = {string.lower(name)}, arguments = {cnnc.metrics.NAME},
    methods = {update_state = cnnc.entry(update_state)},
    doc = string.format("in a class: the %s of the numbers that its call gives to update_state, as a column of the log", what),
    formula = string.format("the %s of x", what), example = string.format(EXAMPLE, name),
    build = function(_, _, _, _, at)
      cnnc.fail(name .. " is no metric of an output",
        {hint = "make it in a class's init, and call self.METRIC:update_state(x) in its call", at = at})
    end,
  }
end
tracker("Mean", "mean", false)
tracker("Sum", "sum", true)
