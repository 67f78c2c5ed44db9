/* emit.c -- runs the templates over the unit, which unit.c shows them, and takes the two files' texts from them; emit.lua says
 * what it makes of it. */
#include "emit/emit.h"

#include <lauxlib.h>
#include <lua.h>
#include <string.h>

static bool ran_out_of_memory(struct diag *diag, struct origin at, const struct lua_memory *memory)
{
    if (!memory->exceeded)
        return diag_error(diag, at, "out of memory");
    diag_error(diag, at, "the C of this network takes more than %zu MiB to write", memory->limit >> 20);
    diag_hint(diag, "fewer layers, or layers that are alike, take less, as does --target with a single machine; "
                    "--memory-limit MIB allows it more");
    return false;
}

/* unit -> source, header. Runs protected: errors are Lua's. */
static int expand_unit(lua_State *lua)
{
    const struct unit *unit = lua_touserdata(lua, 1);
    template_open(lua);
    embedded_load(lua, "emit/emit.lua");
    lua_newtable(lua);
    for (; unit; unit = unit->next) {
        unit_push(lua, unit);
        lua_rawseti(lua, -2, (lua_Integer)lua_rawlen(lua, -2) + 1);
    }
    lua_pushcfunction(lua, text_renamed);
    lua_pushcfunction(lua, text_mentions);
    lua_pushcfunction(lua, text_laid_out);
    lua_pushcfunction(lua, text_tidied);
    lua_pushcfunction(lua, text_definitions);
    lua_call(lua, 6, 2);
    return 2;
}

/* Lua's own error, or its message thrown again by what caught it on the way (template.lua). */
static bool is_out_of_memory(lua_State *lua, int status)
{
    const char *message = lua_tostring(lua, -1);
    return status == LUA_ERRMEM || (message && strcmp(message, "not enough memory") == 0);
}

/* What is done in the template language: `expand`, called with `data`, leaves one text or two. */
struct job {
    lua_CFunction expand;
    const void *data;
    size_t limit; /* bytes of Lua; 0: any */
    struct origin at;
    int n_texts;
};

static bool keep(lua_State *lua, const struct job *job, struct diag *diag, const char *texts[2])
{
    for (int i = 0; i < job->n_texts; i++)
        texts[i] = arena_strdup(diag->arena, lua_tostring(lua, i - job->n_texts));
    return true;
}

static bool fail_of_template(lua_State *lua, const struct job *job, struct diag *diag)
{
    const char *message = lua_tostring(lua, -1);
    return diag_error(diag, job->at, "cnnc has a bug in its templates: %s",
                      arena_strdup(diag->arena, message ? message : "unknown"));
}

/* The texts, in the arena. */
static bool run(const struct job *job, struct diag *diag, const char *texts[2])
{
    struct arena *arena = diag->arena;
    struct lua_memory *memory = arena_alloc(arena, sizeof *memory);
    memory->limit = job->limit;
    lua_State *lua = lua_newstate(lua_memory_allocate, memory);
    if (!lua) {
        lua_memory_release(memory);
        return diag_error(diag, job->at, "out of memory");
    }
    lua_gc(lua, LUA_GCGEN, 0, 0); /* nearly all that templates make is garbage soon; what stays is there first */
    lua_pushcfunction(lua, job->expand);
    lua_pushlightuserdata(lua, (void *)job->data);
    /* The arena's own failure would leave the Lua state open: it is caught, and thrown again. */
    jmp_buf outer;
    memcpy(&outer, &arena->out_of_memory, sizeof outer);
    if (setjmp(arena->out_of_memory) != 0) {
        lua_memory_release(memory);
        memcpy(&arena->out_of_memory, &outer, sizeof outer);
        longjmp(arena->out_of_memory, 1);
    }
    int status = lua_pcall(lua, 1, job->n_texts, 0);
    bool ok = status == LUA_OK                ? keep(lua, job, diag, texts)
              : is_out_of_memory(lua, status) ? ran_out_of_memory(diag, job->at, memory)
                                              : fail_of_template(lua, job, diag);
    memcpy(&arena->out_of_memory, &outer, sizeof outer);
    lua_memory_release(memory);
    return ok;
}

bool emit_unit(const struct unit *unit, const char **source, const char **header)
{
    const char *texts[2];
    const struct job job = {.expand = expand_unit,
                            .data = unit,
                            .limit = unit->options->limits.memory_bytes * MEMORY_OF_EMIT,
                            .at = {.file = unit->options->script},
                            .n_texts = 2};
    if (!run(&job, unit->model->diag, texts))
        return false;
    *source = numbers_filled(unit, texts[0]);
    *header = texts[1];
    return true;
}

/* ---- a template by itself ---- */

struct filling {
    const char *template;
    void (*push)(lua_State *lua, const void *data);
    const void *data;
};

static int expand_template(lua_State *lua)
{
    const struct filling *filling = lua_touserdata(lua, 1);
    bool is_c = text_ends_with(filling->template, ".c.in") || text_ends_with(filling->template, ".h.in");
    template_open(lua);
    lua_pushcfunction(lua, text_laid_out);
    lua_getglobal(lua, "expand");
    lua_pushstring(lua, filling->template);
    filling->push(lua, filling->data);
    lua_call(lua, 2, 1);
    if (is_c) /* its lines are laid out */
        lua_call(lua, 1, 1);
    return 1;
}

bool emit_template(struct diag *diag, const char *name, void (*push)(lua_State *lua, const void *data),
                   const void *data, const char **text)
{
    const struct filling filling = {name, push, data};
    const struct job job = {.expand = expand_template, .data = &filling, .n_texts = 1};
    const char *texts[2];
    if (!run(&job, diag, texts))
        return false;
    *text = texts[0];
    return true;
}
