/* terms.c -- sums and products without terms of 0, factors of 0 and 1, choices that are made, needless brackets. */
#include "emit/emit.h"

#include <stdlib.h>
#include <string.h>

static bool is_one_of(const struct token *token, const char *characters)
{
    return token && token->kind == TOKEN_PUNCTUATION && token->length == 1 && strchr(characters, *token->text);
}

/* An operator between two operands? */
static bool is_infix(const struct token *token, const char *characters)
{
    return is_one_of(token, characters) && token_ends_operand(token->before);
}

/* Can a sum begin behind it? */
static bool opens_sum(const struct token *token)
{
    static const char *const words[] = {"return", "+=", "-=", "*=", "<=", ">=", "==", "!=", "&&", "||"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (token_is(token, words[i]))
            return true;
    return is_one_of(token, "([,=<>?:;");
}

static bool is_cast(const struct token *close)
{
    return token_is(close, ")") && close->mate && token_is_type(close->mate->after);
}

/* The first token of the factor that ends with `last`. */
static struct token *factor_begin(struct token *last)
{
    struct token *begin = last;
    for (;;) {
        while (begin->mate && is_one_of(begin, ")]"))
            begin = is_one_of(begin->mate, "[") || token_ends_operand(begin->mate->before) ? begin->mate->before
                                                                                           : begin->mate;
        struct token *before = begin->before;
        if ((token_is(before, ".") || token_is(before, "->")) && before->before)
            begin = before->before;
        else if (is_cast(before))
            begin = before->mate;
        else
            return begin;
    }
}

/* Of the product that ends with `last`. */
static struct token *product_begin(struct token *last)
{
    struct token *begin = factor_begin(last);
    while (is_infix(begin->before, "*/%"))
        begin = factor_begin(begin->before->before);
    return begin;
}

/* The token behind a sign or cast; NULL: it is none. */
static struct token *behind_sign(const struct token *token)
{
    if (is_one_of(token, "*&-!~") || token_is(token, "sizeof"))
        return token->after;
    return is_one_of(token, "(") && is_cast(token->mate) ? token->mate->after : NULL;
}

/* The last token of the factor that begins with `first`. */
static struct token *factor_end(struct token *first)
{
    struct token *end = first;
    for (struct token *next = first; next; next = behind_sign(end))
        end = next;
    if (is_one_of(end, "(") && end->mate)
        end = end->mate;
    for (;;) {
        struct token *after = end->after;
        if (is_one_of(after, "([") && after->mate)
            end = after->mate;
        else if ((token_is(after, ".") || token_is(after, "->")) && after->after)
            end = after->after;
        else
            return end;
    }
}

static bool tidy_zero(struct token **first, struct token *zero)
{
    struct token *before = zero->before, *after = zero->after;
    if (is_infix(after, "*/%") && after->after) { /* 0 * x */
        tokens_remove(first, after, factor_end(after->after));
        return true;
    }
    if (is_infix(before, "*")) { /* x * 0 */
        struct token *begin = product_begin(before->before);
        token_take_gap(zero, begin);
        tokens_remove(first, begin, before);
        return true;
    }
    if (is_infix(before, "+-")) { /* x + 0 */
        tokens_remove(first, before, zero);
        return true;
    }
    if (opens_sum(before) && is_one_of(after, "+") && after->after) { /* 0 + x */
        token_take_gap(after->after, zero);
        tokens_remove(first, zero, after);
        return true;
    }
    return false;
}

/* Does a statement or a part of the head of a loop begin with the name? */
static bool begins_statement(const struct token *name)
{
    const struct token *before = name->before;
    if (name->kind != TOKEN_WORD || !before || !(is_one_of(before, ";{}),") || token_is(before, "else")))
        return false;
    while (before && !is_one_of(before, ";{}(")) /* a comma may be that between arguments */
        before = is_one_of(before, ")]") && before->mate ? before->mate->before : before->before;
    return !is_one_of(before, "(") || token_is(before->before, "for");
}

static bool tidy_one(struct token **first, struct token *one)
{
    struct token *before = one->before, *after = one->after;
    if (token_is(before, "+=") && is_one_of(after, ",;)") && begins_statement(before->before)) { /* x += 1 */
        before->text = "++";
        before->gap_length = 0;
        tokens_remove(first, one, one);
        return true;
    }
    if (is_infix(before, "*/")) { /* x * 1 */
        tokens_remove(first, before, one);
        return true;
    }
    if (is_infix(before, "%")) { /* x % 1 */
        struct token *begin = product_begin(before->before);
        token_take_gap(one, begin);
        tokens_remove(first, begin, before);
        one->text = "0";
        return true;
    }
    if ((opens_sum(before) || is_one_of(before, "+-")) && is_one_of(after, "*") && after->after) { /* 1 * x */
        token_take_gap(after->after, one);
        tokens_remove(first, one, after);
        return true;
    }
    return false;
}

/* Do brackets hold one factor, or a product of some? */
static bool is_product(struct token *open)
{
    struct token *token = open->after;
    for (;; token = token->after) {
        if (token_is_type(token) || is_one_of(token, "-&*!~"))
            return false;
        token = factor_end(token)->after;
        if (token == open->mate)
            return true;
        if (!is_one_of(token, "*") || !token->after)
            return false;
    }
}

/* (x) * 4, (x * 2) * 4 and y + (x * 2), whose brackets say nothing. */
static bool tidy_brackets(struct token **first, struct token *open)
{
    struct token *close = open->mate;
    if (!close || close == open->after || !(is_one_of(close->after, ",;)]<>?:") || is_infix(close->after, "+-*")))
        return false;
    bool one = open->after->after == close;
    bool follows =
        opens_sum(open->before) || is_infix(open->before, one ? "+-*/%" : "+-") || (one && is_cast(open->before));
    if (!follows || !is_product(open))
        return false;
    token_take_gap(open->after, open);
    tokens_remove(first, open, open);
    tokens_remove(first, close, close);
    return true;
}

/* The value of a number alone; -1: it is none. */
static long value_of(const struct token *token)
{
    bool is_number = token && token->kind == TOKEN_NUMBER && token->length < 10;
    return is_number && strspn(token->text, "0123456789") == (size_t)token->length ? strtol(token->text, NULL, 10)
                                                                                   : -1;
}

/* The token of `characters` that ends an expression from `token` on; NULL: a bracket or another choice comes first. */
static struct token *find_end(struct token *token, const char *characters)
{
    while (token && !is_one_of(token, characters)) {
        if (is_one_of(token, ")]}?"))
            return NULL;
        token = token->mate ? token->mate->after : token->after;
    }
    return token;
}

/* 4 < 8 ? x : y */
static bool tidy_choice(struct token **first, struct token *less)
{
    struct token *left = less->before, *right = less->after, *mark = right ? right->after : NULL;
    if (value_of(left) < 0 || value_of(right) < 0 || !is_one_of(mark, "?") || !opens_sum(left->before))
        return false;
    struct token *colon = find_end(mark->after, ":"), *end = colon ? find_end(colon->after, ",;)]") : NULL;
    if (!end)
        return false;
    bool holds = value_of(left) < value_of(right);
    struct token *chosen = holds ? mark->after : colon->after;
    token_take_gap(chosen, left);
    tokens_remove(first, left, chosen->before);
    if (holds)
        tokens_remove(first, colon, end->before);
    return true;
}

bool tidy_terms(struct token **first)
{
    bool any = false;
    for (struct token *token = *first; token; token = token->after) {
        if (token_is(token, "0"))
            any |= tidy_zero(first, token);
        else if (token_is(token, "1"))
            any |= tidy_one(first, token);
        else if (token_is(token, "("))
            any |= tidy_brackets(first, token);
        else if (token_is(token, "<"))
            any |= tidy_choice(first, token);
    }
    return any;
}
