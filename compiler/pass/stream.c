/* stream.c -- has a stretch of layers work on an image row by row, each layer as soon as the rows that its window reads have
 * come, so that of what lies between only these rows are ever in memory.
 *
 * A stretch becomes a loop (compiler/README.md, "Loops"): a round takes a row of what enters, and computes of each layer the row
 * that it can then compute, if there is one: behind a stride of 2 there is one in every other round. A layer's rows begin in
 * the round that brings the last row of its first window. window_rows keeps what a window reads, with what lies around the
 * image, and all rows of what leaves the stretch; fold_rows keeps what they sum up to, where that leaves instead.
 *
 * Requires inference of one sample, before fusion. */
#include "kernel/kernel.h"
#include "pass/pass.h"

/* The rows of a tensor within a stretch: row i of `height` comes in round first + i*every. */
struct flow {
    struct tensor *row; /* the one that the round makes; NULL: it is no such tensor, or nothing is built yet */
    int64_t first, every, height;
};

struct stretch {
    struct graph *graph;
    const struct loop *loop; /* that is built; NULL: it is only measured */
    struct flow *flows;      /* by tensor id */
    struct tensor *result;   /* the last one; when built, what takes its place */
    int64_t rounds;          /* so far */
    int64_t bytes;           /* of what is kept */
    int64_t passing;         /* of the rows around a node, where they are the most */
};

static int64_t row_bytes(const struct tensor *tensor) { return tensor_bytes(tensor) / tensor->shape.dim[0]; }

static void last_round(struct stretch *stretch, const struct flow *flow)
{
    int64_t rounds = flow->first + (flow->height - 1) * flow->every + 1;
    if (rounds > stretch->rounds)
        stretch->rounds = rounds;
}

/* ---- nodes of the loop ---- */

static void set_turns(struct node *node, const struct loop *loop, const struct flow *flow)
{
    node->loop = loop;
    node->first = flow->first;
    node->every = flow->every;
    node->times = flow->height;
}

/* `flow`: of its output. */
static struct tensor *apply(struct stretch *stretch, const struct op *op, const void *attributes, struct tensor *in,
                            const struct flow *flow, struct origin origin)
{
    stretch->graph->loop = stretch->loop;
    struct node *node = graph_append(stretch->graph, op, attributes, &in, 1, origin);
    stretch->graph->loop = NULL;
    if (node)
        set_turns(node, stretch->loop, flow);
    return node ? node->out[0] : NULL;
}

/* The node on one row of each of its images, or on what its window reads. */
static struct tensor *apply_on_rows(struct stretch *stretch, const struct node *node, struct tensor **in,
                                    const struct flow *flow)
{
    struct graph *graph = stretch->graph;
    struct node *copy = graph_append_like(graph, node, in);
    struct window *window = node->op->window ? node->op->window(copy) : NULL;
    if (window) {
        window->padding = PADDING_EXPLICIT;
        window->pads[0] = window->pads[1] = 0;
    }
    for (int i = 0; i < node->n_out; i++) {
        struct shape shape = node->out[i]->shape;
        shape.dim[0] = 1;
        if (!node_output_of(graph, copy, shape, SCOPE_SAMPLE, node->out[i]->element))
            return NULL;
    }
    set_turns(copy, stretch->loop, flow);
    return copy->out[0];
}

/* ---- what is kept ---- */

/* The windows of rows in which a tensor is read: how many, and what lies around the image. */
struct reading {
    int64_t rows, step, before, times;
    enum outside outside;
};

