-- columns.lua: the accumulators of templates/kernel/conv2d_columns.c.in, one for each cell of a pool's window.

local columns = {}

-- The name of that of vector v, output k; s: the loops (nest.lua).
function columns.accumulator(s, v, cell, k)
  return ("a%s%d_%d"):format(s.vectors > 1 and v .. "_" or "", cell, k)
end

-- "a0_0 = FIRST", ... of nf outputs and nv vectors; first(k): C for what those of output k begin with.
function columns.first_sums(s, nf, nv, first)
  local texts, cells = {}, s.ph * s.pw
  for i = 0, nv * cells * nf - 1 do
    texts[i + 1] = columns.accumulator(s, i // nf // cells, i // nf % cells, i % nf) .. " = " .. first(i % nf)
  end
  return texts
end

-- C for the largest of the cells of a window, or for their sum after `activated`.
function columns.pooled(s, v, k, average, activated)
  local value = average and activated(columns.accumulator(s, v, 0, k)) or columns.accumulator(s, v, 0, k)
  for cell = 1, s.ph * s.pw - 1 do
    local a = columns.accumulator(s, v, cell, k)
    value = average and ("vadd(%s, %s)"):format(value, activated(a)) or ("vmax(%s, %s)"):format(a, value)
  end
  return value
end

return columns
