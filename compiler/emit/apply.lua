-- apply.lua: nonlinearities in kernels, each a table of its function's name and alpha.

local apply = {}

local nonlinearity, sharing = lib.module("nonlinearity"), lib.module("sharing")

-- C for the function of the vector variable `x`.
function apply.forward(f, x)
  return nonlinearity.forward(f["function"], x, ("vset1(%s)"):format(sharing.argument("alpha", f.alpha)))
end

-- C for dx from the variables `dy` and `saved` (input or output).
function apply.gradient(f, dy, saved)
  return nonlinearity.gradient(f["function"], dy, saved, ("vset1(%s)"):format(sharing.argument("alpha", f.alpha)))
end

-- Of each small kernel, the first nonlinearity that is fused with it.
local common_nonlinearities

function apply.begin(programs)
  common_nonlinearities = {}
  for _, program in ipairs(programs) do
    for _, node in ipairs(program.nodes) do
      local f = node.epilogue and node.epilogue.nonlinearity
      if f then common_nonlinearities[node.kernel] = common_nonlinearities[node.kernel] or f end
    end
  end
end

-- What becomes of the vector variable `x` in a small kernel whose node has fused the nonlinearity f, or none (false).
-- Nodes with and without the common one share the kernel: an argument tells.
function apply.shared(node, f, x)
  local common = common_nonlinearities[node.kernel]
  if not common or f and f["function"] ~= common["function"] then return f and apply.forward(f, x) or x end
  local asked = sharing.argument("nonlinear", f and 1 or 0)
  if asked == 0 then return x end
  local y = apply.forward(f or common, x)
  return asked == 1 and y or ("%s ? %s : %s"):format(asked, y, x)
end

return apply
