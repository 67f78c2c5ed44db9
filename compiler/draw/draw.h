/* draw.h -- pictures of a model: its layers as boxes, as the script calls them.
 *
 * What is drawn is the graph's wiring, in the language of Graphviz, DOT; Graphviz finds places for the boxes and paints them.
 * Names are a stranger's: each language has one function that quotes them. Nothing here knows a pass, nor what a user typed. */
#ifndef DRAWING_H
#define DRAWING_H

#include "graph/graph.h"

/* From where to where arrows lead. */
enum draw_rankdir { RANKDIR_TB, RANKDIR_LR };

struct draw_options {
    int rankdir;       /* enum draw_rankdir */
    int dots_per_inch; /* of a picture that is made of dots; 0: as Graphviz likes it */
    bool folded;       /* a model that is called like a layer is one box, not a frame with its layers */
};

/* What is drawn, for who tells it in words: the boxes in their order, a frame in front of what is in it. */
enum box_kind { BOX_INPUT, BOX_LAYER, BOX_OP, BOX_FRAME, BOX_OUTPUT, BOX_MODEL };
struct box {
    enum box_kind kind;
    const char *name, *type; /* type: "" where there is none */
    const char *note;        /* "3x3, same, relu"; "" for none */
    const char *shapes;      /* "24x24x8", several with commas between; "" for none */
    int64_t parameters;
    bool frozen;    /* it has parameters that could be trained, and none is */
    int calls;      /* above 1: it is shared */
    int64_t rounds; /* of the loop in it, the steps of a recurrence; 0: none */
    int around;     /* the box of the frame that it is in; -1: none */
};
/* An arrow. Where the box in front has several outputs, `output` says which one this is, from 1; else 0. */
struct arrow {
    int from, to, output;
};
struct drawing {
    struct arena *arena;
    const char *title;
    int n_boxes, n_arrows;
    struct box *boxes;
    struct arrow *arrows;
};

/* boxes.c: what is to be drawn of the model, and of those behind it. `name`: what it is called where the script says nothing. */
struct drawing *drawing_of(const struct graph *model, const char *name, const struct draw_options *options);
/* dot.c: the same as text for Graphviz, in the arena. */
const char *drawing_dot(const struct drawing *drawing, const struct draw_options *options);

/* graphviz.c: the DOT laid out and painted as `format`, "svg", "png" or "pdf", in the diag's arena. False after an error, also
 * where there is no Graphviz. */
struct draw_bytes {
    const char *data;
    size_t size;
};
bool graphviz_paint(struct diag *diag, const char *dot, const char *format, struct draw_bytes *painted);

/* svg.c: a box in words, quoted for XML: "conv2d (Conv2D) 24x24x8, 5x5, relu, 208 parameters; from input." */
const char *drawing_sentence(const struct drawing *drawing, int box);
/* An <svg> element that stands alone, and in a page of HTML: for light and dark, with a text for who does not see it. */
bool drawing_svg(const struct drawing *drawing, const struct draw_options *options, struct diag *diag,
                 const char **svg);

/* What a colour is called in DOT and, where the reader wants it dark, is in SVG. */
#define COLORS(ROW)                                                                                                \
    ROW(PAPER, "#ffffff", "#0d1117")                                                                               \
    ROW(INK, "#1f2328", "#e6edf3")                                                                                 \
    ROW(FAINT, "#59636e", "#9da7b1")                                                                               \
    ROW(ARROW, "#57606a", "#8b949e")                                                                               \
    ROW(BORDER, "#8c959f", "#6e7681")                                                                              \
    ROW(BOX, "#f6f8fa", "#21262d")                                                                                 \
    ROW(TRAINED, "#d2e8ff", "#0f3a6b")                                                                             \
    ROW(FROZEN, "#e1e4e8", "#3d444d")                                                                              \
    ROW(FRAME, "#fbfcfd", "#12171e")                                                                               \
    ROW(FRAME_BORDER, "#afb8c1", "#545d68")                                                                        \
    ROW(INPUT, "#dafbe1", "#0b3d1d")                                                                               \
    ROW(INPUT_BORDER, "#2da44e", "#3fb950")                                                                        \
    ROW(OUTPUT, "#fff1e5", "#4d2a0d")                                                                              \
    ROW(OUTPUT_BORDER, "#d4722c", "#f0883e")
enum color {
#define ROW(name, light, dark) COLOR_##name,
    COLORS(ROW)
#undef ROW
        N_COLORS
};
extern const char *const colors_light[N_COLORS], *const colors_dark[N_COLORS];

/* quote.c: text in XML, HTML and in labels that Graphviz reads as such. */
void quote_xml(const char *text, struct growing *out);
/* "text" in DOT. */
void quote_dot(const char *text, struct growing *out);

#endif
