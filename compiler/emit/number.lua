-- number.lua: C for a number of all samples of a block, which is a vector, or of the one sample that a block is.

local number = {}

-- VL: floats that it has in memory; load(at), store(at, v): C that reads and writes it; factor(array): what an array has of each
-- sample, for all numbers of a vector.
function number.of(lanes)
  if lanes == lib.unit.target.lanes then
    return {
      VL = "VL",
      load = function(at) return ("vload(%s)"):format(at) end,
      store = function(at, v) return ("vstore(%s, %s);"):format(at, v) end,
      factor = function(array) return ("vload(%s)"):format(array) end,
    }
  end
  return {
    VL = 1,
    load = function(at) return ("vload_n(%s, 1)"):format(at) end,
    store = function(at, v) return ("vstore_n(%s, %s, 1);"):format(at, v) end,
    factor = function(array) return ("vset1(%s[0])"):format(array) end,
  }
end

return number
