-- distiller.lua: a student that learns from a teacher, as the Distiller of Keras' example of knowledge distillation.

local cnnc = ...
local fail, entry, where, fields = cnnc.fail, cnnc.entry, cnnc.where, cnnc.fields
local arguments, exports, op = cnnc.arguments, cnnc.exports, cnnc.op
local format = string.format

local DISTILLER = {
  {"student", "layer", doc = "the model that is trained; its outputs are scores, without a softmax"},
  {"teacher", "layer", doc = "the model whose softened scores the student learns, too; this model does not train it"},
  {"distillation_loss_fn", "loss", default = "kl_divergence", doc = "compares the scores, as probabilities"},
  {"alpha", "number", min = 1e-6, max = 1, default = 0.1,
    doc = "weight of the loss of the labels, that of the teacher being 1 - alpha; what is shown is divided by it"},
  {"temperature", "number", min = 1e-3, default = 3, doc = "what the scores are divided by in front of their softmax"},
}

cnnc.describe("function", {
  name = "Distiller", rows = DISTILLER,
  doc = "a model that is the student, with one more loss (Hinton and others 2015): knowledge distillation; without a compile "
    .. "of its own it has adam and the sparse cross-entropy of scores",
  formula = "alpha * loss(y, label) + (1 - alpha) * T^2 * distillation_loss(softmax(y / T), softmax(teacher / T))",
  example = [[
local teacher = Sequential{Input{16}, Dense{64, activation = "relu"}, Dense(10)}
local student = Sequential{Input{16}, Dense(10)}
local distiller = Distiller{student = student, teacher = teacher, temperature = 5}
distiller:compile{optimizer = "adam", loss = SparseCategoricalCrossentropy{from_logits = true}, metrics = {"accuracy"}}
return {teacher = teacher, student = student, distiller = distiller}]],
})

local function softmax(x, temperature) return op.softmax(x / temperature) end

-- The layer behind both: gives the student's scores, and adds the loss.
local function distillation(values)
  local temperature = values.temperature
  local weight = (1 - values.alpha) / values.alpha * temperature ^ 2
  return cnnc.make_layer(cnnc.complete_spec{
    name = "Distillation", inputs = 2,
    call = function(layer, student, teacher)
      local goal = softmax(op.stop_gradient(teacher), temperature)
      layer:add_loss(weight * cnnc.loss_of(values.distillation_loss_fn, softmax(student, temperature), goal))
      return student
    end,
  }, {trainable = true})
end

exports.Distiller = entry(function(...)
  local values = arguments.parse("Distiller", DISTILLER, ...)
  if cnnc.depends_on_batch(values.distillation_loss_fn) then
    fail(format("Distiller: the distillation loss %s depends on the batch", fields[values.distillation_loss_fn].spec.name),
      {hint = "it is added to each sample's loss: leave out reduction and ignore_class"})
  end
  local input
  for _, name in ipairs{"student", "teacher"} do
    local own = cnnc.is_model(values[name]) and fields[values[name]]
    if not own then fail(format("Distiller: the %s is no model", name)) end
    if not own.inputs or #own.inputs ~= 1 or #own.outputs ~= 1 then
      fail(format("Distiller: the %s must have one input, whose shape it knows, and one output", name))
    end
    input = input or cnnc.input_for(cnnc.shape(own.inputs[1]), cnnc.dtype(own.inputs[1]))
    values[name .. "_scores"] = cnnc.call_layer(values[name], where(), input)
  end
  local scores = cnnc.call_layer(distillation(values), where(), values.student_scores, values.teacher_scores)
  local model = exports.Model{inputs = input, outputs = scores}
  fields[model].untrained = values.teacher
  model:compile{optimizer = "adam", loss = exports.SparseCategoricalCrossentropy{from_logits = true}, metrics = {"accuracy"}}
  return model
end)
