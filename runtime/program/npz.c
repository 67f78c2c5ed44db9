/* npz.c -- outputs as NumPy's arrays: an .npy file, or several in an .npz, which is a zip archive of such (PKWARE's APPNOTE.TXT)
 * whose members are stored as they are. */
#include "program/program.h"

#include <inttypes.h>
#include <string.h>
#include <zlib.h>

enum { HEADER_SIZE = 512, CHUNK = 4096 };

/* ---- an array ---------------------------------------------------------------------------------------- */

static int64_t numbers_of(const struct cnn_scores *scores, int output)
{
    return scores->rows * scores->arguments->model->outputs[output].count;
}

/* github.com/numpy/numpy, doc/neps/nep-0001-npy-format.rst: the dict is padded so that the data begin at a multiple of 64.
 * Returns its bytes. */
static int make_header(const struct cnn_scores *scores, int output, char header[HEADER_SIZE])
{
    const struct cnn_model_output *of = &scores->arguments->model->outputs[output];
    enum { PREFIX = 10 };
    int length = PREFIX + snprintf(header + PREFIX, HEADER_SIZE - PREFIX,
                                   "{'descr': '<f4', 'fortran_order': False, 'shape': (%" PRId64 ",", scores->rows);
    for (int i = 0; i < of->rank; i++)
        length +=
            snprintf(header + length, (size_t)(HEADER_SIZE - length), "%s%" PRId64, i ? ", " : " ", of->dim[i]);
    length += snprintf(header + length, (size_t)(HEADER_SIZE - length), "), }");
    int padded = (length + 1 + 63) / 64 * 64;
    memset(header + length, ' ', (size_t)(padded - length));
    header[padded - 1] = '\n';
    memcpy(header, "\x93NUMPY\1", 8);
    cnn_put_little_endian((unsigned char *)header + 8, (uint64_t)(padded - PREFIX), 2);
    return padded;
}

/* Writes the array, or, without a file, only returns its checksum. */
static uint32_t write_array(const struct cnn_scores *scores, int output, struct cnn_file *file)
{
    char header[HEADER_SIZE];
    int bytes = make_header(scores, output, header);
    uLong crc = crc32_z(0, (const unsigned char *)header, (size_t)bytes);
    int64_t total = numbers_of(scores, output);
    if (file)
        cnn_file_write(file, header, (size_t)bytes);
    for (int64_t done = 0; done < total; done += CHUNK) {
        unsigned char encoded[CHUNK * sizeof(float)];
        int64_t part = total - done < CHUNK ? total - done : CHUNK;
        cnn_encode(encoded, scores->outputs[output] + done, part, sizeof(float));
        if (file)
            cnn_file_write(file, encoded, (size_t)part * sizeof(float));
        else
            crc = crc32_z(crc, encoded, (size_t)part * sizeof(float));
    }
    return (uint32_t)crc;
}

void cnn_scores_write_npy(const struct cnn_scores *scores, int first, int end, struct cnn_file *file)
{
    (void)end;
    write_array(scores, first, file);
}

/* ---- an archive -------------------------------------------------------------------------------------- */

/* What the archive says of a member, twice. */
struct member {
    uint32_t crc, bytes, at;
    char name[HEADER_SIZE];
};

/* Version, flags, method, time, date (1980-01-01), checksum, sizes and the name's length, as both records have them. */
static void put_common(unsigned char *to, const struct member *member)
{
    cnn_put_little_endian(to, 20, 2);
    cnn_put_little_endian(to + 8, 1 << 5 | 1, 2);
    cnn_put_little_endian(to + 10, member->crc, 4);
    cnn_put_little_endian(to + 14, member->bytes, 4);
    cnn_put_little_endian(to + 18, member->bytes, 4);
    cnn_put_little_endian(to + 22, (uint32_t)strlen(member->name), 2);
}

static void name_member(const struct cnn_scores *scores, int output, char name[HEADER_SIZE])
{
    snprintf(name, HEADER_SIZE, "%s.npy", scores->arguments->model->outputs[output].name);
}

/* Sizes and places are numbers of 32 bits: what is larger needs another format, ZIP64. */
bool cnn_scores_fit_npz(const struct cnn_scores *scores, int first, int end, const char *path,
                        struct cnn_error *error)
{
    int64_t bytes = CNN_ZIP_END_BYTES;
    for (int i = first; i < end; i++) {
        char header[HEADER_SIZE], name[HEADER_SIZE];
        name_member(scores, i, name);
        bytes +=
            CNN_ZIP_LOCAL_BYTES + CNN_ZIP_ENTRY_BYTES + 2 * (int64_t)strlen(name) + make_header(scores, i, header);
        bytes += numbers_of(scores, i) * (int64_t)sizeof(float);
    }
    return bytes <= UINT32_MAX ||
           cnn_fail(error,
                    "%s: an .npz holds up to 4 GiB, and the outputs are %" PRId64 " MiB: write each to an array "
                    "of its own, --output %s=FILE.npy",
                    path, bytes >> 20, scores->arguments->model->outputs[first].name);
}

static uint32_t write_member(const struct cnn_scores *scores, int output, struct member *member,
                             struct cnn_file *file)
{
    unsigned char local[CNN_ZIP_LOCAL_BYTES] = "PK\3\4";
    put_common(local + 4, member);
    cnn_file_write(file, local, sizeof local);
    cnn_file_write(file, member->name, strlen(member->name));
    write_array(scores, output, file);
    return (uint32_t)(CNN_ZIP_LOCAL_BYTES + strlen(member->name)) + member->bytes;
}

static uint32_t write_entry(const struct member *member, struct cnn_file *file)
{
    unsigned char entry[CNN_ZIP_ENTRY_BYTES] = "PK\1\2";
    cnn_put_little_endian(entry + 4, 20, 2);
    put_common(entry + 6, member);
    cnn_put_little_endian(entry + 42, member->at, 4);
    cnn_file_write(file, entry, sizeof entry);
    cnn_file_write(file, member->name, strlen(member->name));
    return (uint32_t)(CNN_ZIP_ENTRY_BYTES + strlen(member->name));
}

void cnn_scores_write_npz(const struct cnn_scores *scores, int first, int end, struct cnn_file *file)
{
    struct member members[CNN_MAX_ARRAYS];
    unsigned char last[CNN_ZIP_END_BYTES] = "PK\5\6";
    uint32_t at = 0, directory = 0;
    for (int i = first; i < end; i++) {
        char header[HEADER_SIZE];
        struct member *member = &members[i];
        name_member(scores, i, member->name);
        member->bytes = (uint32_t)(make_header(scores, i, header) + numbers_of(scores, i) * (int64_t)sizeof(float));
        member->crc = write_array(scores, i, NULL);
        member->at = at;
        at += write_member(scores, i, member, file);
    }
    for (int i = first; i < end; i++)
        directory += write_entry(&members[i], file);
    cnn_put_little_endian(last + 8, (uint32_t)(end - first), 2);
    cnn_put_little_endian(last + 10, (uint32_t)(end - first), 2);
    cnn_put_little_endian(last + 12, directory, 4);
    cnn_put_little_endian(last + 16, at, 4);
    cnn_file_write(file, last, sizeof last);
}
