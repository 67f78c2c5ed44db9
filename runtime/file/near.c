/* near.c -- which word is meant by a misspelt one. */
#include "file/file.h"

#include <ctype.h>
#include <string.h>

/* Longer words are near none: command lines are anybody's, and the work grows with the square. */
enum { LONGEST = 32 };

/* Capitals and underscores are no mistakes. */
static char plain(char c) { return c == '_' ? '-' : (char)tolower((unsigned char)c); }

static int least(int a, int b) { return a < b ? a : b; }

/* Levenshtein's distance, with a swap of neighbours as one step. */
static int distance(const char *a, int n, const char *b, int m)
{
    int rows[3][LONGEST + 1] = {{0}};
    for (int j = 0; j <= m; j++)
        rows[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *row = rows[i % 3], *above = rows[(i - 1) % 3], *over = rows[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            char of_a = plain(a[i - 1]), of_b = plain(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (of_a != of_b));
            if (i > 1 && j > 1 && of_a == plain(b[j - 2]) && plain(a[i - 2]) == of_b)
                row[j] = least(row[j], over[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

struct cnn_near cnn_near(const char *word)
{
    const char *begin = word + strspn(word, "-");
    return (struct cnn_near){.word = begin, .length = strcspn(begin, "=")};
}

void cnn_near_try(struct cnn_near *near, const char *candidate)
{
    size_t length = strlen(candidate);
    if (near->length > LONGEST || length > LONGEST || near->length == 0)
        return;
    int apart = distance(near->word, (int)near->length, candidate, (int)length);
    int max = near->length < 6 ? 1 : (int)near->length / 3;
    if (apart > max || apart >= (int)length || (near->found && apart >= near->apart))
        return;
    near->found = candidate;
    near->apart = apart;
}
