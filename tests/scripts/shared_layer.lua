-- Two inputs through one layer, and a layer with three inputs.
local a, b = Input{4}, Input{4}
local shared = Dense{4, name = "shared"}
local left, right = shared(b), shared(a)
return Model{{a, b}, Add{name = "sum"}({right, left, a})}
