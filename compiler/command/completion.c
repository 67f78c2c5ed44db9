/* completion.c -- `cnnc help --completion SHELL`: what a shell completes a command line of cnnc by, made of the tables of commands
 * and of options. */
#include "command/command.h"

#include <string.h>

/* What is behind an option, by the operand that its row names. */
static bool takes_file(const struct usage_line *option) { return strstr(option->operand, "FILE") != NULL; }

/* The words that it may be, with blanks between; NULL: there are too many to say. */
static const char *words_of(struct arena *arena, const struct usage_line *option)
{
    const char *text = "";
    if (strcmp(option->name, "target") == 0) {
        for (const struct target *target = target_table; target->name; target++)
            text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", target->name);
        return text;
    }
    if (strcmp(option->name, "dump") == 0) {
        for (const struct pass *pass = pass_table; pass->name; pass++)
            text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", pass->name);
        return text;
    }
    if (!strchr(option->operand, '|'))
        return NULL;
    char *words = arena_strdup(arena, option->operand);
    for (char *bar; (bar = strchr(words, '|')) != NULL;)
        *bar = ' ';
    return words;
}

/* The beginning of what is said of it, without what shells would take for something else between double quotes. */
static const char *short_about(struct arena *arena, const char *about)
{
    char *text = arena_strdup(arena, about);
    text[strcspn(text, ";:(")] = '\0';
    for (char *at = text; *at; at++)
        if (strchr("`\"$\\[]", *at))
            *at = ' ';
    for (size_t end = strlen(text); end > 0 && strchr(" ,", text[end - 1]); end--)
        text[end - 1] = '\0';
    return text;
}

/* "summary graph ...", the commands that stand in front; with `join` between. */
static const char *commands_text(struct arena *arena, const char *join)
{
    struct usage_line line;
    const char *text = "";
    for (int i = 1; command_usage(i, &line); i++)
        text = arena_printf(arena, "%s%s%s", text, *text ? join : "", line.name);
    return text;
}

/* ---- bash ---------------------------------------------------------------------------------------- */

static void print_bash_values(struct arena *arena)
{
    struct usage_line option;
    for (int i = 0; option_usage(i, &option); i++) {
        const char *words = words_of(arena, &option);
        if (!*option.operand)
            continue;
        printf("        --%s", option.name);
        if (option.letter)
            printf(" | -%c", option.letter);
        if (words)
            printf(") COMPREPLY=($(compgen -W '%s' -- \"$current\")); return ;;\n", words);
        else if (takes_file(&option))
            printf(") COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n");
        else
            printf(") return ;;\n");
    }
}

static void print_bash(struct arena *arena)
{
    struct usage_line command, option;
    printf(
        "# Completes cnnc's command line in bash; made by `cnnc help --completion bash`.\n"
        "_cnnc()\n{\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=compile options=\n"
        "    COMPREPLY=()\n"
        "    case ${COMP_WORDS[1]} in %s) ((COMP_CWORD == 1)) || command=${COMP_WORDS[1]} ;; esac\n"
        "    case $before in\n",
        commands_text(arena, " | "));
    print_bash_values(arena);
    printf("    esac\n"
           "    case $command in\n");
    for (int c = 0; command_usage(c, &command); c++) {
        printf("        %s) options='", command.name);
        for (int i = 0; option_usage(i, &option); i++)
            if (option.commands & 1U << c)
                printf("--%s ", option.name);
        printf("' ;;\n");
    }
    printf("    esac\n"
           "    if [[ $current == -* ]]; then\n"
           "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
           "        return\n"
           "    fi\n"
           "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
           "    ((COMP_CWORD != 1)) || COMPREPLY+=($(compgen -W '%s' -- \"$current\"))\n"
           "}\n"
           "complete -o filenames -F _cnnc cnnc\n",
           commands_text(arena, " "));
}

/* ---- zsh ----------------------------------------------------------------------------------------- */

static void print_zsh_option(struct arena *arena, const struct usage_line *option)
{
    const char *words = words_of(arena, option), *about = short_about(arena, option->about);
    const char *value = !*option->operand    ? ""
                        : words              ? arena_printf(arena, ":value:(%s)", words)
                        : takes_file(option) ? ":file:_files"
                                             : ":value:";
    if (option->letter)
        printf("            \"-%c[%s]%s\" \\\n", option->letter, about, value);
    printf("            \"--%s[%s]%s\" \\\n", option->name, about, value);
}

static void print_zsh(struct arena *arena)
{
    struct usage_line command, option;
    printf("#compdef cnnc\n"
           "# Completes cnnc's command line in zsh; made by `cnnc help --completion zsh`.\n"
           "_cnnc_operand()\n{\n"
           "    local -a commands=(\n");
    for (int c = 1; command_usage(c, &command); c++)
        printf("        \"%s:%s\"\n", command.name, short_about(arena, command.about));
    printf("    )\n"
           "    _files\n"
           "    ((CURRENT != 2)) || _describe command commands\n"
           "}\n"
           "_cnnc()\n{\n"
           "    local command=compile\n"
           "    case $words[2] in %s) ((CURRENT == 2)) || command=$words[2] ;; esac\n"
           "    case $command in\n",
           commands_text(arena, " | "));
    for (int c = 0; command_usage(c, &command); c++) {
        printf("        %s) _arguments \\\n", command.name);
        for (int i = 0; option_usage(i, &option); i++)
            if (option.commands & 1U << c)
                print_zsh_option(arena, &option);
        printf("            '*:operand:_cnnc_operand' ;;\n");
    }
    printf("    esac\n"
           "}\n"
           "_cnnc \"$@\"\n");
}

/* ---- fish ---------------------------------------------------------------------------------------- */

/* "compile summary": those that take the option. */
static const char *takers(struct arena *arena, const struct usage_line *option)
{
    struct usage_line command;
    const char *text = "";
    for (int c = 0; command_usage(c, &command); c++)
        if (option->commands & 1U << c)
            text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", command.name);
    return text;
}

static void print_fish(struct arena *arena)
{
    struct usage_line command, option;
    printf("# Completes cnnc's command line in fish; made by `cnnc help --completion fish`.\n"
           "function __cnnc_command\n"
           "    set -l words (commandline -opc)\n"
           "    set -l command compile\n"
           "    if contains -- \"$words[2]\" %s\n"
           "        set command $words[2]\n"
           "    end\n"
           "    contains -- $command $argv\n"
           "end\n",
           commands_text(arena, " "));
    for (int c = 1; command_usage(c, &command); c++)
        printf("complete -c cnnc -n __fish_use_subcommand -a %s -d \"%s\"\n", command.name,
               short_about(arena, command.about));
    for (int i = 0; option_usage(i, &option); i++) {
        const char *words = words_of(arena, &option);
        printf("complete -c cnnc -n '__cnnc_command %s' -l %s", takers(arena, &option), option.name);
        if (option.letter)
            printf(" -s %c", option.letter);
        if (words)
            printf(" -x -a '%s'", words);
        else if (*option.operand)
            printf(takes_file(&option) ? " -r -F" : " -x");
        printf(" -d \"%s\"\n", short_about(arena, option.about));
    }
}

void completion_print(struct arena *arena, enum shell shell)
{
    switch (shell) {
    case SHELL_NONE: break;
    case SHELL_BASH: print_bash(arena); break;
    case SHELL_ZSH: print_zsh(arena); break;
    case SHELL_FISH: print_fish(arena); break;
    }
}
