-- Knowledge distillation: a small student learns from the labels and from what a large teacher, trained before, thinks of
-- them, as softer class scores show it (Hinton et al. 2015).
local function network(first, second, name)
  return Sequential{
    Input{28, 28, 1},
    Conv2D{first, 3, strides = 2, padding = "same"},
    LeakyReLU(0.2),
    Conv2D{second, 3, strides = 2, padding = "same"},
    LeakyReLU(0.2),
    Flatten(),
    Dense(10),
    name = name,
  }
end
local teacher, student = network(16, 32, "teacher"), network(4, 8, "student")
local loss = SparseCategoricalCrossentropy{from_logits = true}
teacher:compile{optimizer = "adam", loss = loss, metrics = {"accuracy"}}

-- The distiller is the student with one more loss, in which the teacher is frozen.
teacher.trainable = false
local temperature, weight = 3, 2
local x = Input{28, 28, 1}
local scores = student(x)
local soft = Softmax()(teacher(x) / temperature)
local own = Softmax()(scores / temperature)
local distiller = Model{inputs = x, outputs = scores}
distiller:add_loss(weight * ops.sum(soft * (ops.log(soft + 1e-7) - ops.log(own + 1e-7)), {axis = -1}))
distiller:compile{optimizer = "adam", loss = loss, metrics = {"accuracy"}}

return {teacher = teacher, student = student, distiller = distiller}
