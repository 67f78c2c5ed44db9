/* svg.c -- Graphviz' SVG made fit to be read: by who wants it dark, by who has it read aloud, and in the middle of a page. */
#include "draw/draw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- in words ------------------------------------------------------------------------------------------------- */

/* "conv2d (Conv2D) 24x24x8" */
static void write_box(const struct box *box, struct growing *out)
{
    static const char *const kinds[] = {[BOX_INPUT] = "input ", [BOX_LAYER] = "",         [BOX_OP] = "",
                                        [BOX_FRAME] = "frame ", [BOX_OUTPUT] = "output ", [BOX_MODEL] = "model "};
    bool says_kind = strncmp(kinds[box->kind], box->name, strlen(box->name)) == 0; /* "input input" */
    write_text(out, says_kind ? "" : kinds[box->kind]);
    quote_xml(box->name, out);
    if (*box->type) {
        write_text(out, " (");
        quote_xml(box->type, out);
        write_text(out, ")");
    }
    if (*box->shapes)
        write_format(out, " %s", box->shapes);
}

static void write_details(const struct box *box, struct growing *out)
{
    if (*box->note) {
        write_text(out, ", ");
        quote_xml(box->note, out);
    }
    if (box->parameters > 0)
        write_format(out, ", %s parameters%s", number_text(out->arena, box->parameters),
                     box->frozen ? ", frozen" : "");
    if (box->calls > 1)
        write_format(out, ", called %d times", box->calls);
    if (box->rounds > 0)
        write_format(out, ", a loop of %" PRId64 " steps", box->rounds);
}

const char *drawing_sentence(const struct drawing *drawing, int box)
{
    struct growing out = {.arena = drawing->arena};
    int count = 0;
    write_box(&drawing->boxes[box], &out);
    write_details(&drawing->boxes[box], &out);
    for (int i = 0; i < drawing->n_arrows; i++)
        if (drawing->arrows[i].to == box) {
            write_text(&out, count++ ? ", " : "; from ");
            quote_xml(drawing->boxes[drawing->arrows[i].from].name, &out);
        }
    write_text(&out, ".");
    return out.text;
}

static void write_description(const struct drawing *drawing, struct growing *out)
{
    for (int i = 0; i < drawing->n_boxes; i++)
        write_format(out, "%s\n", drawing_sentence(drawing, i));
}

/* ---- the element ---------------------------------------------------------------------------------------------- */

/* Presentation attributes are weaker than any style sheet: so each light colour is told its dark one. */
static void write_style(struct growing *out)
{
    write_text(out, "<style>@media (prefers-color-scheme: dark) {\n");
    for (int i = 0; i < N_COLORS; i++)
        write_format(out, ".net [fill=\"%s\"] { fill: %s } .net [stroke=\"%s\"] { stroke: %s }\n", colors_light[i],
                     colors_dark[i], colors_light[i], colors_dark[i]);
    write_text(out, "}</style>\n");
}

static void write_title(const struct drawing *drawing, struct growing *out)
{
    write_text(out, "<title>The network ");
    quote_xml(drawing->title, out);
    write_text(out, "</title>\n<desc>");
    write_description(drawing, out);
    write_text(out, "</desc>\n");
    write_style(out);
}

/* The names that Graphviz gives its groups, which are n12, n3&#45;&gt;n12 or cluster_n4, are of use to nobody but as what stands
 * beside the pointer: a box says what it is. */
static void write_group_title(const struct drawing *drawing, const char *name, struct growing *out)
{
    static const char frame[] = "cluster_";
    if (strncmp(name, frame, sizeof frame - 1) == 0)
        name += sizeof frame - 1;
    char *end;
    long number = *name == 'n' ? strtol(name + 1, &end, 10) : -1;
    if (number < 0 || number >= drawing->n_boxes || *end != '<')
        return;
    write_text(out, "<title>");
    write_box(&drawing->boxes[number], out);
    write_details(&drawing->boxes[number], out);
    write_text(out, "</title>");
}

/* What lies behind the head, as it is edited on the way. */
struct editing {
    const struct drawing *drawing;
    struct growing *out;
    struct growing labels; /* of the frames: arrows go over them, so they are painted last */
    bool in_frame, behind_first_title;
};

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* Behind the next `end`, and the line's end behind that; NULL: there is none. */
static const char *behind(const char *text, const char *end)
{
    const char *found = strstr(text, end);
    if (!found)
        return NULL;
    found += strlen(end);
    return found + (*found == '\n');
}

/* With a rim of the frame's colour, through which nothing is read. */
static void write_labels(struct editing *editing)
{
    if (editing->labels.length > 0)
        write_format(
            editing->out,
            "<g stroke=\"%s\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\">\n%s</g>\n",
            colors_light[COLOR_FRAME], editing->labels.text);
}

/* Is what begins at `mark` to be left out, or put elsewhere? Returns what is behind it; NULL: it stays as it is. */
static const char *edit(struct editing *editing, const char *mark)
{
    if (begins(mark, "<title>")) {
        if (editing->behind_first_title) /* that of the whole */
            write_group_title(editing->drawing, mark + strlen("<title>"), editing->out);
        editing->behind_first_title = true;
        return behind(mark, "</title>");
    }
    if (begins(mark, "<!--"))
        return behind(mark, "-->");
    if (editing->in_frame && begins(mark, "<text")) {
        const char *end = behind(mark, "</text>");
        if (end)
            write_bytes(&editing->labels, mark, (size_t)(end - mark));
        return end;
    }
    if (begins(mark, "</g>\n</svg>"))
        write_labels(editing);
    if (begins(mark, "<g ") || begins(mark, "</g>"))
        editing->in_frame = begins(mark, "<g id=\"clust");
    return NULL;
}

static void write_body(const struct drawing *drawing, const char *from, const char *end, struct growing *out)
{
    struct editing editing = {.drawing = drawing, .out = out, .labels = {.arena = out->arena}};
    while (from < end) {
        size_t length = strcspn(from, "<");
        write_bytes(out, from, length);
        from += length;
        if (from == end)
            return;
        const char *next = edit(&editing, from);
        if (!next)
            write_bytes(out, from, 1);
        from = next ? next : from + 1;
    }
}

bool drawing_svg(const struct drawing *drawing, const struct draw_options *options, struct diag *diag,
                 const char **svg)
{
    struct draw_bytes painted;
    if (!graphviz_paint(diag, drawing_dot(drawing, options), "svg", &painted))
        return false;
    const char *head = strstr(painted.data, "<svg "), *body = head ? strchr(head, '>') : NULL;
    if (!body)
        return diag_error(diag, (struct origin){0}, "Graphviz painted something that is no SVG");
    struct growing out = {.arena = diag->arena};
    write_text(&out, "<svg class=\"net\" role=\"img\"");
    write_bytes(&out, head + strlen("<svg"), (size_t)(body - head) - strlen("<svg"));
    write_text(&out, ">\n");
    write_title(drawing, &out);
    write_body(drawing, body + 1, painted.data + painted.size, &out);
    *svg = out.text;
    return true;
}
