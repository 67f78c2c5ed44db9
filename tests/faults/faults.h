/* faults.h -- calls of the C library that fail when told to.
 *
 * The linker's --wrap puts the functions of faults.c between the runtime's objects and the C library. They count
 * the calls, and let the one that was named fail; memory and descriptors that are not given back are found too. */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>

enum call {
    CALL_MALLOC, /* calloc, realloc and aligned_alloc too */
    CALL_OPEN_MEMSTREAM,
    CALL_OPEN,
    CALL_FCNTL,
    CALL_STAT, /* fstat and lstat too */
    CALL_FTRUNCATE,
    CALL_WRITE,
    CALL_FSYNC,
    CALL_RENAME,
    CALL_CLOSE,
    CALL_UNLINK,
    CALL_FOPEN,
    CALL_FDOPEN,
    CALL_FREAD,
    CALL_FSEEKO,
    CALL_FFLUSH,
    CALL_FCLOSE, /* of a stream that is read */
    CALL_FCLOSE_WRITTEN,
    CALL_GZDOPEN,
    CALL_GZREAD,
    CALL_INFLATE_INIT,
    CALL_INFLATE,
    N_CALLS
};
extern const char *const call_names[N_CALLS];

/* Instead of an errno: */
enum {
    WRITES_HALF = -1,    /* write() takes half of what it is given, at least one byte */
    WRITES_NOTHING = -2, /* write() returns 0 */
};

struct fault {
    enum call call;
    long nth;    /* of these calls, from 1 */
    bool always; /* it and all later ones */
    int error;   /* errno or one of the above; 0: none */
};

/* A process that dies before a call, with what the machine had not yet forced to the disk, or without. */
struct death {
    long nth;   /* of all calls that change files, from 1; 0: none. A write is done by half before. */
    bool power; /* bytes that were written and not synced are gone, */
    bool undo;  /* and so is a rename whose folder was not synced */
};

/* Begins to count, and to fail. Memory and descriptors from now on are watched. */
void faults_begin(struct fault fault, struct death death);
/* Ends it. */
void faults_end(void);

/* Of the last time: */
long faults_count(enum call call);
long faults_changes(void); /* calls that change files */
bool faults_unsafe(void);  /* bytes that were not synced, or a rename whose folder was not */
int faults_leaked_blocks(void);
int faults_leaked_descriptors(void);

#endif
