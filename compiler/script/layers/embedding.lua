-- embedding.lua: layers of whole numbers: what stands for words, categories and the like; and Masking.

local cnnc = ...
local op, layer = cnnc.op, cnnc.layer
local common = cnnc.common
local format, concat = string.format, table.concat

-- As Keras casts them.
local function indices(x)
  return x.dtype == "int32" and x or op.cast(x, {dtype = "int32"})
end

-- The rows of a constant row of whole numbers, ops.arange(n), which are neighbours; nil: x is of each sample.
local function positions(self, x, table)
  if not cnnc.is_shared(x) then return nil end
  if self.mask_zero then self:fail("cannot mask zeros among numbers that are alike for all samples", "leave out mask_zero") end
  local made = cnnc.producer(x)
  local first, count = cnnc.constant_row(made and made.op == "reshape" and made.inputs[1] or x) -- ops.expand_dims(row, 0)
  first = first and math.tointeger(first)
  if not first then
    self:fail("is called on numbers that are alike for all samples, and can look up only whole ones, one after the other",
      "ops.arange(40), or ops.arange(2, 42)")
  end
  if first < 0 or first + count > self.input_dim then
    self:fail(format("has %d rows, but is called on %d, ..., %d", self.input_dim, first, first + count - 1))
  end
  if count < self.input_dim then table = op.slice(table, {axis = 0, begin = first, count = count}) end
  local shape = x.shape
  shape[#shape + 1] = self.output_dim
  return #shape == 2 and table or op.reshape(table, {shape = shape})
end

layer{
  name = "Embedding",
  doc = "a row of numbers for each word, or whatever has a number from 0 to input_dim - 1: a table that is trained",
  formula = "y[i] = embeddings[x[i]]",
  example = "Embedding{1000, 16, input_shape = {40}}",
  arguments = {
    {"input_dim", "integer", min = 1, doc = "rows of the table: one more than the largest number"},
    {"output_dim", "integer", min = 1, doc = "numbers of a row"},
    {"embeddings_initializer", "initializer", default = "uniform", doc = "what `embeddings` holds before training"},
    common.regularizer("embeddings"), common.constraint("embeddings"),
    {"mask_zero", "boolean", default = false, doc = "true: 0 stands for no word, and layers behind leave its steps out"},
    {"input_length", "integer", min = 1, optional = true, named_only = true,
      doc = "how many numbers a sample has, where the layer is the first"},
    {"weights", "unsupported", named_only = true, instead = "the program reads weights: --weights FILE.safetensors"},
    {"lora_rank", "unsupported", named_only = true},
  },
  first_shape = function(self) return self.input_length and {self.input_length} end,
  call = function(self, x)
    if self.input_length and self.input_length ~= x.shape[1] then
      self:fail(format("says input_length = %d, but its input is %s", self.input_length, concat(x.shape, "x")), nil, x)
    end
    local table = self:parameter("embeddings", {self.input_dim, self.output_dim}, self.embeddings_initializer)
    return positions(self, x, table) or op.gather(indices(x), table)
  end,
  masks_doc = "with mask_zero the output has one, 0 where the number is 0",
  masks = function(self, inputs)
    local x = inputs[1]
    if not self.mask_zero then return nil end
    return op.binary(op.cast(indices(x), "float32"), 0, "not_equal")
  end,
}

-- 1 at the steps of x where some number is not the value; `keepdims`: with an axis of 1 behind them.
local function is_some_other(self, x, keepdims)
  return op.reduce(op.binary(x, self.mask_value, "not_equal"), {["function"] = "max", axes = {#x.shape - 1}, keepdims = keepdims})
end

layer{
  name = "Masking",
  doc = "zeroes the steps whose numbers are all of one value, and has the layers behind leave them out",
  formula = "y[t] = x[t], or 0 and masked where x[t,c] = mask_value for every c",
  example = "Masking{-1, input_shape = {10, 4}}, LSTM(8)",
  arguments = {{"mask_value", "number", default = 0.0, doc = "what a step without data has in each of its numbers"}},
  call = function(self, x) return op.select(is_some_other(self, x, true), x) end,
  masks_doc = "the output has one",
  masks = function(self, inputs) return is_some_other(self, inputs[1], false) end,
}

layer{
  name = "CategoryEncoding",
  doc = "numbers of categories as ones and zeros",
  formula = "one_hot: y[k] = 1 where x = k, else 0; multi_hot: where some x[i] = k; count: how many x[i] = k",
  example = 'CategoryEncoding{5, output_mode = "one_hot", input_shape = {1}}',
  arguments = {
    {"num_tokens", "integer", min = 1, doc = "how many categories there are; other numbers give only zeros"},
    {"output_mode", {"one_hot", "multi_hot", "count"}, default = "multi_hot",
      doc = "multi_hot and count: what the last axis has, taken together"},
    {"sparse", "unsupported"},
  },
  call = function(self, x)
    local several = x.shape[#x.shape] > 1 -- an axis of one number goes
    local modes = {one_hot = several and "each" or "any", multi_hot = "any", count = "count"}
    return op.one_hot(indices(x), {depth = self.num_tokens, mode = modes[self.output_mode]})
  end,
}
