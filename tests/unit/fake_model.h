/* fake_model.h -- a network by hand: softmax regression of 8x8 pictures to 3 classes, with momentum.
 * It lets the runtime's tests train and predict for real without the compiler. */
#ifndef FAKE_MODEL_H
#define FAKE_MODEL_H

#include "cnnrt.h"

enum { FAKE_SIDE = 8, FAKE_INPUTS = FAKE_SIDE * FAKE_SIDE, FAKE_CLASSES = 3, FAKE_COLUMNS = 2 };

/* The only stage of these models. */
extern const struct cnn_stage fake_stage;

/* Tests may change the copy they get. Parameters: "dense/kernel" 64x3, Glorot uniform, and "dense/bias". */
struct cnn_model fake_model(void);
/* The same with labels as one-hot. */
struct cnn_model fake_model_onehot(void);

#endif
