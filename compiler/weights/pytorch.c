/* pytorch.c -- which module of PyTorch's file is which piece of the model.
 *
 * A piece takes the module of its own name, if that fits; else the next one that fits, in the network's order. Of a file that is
 * sorted by name the order is that of numbers in names; where names differ in words it is not known, and nothing is guessed. */
#include "weights/weights.h"

#include "op/op.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct modules {
    struct module *list;
    int count;
};

/* What is being read. */
struct matching {
    struct arena *arena;
    struct diag *diag;
    const struct pytorch_options *options;
    struct named_tensors tensors;
    struct modules modules;
    struct pieces pieces;
    int n_open; /* pieces for which there is no module */
};

/* ---- modules ---- */

/* "lstm.weight_ih_l0_reverse" is weight_ih of "lstm.l0_reverse"; other names are cut at their last dot. */
static void cut_name(struct arena *arena, const char *name, const char **module, const char **part)
{
    const char *dot = strrchr(name, '.'), *own = dot ? dot + 1 : name, *level = NULL;
    int length = dot ? (int)(dot - name) : 0;
    for (const char *at = own; (at = strstr(at, "_l")); at++)
        if (isdigit((unsigned char)at[2]) && (strstr(own, "weight_") == own || strstr(own, "bias_") == own))
            level = at;
    *part = level ? arena_printf(arena, "%.*s", (int)(level - own), own) : own;
    *module = arena_printf(arena, "%.*s%s%s", length, name, level && length ? "." : "", level ? level + 1 : "");
}

static struct module *find_module(struct arena *arena, struct modules *modules, const char *name)
{
    for (int i = modules->count; i-- > 0;)
        if (strcmp(modules->list[i].name, name) == 0)
            return &modules->list[i];
    modules->list = arena_grow(arena, modules->list, modules->count, sizeof *modules->list);
    struct module *module = &modules->list[modules->count++];
    *module = (struct module){.name = name};
    return module;
}

/* PyTorch's modules have dots in their names; layers of Keras, and so cnnc's own weights, have slashes. */
static bool fail_of_name(const struct matching *matching, const char *name)
{
    diag_error(matching->diag, (struct origin){.file = matching->options->path},
               "%s is called as cnnc calls weights, not as PyTorch does", name);
    return diag_hint(matching->diag, "leave out --layout pytorch");
}

/* False: names are not PyTorch's, or a module has more tensors than any that is known. */
static bool find_modules(struct matching *matching)
{
    for (int i = 0; i < matching->tensors.count; i++) {
        const struct named_tensor *tensor = &matching->tensors.list[i];
        const char *name, *part;
        if (*tensor->type && strchr(tensor->name, '/') &&
            !strchr(tensor->name, '.')) /* no tensor of ONNX has one */
            return fail_of_name(matching, tensor->name);
        cut_name(matching->arena, tensor->name, &name, &part);
        struct module *module = find_module(matching->arena, &matching->modules, name);
        if (strcmp(part, "num_batches_tracked") == 0)
            continue;
        if (module->count == MODULE_TENSORS_MAX)
            return diag_error(matching->diag, (struct origin){.file = matching->options->path},
                              "'%s' has more tensors than a layer of PyTorch's", name);
        module->tensors[module->count++] = (struct module_tensor){part, tensor};
    }
    return true;
}

/* ---- names ---- */

/* The same letters and digits, whatever stands between words? */
static bool same_name(const char *a, const char *b)
{
    for (;; a++, b++) {
        bool word = isalnum((unsigned char)*a) != 0, other = isalnum((unsigned char)*b) != 0;
        if (word != other || (word && *a != *b) || !*a != !*b)
            return false;
        if (!*a)
            return true;
    }
}

static const char *skip_digits(const char *text)
{
    while (isdigit((unsigned char)*text))
        text++;
    return text;
}

/* Do two names differ in numbers alone? Those are in order. */
static bool in_one_row(const char *a, const char *b)
{
    while (*a || *b) {
        a = skip_digits(a);
        b = skip_digits(b);
        if (*a != *b)
            return false;
        if (*a) {
            a++;
            b++;
        }
    }
    return true;
}

