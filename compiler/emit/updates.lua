-- updates.lua: how the optimizer goes through the parameters, and what is summed over them.

local lib = lib
local rule = lib.module("rule")

-- Those that the rule works on.
lib.slots_of = function(program, arithmetic)
  local list = {}
  for _, slot in ipairs(program.slots) do
    if arithmetic.uses[slot] or arithmetic.assigns[slot] then list[#list + 1] = slot end
  end
  return list
end

-- How the optimizer goes through the parameters: runs of neighbours whose gradients the groups have in parts, and
-- gradients that a node sums by parameters. One run has one parameter where the norm of its gradient is asked for.
lib.gradient_runs = function(program)
  if program.runs then return program.runs end
  local runs, one_by_one = {}, rule.uses(program.rule, "gradient_norm")
  program.runs = runs
  for _, gradient in ipairs(program.gradients) do
    local previous = runs[#runs]
    if gradient.partial_offset < 0 then
      local run = {parameter_offset = gradient.parameter_offset, count = gradient.count, slot_offset = gradient.slot_offset,
        l1 = gradient.l1, l2 = gradient.l2}
      for _, node in ipairs(program.nodes) do
        if node.outs[1].id == gradient.value.id then run.node = node end
      end
      runs[#runs + 1] = run
    elseif previous and not previous.node and previous.parameter_offset + previous.count == gradient.parameter_offset
      and previous.l1 == gradient.l1 and previous.l2 == gradient.l2 and not one_by_one then
      previous.count = previous.count + gradient.count
    else
      runs[#runs + 1] = {parameter_offset = gradient.parameter_offset, count = gradient.count,
        partial_offset = gradient.partial_offset, slot_offset = gradient.slot_offset, l1 = gradient.l1, l2 = gradient.l2}
    end
  end
  return runs
end

-- In how many parts a run of parameters is gone through, the first time.
lib.count_chunks = function(run)
  local size, chunk = run.count, lib.unit.update_chunk
  if run.node then size, chunk = run.node.outs[1].shape[1], run.node.tile.chunk end
  return (size + chunk - 1) // chunk
end

-- Gives runs their places among the parts of a sum, one for each chunk; returns how many parts there are.
local function count_parts_of_sum(program, name, counts)
  local count = 0
  for _, run in ipairs(lib.gradient_runs(program)) do
    if counts(run) then
      run[name] = count
      count = count + lib.count_chunks(run)
    end
  end
  return count
end

-- Of the sum of what the loss gets for parameters; of that of the gradients' squares.
lib.count_penalties = function(program)
  return count_parts_of_sum(program, "penalties", function(run) return run.l1 > 0 or run.l2 > 0 end)
end
lib.measures_gradients = function(program) return #program.measure > 0 end
lib.count_squares = function(program)
  return count_parts_of_sum(program, "squares", function() return lib.measures_gradients(program) end)
end
