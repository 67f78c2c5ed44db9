/* loops.c -- loops of one round become what they repeat, those of none go, and so do the brackets of needless blocks. */
#include "emit/emit.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 4 };

/* for (int X = FROM; X < TO; X += STEP, POINTER += ..., ...) { ... } */
struct rounds {
    struct token *keyword, *close; /* of the head */
    struct token *body, *end;      /* its first token and its last */
    const struct token *variable, *from;
    const struct token *pointer; /* the first of those that move on behind each round, or NULL */
    int64_t first, limit, step;
};

/* The value of a product of numbers and VL from `token` on, and what stands behind it. */
static const struct token *read_product(const struct token *token, int lanes, int64_t *value)
{
    for (*value = 1; token; token = token->after->after) {
        if (token_is(token, "VL"))
            *value *= lanes;
        else if (token->kind == TOKEN_NUMBER && token->length < 10 &&
                 strspn(token->text, "0123456789") == (size_t)token->length)
            *value *= strtol(token->text, NULL, 10);
        else
            return NULL;
        if (*value > INT32_MAX)
            return NULL;
        if (!token_is(token->after, "*"))
            return token->after;
    }
    return NULL;
}

/* The token behind `token` if that is `text`; NULL: it is not. */
static const struct token *behind(const struct token *token, const char *text)
{
    return token_is(token, text) ? token->after : NULL;
}

static const struct token *behind_name(const struct token *token, const struct token *name)
{
    return token && token_is_same(token, name) ? token->after : NULL;
}

static bool read_head(struct rounds *loop, int lanes)
{
    const struct token *token = behind(loop->keyword, "for");
    loop->close = token ? token->mate : NULL;
    token = behind(token, "(");
    if (!token || !token_is_type(token) || !loop->close)
        return false;
    loop->variable = token->after;
    loop->from = behind(loop->variable->after, "=");
    token = behind(loop->from ? read_product(loop->from, lanes, &loop->first) : NULL, ";");
    token = behind(behind_name(token, loop->variable), "<");
    token = behind_name(behind(read_product(token, lanes, &loop->limit), ";"), loop->variable);
    loop->step = 1;
    const struct token *end = behind(token, "++");
    if (token_is(token, "+="))
        end = read_product(token->after, lanes, &loop->step);
    loop->pointer = token_is(end, ",") ? end->after : NULL;
    return end == loop->close || loop->pointer;
}

/* One round, whose number can stand for the variable? */
static bool is_one_round(const struct rounds *loop)
{
    return token_is(loop->from->after, ";") && loop->first < loop->limit && loop->step > 0 &&
           loop->first + loop->step >= loop->limit;
}

/* No round, and nobody who needs a statement? */
static bool is_needless(const struct rounds *loop)
{
    const struct token *before = loop->keyword->before;
    return loop->first >= loop->limit && !token_is(before, ")") && !token_is(before, "else");
}

static bool is_control(const struct token *token)
{
    return token_is(token, "for") || token_is(token, "while") || token_is(token, "if");
}

/* The last token of the block, or of what ends with a semicolon; NULL: there is none. */
static struct token *simple_end(struct token *token)
{
    if (token_is(token, "{"))
        return token->mate;
    while (token && !token_is(token, ";")) {
        if (strchr(")]}", *token->text))
            return NULL;
        token = token->mate ? token->mate->after : token->after;
    }
    return token;
}

/* The same of any statement, which may have other statements in it. */
static struct token *statement_end(struct token *token)
{
    for (int ifs = 0;; ifs--) { /* those that may yet get an else */
        while (is_control(token) || token_is(token, "UNROLL")) {
            if (token_is(token, "UNROLL")) {
                token = token->after;
                continue;
            }
            ifs += token_is(token, "if");
            token = token->after && token->after->mate ? token->after->mate->after : NULL;
        }
        token = simple_end(token);
        if (!token || ifs == 0 || !token_is(token->after, "else"))
            return token;
        token = token->after->after;
    }
}

/* Does the token change what it names? */
static bool is_changed(const struct token *token)
{
    static const char *const changes[] = {"=", "++", "--", "+=", "-=", "*=", "/="};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (token_is(token->after, changes[i]))
            return true;
    return token_is(token->before, "++") || token_is(token->before, "--") || token_is(token->before, "&");
}

