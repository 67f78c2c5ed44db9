/* main.c -- main() for a network without an application around it. Alone in its object file, so that
 * the linker takes it from the library only when nobody else defines main. */
#include "cnnrt.h"

#include <signal.h>

int main(int argc, char **argv)
{
    int status = cnn_main(cnn_program_model, argc, argv);
    if (status > 128) { /* dies of the signal that interrupted it: so a shell knows that its loop is to end too */
        fflush(NULL);
        (void)raise(status - 128);
    }
    return status;
}
