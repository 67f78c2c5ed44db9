/* file.c -- files that are read, and a file that is replaced whole or not at all, whatever fails and whenever the
 * program dies.
 *
 * What is written: the new contents go to PATH.tmp, in the same folder, are forced to the disk, and take the place
 * of the old ones by one rename, which is forced to the disk too. Until then PATH is untouched. A program that is
 * killed leaves its PATH.tmp, with nothing of value in it: the next one that writes PATH writes over it. While a
 * program writes it holds a lock, so that two which were told to write the same file cannot mix their bytes.
 *
 * Everything goes through write() and not through stdio, which would neither tell which bytes failed nor try again.
 */
#define _POSIX_C_SOURCE 200809L
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static bool fail(const struct cnn_file *file, int reason, struct cnn_error *error)
{
    return cnn_fail(error, "%s: cannot be written: %s", file->path,
                    reason == EBUSY ? "another program is writing it" : strerror(reason));
}

/* ---- system calls that a signal may cut short ------------------------------------------------------ */

static int open_file(const char *path, int flags)
{
    int descriptor;
    do
        descriptor = open(path, flags | O_CLOEXEC, 0666);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

/* After a failure, whose errno stays. Returns what open() returns then. */
static int close_keeping_errno(int descriptor)
{
    int reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}

static bool write_all(int descriptor, const unsigned char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written == 0)
            errno = ENOSPC; /* what else could it mean? */
        if (written == 0 || (written < 0 && errno != EINTR))
            return false;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
    return true;
}

static bool sync_file(int descriptor)
{
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0;
}

/* After EINTR the descriptor is gone as after success, on the systems that matter. */
static bool close_file(int descriptor) { return close(descriptor) == 0 || errno == EINTR; }

/* ---- paths ------------------------------------------------------------------------------------------ */

/* Where the name begins that a path ends with. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void folder_of(const char *path, char folder[CNN_PATH_SIZE])
{
    int length = (int)(name_of(path) - path);
    snprintf(folder, CNN_PATH_SIZE, "%.*s", length ? length : 1, length ? path : ".");
}

/* Is there one file, or folder, under both? */
static bool lead_to_one(const char *one, const char *other)
{
    struct stat here, there;
    return stat(one, &here) == 0 && stat(other, &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

bool cnn_file_same(const char *one, const char *other)
{
    char folder[CNN_PATH_SIZE], other_folder[CNN_PATH_SIZE];
    if (strcmp(one, other) == 0 || lead_to_one(one, other))
        return true;
    folder_of(one, folder);
    folder_of(other, other_folder);
    return strcmp(name_of(one), name_of(other)) == 0 && lead_to_one(folder, other_folder);
}

bool cnn_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool cnn_is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

int cnn_file_open(const char *path, int64_t *bytes, struct cnn_error *error)
{
    struct stat status;
    int descriptor = open_file(path, O_RDONLY | O_NONBLOCK);
    if (descriptor >= 0 && fstat(descriptor, &status) != 0)
        descriptor = close_keeping_errno(descriptor);
    if (descriptor < 0) {
        cnn_fail(error, "%s: %s", path, strerror(errno));
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        cnn_fail(error, "%s: cannot be read: it is no regular file", path);
        return close_keeping_errno(descriptor);
    }
    *bytes = (int64_t)status.st_size;
    return descriptor;
}

FILE *cnn_file_stream(const char *path, int64_t *bytes, struct cnn_error *error)
{
    int descriptor = cnn_file_open(path, bytes, error);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "rb") : NULL;
    if (descriptor >= 0 && !file) {
        cnn_fail(error, "%s: %s", path, strerror(errno));
        close(descriptor);
    }
    return file;
}

/* ---- beginning ------------------------------------------------------------------------------------- */

/* False with EBUSY when another process writes there. A file system without locks has to do without. */
static bool lock(int descriptor)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(descriptor, F_SETLK, &whole) == 0 || (errno != EACCES && errno != EAGAIN))
        return true;
    errno = EBUSY;
    return false;
}

/* Between open() and lock() another process may have renamed the file into place, or removed it: then it must not
 * be touched, and errno is ESTALE. */