static void fill_in(const struct rounds *loop)
{
    for (struct token *token = loop->body; token != loop->end->after; token = token->after) {
        if (token->kind != TOKEN_WORD || !token_is_same(token, loop->variable) || token_is_member(token))
            continue;
        token->text = loop->from->text;
        token->length = loop->from->length;
        token->kind = loop->from->kind;
    }
}

/* Does nobody care where the pointers end that the loop moves? */
static bool ends_pointers(const struct rounds *loop)
{
    for (const struct token *token = loop->pointer; token && token != loop->close; token = token->after)
        if ((token == loop->pointer || token_is(token->before, ",")) &&
            !name_ends_with(token, loop->keyword, loop->end))
            return false;
    return true;
}

/* Can the body stand alone, with a number for the variable? What leaves a round belongs to a loop inside, or cannot. */
static bool can_stand_alone(const struct rounds *loop)
{
    struct token *inner_end = NULL;
    for (struct token *token = loop->body; token != loop->end->after; token = token->after) {
        if (!inner_end && (token_is(token, "for") || token_is(token, "while")))
            inner_end = statement_end(token);
        bool leaves = !inner_end && (token_is(token, "break") || token_is(token, "continue"));
        if (leaves || (token_is_same(token, loop->variable) && !token_is_member(token) && is_changed(token)))
            return false;
        if (token == inner_end)
            inner_end = NULL;
    }
    return true;
}

static void dedent(struct token *from, const struct token *to)
{
    for (; from && from != to; from = from->after)
        from->dedent += INDENT;
}

/* Takes the head away, and the brackets of the body if nothing needs them. */
static void unroll(struct token **first, struct rounds *loop)
{
    struct token *open = loop->body, *before = loop->keyword->before;
    bool is_block = token_is(open, "{"), is_body = token_is(before, ")") || token_is(before, "else");
    fill_in(loop);
    if (is_block && !is_body && block_declares_others(open)) {
        token_take_gap(open, loop->keyword);
        tokens_remove(first, loop->keyword, loop->close);
        return;
    }
    dedent(open, loop->end->after);
    tokens_remove(first, loop->keyword, loop->close);
    if (!is_block || !is_body)
        token_take_gap(is_block ? open->after : open, loop->keyword);
    if (is_block && !is_body) {
        tokens_remove(first, open, open);
        tokens_remove(first, loop->end, loop->end);
    }
}

/* Takes away what the loop does not need, if anything; `next` becomes the token to go on with. */
static bool tidy_loop(struct token **first, struct rounds *loop, struct token **next)
{
    if (is_needless(loop)) {
        tokens_remove(first, loop->keyword, loop->end);
        *next = loop->end->after;
        return true;
    }
    if (!is_one_round(loop) || !can_stand_alone(loop) || !ends_pointers(loop))
        return false;
    unroll(first, loop);
    *next = token_is(loop->body, "{") ? loop->body->after : loop->body;
    return true;
}

/* A block among statements, on lines of its own, which has some? */
static bool is_bare_block(const struct token *open)
{
    const struct token *before = open->before, *first = open->after, *close = open->mate;
    if (!token_is(open, "{") || !before || !first || !close || !memchr(first->gap, '\n', (size_t)first->gap_length))
        return false;
    bool is_statement = token_is(before, ";") || token_is(before, "{") || token_is(before, "}");
    for (const struct token *token = open; token && token != close; token = token->after)
        if (is_statement && token_is(token, ";"))
            return true;
    return false;
}

/* Takes the brackets of blocks away that keep no name from those around them. */
static bool tidy_blocks(struct token **first)
{
    bool any = false;
    for (struct token *open = *first; open; open = open->after) {
        if (!is_bare_block(open) || block_declares_others(open))
            continue;
        dedent(open->after, open->mate);
        token_take_gap(open->after, open);
        tokens_remove(first, open, open);
        tokens_remove(first, open->mate, open->mate);
        any = true;
    }
    return any;
}

bool tidy_loops(struct token **first, int lanes)
{
    bool any = false;
    for (struct token *token = *first, *next; token; token = next) {
        struct rounds loop = {.keyword = token};
        next = token->after;
        if (!token_is(token, "for") || (token->before && *token->before->text == '#') || !read_head(&loop, lanes))
            continue;
        if (token_is(token->before, "UNROLL"))
            loop.keyword = token->before;
        loop.body = loop.close->after;
        loop.end = statement_end(loop.body);
        any |= loop.end && tidy_loop(first, &loop, &next);
    }
    any |= tidy_blocks(first);
    return any;
}
