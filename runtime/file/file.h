/* file.h -- files and what is in them: bytes, gzip, zip, JSON, tensors by name. Nothing here knows of models. */
#ifndef CNN_FILE_H
#define CNN_FILE_H

#include "../cnnrt.h"

/* ---- printable.c: text of files that nobody vouches for ------------------------------------------- */

/* Puts a '?' in place of each control character (line feeds and tabs too; also those of eight bits, as a byte and
 * in UTF-8) and of each that changes the direction of text. All other UTF-8 stays as it is; the text may get
 * shorter. */
void cnn_make_printable(char *text);

/* ---- near.c: which word is meant by a misspelt one ---------------------------------------------------- */

struct cnn_near {
    const char *word; /* as it was written, from behind its dashes to a '=' */
    size_t length;
    const char *found; /* the nearest of those that were tried; NULL: none is near */
    int apart;
};

struct cnn_near cnn_near(const char *word);
void cnn_near_try(struct cnn_near *near, const char *candidate);

/* ---- json.c: just enough JSON for the header of a safetensors file ------------------------------ */

/* What is left of a text. Every function skips blanks first, moves on past what it took, and returns
 * false, leaving the cursor anywhere, when something else stands there. */
struct cnn_json {
    const char *at, *end;
};

bool cnn_json_take(struct cnn_json *json, char c);
/* Looks, but takes nothing. */
bool cnn_json_next_is(struct cnn_json *json, char c);
/* Decodes a string into `out`, NUL-terminated; fails when it would not fit or has a NUL in it. */
bool cnn_json_string(struct cnn_json *json, char *out, size_t size);
/* A whole number from 0 to INT64_MAX. */
bool cnn_json_count(struct cnn_json *json, int64_t *value);
/* Any value. */
bool cnn_json_skip(struct cnn_json *json);
/* Nothing but blanks is left. */
bool cnn_json_at_end(struct cnn_json *json);
/* Writes a string with quotes and escapes. */
void cnn_json_write(FILE *out, const char *text);

/* ---- bytes.c: numbers as files keep them ------------------------------------------------------------- */

/* The bits of a number of 1 to 8 bytes. */
uint64_t cnn_little_endian(const unsigned char *bytes, int size);
uint64_t cnn_big_endian(const unsigned char *bytes, int size);
void cnn_put_little_endian(unsigned char *bytes, uint64_t bits, int size);
/* The IEEE 754 numbers that have these bits. */
float cnn_float_of(uint64_t bits);
double cnn_double_of(uint64_t bits);
float cnn_half_of(uint64_t bits); /* of 16 bits */
/* Elements of 1, 4 or 8 bytes between memory and a file, little-endian there. Both may be the same place. */
void cnn_encode(unsigned char *bytes, const void *elements, int64_t count, int size);
void cnn_decode(void *elements, const unsigned char *bytes, int64_t count, int size);

/* ---- input.c: the bytes of a file, one after the other ----------------------------------------------- */

struct cnn_input {
    const char *path; /* for messages */
    struct cnn_error *error;
    int64_t max;   /* no more bytes than this can come: known from the file's size */
    int64_t taken; /* by cnn_input_exactly() so far */
    bool is_file;  /* these are the bytes of the file, neither compressed nor part of an archive */
    /* Takes up to `size` bytes; fewer only at the end. -1 after an error. */
    int64_t (*read)(struct cnn_input *input, unsigned char *out, int64_t size);
    void (*close)(struct cnn_input *input);
    void *stream; /* what these two work on; NULL: not open */
};

/* A file, gzip-compressed or not. cnn_input_close() is due in any case. */
bool cnn_input_open(struct cnn_input *input, const char *path, struct cnn_error *error);
void cnn_input_close(struct cnn_input *input);
/* Takes `size` bytes; fails with "too short for the header of FORMAT". */
bool cnn_input_exactly(struct cnn_input *input, unsigned char *out, int64_t size, const char *format);
/* How much so many bytes of a deflate stream can become: each bit codes 258 bytes at best, and two make a code. */
int64_t cnn_inflated_max(int64_t bytes);

/* ---- map.c: a file as memory ---------------------------------------------------------------------------- */

