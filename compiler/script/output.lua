-- output.lua: does the model's output fit the loss that compile() names? What cannot be is an error, what is likely a
-- mistake a warning.

local cnnc = ...
local fail, warn, fields = cnnc.fail, cnnc.warn, cnnc.fields
local format, concat = string.format, table.concat

-- Ops whose numbers are in the range of their input's.
local KEEPS_RANGE = {reshape = true, permute = true, dropout = true, max_pool2d = true, average_pool2d = true}
local LINEAR = {matmul = true, conv2d = true, batch_norm = true}

-- The function that the numbers of a tensor went through last, and the tensor that it gave: "softmax", "relu", ...;
-- "linear" behind a product or its bias; nil where that cannot be told.
local function nonlinearity(tensor)
  local made = cnnc.producer(tensor)
  while made and KEEPS_RANGE[made.op] do
    tensor = made.inputs[1]
    made = cnnc.producer(tensor)
  end
  if not made then return nil end
  if made.op == "softmax" then return made.log and "log_softmax" or "softmax", tensor end
  if made.op == "unary" then return made["function"], tensor end
  local adds_bias = made.op == "binary" and made["function"] == "add" and cnnc.is_parameter(made.inputs[2])
  if LINEAR[made.op] or adds_bias then return "linear", tensor end
end

-- What may stand in front of a cross-entropy that takes probabilities. The categorical ones divide by the sum.
local GIVES_PROBABILITIES = {
  softmax = {softmax = true, sigmoid = true, hard_sigmoid = true, exponential = true, softplus = true},
  sigmoid = {softmax = true, sigmoid = true, hard_sigmoid = true},
}
-- What other losses take: of which functions (nil: all but those of `not_of`), and what gives it (nil: no function).
local TAKES <const> = {
  shares = {said = "probabilities", of = GIVES_PROBABILITIES.sigmoid, give = "softmax"},
  masks = {said = "probabilities", of = GIVES_PROBABILITIES.sigmoid, give = "sigmoid"},
  signs = {said = "numbers of either sign", not_of = {softmax = true, sigmoid = true, hard_sigmoid = true, relu = true,
    relu6 = true, softplus = true, exponential = true}},
  margins = {said = "scores that differ by 1 or more", not_of = {softmax = true, sigmoid = true, hard_sigmoid = true}},
  means = {said = "numbers above 0", not_of = {linear = true, tanh = true, hard_tanh = true, softsign = true, log_softmax = true},
    give = "exponential"},
}
-- What a cross-entropy from logits would do a second time.
local SQUASHES = {softmax = true, sigmoid = true, hard_sigmoid = true}

local function place(last)
  return format("the %s of line %d", last.type, last.line)
end

local function spec_of(last) return fields[last.layer].spec end

-- Has the layer an argument for the function that its output goes through last?
local function takes_activation(last)
  local row = (spec_of(last).known or {}).activation
  return row and row.of_output
end

-- How the last layer gets this activation.
local function with_activation(last, name)
  if takes_activation(last) then
    return format("give %s activation = \"%s\"", place(last), name)
  end
  return format("add Activation(\"%s\") behind %s", name, place(last))
end

local function without_activation(last, name)
  if takes_activation(last) then
    return format("leave out activation = \"%s\" of %s", name, place(last))
  end
  return format("leave out the %s of line %d", name, last.line)
end

local function warn_of_logits(compiled, spec, found, last)
  local name = spec.aliases[1]
  if SQUASHES[found] then
    warn(format("%s with from_logits applies the %s itself, but the model's output went through a %s already",
        name, spec.probabilities, found),
      {hint = format("leave out from_logits, or %s", without_activation(last, found)), at = compiled.at})
  elseif found == "relu" then
    warn(format("%s with from_logits takes numbers of either sign, but the relu makes those below 0 alike", name),
      {hint = without_activation(last, found), at = compiled.at})
  end
end

