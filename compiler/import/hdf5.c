/* hdf5.c -- an HDF5 file as tables of Lua. Damaged files are known to bring libhdf5 down, so it works in a process of its own,
 * which has the file's bytes, no files, and little time and memory. That writes into a pipe what the file has, in records:
 *
 *   g PATH                             a group
 *   a NAME COUNT TEXT...               an attribute of the group or dataset before, if it is text
 *   d PATH TYPE RANK LENGTH... BYTES   a dataset: f floats, i whole numbers; behind that, as they lie in memory
 *   e TEXT                             why there is no more
 *   z                                  the end
 *
 * A text is its length and its bytes, a number is eight bytes; in front of all records is how long they are. */
#include "import/import.h"

#include <errno.h>
#include <hdf5.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEPTH_MAX = 32, OBJECTS_MAX = 100000, PATH_BYTES = 4096, CHILD_SECONDS = 60, GRACE_SECONDS = 5 };

/* ---- the child: writing -------------------------------------------------------------------------------------- */

struct walk {
    int out;       /* the pipe; -1: what is written is only counted */
    uint64_t size; /* that was written */
    int objects, depth;
    char path[PATH_BYTES];
    bool failed; /* there was a record of an error */
};

static void put(struct walk *walk, const void *data, size_t size)
{
    const char *at = data;
    walk->size += size;
    while (walk->out >= 0 && size > 0) {
        ssize_t written = write(walk->out, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            _exit(STATUS_ERROR); /* nobody reads it */
        at += written;
        size -= (size_t)written;
    }
}

static void put_number(struct walk *walk, uint64_t number) { put(walk, &number, sizeof number); }

static void put_text(struct walk *walk, const char *text, size_t length)
{
    put_number(walk, length);
    put(walk, text, length);
}

/* False, for whoever gives up by it. */
static bool put_error(struct walk *walk, const char *format, const char *what)
{
    if (!walk->failed) {
        char text[PATH_BYTES + 256];
        snprintf(text, sizeof text, format, what);
        put(walk, "e", 1);
        put_text(walk, text, strlen(text));
    }
    walk->failed = true;
    return false;
}

/* ---- the child: attributes ------------------------------------------------------------------------------------ */

static void put_texts(struct walk *walk, const char *name, const char *data, size_t count, size_t size,
                      bool variable)
{
    put(walk, "a", 1);
    put_text(walk, name, strlen(name));
    put_number(walk, count);
    for (size_t i = 0; i < count; i++) {
        const char *text = data + i * size;
        if (variable)
            memcpy(&text, data + i * sizeof text, sizeof text);
        put_text(walk, text ? text : "", !text ? 0 : variable ? strlen(text) : strnlen(text, size));
    }
}

static void read_attribute(struct walk *walk, const char *name, hid_t attribute, hid_t type, hid_t space)
{
    H5T_class_t class = H5Tget_class(type);
    bool variable = class == H5T_STRING && H5Tis_variable_str(type) > 0;
    hssize_t count = H5Sget_simple_extent_npoints(space);
    size_t size = H5Tget_size(type);
    if ((class != H5T_STRING && class != H5T_OPAQUE) || count < 0 || size == 0 ||
        (uint64_t)count > SIZE_MAX / 2 / size)
        return;
    char *data = calloc((size_t)count + 1, size);
    if (!data) {
        put_error(walk, "the attribute '%s' is too large", name);
        return;
    }
    if (H5Aread(attribute, type, data) >= 0) {
        put_texts(walk, name, data, (size_t)count, size, variable);
        if (variable)
            H5Dvlen_reclaim(type, space, H5P_DEFAULT, data);
    }
    free(data);
}

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
    struct walk *walk = data;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    (void)info;
    if (type >= 0 && space >= 0)
        read_attribute(walk, name, attribute, type, space);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return walk->failed ? -1 : 0;
}

static void visit_attributes(struct walk *walk, hid_t object)
{
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, walk) < 0)
        put_error(walk, "the attributes of %s are damaged", walk->path);
}

/* ---- the child: datasets ---------------------------------------------------------------------------------------- */

/* Bytes from elsewhere, and filters that may be anyone's code, are not read. */
static bool check_storage(struct walk *walk, hid_t dataset)
{
    hid_t plist = H5Dget_create_plist(dataset);
    bool ok = plist >= 0 && H5Pget_layout(plist) != H5D_VIRTUAL && H5Pget_external_count(plist) == 0;
    if (!ok)
        put_error(walk, "the dataset %s lies in another file, which is not read", walk->path);
    for (unsigned i = 0; ok && (int)i < H5Pget_nfilters(plist); i++) {
        unsigned flags;
        H5Z_filter_t filter = H5Pget_filter2(plist, i, &flags, NULL, NULL, 0, NULL, NULL);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
            ok =
                put_error(walk, "the dataset %s is compressed in a way that is not read: only gzip is", walk->path);
    }
    H5Pclose(plist);
    return ok;
}

