-- nonlinearity.lua: the functions of op `unary`, in the prologue's vector names.
--
--   forward     y from x and alpha
--   from        which of "x" and "y" the derivative is written in; "y" lets a kernel forget the input
--   derivative  dy/dx from that variable and alpha
--   gradient    dx from dy and that variable, where that is cheaper than dy times the derivative
--   monotone    never falls (for an alpha >= 0), so it may move behind a max pool
--   alpha       the meaning of the number that the op carries, where it has one
--
-- x, y, dy and alpha stand for C expressions of type vec: call forward() and gradient() below. A NaN stays
-- a NaN: vmax(vzero(), x) gives its second operand then. At a kink the derivative is that of the flat
-- side, as in Keras. Formulas: keras/src/activations/activations.py.

local nonlinearity = {}

local functions = {
  relu = {forward = "vmax(vzero(), x)", from = "y", monotone = true,
    derivative = "vselect(vgt(y, vzero()), vset1(1.0f), vzero())",
    gradient = "vselect(vgt(y, vzero()), dy, vzero())"},
  relu6 = {forward = "vmin(vset1(6.0f), vmax(vzero(), x))", from = "y", monotone = true,
    derivative = "vselect(vgt(y, vzero()), vselect(vgt(vset1(6.0f), y), vset1(1.0f), vzero()), vzero())",
    gradient = "vselect(vgt(y, vzero()), vselect(vgt(vset1(6.0f), y), dy, vzero()), vzero())"},
  leaky_relu = {alpha = "slope of the negative side", from = "y", monotone = true,
    forward = "vselect(vgt(x, vzero()), x, vmul(alpha, x))",
    derivative = "vselect(vgt(y, vzero()), vset1(1.0f), alpha)",
    gradient = "vselect(vgt(y, vzero()), dy, vmul(alpha, dy))"},
  elu = {alpha = "-alpha is the limit on the left", from = "y", monotone = true,
    forward = "vselect(vgt(x, vzero()), x, vmul(alpha, vexpm1(x)))",
    derivative = "vselect(vgt(y, vzero()), vset1(1.0f), vadd(y, alpha))"},
  selu = {from = "y", monotone = true, -- scale 1.05070098735548..., scale * alpha 1.75809934084737...
    forward = "vselect(vgt(x, vzero()), vmul(vset1(0x1.0cfabep+0f), x), vmul(vset1(0x1.c212ccp+0f), vexpm1(x)))",
    derivative = "vselect(vgt(y, vzero()), vset1(0x1.0cfabep+0f), vadd(y, vset1(0x1.c212ccp+0f)))"},
  celu = {alpha = "-alpha is the limit on the left", from = "y", monotone = true,
    forward = "vselect(vgt(x, vzero()), x, vmul(alpha, vexpm1(vdiv(x, alpha))))",
    derivative = "vselect(vgt(y, vzero()), vset1(1.0f), vadd(vdiv(y, alpha), vset1(1.0f)))"},
  softplus = {forward = "vsoftplus(x)", from = "y", monotone = true,
    derivative = "vneg(vexpm1(vneg(y)))"}, -- sigmoid(x) = 1 - e^-y
  softsign = {forward = "vdiv(x, vadd(vset1(1.0f), vabs(x)))", from = "x", monotone = true,
    derivative = "vdiv(vset1(1.0f), vmul(vadd(vset1(1.0f), vabs(x)), vadd(vset1(1.0f), vabs(x))))"},
  silu = {forward = "vmul(x, vsigmoid(x))", from = "x",
    derivative = "vsilu_derivative(x)"},
  gelu = {forward = "vmul(x, vnormal_cdf(x))", from = "x",
    derivative = "vgelu_derivative(x)"},
  gelu_tanh = {forward = "vgelu_tanh(x)", from = "x",
    derivative = "vgelu_tanh_derivative(x)"},
  mish = {forward = "vmish(x)", from = "x",
    derivative = "vmish_derivative(x)"},
  tanh = {forward = "vtanh(x)", from = "y", monotone = true,
    derivative = "vfnma(y, y, vset1(1.0f))"},
  sigmoid = {forward = "vsigmoid(x)", from = "y", monotone = true,
    derivative = "vfnma(y, y, y)"},
  exponential = {forward = "vexp(x)", from = "y", monotone = true, derivative = "y"},
  hard_sigmoid = {from = "y", monotone = true, -- clip(x/6 + 0.5, 0, 1)
    forward = "vmin(vset1(1.0f), vmax(vzero(), vfma(x, vset1(0x1.555556p-3f), vset1(0.5f))))",
    derivative = "vselect(vgt(y, vzero()), vselect(vgt(vset1(1.0f), y), vset1(0x1.555556p-3f), vzero()), vzero())"},
  hard_silu = {from = "x", -- x * hard_sigmoid(x)
    forward = "vmul(x, vmin(vset1(1.0f), vmax(vzero(), vfma(x, vset1(0x1.555556p-3f), vset1(0.5f)))))",
    derivative = "vselect(vgt(x, vset1(-3.0f)), vselect(vgt(vset1(3.0f), x), "
      .. "vfma(x, vset1(0x1.555556p-2f), vset1(0.5f)), vset1(1.0f)), vzero())"},
  hard_tanh = {forward = "vmin(vset1(1.0f), vmax(vset1(-1.0f), x))", from = "y", monotone = true,
    derivative = "vselect(vgt(vset1(1.0f), vabs(y)), vset1(1.0f), vzero())",
    gradient = "vselect(vgt(vset1(1.0f), vabs(y)), dy, vzero())"},
  log = {forward = "vlog(x)", from = "x", monotone = true,
    derivative = "vdiv(vset1(1.0f), x)", gradient = "vdiv(dy, x)"},
  sqrt = {forward = "vsqrt(x)", from = "y", monotone = true, derivative = "vdiv(vset1(0.5f), y)"},
  rsqrt = {forward = "vrsqrt(x)", from = "y",
    derivative = "vmul(vmul(vset1(-0.5f), y), vmul(y, y))"},
  square = {forward = "vmul(x, x)", from = "x", derivative = "vadd(x, x)"},
  abs = {forward = "vabs(x)", from = "x",
    derivative = "vselect(vgt(x, vzero()), vset1(1.0f), vselect(vgt(vzero(), x), vset1(-1.0f), vzero()))",
    gradient = "vselect(vgt(x, vzero()), dy, vselect(vgt(vzero(), x), vneg(dy), vzero()))"},
  negative = {forward = "vneg(x)", from = "x", derivative = "vset1(-1.0f)", gradient = "vneg(dy)"},
  reciprocal = {forward = "vdiv(vset1(1.0f), x)", from = "y", derivative = "vneg(vmul(y, y))"},
  expm1 = {forward = "vexpm1(x)", from = "y", monotone = true, derivative = "vadd(y, vset1(1.0f))"},
  log1p = {forward = "vlog1p(x)", from = "x", monotone = true,
    derivative = "vdiv(vset1(1.0f), vadd(x, vset1(1.0f)))", gradient = "vdiv(dy, vadd(x, vset1(1.0f)))"},
  erf = {forward = "verf(x)", from = "x", monotone = true, -- 2/sqrt(pi) * e^(-x^2)
    derivative = "vmul(vset1(0x1.20dd76p+0f), vexp(vneg(vmul(x, x))))"},
  sin = {forward = "vsin(x)", from = "x", derivative = "vcos(x)"},
  cos = {forward = "vcos(x)", from = "x", derivative = "vneg(vsin(x))"},
  tan = {forward = "vtan(x)", from = "y", derivative = "vfma(y, y, vset1(1.0f))"},
  floor = {forward = "vfloor(x)", from = "y", monotone = true, derivative = "vzero()"},
  ceil = {forward = "vneg(vfloor(vneg(x)))", from = "y", monotone = true, derivative = "vzero()"},
  round = {forward = "vround(x)", from = "y", monotone = true, derivative = "vzero()"},
  sign = {forward = "vselect(veq(x, x), vsign(x), x)", from = "y", monotone = true, derivative = "vzero()"},
}

-- The expression with every whole word that is a key of `values` replaced.
local function substitute(expression, values)
  return (expression:gsub("%f[%w_][%a_][%w_]*", values))
end

local function find(name)
  return functions[name] or error(("there is no nonlinearity '%s'"):format(name), 3)
end

-- C for y. `x` may be repeated in it, so it should be the name of a variable.
function nonlinearity.forward(name, x, alpha)
  return substitute(find(name).forward, {x = x, alpha = alpha})
end

-- C for dx from `dy` and `v`, which is the input or the output as `from` says.
function nonlinearity.gradient(name, dy, v, alpha)
  local f = find(name)
  local gradient = f.gradient or "vmul(dy, " .. f.derivative .. ")"
  return substitute(gradient, {dy = dy, [f.from] = v, alpha = alpha})
end

-- C for dy/dx.
function nonlinearity.derivative(name, v, alpha)
  local f = find(name)
  return substitute(f.derivative, {[f.from] = v, alpha = alpha})
end

nonlinearity.functions = functions
return nonlinearity
