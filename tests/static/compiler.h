/* compiler.h -- put in front of a file of the compiler when an analyser reads it: see runtime.h. */
#include "base/base.h"
#define diag_error(...) (diag_error(__VA_ARGS__), false)
#define diag_hint(...)  (diag_hint(__VA_ARGS__), false)