/* Two bytes of which nothing is said are taken for bfloat16, as h5py keeps them. */
static void widen(void *data, uint64_t count)
{
    unsigned char *bytes = data;
    for (uint64_t i = count; i-- > 0;) {
        uint16_t half;
        memcpy(&half, bytes + 2 * i, sizeof half);
        uint32_t bits = (uint32_t)half << 16;
        memcpy(bytes + 4 * i, &bits, sizeof bits);
    }
}

static const struct number_type {
    H5T_class_t class;
    char type;
    uint64_t bytes;
} elements[] = {{H5T_FLOAT, 'f', 4}, {H5T_INTEGER, 'i', 8}, {H5T_OPAQUE, 'f', 4}};

static void read_numbers(struct walk *walk, hid_t dataset, hid_t type, const struct number_type *element,
                         uint64_t count)
{
    void *data = count <= SIZE_MAX / 2 / element->bytes ? malloc((size_t)(count * element->bytes) + 1) : NULL;
    hid_t as = element->class == H5T_OPAQUE ? type : element->type == 'f' ? H5T_NATIVE_FLOAT : H5T_NATIVE_INT64;
    if (!data || H5Dread(dataset, as, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        _exit(STATUS_ERROR); /* in the midst of a record whose length was told */
    if (element->class == H5T_OPAQUE)
        widen(data, count);
    put(walk, data, (size_t)(count * element->bytes));
    free(data);
}

static bool put_dataset(struct walk *walk, hid_t dataset, hid_t type, hid_t space)
{
    hsize_t dim[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_dims(space, dim, NULL);
    uint64_t count = 1;
    size_t which = 0, n = sizeof elements / sizeof *elements;
    while (which < n && elements[which].class != H5Tget_class(type))
        which++;
    if (which == n || (elements[which].class == H5T_OPAQUE && H5Tget_size(type) != 2))
        return true; /* no numbers: nobody asks for it */
    if (rank < 0 || rank > ARRAY_RANK_MAX)
        return put_error(walk, "the dataset %s has too many axes", walk->path);
    for (int i = 0; i < rank; i++) {
        if (dim[i] > 0 && count > ((uint64_t)1 << 40) / dim[i])
            return put_error(walk, "the dataset %s has a shape that is none", walk->path);
        count *= dim[i];
    }
    if (!check_storage(walk, dataset))
        return false;
    put(walk, "d", 1);
    put_text(walk, walk->path, strlen(walk->path));
    put(walk, &elements[which].type, 1);
    put_number(walk, (uint64_t)rank);
    for (int i = 0; i < rank; i++)
        put_number(walk, dim[i]);
    put_number(walk, count * elements[which].bytes);
    if (walk->out >= 0)
        read_numbers(walk, dataset, type, &elements[which], count);
    else
        walk->size += count * elements[which].bytes;
    return true;
}

/* ---- the child: groups ------------------------------------------------------------------------------------------ */

static bool visit_group(struct walk *walk, hid_t group);

static bool visit_object(struct walk *walk, hid_t object)
{
    H5I_type_t kind = H5Iget_type(object);
    if (kind == H5I_GROUP)
        return visit_group(walk, object);
    if (kind != H5I_DATASET)
        return true;
    hid_t type = H5Dget_type(object), space = H5Dget_space(object);
    bool ok = type >= 0 && space >= 0 ? put_dataset(walk, object, type, space)
                                      : put_error(walk, "the dataset %s is damaged", walk->path);
    H5Sclose(space);
    H5Tclose(type);
    if (ok)
        visit_attributes(walk, object);
    return !walk->failed;
}

/* What a training kept for its optimizer, which is as large as the model. */
static bool is_of_optimizer(const struct walk *walk, const char *name)
{
    return !*walk->path && (strcmp(name, "optimizer_weights") == 0 || strcmp(name, "optimizer") == 0);
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    struct walk *walk = data;
    size_t length = strlen(walk->path);
    if (is_of_optimizer(walk, name))
        return 0;
    int more = snprintf(walk->path + length, sizeof walk->path - length, "%s%s", length ? "/" : "", name);
    if (more < 0 || (size_t)more >= sizeof walk->path - length || ++walk->objects > OBJECTS_MAX)
        put_error(walk, "it has too many objects%s", "");
    else if (info->type != H5L_TYPE_HARD)
        put_error(walk, "%s is a link, which is not followed", walk->path);
    hid_t object = walk->failed ? -1 : H5Oopen(group, name, H5P_DEFAULT);
    if (!walk->failed && object < 0)
        put_error(walk, "%s is damaged", walk->path);
    bool ok = object >= 0 && visit_object(walk, object);
    H5Oclose(object);
    walk->path[length] = '\0';
    return ok ? 0 : -1;
}

static bool visit_group(struct walk *walk, hid_t group)
{
    if (++walk->depth > DEPTH_MAX)
        return put_error(walk, "its groups are nested too deeply: %s", walk->path);
    put(walk, "g", 1);
    put_text(walk, walk->path, strlen(walk->path));
    visit_attributes(walk, group);
    if (!walk->failed && H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, walk) < 0)
        put_error(walk, "the group %s is damaged", *walk->path ? walk->path : "/");
    walk->depth--;
    return !walk->failed;
}

static hid_t open_bytes(const struct import_bytes *bytes)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), file = -1;
    void *image; /* of which a copy is made */
    memcpy(&image, &bytes->data, sizeof image);
    if (H5Pset_fapl_core(access, 1 << 16, false) >= 0 && H5Pset_file_image(access, image, bytes->size) >= 0)
        file = H5Fopen("nowhere", H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}

/* Once only to know how much it will be. */
void hdf5_describe(struct import_bytes bytes, int out)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file = open_bytes(&bytes);
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    uint64_t size = 0;
    for (int pass = 0; pass < 2; pass++) {
        struct walk walk = {.out = pass ? out : -1};
        if (pass) {
            put_number(&walk, size);
            walk.size = 0;
        }
        if (root < 0)
            put_error(&walk, "this is no HDF5 file, or it is damaged%s", "");
        else
            visit_group(&walk, root);
        put(&walk, "z", 1);
        size = walk.size;
    }
    H5Gclose(root);
    H5Fclose(file);
}

