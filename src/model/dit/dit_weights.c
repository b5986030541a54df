/* The weights of the whole transformer: declaring, opening, saving. */
#include "model/dit/dit.h"

#include "base/error.h"
#include "model/part.h"

#include <stdlib.h>

static void declare_weights(reel_dit *dit)
{
    reel_weights *set = &dit->weights;
    const int blocks = dit->config.dual_blocks + dit->config.single_blocks;
    reel_weights_push(set, "video");
    reel_tower_declare(set, &dit->video, &dit->config, 1);
    reel_weights_pop(set);
    reel_weights_push(set, "audio");
    reel_tower_declare(set, &dit->audio, &dit->config, 0);
    reel_weights_pop(set);
    reel_weights_push(set, "coupling");
    for (int i = 0; i < blocks; i++) {
        reel_weights_push(set, "%d", i);
        reel_coupling_declare(set, &dit->couplings[i], &dit->config);
        reel_weights_pop(set);
    }
    reel_weights_pop(set);
}

static reel_status declare(reel_dit *dit, const reel_dit_config *config)
{
    *dit = (reel_dit){ .config = *config };
    reel_weights_init_set(&dit->weights);
    REEL_TRY(reel_dit_config_check(config));
    const int blocks = config->dual_blocks + config->single_blocks;
    dit->couplings = calloc((size_t)blocks, sizeof *dit->couplings);
    if (!dit->couplings) {
        return REEL_FAIL(REEL_ERR_MEMORY, "dit: no memory for %d blocks", blocks);
    }
    declare_weights(dit);
    return dit->weights.status;
}

reel_status reel_dit_init(reel_dit *dit, const reel_dit_config *config)
{
    REEL_TRY(declare(dit, config));
    return reel_weights_alloc(&dit->weights);
}

void reel_dit_deinit(reel_dit *dit)
{
    reel_tower_deinit(&dit->video);
    reel_tower_deinit(&dit->audio);
    free(dit->couplings);
    reel_weights_deinit(&dit->weights);
    *dit = (reel_dit){ 0 };
}

reel_status reel_dit_open(reel_dit *dit, const char *path)
{
    return reel_dit_open_as(dit, path, REEL_WEIGHTS_F32);
}

reel_status reel_dit_open_as(reel_dit *dit, const char *path, reel_weights_form form)
{
    *dit = (reel_dit){ 0 };
    reel_safetensors file;
    json_t *object;
    reel_dit_config config;
    REEL_TRY(reel_part_open(&file, &object, path, "dit"));
    reel_status status = REEL_OK;
    REEL_TRY_OR_DONE(reel_dit_config_read(&config, object));
    REEL_TRY_OR_DONE(declare(dit, &config));
    REEL_TRY_OR_DONE(reel_part_load_as(&dit->weights, &file, form));
done:
    json_decref(object);
    reel_safetensors_close(&file);
    if (status < 0) {
        reel_dit_deinit(dit);
        return reel_fail_in(status, "%s", path);
    }
    return REEL_OK;
}

reel_status reel_dit_save(const reel_dit *dit, const char *path, reel_dtype stored)
{
    return reel_part_save(&dit->weights, path, "dit", reel_dit_config_write(&dit->config), stored);
}