/* Keeps the rows of `of`, whose flow is `flow`; *kept becomes the tensor of them. */
static bool keep_rows(struct stretch *stretch, const struct tensor *of, const struct flow *flow,
                      const struct reading *reading, struct origin origin, struct tensor **kept)
{
    int64_t rows = reading->rows > reading->step ? reading->rows : reading->step;
    int64_t come = (reading->times - 1) * reading->step + rows - reading->before; /* the last one that is read */
    struct window_rows a = {.rows = rows,
                            .step = reading->step,
                            .before = reading->before,
                            .height = flow->height,
                            .lowest = reading->outside == OUTSIDE_LOWEST};
    struct flow turns = *flow;
    turns.height = come;
    a.behind = come > flow->height ? come - flow->height : 0;
    stretch->bytes += rows * row_bytes(of);
    last_round(stretch, &turns);
    if (stretch->loop)
        *kept = apply(stretch, &op_window_rows, &a, flow->row, &turns, origin);
    return !stretch->loop || *kept;
}

/* Can an image of it be computed row by row, as far as the node itself is concerned? */
static bool takes_rows(const struct node *node)
{
    const struct tensor *out = node->out[0];
    if (node->loop || node->op->border || node->op->random || out->scope != SCOPE_SAMPLE ||
        !(node->op->window || node_keeps_places(node)))
        return false;
    for (int i = 0; i < node->n_out; i++)
        if (node->out[i]->shape.rank != 3 || node->out[i]->scratch)
            return false;
    for (int i = 0; i < node->n_in; i++) {
        const struct tensor *in = node->in[i];
        bool whole_rows = in && in->scope == SCOPE_SHARED && !node->op->window && in->shape.rank == 3;
        if (!in || (whole_rows && in->shape.dim[0] != 1) || (in->scope == SCOPE_SAMPLE && in->shape.rank != 3))
            return false;
        if (in->scope == SCOPE_SAMPLE && !node->op->window && in->shape.dim[0] != out->shape.dim[0])
            return false;
    }
    return true;
}

/* One that lies over the border, where nothing could stand for what is not there, is of the whole image. */
static bool window_reading(const struct node *node, struct reading *reading)
{
    const struct window *window = node->op->window(node);
    *reading = (struct reading){.rows = window_extent(window, 0),
                                .step = window->strides[0],
                                .before = window->pads[0],
                                .times = node->out[0]->shape.dim[0],
                                .outside = node->op->outside};
    bool inside = window->pads[0] == 0 && window->pads[1] == 0;
    return (inside || reading->outside != OUTSIDE_NOTHING) && reading->before < reading->rows;
}

/* ---- through the nodes ---- */

/* One of convolutions and pools. */
static bool through_window(struct stretch *stretch, const struct node *node, struct tensor **in, struct flow *out)
{
    const struct flow *flow = &stretch->flows[node->in[0]->id];
    struct reading reading;
    if (!window_reading(node, &reading))
        return false;
    *out = (struct flow){.first = flow->first, .every = flow->every * reading.step, .height = reading.times};
    if (reading.rows == 1 && reading.step == 1)
        return true;
    int64_t kept = reading.rows > reading.step ? reading.rows : reading.step;
    out->first += flow->every * (kept - 1 - reading.before);
    return keep_rows(stretch, node->in[0], flow, &reading, node->origin, in);
}

/* The rows that have come earlier wait for those that come last: the oldest of what is kept. */
static bool wait_for(struct stretch *stretch, const struct node *node, int input, struct tensor **in,
                     const struct flow *out)
{
    const struct flow *flow = &stretch->flows[node->in[input]->id];
    int64_t late = (out->first - flow->first) / flow->every;
    struct reading reading = {.rows = late + 1, .step = 1, .times = flow->height};
    const struct slice oldest = {.axis = 0, .begin = 0, .count = 1};
    if (flow->every != out->every || flow->first == out->first)
        return flow->every == out->every;
    if (!keep_rows(stretch, node->in[input], flow, &reading, node->origin, in))
        return false;
    if (stretch->loop)
        *in = apply(stretch, &op_slice, &oldest, *in, out, node->origin);
    return !stretch->loop || *in;
}

