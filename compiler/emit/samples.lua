-- samples.lua: calls of a network on samples that are arrays of C, one behind the other.

local samples = {}

-- What NAME_predict takes of sample s, and, if not `one`, NAME_predict_many of all; `kept`: further outputs of one sample each.
function samples.arguments(prefix, inputs, outputs, one, kept)
  local list = {}
  for i, input in ipairs(inputs) do
    list[i] = prefix .. "input_" .. i .. (one and " + s * " .. input.count or "")
  end
  for i in ipairs(outputs) do list[#list + 1] = prefix .. "output_" .. i end
  for i in ipairs(kept or {}) do list[#list + 1] = "layer_" .. i end
  return table.concat(list, ", ")
end

return samples
