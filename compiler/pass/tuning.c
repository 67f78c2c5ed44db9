/* tuning.c -- the file of measured tiles beside a script: read, written, and asked when nodes are scheduled.
 *
 * A line has six words: target, kernel, what it computes, its tile, the microseconds of a call with that tile and
 * with the predicted one. The file may be anyone's: a tile from it is used only if it is one of the node's
 * candidates. */
#include "pass/pass.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char first_line[] = "cnnc-tune 1 " CNNC_VERSION;

enum { LINE_BYTES = 2048, LINES_MAX = 10000 };

/* ---- nodes and their candidates ------------------------------------------------------------------ */

struct tiles tuning_candidates(const struct node *node, const struct target *target, int lanes)
{
    struct tiles tiles = {.order_of = node};
    if (node->kernel->tile)
        node->kernel->tile(node, target, lanes, &tiles);
    else
        tiles_offer(&tiles, node->tile, node->cycles);
    while (tiles.list[tiles.count - 1].cycles > CANDIDATE_COST * tiles.list[0].cycles)
        tiles.count--;
    return tiles;
}

static const char *part_shape(struct arena *arena, const struct node *node)
{
    const char *text = node->op->name, *separator = ":";
    for (int i = 0; i < node->n_in; i++, separator = ",")
        text = arena_printf(arena, "%s%s%s%s", text, separator,
                            node->in[i] ? shape_text(arena, &node->in[i]->shape) : "-",
                            node->in[i] && node->in[i]->planar ? "planar" : "");
    for (const struct attribute *a = node->op->attributes; a && a->name; a++)
        text = arena_printf(arena, "%s:%s", text, attribute_text(arena, node, a));
    return text;
}

const char *tuning_shape(struct arena *arena, const struct node *node)
{
    const char *text = part_shape(arena, node);
    for (int i = 0; i < node->n_fused; i++)
        text = arena_printf(arena, "%s+%s", text, part_shape(arena, node->fused[i]));
    return text;
}

const char *tuning_tile(struct arena *arena, const struct node *node, const int64_t *tile)
{
    const char *text = "";
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        text =
            arena_printf(arena, "%s%s%s=%lld", text, i ? "," : "", node->kernel->tile_names[i], (long long)tile[i]);
    return text;
}

/* ---- asking ------------------------------------------------------------------------------------------ */

struct tuned *tuning_find(const struct tuning *tuning, const char *target, const char *kernel, const char *shape)
{
    for (int i = 0; i < tuning->count; i++) {
        struct tuned *tuned = &tuning->kernels[i];
        if (strcmp(tuned->shape, shape) == 0 && strcmp(tuned->kernel, kernel) == 0 &&
            strcmp(tuned->target, target) == 0)
            return tuned;
    }
    return NULL;
}

/* A warning, whose text is printed without what steers a terminal: the file may be a stranger's. */
static void warn_of_misfit(struct graph *graph, const struct tuned *tuned)
{
    diag_warn(graph->diag,
              (struct warning){.at = {.file = graph->tuning->path, .line = tuned->line},
                               .message = arena_printf(graph->arena, "%s is no tile that %s can have here: ignored",
                                                       tuned->tile, tuned->kernel),
                               .hint = "run `cnnc tune` again"});
}

static int measured_candidate(struct graph *graph, const struct node *node, const struct target *target,
                              const struct tiles *tiles)
{
    const struct tuned *tuned =
        tuning_find(graph->tuning, target->name, node->kernel->name, tuning_shape(graph->arena, node));
    if (!tuned)
        return 0;
    for (int i = 0; i < tiles->count; i++)
        if (strcmp(tuned->tile, tuning_tile(graph->arena, node, tiles->list[i].tile)) == 0)
            return i;
    warn_of_misfit(graph, tuned);
    return 0;
}

