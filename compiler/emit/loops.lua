-- loops.lua: loops of kernels, around texts that a template gives.

local loops = {}

-- The text of a loop whose rounds threads share if `parallel`. These are then calls of a function of their own, whose text is
-- added to `parts`: of the body of a parallel loop compilers make a function, but clang 14 not one for our instructions.
--   head          "int i = 0; i < 10; i++"
--   around        names of the variables, int, of loops around that the body reads
--   parameters    those of the kernel's function
--   clauses       of the pragma, if not schedule(static)
--   body          text
function loops.shared_loop(loop)
  if not loop.parallel then return expand("loop.c.in", loop) end
  local parts, arguments, parameters = loop.parts, {}, loop.parameters
  for _, name in ipairs(loop.around or {}) do parameters = parameters .. ", int " .. name end
  parameters = parameters .. ", " .. loop.head:match("^int [%w_]+")
  for name in (parameters .. ","):gmatch("([%w_]+),") do arguments[#arguments + 1] = name end
  local name = ("@name@_part%d"):format(#parts + 1)
  parts[#parts + 1] = expand("part.c.in", {name = name, parameters = parameters, body = loop.body})
  return expand("shared_loop.c.in", {head = loop.head, clauses = loop.clauses or "schedule(static)",
    body = ("%s(%s);"):format(name, table.concat(arguments, ", "))})
end

-- What direct.c.in takes for a node; columns: of those that the kernel's input has, if it is only a part of a kernel.
function loops.loops(node, name, columns)
  local nest = lib.module("nest")
  local part = columns ~= nil
  return {s = nest.loops(node, lib.unit.target.lanes, columns), e = not part and node.epilogue or nest.no_epilogue,
    parallel = not part and node.parallel, within = part, name = name}
end

-- C for body(i), a text, for each i below `count`: loop.c.in.
function loops.loop(variable, count, body)
  return expand("kernel/loop.c.in", {variable = variable, count = count, body = body})
end

-- The same of few rounds, each of which has an element of its own in arrays of vectors.
function loops.unrolled(variable, count, body)
  local text = loops.loop(variable, count, body)
  return count == 1 and text or "UNROLL\n" .. text
end

-- C for body(first, end), a text, for each run of `size` numbers between `from` and `to`: runs.c.in. Once if that is all known to
-- be one run.
function loops.runs(variable, from, to, size, body)
  if math.type(from) and math.type(to) and to - from <= size then return body(from, to) end
  return expand("kernel/runs.c.in", {variable = variable, from = from, to = to, size = size, body = body})
end

-- C for body(at, n), a text, for tiles of `size` of `total` numbers: tiles.c.in.
function loops.tiles(variable, total, size, body, share)
  return expand("kernel/tiles.c.in", {variable = variable, total = total, size = size, body = body, share = share or {}})
end

return loops
