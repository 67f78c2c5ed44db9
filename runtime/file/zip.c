/* zip.c -- reads one member of a zip archive, the container of NumPy's .npz (PKWARE's APPNOTE.TXT).
 *
 * The archive ends with a record that tells where the central directory is, a list of all members with their names,
 * sizes and places; before each member's data stands a header of its own, of which only the length matters. All of
 * it may be damaged or a lie, so every place and size is compared with the file's size before it is used. Members
 * are stored or deflated; archives beyond 4 GiB, which have records of another kind, are refused. */
#define _POSIX_C_SOURCE 200809L
#include "file/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { COMMENT_MAX = 65535, ENTRY_NAME_MAX = 512 };
enum { STORED = 0, DEFLATED = 8, ENCRYPTED = 1 };

static uint32_t little_endian(const unsigned char *bytes, int size)
{
    return (uint32_t)cnn_little_endian(bytes, size);
}

/* ---- the directory ------------------------------------------------------------------------------- */

struct archive {
    FILE *file;
    const char *path;
    int64_t bytes; /* of the file */
    struct cnn_error *error;
    char member[ENTRY_NAME_MAX]; /* that is looked for, and what messages call it */
    char shown[ENTRY_NAME_MAX + 8];
};

struct entry {
    uint32_t flags, method, crc, packed, size, offset;
    char name[ENTRY_NAME_MAX];
    int64_t after; /* where the next one is */
};

static bool damaged(const struct archive *archive, const char *what)
{
    return cnn_fail(archive->error, "%s: not a sound zip archive: %s", archive->path, what);
}

static bool read_at(const struct archive *archive, int64_t at, unsigned char *out, int64_t size)
{
    return at >= 0 && at <= archive->bytes - size && fseeko(archive->file, (off_t)at, SEEK_SET) == 0 &&
           fread(out, 1, (size_t)size, archive->file) == (size_t)size;
}

/* Finds the last record that looks like the end: a comment of up to 64 KiB may follow it. */
static bool find_end(const struct archive *archive, unsigned char end[CNN_ZIP_END_BYTES])
{
    int64_t room =
        archive->bytes < CNN_ZIP_END_BYTES + COMMENT_MAX ? archive->bytes : CNN_ZIP_END_BYTES + COMMENT_MAX;
    unsigned char *tail = cnn_alloc(room, archive->error);
    bool found = false;
    if (!tail)
        return false;
    if (read_at(archive, archive->bytes - room, tail, room))
        for (int64_t i = room - CNN_ZIP_END_BYTES; i >= 0 && !found; i--) {
            found = memcmp(tail + i, "PK\5\6", 4) == 0;
            if (found)
                memcpy(end, tail + i, CNN_ZIP_END_BYTES);
        }
    free(tail);
    return found || damaged(archive, "its end is missing");
}

static bool read_entry(const struct archive *archive, int64_t at, struct entry *entry)
{
    unsigned char bytes[CNN_ZIP_ENTRY_BYTES];
    if (!read_at(archive, at, bytes, CNN_ZIP_ENTRY_BYTES) || memcmp(bytes, "PK\1\2", 4) != 0)
        return damaged(archive, "its directory is damaged");
    *entry = (struct entry){.flags = little_endian(bytes + 8, 2),
                            .method = little_endian(bytes + 10, 2),
                            .crc = little_endian(bytes + 16, 4),
                            .packed = little_endian(bytes + 20, 4),
                            .size = little_endian(bytes + 24, 4),
                            .offset = little_endian(bytes + 42, 4)};
    int64_t name = little_endian(bytes + 28, 2), extra = little_endian(bytes + 30, 2);
    entry->after = at + CNN_ZIP_ENTRY_BYTES + name + extra + little_endian(bytes + 32, 2);
    if (name >= ENTRY_NAME_MAX) /* none that is looked for */
        return true;
    return read_at(archive, at + CNN_ZIP_ENTRY_BYTES, (unsigned char *)entry->name, name) ||
           damaged(archive, "its directory is damaged");
}

/* The directory: how many entries it has, and where the first is. */
static bool find_directory(const struct archive *archive, uint32_t *count, int64_t *at)
{
    unsigned char end[CNN_ZIP_END_BYTES];
    if (!find_end(archive, end))
        return false;
    *count = little_endian(end + 10, 2);
    *at = little_endian(end + 16, 4);
    return (*at != UINT32_MAX && *count != UINT16_MAX) ||
           damaged(archive, "it has more than 4 GiB or 65534 members; save .npy files instead");
}