local function warn_of_probabilities(compiled, spec, found, last)
  if GIVES_PROBABILITIES[spec.probabilities][found] then return end
  local said = found == "linear" and format("has no %s", spec.probabilities) or format("ends in a %s", found)
  local from_logits = format("loss = %s{from_logits = true}", spec.name)
  if found == "log_softmax" then from_logits = from_logits .. ", for which logarithms are right" end
  local change = (found == "linear" or found == "log_softmax") and format(", or write %s", from_logits)
    or format(" in place of the %s", found)
  warn(format("%s takes probabilities, but the model's output %s", spec.aliases[1], said),
    {hint = with_activation(last, spec.probabilities) .. change, at = compiled.at})
end

local function warn_of_others(compiled, spec, found, last)
  local takes = TAKES[spec.takes]
  if takes.of and takes.of[found] or takes.not_of and not takes.not_of[found] then return end
  local is_linear = found == "linear"
  warn(format("%s takes %s, but the model's output %s", spec.aliases[1], takes.said,
      is_linear and "has no " .. takes.give or "ends in a " .. found),
    {hint = not takes.give and without_activation(last, found)
      or with_activation(last, takes.give) .. (is_linear and "" or " in place of the " .. found), at = compiled.at})
end

local function warn_of_range(compiled, spec, output, last)
  local found, tensor = nonlinearity(output)
  local shape = tensor and cnnc.shape(tensor)
  if found == "softmax" and shape[#shape] == 1 then
    warn("a softmax over one unit is always 1", {hint = spec.probabilities
      and with_activation(last, "sigmoid") .. " in its place" or without_activation(last, "softmax"), at = compiled.at})
  elseif spec.probabilities and found then
    local check = compiled.loss.from_logits and warn_of_logits or warn_of_probabilities
    check(compiled, spec, found, last)
  elseif spec.takes and found then
    warn_of_others(compiled, spec, found, last)
  end
end

-- Are the classes told for each pixel? The size of the input, or a softmax that no layer such as Dense gave, says so.
local function is_segmentation(output, input, last)
  local shape, whole = cnnc.shape(output), cnnc.shape(input)
  if #shape ~= 3 then return false end
  local same_size = #whole == 3 and shape[1] == whole[1] and shape[2] == whole[2]
  return same_size or (not spec_of(last).mixes_last_axis and nonlinearity(output) == "softmax")
end

-- The lesson's mistake: without Flatten, Dense gives its scores for every pixel of what convolutions left.
local function check_rows(compiled, spec, output, input, last)
  local shape, mixes = cnnc.shape(output), spec_of(last).mixes_last_axis
  if #shape < 1 then
    fail(format("the model's output is one number, but %s compares rows of class scores", spec.aliases[1]),
      {hint = "the output must have one number for each class", at = compiled.at, tensor = output})
  elseif #shape == 3 and mixes and not is_segmentation(output, input, last) then
    fail(format("the model's output is %s, but %s compares %s", concat(shape, "x"), spec.aliases[1],
        spec.classes and "one class index an image with a single row of class scores" or "single rows of class scores"),
      {hint = format("add Flatten() before the %s layer of line %d: %s works on the last axis only", last.type, last.line,
        last.type),
        at = compiled.at, tensor = output})
  elseif #shape == 3 and not is_segmentation(output, input, last) then
    warn(format("%s compares a class for each of %dx%d places", spec.aliases[1], shape[1], shape[2]),
      {hint = "if there is one class an image, end the model with Flatten() and Dense{CLASSES, activation = \"softmax\"}",
        at = compiled.at})
  end
end

local function check_classes(compiled, spec, output)
  local shape = cnnc.shape(output)
  if shape[#shape] == 1 then
    fail(format("%s needs at least two classes, but the model's output is one number", spec.aliases[1]),
      {hint = "for a yes or no, use activation = \"sigmoid\" and loss = \"binary_crossentropy\"",
       at = compiled.at, tensor = output})
  end
end

-- `compiled`: what compile() was given; `last`: the row of the model's last layer.
function cnnc.check_output(compiled, output, input, last)
  local spec = fields[compiled.loss].spec
  if spec.scores then
    check_rows(compiled, spec, output, input, last)
    check_classes(compiled, spec, output)
  end
  warn_of_range(compiled, spec, output, last)
end
