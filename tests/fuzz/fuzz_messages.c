/* fuzz_messages.c -- ONNX' messages and tensors as tables and arrays of Lua: compiler/import/onnx.c by itself. What becomes of
 * them, fuzz_onnx.c tries. */
#include "bare.h"
#include "fuzz.h"
#include "import/import.h"

static int read_model(lua_State *lua)
{
    onnx_push_model(lua, lua_touserdata(lua, 1));
    fuzz_assert(lua_istable(lua, -1));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_bare(read_model, (void *)fuzz_file(data, size));
    return 0;
}
