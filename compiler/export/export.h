/* export.h -- the way back: a script's network, with its weights, as another tool's model. Lua says which operators the ops
 * become (onnx.lua and what stands beside it), of tables of the graph (graph.c); pack.c makes messages of what it answers. */
#ifndef EXPORT_H
#define EXPORT_H

#include "graph/graph.h"

#include <lua.h>

/* The bytes of an ONNX file, in the graph's arena. */
struct export_bytes {
    const unsigned char *data;
    size_t size;
};

/* The model as ONNX of opset 17, with these numbers in the order of the parameter array. Its arrays are as the script's, channels
 * last, with an axis "N" in front for the samples; `trained_on`, NULL for nothing, becomes its description. False after an error:
 * what is missing is named, all of it. */
bool export_onnx(const struct graph *model, const float *parameters, const char *trained_on,
                 struct export_bytes *onnx);

/* ---- what the files of this folder share ------------------------------------------------------------------- */

/* graph.c: pushes {inputs =, outputs = {tensor, ...}, input_names =, output_names = {name, ...} or nil, nodes = {node, ...}} of
 * tensors {name =, shape = {...}, shared =, element =, parameter = its place in parameters_in_memory from 1, or nil, node = that
 * makes it, state =} and nodes {op =, layer =, at = {file =, line =}, identity =, inputs = {tensor or false, ...}, outputs =
 * {tensor, ...}, loop = a number or nil, rounds =, and its op's attributes}. */
void export_push_graph(lua_State *lua, const struct graph *graph);

/* pack.c: an ONNX message of the table on top of the stack, {inputs =, outputs =, values = {{name =, type =, dims = {number or
 * text, ...}}, ...}, constants = {{name =, dims =, type =, numbers = {...} or parameter =, shape =, order =}, ...}, nodes = {{op =,
 * name =, inputs = {name, ...}, outputs = {name, ...}, attributes = {NAME = whole number, float, text, list of whole numbers or
 * {graph = such a table}}}, ...}}. Numbers of a parameter, seen in `shape`, get their axes in `order`, and number i along
 * `axis` of them, from 0, is that which pick[i] names, if there is a `pick`; they are not copied before export_packed(). */
struct export_message;
struct export_message *export_take(lua_State *lua, const struct graph *model);
bool export_packed(struct export_message *message, const float *parameters, const char *trained_on,
                   struct export_bytes *onnx);

#endif
