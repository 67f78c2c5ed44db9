-- schedules.lua: learning rates that change with the steps of training. `doc`, `formula` and `example` of each are what `cnnc
-- help` and the manual page print. Formulas: keras/src/optimizers/schedules/learning_rate_schedule.py.
--
-- `base(o)` is the learning rate that the program's --learning-rate replaces; `rate(o, base, step)` the one after so many
-- steps, as a term of rule.lua.

local cnnc = ...
local fail, arguments, fields, rule = cnnc.fail, cnnc.arguments, cnnc.fields, cnnc.rule
local minimum, floor, choose = rule.minimum, rule.floor, rule.choose
local format = string.format

local define, make = arguments.kind("schedule")

local function schedule(spec)
  spec.aliases = {spec.name}
  spec.base = spec.base or function(o) return o.initial_learning_rate end
  define(spec)
end

local INITIAL = {"initial_learning_rate", "number", min = 0, doc = "of the first step"}
local DECAY_STEPS = {"decay_steps", "integer", min = 1, doc = "steps"}
local STAIRCASE = {"staircase", "boolean", default = false, doc = "step/decay_steps is rounded down"}

local function parts(o, step) return o.staircase and floor(step / o.decay_steps) or step / o.decay_steps end

schedule{
  name = "ExponentialDecay",
  doc = "a rate that falls by the same factor in so many steps",
  formula = "initial_learning_rate * decay_rate^(step/decay_steps)",
  example = "SGD{ExponentialDecay{0.1, decay_steps = 1000, decay_rate = 0.9}}",
  arguments = {INITIAL, DECAY_STEPS, {"decay_rate", "number", above = 0, doc = "factor"}, STAIRCASE},
  rate = function(o, base, step) return base * o.decay_rate ^ parts(o, step) end,
}

schedule{
  name = "InverseTimeDecay",
  doc = "a rate that falls ever more slowly",
  formula = "initial_learning_rate / (1 + decay_rate * step/decay_steps)",
  example = "SGD{InverseTimeDecay{0.1, decay_steps = 1000, decay_rate = 0.5}}",
  arguments = {INITIAL, DECAY_STEPS, {"decay_rate", "number", min = 0, doc = "how fast"}, STAIRCASE},
  rate = function(o, base, step) return base / (1 + o.decay_rate * parts(o, step)) end,
}

schedule{
  name = "PolynomialDecay",
  doc = "a rate that falls to another one and stays there, or begins again",
  formula = "(initial_learning_rate - end_learning_rate) * (1 - step/decay_steps)^power + end_learning_rate",
  example = "SGD{PolynomialDecay{0.1, decay_steps = 10000, end_learning_rate = 0.01}}",
  arguments = {
    INITIAL, DECAY_STEPS,
    {"end_learning_rate", "number", min = 0, default = 0.0001, doc = "of the last step"},
    {"power", "number", above = 0, default = 1.0, doc = "1: along a line"},
    {"cycle", "boolean", default = false, doc = "begin again behind the last step, with twice, thrice, ... the decay_steps"},
  },
  rate = function(o, base, step)
    local part = minimum(step / o.decay_steps, 1)
    if o.cycle then
      local cycles = -floor(-step / o.decay_steps) -- rounded up
      part = step / (o.decay_steps * choose(rule.less(cycles, 1), 1, cycles))
    end
    local left = o.power == 1 and 1 - part or (1 - part) ^ o.power
    return (base - o.end_learning_rate) * left + o.end_learning_rate
  end,
}

