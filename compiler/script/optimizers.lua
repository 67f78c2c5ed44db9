-- optimizers.lua: what changes the parameters. `doc`, `formula` and `example` of each are what `cnnc help` and the manual page
-- print. Formulas: keras/src/optimizers/*.py.
--
-- `slots(o)`: what the optimizer o keeps for each number of the parameters: names, or {name, initial = what it is filled with}.
-- `update(o, s, rate, t)`: its arithmetic (rule.lua) on the variables of s: w, a number of a parameter; g, its gradient; the
-- slots. `rate` is the learning rate, `t` counts the updates from 1.

local cnnc = ...
local fail, arguments, fields, rule = cnnc.fail, cnnc.arguments, cnnc.fields, cnnc.rule
local named, sqrt, maximum = rule.named, rule.sqrt, rule.maximum

local define = arguments.kind("optimizer")

---- What all of them take -------------------------------------------------------------------------------

local function learning_rate(default)
  return {"learning_rate", "rate", min = 0, default = default, doc = "size of a step"}
end

local COMMON = {
  {"decay", "number", min = 0, optional = true, doc = "of Keras 2: the learning rate is divided by 1 + decay*step"},
  {"weight_decay", "number", min = 0, optional = true, doc = "w = w - w*weight_decay*learning_rate before each update"},
  {"clipnorm", "number", above = 0, optional = true, doc = "the gradient of each parameter is scaled to be no longer than this"},
  {"clipvalue", "number", above = 0, optional = true, doc = "gradients end at this number and at its negative"},
  {"global_clipnorm", "number", above = 0, optional = true,
    doc = "the gradient of all parameters together is scaled to be no longer than this"},
  {"use_ema", "boolean", default = false, doc = "keep a moving average of the parameters, which takes their place in the end"},
  {"ema_momentum", "number", min = 0, max = 1, default = 0.99, doc = "average = ema_momentum*average + (1 - ema_momentum)*w"},
  {"ema_overwrite_frequency", "integer", min = 1, optional = true,
    doc = "the average takes the parameters' place after so many updates, too"},
  {"loss_scale_factor", "number", above = 0, optional = true,
    doc = "gradients are computed of so many times the loss, and divided by that in the end"},
  {"gradient_accumulation_steps", "integer", min = 2, optional = true,
    doc = "batches whose gradients' mean makes one update"},
}

-- `decays`: the weight_decay that it has without being told.
local function optimizer(spec)
  for _, row in ipairs(COMMON) do
    local copy = {}
    for key, value in pairs(row) do copy[key] = value end
    if row[1] == "weight_decay" and spec.decays then copy.default, copy.optional = spec.decays, nil end
    table.insert(spec.arguments, copy)
  end
  spec.aliases = {string.lower(spec.name)}
  define(spec)
end

---- The optimizers --------------------------------------------------------------------------------------

local BETA_1 = {"beta_1", "number", min = 0, below = 1, default = 0.9, doc = "decay of the mean of gradients"}
local BETA_2 = {"beta_2", "number", min = 0, below = 1, default = 0.999, doc = "decay of the mean of their squares"}
local EPSILON = {"epsilon", "number", min = 0, default = 1e-7, doc = "added to the root"}
local EPSILON_INSIDE = {"epsilon", "number", min = 0, default = 1e-7, doc = "added within the root"}

-- moves a mean towards x: m = beta*m + (1 - beta)*x
local function towards(m, x, beta) return m + (1 - beta) * (x - m) end

optimizer{
  name = "SGD",
  doc = "stochastic gradient descent",
  formula = "v = momentum*v - learning_rate*g; w = w + v, or with nesterov w + momentum*v - learning_rate*g",
  example = "SGD{0.01, momentum = 0.9, nesterov = true}",
  arguments = {
    learning_rate(0.01),
    {"momentum", "number", min = 0, max = 1, default = 0.0, doc = "share of the last step that goes on"},
    {"nesterov", "boolean", default = false, doc = "Nesterov's momentum, which looks ahead"},
  },
  slots = function(o) return o.momentum > 0 and {"momentum"} or {} end,
  update = function(o, s, rate)
    if o.momentum == 0 then
      s.w = s.w - rate * s.g
      return
    end
    local mu = named("mu", o.momentum)
    s.momentum = mu * s.momentum - rate * s.g
    s.w = o.nesterov and s.w + mu * s.momentum - rate * s.g or s.w + s.momentum
  end,
}

-- In the form of the end of section 2 of the paper: epsilon is added to the root of the uncorrected velocity.
local function adam(o, s, rate, t)
  local correction = sqrt(1 - o.beta_2 ^ t) / (1 - o.beta_1 ^ t)
  local scaled = named("scaled", rate * correction)
  s.momentum = towards(s.momentum, s.g, o.beta_1)
  s.velocity = towards(s.velocity, s.g * s.g, o.beta_2)
  local velocity = s.velocity
  if o.amsgrad then
    s.velocity_hat = maximum(s.velocity_hat, velocity)
    velocity = s.velocity_hat
  end
  s.w = s.w - scaled * s.momentum / (sqrt(velocity) + o.epsilon)
end

local ADAM = {
  formula = "m = beta_1*m + (1 - beta_1)*g; v = beta_2*v + (1 - beta_2)*g^2; "
    .. "w = w - learning_rate * sqrt(1 - beta_2^t)/(1 - beta_1^t) * m/(sqrt(v) + epsilon)",
  slots = function(o) return {"momentum", "velocity", o.amsgrad and "velocity_hat" or nil} end,
  update = adam,
}

local function like_adam(spec)
  for key, value in pairs(ADAM) do spec[key] = value end
  spec.arguments = {learning_rate(0.001), BETA_1, BETA_2, EPSILON,
    {"amsgrad", "boolean", default = false, doc = "the largest v so far takes the place of v"}}
  optimizer(spec)
end

like_adam{
  name = "Adam",
  doc = "steps scaled for each parameter by means of its gradients and of their squares (Kingma & Ba 2015)",
  example = "Adam{1e-3}",
}

like_adam{
  name = "AdamW", decays = 0.004,
  doc = "Adam whose weights decay (Loshchilov & Hutter 2019)",
  example = "AdamW{1e-3, weight_decay = 1e-2}",
}

optimizer{
  name = "Adamax",
  doc = "Adam with the largest of the last gradients in place of their squares' mean (Kingma & Ba 2015)",
  formula = "m = beta_1*m + (1 - beta_1)*g; u = max(beta_2*u, |g|); "
    .. "w = w - learning_rate/(1 - beta_1^t) * m/(u + epsilon)",
  example = "Adamax{1e-3}",
  arguments = {
    learning_rate(0.001), BETA_1,
    {"beta_2", "number", min = 0, below = 1, default = 0.999, doc = "decay of the largest"},
    {"epsilon", "number", min = 0, default = 1e-7, doc = "added to the largest"},
  },
  slots = function() return {"momentum", "norm"} end,
  update = function(o, s, rate, t)
    local scaled = named("scaled", rate / (1 - o.beta_1 ^ t))
    s.momentum = towards(s.momentum, s.g, o.beta_1)
    s.norm = maximum(o.beta_2 * s.norm, rule.abs(s.g))
    s.w = s.w - scaled * s.momentum / (s.norm + o.epsilon)
  end,
}

optimizer{
  name = "Nadam",
  doc = "Adam with Nesterov's momentum (Dozat 2016)",
  formula = "u(t) = beta_1 * (1 - 0.96^t/2), p(t) = u(1)*...*u(t); m and v as Adam's; "
    .. "w = w - learning_rate * (u(t+1)*m/(1 - p(t+1)) + (1 - u(t))*g/(1 - p(t))) / (sqrt(v/(1 - beta_2^t)) + epsilon)",
  example = "Nadam{1e-3}",
  arguments = {learning_rate(0.001), BETA_1, BETA_2, EPSILON},
  slots = function() return {"momentum", "velocity"} end,
  update = function(o, s, rate, t)
    local function u_of(i) return o.beta_1 * (1 - 0.5 * 0.96 ^ i) end
    local u, u_next = named("u", u_of(t)), named("u_next", u_of(t + 1))
    local product = named("product", o.beta_1 ^ t * rule.pochhammer(0.5, 0.96, t))
    local of_mean = named("of_mean", rate * u_next / (1 - product * u_next))
    local of_gradient = named("of_gradient", rate * (1 - u) / (1 - product))
    local correction = named("correction", 1 / (1 - o.beta_2 ^ t))
    s.momentum = towards(s.momentum, s.g, o.beta_1)
    s.velocity = towards(s.velocity, s.g * s.g, o.beta_2)
    s.w = s.w - (of_mean * s.momentum + of_gradient * s.g) / (sqrt(correction * s.velocity) + o.epsilon)
  end,
}

optimizer{
  name = "Adagrad",
  doc = "steps scaled for each parameter by the sum of its gradients' squares (Duchi et al. 2011)",
  formula = "a = a + g^2; w = w - learning_rate * g/sqrt(a + epsilon)",
  example = "Adagrad{0.01}",
  arguments = {
    learning_rate(0.001),
    {"initial_accumulator_value", "number", min = 0, default = 0.1, doc = "a before training"},
    EPSILON_INSIDE,
  },
  slots = function(o) return {{"accumulator", initial = o.initial_accumulator_value}} end,
  update = function(o, s, rate)
    s.accumulator = s.accumulator + s.g * s.g
    s.w = s.w - rate * s.g / sqrt(s.accumulator + o.epsilon)
  end,
}

optimizer{
  name = "Adadelta",
  doc = "steps scaled for each parameter by means of the squares of its gradients and of its steps (Zeiler 2012)",
  formula = "a = rho*a + (1 - rho)*g^2; d = sqrt(b + epsilon)/sqrt(a + epsilon) * g; b = rho*b + (1 - rho)*d^2; "
    .. "w = w - learning_rate*d",
  example = "Adadelta{1.0}",
  arguments = {
    learning_rate(0.001),
    {"rho", "number", min = 0, below = 1, default = 0.95, doc = "decay of both means"},
    EPSILON_INSIDE,
  },
  slots = function() return {"accumulated_grad", "accumulated_delta_var"} end,
  update = function(o, s, rate)
    local rho, rest = named("rho", o.rho), named("rest", 1 - o.rho)
    s.accumulated_grad = rho * s.accumulated_grad + rest * (s.g * s.g)
    local d = named("d", sqrt(s.accumulated_delta_var + o.epsilon) * s.g / sqrt(s.accumulated_grad + o.epsilon))
    s.accumulated_delta_var = rho * s.accumulated_delta_var + rest * (d * d)
    s.w = s.w - rate * d
  end,
}

optimizer{
  name = "RMSprop",
  doc = "steps scaled for each parameter by the mean of its gradients' squares; compile's default (Tieleman & Hinton 2012)",
  formula = "v = rho*v + (1 - rho)*g^2; w = w - learning_rate * g/sqrt(v + epsilon)",
  example = "RMSprop{1e-3, momentum = 0.9}",
  arguments = {
    learning_rate(0.001),
    {"rho", "number", min = 0, below = 1, default = 0.9, doc = "decay of the mean"},
    {"momentum", "number", min = 0, max = 1, default = 0.0, doc = "share of the last step that goes on"},
    EPSILON_INSIDE,
    {"centered", "boolean", default = false, doc = "subtract the square of the gradients' mean from v"},
  },
  slots = function(o)
    local slots = {"velocity"}
    if o.momentum > 0 then slots[#slots + 1] = "momentum" end
    if o.centered then slots[#slots + 1] = "average_gradient" end
    return slots
  end,
  update = function(o, s, rate)
    local rho, rest = named("rho", o.rho), named("rest", 1 - o.rho)
    s.velocity = rho * s.velocity + rest * (s.g * s.g)
    local variance = s.velocity
    if o.centered then
      s.average_gradient = rho * s.average_gradient + rest * s.g
      variance = maximum(0, s.velocity - s.average_gradient * s.average_gradient) -- rounding can make it negative
    end
    local d = rate * s.g / sqrt(variance + o.epsilon)
    if o.momentum > 0 then
      s.momentum = o.momentum * s.momentum + d
      d = s.momentum
    end
    s.w = s.w - d
  end,
}

optimizer{
  name = "Lion",
  doc = "steps of one size, in the direction of a mean of gradients (Chen et al. 2023)",
  formula = "w = w - learning_rate * sign(beta_1*m + (1 - beta_1)*g); m = beta_2*m + (1 - beta_2)*g",
  example = "Lion{1e-4}",
  arguments = {
    learning_rate(0.001),
    {"beta_1", "number", above = 0, max = 1, default = 0.9, doc = "share of the mean in the direction"},
    {"beta_2", "number", min = 0, below = 1, default = 0.99, doc = "decay of the mean"},
  },
  slots = function() return {"momentum"} end,
  update = function(o, s, rate)
    s.w = s.w - rate * rule.sign(o.beta_1 * s.momentum + (1 - o.beta_1) * s.g)
    s.momentum = o.beta_2 * s.momentum + (1 - o.beta_2) * s.g
  end,
}

optimizer{
  name = "Ftrl",
  doc = "follow the regularized leader (McMahan et al. 2013)",
  formula = "n' = n + g^2; z = z + g + 2*l2_shrinkage*w - (n'^p - n^p)/learning_rate * w, p = -learning_rate_power; n = n'; "
    .. "w = (min(max(z, -l1), l1) - z) / ((n^p + beta)/learning_rate + 2*l2)",
  example = "Ftrl{0.01}",
  arguments = {
    learning_rate(0.001),
    {"learning_rate_power", "number", max = 0, default = -0.5, doc = "how steps become smaller; 0: they do not"},
    {"initial_accumulator_value", "number", min = 0, default = 0.1, doc = "n before training"},
    {"l1_regularization_strength", "number", min = 0, default = 0.0, doc = "l1: weights that matter little become 0"},
    {"l2_regularization_strength", "number", min = 0, default = 0.0, doc = "l2: weights stay small"},
    {"l2_shrinkage_regularization_strength", "number", min = 0, default = 0.0, doc = "the same as a penalty of the loss"},
    {"beta", "number", min = 0, default = 0.0, doc = "beta of the paper"},
  },
  slots = function(o) return {{"accumulator", initial = o.initial_accumulator_value}, "linear"} end,
  update = function(o, s, rate)
    local function power(n)
      if o.learning_rate_power == -0.5 then return sqrt(n) end
      return rule.exp(-o.learning_rate_power * rule.log(n))
    end
    local l1, shrinkage = o.l1_regularization_strength, 2 * o.l2_shrinkage_regularization_strength
    local steepness = named("steepness", 1 / rate)
    local sum = named("sum", s.accumulator + s.g * s.g)
    local after = named("after", power(sum))
    s.linear = s.linear + (s.g + shrinkage * s.w - steepness * (after - power(s.accumulator)) * s.w)
    s.accumulator = sum
    local least = named("least", o.beta / rate + 2 * o.l2_regularization_strength)
    local clipped = maximum(-l1, rule.minimum(l1, s.linear))
    s.w = (clipped - s.linear) / (steepness * after + least)
  end,
}

optimizer{
  name = "ScheduleFreeAdamW", differs = "no swap_to_eval: the parameters stay where gradients are taken, as behind Keras' fit",
  doc = "Adam with an average of the parameters, which needs no schedule (Defazio et al. 2024)",
  formula = "v = beta_2*v + (1 - beta_2)*g^2; x = (w - (1 - beta_1)*z)/beta_1; z = z - learning_rate*min(t/warmup_steps, 1) * "
    .. "g/(sqrt(v/(1 - beta_2^t)) + epsilon); x = x + (z - x)/t; w = (1 - beta_1)*z + beta_1*x; z begins as w",
  example = "ScheduleFreeAdamW{2.5e-3}",
  arguments = {learning_rate(0.0025),
    {"beta_1", "number", above = 0, below = 1, default = 0.9, doc = "share of the average in w"}, BETA_2,
    {"epsilon", "number", min = 0, default = 1e-8, doc = "added to the root"},
    {"warmup_steps", "integer", min = 0, default = 0, doc = "updates in which the learning rate rises from 0"}},
  slots = function() return {"momentum", "velocity"} end,
  update = function(o, s, rate, t)
    local decayed = o.weight_decay and named("decayed_by", 1 - o.weight_decay * rate) or 1 -- z begins before that
    local z = named("z", rule.choose(named("first", rule.equal(t, 1)), s.w / decayed, s.momentum))
    local x = named("x", (s.w - (1 - o.beta_1) * z) / o.beta_1)
    local warm = o.warmup_steps > 0 and named("warm", rate * rule.minimum(t / o.warmup_steps, 1)) or rate
    s.velocity = towards(s.velocity, s.g * s.g, o.beta_2)
    s.momentum = z - warm * s.g / (sqrt(named("correction", 1 / (1 - o.beta_2 ^ t)) * s.velocity) + o.epsilon)
    s.w = (1 - o.beta_1) * s.momentum + o.beta_1 * (x + named("share", 1 / t) * (s.momentum - x))
  end,
}

---- What a stage of a training gets -----------------------------------------------------------------------

local function slots_of(chosen)
  local list, slots = {}, fields[chosen].spec.slots(chosen)
  if chosen.use_ema then slots[#slots + 1] = "average" end
  if chosen.gradient_accumulation_steps then slots[#slots + 1] = "gradient_accumulator" end
  for i, slot in ipairs(slots) do
    if type(slot) == "string" then slot = {slot, initial = 0.0} end
    list[i] = {name = slot[1], initial = slot.initial}
  end
  return list
end

-- Of a schedule's arguments, as "ExponentialDecay.decay_rate", those of a list one after the other.
local function append_schedule(list, schedule)
  local spec = fields[schedule].spec
  for _, row in ipairs(spec.arguments or {}) do
    local given = schedule[row[1]]
    for _, value in ipairs(type(given) == "table" and given or {given}) do
      if type(value) == "boolean" then value = value and 1.0 or 0.0 end
      list[#list + 1] = {name = spec.name .. "." .. row[1], value = value}
    end
  end
end

local function settings_of(chosen)
  local list = {}
  for _, row in ipairs(fields[chosen].spec.arguments) do
    local value = row[2] == "rate" and cnnc.base_rate(chosen[row[1]]) or chosen[row[1]]
    if type(value) == "boolean" then value = value and 1.0 or 0.0 end
    if value then list[#list + 1] = {name = row[1], value = value} end
  end
  if type(chosen.learning_rate) == "table" then append_schedule(list, chosen.learning_rate) end
  return list
end

-- s, whose variables change only where `condition` is not 0.
local function guarded(s, condition)
  return setmetatable({}, {
    __index = s,
    __newindex = function(_, name, value) s[name] = rule.choose(condition, value, s[name]) end,
  })
end

-- Not within a guard: the gradient of each batch has a penalty's.
local function write_penalty(s)
  s.penalty = s.penalty + (s.l1 * rule.abs(s.w) + s.l2 * (s.w * s.w))
  s.g = s.g + (named("slope", 2 * s.l2) * s.w + s.l1 * rule.sign(s.w))
end

local function write_clipping(chosen, s)
  local value, norm, all = chosen.clipvalue, chosen.clipnorm, chosen.global_clipnorm
  if value then s.g = maximum(-value, rule.minimum(value, s.g)) end
  -- What is no number is passed on, an infinite norm of all as none.
  local function shortened(length, limit) return rule.choose(rule.less(length, limit), 1, limit / length) end
  if norm then s.g = s.g * named("shortening", shortened(s.gradient_norm, norm)) end
  if all then s.g = s.g * named("shortening", shortened(s.global_norm, all) + (s.global_norm - s.global_norm)) end
end

-- A batch that makes no update counts in the average, too.
local function write_average(chosen, s, t)
  if not chosen.use_ema then return end
  local kept = named("kept", rule.choose(rule.less(1, t), chosen.ema_momentum, 0)) -- the first one is all of it
  s.average = kept * s.average + named("new", 1 - kept) * s.w
  local every = chosen.ema_overwrite_frequency
  if every then s.w = rule.choose(named("overwrites", rule.equal(t % every, 0)), s.average, s.w) end
end

-- One update, in the order of Keras: clip, decay, update.
local function write_update(chosen, s, rate, t)
  local decay = chosen.weight_decay
  write_clipping(chosen, s)
  if decay and decay > 0 then s.w = s.w - named("decay", decay * rate) * s.w end
  fields[chosen].spec.update(chosen, s, rate, t)
end

-- The gradient of what is trained, and with gradient_accumulation_steps the mean of those of the batches, so far.
local function write_gradient(chosen, s)
  if chosen.loss_scale_factor then s.g = s.g / chosen.loss_scale_factor end
  if cnnc.penalizes then write_penalty(s) end
  if not chosen.gradient_accumulation_steps then return end
  s.gradient_accumulator = s.gradient_accumulator + s.g
  s.g = s.gradient_accumulator / chosen.gradient_accumulation_steps
end

local function write_step(chosen, s)
  local rate = cnnc.rate_at(chosen.learning_rate, s.learning_rate, s.steps)
  if chosen.decay then rate = named("decayed", rate / (1 + chosen.decay * s.steps)) end
  local batches = chosen.gradient_accumulation_steps
  local t = named("t", (batches and s.steps // batches or s.steps) + 1)
  if not batches then
    write_update(chosen, s, rate, t)
  else
    local updates = named("updates", rule.equal(s.steps % batches, batches - 1))
    write_update(chosen, guarded(s, updates), rate, t)
    s.gradient_accumulator = rule.choose(updates, 0, s.gradient_accumulator)
  end
  write_average(chosen, s, t)
end

-- What is done with a number and its gradient. Where norms of gradients are asked for, all gradients are made, and measured,
-- before the first number changes: a rule of its own.
local function rules_of(chosen, slots)
  local names = {"w", "g", "learning_rate", "steps", "penalty", "l1", "l2", "squares", "gradient_norm", "global_norm"}
  for _, slot in ipairs(slots) do names[#names + 1] = slot.name end
  local measures = chosen.clipnorm or chosen.global_clipnorm
  local measure = rule.record(names, function(s)
    if not measures then return end
    write_gradient(chosen, s)
    s.squares = s.squares + s.g * s.g
  end)
  return measure, rule.record(names, function(s)
    if not measures then write_gradient(chosen, s) end
    write_step(chosen, s)
  end)
end

local function check_clipping(chosen)
  local given = {}
  for _, name in ipairs{"clipnorm", "clipvalue", "global_clipnorm"} do
    if chosen[name] then given[#given + 1] = name end
  end
  if #given > 1 then
    fail(string.format("%s: only one of clipnorm, clipvalue and global_clipnorm can be given, not %s",
        fields[chosen].spec.name, table.concat(given, " and ")))
  end
end

-- `previous`: the slots in the fit before by the same compile, or nil.
function cnnc.optimizer_rows(chosen, previous)
  local slots = slots_of(chosen)
  local same = not previous or #previous == #slots
  for i, slot in ipairs(same and previous or {}) do same = same and slot.name == slots[i].name end
  if not same then
    fail("fit: what the optimizer keeps for each parameter is another than in the fit before",
      {hint = "call model:compile{...} again, which makes a new optimizer"})
  end
  check_clipping(chosen)
  local measure, update = rules_of(chosen, slots)
  return {optimizer = fields[chosen].spec.aliases[1], settings = settings_of(chosen), slots = previous or slots,
    loss_scale = chosen.loss_scale_factor or 1.0, measure = measure, rule = update}
end