/* ---- the way through both ---- */

static void take(struct piece *piece, struct module *module)
{
    piece->module = module;
    module->taken = true;
}

static void match_names(struct matching *matching)
{
    for (int p = 0; p < matching->pieces.count; p++)
        for (int m = 0; m < matching->modules.count; m++) {
            struct piece *piece = &matching->pieces.list[p];
            struct module *module = &matching->modules.list[m];
            if (!piece->module && !module->taken && same_name(piece->name, module->name) &&
                piece_fits(piece, module))
                take(piece, module);
        }
}

static bool fail_of_order(struct matching *matching, const struct piece *piece, const struct module *one,
                          const struct module *other)
{
    diag_error(
        matching->diag, (struct origin){.file = matching->options->path},
        "%s may be '%s' or '%s', which have the same shapes: the file's tensors are sorted by name, and their order in "
        "the network is not known",
        piece->name, one->name, other->name);
    return diag_hint(matching->diag, "give layers of the script the names of the file: name = \"%s\"", one->name);
}

/* Those that have no name in common are taken in order. */
static bool match_order(struct matching *matching)
{
    for (int p = 0; p < matching->pieces.count; p++) {
        struct piece *piece = &matching->pieces.list[p];
        struct module *first = NULL;
        for (int m = 0; m < matching->modules.count && !piece->module; m++) {
            struct module *module = &matching->modules.list[m];
            if (module->taken || !piece_fits(piece, module))
                continue;
            if (!first)
                first = module;
            else if (matching->tensors.is_sorted && !in_one_row(first->name, module->name))
                return fail_of_order(matching, piece, first, module);
        }
        if (first)
            take(piece, first);
        matching->n_open += !piece->module;
    }
    return true;
}

/* ---- what is left over ---- */

static const char *add(const struct matching *matching, const char *list, const char *text)
{
    return arena_printf(matching->arena, "%s%s%s", list, *list ? "; " : "", text);
}

static const char *open_pieces(const struct matching *matching)
{
    const char *list = "";
    for (int i = 0; i < matching->pieces.count; i++) {
        const struct piece *piece = &matching->pieces.list[i];
        if (!piece->module)
            list = add(matching, list,
                       arena_printf(matching->arena, *piece->wants ? "%s (of %s)" : "%s, which PyTorch has not",
                                    piece->name, piece->wants));
    }
    return list;
}

static const char *module_text(const struct matching *matching, const struct module *module)
{
    const char *text = "";
    for (int i = 0; i < module->count; i++) {
        const struct named_tensor *tensor = module->tensors[i].tensor;
        char shape[CNN_SHAPE_TEXT];
        text = arena_printf(
            matching->arena, "%s%s%s %s", text, *text ? ", " : "", module->tensors[i].part,
            cnn_shape_text(shape, tensor->rank < CNN_MAX_RANK ? tensor->rank : CNN_MAX_RANK, tensor->dim));
    }
    return arena_printf(matching->arena, *module->name ? "%s (%s)" : "%s%s", module->name, text);
}

static const char *left_modules(const struct matching *matching)
{
    const char *list = "";
    for (int i = 0; i < matching->modules.count; i++)
        if (!matching->modules.list[i].taken && matching->modules.list[i].count)
            list = add(matching, list, module_text(matching, &matching->modules.list[i]));
    return list;
}

/* Is there a tensor that torch.onnx.export() has computed of those of several layers? */
static bool has_folded(const struct matching *matching)
{
    for (int i = 0; i < matching->tensors.count; i++)
        if (strncmp(matching->tensors.list[i].name, "onnx::", strlen("onnx::")) == 0)
            return true;
    return false;
}

static bool check_all(struct matching *matching)
{
    const char *open = open_pieces(matching), *left = left_modules(matching);
    bool partial = matching->options->partial && matching->n_open < matching->pieces.count;
    if (partial || (!*open && !*left))
        return true;
    diag_error(matching->diag, (struct origin){.file = matching->options->path},
               "these are not all weights of this network, as PyTorch has them.%s%s%s%s",
               *open ? " Not in the file: " : "", open, *left ? ". Left over in the file: " : "", left);
    if (has_folded(matching))
        return diag_hint(
            matching->diag,
            "torch.onnx.export() has put weights called onnx:: together of several: export with "
            "do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE, or save the state_dict");
    return diag_hint(matching->diag,
                     "layers are made as in PyTorch: with as many filters, a bias where that has one, a "
                     "BatchNormalization for each; --partial takes what fits");
}