static bool is_still(const char *path, int descriptor)
{
    struct stat named = {0}, opened;
    if (fstat(descriptor, &opened) != 0 || (lstat(path, &named) != 0 && errno != ENOENT))
        return false;
    if (opened.st_nlink > 0 && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino)
        return true;
    errno = ESTALE;
    return false;
}

/* PATH.tmp, locked and empty; -1 after an error. A symbolic link that somebody put there is not followed, and a pipe not
 * waited for. */
static int open_temporary(const char *path)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        int descriptor = open_file(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return -1;
        if (lock(descriptor) && is_still(path, descriptor) && ftruncate(descriptor, 0) == 0)
            return descriptor;
        int reason = errno;
        if (reason != EBUSY && reason != ESTALE)
            unlink(path);
        close(descriptor);
        errno = reason;
        if (reason != ESTALE)
            return -1;
    }
    errno = EBUSY;
    return -1;
}

bool cnn_file_begin(struct cnn_file *file, const char *path, struct cnn_error *error)
{
    struct stat status;
    *file = (struct cnn_file){.path = path, .descriptor = -1};
    if (!*path)
        return cnn_fail(error, "the name of a file to write is empty");
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return cnn_fail(error, "%s: cannot be written: it is no regular file", path);
    if (snprintf(file->temporary, sizeof file->temporary, "%s.tmp", path) >= (int)sizeof file->temporary)
        return fail(file, ENAMETOOLONG, error);
    if (lstat(file->temporary, &status) == 0 && !S_ISREG(status.st_mode))
        return cnn_fail(error, "%s: cannot be written: it is no regular file", file->temporary);
    file->descriptor = open_temporary(file->temporary);
    return file->descriptor >= 0 || fail(file, errno, error);
}

/* ---- writing --------------------------------------------------------------------------------------- */

static void flush(struct cnn_file *file)
{
    if (!file->failure && !write_all(file->descriptor, file->buffer, file->used))
        file->failure = errno;
    file->crc = (uint32_t)crc32(file->crc, file->buffer, (uInt)file->used);
    file->used = 0;
}

void cnn_file_write(struct cnn_file *file, const void *bytes, size_t count)
{
    const unsigned char *from = bytes;
    while (count > 0) {
        size_t room = sizeof file->buffer - file->used, part = count < room ? count : room;
        memcpy(file->buffer + file->used, from, part);
        file->used += part;
        from += part;
        count -= part;
        if (file->used == sizeof file->buffer)
            flush(file);
    }
}

uint32_t cnn_file_crc(struct cnn_file *file)
{
    flush(file);
    return file->crc;
}

/* ---- ending ---------------------------------------------------------------------------------------- */

/* The rename is safe when the folder is. Some folders cannot be opened or synced: those are left to the system. */
static bool sync_folder(const char *path)
{
    char folder[CNN_PATH_SIZE];
    folder_of(path, folder);
    int descriptor = open_file(folder, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0)
        return errno == EACCES;
    bool synced = sync_file(descriptor) || errno == EINVAL;
    if (synced)
        return close_file(descriptor);
    close_keeping_errno(descriptor);
    return false;
}

void cnn_file_abandon(struct cnn_file *file)
{
    unlink(file->temporary); /* before the lock goes */
    close(file->descriptor);
}

bool cnn_file_commit(struct cnn_file *file, struct cnn_error *error)
{
    flush(file);
    if (!file->failure && !sync_file(file->descriptor))
        file->failure = errno;
    /* Renamed before it is closed, and with it unlocked: fsync has told what close could tell. */
    if (!file->failure && rename(file->temporary, file->path) != 0)
        file->failure = errno;
    if (file->failure) {
        cnn_file_abandon(file);
        return fail(file, file->failure, error);
    }
    if (!close_file(file->descriptor) || !sync_folder(file->path))
        return fail(file, errno, error);
    return true;
}

bool cnn_file_writable(const char *path, struct cnn_error *error)
{
    struct cnn_file file;
    if (!cnn_file_begin(&file, path, error))
        return false;
    cnn_file_abandon(&file);
    return true;
}
