/* dot.c -- a drawing in Graphviz' language. Boxes are called n0, n1, ...: what strangers named stands in labels alone. */
#include "draw/draw.h"

#include <inttypes.h>

const char *const colors_light[] = {
#define ROW(name, light, dark) light,
    COLORS(ROW)
#undef ROW
};
const char *const colors_dark[] = {
#define ROW(name, light, dark) dark,
    COLORS(ROW)
#undef ROW
};

#define LINE_END "<BR ALIGN=\"LEFT\"/>"

/* Graphviz would search for the fewest crossings and the smoothest arrows of a large network for minutes. */
static const char *layout_effort(const struct drawing *drawing)
{
    enum { BOXES_MANY = 250, ARROWS_MANY = 500, ARROWS_CROWDED = 1000 };
    if (drawing->n_arrows > ARROWS_CROWDED && drawing->n_arrows > 2 * drawing->n_boxes)
        return " nslimit=0.2 nslimit1=0.2 mclimit=0.05 splines=line";
    if (drawing->n_boxes > BOXES_MANY || drawing->n_arrows > ARROWS_MANY)
        return " nslimit=2 nslimit1=2 mclimit=0.1 splines=polyline";
    return "";
}

struct printer {
    const struct drawing *drawing;
    struct growing *out;
};