/* An order that is guessed gives a network that runs, and computes something else. */
static bool check_orders(const struct matching *matching)
{
    for (int i = 0; i < matching->pieces.count; i++) {
        const struct piece *piece = &matching->pieces.list[i];
        const struct parameter *lost = piece->module ? piece_lost(piece) : NULL;
        if (!lost)
            continue;
        diag_error(
            matching->diag, (struct origin){.file = matching->options->path},
            "%s: in which order PyTorch, which has channels first, has the numbers that %s is for is not known",
            piece->name, lost->name);
        return diag_hint(matching->diag,
                         "flatten images as they come out of layers of images; or take the network itself "
                         "from PyTorch: torch.onnx.export(), and cnnc import");
    }
    return true;
}

/* ---- what a file of weights does not tell ---- */

static const double EPSILON = 1e-5; /* that PyTorch's layers have where nothing is said */

/* That a node of a normalization adds to a variance; 0: it adds none. */
static double epsilon_of(const struct node *node)
{
    const char *type = node->origin.type ? node->origin.type : "";
    for (const struct attribute *a = node->op->attributes; node->op == &op_batch_norm && a->name; a++)
        if (strcmp(a->name, "epsilon") == 0) {
            const void *epsilon = (const char *)node->attributes + a->offset;
            return *(const double *)epsilon;
        }
    if (node->op == &op_affine &&
        (strcmp(type, "LayerNormalization") == 0 || strcmp(type, "GroupNormalization") == 0))
        return ((const struct affine *)node->attributes)->offset;
    return 0;
}

/* Its own number is no weight, and Keras' is another one. */
static void warn_of_epsilon(const struct matching *matching, const struct graph *model)
{
    for (int i = 0; i < model->n_nodes; i++) {
        const struct node *node = model->nodes[i];
        double epsilon = epsilon_of(node);
        if (epsilon == 0 || (epsilon > 0.99 * EPSILON && epsilon < 1.01 * EPSILON))
            continue;
        const char *message = arena_printf(
            matching->arena, "%s has epsilon = %g, and PyTorch's layers have 1e-05 where nothing is said",
            node->origin.layer ? node->origin.layer : "a layer", epsilon);
        diag_warn(matching->diag,
                  (struct warning){node->origin, message, "where PyTorch has its own: epsilon = 1e-5"});
    }
}

static void print_map(const struct matching *matching, FILE *out)
{
    int taken = matching->pieces.count - matching->n_open;
    fprintf(out, "%s, as PyTorch lays it out: %d of %d layers\n", matching->options->path, taken,
            matching->pieces.count);
    for (int i = 0; i < matching->pieces.count; i++)
        if (matching->pieces.list[i].module)
            piece_print(&matching->pieces.list[i], out);
    const char *open = open_pieces(matching), *left = left_modules(matching);
    if (*open)
        fprintf(out, "  not in the file: %s\n", open);
    if (*left)
        fprintf(out, "  left over in the file: %s\n", left);
}

bool pytorch_read(const struct graph *model, const struct pytorch_options *options, float *parameters, FILE *out)
{
    struct matching matching = {
        .arena = model->arena, .diag = model->diag, .options = options, .tensors.path = options->path};
    if (!tensors_read(model->arena, model->diag, options->limits, &matching.tensors) || !find_modules(&matching))
        return false;
    pieces_of(model, &matching.pieces);
    match_names(&matching);
    if (!match_order(&matching) || !check_all(&matching) || !check_orders(&matching))
        return false;
    for (const struct graph *graph = model; graph; graph = graph->next)
        warn_of_epsilon(&matching, graph);
    for (int i = 0; i < matching.pieces.count; i++)
        if (matching.pieces.list[i].module)
            piece_fill(&matching.pieces.list[i], parameters);
    print_map(&matching, out);
    return true;
}
