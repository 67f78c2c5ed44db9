/* tensors.c -- named tensors, and what a safetensors file says of them: all of its format that needs no file. */
#define _POSIX_C_SOURCE 200809L
#include "file/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct cnn_dtype_row cnn_dtypes[] = {[CNN_F32] = {"F32", 4}, [CNN_F64] = {"F64", 8}, [CNN_I64] = {"I64", 8},
                                           [CNN_U64] = {"U64", 8}, [CNN_U32] = {"U32", 4}, [CNN_U8] = {"U8", 1}};

int64_t cnn_tensor_count(const struct cnn_tensor *tensor)
{
    int64_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= tensor->dim[i];
    return count;
}

int64_t cnn_tensor_bytes(const struct cnn_tensor *tensor)
{
    return cnn_tensor_count(tensor) * cnn_dtypes[tensor->dtype].bytes;
}

static void print_header(const struct cnn_metadata *metadata, int n_metadata, const struct cnn_tensors *tensors,
                         FILE *out)
{
    int64_t offset = 0;
    fputs("{\"__metadata__\":{", out);
    for (int i = 0; i < n_metadata; i++) {
        fputs(i ? "," : "", out);
        cnn_json_write(out, metadata[i].key);
        putc(':', out);
        cnn_json_write(out, metadata[i].value);
    }
    putc('}', out);
    for (int t = 0; t < tensors->count; t++) {
        const struct cnn_tensor *tensor = &tensors->tensor[t];
        putc(',', out);
        cnn_json_write(out, tensor->name);
        fprintf(out, ":{\"dtype\":\"%s\",\"shape\":[", cnn_dtypes[tensor->dtype].name);
        for (int i = 0; i < tensor->rank; i++)
            fprintf(out, i ? ",%" PRId64 : "%" PRId64, tensor->dim[i]);
        fprintf(out, "],\"data_offsets\":[%" PRId64 ",", offset);
        offset += cnn_tensor_bytes(tensor);
        fprintf(out, "%" PRId64 "]}", offset);
    }
    putc('}', out);
}

/* Blanks behind the text align the data to eight bytes; its length stands in front. */
bool cnn_tensors_header(const struct cnn_metadata *metadata, int n_metadata, const struct cnn_tensors *tensors,
                        char **header, size_t *length)
{
    unsigned char prefix[CNN_PREFIX_BYTES] = {0};
    *header = NULL;
    FILE *memory = open_memstream(header, length);
    if (!memory)
        return false;
    (void)fwrite(prefix, 1, sizeof prefix, memory); /* whether that went well, ferror tells */
    print_header(metadata, n_metadata, tensors, memory);
    bool ok = fflush(memory) == 0;
    fprintf(memory, "%*s", (int)(-*length % 8), "");
    ok = !ferror(memory) && ok;
    ok = fclose(memory) == 0 && ok && *header; /* glibc's last allocation fails without a word */
    if (ok)
        cnn_put_little_endian((unsigned char *)*header, *length - sizeof prefix, sizeof prefix);
    return ok;
}
