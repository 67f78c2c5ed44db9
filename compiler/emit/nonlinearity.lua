-- nonlinearity.lua: the functions of op `unary`, in the prologue's vector names; op/unary.def tells the rest of them.
--
--   forward     y from x and alpha
--   derivative  dy/dx from alpha and x or y, of which the row in unary.def tells; none where there are only steps
--   gradient    instead: dx from dy and that, where it is cheaper than dy times the derivative
--
-- x, y, dy and alpha stand for C expressions of type vec: call forward() and gradient() below. A NaN stays
-- a NaN: vmax(vzero(), x) gives its second operand then. At a kink the derivative is that of the flat
-- side, as in Keras. Formulas: keras/src/activations/activations.py.

local nonlinearity = {}

local functions = {
  relu = {forward = "vmax(vzero(), x)",
    gradient = "vselect(vgt(y, vzero()), dy, vzero())"},
  relu6 = {forward = "vmin(vset1(6.0f), vmax(vzero(), x))",
    gradient = "vselect(vgt(y, vzero()), vselect(vgt(vset1(6.0f), y), dy, vzero()), vzero())"},
  leaky_relu = { -- alpha: slope of the negative side
    forward = "vselect(vgt(x, vzero()), x, vmul(alpha, x))",
    gradient = "vselect(vgt(y, vzero()), dy, vmul(alpha, dy))"},
  elu = { -- alpha: -alpha is the limit on the left
    forward = "vselect(vgt(x, vzero()), x, vmul(alpha, vexpm1(x)))",
    derivative = "vselect(vgt(y, vzero()), vset1(1.0f), vadd(y, alpha))"},
  selu = { -- scale 1.05070098735548..., scale * alpha 1.75809934084737...
    forward = "vselect(vgt(x, vzero()), vmul(vset1(0x1.0cfabep+0f), x), vmul(vset1(0x1.c212ccp+0f), vexpm1(x)))",
    derivative = "vselect(vgt(y, vzero()), vset1(0x1.0cfabep+0f), vadd(y, vset1(0x1.c212ccp+0f)))"},
  celu = { -- alpha: -alpha is the limit on the left
    forward = "vselect(vgt(x, vzero()), x, vmul(alpha, vexpm1(vdiv(x, alpha))))",
    derivative = "vselect(vgt(y, vzero()), vset1(1.0f), vadd(vdiv(y, alpha), vset1(1.0f)))"},
  softplus = {forward = "vsoftplus(x)",
    derivative = "vneg(vexpm1(vneg(y)))"}, -- sigmoid(x) = 1 - e^-y
  softsign = {forward = "vdiv(x, vadd(vset1(1.0f), vabs(x)))",
    derivative = "vdiv(vset1(1.0f), vmul(vadd(vset1(1.0f), vabs(x)), vadd(vset1(1.0f), vabs(x))))"},
  silu = {forward = "vmul(x, vsigmoid(x))",
    derivative = "vsilu_derivative(x)"},
  gelu = {forward = "vmul(x, vnormal_cdf(x))",
    derivative = "vgelu_derivative(x)"},
  gelu_tanh = {forward = "vgelu_tanh(x)",
    derivative = "vgelu_tanh_derivative(x)"},
  mish = {forward = "vmish(x)",
    derivative = "vmish_derivative(x)"},
  tanh = {forward = "vtanh(x)",
    derivative = "vfnma(y, y, vset1(1.0f))"},
  sigmoid = {forward = "vsigmoid(x)",
    derivative = "vfnma(y, y, y)"},
  exponential = {forward = "vexp(x)", derivative = "y"},
  hard_sigmoid = { -- clip(x/6 + 0.5, 0, 1)
    forward = "vmin(vset1(1.0f), vmax(vzero(), vfma(x, vset1(0x1.555556p-3f), vset1(0.5f))))",
    derivative = "vselect(vgt(y, vzero()), vselect(vgt(vset1(1.0f), y), vset1(0x1.555556p-3f), vzero()), vzero())"},
  hard_silu = { -- x * hard_sigmoid(x)
    forward = "vmul(x, vmin(vset1(1.0f), vmax(vzero(), vfma(x, vset1(0x1.555556p-3f), vset1(0.5f)))))",
    derivative = "vselect(vgt(x, vset1(-3.0f)), vselect(vgt(vset1(3.0f), x), "
      .. "vfma(x, vset1(0x1.555556p-2f), vset1(0.5f)), vset1(1.0f)), vzero())"},
  hard_tanh = {forward = "vmin(vset1(1.0f), vmax(vset1(-1.0f), x))",
    gradient = "vselect(vgt(vset1(1.0f), vabs(y)), dy, vzero())"},
  log = {forward = "vlog(x)", gradient = "vdiv(dy, x)"},
  sqrt = {forward = "vsqrt(x)", derivative = "vdiv(vset1(0.5f), y)"},
  rsqrt = {forward = "vrsqrt(x)",
    derivative = "vmul(vmul(vset1(-0.5f), y), vmul(y, y))"},
  square = {forward = "vmul(x, x)", derivative = "vadd(x, x)"},
  abs = {forward = "vabs(x)",
    gradient = "vselect(vgt(x, vzero()), dy, vselect(vgt(vzero(), x), vneg(dy), vzero()))"},
  negative = {forward = "vneg(x)", gradient = "vneg(dy)"},
  reciprocal = {forward = "vdiv(vset1(1.0f), x)", derivative = "vneg(vmul(y, y))"},
  expm1 = {forward = "vexpm1(x)", derivative = "vadd(y, vset1(1.0f))"},
  log1p = {forward = "vlog1p(x)", gradient = "vdiv(dy, vadd(x, vset1(1.0f)))"},
  erf = {forward = "verf(x)", -- 2/sqrt(pi) * e^(-x^2)
    derivative = "vmul(vset1(0x1.20dd76p+0f), vexp(vneg(vmul(x, x))))"},
  sin = {forward = "vsin(x)", derivative = "vcos(x)"},
  cos = {forward = "vcos(x)", derivative = "vneg(vsin(x))"},
  tan = {forward = "vtan(x)", derivative = "vfma(y, y, vset1(1.0f))"},
  floor = {forward = "vfloor(x)"},
  ceil = {forward = "vneg(vfloor(vneg(x)))"},
  round = {forward = "vround(x)"},
  sign = {forward = "vselect(veq(x, x), vsign(x), x)"},
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

-- C for dx from `dy` and `saved`, the input or the output.
function nonlinearity.gradient(name, dy, saved, alpha)
  local f = find(name)
  local gradient = f.gradient or "vmul(dy, " .. f.derivative .. ")"
  return substitute(gradient, {dy = dy, x = saved, y = saved, alpha = alpha})
end

nonlinearity.functions = functions
return nonlinearity
