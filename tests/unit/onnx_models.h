/* onnx_models.h -- small ONNX models for tests, written as exporters write them. */
#ifndef ONNX_MODELS_H
#define ONNX_MODELS_H

#include "base/base.h"
#include "onnx.pb-c.h"

enum { ONNX_MOST = 32 };

struct onnx_model {
    struct arena *arena;
    Onnx__Model model;
    Onnx__Graph graph;
    Onnx__OpsetId opset, *opsets[1];
    Onnx__Node *nodes[ONNX_MOST];
    Onnx__Tensor *weights[ONNX_MOST];
    Onnx__Value *inputs[ONNX_MOST], *outputs[ONNX_MOST];
};

/* Everything is copied into the arena. Lists of names and lengths are texts: "1,3,N". */
void onnx_begin(struct onnx_model *model, struct arena *arena, int64_t version);
/* Of floats; a length that is a word is symbolic. */
void onnx_input(struct onnx_model *model, const char *name, const char *dims);
void onnx_output(struct onnx_model *model, const char *name);
/* An initializer of small floats, each another. Returns it, to be spoilt. */
Onnx__Tensor *onnx_weights(struct onnx_model *model, const char *name, const char *dims);
/* One of whole numbers: "1,-1". */
void onnx_integers(struct onnx_model *model, const char *name, const char *numbers);
/* attributes: "strides=2,2 group=1 alpha=0.5 mode=linear"; a lone number is one of ints only with a comma behind it. */
Onnx__Node *onnx_node(struct onnx_model *model, const char *op, const char *inputs, const char *outputs,
                      const char *attributes);
/* Has the node an attribute that is the graph of `body`. */
void onnx_body(struct onnx_model *model, Onnx__Node *node, const char *name, const struct onnx_model *body);
/* Writes FOLDER/NAME and returns its path. */
const char *onnx_write(struct onnx_model *model, const char *folder, const char *name);

#endif
