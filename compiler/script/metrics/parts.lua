-- parts.lua: what the files of metrics share: how a metric is described, and the tensors that several are made of.
--
-- A metric is a row that says which tensors of a sample are summed, and which number comes of the sums; `doc`, `formula` and
-- `example` are what `cnnc help` and the manual page print.
--
-- `build(self, output, label, classes, at)` returns tensors whose numbers are summed over the samples; `finish(self, count, ...)`
-- is given these sums, a term for each tensor of one number and a list of terms (rule.elements) for each other one, and the
-- number of samples, and returns the column; without it that is the mean. `classes`: the labels that it takes are the indices
-- of classes; nil: they may be. `better`: "max" or "min", the better of two columns; nil: nobody knows. `at`: the line that names
-- it. `each(self, output, label, classes)`, a number or more for each place, can stand for `build`: the mean is summed. Where the
-- output has a mask, `masked(self, output, label, classes, mask, at)` is the mean of a sample with 0 at masked places, or that is
-- made of `each`; without both a mask changes nothing, as in Keras.

local cnnc = ...
local op, arguments, fields = cnnc.op, cnnc.arguments, cnnc.fields

local metrics = {}
cnnc.metrics = metrics

-- metrics.make makes one of a spec that has no name in scripts.
metrics.define, metrics.make = arguments.kind("metric")

metrics.NAME = {"name", "title", optional = true, doc = "of its column"}

-- A metric whose example is `of` a model: "yes" or no, "classes" or "one_hot", "numbers".
local MODELS <const> = {
  yes = {'Dense{1, activation = "sigmoid", input_shape = {4}}', "binary_crossentropy"},
  many = {'Dense{3, activation = "sigmoid", input_shape = {4}}', "binary_crossentropy"},
  one_hot = {'Dense{8, activation = "softmax", input_shape = {4}}', "categorical_crossentropy"},
  classes = {'Dense{8, activation = "softmax", input_shape = {4}}', "sparse_categorical_crossentropy"},
  numbers = {"Dense{3, input_shape = {4}}", "mse"},
}
function metrics.describe(spec)
  local layer, loss = table.unpack(MODELS[spec.of])
  spec.arguments = spec.arguments or {}
  table.insert(spec.arguments, metrics.NAME)
  spec.example = string.format("local model = Sequential{%s}\nmodel:compile{loss = %q, metrics = {%s%s}}\nreturn model",
    layer, loss, spec.name, spec.given or "()")
  metrics.define(spec)
end

---- Tensors -----------------------------------------------------------------------------------------

function metrics.reduce(kind, x, axes, keepdims)
  if #x.shape == 0 then return x end
  return op.reduce(x, {["function"] = kind, axes = axes, keepdims = keepdims})
end
function metrics.compare(kind, a, b) return op.binary(a, b, {["function"] = kind}) end
function metrics.last(x) return {#x.shape - 1} end
function metrics.sum(x) return metrics.reduce("sum", x) end

-- The numbers of each sample in one row, or in rows of the last axis.
function metrics.flat(x)
  local count = 1
  for _, dim in ipairs(x.shape) do count = count * dim end
  return op.reshape(x, {shape = {count}})
end
function metrics.rows(x)
  local count, width = 1, x.shape[#x.shape]
  for i = 1, #x.shape - 1 do count = count * x.shape[i] end
  return op.reshape(x, {shape = {count, width}})
end

function metrics.is_true(label) return metrics.compare("not_equal", label, 0) end

-- 1 at the first of the largest numbers along the last axis, elsewhere 0.
function metrics.at_largest(x)
  local count = x.shape[#x.shape]
  local places = op.constant{value = 0, count = count}
  local is_it = metrics.compare("equal", x, metrics.reduce("max", x, metrics.last(x), true))
  local first = metrics.reduce("min", op.select(is_it, places, count), metrics.last(x), true)
  return metrics.compare("equal", places, first)
end

-- 1 at the class that a label is the index of.
function metrics.one_hot(label, count)
  local shape = label.shape
  shape[#shape + 1] = 1
  return metrics.compare("equal", op.reshape(label, {shape = shape}), op.constant{value = 0, count = count})
end

metrics.CLASS_ID = {"class_id", "integer", min = 0, optional = true, doc = "looks at this class only, from 0"}

-- The score, or the label, of that class; without class_id all of them.
function metrics.of_class(self, x)
  local count = x.shape[#x.shape]
  if not self.class_id then return x end
  if self.class_id >= count then
    cnnc.fail(string.format("%s has class_id = %d, but the output has classes 0 to %d", fields[self].spec.name, self.class_id,
        count - 1), {at = fields[self].at})
  end
  return op.slice(x, {axis = #x.shape - 1, begin = self.class_id, count = 1})
end