/* ---- the child: what it may do ---------------------------------------------------------------------------------- */

/* `more`: above the limit that a signal tells of, what kills. */
static void limit(int what, rlim_t to, rlim_t more)
{
    struct rlimit old;
    if (getrlimit(what, &old) != 0 || (old.rlim_max != RLIM_INFINITY && old.rlim_max < to + more))
        return;
    (void)setrlimit(what, &(struct rlimit){.rlim_cur = to, .rlim_max = to + more});
}

/* So many bytes of memory beside what the process has, no file, no time without end. */
static void limit_process(size_t memory)
{
    char text[32] = "";
    FILE *status = memory ? fopen("/proc/self/statm", "r") : NULL;
    bool known = status && fgets(text, sizeof text, status);
    if (status)
        (void)fclose(status); /* only read */
    if (known)
        limit(RLIMIT_AS, (rlim_t)strtoul(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) + memory, 0);
    limit(RLIMIT_CPU, CHILD_SECONDS, GRACE_SECONDS); /* were both one, Linux would kill without SIGXCPU */
    limit(RLIMIT_FSIZE, 0, 0);
    limit(RLIMIT_NOFILE, 0, 0);
    limit(RLIMIT_CORE, 0, 0);
}

/* ---- the parent: reading the pipe ------------------------------------------------------------------------------- */

