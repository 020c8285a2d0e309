/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "timbrel/presets.h"
#include "presets/embedded.h"

TbStatus tb_default_model(TbModel **model) {
    const Embedded *e = &tbi_embedded_models[0];
    *model = NULL;
    if (!e->name)
        return tb_fail(TB_ERR_NOT_FOUND, "This build of Timbrel has no default model; name one with --model.");
    return tb_model_parse(e->data, (size_t)(e->end - e->data), model);
}

size_t tb_bundled_count(void) {
    size_t n = 0;
    while (tbi_embedded_sounds[n].name)
        n++;
    return n;
}

const char *tb_bundled_name(size_t i) {
    return i < tb_bundled_count() ? tbi_embedded_sounds[i].name : NULL;
}

const void *tb_bundled_data(size_t i, size_t *n_bytes) {
    *n_bytes = 0;
    if (i >= tb_bundled_count())
        return NULL;
    *n_bytes = (size_t)(tbi_embedded_sounds[i].end - tbi_embedded_sounds[i].data);
    return tbi_embedded_sounds[i].data;
}

size_t tb_factory_preset_count(void) {
    size_t n = 0;
    while (tbi_embedded_factory[n].name)
        n++;
    return n;
}

const char *tb_factory_preset_text(size_t i, size_t *n_bytes) {
    *n_bytes = 0;
    if (i >= tb_factory_preset_count())
        return NULL;
    *n_bytes = (size_t)(tbi_embedded_factory[i].end - tbi_embedded_factory[i].data);
    return (const char *)tbi_embedded_factory[i].data;
}