/* The last `bytes` of a file, behind the first `offset`; NULL: the file has another size, or cannot be mapped. */
void *cnn_map(const char *path, int64_t offset, int64_t bytes);
/* Memory that is a nameless file in TMPDIR, or else /var/tmp: the system writes there what is not used when memory is short.
 * NULL: there is no need, for that much is a small part of the memory that there is, or no room. *offset: for cnn_unmap(). */
void *cnn_map_scratch(int64_t bytes, int64_t *offset);
/* Gives back such memory; with offset 0 memory of malloc() and the like. */
void cnn_unmap(void *data, int64_t offset, int64_t bytes);

/* ---- foreign.c: files of other kinds ------------------------------------------------------------------ */

/* Those that are read: data/format.def. */
#define CNN_PICTURE_FORMATS "PNG, JPEG, PGM, PPM, BMP"

/* Is the file, or what gzip packed in it, of a well-known kind that is not read here (a JPEG picture, HDF5, ...)? Then the
 * error says so, and what to do about it. To be asked of files that are not what was wanted. */
bool cnn_foreign(const char *path, struct cnn_error *error);

/* ---- zip.c: a member of a zip archive ----------------------------------------------------------------- */

/* Of its records: in front of a member, for each in the list at the end, and behind that. */
enum { CNN_ZIP_LOCAL_BYTES = 30, CNN_ZIP_ENTRY_BYTES = 46, CNN_ZIP_END_BYTES = 22 };

/* Opens NAME.npy of the archive; `label` is the path in later messages. cnn_input_close() is due in any case. */
bool cnn_zip_open(struct cnn_input *input, const char *path, const char *name, const char *label,
                  struct cnn_error *error);
/* The same of a member of any name. */
bool cnn_zip_open_file(struct cnn_input *input, const char *path, const char *name, struct cnn_error *error);
/* *has: is there such an array? False after an error. */
bool cnn_zip_has(const char *path, const char *name, bool *has, struct cnn_error *error);

/* Tells the name of each NAME.npy of the archive. */
bool cnn_zip_each(const char *path, void (*tell)(void *user, const char *name), void *user,
                  struct cnn_error *error);

/* ---- file.c: files that are read, and one that is replaced whole or not at all ----------------------- */

/* Opens a regular file, and no other: a pipe is refused without waiting for who writes to it. *bytes is its size.
 * -1 or NULL after an error. */
int cnn_file_open(const char *path, int64_t *bytes, struct cnn_error *error);
FILE *cnn_file_stream(const char *path, int64_t *bytes, struct cnn_error *error);

enum { CNN_PATH_SIZE = 4096, CNN_FILE_BUFFER = 32768 };

struct cnn_file {
    const char *path;
    char temporary[CNN_PATH_SIZE]; /* PATH.tmp, which holds the new contents until they are complete */
    int descriptor;
    int failure;  /* errno of the first write that failed, 0: none */
    uint32_t crc; /* CRC-32 of what has left the buffer */
    size_t used;
    unsigned char buffer[CNN_FILE_BUFFER];
};

bool cnn_file_begin(struct cnn_file *file, const char *path, struct cnn_error *error);
/* A failure is remembered, and told by cnn_file_commit(). */
void cnn_file_write(struct cnn_file *file, const void *bytes, size_t count);
/* CRC-32 (zlib's) of everything written so far. */
uint32_t cnn_file_crc(struct cnn_file *file);
/* One of the two ends it: the new contents are on the disk, or the old ones are still there and nothing else. */
bool cnn_file_commit(struct cnn_file *file, struct cnn_error *error);
void cnn_file_abandon(struct cnn_file *file);
/* Would two paths write to one file? It need not be there yet. */
bool cnn_file_same(const char *one, const char *other);
bool cnn_is_folder(const char *path);
/* One that cannot be looked at counts as there: reading it tells why, where its absence would go unnoticed. */
bool cnn_is_there(const char *path);
/* Could the file be written? Removes what a killed program left of it. */
bool cnn_file_writable(const char *path, struct cnn_error *error);

/* ---- tensors.c: named tensors, in memory ------------------------------------------------------------ */

enum cnn_dtype { CNN_F32, CNN_F64, CNN_I64, CNN_U64, CNN_U32, CNN_U8 };
struct cnn_dtype_row {
    const char *name;
    int bytes;
};
extern const struct cnn_dtype_row cnn_dtypes[];

