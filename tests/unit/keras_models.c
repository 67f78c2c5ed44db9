/* keras_models.c */
#include "keras_models.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

static const char *path_of(struct script_fixture *fixture, const char *name)
{
    return arena_printf(&fixture->arena, "%s/%s", fixture->folder, name);
}

static char *json_of(struct script_fixture *fixture, const char *text)
{
    char *json = arena_strdup(&fixture->arena, text);
    for (char *at = json; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    return json;
}

/* ---- HDF5 ---- */

static hid_t text_type(size_t length)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, length);
    return type;
}

/* As h5py keeps a text: one of any length. */
static void add_text(hid_t group, const char *name, const char *text)
{
    hid_t type = text_type(H5T_VARIABLE), space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, &text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

/* And a list of them: of one length, with zeros behind the shorter. */
static void add_texts(hid_t group, const char *name, size_t n, char (*texts)[64])
{
    hid_t type = text_type(sizeof *texts), space = H5Screate_simple(1, (hsize_t[]){n}, NULL);
    hid_t attribute = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(n == 0 || H5Awrite(attribute, type, texts) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

/* "PATH=3,1": an array that is the k-th of the file. Compressed, where it has two axes, as some are. */
static void add_array(hid_t group, const char *text, int k)
{
    hsize_t dim[8];
    int rank = 0;
    size_t count = 1;
    char path[128];
    const char *at = strchr(text, '=');
    assert_non_null(at);
    snprintf(path, sizeof path, "%.*s", (int)(at - text), text);
    for (char *end; *at && *at != ' '; at = end) {
        dim[rank] = strtoul(at + 1, &end, 10);
        count *= dim[rank++];
    }
    float *values = calloc(count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(100 * (k + 1)) + (float)i;
    hid_t link = H5Pcreate(H5P_LINK_CREATE), create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_create_intermediate_group(link, 1);
    if (rank == 2) {
        H5Pset_chunk(create, rank, dim);
        H5Pset_shuffle(create);
        H5Pset_deflate(create, 4);
    }
    hid_t space = H5Screate_simple(rank, dim, NULL);
    hid_t dataset = H5Dcreate2(group, path, H5T_IEEE_F32LE, space, link, create, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(create);
    H5Pclose(link);
    free(values);
}

/* The first word of the text; where the next begins. */
static const char *next_word(const char *text, char *word, size_t size)
{
    size_t n = strcspn(text, " ;");
    snprintf(word, size, "%.*s", (int)n, text);
    text += n;
    return text + strspn(text, " ");
}

static void add_groups(hid_t root, const char *weights)
{
    char layers[16][64], names[32][64], word[128];
    size_t n_layers = 0;
    for (int k = 0; *weights; weights += strspn(weights, "; ")) {
        size_t n = 0;
        weights = next_word(weights, word, sizeof word);
        word[strcspn(word, ":")] = '\0';
        snprintf(layers[n_layers++], sizeof *layers, "%.63s", word);
        hid_t group = H5Gcreate2(root, word, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        while (*weights && *weights != ';') {
            weights = next_word(weights, word, sizeof word);
            add_array(group, word, k++);
            word[strcspn(word, "=")] = '\0';
            snprintf(names[n++], sizeof *names, "%.63s", word);
        }
        add_texts(group, "weight_names", n, names);
        H5Gclose(group);
    }
    add_texts(root, "layer_names", n_layers, layers);
}

static hid_t create(const char *path)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

const char *keras_write(struct script_fixture *fixture, const char *name, const char *version, const char *backend,
                        const char *config, const char *weights)
{
    const char *path = path_of(fixture, name);
    hid_t file = create(path);
    if (version)
        add_text(file, "keras_version", version);
    if (backend)
        add_text(file, "backend", backend);
    if (config)
        add_text(file, "model_config", json_of(fixture, config));
    hid_t root = H5Gcreate2(file, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add_groups(root, weights);
    H5Gclose(root);
    H5Fclose(file);
    return path;
}

/* ---- archives ---- */

static void put(FILE *out, uint32_t number, int bytes)
{
    for (; bytes > 0; bytes--, number >>= 8)
        putc((int)(number & 255), out);
}

static char *read_file(const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, in);
    fclose(in);
    return bytes;
}

struct member {
    const char *name, *bytes;
    uint32_t size, at;
};

static void put_header(FILE *out, const struct member *member, bool in_directory)
{
    put(out, in_directory ? 0x02014b50 : 0x04034b50, 4);
    if (in_directory)
        put(out, 20, 2);
    put(out, 20, 2);
    put(out, 0, 8); /* flags, stored, time */
    put(out, (uint32_t)crc32(0, (const Bytef *)member->bytes, member->size), 4);
    put(out, member->size, 4);
    put(out, member->size, 4);
    put(out, (uint32_t)strlen(member->name), 2);
    put(out, 0, 2);
    if (in_directory) {
        put(out, 0, 10);
        put(out, member->at, 4);
    }
    fputs(member->name, out);
}

static void write_zip(const char *path, size_t n, struct member *members)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    for (size_t i = 0; i < n; i++) {
        members[i].at = (uint32_t)ftell(out);
        put_header(out, &members[i], false);
        fwrite(members[i].bytes, 1, members[i].size, out);
    }
    uint32_t begin = (uint32_t)ftell(out);
    for (size_t i = 0; i < n; i++)
        put_header(out, &members[i], true);
    uint32_t end = (uint32_t)ftell(out);
    put(out, 0x06054b50, 4);
    put(out, 0, 4);
    put(out, (uint32_t)n, 2);
    put(out, (uint32_t)n, 2);
    put(out, end - begin, 4);
    put(out, begin, 4);
    put(out, 0, 2);
    fclose(out);
}

const char *keras_write_archive(struct script_fixture *fixture, const char *name, const char *version,
                                const char *config, const char *weights)
{
    const char *inner = path_of(fixture, "inner.h5"), *path = path_of(fixture, name);
    char word[128];
    hid_t file = create(inner);
    for (int k = 0; *weights; k++) {
        weights = next_word(weights, word, sizeof word);
        add_array(file, word, k);
    }
    H5Fclose(file);
    size_t size;
    char *bytes = read_file(inner, &size);
    config = json_of(fixture, config);
    const char *metadata = arena_printf(&fixture->arena, "{\"keras_version\": \"%s\"}", version);
    struct member members[] = {{"metadata.json", metadata, (uint32_t)strlen(metadata), 0},
                               {"config.json", config, (uint32_t)strlen(config), 0},
                               {"model.weights.h5", bytes, (uint32_t)size, 0}};
    write_zip(path, sizeof members / sizeof *members, members);
    free(bytes);
    return path;
}

/* ---- harm ---- */

static void add_virtual(hid_t file)
{
    hid_t space = H5Screate_simple(1, (hsize_t[]){4}, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_virtual(plist, space, "/etc/passwd", "x", space);
    H5Dclose(H5Dcreate2(file, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, plist, H5P_DEFAULT));
    H5Pclose(plist);
    H5Sclose(space);
}

static void add_dataset(hid_t file, enum keras_harm harm)
{
    hsize_t dim[12] = {4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    int rank = harm == HARM_RANK ? 12 : 1;
    dim[0] = harm == HARM_HUGE ? (hsize_t)1 << 36 : dim[0];
    hid_t space = H5Screate_simple(rank, dim, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    if (harm == HARM_EXTERNAL_STORAGE)
        H5Pset_external(plist, "/etc/passwd", 0, 16);
    if (harm == HARM_FILTER || harm == HARM_HUGE)
        H5Pset_chunk(plist, 1, (hsize_t[]){4});
    if (harm == HARM_FILTER)
        H5Pset_scaleoffset(plist, H5Z_SO_FLOAT_DSCALE, 2);
    H5Dclose(H5Dcreate2(file, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, plist, H5P_DEFAULT));
    H5Pclose(plist);
    H5Sclose(space);
}

const char *keras_write_harmed(struct script_fixture *fixture, enum keras_harm harm)
{
    const char *path = path_of(fixture, "harmed.h5");
    hid_t file = create(path);
    add_text(file, "model_config", "{\"class_name\": \"Sequential\", \"config\": []}");
    switch (harm) {
    case HARM_SOFT_LINK: H5Lcreate_soft("/nowhere", file, "w", H5P_DEFAULT, H5P_DEFAULT); break;
    case HARM_EXTERNAL_LINK: H5Lcreate_external("/etc/x.h5", "/w", file, "w", H5P_DEFAULT, H5P_DEFAULT); break;
    case HARM_CYCLE: H5Lcreate_hard(file, "/", file, "w", H5P_DEFAULT, H5P_DEFAULT); break;
    case HARM_VIRTUAL: add_virtual(file); break;
    default: add_dataset(file, harm);
    }
    H5Fclose(file);
    return path;
}
