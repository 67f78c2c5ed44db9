-- forms.lua: ops as the layers of Keras that a person would write for them.
--
-- A row, forms[OP] = function(flow, statement), returns nil or the layer that makes the same ops: {call = its name, args = what
-- stands in its braces, by name, from = key of its input, ends = the last of the statements that it stands for, parameters =, in
-- the order in which the layer makes them}.

local cnnc = ...
local import = cnnc.import
local flow = import.flow

local forms = {}
import.forms = forms

---- What forms look at ----------------------------------------------------------------------------------

local function key_at(statement, i)
  local operand = statement.operands[i]
  return operand and operand.key
end

-- The parameter at a place; nil: something else is there.
local function own_parameter(statement, i) return statement.operands[i] and statement.operands[i].parameter end

local function shape_of(parameter) return cnnc.shape(parameter.tensor) end

local function as_list(value, n, default)
  if value == nil then value = default end
  if type(value) == "table" then return value end
  local list = {}
  for i = 1, n do list[i] = value end
  return list
end

local function pair_of(statement, name, default) return as_list(statement.attributes[name], 2, default) end

-- One number where both are the same; nil where both are the default.
local function pair(list, default)
  if list[1] ~= list[2] then return list end
  return list[1] ~= default and list[1] or nil
end

-- The same of windows, which along a sequence are of one number.
local function window(statement, list, default)
  if not statement.sequence then return pair(list, default) end
  return list[2] ~= default and list[2] or nil
end

local function size_argument(statement, list) return window(statement, list) or list[1] end

-- Rows and columns of what a window slides over.
local function image_of(self, statement)
  local shape = self.shapes[key_at(statement, 1)]
  return statement.sequence and {1, shape[1]} or shape
end

local function space(statement) return statement.sequence and "1D" or "2D" end

-- The zeros around an image: {top, bottom, left, right}.
local function pads_of(statement)
  return statement.attributes.padding == "explicit" and as_list(statement.attributes.pads, 4, 0) or {0, 0, 0, 0}
end

local function is_zero(list)
  for _, n in ipairs(list) do
    if n ~= 0 then return false end
  end
  return true
end

---- What stands behind sums -----------------------------------------------------------------------------

-- Activations that a layer's argument names; others are layers of their own.
local PLAIN <const> = {}
for name in string.gmatch("relu relu6 sigmoid tanh softplus softsign hard_sigmoid hard_silu mish gelu silu exponential", "%S+") do
  PLAIN[name] = true
end

-- The bias that is added to what a layer made, along its last axis: the statement, and the parameter.
local function bias_behind(self, statement, count)
  local reader = flow.reader(self, statement)
  if not reader or reader.op ~= "binary" or reader.name ~= "add" then return nil end
  local at = key_at(reader, 1) == statement.outs[1] and 2 or 1
  local bias = own_parameter(reader, at)
  local shape = bias and shape_of(bias)
  if not bias or #shape ~= 1 or shape[1] ~= count or not bias.trainable then return nil end
  return reader, bias
end

local function activation_behind(self, statement)
  local reader = flow.reader(self, statement)
  if reader and reader.op == "softmax" then return reader, reader.attributes.log and "log_softmax" or "softmax" end
  if reader and reader.op == "unary" and PLAIN[reader.name] and not reader.attributes.alpha then return reader, reader.name end
end

