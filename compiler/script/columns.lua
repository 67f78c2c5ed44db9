-- columns.lua: the columns of the log, of losses and metrics: what is summed for them, and what becomes of the sums.

local cnnc = ...
local op, rule, fields = cnnc.op, cnnc.rule, cnnc.fields

local function mean(_, count, sum) return sum / count end

-- The columns of the log: their names, which of two numbers is better, the tensors whose numbers are summed for them, and the
-- arithmetic that makes the columns of the sums. Sum number 0 is the loss's.
local Columns = {}
Columns.__index = Columns
cnnc.Columns = Columns

-- `entries`: the outputs with losses, of training.lua.
function Columns.new(entries)
  local columns = setmetatable(
    {names = {}, better = {}, tensors = {}, terms = {}, n_sums = 1, count = rule.variable("count")}, Columns)
  local term = rule.elements(0)[0] / columns.count
  for _, entry in ipairs(entries) do
    if entry.masked then term = term + columns:correction(entry) * (entry.weight or 1) end
  end
  columns:append("loss", term, "min")
  return columns
end

-- What makes of the mean over all places of an output with a mask that over those that count. In training each batch's loss is the
-- latter already.
function Columns:correction(entry)
  local value = entry.masked.value
  local sum = self:sum(cnnc.weighted(op.in_training(op.binary(value, value, "less"), value)))
  return rule.quotient(sum, self:sum(entry.masked.share)) - sum / self.count
end

-- `term`: what it is; `better` as a metric's. Its name is another one where there is one of that name, as Keras has it.
function Columns:append(name, term, better)
  local free, i = name, 0
  while self.names[free] do
    i = i + 1
    free = name .. "_" .. i
  end
  self.names[#self.names + 1], self.terms[#self.terms + 1] = free, term
  self.names[free], self.better[#self.names] = true, better
end

-- Has the numbers of a tensor summed over the samples; returns what `finish` gets for it.
function Columns:sum(tensor)
  local elements, count = rule.elements(self.n_sums), 1
  for _, dim in ipairs(tensor.shape) do count = count * dim end
  self.tensors[#self.tensors + 1], self.n_sums = cnnc.of_samples(tensor), self.n_sums + count
  return #tensor.shape == 0 and elements[0] or elements
end

-- Appends the mean of the loss of an output.
function Columns:append_loss(name, entry)
  local term = self:sum(cnnc.weighted(entry.value)) / self.count
  self:append(name, entry.masked and term + self:correction(entry) or term, "min")
end

-- Of a metric that heeds masks the mean over the places that count, each sample by its weight where `weighted` is not nil. False:
-- there is no mask, or the metric does not look at it.
function Columns:append_masked(name, chosen, of, weighted, at)
  local spec = fields[chosen].spec
  if not of.mask or not (spec.masked or spec.each) then return false end
  local value, is_whole
  if spec.masked then
    value, is_whole = spec.masked(chosen, of.output, of.label, of.classes, of.mask, at)
  else
    value = cnnc.masked_mean(spec.each(chosen, of.output, of.label, of.classes), of.mask, at)
  end
  if is_whole then return false end
  local share = #of.mask.shape > 0 and op.reduce(of.mask, {["function"] = "mean"}) or of.mask
  if weighted then value, share = weighted(value), weighted(share) end
  self:append(name, rule.quotient(self:sum(value), self:sum(share)), spec.better)
  return true
end

-- A tensor times the weight of the sample.
function cnnc.weighted(tensor) return op.binary(tensor, cnnc.weight(), {["function"] = "multiply"}) end

-- The tensors of a metric that are summed; of one that `weighs` the samples by itself, where `is_weighted`, they are.
local function tensors_of(chosen, of, at, is_weighted)
  local spec = fields[chosen].spec
  local weight = spec.weighs and is_weighted and cnnc.weight() or nil
  if spec.build then return {spec.build(chosen, of.output, of.label, of.classes, at, weight)} end
  return {cnnc.metrics.reduce("mean", spec.each(chosen, of.output, of.label, of.classes))}
end

-- Appends the column of a metric, called `name`; of one that has several they are numbered from 0. `of`: {output =, label =,
-- classes =, mask =}. What is weighted counts each sample by its weight.
function Columns:append_metric(name, chosen, of, is_weighted, at)
  local spec, sums = fields[chosen].spec, {}
  fields[chosen].at = at
  if self:append_masked(name, chosen, of, is_weighted and cnnc.weighted, at) then return end
  for i, tensor in ipairs(tensors_of(chosen, of, at, is_weighted)) do
    sums[i] = self:sum(is_weighted and not spec.weighs and cnnc.weighted(tensor) or tensor)
  end
  local count = is_weighted and self:sum(cnnc.weight()) or self.count
  local terms = {(spec.finish or mean)(chosen, count, table.unpack(sums))}
  for i, term in ipairs(terms) do self:append(#terms == 1 and name or name .. "_" .. i - 1, term, spec.better) end
end

-- Appends the columns of what add_metric was given: those of one name that one object adds are one.
function Columns:append_added(added)
  local order, of_object = {}, {}
  for _, entry in ipairs(added) do
    local names = of_object[entry.metric.of] or {}
    of_object[entry.metric.of] = names
    local column = names[entry.metric.name]
    if not column then
      column = {metric = entry.metric, count = 0}
      names[entry.metric.name], order[#order + 1] = column, column
    end
    local number = cnnc.number_of(entry)
    column.total = column.total and column.total + number or number
    column.count = column.count + 1
  end
  for _, column in ipairs(order) do
    local sum = self:sum(column.total)
    self:append(column.metric.name, column.metric.sums and sum or sum / (self.count * column.count))
  end
end

-- Which of two numbers of each column is better, a letter for each, as struct cnn_model has it.
function Columns:letters()
  local LETTERS, list = {min = "<", max = ">"}, {}
  for i in ipairs(self.names) do list[i] = LETTERS[self.better[i]] or "?" end
  return table.concat(list)
end

-- The lines of arithmetic, in which the columns are variables called by their number.
function Columns:rule()
  local variables = {"count"}
  for i in ipairs(self.terms) do variables[i + 1] = tostring(i - 1) end
  return rule.record(variables, function(s)
    for i, term in ipairs(self.terms) do s[tostring(i - 1)] = term end
  end)
end
