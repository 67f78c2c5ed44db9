/* graph.c -- `cnnc graph`: a picture of the model, of the kind that the output's name says. */
#include "command/command.h"
#include "draw/draw.h"

#include <string.h>

/* A screen's dots are small today: a picture of them is to be sharp there. */
enum { DOTS_PER_INCH = 144 };

/* By the ending of the output's name. */
struct kind {
    const char *ending;
    bool (*make)(const struct drawing *drawing, const struct kind *kind, const struct draw_options *options,
                 struct diag *diag, struct draw_bytes *bytes);
    const char *format; /* of Graphviz */
};

static bool make_dot(const struct drawing *drawing, const struct kind *kind, const struct draw_options *options,
                     struct diag *diag, struct draw_bytes *bytes)
{
    (void)kind, (void)diag;
    bytes->data = drawing_dot(drawing, options);
    bytes->size = strlen(bytes->data);
    return true;
}

static bool make_svg(const struct drawing *drawing, const struct kind *kind, const struct draw_options *options,
                     struct diag *diag, struct draw_bytes *bytes)
{
    (void)kind;
    if (!drawing_svg(drawing, options, diag, &bytes->data))
        return false;
    bytes->size = strlen(bytes->data);
    return true;
}

static bool make_other(const struct drawing *drawing, const struct kind *kind, const struct draw_options *options,
                       struct diag *diag, struct draw_bytes *bytes)
{
    struct draw_options sharp = *options;
    sharp.dots_per_inch = strcmp(kind->format, "png") == 0 ? DOTS_PER_INCH : 0;
    return graphviz_paint(diag, drawing_dot(drawing, &sharp), kind->format, bytes);
}

static bool make_page(const struct drawing *drawing, const struct kind *kind, const struct draw_options *options,
                      struct diag *diag, struct draw_bytes *bytes)
{
    (void)kind;
    if (!html_of_drawing(drawing, options, diag, &bytes->data))
        return false;
    bytes->size = strlen(bytes->data);
    return true;
}

static const struct kind kinds[] = {{".dot", make_dot, NULL},    {".gv", make_dot, NULL},
                                    {".svg", make_svg, "svg"},   {".png", make_other, "png"},
                                    {".pdf", make_other, "pdf"}, {".html", make_page, "svg"}};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* Standard output gets what works anywhere. */
static const struct kind *kind_of(const char *path)
{
    if (strcmp(path, "-") == 0)
        return &kinds[0];
    for (int i = 0; i < N_KINDS; i++)
        if (text_ends_with(path, kinds[i].ending) && strcmp(path, kinds[i].ending) != 0)
            return &kinds[i];
    return NULL;
}

int graph_check(struct arena *arena, const char *output)
{
    if (!output)
        return usage_error("where should the picture go? Say so with `-o net.svg`");
    if (kind_of(output))
        return STATUS_OK;
    const char *endings = "";
    for (int i = 0; i < N_KINDS; i++)
        endings = arena_printf(arena, "%s%s%s", endings,
                               i == 0            ? ""
                               : i + 1 < N_KINDS ? ", "
                                                 : " or ",
                               kinds[i].ending);
    return usage_error(
        "the output `%s` should end in %s, by which the picture is one of these (or be - for DOT on standard output)",
        output, endings);
}

bool graph_write(const struct command *command, struct diag *diag)
{
    const struct options *options = &command->options;
    const struct kind *kind = kind_of(options->output);
    struct graph *model = kind ? model_read(command, diag) : NULL; /* there is one: graph_check() */
    if (!model)
        return false;
    diag_print(diag, stderr);
    time_limit_set(0);
    struct draw_bytes bytes;
    const struct drawing *drawing = drawing_of(model, options->name, &command->draw);
    if (!kind->make(drawing, kind, &command->draw, diag, &bytes))
        return false;
    const struct output_file file = {options->output, bytes.data, bytes.size};
    return output_write(diag, &file, 1);
}
