-- draw_training.lua: draws what a script compiles and fits its model with: losses, metrics, optimizers, stages.
--
--   cnnc, kinds   as in draw.lua, to which the rest belongs
--   draw          what draw_arguments.lua draws by
--   grow          what the script grows by
--   script        so far
local cnnc, kinds, draw, grow, script = ...
local chance, pick, size = draw.chance, draw.pick, draw.size
local format, concat = string.format, table.concat
local random = math.random

local function has_argument(spec, name)
  for _, row in ipairs(spec.arguments) do
    if row[1] == name then return true end
  end
  return false
end

-- x, or what a layer of that name makes of it for a loss. A loss of logits or of probabilities gets them, but not always.
-- Returns the name, too, where there is that layer.
local function output_for(loss, text, x, name)
  if loss.scores and chance(0.7) then x = grow.flat(x) end
  local probabilities = has_argument(loss, "from_logits") and not string.find(text, "from_logits = true", 1, true)
  local layer
  if probabilities and chance(0.85) then
    layer = format("Dense{%d, activation = \"%s\"}", size() + 1, pick{"softmax", "softmax", "sigmoid"})
  elseif loss.activation and chance(0.85) then
    layer = format("Dense{%d, activation = %q}", size() + 1, loss.activation)
  elseif loss.scores or not script.trains or x.is_input or chance(script.several and 0.6 or 0.3) then
    layer = format("Dense{%d}", size() + 1)
  end
  local made = layer and grow.try(string.gsub(layer, "}$", format(", name = %q}", name)), {x})
  return made or x, made and name
end

-- Few points of a curve: with each of them every number of the output is compared, which takes long with 200.
local function metric_text(spec)
  if not has_argument(spec, "num_thresholds") then
    return spec.given and spec.name .. spec.given or format("%q", spec.aliases[1])
  end
  local given = spec.given and string.sub(spec.given, 1, -2) .. ", " or "{"
  return format("%s%snum_thresholds = %d}", spec.name, given, pick{2, 5, 12})
end

local function draw_metrics(loss)
  local metrics = {}
  for _, spec in ipairs(kinds.metric) do
    local fits = not spec.methods and (spec.classes == nil or spec.classes == (loss.classes == true)) -- Mean is of a class
    if fits and not has_argument(spec, "num_classes") and chance(0.15) then
      metrics[#metrics + 1] = metric_text(spec)
    end
  end
  return "{" .. concat(metrics, ", ") .. "}"
end

-- A loss for each of these tensors, or what is made of it, but not always where there are several:
-- {x =, loss = (or nil), text = (or nil)}.
local function draw_losses(outputs)
  local list, without = {}, #outputs > 1 and chance(0.15) and random(#outputs) or 0
  for i, x in ipairs(outputs) do
    local loss = pick(kinds.loss)
    if loss.label_shape then loss = kinds.loss[1] end -- CTC: hardly any labels that are drawn fit into the steps
    local text = draw.object(loss)
    list[i] = {x = x}
    if i ~= without then
      local of, name = output_for(loss, text, x, "goal_" .. i)
      if string.find(text, "ignore_class") or #of.shape > 1 then text = string.gsub(text, '"mean_with_sample_weight"', '"sum"') end
      list[i] = {x = of, loss = loss, text = text, name = name}
    end
  end
  return list
end

-- One text for one output; for several a list, or a table by names where they have some.
local function for_each(outputs, text_of)
  local texts, named, by_name = {}, {}, chance(0.5)
  for i, output in ipairs(outputs) do
    texts[i] = output.loss and text_of(output) or "None"
    by_name = by_name and (output.name or not output.loss)
    if output.loss then named[#named + 1] = format("%s = %s", output.name, texts[i]) end
  end
  if #outputs > 1 and by_name then return "{" .. concat(named, ", ") .. "}" end
  return #texts == 1 and texts[1] or "{" .. concat(texts, ", ") .. "}"
end

local function draw_loss_weight() return draw.number(pick{0.3, 1, 2.5}) end

-- What all stages have alike in compile.
local function draw_goal(outputs)
  local function metrics() return for_each(outputs, function(output) return draw_metrics(output.loss) end) end
  local parts = {"loss = " .. for_each(outputs, function(output) return output.text end), "metrics = " .. metrics()}
  if chance(#outputs > 1 and 0.5 or 0.1) then
    local weights = for_each(outputs, draw_loss_weight)
    parts[#parts + 1] = "loss_weights = " .. weights
  end
  if chance(0.2) then parts[#parts + 1] = "weighted_metrics = " .. metrics() end
  return concat(parts, ", ")
end

-- Freezes layers of the finished model, but not all that are trained. Returns the lines that do so; `text`: the model's; `first`:
-- the index of the first layer behind the input.
local function freeze(text, first)
  local lines, of_model = {}, {}
  local layers = grow.evaluate(text).layers
  for _, made in ipairs(layers) do of_model[made] = true end
  for i, made in ipairs(layers) do
    if made.trainable and not cnnc.is_model(made) and chance(0.4) then
      made.trainable = false
      if grow.count_trained(of_model) == 0 then
        made.trainable = true
      elseif i > 1 then
        lines[#lines + 1] = format("model.layers[%d].trainable = false", i - 2 + first)
      end
    end
  end
  return lines
end

local function draw_optimizer()
  local optimizer, clips
  repeat
    optimizer = chance(0.3) and "SGD{learning_rate = 0.1}" or draw.object(pick(kinds.optimizer))
    clips = select(2, optimizer:gsub("clip", ""))
  until clips < 2
  return optimizer
end

-- What follows an epoch changes no step: it has to compile.
local CALLBACKS <const> = {
  'EarlyStopping{monitor = "loss", patience = 2}', 'ReduceLROnPlateau{monitor = "loss", factor = 0.5}',
  "LearningRateScheduler(function(epoch, rate) return rate / (1 + epoch) end)", "TerminateOnNaN()",
}

-- Where each sample has one class, or one row of labels.
local function draw_class_weight(outputs)
  local output = outputs[1]
  if #outputs > 1 or #output.x.shape > 1 or chance(0.4) then return "" end
  local last = math.max(output.x.shape[1] or 1, 2) - 1
  return format(", class_weight = {[0] = %s, [%d] = %s}", draw_loss_weight(), random(last), draw_loss_weight())
end

local function draw_fit(outputs)
  local callbacks = {}
  for _, callback in ipairs(CALLBACKS) do callbacks[#callbacks + 1] = chance(0.3) and callback or nil end
  return format("model:fit{epochs = %d, batch_size = %d, callbacks = {%s}%s}", random(1, 3), size(), concat(callbacks, ", "),
    draw_class_weight(outputs))
end

-- compile, and often fit; sometimes both again, with another optimizer for more layers or for fewer.
local function draw_training(text, first, outputs)
  local lines = {}
  local function add(list)
    for _, line in ipairs(list) do lines[#lines + 1] = line end
  end
  local goal, stages = draw_goal(outputs), chance(0.2) and random(2, 3) or 1
  local frozen = chance(stages > 1 and 0.7 or 0.15) and freeze(text, first) or {}
  add(frozen)
  for i = 1, stages do
    if i > 1 then
      add(#frozen > 0 and {"model.trainable = true"} or freeze(text, first))
      frozen = {}
    end
    add{format("model:compile{optimizer = %s, %s}", draw_optimizer(), goal)}
    if stages > 1 or chance(0.4) then add{draw_fit(outputs)} end
  end
  return lines
end

return draw_losses, draw_training