/* One that works on each place by itself, of one image or several. */
static bool through_places(struct stretch *stretch, const struct node *node, struct tensor **in, struct flow *out)
{
    *out = (struct flow){.every = 0};
    for (int i = 0; i < node->n_in; i++) {
        const struct flow *flow = &stretch->flows[node->in[i]->id];
        if (node->in[i]->scope == SCOPE_SAMPLE && (!out->every || flow->first > out->first))
            *out = *flow;
    }
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i]->scope == SCOPE_SAMPLE && !wait_for(stretch, node, i, &in[i], out))
            return false;
    return out->every > 0;
}

static void note_passing(struct stretch *stretch, const struct node *node)
{
    int64_t bytes = row_bytes(node->out[0]);
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i]->scope == SCOPE_SAMPLE && node->in[i]->producer)
            bytes += row_bytes(node->in[i]);
    if (bytes > stretch->passing)
        stretch->passing = bytes;
}

static bool through_node(struct stretch *stretch, const struct node *node)
{
    struct tensor **in = arena_array(stretch->graph->arena, node->n_in, sizeof *in);
    struct flow out;
    if (!takes_rows(node))
        return false;
    for (int i = 0; i < node->n_in; i++) {
        const struct flow *flow = &stretch->flows[node->in[i]->id];
        if (node->in[i]->scope == SCOPE_SAMPLE && flow->every == 0)
            return false;
        in[i] = node->in[i]->scope == SCOPE_SAMPLE ? flow->row : node->in[i];
    }
    if (!(node->op->window ? through_window(stretch, node, in, &out) : through_places(stretch, node, in, &out)))
        return false;
    last_round(stretch, &out);
    note_passing(stretch, node);
    out.row = NULL;
    if (stretch->loop)
        out.row = apply_on_rows(stretch, node, in, &out);
    stretch->flows[node->out[0]->id] = out;
    stretch->result = node->out[0];
    return !stretch->loop || out.row;
}

/* ---- the ends ---- */

/* What enters is whole, and gives a row to each of the first rounds. */
static bool begin(struct stretch *stretch, struct tensor *image, struct origin origin)
{
    const int64_t *dim = image->shape.dim;
    struct flow flow = {.every = 1, .height = dim[0]};
    const struct result one_row = {{3, {1, dim[1], dim[2]}}};
    if (image->shape.rank != 3 || image->element != ELEMENT_FLOAT)
        return false;
    if (stretch->loop) {
        struct tensor *row = apply(stretch, &op_loop_row, NULL, image, &flow, origin);
        flow.row = row ? apply(stretch, &op_reshape, &one_row, row, &flow, origin) : NULL;
    }
    stretch->flows[image->id] = flow;
    return !stretch->loop || flow.row;
}

/* What leaves is whole. */
static bool end_whole(struct stretch *stretch)
{
    struct tensor *last = stretch->result;
    const struct flow *flow = &stretch->flows[last->id];
    const struct reading all = {.rows = flow->height, .step = 1, .times = 1};
    return keep_rows(stretch, last, flow, &all, last->producer->origin, &stretch->result);
}

/* What leaves is what all places of each channel sum up to: `node` makes it of the whole image. */
static bool end_collapsed(struct stretch *stretch, const struct node *node, const struct collapse *collapse)
{
    struct flow flow = stretch->flows[node->in[0]->id];
    const bool is_mean = collapse->function == REDUCE_MEAN;
    const int function = is_mean ? REDUCE_SUM : collapse->function;
    const struct reduce row = {.function = function, .axes = {2, {0, 1}}};
    const struct affine mean = {.scale = 1.0 / (double)(collapse->rows * node->in[0]->shape.dim[1])};
    if (flow.every == 0 || node->loop)
        return false;
    flow.height = collapse->rows;
    last_round(stretch, &flow);
    stretch->bytes += tensor_bytes(node->out[0]);
    if (!stretch->loop)
        return true;
    struct tensor *part = apply(stretch, &op_reduce, &row, flow.row, &flow, node->origin);
    struct tensor *y =
        part ? apply(stretch, &op_fold_rows, &(struct fold_rows){function}, part, &flow, node->origin) : NULL;
    if (y && is_mean)
        y = graph_apply(stretch->graph, &op_affine, &mean, &y, 1, node->origin);
    if (y && !shape_equal(&y->shape, &node->out[0]->shape))
        y = graph_apply(stretch->graph, &op_reshape, &(struct result){node->out[0]->shape}, &y, 1, node->origin);
    stretch->result = y;
    return y != NULL;
}

