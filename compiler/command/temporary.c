/* temporary.c -- a folder for files that are gone when cnnc is, however it ends.
 *
 * Who removes it is a process of its own, which waits until this one closes its end of a pipe: at its end, also by a signal, the
 * system does so. What cnnc runs meanwhile does not have that end. */
#include "command/command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A compiler that outlives cnnc may still be writing. */
enum { MOST_TRIES = 100, BETWEEN_TRIES = 50000000 /* ns */ };

static bool remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;)
        (void)unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    return rmdir(path) == 0 || errno == ENOENT;
}

static void wait_and_remove(int end, const char *path)
{
    static const int deaf_to[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const struct timespec between = {.tv_nsec = BETWEEN_TRIES};
    char byte;
    for (size_t i = 0; i < sizeof deaf_to / sizeof *deaf_to; i++)
        (void)signal(deaf_to[i], SIG_IGN);
    while (read(end, &byte, 1) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < MOST_TRIES && !remove_folder(path); i++)
        nanosleep(&between, NULL);
    _exit(EXIT_SUCCESS);
}

bool temporary_open(struct temporary *temporary, struct diag *diag, const char *parent, const char *name)
{
    const char *usual = getenv("TMPDIR");
    char *path = arena_printf(diag->arena, "%s/%s.XXXXXX",
                              parent            ? parent
                              : usual && *usual ? usual
                                                : "/tmp",
                              name);
    int ends[2];
    *temporary = (struct temporary){.path = path, .end = -1, .remover = -1};
    if (!mkdtemp(path))
        return diag_error(diag, (struct origin){0}, "cannot make a folder `%s`: %s", path, strerror(errno));
    if (pipe(ends) != 0)
        return true; /* without one it is removed at the end alone */
    temporary->end = ends[1];
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    temporary->remover = fork();
    if (temporary->remover == 0) {
        close(ends[1]);
        wait_and_remove(ends[0], path);
    }
    close(ends[0]);
    return true;
}

void temporary_close(const struct temporary *temporary)
{
    if (temporary->end >= 0)
        close(temporary->end);
    if (temporary->remover < 0)
        (void)remove_folder(temporary->path);
    while (temporary->remover > 0 && waitpid(temporary->remover, NULL, 0) < 0 && errno == EINTR)
        ;
}
