local teacher = Sequential{Input{6}, Dense{5, activation = "tanh"}, Dense(4), name = "teacher"}
local student = Sequential{Input{6}, Dense(4), name = "student"}
local distiller = Distiller{student = student, teacher = teacher, alpha = 0.25, temperature = 2}
distiller:compile{optimizer = SGD(0.1), loss = SparseCategoricalCrossentropy{from_logits = true}}
return {teacher = teacher, student = student, distiller = distiller}
