-- vector.lua: C for vectors of which some may not be whole.

local vector = {}

-- rest: how many numbers of the vector are there; nil or false: all.
function vector.load(at, rest)
  return rest and ("vload_n(%s, %d)"):format(at, rest) or ("vload(%s)"):format(at)
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

return vector
