-- attention.lua: layers of products of two tensors: Dot and attention.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common
local format, concat = string.format, table.concat

local function count(shape, first, last)
  local product = 1
  for i = first, last do product = product * shape[i] end
  return product
end

---- Dot -----------------------------------------------------------------------------------------------

-- x as a matrix whose columns are the axis `index`, and its other sizes.
local function rows_along(x, index)
  local order, others = {}, {}
  for axis = 0, #x.shape - 1 do
    if axis ~= index then
      order[#order + 1] = axis
      others[#others + 1] = x.shape[axis + 1]
    end
  end
  order[#x.shape] = index
  local size = x.shape[index + 1]
  local y = index == #x.shape - 1 and x or op.permute(x, {order = order})
  return op.reshape(y, {shape = {count(others, 1, #others), size}}), others
end

-- Rows of length 1.
local function normalized(x)
  local rows, size = x.shape[1], x.shape[2]
  local each = op.reshape(x, {shape = {rows, 1, size}})
  local squares = op.affine(op.batch_matmul(each, each, {transpose_b = true}), {offset = 1e-14}) -- none is divided by 0
  return op.reshape(op.batch_matmul(op.unary(squares, "rsqrt"), each), {shape = {rows, size}})
end

layer{
  name = "Dot",
  function_name = "dot",
  inputs = 2, masks = cnnc.no_mask,
  doc = "the products of two inputs, summed along an axis of each",
  formula = "y[i,j] = sum over k of a[i,k] * b[j,k], for axes = 2 of two matrices",
  example = "local x = Input{8, 4}\nreturn Model{inputs = x, outputs = Dot{axes = 2}({x, Dense{4}(x)})}",
  arguments = {
    {"axes", "pair", doc = "the axis of both, or of each of the inputs; the batch is axis 0, -1 is the last"},
    {"normalize", "boolean", default = false, doc = "bring them to length 1 along the axis first: the cosine of angles"},
  },
  call = function(self, a, b)
    local first, second = self.axes[1], self.axes[2]
    local x, of_a = rows_along(a, common.sample_axis(self, first, #a.shape))
    local y, of_b = rows_along(b, common.sample_axis(self, second, #b.shape))
    if x.shape[2] ~= y.shape[2] then
      self:fail(format("sums products along axes of one size, but axis %d of %s has %d and axis %d of %s has %d", first,
        concat(a.shape, "x"), x.shape[2], second, concat(b.shape, "x"), y.shape[2]), nil, b)
    end
    if self.normalize then x, y = normalized(x), normalized(y) end
    local shape = table.move(of_b, 1, #of_b, #of_a + 1, of_a)
    return op.reshape(op.batch_matmul(x, y, {transpose_b = true}), {shape = #shape > 0 and shape or {1}})
  end,
}

---- Attention -----------------------------------------------------------------------------------------

local DROPOUT = {"dropout", "number", min = 0, below = 1, default = 0.0, doc = "share of the weights that training drops"}
local SEED = {"seed", "integer", min = 0, optional = true, named_only = true, doc = "of the dropout"}
local CAUSAL = {"use_causal_mask", "boolean", default = false, named_only = true,
  doc = "no step sees the ones behind it; as in Keras the call takes it, too"}

local MASKS = {
  {"use_causal_mask", "boolean", optional = true}, {"query_mask", "tensor", optional = true},
  {"value_mask", "tensor", optional = true}, {"key_mask", "tensor", optional = true},
  {"attention_mask", "tensor", optional = true},
}
local CAUSAL_CALL = {MASKS[1]}
local OF_ATTENTION <const> = "masked values have no weight, masked steps of the query give zeros; the call takes mask = {of the "
  .. "query, of the values}; the output has the query's"
local OF_HEADS <const> = "masked values have no weight; the call takes query_mask, value_mask, key_mask and attention_mask, of the "
  .. "steps of the query and the values; the output has the query's"
local NOWHERE <const> = -1e9 -- the score of what gets no weight

local function both(a, b) return a and b and op.binary(a, b, "multiply") or a or b end

-- A mask of steps as one of the columns of scores, or of their rows.
local function along(mask, steps, as_rows)
  if not mask then return nil end
  if #mask.shape ~= 1 or mask.shape[1] ~= steps then
    cnnc.fail_here(format("a mask of %s does not fit %d steps", concat(mask.shape, "x"), steps))
  end
  return op.reshape(mask, {shape = as_rows and {steps, 1} or {1, steps}})
end

-- Softmax of the scores (..., steps of the query, steps of the values), and the mean of the values by it. What the mask, of those
-- two axes or with 1 for one, leaves out has no weight.
local function attend(self, scores, values, mask, is_causal)
  if is_causal or self.use_causal_mask then scores = op.tril(scores, {fill = NOWHERE}) end
  if mask then scores = op.select(mask, scores, NOWHERE) end
  local weights = op.softmax(scores)
  if self.dropout > 0 then weights = op.dropout(weights, {rate = self.dropout, seed = self.seed}) end
  return op.batch_matmul(weights, values)
end

-- Query, values and keys, checked, and what else the call says; without keys these are the values.
local function need_sequences(self, query, value, ...)
  local rest = {...}
  local options, key = table.remove(rest), rest[1]
  if rest[2] then self:fail("takes a query, values and keys, and no more") end
  for _, x in ipairs{query, value, key} do
    if #x.shape ~= 2 then
      self:fail(format("needs sequences of steps and features, but an input is %s", concat(x.shape, "x")), nil, x)
    end
  end
  if key and key.shape[1] ~= value.shape[1] then
    self:fail(format("needs as many keys as values, but they are %s and %s", concat(key.shape, "x"),
      concat(value.shape, "x")), nil, key)
  end
  return key or value, options
end

-- The mask of the scores of a layer of several heads, as Keras has it: of the query's steps, too, and what the call says.
local function mask_of_scores(query, value, key, options)
  local mask = options.attention_mask
  if mask and (#mask.shape > 3 or #mask.shape < 2) then
    cnnc.fail_here(format("an attention_mask has the axes of the scores, query and values, but this one is %s",
      concat(mask.shape, "x")))
  end
  mask = both(mask, along(options.query_mask or cnnc.mask_of(query), query.shape[1], true))
  mask = both(mask, along(options.value_mask or cnnc.mask_of(value), value.shape[1]))
  local of_key = options.key_mask or key ~= value and cnnc.mask_of(key) or nil
  return both(mask, along(of_key, key.shape[1]))
end

-- Attention alone, whose masks stand in the list `mask`: masked values have no weight, masked steps of the query give zeros.
local function attend_masked(self, scores, query, value, options)
  local y = attend(self, scores, value, along(cnnc.mask_of(value), value.shape[1]), options.use_causal_mask)
  local mask = along(cnnc.mask_of(query), query.shape[1], true)
  return mask and op.select(mask, y) or y
end

local function need_features(self, query, key, does)
  if query.shape[2] == key.shape[2] then return end
  self:fail(format("%s queries and keys, but their features are %d and %d", does, query.shape[2], key.shape[2]),
    "a Dense layer brings one of them to the size of the other", key)
end

-- Times a parameter that is one number.
local function scaled_by(self, x, name)
  local scale = cnnc.view(self:parameter(name or "scale", {}, "ones"), {1, 1})
  return op.reshape(op.matmul(op.reshape(x, {shape = {count(x.shape, 1, #x.shape), 1}}), scale), {shape = x.shape})
end

-- Each step of the query and each key, added: (steps of the query, keys, features).
local function each_sum(query, key)
  local q = op.reshape(query, {shape = {query.shape[1], 1, query.shape[2]}})
  return op.binary(q, op.reshape(key, {shape = {1, key.shape[1], key.shape[2]}}), "add")
end

layer{
  name = "Attention",
  inputs = "many", masks = true, masks_doc = OF_ATTENTION, call_arguments = CAUSAL_CALL,
  doc = "for each step of a query, the mean of values, weighted by how much their keys are like it; called on {query, "
    .. "values} or {query, values, keys}",
  formula = "y = softmax(query keys^T) values",
  example = "local x = Input{8, 4}\nreturn Model{inputs = x, outputs = Attention()({x, Dense{4}(x)})}",
  arguments = {
    {"use_scale", "boolean", default = false, doc = "multiply the scores by a parameter `scale`"},
    {"score_mode", {"dot", "concat"}, default = "dot",
      doc = "dot: products are the scores; concat: the sum of tanh(scale*(query + key)), times a parameter"},
    DROPOUT, SEED, CAUSAL,
  },
  call = function(self, query, value, ...)
    local key, options = need_sequences(self, query, value, ...)
    need_features(self, query, key, "multiplies")
    if self.score_mode == "concat" then
      local sums = each_sum(query, key)
      local y = op.unary(self.use_scale and scaled_by(self, sums) or sums, "tanh")
      local scores = op.reduce(y, {["function"] = "sum", axes = {2}})
      return attend_masked(self, scaled_by(self, scores, "concat_score_weight"), query, value, options)
    end
    local scores = op.batch_matmul(query, key, {transpose_b = true})
    return attend_masked(self, self.use_scale and scaled_by(self, scores) or scores, query, value, options)
  end,
}

layer{
  name = "AdditiveAttention",
  inputs = "many", masks = true, masks_doc = OF_ATTENTION, call_arguments = CAUSAL_CALL,
  doc = "for each step of a query, the mean of values, weighted by how much their keys fit it, as a small network says; called "
    .. "on {query, values} or {query, values, keys}",
  formula = "y = softmax(s) values, s[i,j] = sum over k of scale[k] * tanh(query[i,k] + key[j,k])",
  example = "local x = Input{8, 4}\nreturn Model{inputs = x, outputs = AdditiveAttention()({x, Dense{4}(x)})}",
  arguments = {
    {"use_scale", "boolean", default = true, doc = "a parameter `scale`, a number for each feature; false: ones"},
    DROPOUT, SEED, CAUSAL,
  },
  call = function(self, query, value, ...)
    local key, options = need_sequences(self, query, value, ...)
    need_features(self, query, key, "adds")
    local y, features = op.unary(each_sum(query, key), "tanh"), key.shape[2]
    if not self.use_scale then
      return attend_masked(self, op.reduce(y, {["function"] = "sum", axes = {2}}), query, value, options)
    end
    local scale = self:parameter("scale", {features}, "glorot_uniform")
    local scores = op.matmul(y, cnnc.view(scale, {features, 1}))
    return attend_masked(self, op.reshape(scores, {shape = {y.shape[1], y.shape[2]}}), query, value, options)
  end,
}

-- What each projection is given of the layer around it, as Keras hands it on.
local RULES <const> = {
  common.regularizer("kernel"), common.regularizer("bias"), common.ACTIVITY_REGULARIZER,
  common.constraint("kernel"), common.constraint("bias"),
}

-- A Dense layer from `inputs` numbers to `outputs`, whose parameters have the shapes that Keras gives them.
local Projection = cnnc.exports.Layer{
  name = "Projection", supports_masking = true,
  arguments = {
    {"kernel_shape", "list"}, {"bias_shape", "list"}, {"use_bias", "boolean"}, {"kernel_initializer", "initializer"},
    {"bias_initializer", "initializer"}, table.unpack(RULES),
  },
  call = function(self, x)
    local inputs, outputs = x.shape[#x.shape], count(self.bias_shape, 1, #self.bias_shape)
    local kernel = self:parameter("kernel", self.kernel_shape, self.kernel_initializer)
    local y = op.matmul(x, cnnc.view(kernel, {inputs, outputs}))
    if not self.use_bias then return y end
    return op.binary(y, cnnc.view(self:parameter("bias", self.bias_shape, self.bias_initializer), {outputs}), "add")
  end,
}

local function project(self, name, x, kernel_shape, bias_shape)
  local given = {name = name, kernel_shape = kernel_shape, bias_shape = bias_shape, use_bias = self.use_bias,
    kernel_initializer = self.kernel_initializer, bias_initializer = self.bias_initializer}
  for _, row in ipairs(RULES) do given[row[1]] = self[row[1]] end
  return Projection(given)(x)
end

-- x, projected for each head: heads x steps x size.
local function heads_of(self, name, x, heads, size)
  local steps = x.shape[1]
  local y = project(self, name, x, {x.shape[2], heads, size}, {heads, size})
  if heads == 1 then return op.reshape(y, {shape = {1, steps, size}}) end
  return op.permute(op.reshape(y, {shape = {steps, heads, size}}), {order = {1, 0, 2}})
end

-- What the heads found (heads x steps x size), as so many features.
local function put_together(self, y, outputs)
  local heads, steps, size = table.unpack(y.shape)
  if heads > 1 then y = op.permute(y, {order = {1, 0, 2}}) end
  return project(self, "attention_output", op.reshape(y, {shape = {steps, heads * size}}), {heads, size, outputs}, {outputs})
end

local OF_PROJECTIONS = {
  {"kernel_initializer", "initializer", default = "glorot_uniform", doc = "what the kernels hold before training"},
  {"bias_initializer", "initializer", default = "zeros", doc = "what the biases hold before training"},
}
OF_PROJECTIONS = common.with(common.with(OF_PROJECTIONS, RULES), {SEED, CAUSAL})

layer{
  name = "MultiHeadAttention",
  inputs = "many", regularizes_inside = true, masks = true, masks_doc = OF_HEADS, call_arguments = MASKS,
  doc = "several attentions side by side, each on a projection of its own, put together by another one; called on (query, "
    .. "values) or (query, values, keys)",
  formula = "head[h] = softmax(q[h] k[h]^T / sqrt(key_dim)) v[h], with q[h] = query Wq[h] + bq[h], k and v alike",
  example = "local x = Input{8, 12}\n"
    .. "return Model{inputs = x, outputs = MultiHeadAttention{num_heads = 2, key_dim = 6}(x, x)}",
  arguments = common.with({
    {"num_heads", "integer", min = 1, doc = "how many attentions"},
    {"key_dim", "integer", min = 1, doc = "features of the queries and keys of one"},
    {"value_dim", "integer", min = 1, optional = true, doc = "features of its values; key_dim without it"},
    DROPOUT,
    {"use_bias", "boolean", default = true, doc = "add a parameter `bias` to each projection"},
    {"output_shape", "integer", min = 1, optional = true, doc = "features of the output; those of the query without it"},
    common.unsupported("attention_axes"),
  }, OF_PROJECTIONS),
  call = function(self, query, value, ...)
    local key, options = need_sequences(self, query, value, ...)
    local heads, size = self.num_heads, self.value_dim or self.key_dim
    local q = op.affine(heads_of(self, "query", query, heads, self.key_dim), {scale = 1 / math.sqrt(self.key_dim)})
    local k = heads_of(self, "key", key, heads, self.key_dim)
    local v = heads_of(self, "value", value, heads, size)
    local scores = op.batch_matmul(q, k, {transpose_b = true})
    local y = attend(self, scores, v, mask_of_scores(query, value, key, options), options.use_causal_mask)
    return put_together(self, y, self.output_shape or query.shape[2])
  end,
}

layer{
  name = "GroupQueryAttention",
  base_name = "grouped_query_attention", -- Keras' class is called so
  inputs = "many", regularizes_inside = true, masks = true, masks_doc = OF_HEADS, call_arguments = MASKS,
  doc = "MultiHeadAttention, where groups of heads have their keys and values in common",
  formula = "head[h] = softmax(q[h] k[g]^T / sqrt(head_dim)) v[g], g the group of h",
  example = "local x = Input{8, 12}\nreturn Model{inputs = x, outputs = GroupQueryAttention{6, 4, 2}(x, x)}",
  arguments = common.with({
    {"head_dim", "integer", min = 1, doc = "features of the queries, keys and values of one head"},
    {"num_query_heads", "integer", min = 1, doc = "how many heads"},
    {"num_key_value_heads", "integer", min = 1, doc = "how many groups they form"}, DROPOUT,
    {"use_bias", "boolean", default = true, doc = "add a parameter `bias` to each projection"},
    common.unsupported("flash_attention"),
  }, OF_PROJECTIONS),
  call = function(self, query, value, ...)
    local key, options = need_sequences(self, query, value, ...)
    local heads, groups, size = self.num_query_heads, self.num_key_value_heads, self.head_dim
    if heads % groups ~= 0 then self:fail(format("has %d heads, which do not divide into %d groups", heads, groups)) end
    local function each(name, x) -- the projection of a group, for all of its heads
      local y, shape = heads_of(self, name, x, groups, size), {groups, heads // groups, x.shape[1], size}
      return op.reshape(op.broadcast(op.reshape(y, {shape = {groups, 1, x.shape[1], size}}), {shape = shape}),
        {shape = {heads, x.shape[1], size}})
    end
    local q = op.affine(heads_of(self, "query", query, heads, size), {scale = 1 / math.sqrt(size)})
    local scores = op.batch_matmul(q, each("key", key), {transpose_b = true})
    local mask = mask_of_scores(query, value, key, options)
    return put_together(self, attend(self, scores, each("value", value), mask, options.use_causal_mask), query.shape[2])
  end,
}