/* What the last node makes leaves, as a whole image or as what that sums up to. */
static bool leave(struct stretch *stretch, const struct node *last)
{
    struct collapse collapse;
    if (last->op->collapses && last->op->collapses(last, &collapse))
        return end_collapsed(stretch, last, &collapse);
    return through_node(stretch, last) && end_whole(stretch);
}

/* ---- where the graph can be cut ---- */

/* Between two nodes, where one tensor alone is read by those behind: there a stretch can begin and end. */
struct cut {
    int behind; /* the node that it is behind; -1: none */
    const struct tensor *tensor;
    int64_t bytes; /* of the tensor, where it is not the caller's */
    int64_t live;  /* the most that is live at once since the cut before, if all is whole there */
};

struct cutter {
    const struct graph *graph; /* a fused copy: what is fused is nowhere in memory */
    int *first, *last;         /* by tensor id: the nodes between which it lives; first > last: it is not there */
    struct cut *cuts;
    int n_cuts;
};

static struct tensor *memory_of(struct tensor *tensor) { return tensor->alias ? tensor->alias : tensor; }

static const struct node *head(const struct node *node) { return node->fused_into ? node->fused_into : node; }

static void find_lives(struct cutter *cutter)
{
    const struct graph *graph = cutter->graph;
    for (int i = 0; i < graph->n_tensors; i++) {
        const struct node *producer = graph->tensors[i]->producer;
        cutter->first[i] = producer ? head(producer)->id : -1;
        cutter->last[i] = -2;
    }
    for (int i = 0; i < graph->n_nodes; i++)
        for (int j = 0; j < graph->nodes[i]->n_in; j++) {
            struct tensor *in = graph->nodes[i]->in[j];
            if (in && head(graph->nodes[i])->id > cutter->last[memory_of(in)->id])
                cutter->last[memory_of(in)->id] = head(graph->nodes[i])->id;
        }
    for (int i = 0; i < graph->n_outputs; i++)
        cutter->last[memory_of(graph->outputs[i])->id] = graph->n_nodes;
}

/* Of one sample, in memory while node number `at` runs. */
static bool is_live(const struct cutter *cutter, const struct tensor *tensor, int at)
{
    int first = cutter->first[tensor->id], last = cutter->last[tensor->id];
    return tensor->scope == SCOPE_SAMPLE && !tensor->alias && first < last && first <= at && at <= last;
}

static int64_t own_bytes(const struct tensor *tensor)
{
    return tensor->producer && !tensor->is_output ? tensor_bytes(tensor) : 0;
}

static int64_t live_bytes(const struct cutter *cutter, int at)
{
    int64_t bytes = 0;
    for (int i = 0; i < cutter->graph->n_tensors; i++)
        if (is_live(cutter, cutter->graph->tensors[i], at))
            bytes += own_bytes(cutter->graph->tensors[i]);
    return bytes;
}

/* The only tensor that lives on behind node number `at`; NULL: there are several, or none. */
static const struct tensor *only_crossing(const struct cutter *cutter, int at)
{
    const struct tensor *only = NULL;
    for (int i = 0; i < cutter->graph->n_tensors; i++) {
        const struct tensor *tensor = cutter->graph->tensors[i];
        if (!is_live(cutter, tensor, at) || cutter->last[i] <= at)
            continue;
        if (only)
            return NULL;
        only = tensor;
    }
    return only;
}

