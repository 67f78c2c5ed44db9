/* fuzz_records.c -- what a process of its own says of an HDF5 file, as tables and arrays of Lua: compiler/import/hdf5.c by
 * itself. What becomes of them, fuzz_keras.c tries. */
#include "bare.h"
#include "fuzz.h"
#include "import/import.h"

static int read_records(lua_State *lua)
{
    hdf5_push_records(lua, "model.h5", *(const struct import_bytes *)lua_touserdata(lua, 1));
    fuzz_assert(lua_istable(lua, -1));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct import_bytes bytes = {data, size};
    fuzz_bare(read_records, &bytes);
    return 0;
}
