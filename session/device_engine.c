/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Engines that suit the sound device: of a model that is to play, and of the one that plays when the device has come
 * back at another sample rate or with other channels. */
#include "session/loader.h"

static DeviceFormat needed(const TbSession *s) {
    TbLiveState live;
    tb_live_state(s->options.live, &live);
    return (DeviceFormat){live.needed_rate, live.needed_channels};
}

static bool same_format(const DeviceFormat *a, const DeviceFormat *b) {
    return a->rate == b->rate && a->n_channels == b->n_channels;
}

TbStatus tbi_device_engine_new(TbSession *s, const LoadedModel *model, const TbInstrument *const *corner, int n,
                               DeviceFormat *format, TbEngine **engine) {
    TbEngineOptions o = s->engine;
    *format = needed(s);
    o.sample_rate = format->rate;
    o.stereo = format->n_channels == 2;
    TbStatus status = tb_engine_new(model->model, &o, engine);
    if (status == TB_OK)
        tb_engine_set_corners(*engine, corner, n);
    return status;
}

void tbi_device_engine_hand_over(TbSession *s, LoadedModel *model, TbEngine *engine) {
    s->engine.sample_rate = tb_engine_sample_rate(engine);
    s->engine.stereo = tb_engine_channels(engine) == 2;
    s->reengine = false;
    tbi_model_cache_hand_over(&s->models, model, engine);
}

void tbi_device_engine_follow(TbSession *s) {
    if (s->engine.size == 0) /* without options no engine can be made */
        return;
    const DeviceFormat now = needed(s);
    pthread_mutex_lock(&s->lock);
    bool suits = now.rate == s->engine.sample_rate && (now.n_channels == 2) == s->engine.stereo;
    bool refused = same_format(&now, &(DeviceFormat){s->refused_rate, s->refused_channels});
    if (!refused)
        s->refused_rate = 0; /* the device has changed again: from here on everything may be tried */
    s->reengine = !suits && !refused;
    if (s->reengine)
        pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

/* No engine for this device. Trying again is of use only when memory ran out, or when the device has changed, which
 * tbi_device_engine_follow notices. */
static void give_up(TbSession *s, const DeviceFormat *tried, TbStatus status) {
    const DeviceFormat now = needed(s);
    if (!same_format(&now, tried))
        return;
    pthread_mutex_lock(&s->lock);
    if (status != TB_ERR_NO_MEMORY) {
        s->refused_rate = tried->rate;
        s->refused_channels = tried->n_channels;
        s->reengine = false;
    }
    if (status == TB_ERR_UNSUPPORTED) /* the live player's sentence is for those who make engines */
        status =
            tb_fail(status, "No engine plays %d channels at %.0f Hz; choose another device.", now.n_channels, now.rate);
    tbi_session_set_error(s, status);
    pthread_mutex_unlock(&s->lock);
}

bool tbi_device_engine_again(TbSession *s, const DeviceFormat *format) {
    const DeviceFormat now = needed(s);
    bool changed = !same_format(&now, format);
    pthread_mutex_lock(&s->lock);
    bool told = same_format(format, &(DeviceFormat){s->refused_rate, s->refused_channels});
    pthread_mutex_unlock(&s->lock);
    if (!changed && !told)
        give_up(s, format, TB_ERR_UNSUPPORTED);
    return changed;
}

void tbi_device_engine_replace(TbSession *s) {
    const TbInstrument *corner[TB_PARTS] = {NULL};
    TbEngine *engine = NULL;
    DeviceFormat format;
    pthread_mutex_lock(&s->lock);
    const TbPreset loaded = s->loaded;
    pthread_mutex_unlock(&s->lock);
    for (int i = 0; i < loaded.n_sounds; i++) /* they are on the corners: never trimmed */
        corner[i] = tbi_instrument_cache_find(&s->models.playing->instruments, loaded.sound[i]);
    TbStatus status = tbi_device_engine_new(s, s->models.playing, corner, loaded.n_sounds, &format, &engine);
    for (bool waits = status == TB_OK; waits;) {
        tbi_eviction_collect(s);
        pthread_mutex_lock(&s->lock);
        status = tb_live_set_engine(s->options.live, engine);
        waits = status == TB_ERR_BUSY && !s->stop;
        if (status == TB_OK) {
            tbi_device_engine_hand_over(s, s->models.playing, engine);
            engine = NULL;
        }
        pthread_mutex_unlock(&s->lock);
        if (waits)
            loader_nap();
    }
    tb_engine_free(engine);
    if (status && status != TB_ERR_BUSY)
        give_up(s, &format, status);
}
