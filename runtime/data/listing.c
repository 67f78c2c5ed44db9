/* listing.c -- what is in a folder: its sub-folders, or its pictures, in the alphabet's order. */
#define _POSIX_C_SOURCE 200809L
#include "data/data.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Pictures that foreign.c knows, by what their names end in. */
static bool is_other_picture(const char *name)
{
    static const char *const endings[] = {".gif", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif"};
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(ending, endings[i]) == 0)
            return true;
    return false;
}

/* What else lies beside pictures, a Thumbs.db say, is left alone. */
static bool is_wanted(const char *folder, const char *name, enum cnn_listed what)
{
    char path[CNN_PATH_SIZE];
    if (*name == '.')
        return false;
    if (what == CNN_LIST_PICTURES)
        return cnn_format_is_called(name, CNN_PICTURE);
    if (what == CNN_LIST_OTHER_PICTURES)
        return is_other_picture(name);
    if (what == CNN_LIST_ARRAYS)
        return cnn_format_is_called(name, CNN_ARRAY);
    return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path && cnn_is_folder(path);
}

bool cnn_listing_add(struct cnn_listing *listing, const char *name)
{
    size_t bytes = strlen(name) + 1;
    if (!listing->text || listing->bytes + bytes > listing->room) {
        size_t room = 2 * listing->room + bytes;
        char *grown = realloc(listing->text, room);
        if (!grown)
            return false;
        listing->text = grown;
        listing->room = room;
    }
    memcpy(listing->text + listing->bytes, name, bytes);
    listing->bytes += bytes;
    listing->count++;
    return true;
}

bool cnn_listing_index(struct cnn_listing *listing)
{
    char *name = listing->text;
    listing->names = calloc((size_t)listing->count + 1, sizeof *listing->names);
    for (int64_t i = 0; listing->names && i < listing->count; i++, name += strlen(name) + 1)
        listing->names[i] = name;
    return listing->names != NULL;
}

static int compare(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

bool cnn_list(const char *folder, enum cnn_listed what, struct cnn_listing *listing, struct cnn_error *error)
{
    *listing = (struct cnn_listing){.count = 0};
    DIR *directory = opendir(folder);
    if (!directory)
        return cnn_fail(error, "%s: cannot be read: %s", folder, strerror(errno));
    bool ok = true;
    const struct dirent *entry;
    while (ok && (entry = readdir(directory)) != NULL)
        ok = !is_wanted(folder, entry->d_name, what) || cnn_listing_add(listing, entry->d_name);
    closedir(directory);
    if (!ok || !cnn_listing_index(listing))
        return cnn_fail(error, "%s: out of memory for the names of its files", folder);
    qsort(listing->names, (size_t)listing->count, sizeof *listing->names, compare);
    return true;
}

bool cnn_folder_has(const char *folder, enum cnn_listed what)
{
    DIR *directory = opendir(folder);
    bool has = false;
    const struct dirent *entry;
    while (directory && !has && (entry = readdir(directory)) != NULL)
        has = is_wanted(folder, entry->d_name, what);
    if (directory)
        closedir(directory);
    return has;
}

bool cnn_folder_has_classes(const char *folder)
{
    DIR *directory = opendir(folder);
    bool has = false;
    const struct dirent *entry;
    while (directory && !has && (entry = readdir(directory)) != NULL) {
        char path[CNN_PATH_SIZE];
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        has = length < (int)sizeof path && is_wanted(folder, entry->d_name, CNN_LIST_FOLDERS) &&
              cnn_folder_has(path, CNN_LIST_PICTURES);
    }
    if (directory)
        closedir(directory);
    return has;
}

void cnn_listing_free(struct cnn_listing *listing)
{
    free(listing->names);
    free(listing->text);
    *listing = (struct cnn_listing){.count = 0};
}
