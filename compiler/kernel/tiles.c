/* tiles.c -- a bounded list of the best tiles: every tile is offered, the cheapest stay. */
#include "kernel/kernel.h"

#include <string.h>

/* The number of partial sums that are added at the end decides the order of all additions. */
static bool adds_in_order_of(const struct node *node, const int64_t *tile)
{
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        if (strcmp(node->kernel->tile_names[i], "sums") == 0 && tile[i] != node->tile[i])
            return false;
    return true;
}

void tiles_offer(struct tiles *tiles, const int64_t *tile, double cycles)
{
    if (tiles->order_of && !adds_in_order_of(tiles->order_of, tile))
        return;
    int at = tiles->count;
    while (at > 0 && cycles < tiles->list[at - 1].cycles)
        at--;
    if (at == CANDIDATES_MAX)
        return;
    if (tiles->count < CANDIDATES_MAX)
        tiles->count++;
    struct candidate *place = &tiles->list[at];
    memmove(place + 1, place, (size_t)(tiles->count - 1 - at) * sizeof *place);
    place->cycles = cycles;
    memcpy(place->tile, tile, sizeof place->tile);
}
