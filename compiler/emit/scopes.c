/* scopes.c -- which names a block of C declares, and where they mean something. */
#include "emit/emit.h"

#include <string.h>

/* Is the name among from..to? */
static bool occurs(const struct token *name, const struct token *from, const struct token *to)
{
    for (; from && from != to; from = from->after)
        if (from->kind == TOKEN_WORD && token_is_same(from, name) && !token_is_member(from))
            return true;
    return false;
}

/* What a statement is in: its open bracket, or that of the parameters if it is a function's body; NULL: the text. */
static const struct token *find_scope(const struct token *statement)
{
    for (const struct token *token = statement->before; token; token = token->before) {
        if (token_is(token, "{"))
            return token_is(token->before, ")") && token->before->mate ? token->before->mate : token;
        if (token->mate)
            token = token->mate;
    }
    return NULL;
}

/* The token behind a scope. */
static const struct token *scope_end(const struct token *scope)
{
    const struct token *open = token_is(scope, "(") ? scope->mate->after : scope;
    return open->mate;
}

/* Is what goes on with the comma a declaration? */
static bool goes_on(const struct token *comma)
{
    const struct token *token = comma;
    while (token->before && !strchr(";{}([", *token->before->text))
        token = strchr(")]", *token->before->text) && token->before->mate ? token->before->mate : token->before;
    return token_is_type(token);
}

static bool is_declared(const struct token *token)
{
    const struct token *before = token->before, *after = token->after;
    bool is_name = token->kind == TOKEN_WORD && !token_is_type(token);
    if (!is_name || !before || !after || after->length != 1 || !strchr("=,;[)", *after->text))
        return false;
    if (token_is(before, "*"))
        before = before->before;
    bool names_type = before && before->kind == TOKEN_WORD && token_ends_operand(before); /* two words in a row */
    return token_is_type(before) || (names_type && before == token->before) ||
           (before && token_is(before->before, "struct")) || (token_is(before, ",") && goes_on(before));
}

/* The next token of a scope, without those of scopes inside. */
static const struct token *next_of_scope(const struct token *token)
{
    if (token_is(token, "for") && token_is(token->after, "(") && token->after->mate)
        token = token->after;
    return token->mate && (token_is(token, "{") || token_is(token->before, "for")) ? token->mate->after
                                                                                   : token->after;
}

bool block_declares_others(const struct token *open)
{
    const struct token *scope = find_scope(open), *close = open->mate;
    for (const struct token *token = open->after; token != close; token = next_of_scope(token))
        if (is_declared(token) && (!scope || occurs(token, scope, open) || occurs(token, close, scope_end(scope))))
            return true;
    return false;
}

/* Is the name a parameter, if `open` begins a function's? */
static bool is_parameter(const struct token *name, const struct token *open)
{
    if (!token_is(open, "(") || token_is(open->before, "for") || token_is(open->before, "if"))
        return false;
    for (const struct token *token = open; token != open->mate; token = token->after)
        if (token_is_same(token, name) && is_declared(token))
            return true;
    return false;
}

bool name_ends_with(const struct token *name, const struct token *from, const struct token *to)
{
    const struct token *scope = find_scope(from);
    if (!scope || occurs(name, to->after, scope_end(scope)))
        return false;
    bool declared = is_parameter(name, scope);
    const struct token *token = token_is(scope, "(") ? scope->mate->after : scope;
    for (token = token->after; token != from && !declared; token = next_of_scope(token))
        declared = token_is_same(token, name) && is_declared(token);
    return declared;
}
