/* html.c -- a summary as a page of HTML: its tables, the memory of each program over the schedule, the times of kernels if they
 * were measured, and the picture of the layers. templates/page.html.in is the page; here is what it names.
 *
 * Every text is quoted before a template sees it. */
#include "command/command.h"

#include <inttypes.h>
#include <lua.h>
#include <string.h>

struct page {
    struct arena *arena;
    const char *title;
    const struct unit *units;           /* NULL: of a picture alone */
    const struct drawing *drawing;      /* said as a list; NULL: it is not */
    const char *picture, *fault;        /* an <svg>, or why there is none */
    const struct measurement *measured; /* NULL: nothing is */
};

/* ---- texts ---------------------------------------------------------------------------------------------------- */

static const char *quoted(struct arena *arena, const char *text)
{
    struct growing out = {.arena = arena};
    write_text(&out, "");
    quote_xml(text, &out);
    return out.text;
}

static void set_text(lua_State *lua, struct arena *arena, const char *name, const char *text)
{
    field_text(lua, name, quoted(arena, text));
}

static void set_count(lua_State *lua, struct arena *arena, const char *name, int64_t number)
{
    field_text(lua, name, number_text(arena, number));
}

/* The table on top of the stack becomes the next one of the list below it. */
static void append(lua_State *lua) { lua_rawseti(lua, -2, (lua_Integer)lua_rawlen(lua, -2) + 1); }

static void append_text(lua_State *lua, struct arena *arena, const char *text)
{
    lua_pushstring(lua, quoted(arena, text));
    append(lua);
}

/* ---- tables --------------------------------------------------------------------------------------------------- */

static void push_layers(lua_State *lua, const struct graph *model, const struct summary_row *rows)
{
    struct arena *arena = model->arena;
    lua_newtable(lua);
    for (int i = 0; i < model->n_layers; i++) {
        const struct layer *layer = rows[i].layer;
        lua_newtable(lua);
        set_text(lua, arena, "name", layer->name);
        set_text(lua, arena, "type", layer->type);
        set_text(lua, arena, "shape", summary_shapes(arena, layer));
        set_count(lua, arena, "parameters", rows[i].parameters);
        set_count(lua, arena, "neurons", rows[i].neurons);
        set_count(lua, arena, "multiply_adds", rows[i].multiply_adds);
        set_count(lua, arena, "bytes", rows[i].neurons * SUMMARY_NUMBER_BYTES);
        set_text(lua, arena, "connected", summary_connected(arena, model, layer));
        append(lua);
    }
    lua_setfield(lua, -2, "layers");
}

static void push_totals(lua_State *lua, struct arena *arena, struct summary_totals totals)
{
    const char *all = summary_bytes(arena, totals.parameters * SUMMARY_NUMBER_BYTES);
    lua_newtable(lua);
    append_text(lua, arena,
                arena_printf(arena, "%s parameters (%s), of which %s can be trained.",
                             number_text(arena, totals.parameters), all, number_text(arena, totals.trainable)));
    append_text(lua, arena,
                arena_printf(arena, "%s neurons, %s multiply-adds for one sample.",
                             number_text(arena, totals.neurons), number_text(arena, totals.multiply_adds)));
    lua_setfield(lua, -2, "totals");
}

static void push_memory(lua_State *lua, struct arena *arena, const char *what, const char *of,
                        struct summary_memory memory)
{
    lua_newtable(lua);
    set_text(lua, arena, "what", what);
    set_text(lua, arena, "of", of);
    set_text(lua, arena, "all", summary_bytes(arena, summary_total(memory)));
    set_text(lua, arena, "parameters", summary_bytes(arena, memory.parameters));
    set_text(lua, arena, "workspace", summary_bytes(arena, memory.workspace));
    set_text(lua, arena, "others", memory.others ? summary_bytes(arena, memory.others) : "");
    set_text(lua, arena, "bound", summary_bytes(arena, memory.lower_bound));
    append(lua);
}

static void push_memories(lua_State *lua, struct arena *arena, const struct unit *unit)
{
    lua_newtable(lua);
    push_memory(lua, arena, "prediction", "of one sample", summary_inference(unit));
    if (unit->variants[0].train) {
        int largest = summary_largest_stage(unit);
        const struct stage *stage = &unit->model->training.stages[largest];
        const char *of =
            arena_printf(arena, "by %s, batch %" PRId64 ", one thread", stage->optimizer, stage->batch_size);
        push_memory(lua, arena, "training", of, summary_stage(unit, largest));
    }
    lua_setfield(lua, -2, "memories");
}

/* ---- memory maps ---------------------------------------------------------------------------------------------- */

