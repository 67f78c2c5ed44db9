/* main.c -- random networks, compiled and compared.
 *
 * usage: models run FOLDER FIRST COUNT SECONDS   the networks of seeds FIRST .. FIRST+COUNT-1, at most for SECONDS
 *        models replay FOLDER CASE.lua...        networks of files
 *        models shrink FOLDER CASE.lua RESULT    writes a smaller one that differs too
 *        models draw SEED                        prints a network
 *
 * FOLDER is for temporary files; a network that differs stays there as seed-N.lua. The environment says TOP, the
 * project's folder. */
#include "case.h"
#include "draw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED false
#endif

/* One of the files beside this one. */
static void find_lua(const char *name, char *path, size_t size)
{
    const char *top = getenv("TOP");
    snprintf(path, size, "%s/tests/fuzz/models/%s", top ? top : ".", name);
}

static bool draw_case(const char *path, uint64_t seed)
{
    char lua[500];
    struct trial trial = trial_draw(seed, SANITIZED);
    FILE *file = path ? fopen(path, "w") : stdout;
    if (!file)
        return false;
    find_lua("draw.lua", lua, sizeof lua);
    trial_write(&trial, file);
    bool ok = draw_script(lua, seed, file);
    return (!path || fclose(file) == 0) && ok;
}

static bool is_time_over(const struct timespec *begin, double seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return difftime(now.tv_sec, begin->tv_sec) >= seconds;
}

static int run(const struct workshop *workshop, uint64_t first, uint64_t count, double seconds)
{
    int counts[DIFFERS + 1] = {0};
    struct timespec begin;
    uint64_t seed = first;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (; seed < first + count && !is_time_over(&begin, seconds); seed++) {
        char path[500];
        snprintf(path, sizeof path, "%s/seed-%" PRIu64 ".lua", workshop->folder, seed);
        enum verdict verdict = draw_case(path, seed) ? case_run(workshop, path) : DIFFERS;
        counts[verdict]++;
        if (verdict == DIFFERS)
            printf("not ok network %" PRIu64 ": %s\n", seed, path);
        else
            remove(path);
        fflush(stdout);
    }
    int compared = counts[SAME] + counts[VAGUE] + counts[DIFFERS];
    printf("# seeds %" PRIu64 " to %" PRIu64
           ": %d networks compared, %d differ, %d where rounding is all, %d of no use\n",
           first, seed - 1, compared, counts[DIFFERS], counts[VAGUE], counts[UNUSABLE]);
    int tolerated = compared / 4 + 2; /* 2: of a few networks they may be many by chance */
    bool sound = counts[DIFFERS] == 0 && counts[UNUSABLE] <= tolerated && counts[VAGUE] <= tolerated;
    if (sound)
        printf("ok %d random networks\n", compared);
    else if (counts[DIFFERS] == 0)
        puts("not ok random networks: too few of them are worth comparing");
    return !sound;
}

static int replay(const struct workshop *workshop, char *const *paths)
{
    static const char *const words[] = {"same", "same, but rounding is all", "of no use", "differs"};
    int wrong = 0;
    for (; *paths; paths++) {
        enum verdict verdict = case_run(workshop, *paths);
        bool ok = verdict == SAME || verdict == VAGUE;
        printf("%s %s: %s\n", ok ? "ok" : "not ok", *paths, words[verdict]);
        fflush(stdout);
        wrong += !ok;
    }
    return wrong != 0;
}

static int shrink(const struct workshop *workshop, const char *path, const char *result)
{
    char lua[500];
    find_lua("shrink.lua", lua, sizeof lua);
    fprintf(stderr, "shrinking %s to %s\n", path, result);
    bool silent = freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr); /* many tries fail */
    return !(silent && case_shrink(workshop, lua, path, result));
}

static int usage(void)
{
    fprintf(stderr, "usage: models run FOLDER FIRST COUNT SECONDS | replay FOLDER CASE.lua... |\n"
                    "       shrink FOLDER CASE.lua RESULT.lua | draw SEED\n");
    return 2;
}

int main(int argc, char **argv)
{
    const char *runtime = getenv("CNNRT");
    struct workshop workshop = {
        .folder = argc > 2 ? argv[2] : NULL, .runtime = runtime ? runtime : "runtime", .sanitized = SANITIZED};
    if (argc == 3 && strcmp(argv[1], "draw") == 0)
        return !draw_case(NULL, strtoull(argv[2], NULL, 10));
    if (argc == 6 && strcmp(argv[1], "run") == 0)
        return run(&workshop, strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10), strtod(argv[5], NULL));
    if (argc == 5 && strcmp(argv[1], "shrink") == 0)
        return shrink(&workshop, argv[3], argv[4]);
    if (argc > 3 && strcmp(argv[1], "replay") == 0)
        return replay(&workshop, argv + 3);
    return usage();
}
