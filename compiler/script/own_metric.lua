-- own_metric.lua: class(Metric) and class(Loss), metrics and losses of the script's own in the manner of Keras' subclasses.
--
-- What a metric's update_state adds to its weights are sums over the samples of a batch, so that the weights are sums over all
-- samples, of which a column of the log is made; its result is arithmetic of these, which is written down (rule.lua). While one of
-- the two runs, `phase` is its name.

local cnnc = ...
local fail, fields, arguments, op, rule = cnnc.fail, cnnc.fields, cnnc.arguments, cnnc.op, cnnc.rule
local NONE = cnnc.exports.None
local format = string.format

local phase

local function in_phase(name, f, ...)
  phase = name
  local results = table.pack(f(...))
  phase = nil
  return table.unpack(results, 1, results.n)
end

local function count_of(shape)
  local count = 1
  for _, size in ipairs(shape) do count = count * size end
  return count
end

---- Sums over a batch -----------------------------------------------------------------------------------

local batch_sums = {} -- by key: this tensor stands for its sum over the batch, too

-- Is ops.sum to go over the batch, too, as in Keras?
function cnnc.sums_batches() return phase == "update_state" end

-- The sum of x over the batch, and over axes of a sample; nil: all.
function cnnc.sum_of_batch(x, axes)
  local is_done = #cnnc.shape(x) == 0 or axes and #axes == 0
  local sum = is_done and op.affine(x, {scale = 1}) or op.reduce(x, {["function"] = "sum", axes = axes})
  batch_sums[cnnc.key(sum)] = true
  return sum
end

local function has_sum(tensor, seen)
  local key = tensor and cnnc.key(tensor)
  if not key or seen[key] then return false end
  seen[key] = true
  if batch_sums[key] then return true end
  for _, input in ipairs((cnnc.producer(tensor) or {inputs = {}}).inputs) do
    if has_sum(input, seen) then return true end
  end
  return false
end

local KEEPS <const> = {reshape = true, permute = true, slice = true}
local ADDS <const> = {add = true, subtract = true}

-- Is it a sum over the batch, or made of such so that the sum over all batches is made of theirs in the same way?
local function is_sum(tensor)
  local made = cnnc.producer(tensor)
  if not made then return false end
  if batch_sums[cnnc.key(tensor)] then return not has_sum(made.inputs[1], {}) or is_sum(made.inputs[1]) end
  if made.op == "affine" then return made.offset == 0 and is_sum(made.inputs[1]) end
  if made.op == "binary" and ADDS[made["function"]] then return is_sum(made.inputs[1]) and is_sum(made.inputs[2]) end
  return KEEPS[made.op] and is_sum(made.inputs[1]) or false
end

---- What result() works on ------------------------------------------------------------------------------

-- A number, or several, that the program knows at the end of an epoch: its shape, and by index the term.
local figure_metatable = {__name = "sum of a metric"}

local function figure(shape, at) return cnnc.object(figure_metatable, {shape = shape, at = at}) end

local variable_metatable = {__name = "weight of a metric"}

local function is_figure(value) return getmetatable(value) == figure_metatable or getmetatable(value) == variable_metatable end

local function fail_of_weight()
  fail("what a metric has summed is known to its result alone", {hint = "WEIGHT:assign_add(...) adds to it"})
end

local function figure_of(value)
  if type(value) == "number" then return {shape = {}, at = function() return value end} end
  if not is_figure(value) then fail(format("result can make nothing of %s", arguments.show(value))) end
  local own = fields[value]
  if not own.at then fail_of_weight() end
  return own
end

local function each(f, ...)
  local given, shape = {...}, {}
  for i, value in ipairs(given) do
    given[i] = figure_of(value)
    local other = given[i].shape
    if count_of(shape) > 1 and count_of(other) > 1 and cnnc.shape_text(shape) ~= cnnc.shape_text(other) then
      fail(format("result: %s numbers meet %s", cnnc.shape_text(shape), cnnc.shape_text(other)))
    end
    if #other > #shape or count_of(other) > count_of(shape) then shape = other end
  end
  return figure(shape, function(i)
    local terms = {}
    for k, own in ipairs(given) do terms[k] = own.at(count_of(own.shape) > 1 and i or 0) end
    return f(table.unpack(terms))
  end)