-- Adds bias and activation to a form whose sums are made by `statement`.
local function finished(self, form, statement, count)
  local bias
  form.ends = statement
  local behind, parameter = bias_behind(self, statement, count)
  if behind then
    form.ends, bias = behind, parameter
    form.parameters[#form.parameters + 1] = bias
  else
    form.args.use_bias = false
  end
  behind, form.args.activation = activation_behind(self, form.ends)
  form.ends = behind or form.ends
  return form
end

---- Convolutions and products ---------------------------------------------------------------------------

function forms.conv2d(self, statement)
  local kernel, from = own_parameter(statement, 2), key_at(statement, 1)
  if not kernel or not from then return nil end
  local shape, image = shape_of(kernel), image_of(self, statement)
  local size, channels = {shape[1], shape[2]}, self.shapes[from][#self.shapes[from]]
  local strides, dilation = pair_of(statement, "strides", 1), pair_of(statement, "dilation", 1)
  local pads, groups = pads_of(statement), statement.attributes.groups or 1
  local args = {kernel_size = size_argument(statement, size), strides = window(statement, strides, 1),
    dilation_rate = window(statement, dilation, 1)}
  local form = {call = "Conv" .. space(statement), args = args, from = from, parameters = {kernel}}
  local is_bordered = statement.attributes.padding == "same" or flow.is_same(pads, image, size, strides, dilation)
  if not is_zero(pads) and not is_bordered then form.pads = pads end
  args.padding = is_bordered and (not is_zero(pads) or statement.attributes.padding == "same") and "same" or nil
  if groups > 1 and groups == channels then
    form.call = "Depthwise" .. form.call
    args.depth_multiplier = shape[4] // groups ~= 1 and shape[4] // groups or nil
  else
    args.filters, args.groups = shape[4], groups ~= 1 and groups or nil
  end
  return finished(self, form, statement, shape[4])
end

function forms.conv2d_transpose(self, statement)
  local kernel, from, a = own_parameter(statement, 2), key_at(statement, 1), statement.attributes
  if not kernel or not from or a.padding and a.padding ~= "valid" then return nil end
  local shape, strides, more = shape_of(kernel), pair_of(statement, "strides", 1), pair_of(statement, "output_padding", -1)
  local args = {filters = shape[3], kernel_size = pair{shape[1], shape[2]} or shape[1], strides = pair(strides, 1),
    dilation_rate = pair(pair_of(statement, "dilation", 1), 1)}
  args.output_padding = more[1] >= 0 and (pair(more) or more[1]) or nil
  return finished(self, {call = "Conv2DTranspose", args = args, from = from, parameters = {kernel}}, statement, shape[3])
end

function forms.matmul(self, statement)
  local kernel, from = own_parameter(statement, 2), key_at(statement, 1)
  if not kernel or not from or not kernel.trainable or #shape_of(kernel) ~= 2 then return nil end
  local units = shape_of(kernel)[2]
  return finished(self, {call = "Dense", args = {units = units}, from = from, parameters = {kernel}}, statement, units)
end

function forms.batch_norm(_, statement)
  local from, parameters, args = key_at(statement, 1), {}, {epsilon = statement.attributes.epsilon}
  for i, name in pairs{[2] = "scale", [3] = "center"} do
    if not statement.operands[i] then args[name] = false end
  end
  for i = 2, 5 do
    if statement.operands[i] then
      local parameter = own_parameter(statement, i)
      if not parameter then return nil end
      parameters[#parameters + 1] = parameter
    end
  end
  return from and {call = "BatchNormalization", args = args, from = from, parameters = parameters, ends = statement} or nil
end

---- Pools -----------------------------------------------------------------------------------------------

-- Where nothing but an image of one place is read of it, it makes that.
local function whole_pool(self, call, statement, from)
  local behind, rank = flow.reader(self, statement), #self.shapes[from]
  local shape = behind and behind.op == "reshape" and self.shapes[behind.outs[1]]
  local keepdims = shape and #shape == rank and shape[rank] == self.shapes[from][rank] or nil
  return {call = call, args = {keepdims = keepdims}, from = from, parameters = {}, ends = keepdims and behind or statement}
end

local function pool(name)
  return function(self, statement)
    local from, size, strides = key_at(statement, 1), pair_of(statement, "pool", 2), pair_of(statement, "strides", 2)
    if not from then return nil end
    local args, pads, padding = {}, pads_of(statement), statement.attributes.padding
    if statement.whole then return whole_pool(self, "Global" .. name .. space(statement), statement, from) end
    args.pool_size, args.strides = size_argument(statement, size), size_argument(statement, strides)
    if size[1] == strides[1] and size[2] == strides[2] then args.strides = nil end
    if padding == "same" or not is_zero(pads) and flow.is_same(pads, image_of(self, statement), size, strides, {1, 1}) then
      args.padding = "same"
    elseif not is_zero(pads) then
      return nil
    end
    return {call = name .. space(statement), args = args, from = from, parameters = {}, ends = statement}
  end
end

forms.max_pool2d, forms.average_pool2d = pool("MaxPooling"), pool("AveragePooling")

---- Number by number ------------------------------------------------------------------------------------

local LAYERS <const> = {relu = "ReLU", leaky_relu = "LeakyReLU", elu = "ELU"}
local SLOPES <const> = {leaky_relu = "negative_slope", elu = "alpha"}

function forms.unary(_, statement)
  local name, alpha, from = statement.name, statement.attributes.alpha, key_at(statement, 1)
  if not from or alpha and (not SLOPES[name] or alpha < 0) then return nil end
  local layer = {from = from, parameters = {}, ends = statement, call = LAYERS[name] or "Activation", args = {}}
  if SLOPES[name] then
    layer.args[SLOPES[name]] = alpha
  elseif layer.call == "Activation" then
    if not PLAIN[name] then return nil end
    layer.args.activation = name
  end
  return layer
end

function forms.softmax(_, statement)
  local from = key_at(statement, 1)
  if not from then return nil end
  local is_log = statement.attributes.log
  return {call = is_log and "Activation" or "Softmax", args = {activation = is_log and "log_softmax" or nil}, from = from,
    parameters = {}, ends = statement}
end

local MERGES <const> = {add = "add", subtract = "subtract", multiply = "multiply", maximum = "maximum", minimum = "minimum"}

function forms.binary(self, statement)
  local a, b, name = key_at(statement, 1), key_at(statement, 2), MERGES[statement.name]
  if not a or not b or not name or #self.shapes[a] ~= #self.shapes[b] then return nil end
  return {merge = name, args = {}, inputs = {a, b}, parameters = {}, ends = statement}
end

-- Parameters by their tensors, of which some are lists that are one parameter of the layer.
local function parameters_of(tensors)
  local list = {}
  for i, tensor in ipairs(tensors) do
    local parts = {}
    for j, part in ipairs(cnnc.is_tensor(tensor) and {tensor} or tensor) do parts[j] = import.record.parameters[cnnc.key(part)] end
    list[i] = #parts == 1 and parts[1] or {parts = parts}
  end
  return list
end

-- The same layer there and back over one sequence, whose units are joined: the scans, and which of their outputs that is; nil: not
-- so.
local function directions_of(self, statement)
  local scans, index = {}, nil
  for i, operand in ipairs(statement.operands) do
    local scan = operand.key and self.made_by[operand.key]
    local layer = scan and scan.scan and scan.options.layer
    if not layer or self.uses[operand.key] ~= 1 then return nil end
    for j, key in ipairs(scan.outs) do
      if key == operand.key and (index or j) == j then index = j elseif self.uses[key] then return nil end
    end
    scans[i] = scan
  end
  local a, b = scans[1], scans[2]
  local is_last = (statement.attributes.axis or 0) == #self.shapes[statement.outs[1]] - 1
  if #scans ~= 2 or not is_last or not index or index > 2 or a.sequences[1].key ~= b.sequences[1].key then return nil end
  local is_same = a.options.layer.call == b.options.layer.call and
    import.text.literal(a.options.layer.args) == import.text.literal(b.options.layer.args)
  return is_same and not a.options.go_backwards and b.options.go_backwards and scans or nil, index
end

local function bidirectional(scans, index, statement)
  local layer, inner, args = scans[1].options.layer, {}, {return_sequences = index == 1 or nil}
  for name, value in pairs(layer.args) do args[name] = value end
  import.record.made[inner] = {kind = layer.call, args = args}
  local parameters = parameters_of(layer.parameters)
  local backward = parameters_of(scans[2].options.layer.parameters)
  table.move(backward, 1, #backward, #parameters + 1, parameters)
  return {call = "Bidirectional", args = {layer = inner}, from = scans[1].sequences[1].key, parameters = parameters,
    ends = statement, without = scans}
end

function forms.concat(self, statement)
  local scans, index = directions_of(self, statement)
  if scans then return bidirectional(scans, index, statement) end
  local inputs, rank = {}, #self.shapes[statement.outs[1]]
  for i in ipairs(statement.operands) do inputs[i] = key_at(statement, i) end
  if #inputs < 2 or #inputs ~= #statement.operands then return nil end
  local axis = statement.attributes.axis or 0
  return {merge = "concatenate", args = {axis = axis ~= rank - 1 and axis + 1 or nil}, inputs = inputs, parameters = {},
    ends = statement}
end

-- With a slope for each channel: x where it is above 0, else x times the slope.
function forms.select(self, statement)
  local condition, x, below = statement.operands[1], key_at(statement, 2), statement.operands[3]
  local above, product = condition and self.made_by[condition.key], below and self.made_by[below.key]
  local fits = x and above and product and above.op == "unary" and above.name == "relu" and key_at(above, 1) == x
    and product.op == "binary" and product.name == "multiply" and key_at(product, 1) == x
  local slope = fits and own_parameter(product, 2)
  if not slope or flow.reader(self, above) ~= statement or flow.reader(self, product) ~= statement then return nil end
  local shape, axes = self.shapes[x], {}
  for axis = 1, #shape - #shape_of(slope) do axes[axis] = axis end
  for i, size in ipairs(shape_of(slope)) do
    local axis = #shape - #shape_of(slope) + i
    if size ~= shape[axis] then axes[#axes + 1] = axis end
  end
  return {call = "PReLU", args = {shared_axes = #axes > 0 and axes or nil}, from = x, parameters = {slope}, ends = statement,
    without = {above, product}}
end

-- ops.mean(x, {axis = {1, 2}}), which is the same op.
local SUMS <const> = {sum = "sum", mean = "mean", max = "max", min = "min", product = "prod"}

function forms.reduce(_, statement)
  local axes, a = {}, statement.attributes
  if not key_at(statement, 1) or not a.axes or not SUMS[statement.name] then return nil end
  for i, axis in ipairs(a.axes) do axes[i] = axis < 0 and axis or axis + 1 end
  return {of_ops = SUMS[statement.name], args = {axis = #axes == 1 and axes[1] or axes, keepdims = a.keepdims or nil},
    from = key_at(statement, 1), parameters = {}, ends = statement}
end

---- Recurrence ------------------------------------------------------------------------------------------

-- A scan of which a row said which layer it is (onnx/recurrent.lua): what is read of it decides what it gives.
function forms.scan(self, statement)
  local layer, outs, reads_states = statement.options.layer, statement.outs, false
  if not layer then return nil end
  for i = 2, #outs do reads_states = reads_states or self.uses[outs[i]] ~= nil end
  local reads_steps, reads_last = self.uses[outs[1]] ~= nil, not reads_states or self.uses[outs[3] or {}] == nil
  local args, made = {}, outs
  for name, value in pairs(layer.args) do args[name] = value end
  if statement.options.go_backwards then
    if reads_steps then return nil end -- Keras gives them in the order in which they were made
    args.go_backwards = true
  end
  if reads_steps and not reads_states then
    args.return_sequences, made = true, {outs[1]}
  elseif not reads_steps and reads_last then
    made = {outs[2]}
  else
    args.return_sequences, args.return_state = reads_steps or nil, true
  end
  local inputs = {statement.sequences[1].key}
  for i = 1, layer.states do inputs[i + 1] = statement.states[i].key end
  return {call = layer.call, args = args, inputs = inputs, parameters = parameters_of(layer.parameters),
    ends = statement, outs = made}
end

---- Movement --------------------------------------------------------------------------------------------

function forms.reshape(self, statement)
  local from, shape = key_at(statement, 1), self.shapes[statement.outs[1]]
  if not from then return nil end
  local is_flat = #shape == 1
  return {call = is_flat and "Flatten" or "Reshape", args = {target_shape = not is_flat and shape or nil}, from = from,
    parameters = {}, ends = statement}
end

function forms.permute(_, statement)
  local from, dims = key_at(statement, 1), {}
  for i, axis in ipairs(statement.attributes.order) do dims[i] = axis + 1 end
  return from and {call = "Permute", args = {dims = dims}, from = from, parameters = {}, ends = statement} or nil
end

-- {{1, 1}, {2, 2}} as short as it may be said.
local function margins(sides, is_sequence)
  if is_sequence then return sides[3] == sides[4] and sides[3] or {sides[3], sides[4]} end
  if sides[1] ~= sides[2] or sides[3] ~= sides[4] then return {{sides[1], sides[2]}, {sides[3], sides[4]}} end
  return sides[1] == sides[3] and sides[1] or {sides[1], sides[3]}
end

function forms.pad2d(_, statement)
  local from, sides, crop = key_at(statement, 1), as_list(statement.attributes.padding, 4, 0), {}
  local low, high = math.min(table.unpack(sides)), math.max(table.unpack(sides))
  if not from or low < 0 and high > 0 then return nil end
  for i, n in ipairs(sides) do crop[i] = -n end
  local is_crop, is_row = low < 0, statement.sequence
  return {call = (is_crop and "Cropping" or "ZeroPadding") .. space(statement), from = from, parameters = {}, ends = statement,
    args = is_crop and {cropping = margins(crop, is_row)} or {padding = margins(sides, is_row)}}
end

-- Does a border only add places, of which an axis has so many, in such a way that Keras does?
local function is_around(a, size)
  local most = a.mode == "reflect" and size - 1 or a.mode == "symmetric" and size or math.huge
  return math.min(a.before, a.behind) >= 0 and math.max(a.before, a.behind) <= most
end

-- ops.flip(x, {axis = 1}), or ops.pad(x, {mode = "reflect", pad_width = {{0, 0}, {1, 1}, {1, 1}}}) of one axis or more.
function forms.border(self, statement)
  local from, a = key_at(statement, 1), statement.attributes
  local shape, width = from and self.shapes[from], {{0, 0}}
  if not from then return nil end
  local form = {from = from, parameters = {}, ends = statement}
  if a.mode == "symmetric" and a.before == shape[a.axis + 1] and a.behind == -a.before then
    form.of_ops, form.args = "flip", {axis = a.axis + 1}
    return form
  end
  for i in ipairs(shape) do width[i + 1] = {0, 0} end
  local one = statement
  while one and one.op == "border" and one.attributes.mode == a.mode do
    local b = one.attributes
    local sides = width[b.axis + 2]
    if sides[1] + sides[2] > 0 or not is_around(b, shape[b.axis + 1]) then break end
    sides[1], sides[2], form.ends, one = b.before, b.behind, one, flow.reader(self, one)
  end
  if width[a.axis + 2][1] + width[a.axis + 2][2] == 0 then return nil end
  form.of_ops, form.args = "pad", {mode = a.mode, pad_width = width}
  return form
end

function forms.resize(self, statement)
  local from, size = key_at(statement, 1), pair_of(statement, "size")
  local image, interpolation = from and self.shapes[from], statement.attributes.interpolation or "nearest"
  if not image then return nil end
  local form = {call = "Resizing", args = {height = size[1], width = size[2]}, from = from, parameters = {}, ends = statement}
  if size[1] % image[1] == 0 and size[2] % image[2] == 0 then
    form.call = "UpSampling2D"
    form.args = {size = pair{size[1] // image[1], size[2] // image[2]} or size[1] // image[1]}
  end
  form.args.interpolation = interpolation
  return form
end

---- Statements of layers --------------------------------------------------------------------------------

-- Puts forms in the place of the statements that they stand for.
local function taken_by(self, form, statement, gone, removed)
  local one = statement
  for _, other in ipairs(form.without or {}) do removed[other] = true end
  while one ~= form.ends do
    gone[one] = true
    one = flow.reader(self, one)
  end
  gone[one] = true
end

local function statement_of(form, statement)
  return {form = form, of = statement, ins = form.inputs or {form.from}, outs = form.outs or form.ends.outs,
    parameters = form.parameters, node = statement.node}
end

-- The zeros in front of a convolution that no word stands for.
local function padding_of(self, form, statement)
  local key = {}
  local shape = self.shapes[form.from]
  self.shapes[key] = statement.sequence and {shape[1] + form.pads[3] + form.pads[4], shape[2]}
    or {shape[1] + form.pads[1] + form.pads[2], shape[2] + form.pads[3] + form.pads[4], shape[3]}
  local pad = {call = "ZeroPadding" .. space(statement), args = {padding = margins(form.pads, statement.sequence)}}
  local made = {form = pad, ins = {form.from}, outs = {key}, parameters = {}, node = statement.node}
  form.from, self.uses[key] = key, 1
  return made
end

-- Of outputs that are one tensor the later ones are what a layer that does nothing makes of it.
function import.with_own_outputs(self)
  local taken = {}
  for i, key in ipairs(self.outputs) do
    if taken[key] then
      local new = {}
      self.shapes[new], self.outputs[i] = self.shapes[key], new
      self.statements[#self.statements + 1] = {form = {call = "Activation", args = {activation = "linear"}}, ins = {key},
        outs = {new}, parameters = {}}
    end
    taken[key] = true
  end
  flow.count(self)
end

function import.as_layers(self)
  local list, gone, removed = {}, {}, {}
  self.made_by = {}
  for _, statement in ipairs(self.statements) do
    for _, key in ipairs(statement.outs) do self.made_by[key] = statement end
  end
  for _, statement in ipairs(self.statements) do
    local row = forms[statement.op or statement.scan and "scan"]
    local form = not gone[statement] and row and row(self, statement)
    if form then
      taken_by(self, form, statement, gone, removed)
      if form.pads then list[#list + 1] = padding_of(self, form, statement) end
      list[#list + 1] = statement_of(form, statement)
    elseif not gone[statement] then
      list[#list + 1] = statement
    end
  end
  self.statements = {}
  for _, statement in ipairs(list) do
    if not removed[statement.of or statement] then self.statements[#self.statements + 1] = statement end
  end
  self.readers = nil
end