static void add_cut(struct cutter *cutter, int behind, const struct tensor *tensor, int64_t live)
{
    cutter->cuts[cutter->n_cuts++] = (struct cut){behind, tensor, tensor ? own_bytes(tensor) : 0, live};
}

/* The first cut is in front of all nodes, the last behind them: there may be more tensors than one, or none. */
static void find_cuts(struct cutter *cutter)
{
    const int n_nodes = cutter->graph->n_nodes;
    int64_t live = 0;
    add_cut(cutter, -1, only_crossing(cutter, -1), 0);
    for (int i = 0; i < n_nodes; i++) {
        const struct tensor *crossing = only_crossing(cutter, i);
        int64_t bytes = live_bytes(cutter, i);
        live = bytes > live ? bytes : live;
        bool is_new = crossing && crossing != cutter->cuts[cutter->n_cuts - 1].tensor;
        if (!is_new && i < n_nodes - 1)
            continue;
        add_cut(cutter, i, crossing, live);
        live = 0;
    }
}

/* ---- which stretches ---- */

/* How to come to a cut: in a stretch from cut `from`, or from the one before with all that lies between in memory. */
struct way {
    int from;
    int64_t bytes; /* the most that is live at once until there */
    int streamed;  /* cuts that stretches pass */
};

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* Is it computed for each sample, behind a cut and up to another? */
static bool is_between(const struct cutter *cutter, int node, int from, int to)
{
    const struct node *fused = cutter->graph->nodes[node];
    int at = head(fused)->id;
    return at > cutter->cuts[from].behind && at <= cutter->cuts[to].behind && fused->out[0]->scope == SCOPE_SAMPLE;
}

/* What is live at once in a stretch that ends with `last` at a cut; -1: it cannot end there. */
static int64_t bytes_until(struct stretch stretch, const struct cutter *cutter, int from, const struct node *last,
                           const struct cut *end)
{
    if (!end->tensor || end->tensor->id != last->out[0]->id || !leave(&stretch, last))
        return -1;
    int64_t of_caller = end->tensor->is_output ? tensor_bytes(end->tensor) : 0;
    return cutter->cuts[from].bytes + stretch.bytes + stretch.passing - of_caller;
}

/* What is live at once in stretches from a cut, by the cut where they end; -1: they cannot be. */
static void measure_from(const struct cutter *cutter, struct graph *graph, int from, int64_t *bytes)
{
    struct stretch stretch = {.graph = graph};
    const struct tensor *enters = cutter->cuts[from].tensor;
    int to = from + 1;
    for (int i = 0; i < cutter->n_cuts; i++)
        bytes[i] = -1;
    stretch.flows = arena_array(graph->arena, graph->n_tensors + 1, sizeof *stretch.flows);
    if (!enters || !begin(&stretch, graph->tensors[enters->id], (struct origin){0}))
        return;
    for (int i = 0; i < cutter->graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (!is_between(cutter, i, from, cutter->n_cuts - 1))
            continue;
        while (!is_between(cutter, i, from, to))
            to++;
        if (cutter->cuts[to].tensor && cutter->cuts[to].tensor->id == node->out[0]->id)
            bytes[to] = bytes_until(stretch, cutter, from, node, &cutter->cuts[to]);
        if (!through_node(&stretch, node))
            return;
    }
}

/* Of ways of at most `limit` bytes the one that streams least; of others the one of fewest bytes. */
static bool is_better(const struct way *way, const struct way *than, int64_t limit)
{
    int64_t a = larger(way->bytes, limit), b = larger(than->bytes, limit);
    return a != b ? a < b : way->streamed < than->streamed;
}