/* Finds the member; *found says whether it is there. */
static bool find_entry(const struct archive *archive, struct entry *wanted, bool *found)
{
    uint32_t count;
    int64_t at;
    *found = false;
    if (!find_directory(archive, &count, &at))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct entry entry;
        if (!read_entry(archive, at, &entry))
            return false;
        at = entry.after;
        if (strcmp(entry.name, archive->member) != 0)
            continue;
        if (*found)
            return cnn_fail(archive->error, "%s: has %s twice", archive->path, archive->shown);
        *found = true;
        *wanted = entry;
    }
    return true;
}

static bool open_archive(struct archive *archive, const char *path, struct cnn_error *error)
{
    *archive = (struct archive){.path = path, .error = error};
    archive->file = cnn_file_stream(path, &archive->bytes, error);
    return archive->file != NULL;
}

static void look_for_array(struct archive *archive, const char *name)
{
    snprintf(archive->member, sizeof archive->member, "%s.npy", name);
    snprintf(archive->shown, sizeof archive->shown, "array %s", name);
}

bool cnn_zip_has(const char *path, const char *name, bool *has, struct cnn_error *error)
{
    struct archive archive;
    struct entry entry;
    if (!open_archive(&archive, path, error))
        return false;
    look_for_array(&archive, name);
    bool ok = find_entry(&archive, &entry, has);
    (void)fclose(archive.file); /* only read, here and below */
    return ok;
}

static bool tell_each(const struct archive *archive, void (*tell)(void *user, const char *name), void *user)
{
    uint32_t count;
    int64_t at;
    if (!find_directory(archive, &count, &at))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct entry entry;
        if (!read_entry(archive, at, &entry))
            return false;
        at = entry.after;
        size_t length = strlen(entry.name), suffix = strlen(".npy");
        if (length <= suffix || strcmp(entry.name + length - suffix, ".npy") != 0)
            continue;
        entry.name[length - suffix] = '\0';
        tell(user, entry.name);
    }
    return true;
}

bool cnn_zip_each(const char *path, void (*tell)(void *user, const char *name), void *user, struct cnn_error *error)
{
    struct archive archive;
    if (!open_archive(&archive, path, error))
        return false;
    bool ok = tell_each(&archive, tell, user);
    (void)fclose(archive.file);
    return ok;
}

/* ---- a member's data ------------------------------------------------------------------------------- */

struct member {
    FILE *file;
    bool deflated;
    int64_t left;     /* bytes of the file that are still to be read */
    int64_t out_left; /* bytes that are still to come */
    uLong crc, wanted;
    z_stream inflater;
    unsigned char packed[1 << 14];
};

/* Up to `size` bytes of the file; fewer only when it has no more. */
static int64_t read_packed(struct member *member, unsigned char *out, int64_t size)
{
    int64_t part = size < member->left ? size : member->left;
    size_t got = fread(out, 1, (size_t)part, member->file);
    member->left -= (int64_t)got;
    return (int64_t)got;
}

/* Fills `out` from the deflate stream; fewer bytes when it ends or is damaged, which zlib's *status tells. */
static int64_t inflate_some(struct member *member, unsigned char *out, int64_t size, int *status)
{
    z_stream *inflater = &member->inflater;
    *status = Z_OK;
    inflater->next_out = out;
    inflater->avail_out = (uInt)size;
    while (inflater->avail_out > 0 && *status == Z_OK) {
        if (inflater->avail_in == 0) {
            inflater->next_in = member->packed;
            inflater->avail_in = (uInt)read_packed(member, member->packed, sizeof member->packed);
        }
        *status = inflate(inflater, Z_NO_FLUSH);
    }
    return size - inflater->avail_out;
}