static bool read_all(int in, void *data, size_t size)
{
    char *at = data;
    while (size > 0) {
        ssize_t n = read(in, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* Is the process at its end, and all well? */
static bool wait_for(pid_t child, int *status)
{
    while (waitpid(child, status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
}

/* What the child says of the bytes. */
static struct import_bytes read_description(lua_State *lua, const char *path, pid_t child, int in)
{
    struct arena *arena = script_of(lua)->arena;
    unsigned char *data = NULL;
    uint64_t size = 0;
    int status = 0;
    bool ok = read_all(in, &size, sizeof size);
    bool fits = size < INT64_MAX && import_fits(lua, (int64_t)size);
    if (!fits)
        (void)kill(child, SIGKILL);
    if (ok && fits)
        data = arena_alloc(arena, (size_t)size + 1);
    ok = ok && fits && read_all(in, data, (size_t)size);
    (void)close(in);
    ok = wait_for(child, &status) && ok;
    if (!fits)
        (void)arena_alloc(arena, (size_t)size); /* which fails, and says what would help */
    if (!ok)
        script_fail(lua, (struct origin){.file = path}, "%s",
                    WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? "reading this HDF5 file takes too long"
                                                                       : "this HDF5 file is damaged");
    return (struct import_bytes){data, (size_t)size};
}

static struct import_bytes describe(lua_State *lua, const char *path, struct import_bytes bytes)
{
    enum { FILES_OF_MEMORY = 4 }; /* the image, and what libhdf5 makes of it */
    const struct script *script = script_of(lua);
    int ends[2];
    if (pipe(ends) != 0)
        script_fail(lua, (struct origin){.file = path}, "cannot make a pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        (void)close(
            ends[0]); /* or the pipe would have a reader when the parent is gone, and the child wait for it */
        limit_process(script->limits.memory_bytes ? script->limits.memory_bytes + bytes.size * FILES_OF_MEMORY : 0);
        hdf5_describe(bytes, ends[1]);
        _exit(0);
    }
    (void)close(ends[1]);
    if (child > 0)
        return read_description(lua, path, child, ends[0]);
    (void)close(ends[0]);
    script_fail(lua, (struct origin){.file = path}, "cannot make a process: %s", strerror(errno));
}

/* ---- the parent: what the records say ----------------------------------------------------------------------------- */

/* The child may be anything by now: each length is compared with what is there. */
struct records {
    lua_State *lua;
    const char *path;
    const unsigned char *at, *end;
};

_Noreturn static void fail_of(struct records *records, const char *what)
{
    script_fail(records->lua, (struct origin){.file = records->path}, "%s", what);
}

static const unsigned char *take(struct records *records, uint64_t size)
{
    if (size > (uint64_t)(records->end - records->at))
        fail_of(records, "this HDF5 file is damaged");
    records->at += size;
    return records->at - size;
}

static uint64_t take_number(struct records *records)
{
    uint64_t number;
    memcpy(&number, take(records, sizeof number), sizeof number);
    return number;
}

static void push_text(struct records *records)
{
    uint64_t length = take_number(records);
    const char *text = (const char *)take(records, length);
    lua_pushlstring(records->lua, text, (size_t)length);
}

/* Behind "a": with the table of the object's attributes on top of the stack. */
static void take_attribute(struct records *records)
{
    push_text(records);
    uint64_t count = take_number(records);
    lua_newtable(records->lua);
    for (uint64_t i = 0; i < count; i++) {
        push_text(records);
        lua_rawseti(records->lua, -2, (lua_Integer)i + 1);
    }
    lua_rawset(records->lua, -3);
}

/* Behind "d PATH": pushes the array. */
static void push_dataset(struct records *records)
{
    int64_t dim[ARRAY_RANK_MAX];
    bool is_float = *take(records, 1) == 'f';
    uint64_t rank = take_number(records), count = 1, size = is_float ? sizeof(float) : sizeof(int64_t);
    if (rank > ARRAY_RANK_MAX)
        fail_of(records, "this HDF5 file is damaged");
    for (uint64_t i = 0; i < rank; i++) {
        uint64_t length = take_number(records);
        if (length > 0 && count > ((uint64_t)1 << 40) / length)
            fail_of(records, "this HDF5 file is damaged");
        count *= length;
        dim[i] = (int64_t)length;
    }
    if (take_number(records) != count * size)
        fail_of(records, "this HDF5 file is damaged");
    const unsigned char *data = take(records, count * size);
    struct array *array = array_push(records->lua, is_float ? ARRAY_FLOAT : ARRAY_INT, (int)rank, dim);
    if (count > 0)
        memcpy(is_float ? (void *)array->floats : (void *)array->whole, data, count * size);
}

/* Pushes the path, and makes the table of its attributes: at the top of the stack behind `attributes`. */
static void begin_object(struct records *records, int attributes)
{
    lua_settop(records->lua, attributes);
    push_text(records);
    lua_newtable(records->lua);
    lua_pushvalue(records->lua, -2);
    lua_pushvalue(records->lua, -2);
    lua_rawset(records->lua, attributes);
}

void hdf5_push_records(lua_State *lua, const char *path, struct import_bytes bytes)
{
    struct records records = {lua, path, bytes.data, bytes.data + bytes.size};
    luaL_checkstack(lua, 16, NULL);
    lua_newtable(lua); /* {arrays =, attributes =} */
    int top = lua_gettop(lua), arrays = top + 1, attributes = top + 2;
    lua_newtable(lua);
    lua_newtable(lua);
    for (unsigned char kind = *take(&records, 1); kind != 'z'; kind = *take(&records, 1)) {
        if (kind == 'a' && lua_gettop(lua) > attributes) {
            take_attribute(&records);
        } else if (kind == 'g') {
            begin_object(&records, attributes);
        } else if (kind == 'd') {
            begin_object(&records, attributes);
            lua_pushvalue(lua, -2);
            push_dataset(&records);
            lua_rawset(lua, arrays);
        } else {
            if (kind == 'e')
                push_text(&records);
            fail_of(&records, kind == 'e' ? lua_tostring(lua, -1) : "this HDF5 file is damaged");
        }
    }
    lua_settop(lua, attributes);
    lua_setfield(lua, top, "attributes");
    lua_setfield(lua, top, "arrays");
}

void hdf5_push(lua_State *lua, const char *path, struct import_bytes bytes)
{
    hdf5_push_records(lua, path, describe(lua, path, bytes));
}
