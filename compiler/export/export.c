/* export.c -- opens the language that messages of scripts come from, and has the Lua of this folder say what the graph is in
 * operators of ONNX. */
#include "export/export.h"
#include "script/script.h"

#include <lauxlib.h>

static const char *const modules[] = {"values.lua",  "onnx.lua",  "images.lua",    "numbers.lua", "shapes.lua",
                                      "choices.lua", "loops.lua", "recurrent.lua", NULL};

static void load_module(lua_State *lua, const char *name)
{
    embedded_load(lua, lua_pushfstring(lua, "export/%s", name));
    lua_remove(lua, -2);
}

struct exporting {
    const struct graph *model;
    struct export_message *message;
};

/* With the table cnnc on top of the stack. */
static int build(lua_State *lua, void *data)
{
    struct exporting *exporting = data;
    int cnnc = lua_gettop(lua);
    lua_newtable(lua);
    lua_setfield(lua, cnnc, "export");
    for (const char *const *module = modules; *module; module++) {
        load_module(lua, *module);
        lua_pushvalue(lua, cnnc);
        lua_call(lua, 1, 0);
    }
    lua_getfield(lua, cnnc, "export");
    lua_getfield(lua, -1, "build");
    export_push_graph(lua, exporting->model);
    lua_pushstring(lua, exporting->model->script);
    lua_setfield(lua, -2, "path");
    lua_call(lua, 1, 1);
    exporting->message = export_take(lua, exporting->model);
    return 0;
}

bool export_onnx(const struct graph *model, const float *parameters, const char *trained_on,
                 struct export_bytes *onnx)
{
    struct exporting exporting = {.model = model};
    return script_language(model->arena, model->diag, build, &exporting) &&
           export_packed(exporting.message, parameters, trained_on, onnx);
}