static int64_t read_member(struct cnn_input *input, unsigned char *out, int64_t size)
{
    struct member *member = input->stream;
    int64_t done = 0;
    int status = Z_OK;
    size = size < member->out_left ? size : member->out_left;
    while (done < size) {
        int64_t rest = size - done, part = rest < 1 << 30 ? rest : 1 << 30;
        int64_t got = member->deflated ? inflate_some(member, out + done, part, &status)
                                       : read_packed(member, out + done, part);
        if (got == 0)
            break;
        member->crc = crc32_z(member->crc, out + done, (size_t)got);
        done += got;
    }
    member->out_left -= done;
    if (done == size && (member->out_left > 0 || member->crc == member->wanted))
        return done;
    cnn_fail(input->error, "%s: cannot be read: %s", input->path,
             status == Z_MEM_ERROR ? "out of memory"
             : done < size         ? "its compressed data are damaged"
                                   : "its checksum is not that of its data");
    return -1;
}

static void close_member(struct cnn_input *input)
{
    struct member *member = input->stream;
    if (member->deflated)
        inflateEnd(&member->inflater);
    (void)fclose(member->file);
    free(member);
}

/* Moves to the member's data and checks that the file has as many bytes as they need. */
static bool seek_data(const struct archive *archive, const struct entry *entry)
{
    unsigned char local[CNN_ZIP_LOCAL_BYTES];
    if (!read_at(archive, entry->offset, local, CNN_ZIP_LOCAL_BYTES) || memcmp(local, "PK\3\4", 4) != 0)
        return damaged(archive, "a member is not where its directory says");
    int64_t start =
        (int64_t)entry->offset + CNN_ZIP_LOCAL_BYTES + little_endian(local + 26, 2) + little_endian(local + 28, 2);
    bool fits = start <= archive->bytes - (int64_t)entry->packed &&
                (entry->method == STORED ? entry->size == entry->packed
                                         : (int64_t)entry->size <= cnn_inflated_max(entry->packed));
    if (!fits)
        return damaged(archive, "a member has less data than its directory says");
    return fseeko(archive->file, (off_t)start, SEEK_SET) == 0 || damaged(archive, strerror(errno));
}

static bool check_entry(const struct archive *archive, const struct entry *entry)
{
    if (entry->flags & ENCRYPTED)
        return cnn_fail(archive->error, "%s: %s is encrypted", archive->path, archive->shown);
    if (entry->method != STORED && entry->method != DEFLATED)
        return cnn_fail(archive->error, "%s: %s is compressed by method %" PRIu32 "; only deflate is read",
                        archive->path, archive->shown, entry->method);
    return seek_data(archive, entry);
}

static struct member *make_member(const struct archive *archive, const struct entry *entry)
{
    struct member *member = cnn_alloc(sizeof *member, archive->error);
    if (!member)
        return NULL;
    *member = (struct member){.file = archive->file,
                              .deflated = entry->method == DEFLATED,
                              .left = entry->packed,
                              .out_left = entry->size,
                              .wanted = entry->crc};
    if (!member->deflated || inflateInit2(&member->inflater, -MAX_WBITS) == Z_OK)
        return member;
    free(member);
    cnn_fail(archive->error, "%s: out of memory", archive->path);
    return NULL;
}

/* The archive was opened, and is closed here or with the input. */
static bool open_member(struct cnn_input *input, struct archive *archive)
{
    struct entry entry;
    bool found;
    bool ok = find_entry(archive, &entry, &found) &&
              (found || cnn_fail(archive->error, "%s: has no %s", archive->path, archive->shown)) &&
              check_entry(archive, &entry);
    if (ok) {
        input->max = entry.size;
        input->stream = make_member(archive, &entry);
        ok = input->stream != NULL;
    }
    if (!ok)
        (void)fclose(archive->file);
    return ok;
}

bool cnn_zip_open(struct cnn_input *input, const char *path, const char *name, const char *label,
                  struct cnn_error *error)
{
    struct archive archive;
    *input = (struct cnn_input){.path = label, .error = error, .read = read_member, .close = close_member};
    if (!open_archive(&archive, path, error))
        return false;
    look_for_array(&archive, name);
    return open_member(input, &archive);
}

bool cnn_zip_open_file(struct cnn_input *input, const char *path, const char *name, struct cnn_error *error)
{
    struct archive archive;
    *input = (struct cnn_input){.path = path, .error = error, .read = read_member, .close = close_member};
    if (!open_archive(&archive, path, error))
        return false;
    snprintf(archive.member, sizeof archive.member, "%s", name);
    snprintf(archive.shown, sizeof archive.shown, "file %s", name);
    return open_member(input, &archive);
}
