-- updates.lua: how the optimizer goes through the parameters, and which slots its rule works on.

local lib = lib

-- Those that the rule works on.
lib.slots_of = function(program, arithmetic)
  local list = {}
  for _, slot in ipairs(program.slots) do
    if arithmetic.uses[slot] or arithmetic.assigns[slot] then list[#list + 1] = slot end
  end
  return list
end

-- How the optimizer goes through the parameters, as compiler/pass/step.c lists it; `node` makes the gradients of a run, nil: the
-- groups have them in parts.
lib.gradient_runs = function(program)
  if program.runs_have_nodes then return program.runs end
  local by_id = {}
  for _, node in ipairs(program.nodes) do by_id[node.id] = node end
  for _, run in ipairs(program.runs) do run.node = by_id[run.node_id] end
  program.runs_have_nodes = true
  return program.runs
end

lib.measures_gradients = function(program) return #program.measure > 0 end
