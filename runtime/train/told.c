/* told.c -- what the callbacks of stages are told, and what a checkpoint must know of it. */
#include "train/train.h"

double cnn_told_rate(const struct cnn_stage_callback *callback, int64_t epoch)
{
    return callback->rates[epoch < callback->n_rates ? epoch : callback->n_rates - 1];
}

static void hash_told(uint64_t *hash, const struct cnn_told *told, int64_t begun)
{
    const struct cnn_stage_callback *of = &told->callback;
    const int64_t numbers[] = {told->stage,   (int64_t)of->kind, of->of_validation, of->higher_is_better,
                               of->patience,  of->has_baseline,  of->restores_best, of->start_from_epoch,
                               of->best_only, of->cooldown};
    const double reals[] = {of->min_delta, of->has_baseline ? of->baseline : 0, of->factor, of->min_lr};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cnn_hash_number(hash, numbers[i]);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        cnn_hash_real(hash, reals[i]);
    cnn_hash_text(hash, of->monitor ? of->monitor : "");
    for (int64_t epoch = 0; of->kind == CNN_LEARNING_RATE_SCHEDULER && epoch < begun; epoch++)
        cnn_hash_real(hash, cnn_told_rate(of, told->initial_epoch + epoch));
}

uint64_t cnn_told_hash(const struct cnn_checkpoint *checkpoint)
{
    uint64_t hash = CNN_HASH_BEGIN;
    for (int i = 0; i < checkpoint->n_told; i++) {
        const struct cnn_told *told = &checkpoint->told[i];
        const bool runs = told->stage == checkpoint->stage && checkpoint->batch > 0;
        hash_told(&hash, told, checkpoint->stage_rows[told->stage] + runs);
    }
    return hash;
}
