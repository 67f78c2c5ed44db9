-- guard.lua: what each variant of a file adds to it, where the compiler can compile that variant. Neighbours behind one guard
-- share its #if.
return function(variants, text_of)
  local parts, open, last = {}, nil, nil
  for i, variant in ipairs(variants) do
    local text, guard = text_of(variant, i), variant.target.guard
    if text and not (guard and guard == open and text == last) then
      if guard ~= open then
        if open then parts[#parts + 1] = "#endif\n" end
        if guard then parts[#parts + 1] = "#if " .. guard .. "\n" end
        open = guard
      end
      parts[#parts + 1], last = text, text
    end
  end
  if open then parts[#parts + 1] = "#endif\n" end
  return table.concat(parts)
end