static void push_map_rows(lua_State *lua, struct arena *arena, const struct memory_map *map)
{
    lua_newtable(lua);
    for (int i = 0; i < map->n_rows; i++) {
        lua_newtable(lua);
        set_text(lua, arena, "layer", map->rows[i].layer);
        set_text(lua, arena, "what", map->rows[i].what);
        field_int(lua, "live", map->rows[i].live);
        set_text(lua, arena, "live_text", summary_bytes(arena, map->rows[i].live));
        set_count(lua, arena, "number_text", map->rows[i].live);
        append(lua);
    }
    lua_setfield(lua, -2, "rows");
}

static void push_map_blocks(lua_State *lua, struct arena *arena, const struct memory_map *map)
{
    lua_newtable(lua);
    for (int i = 0; i < map->n_blocks; i++) {
        const struct map_block *block = &map->blocks[i];
        lua_newtable(lua);
        set_text(lua, arena, "names", block->names);
        set_text(lua, arena, "kind", map_kind_names[block->kind]);
        field_int(lua, "offset", block->offset);
        field_int(lua, "bytes", block->bytes);
        field_int(lua, "first", block->first);
        field_int(lua, "last", block->last);
        set_count(lua, arena, "offset_text", block->offset);
        set_count(lua, arena, "number_text", block->bytes);
        set_text(lua, arena, "bytes_text", summary_bytes(arena, block->bytes));
        append(lua);
    }
    lua_setfield(lua, -2, "blocks");
}

static void push_map_kinds(lua_State *lua, const struct memory_map *map)
{
    lua_newtable(lua);
    for (int kind = 0; map_kind_names[kind]; kind++) {
        bool found = false;
        for (int i = 0; i < map->n_blocks; i++)
            found |= (int)map->blocks[i].kind == kind;
        if (found) {
            lua_pushstring(lua, map_kind_names[kind]);
            append(lua);
        }
    }
    lua_setfield(lua, -2, "kinds");
}

/* Of a memory in which nothing lies there is nothing to be seen. */
static void push_map(lua_State *lua, struct arena *arena, const char *key, const char *title, const char *about,
                     struct memory_map map)
{
    if (map.n_blocks == 0 || map.bytes == 0)
        return;
    lua_newtable(lua);
    set_text(lua, arena, "key", key);
    set_text(lua, arena, "title", title);
    set_text(lua, arena, "about", about);
    field_int(lua, "bytes", map.bytes);
    field_int(lua, "bound", map.bound);
    field_int(lua, "peak", map.peak + 1);
    set_text(lua, arena, "bytes_text", summary_bytes(arena, map.bytes));
    set_text(lua, arena, "bound_text", summary_bytes(arena, map.bound));
    push_map_rows(lua, arena, &map);
    push_map_blocks(lua, arena, &map);
    push_map_kinds(lua, &map);
    append(lua);
}

static void push_maps(lua_State *lua, struct arena *arena, const struct unit *unit)
{
    const struct variant *variant = &unit->variants[0];
    lua_newtable(lua);
    push_map(lua, arena, "predict", "The memory of a prediction",
             "Down goes the time, a step for each kernel; across lies the workspace of one sample, byte by byte.",
             map_workspace(&variant->predict));
    if (variant->train) {
        const struct program *train = &variant->train[unit->train_of[summary_largest_stage(unit)]];
        push_map(
            lua, arena, "train", "The memory of a training step",
            arena_printf(arena,
                         "The workspace of a block of %d sample%s, which each thread has: forward, and backward.",
                         train->lanes, train->lanes > 1 ? "s" : ""),
            map_workspace(train));
        push_map(lua, arena, "saved", "What a training step keeps",
                 "What crosses phases, between which all blocks of the batch meet: each block has it for itself.",
                 map_saved(train));
    }
    lua_setfield(lua, -2, "maps");
}

/* ---- kernels -------------------------------------------------------------------------------------------------- */

static void push_kernel(lua_State *lua, struct arena *arena, const struct measured_kernel *kernel, double all)
{
    double flop = kernel->speed * kernel->microseconds * 1e3;
    lua_newtable(lua);
    set_text(lua, arena, "name", kernel->name);
    set_text(lua, arena, "layer", kernel->layer);
    set_count(lua, arena, "calls", kernel->calls);
    field_number(lua, "microseconds", kernel->microseconds);
    field_number(lua, "share", all > 0 ? 100 * kernel->microseconds * (double)kernel->calls / all : 0);
    field_number(lua, "speed", kernel->speed);
    field_number(lua, "percent", kernel->percent);
    field_number(lua, "intensity", kernel->bytes > 0 ? flop / kernel->bytes : 0);
    field_number(lua, "gigabytes", kernel->microseconds > 0 ? kernel->bytes / kernel->microseconds / 1e3 : 0);
    append(lua);
}