struct cnn_tensor {
    const char *name;
    enum cnn_dtype dtype;
    int rank;
    int64_t dim[CNN_MAX_RANK]; /* reading: CNN_ANY becomes what the file has */
    void *data;                /* its elements as the machine keeps them */
    int64_t begin;             /* reading: where its bytes are in the file's data, or one of the numbers below */
};
enum { CNN_ANY = -1 };
/* `begin` of a tensor that was not found, and of one that has the shape `dim` in the file, which is not what was wanted. */
enum { CNN_MISSING = -1, CNN_OTHER_SHAPE = -2 };

/* Elements of a tensor without CNN_ANY. */
int64_t cnn_tensor_count(const struct cnn_tensor *tensor);
int64_t cnn_tensor_bytes(const struct cnn_tensor *tensor);

struct cnn_tensors {
    const char *model; /* whose they are, for messages */
    int count;
    struct cnn_tensor *tensor;
};

struct cnn_metadata {
    const char *key, *value;
};

enum { CNN_PREFIX_BYTES = 8 };
/* What a safetensors file has in front of the data of all tensors in the list's order. The caller frees *header, whatever comes
 * back. False: out of memory. */
bool cnn_tensors_header(const struct cnn_metadata *metadata, int n_metadata, const struct cnn_tensors *tensors,
                        char **header, size_t *length);

/* ---- safetensors.c: named tensors in a file --------------------------------------------------------- */

/* First the header, then the data of all tensors in the list's order. */
void cnn_tensors_write_header(struct cnn_file *file, const struct cnn_metadata *metadata, int n_metadata,
                              const struct cnn_tensors *tensors);
void cnn_tensors_write_data(struct cnn_file *file, const struct cnn_tensor *tensor);

struct cnn_tensor_file {
    const char *path;
    FILE *file;
    char *header, *name; /* name has room for any string of the header */
    size_t header_bytes;
    int64_t data_start, data_bytes;
    struct cnn_error *error;
};

/* One tensor as the header describes it. */
struct cnn_tensor_entry {
    const char *name;
    char dtype[16]; /* "F32", or whatever the file says */
    int rank;       /* may exceed CNN_MAX_RANK: then the first dims are kept */
    int64_t dim[CNN_MAX_RANK];
    int64_t begin, end;
};

/* Opens a file and reads its header. cnn_tensors_close() is due in any case. */
bool cnn_tensors_open(struct cnn_tensor_file *in, const char *path, struct cnn_error *error);
void cnn_tensors_close(struct cnn_tensor_file *in);
/* The value of a key of __metadata__; false when there is none, or none of that size. */
bool cnn_tensors_metadata(const struct cnn_tensor_file *in, const char *key, char *value, size_t size);
/* Finds all of the list. Fails when one is missing, has another type or shape, or when the file has others, except
 * those whose names begin with `ignored` (NULL: none are ignored). */
bool cnn_tensors_find(const struct cnn_tensor_file *in, const char *ignored, struct cnn_tensors *tensors);
/* Finds what fits by name and shape. Fails on a damaged file, and where a tensor that would fit has another type. */
bool cnn_tensors_find_some(const struct cnn_tensor_file *in, struct cnn_tensors *tensors);
/* Reads the elements of a tensor that was found. */
bool cnn_tensors_read(const struct cnn_tensor_file *in, const struct cnn_tensor *tensor);
/* Tells of each tensor, in the header's order; the name is gone when tell() has returned. False where tell() returns that, or
 * the header is malformed. */
bool cnn_tensors_each(const struct cnn_tensor_file *in,
                      bool (*tell)(void *user, const struct cnn_tensor_entry *entry), void *user);
/* Of a tensor of floats, be they of 16, 32 or 64 bits: is it one; how many numbers it has, -1 after an error; and these. */
bool cnn_tensor_entry_floats(const struct cnn_tensor_entry *entry);
int64_t cnn_tensors_entry_count(const struct cnn_tensor_file *in, const struct cnn_tensor_entry *entry);
bool cnn_tensors_read_floats(const struct cnn_tensor_file *in, const struct cnn_tensor_entry *entry, float *out);
/* Fills the error with "not a sound safetensors file: WHAT"; returns false. */
bool cnn_tensors_damaged(const struct cnn_tensor_file *in, const char *what);

/* ---- clock.c ---------------------------------------------------------------------------------------- */

/* Seconds on a clock that only goes forward. */
double cnn_seconds(void);

#endif