schedule{
  name = "PiecewiseConstantDecay",
  doc = "rates one after the other: values[i] up to step boundaries[i], and it with them",
  example = "SGD{PiecewiseConstantDecay{boundaries = {1000, 2000}, values = {0.1, 0.01, 0.001}}}",
  arguments = {
    {"boundaries", "list", doc = "steps, each above the one before"},
    {"values", "list", doc = "one more than boundaries"},
  },
  base = function(o) return o.values[1] end,
  check = function(o)
    local boundaries, values, previous = o.boundaries, o.values, -1
    if #values ~= #boundaries + 1 then
      fail(format("PiecewiseConstantDecay: %d boundaries need %d values, not %d", #boundaries, #boundaries + 1, #values))
    end
    for _, value in ipairs(values) do
      arguments.parse("PiecewiseConstantDecay", {{"values", "number", min = 0}}, {values = value})
    end
    for _, boundary in ipairs(boundaries) do
      arguments.parse("PiecewiseConstantDecay", {{"boundaries", "number", above = previous}}, {boundaries = boundary})
      previous = boundary
    end
    if values[1] == 0 then fail("PiecewiseConstantDecay: the first value must not be 0") end
  end,
  rate = function(o, base, step)
    local rate = base * (o.values[#o.values] / o.values[1])
    for i = #o.boundaries, 1, -1 do
      local before = i == 1 and base or base * (o.values[i] / o.values[1])
      rate = choose(rule.less(o.boundaries[i], step), rate, before)
    end
    return rate
  end,
}

local ALPHA = {"alpha", "number", min = 0, default = 0.0, doc = "share of the rate that is left in the end"}

local function cosine(part, alpha) return (1 - alpha) * 0.5 * (1 + rule.cos(math.pi * part)) + alpha end

schedule{
  name = "CosineDecay",
  doc = "a rate that falls along half a wave, after a rise along a line where there is a warmup_target",
  formula = "initial_learning_rate * ((1 - alpha)/2 * (1 + cos(pi * step/decay_steps)) + alpha)",
  example = "Adam{CosineDecay{0.0, decay_steps = 10000, warmup_target = 1e-3, warmup_steps = 1000}}",
  arguments = {
    INITIAL, DECAY_STEPS, ALPHA,
    {"warmup_target", "number", above = 0, optional = true, doc = "the rate when the warm-up ends"},
    {"warmup_steps", "integer", min = 0, default = 0, doc = "steps before it falls"},
  },
  base = function(o) return o.warmup_target or o.initial_learning_rate end,
  rate = function(o, base, step)
    if not o.warmup_target then return base * cosine(minimum(step / o.decay_steps, 1), o.alpha) end
    local fallen = base * cosine(minimum((step - o.warmup_steps) / o.decay_steps, 1), o.alpha)
    if o.warmup_steps == 0 then return fallen end
    local risen = (base - o.initial_learning_rate) * (step / o.warmup_steps) + o.initial_learning_rate
    return choose(rule.less(step, o.warmup_steps), risen, fallen)
  end,
}

schedule{
  name = "CosineDecayRestarts",
  doc = "falls along half a wave again and again (Loshchilov & Hutter 2017)",
  formula = "as CosineDecay in first_decay_steps, then t_mul times as many, ...; each from m_mul times the rate before",
  example = "SGD{CosineDecayRestarts{0.1, first_decay_steps = 1000}}",
  arguments = {
    INITIAL, {"first_decay_steps", "integer", min = 1, doc = "steps of the first fall"},
    {"t_mul", "number", min = 1, default = 2.0, doc = "factor of the steps of each next fall"},
    {"m_mul", "number", above = 0, default = 1.0, doc = "factor of the rate that each next fall begins with"}, ALPHA,
  },
  rate = function(o, base, step)
    local done, t_mul = step / o.first_decay_steps, o.t_mul
    local function named(name, value) return o.alpha == 1 and value or rule.named(name, value) end -- with 1 no step changes it
    local restarts = named("restarts", floor(done))
    local part = done - restarts
    if t_mul ~= 1 then
      restarts = named("restarts", floor(rule.log(1 + done * (t_mul - 1)) / math.log(t_mul)))
      local length = named("length", t_mul ^ restarts)
      part = (done - (length - 1) / (t_mul - 1)) / length
    end
    local height = o.m_mul == 1 and 1 or o.m_mul ^ restarts
    return base * ((1 - o.alpha) * 0.5 * height * (1 + rule.cos(math.pi * part)) + o.alpha)
  end,
}

---- A learning rate --------------------------------------------------------------------------------------

-- A script may write its own as a function of the steps made, in arithmetic: it is called with a term.
local function of_function(body)
  local function at(step)
    local ok, value = cnnc.protected_call(body, step)
    if ok and (rule.is_term(value) or type(value) == "number" and value >= 0) then return value end
    fail("learning_rate: the function must make a number of the number of steps, by + - * / // % and ^ alone",
      {hint = "learning_rate = function(step) return 0.1 * 0.95^(step // 1000) end"})
  end
  rule.record({"steps"}, function(s) at(s.steps) end)
  local base = 0
  for step = 0, 1000 do
    if base == 0 then base = at(step) end
  end
  if base == 0 then fail("learning_rate: the function is 0 in the first 1000 steps") end
  return make({
    base = function() return base end,
    rate = function(_, scale, step) return scale * (at(step) / base) end,
  }, {})
end

local types = arguments.types

types.rate = {
  check = function(value, row, owner)
    if type(value) == "function" and not cnnc.constructors[value] then return of_function(value) end
    local chosen = type(value) ~= "string" and types.schedule.check(value, row, owner)
    if chosen and fields[chosen].spec.check then fields[chosen].spec.check(chosen) end
    return chosen or types.number.check(value, row, owner)
  end,
  expects = function(row) return types.number.expects(row) .. ", a schedule, or a function of the steps made" end,
}

-- The learning rate's number, and it as a term, given the variables of that number and of the step.
function cnnc.base_rate(rate) return type(rate) == "number" and rate or fields[rate].spec.base(rate) end

function cnnc.rate_at(rate, base, step)
  if type(rate) == "number" then return base end
  return rule.named("scheduled", fields[rate].spec.rate(rate, base, step))
end
