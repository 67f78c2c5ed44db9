-- kinds.lua: objects that are given by name or made by a constructor: optimizers, losses, metrics and so on.

local cnnc = ...
local fail, object, fields, arguments = cnnc.fail, cnnc.object, cnnc.fields, cnnc.arguments
local show, is_plain_table, types = arguments.show, arguments.is_plain_table, arguments.types
local format = string.format

-- All that has a name in scripts, for `cnnc help`: {kind =, spec =}, a spec with name, doc, formula, example, arguments.
cnnc.catalogue = {}

function cnnc.describe(kind, spec)
  cnnc.catalogue[#cnnc.catalogue + 1] = {kind = kind, spec = spec}
end

-- Kinds whose lower-case names Keras has as functions: "word", and as functions that make one: "constructor".
local LOWER_CASE <const> = {activation = "word", loss = "word", metric = "word", initializer = "constructor",
                            regularizer = "constructor", constraint = "constructor"}

-- By kind: what becomes of self(...), where the spec has no `apply`.
cnnc.calls_of = {}

-- How a script sees the objects of a kind: their arguments are fields, which it may change.
local function metatable_of(kind)
  local metatable = {__name = kind}

  function metatable.__call(self, ...)
    local spec, call = fields[self].spec, cnnc.calls_of[kind]
    if call and not spec.apply then return call(self, ...) end
    if not spec.apply then fail(format("%s cannot be called", cnnc.article(kind))) end
    if spec.arguments and #spec.arguments > 0 then return spec.apply(..., self) end
    return spec.apply(...)
  end

  function metatable.__index(self, key)
    local methods, value = fields[self].spec.methods, fields[self][key]
    if fields[self].spec.index then return fields[self].spec.index(self, key) end
    if methods and methods[key] then return methods[key] end
    if is_plain_table(value) then return key ~= "spec" and arguments.copy_of(value) or nil end
    return value
  end

  function metatable.__newindex(self, key, value)
    local own = fields[self]
    if own.spec.newindex then return own.spec.newindex(self, key, value) end
    local owner, row = own.spec.name or kind, arguments.find_row(own.spec.arguments or {}, key)
    if not row then
      local names = {}
      for i, known in ipairs(own.spec.arguments or {}) do names[i] = known[1] end
      fail(format("%s has no argument '%s'", owner, tostring(key)), {hint = arguments.argument_hint(tostring(key), names)})
    end
    own[key] = arguments.parse(owner, {row}, {[key] = value})[key]
  end

  return metatable
end

-- A `kind`, below, is what there is of it: {name =, specs = by the names they have, words = that messages list, metatable =,
-- of_functions = the spec of those that are functions of the script's; nil: none can be}.

local function make(kind, spec, values)
  values.spec = spec
  return object(kind.metatable, values)
end

local function explain_unknown(kind, word, owner)
  local names = arguments.sorted_names(kind.specs)
  local of_keras = arguments.of_keras(word, names, kind.name)
  if of_keras then
    local message, hint = cnnc.keras.explain(of_keras)
    fail(format("%s: %s", owner, message), {hint = hint})
  end
  fail(format("%s: unknown %s %s", owner, kind.name, show(word)),
    {hint = arguments.suggest(word, names) or "known are: " .. arguments.listed(kind.words)})
end

-- The object that a value of the script means; nil: none.
local function object_of(kind, value, owner)
  value = cnnc.word_of(value) or value
  if type(value) == "string" then
    local spec = kind.specs[value] or explain_unknown(kind, value, owner)
    return make(kind, spec, arguments.parse(spec.name, spec.arguments))
  end
  if getmetatable(value) == kind.metatable then return value end
  if type(value) ~= "function" then return nil end
  if cnnc.constructors[value] == kind.name then return value() end
  return kind.of_functions and make(kind, kind.of_functions, {["function"] = value})
end

local function define_constructor(kind, spec)
  local constructor = cnnc.entry(function(...)
    return make(kind, spec, arguments.parse(spec.name, spec.arguments, ...))
  end)
  cnnc.constructors[constructor] = kind.name
  cnnc.exports[spec.name] = constructor
  for _, alias in ipairs(LOWER_CASE[kind.name] == "constructor" and spec.aliases or {}) do cnnc.exports[alias] = constructor end
end

local function define(kind, spec)
  spec.arguments = spec.arguments or {}
  table.insert(kind.words, spec.aliases[1])
  for _, alias in ipairs(spec.aliases) do kind.specs[alias] = spec end
  cnnc.describe(kind.name, spec)
  for _, alias in ipairs(LOWER_CASE[kind.name] == "word" and spec.aliases or {}) do cnnc.define_word(alias) end
  if not spec.name then
    spec.name = spec.aliases[1]
    return
  end
  kind.specs[spec.name] = spec
  define_constructor(kind, spec)
end

-- Opens a kind of object, "optimizer" say, as a type of argument; returns the function that defines
-- one: define{name = "Adam", aliases = {"adam"}, arguments = {...}, ...}. The object that reaches the
-- code has the parsed arguments as fields; `spec` is among its cnnc.fields. It can be called if its spec has `apply`.
-- Constructors go to cnnc.exports. The second result makes an object of a spec without a name; the third says what functions
-- of the script's are, which become objects with the field `function`.
function arguments.kind(name)
  local kind = {name = name, specs = {}, words = {}, metatable = metatable_of(name)}
  types[name] = {
    check = function(value, _, owner) return object_of(kind, value, owner) end,
    expects = function()
      return format("the name of %s%s such an object", cnnc.article(name), kind.of_functions and ", a function, or" or " or")
    end,
    knows = function(word) return kind.specs[word] ~= nil end,
  }
  return function(spec) define(kind, spec) end,
    function(spec, values) return make(kind, spec, values) end,
    function(spec) spec.name, spec.arguments, kind.of_functions = name, {{"function", "function"}}, spec end
end

-- Keras' initializers.get("zeros") and its kin: the object of a name, or one that is one; and what its module has.
for _, kind in ipairs{"activation", "initializer", "regularizer", "constraint"} do
  local module = {get = cnnc.entry(function(wanted)
    if wanted == nil then return nil end
    return arguments.parse(kind .. "s.get", {{"identifier", kind}}, {identifier = wanted}).identifier
  end)}
  cnnc.exports[kind .. "s"] = setmetatable(module, {__name = "module", __index = function(_, name) return cnnc.exports[name] end})
end
