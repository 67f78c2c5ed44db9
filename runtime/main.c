/* main.c -- main() for a network without an application around it. Alone in its object file, so that
 * the linker takes it from the library only when nobody else defines main. */
#include "cnnrt.h"

int main(int argc, char **argv)
{
    return cnn_main(cnn_program_model, argc, argv);
}
