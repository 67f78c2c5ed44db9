-- vector.lua: C for vectors of which some may not be whole.

local vector = {}

-- rest: how many numbers of the vector are there; nil or false: all.
function vector.load(at, rest)
  return rest and ("vload_n(%s, %s)"):format(at, rest) or ("vload(%s)"):format(at)
end

function vector.store(at, value, rest)
  return rest and ("vstore_n(%s, %s, %d);"):format(at, value, rest) or ("vstore(%s, %s);"):format(at, value)
end

-- The vectors of `lanes` that n numbers take: of each its number, its first number, and `rest` of the last if it is not whole.
function vector.all(n, lanes)
  local list = {}
  for first = 0, n - 1, lanes do
    list[#list + 1] = {number = #list, first = first, rest = first + lanes > n and n % lanes or nil}
  end
  return list
end

-- The vectors of a run of numbers, as run.c.in passes them on: load, store and keep of one that is whole, at `i`; _u8: of bytes;
vector.whole = {
  load_u8 = function(p) return ("vload_u8(%s + i)"):format(p) end,
  store_u8 = function(p, v) return ("vstore_u8(%s + i, %s)"):format(p, v) end,
  load = function(p) return ("vload(%s + i)"):format(p) end,
  store = function(p, v) return ("vstore(%s + i, %s)"):format(p, v) end,
  keep = function(v) return v end,
}

-- of one with `n` numbers, at `i`;
vector.counted = {
  load_u8 = function(p) return ("vload_u8_n(%s + i, n)"):format(p) end,
  store_u8 = function(p, v) return ("vstore_u8_n(%s + i, %s, n)"):format(p, v) end,
  load = function(p) return ("vload_n(%s + i, n)"):format(p) end,
  store = function(p, v) return ("vstore_n(%s + i, %s, n)"):format(p, v) end,
  keep = function(v, other) return ("vselect(vgt(vset1((float)n), vlane_index()), %s, %s)"):format(v, other) end,
}

-- and of the `rest` behind `whole` numbers.
function vector.behind(whole, rest)
  local behind = whole ~= 0 and " + " .. whole or ""
  return {
    load_u8 = function(p) return ("vload_u8_n(%s%s, %d)"):format(p, behind, rest) end,
    store_u8 = function(p, v) return ("vstore_u8_n(%s%s, %s, %d)"):format(p, behind, v, rest) end,
    load = function(p) return ("vload_n(%s%s, %d)"):format(p, behind, rest) end,
    store = function(p, v) return ("vstore_n(%s%s, %s, %d)"):format(p, behind, v, rest) end,
    keep = function(v, other) return ("vselect(vgt(vset1(%s), vlane_index()), %s, %s)"):format(lib.hex(rest), v, other) end,
  }
end

return vector