static const char *color(enum color which) { return colors_light[which]; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* A text with the sign for the x of 24x24x8. */
static void print_text(const char *text, struct growing *out)
{
    char *part = arena_strdup(out->arena, text), *begin = part;
    for (char *c = part; *c; c++) {
        if (*c != 'x' || c == part || !is_digit(c[-1]) || !is_digit(c[1]))
            continue;
        *c = '\0';
        quote_xml(begin, out);
        write_text(out, "\xc3\x97");
        begin = c + 1;
        c++;
    }
    quote_xml(begin, out);
}

static void begin_faint(struct growing *out)
{
    write_format(out, "<FONT COLOR=\"%s\" POINT-SIZE=\"10\">", color(COLOR_FAINT));
}

static void print_faint(const char *text, struct growing *out)
{
    begin_faint(out);
    print_text(text, out);
    write_text(out, "</FONT>");
}

/* "208 params, frozen" */
static const char *parameters_text(const struct printer *printer, const struct box *box)
{
    return arena_printf(printer->drawing->arena, "%s param%s%s",
                        number_text(printer->drawing->arena, box->parameters), box->parameters == 1 ? "" : "s",
                        box->frozen ? ", frozen" : "");
}

/* ---- boxes ---------------------------------------------------------------------------------------------------- */

static void print_name(const struct box *box, struct growing *out)
{
    write_text(out, "<B>");
    quote_xml(box->name, out);
    write_text(out, "</B>");
}

/* "Conv2D  5x5, same, relu" */
static void print_type(const struct box *box, struct growing *out)
{
    begin_faint(out);
    quote_xml(box->type, out);
    write_text(out, *box->note && *box->type ? "  " : "");
    print_text(box->note, out);
    write_text(out, "</FONT>");
}

static void print_numbers(const struct printer *printer, const struct box *box)
{
    struct growing *out = printer->out;
    print_text(box->shapes, out);
    if (box->parameters > 0) {
        write_text(out, "   ");
        print_faint(parameters_text(printer, box), out);
    }
    if (box->calls > 1) {
        write_text(out, LINE_END);
        print_faint(arena_printf(printer->drawing->arena, "shared: called %d times", box->calls), out);
    }
}

static void print_layer(const struct printer *printer, const struct box *box)
{
    struct growing *out = printer->out;
    enum color head = box->frozen ? COLOR_FROZEN : box->parameters > 0 ? COLOR_TRAINED : COLOR_BOX;
    write_format(out,
                 "<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" CELLPADDING=\"5\" COLOR=\"%s\">"
                 "<TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\" BGCOLOR=\"%s\">",
                 color(COLOR_BORDER), color(head));
    print_name(box, out);
    write_text(out, LINE_END);
    print_type(box, out);
    write_format(out, "</TD></TR><TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\" BGCOLOR=\"%s\">", color(COLOR_PAPER));
    print_numbers(printer, box);
    write_text(out, "</TD></TR></TABLE>");
}

static void print_box(const struct printer *printer, int number)
{
    const struct box *box = &printer->drawing->boxes[number];
    struct growing *out = printer->out;
    write_format(out, "n%d [label=<", number);
    if (box->kind == BOX_LAYER) {
        print_layer(printer, box);
        write_text(out, ">]\n");
        return;
    }
    if (box->kind == BOX_OP) {
        print_text(box->name, out);
        write_format(
            out,
            "> shape=box style=\"rounded,filled\" height=0.2 fillcolor=\"%s\" color=\"%s\" margin=\"0.1,0.04\"]\n",
            color(COLOR_BOX), color(COLOR_BORDER));
        return;
    }
    bool input = box->kind == BOX_INPUT;
    print_name(box, out);
    write_text(out, "<BR/>");
    print_text(box->shapes, out);
    if (*box->note) {
        write_text(out, "  ");
        print_faint(box->note, out);
    }
    write_format(out, "> shape=box style=\"rounded,filled\" fillcolor=\"%s\" color=\"%s\"]\n",
                 color(input ? COLOR_INPUT : COLOR_OUTPUT),
                 color(input ? COLOR_INPUT_BORDER : COLOR_OUTPUT_BORDER));
}

/* In short lines: arrows come in at the middle of a frame, which may be as narrow as a box. */
static void print_frame_label(const struct printer *printer, const struct box *box)
{
    struct growing *out = printer->out;
    print_name(box, out);
    write_text(out, LINE_END);
    if (*box->type) {
        print_faint(box->type, out);
        write_text(out, LINE_END);
    }
    if (box->parameters > 0)
        print_faint(parameters_text(printer, box), out);
    write_text(out, LINE_END);
    if (box->calls > 1)
        print_faint(arena_printf(printer->drawing->arena, "called %d times", box->calls), out);
    write_text(out, LINE_END);
}

/* The boxes in the frame number `around`; -1: in none. */
/* NOLINTNEXTLINE(misc-no-recursion): frames in frames, as deep as calls may be nested: MAX_DEPTH of scope.lua. */
static void print_boxes(const struct printer *printer, int around)
{
    const struct drawing *drawing = printer->drawing;
    for (int i = around + 1; i < drawing->n_boxes; i++) {
        const struct box *box = &drawing->boxes[i];
        if (box->around != around)
            continue;
        if (box->kind != BOX_FRAME && box->kind != BOX_MODEL) {
            print_box(printer, i);
            continue;
        }
        write_format(printer->out, "subgraph cluster_n%d {\nlabel=<", i);
        print_frame_label(printer, box);
        write_format(printer->out, ">\ncolor=\"%s\" fillcolor=\"%s\"\n", color(COLOR_FRAME_BORDER),
                     color(COLOR_FRAME));
        print_boxes(printer, i);
        write_text(printer->out, "}\n");
    }
}

/* ---- arrows --------------------------------------------------------------------------------------------------- */

static void print_arrows(const struct printer *printer)
{
    const struct drawing *drawing = printer->drawing;
    struct growing *out = printer->out;
    for (int i = 0; i < drawing->n_arrows; i++) {
        const struct arrow *arrow = &drawing->arrows[i];
        write_format(out, "n%d -> n%d", arrow->from, arrow->to);
        if (arrow->output > 0)
            write_format(out, " [taillabel=\" %d \" labeldistance=1.5]", arrow->output);
        write_text(out, "\n");
    }
    for (int i = 0; i < drawing->n_boxes; i++)
        if (drawing->boxes[i].rounds > 0)
            write_format(out, "n%d -> n%d [label=\" %" PRId64 " steps\" style=dashed]\n", i, i,
                         drawing->boxes[i].rounds);
}

/* ---- all of it ------------------------------------------------------------------------------------------------ */

static void print_head(const struct printer *printer, const struct draw_options *options)
{
    static const char *const directions[] = {[RANKDIR_TB] = "TB", [RANKDIR_LR] = "LR"};
    const struct drawing *drawing = printer->drawing;
    const char *font = "fontname=\"Helvetica,Arial,sans-serif\"";
    struct growing *out = printer->out;
    write_text(out, "digraph ");
    quote_dot(drawing->title, out);
    write_format(
        out,
        " {\ngraph [rankdir=%s bgcolor=\"%s\" %s fontsize=12 fontcolor=\"%s\" style=\"rounded,filled\" labeljust=l "
        "nodesep=0.35 ranksep=0.4%s]\n",
        directions[options->rankdir], color(COLOR_PAPER), font, color(COLOR_INK), layout_effort(drawing));
    if (options->dots_per_inch > 0)
        write_format(out, "dpi=%d\n", options->dots_per_inch);
    write_format(out, "node [shape=plain %s fontsize=12 fontcolor=\"%s\"]\n", font, color(COLOR_INK));
    write_format(out, "edge [%s fontsize=10 fontcolor=\"%s\" color=\"%s\" arrowsize=0.7]\n", font,
                 color(COLOR_FAINT), color(COLOR_ARROW));
}

const char *drawing_dot(const struct drawing *drawing, const struct draw_options *options)
{
    struct growing out = {.arena = drawing->arena};
    const struct printer printer = {drawing, &out};
    print_head(&printer, options);
    print_boxes(&printer, -1);
    print_arrows(&printer);
    write_text(&out, "}\n");
    return out.text;
}