end

local function sum_of(x)
  local own = figure_of(x)
  return figure({}, function() return rule.sum(count_of(own.shape), own.at) end), count_of(own.shape)
end

local function less(a, b) return rule.less(a, b) end
local function same(a) return a end

-- What functions of ops, and the operators, make of figures number by number.
local EACH <const> = {
  add = function(a, b) return a + b end, subtract = function(a, b) return a - b end,
  multiply = function(a, b) return a * b end, divide = function(a, b) return a / b end,
  power = function(a, b) return a ^ b end, divide_no_nan = rule.quotient,
  sqrt = rule.sqrt, abs = rule.abs, exp = rule.exp, log = rule.log, sign = rule.sign, floor = rule.floor,
  square = function(a) return a * a end, negative = function(a) return 0 - a end, reciprocal = function(a) return 1 / a end,
  maximum = rule.maximum, minimum = rule.minimum, where = rule.choose, equal = rule.equal, less = less,
  greater = function(a, b) return less(b, a) end, not_equal = function(a, b) return 1 - rule.equal(a, b) end,
  less_equal = function(a, b) return 1 - less(b, a) end, greater_equal = function(a, b) return 1 - less(a, b) end,
  clip = function(a, low, high) return rule.minimum(rule.maximum(a, low), high) end,
}
local WHOLE <const> = {
  sum = function(x) return (sum_of(x)) end,
  mean = function(x)
    local sum, count = sum_of(x)
    return each(EACH.divide, sum, count)
  end,
  cast = function(x) return each(same, x) end, convert_to_tensor = function(x) return each(same, x) end,
}

-- What ops.NAME makes of the rest while a metric's own method runs; nothing: as ever.
function cnnc.of_own_metric(name, first, ...)
  if phase == "update_state" and first == NONE and (name == "cast" or name == "convert_to_tensor") then return NONE end
  if phase == "update_state" and (is_figure(first) or is_figure((...))) then fail_of_weight() end
  if phase ~= "result" then return nil end
  if WHOLE[name] then return WHOLE[name](first) end
  if EACH[name] then return each(EACH[name], first, ...) end
  fail(format("ops.%s: result is arithmetic of what was summed, which has no such function", name),
    {hint = "what is made of single samples is made in update_state"})
end

-- self.total + ops.sum(x), which self.total:assign() takes.
local function to_assign(variable, tensor)
  return cnnc.object({__name = "weight of a metric and what is added"}, {variable = variable, tensor = tensor})
end

for event, name in pairs{add = "add", sub = "subtract", mul = "multiply", div = "divide", pow = "power", unm = "negative"} do
  local function of_figures(a, b)
    if event == "unm" then return each(EACH.negative, a) end
    return each(EACH[name], a, b)
  end
  figure_metatable["__" .. event], variable_metatable["__" .. event] = of_figures, of_figures
end
function variable_metatable.__add(a, b)
  if phase == "update_state" and cnnc.is_tensor(b) then return to_assign(a, b) end
  return each(EACH.add, a, b)
end
for _, event in ipairs{"lt", "le"} do
  local function refuse()
    fail("what a metric has summed is known when the program runs, and cannot be compared here",
      {hint = "ops.where(ops.greater(x, 0), a, b) takes one of two"})
  end
  figure_metatable["__" .. event], variable_metatable["__" .. event] = refuse, refuse
end

---- Weights ----------------------------------------------------------------------------------------------

local SUMS <const> = "a weight is a sum over samples: what is added to it in each batch must be ops.sum(x), or "
  .. "ops.sum(x, {axis = 0})"
local SUMS_HINT <const> = "and not a mean, whose sum would depend on how many batches there are; "
  .. "self.count:assign_add(ops.shape(y_true)[0]) counts samples"

local variable_methods = {}