/* The best way to each cut. bytes[from * n_cuts + to]: of stretches. */
static struct way *find_ways(struct arena *arena, const struct cutter *cutter, const int64_t *bytes, int64_t limit)
{
    int n = cutter->n_cuts, sign = limit == INT64_MAX ? -1 : 1; /* whatever can be is to be streamed */
    struct way *ways = arena_array(arena, n, sizeof *ways);
    for (int to = 1; to < n; to++) {
        ways[to] = (struct way){-1, larger(ways[to - 1].bytes, cutter->cuts[to].live), ways[to - 1].streamed};
        for (int from = 0; from < to; from++) {
            int64_t own = bytes[(int64_t)from * n + to];
            struct way way = {from, larger(ways[from].bytes, own), ways[from].streamed + sign * (to - from)};
            if (own >= 0 && is_better(&way, &ways[to], limit))
                ways[to] = way;
        }
    }
    return ways;
}

/* Goes through the nodes between two cuts; with a loop it builds. *old: the tensor whose place stretch->result is to take. */
static bool go_through(struct stretch *stretch, const struct cutter *cutter, int from, int to, struct tensor **old)
{
    struct graph *graph = stretch->graph;
    const struct node *last = NULL;
    stretch->flows = arena_array(graph->arena, graph->n_tensors + 1, sizeof *stretch->flows);
    stretch->rounds = 0;
    for (int i = 0; i < cutter->graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (!is_between(cutter, i, from, to))
            continue;
        if (!(last ? through_node(stretch, last) : begin(stretch, node->in[0], node->origin)))
            return false;
        last = node;
    }
    if (!last)
        return false;
    *old = last->out[0];
    return leave(stretch, last);
}

static bool build(const struct cutter *cutter, struct graph *graph, int from, int to)
{
    struct stretch stretch = {.graph = graph};
    struct tensor *old;
    if (!go_through(&stretch, cutter, from, to, &old))
        return false;
    stretch.loop = graph_stream(graph, stretch.rounds);
    if (!go_through(&stretch, cutter, from, to, &old))
        return false;
    graph_replace(graph, old, stretch.result);
    return true;
}

/* The stretches of a way, the last one first: the nodes of those in front are where they were. */
static bool build_way(const struct cutter *cutter, struct graph *graph, const struct way *ways)
{
    for (int to = cutter->n_cuts - 1; to > 0; to = ways[to].from < 0 ? to - 1 : ways[to].from)
        if (ways[to].from >= 0 && !build(cutter, graph, ways[to].from, to))
            return false;
    graph_sweep(graph);
    return true;
}

/* Few bytes less are not worth the loops. */
static bool is_worth(int64_t streamed, int64_t whole, int64_t limit)
{
    return limit == INT64_MAX || (limit > 0 ? whole > limit : streamed < whole - whole / 8);
}

bool pass_stream(struct graph *graph, int64_t limit)
{
    struct arena *arena = graph->arena;
    if (graph->n_loops > 0)
        return true; /* a recurrence's */
    struct graph *fused = graph_copy(graph);
    if (!pass_fuse(fused))
        return false;
    struct cutter cutter = {.graph = fused,
                            .first = arena_array(arena, fused->n_tensors + 1, sizeof(int)),
                            .last = arena_array(arena, fused->n_tensors + 1, sizeof(int)),
                            .cuts = arena_array(arena, fused->n_nodes + 2, sizeof(struct cut))};
    find_lives(&cutter);
    find_cuts(&cutter);
    int last = cutter.n_cuts - 1;
    int64_t *bytes = arena_array(arena, (int64_t)cutter.n_cuts * cutter.n_cuts, sizeof *bytes), whole = 0;
    for (int i = 0; i <= last; i++) {
        measure_from(&cutter, graph, i, bytes + (int64_t)i * cutter.n_cuts);
        whole = larger(whole, cutter.cuts[i].live);
    }
    int64_t fewest = find_ways(arena, &cutter, bytes, 0)[last].bytes;
    if (!is_worth(fewest, whole, limit))
        return true;
    return build_way(&cutter, graph, find_ways(arena, &cutter, bytes, larger(fewest, limit)));
}
