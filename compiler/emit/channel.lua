-- channel.lua: C for kernels that treat each channel of an image by itself. Of a block of samples a vector holds one channel of all
-- of them, of one sample neighbouring channels.

local channel = {}

local sum, product, vector = lib.module("expression").sum, lib.module("expression").product, lib.module("vector")

-- The vectors of so many channels, a number or C text, as runs of equal ones: how many, the channel of the `first`, and `rest`, the
-- channels of one that is not whole.
function channel.runs(channels, lanes)
  local V = lib.unit.target.lanes
  if lanes == V then return {{count = channels, first = 0, step = 1}} end
  local runs, whole = {}, channels // V
  if whole > 0 then runs[1] = {count = whole, first = 0, step = V} end
  if channels % V > 0 then runs[#runs + 1] = {count = 1, first = whole * V, step = V, rest = channels % V} end
  return runs
end

-- Vector number c of a run, a number or C text. Its numbers lie at `i`, which index(p) declares for a position.
--   load(array), store(array, v)   its numbers there
--   of(array)                      what an array of channels has of these
--   add(array, v)                  has them grow by v, which is summed over the samples
--   per_position(array, p)         what an array of positions has at p
function channel.vector(run, c, channels, lanes)
  local at = sum(run.first, product(c, run.step))
  local place = function(p) return sum(product(p, channels), at) end
  local load = function(array) return vector.load(array .. " + i", run.rest) end
  local store = function(array, v) return vector.store(array .. " + i", v, run.rest) end
  if lanes == lib.unit.target.lanes then
    return {
      index = function(p) return ("const int i = (%s) * VL;"):format(place(p)) end, load = load, store = store,
      of = function(array) return ("vset1(%s[%s])"):format(array, at) end,
      add = function(array, v) return ("%s[%s] += vsum(%s);"):format(array, at, v) end,
      per_position = function(array, p) return ("vload(%s)"):format(sum(array, product(p, "VL"))) end,
    }
  end
  local function of(array) return vector.load(sum(array, at), run.rest) end
  return {
    index = function(p) return ("const int i = %s;"):format(place(p)) end, load = load, store = store, of = of,
    add = function(array, v) return vector.store(sum(array, at), ("vadd(%s, %s)"):format(of(array), v), run.rest) end,
    per_position = function(array, p) return ("vset1(%s[%s])"):format(array, p) end,
  }
end

return channel
