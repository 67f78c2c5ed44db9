/* runtime.h -- put in front of a file of the runtime when an analyser reads it: they see one file at a time, and would
 * follow what happens if cnn_fail() returned true. */
#include "cnnrt.h"
#define cnn_fail(...) (cnn_fail(__VA_ARGS__), false)