-- One of each sample.
local function one() return cnnc.of_samples(op.constant{value = 1}) end

function variable_methods.assign_add(variable, value)
  local own = fields[variable]
  if phase ~= "update_state" then fail("assign_add is for a metric's update_state") end
  local added = value == NONE and one() or value
  if not cnnc.is_tensor(added) or cnnc.is_shared(added) or value ~= NONE and not is_sum(added) then
    fail(SUMS, {hint = SUMS_HINT})
  end
  local wanted, given = cnnc.shape_text(own.shape), cnnc.shape_text(cnnc.shape(added))
  if wanted ~= given then fail(format("a weight of %s cannot be added %s", wanted, given)) end
  own.added = own.added and op.binary(own.added, added, {["function"] = "add"}) or added
end

function variable_methods.assign(variable, value)
  local own = fields[value]
  if phase == "update_state" and own and own.variable == variable then return variable_methods.assign_add(variable, own.tensor) end
  fail("a weight can only be added to: what it was before is known when the program runs",
    {hint = "WEIGHT:assign_add(ops.sum(x)); reset_state is not needed, each epoch begins with 0"})
end

function variable_metatable.__index(variable, key)
  if variable_methods[key] then return cnnc.entry(variable_methods[key]) end
  if key == "shape" then return cnnc.list(table.move(fields[variable].shape, 1, #fields[variable].shape, 1, {})) end
  fail(format("a metric's weight has no field '%s'", tostring(key)), {hint = "it has assign_add, assign and shape"})
end

function variable_metatable.__newindex() fail("a metric's weight cannot be changed so", {hint = "WEIGHT:assign_add(...)"}) end

arguments.types.weight_shape = {
  check = function(value)
    if arguments.is_list(value) and #value == 0 then return {} end
    return arguments.types.shape.check(type(value) == "number" and {value} or value, {min = 1})
  end,
  expects = function() return "{}, or a list of integers" end,
}

local ADD_WEIGHT <const> = {
  {"shape", "weight_shape", default = {}}, {"initializer", "initializer", default = "zeros"},
  {"dtype", {"float32"}, optional = true}, {"name", "name", default = "variable"},
}

-- Keras 2 has the name in front.
local function add_weight(metric, ...)
  local first, rest = ...
  local values = type(first) == "string" and arguments.is_plain_table(rest or {}) and arguments.copy_of(rest or {})
  if values then values.name = first end
  values = arguments.parse("add_weight", ADD_WEIGHT, table.unpack(values and {values} or {...}))
  if fields[values.initializer].spec.name ~= "Zeros" then
    fail("add_weight: a metric's weight is a sum, and begins with 0", {hint = 'initializer = "zeros"; result can add a number'})
  end
  local variable = cnnc.object(variable_metatable, {shape = values.shape, name = values.name})
  table.insert(fields[metric].variables, variable)
  return variable
end

---- Objects of classes -----------------------------------------------------------------------------------

-- What the script reads of such an object, and writes into it; `methods`: what it has beside those of the class.
local function opened(spec, class, methods)
  local HIDDEN <const>, KEPT <const> = {spec = true, variables = true, at = true, given = true}, {column = true, reduction = true}
  function spec.index(self, key)
    if methods[key] then return methods[key] end
    if HIDDEN[key] then return nil end
    if fields[self][key] ~= nil then return fields[self][key] end
    return class[key]
  end
  function spec.newindex(self, key, value)
    if methods[key] or HIDDEN[key] or KEPT[key] then fail(format("%s: '%s' cannot be changed", spec.name, tostring(key))) end
    if key == "label_shape" then value = arguments.parse(spec.name, {{key, "weight_shape"}}, {[key] = value})[key] end
    cnnc.keep(self, key, value)
  end
  return spec
end

local function names_of(name, default)
  name = name or default
  return name, {cnnc.snake_case(name)}
end

local function made(object, class, ...)
  fields[object].given = {...}
  local init = cnnc.method_of(class, "init")
  if init then init(object, ...) end
  return object
end

-- The sums that update_state adds to the weights, each by its variable.
local function build(self, output, label, _, at, weight)
  local own = fields[self]
  local update = cnnc.method_of(own.spec.class, "update_state", true)
  for _, variable in ipairs(own.variables) do fields[variable].added = nil end
  cnnc.run_function(at, "metric", function(y, t)
    in_phase("update_state", update, self, t, y, weight)
    return y
  end, output, label)
  local sums = {}
  for i, variable in ipairs(own.variables) do
    sums[i] = fields[variable].added
    if not sums[i] then fail(format("%s: its update_state adds nothing to %s", own.spec.name, fields[variable].name), {at = at}) end
  end
  if #sums == 0 then
    fail(own.spec.name .. " has no weights", {hint = 'self.total = self:add_weight{name = "total"} in init', at = at})
  end
  return table.unpack(sums)
end

local function finish(self, _, ...)
  local own, sums = fields[self], {...}
  for i, variable in ipairs(own.variables) do
    local sum, is_one = sums[i], #fields[variable].shape == 0
    fields[variable].at = function(k) return is_one and sum or sum[k] end
  end
  local result = figure_of(in_phase("result", cnnc.method_of(own.spec.class, "result", true), self))
  if count_of(result.shape) > 1 then
    fail(format("%s: its result must be one number, not %s", own.spec.name, cnnc.shape_text(result.shape)),
      {hint = "a metric for each, or ops.mean(x)", at = own.at})
  end
  local term = result.at(0)
  for _, variable in ipairs(own.variables) do fields[variable].at = nil end
  return term
end

cnnc.add_base("Metric", function(class, name)
  local title, aliases = names_of(name, "Metric")
  return function(...)
    local spec = {name = title, aliases = aliases, arguments = {}, class = class, build = build, finish = finish, weighs = true}
    opened(spec, class, {add_weight = cnnc.entry(add_weight), add_variable = cnnc.entry(add_weight)})
    return made(cnnc.metrics.make(spec, {variables = {}}), class, ...)
  end
end, "the base of metrics that class(Metric) makes: init(self, ...) makes their weights, self:add_weight{name = \"hits\"}, "
  .. "which begin with 0; update_state(self, y_true, y_pred, sample_weight) adds to these sums over a batch, which ops.sum makes "
  .. "there, and ops.shape(y_true)[0] counts samples; result(self) is the column of the log, arithmetic of the weights", [[
local Hits = class(Metric, "Hits")
function Hits:init(limit)
  self.limit, self.hits, self.count = limit, self:add_weight{name = "hits"}, self:add_weight{name = "count"}
end
function Hits:update_state(y_true, y_pred)
  self.hits:assign_add(ops.sum(ops.cast(ops.less(ops.abs(y_true - y_pred), self.limit), "float32")))
  self.count:assign_add(ops.shape(y_true)[0])
end
function Hits:result() return self.hits / self.count end
local model = Sequential{Dense{1, input_shape = {4}}}
model:compile{optimizer = "adam", loss = "mse", metrics = {Hits(0.1)}}
return model]])

cnnc.add_base("Loss", function(class, name)
  local title, aliases = names_of(name, "Loss")
  return function(...)
    local spec = opened(cnnc.loss_of_class(title, aliases), class, {})
    spec.class = class
    local loss = cnnc.make_loss(spec, {})
    fields[loss]["function"] = function(label, output) return cnnc.method_of(class, "call", true)(loss, label, output) end
    return made(loss, class, ...)
  end
end, "the base of losses that class(Loss) makes: call(self, y_true, y_pred) makes of labels and output a number of each sample, or "
  .. "several, whose mean it is; self.label_shape = {30} in init says of labels that they have not the output's shape", [[
local Weighed = class(Loss)
function Weighed:init(of_ones) self.of_ones = of_ones end
function Weighed:call(y_true, y_pred) return ops.square(y_true - y_pred) * (1 + (self.of_ones - 1) * y_true) end
local model = Sequential{Dense{1, input_shape = {4}}}
model:compile{optimizer = "adam", loss = Weighed(3)}
return model]])
