/* machine.c -- which targets this machine can run. */
#include "kernel.h"

bool machine_can_run(const char *name)
{
    const struct target *target = target_find(name);
    if (target && target->variants[0])
        return target == target_find("default");
    return target && target->runs && target->runs();
}
