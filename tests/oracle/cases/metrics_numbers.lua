-- Written by tests/oracle/make/training.py.
local model = Sequential()
model:add(Input{shape = {4}})
model:add(Dense{units = 3, activation = "linear"})
model:compile{optimizer = SGD{learning_rate = 1.0}, loss = "mse", metrics = {
  RootMeanSquaredError(),
  R2Score(),
  R2Score{class_aggregation = "variance_weighted_average", name = "by_variance", num_regressors = 4},
  "cosine_similarity",
  PearsonCorrelation(),
  ConcordanceCorrelation(),
  LogCoshError(),
  MeanAbsoluteError{name = "off"},
  "MSE",
  function(label, output) return op.unary(label - output, "abs") end,
}}
return model