void tuning_apply(struct graph *graph, struct node *node, const struct target *target, int lanes)
{
    if (!graph->tuning || !node->kernel->tile)
        return;
    struct tiles tiles = tuning_candidates(node, target, lanes);
    int choice = graph->tuning->choice;
    int chosen = choice == 0 ? measured_candidate(graph, node, target, &tiles) : choice < tiles.count ? choice : 0;
    memcpy(node->tile, tiles.list[chosen].tile, sizeof node->tile);
    node->cycles = tiles.list[chosen].cycles;
    node->measured = chosen > 0;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

const char *tuning_path(struct arena *arena, const char *script)
{
    size_t length = strlen(script);
    bool lua = length > 4 && strcmp(script + length - 4, ".lua") == 0;
    return arena_printf(arena, "%.*s.tune", (int)(lua ? length - 4 : length), script);
}

void tuning_add(struct arena *arena, struct tuning *tuning, struct tuned kernel)
{
    tuning->kernels = arena_grow(arena, tuning->kernels, tuning->count, sizeof *tuning->kernels);
    tuning->kernels[tuning->count++] = kernel;
}

static bool bad_line(struct diag *diag, struct origin at, const char *what)
{
    diag_error(diag, at, "%s", what);
    return diag_hint(diag,
                     "`cnnc tune` writes this file anew; without it, or with --no-tune, tiles are as predicted");
}

static bool read_time(const char *word, double *time)
{
    char *end;
    *time = strtod(word, &end);
    return end != word && !*end && isfinite(*time) && *time > 0;
}

static bool read_line(struct diag *diag, struct tuning *tuning, struct origin at, const char *line)
{
    enum { WORDS = 6 };
    char *rest = NULL, *word[WORDS], *text = arena_strdup(diag->arena, line);
    int count = 0;
    for (char *w = strtok_r(text, " \n", &rest); w; w = strtok_r(NULL, " \n", &rest), count++)
        if (count < WORDS)
            word[count] = w;
    if (count != WORDS)
        return bad_line(diag, at, "a line here has six words: target, kernel, shape, tile and two times");
    struct tuned tuned = {.target = word[0], .kernel = word[1], .shape = word[2], .tile = word[3], .line = at.line};
    if (!read_time(word[4], &tuned.microseconds) || !read_time(word[5], &tuned.predicted_microseconds))
        return bad_line(diag, at, "the last two words are times in microseconds");
    if (tuning_find(tuning, tuned.target, tuned.kernel, tuned.shape))
        return bad_line(diag, at, "this kernel stands in a line above already");
    tuning_add(diag->arena, tuning, tuned);
    return true;
}

static bool read_lines(struct diag *diag, struct tuning *tuning, FILE *file)
{
    char line[LINE_BYTES];
    struct origin at = {.file = tuning->path, .line = 1};
    while (fgets(line, sizeof line, file)) {
        at.line++;
        if (!strchr(line, '\n') || at.line > LINES_MAX)
            return bad_line(diag, at, "the line is too long, or has no end, or the file too many lines");
        char first = line[strspn(line, " \t")];
        if (first != '#' && first != '\n' && !read_line(diag, tuning, at, line))
            return false;
    }
    return !ferror(file) ||
           diag_error(diag, (struct origin){0}, "cannot read `%s`: %s", tuning->path, strerror(errno));
}

/* Does the file begin with this version's line? */
static bool is_ours(FILE *file)
{
    char line[sizeof first_line + 1];
    return fgets(line, sizeof line, file) && line[strcspn(line, "\n")] == '\n' &&
           strncmp(line, first_line, sizeof first_line - 1) == 0 && line[sizeof first_line - 1] == '\n';
}

/* It may have come with an untrusted script: a link may lead anywhere, and reading a device or a pipe never end. */
static bool is_regular(struct diag *diag, const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0 || S_ISREG(status.st_mode))
        return true;
    diag_error(diag, (struct origin){0}, "`%s` is a link or no regular file", path);
    diag_hint(diag, "cnnc reads it as measured tiles; remove it, or compile with --no-tune");
    return false;
}

bool tuning_read(struct diag *diag, const char *path, struct tuning **tuning)
{
    *tuning = NULL;
    if (!is_regular(diag, path))
        return false;
    FILE *file = fopen(path, "r");
    if (!file)
        return errno == ENOENT ||
               diag_error(diag, (struct origin){0}, "cannot read `%s`: %s", path, strerror(errno));
    diag_reads(diag, path);
    struct tuning *found = arena_alloc(diag->arena, sizeof *found);
    found->path = path;
    bool ours = is_ours(file), read = !ours || read_lines(diag, found, file);
    (void)fclose(file); /* only read */
    if (!ours)
        diag_warn(diag, (struct warning){.at = {.file = path},
                                         .message = "a file of tiles of another version of cnnc: ignored",
                                         .hint = "run `cnnc tune` again"});
    else if (read)
        *tuning = found;
    return read;
}

/* ---- writing --------------------------------------------------------------------------------------------- */

const char *tuning_text(struct arena *arena, const struct tuning *tuning, const char *script)
{
    const char *text =
        arena_printf(arena,
                     "%s\n# What `cnnc tune` measured for %s. cnnc reads this file when it compiles the script.\n"
                     "# target kernel shape tile, us of a call with it, us with the predicted tile\n",
                     first_line, script);
    for (int i = 0; i < tuning->count; i++) {
        const struct tuned *tuned = &tuning->kernels[i];
        text = arena_printf(arena, "%s%s %s %s %s %.6g %.6g\n", text, tuned->target, tuned->kernel, tuned->shape,
                            tuned->tile, tuned->microseconds, tuned->predicted_microseconds);
    }
    return text;
}