static void push_roofline(lua_State *lua, struct arena *arena, const struct measurement *measured,
                          const char *program, const char *title)
{
    double all = 0;
    int count = 0;
    for (int i = 0; i < measured->count; i++)
        if (strcmp(measured->kernels[i].program, program) == 0) {
            all += measured->kernels[i].microseconds * (double)measured->kernels[i].calls;
            count++;
        }
    if (count == 0)
        return;
    lua_newtable(lua);
    set_text(lua, arena, "title", title);
    field_number(lua, "peak", measured->peak);
    field_number(lua, "bandwidth", measured->bandwidth);
    lua_newtable(lua);
    for (int i = 0; i < measured->count; i++)
        if (strcmp(measured->kernels[i].program, program) == 0)
            push_kernel(lua, arena, &measured->kernels[i], all);
    lua_setfield(lua, -2, "kernels");
    append(lua);
}

static void push_rooflines(lua_State *lua, struct arena *arena, const struct measurement *measured)
{
    static const char *const programs[][2] = {{"one", "The kernels of a prediction"},
                                              {"many", "The kernels of many predictions"},
                                              {"train", "The kernels of a training step"}};
    lua_newtable(lua);
    for (size_t i = 0; measured && i < sizeof programs / sizeof *programs; i++)
        push_roofline(lua, arena, measured, programs[i][0], programs[i][1]);
    lua_setfield(lua, -2, "rooflines");
}

/* ---- the page ------------------------------------------------------------------------------------------------- */

static void push_model(lua_State *lua, const struct page *page, const struct unit *unit)
{
    const struct graph *model = unit->model;
    struct arena *arena = page->arena;
    struct summary_row *rows = arena_array(arena, model->n_layers + 1, sizeof *rows);
    struct summary_totals totals = summary_count(model, rows);
    lua_newtable(lua);
    set_text(lua, arena, "name", summary_name(unit));
    field_bool(lua, "key", model->key != NULL); /* else the page's title says it */
    set_text(lua, arena, "script", model->script);
    set_text(lua, arena, "target", unit->options->target->name);
    field_bool(lua, "chain", summary_is_chain(model));
    push_layers(lua, model, rows);
    push_totals(lua, arena, totals);
    push_memories(lua, arena, unit);
    push_maps(lua, arena, unit);
    push_rooflines(lua, arena, unit->next || unit != page->units ? NULL : page->measured);
    append(lua);
}

static void push_boxes(lua_State *lua, const struct page *page)
{
    lua_newtable(lua);
    for (int i = 0; page->drawing && i < page->drawing->n_boxes; i++) {
        lua_pushstring(lua, drawing_sentence(page->drawing, i)); /* which is quoted */
        append(lua);
    }
    lua_setfield(lua, -2, "boxes");
}

/* What there is not, is false: templates know no nil. */
static void set_or_false(lua_State *lua, const char *name, const char *text)
{
    if (text)
        field_text(lua, name, text);
    else
        field_bool(lua, name, false);
}

static void push_page(lua_State *lua, const void *data)
{
    const struct page *page = data;
    lua_newtable(lua);
    set_text(lua, page->arena, "title", page->title);
    set_text(lua, page->arena, "generator", "cnnc " CNNC_VERSION);
    lua_newtable(lua);
    for (const struct unit *unit = page->units; unit; unit = unit->next)
        push_model(lua, page, unit);
    lua_setfield(lua, -2, "models");
    set_or_false(lua, "picture", page->picture);
    set_or_false(lua, "picture_fault", page->fault ? quoted(page->arena, page->fault) : NULL);
    push_boxes(lua, page);
}

static bool make_page(struct page *page, struct diag *diag, const char **html)
{
    page->arena = diag->arena;
    return emit_template(diag, "page.html.in", push_page, page, html);
}

bool html_of_drawing(const struct drawing *drawing, const struct draw_options *options, struct diag *diag,
                     const char **html)
{
    struct page page = {.title = drawing->title, .drawing = drawing};
    return drawing_svg(drawing, options, diag, &page.picture) && make_page(&page, diag, html);
}

bool html_write_summary(const struct command *command, const struct unit *unit, struct diag *diag)
{
    const struct options *options = &command->options;
    const struct drawing *drawing = drawing_of(unit->model, options->name, &command->draw);
    struct page page = {.title = drawing->title, .units = unit, .drawing = drawing};
    struct diag silent = {.arena = diag->arena};
    struct measurement measured;
    const char *html;
    if (command->measure && !measure_kernels(command, unit, diag, &measured))
        return false;
    page.measured = command->measure ? &measured : NULL;
    time_limit_set(0);
    if (!drawing_svg(drawing, &command->draw, &silent, &page.picture))
        page.fault = silent.message;
    if (!make_page(&page, diag, &html))
        return false;
    const struct output_file file = {command->html, html, strlen(html)};
    return output_write(diag, &file, 1);
}
