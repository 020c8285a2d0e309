/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a model or refused; a model that is accepted is usable. */
#include "tests/fuzz/fuzz.h"
#include "timbrel/sound.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TbModel *model;
    TbStatus status = tb_model_parse(data, size, &model);
    if (fuzz_refused(status, !model))
        return 0;
    const TbVae *vae = tb_model_vae(model);
    size_t latent = (size_t)tb_vae_config(vae)->latent_dim;
    float *x = calloc(TB_MODEL_INPUTS + latent + TB_CONDITIONS + TB_FEATURES, sizeof *x);
    if (x) {
        float *mu = x + TB_MODEL_INPUTS, *condition = mu + latent, *y = condition + TB_CONDITIONS;
        if (tb_vae_encode(vae, x, 1, mu, NULL) == TB_OK)
            tb_ignore(tb_vae_decode(vae, mu, condition, 1, y)) /* any result, but no crash */;
    }
    free(x);
    if (!tb_model_facts(model))
        abort();
    tb_model_free(model);
    return 0;
}
