/* manual.c -- prints what the program around a model can be told, each command with its options, as the source of a
 * manual page: from the table that the program itself reads them by. */
#include "program/program.h"

/* The texts have no backslash, and no line of them begins with a dot. */
static void print_option(void *out, const char *name, const char *operand, const char *about)
{
    fprintf(out, ".It Fl -%s", name);
    if (*operand)
        fprintf(out, " Ar %s", operand);
    fprintf(out, "\n%s.\n", about);
}

static void print_command(const struct cnn_command *command, const struct cnn_arguments *arguments)
{
    printf(".Ss \"The command %s\"\n%s.\n", command->name, command->about);
    if (command->takes)
        printf("%s\n", command->takes);
    puts(".Bl -tag -width Ds");
    cnn_arguments_describe(command, arguments, print_option, stdout);
    puts(".El");
}

int main(void)
{
    const struct cnn_model model = {.name = "net"}; /* what the script says is no default of all programs */
    char *argv[] = {NULL};
    int signal = 0;
    const struct cnn_arguments arguments = cnn_arguments_default(&model, argv, &signal, stdout);
    for (const struct cnn_command *const *command = cnn_commands; *command; command++)
        print_command(*command, &arguments);
    return fflush(stdout) != 0;
}
