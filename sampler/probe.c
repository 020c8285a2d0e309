/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first listening: a few notes tell whether an instrument sustains, how loud it is, how it is released and how its
 * level follows velocity. */
#include "sampler/key_map.h"

#include <math.h>

static const double HEADROOM_DB = -6;              /* where the loudest sample listened to comes to lie */
static const double HELD = 2.6;                    /* s: enough for tb_note_sustains */
static const double SHORTEST = 0.03, LONGEST = 20; /* s of a release */
static const double LEAST_DYNAMICS = 3;            /* dB */
static const double SOFTEST = 0.003;               /* gain: some players take 0 for "not given" */

static float loudest_sample(const TbAudio *a) {
    float most = 0;
    for (size_t i = 0; i < a->n_samples; i++)
        most = fmaxf(most, fabsf(a->samples[i]));
    return most;
}

static TbStatus listen_to_keys(const TbNoteRenderer *renderer, const TbSamplerOptions *o, const TbKeyMap *map,
                               TbProbe *probe) {
    int zones[3] = {0, map->n_zones / 2, map->n_zones - 1}, n = map->n_zones < 3 ? map->n_zones : 3, sustained = 0;
    float most = 0;
    for (int i = 0; i < n; i++) {
        TbAudio audio;
        int zone = n < 3 ? i : zones[i];
        TbNoteOptions note = {map->zone[zone].root, 1, .hold = HELD, .longest = HELD, .seed = o->seed};
        TbStatus status = renderer->note(renderer->context, &note, o->sample_rate, &audio);
        if (status)
            return status;
        sustained += tb_note_sustains(audio.samples, audio.n_samples, o->sample_rate);
        most = fmaxf(most, loudest_sample(&audio));
        tb_audio_free(&audio);
    }
    if (!(most > 1e-5f))
        return tb_fail(TB_ERR_EMPTY, "The instrument is silent.");
    probe->gain = pow(10, HEADROOM_DB / 20) / most;
    probe->sustains = 2 * sustained > n; /* most of its keys: all samples of an instrument are made in one way */
    return TB_OK;
}

/* From the time in which 45 dB are gone, by the last 10 ms that are louder. */
static double fall_time(const float *x, size_t n, double rate, double from) {
    size_t width = (size_t)(0.01 * rate), start = (size_t)(from * rate), gone = start;
    if (start < 3 * width || start >= n)
        return SHORTEST;
    double before = tb_note_level(x + start - 3 * width, 3 * width, rate);
    for (size_t at = start; at + width <= n; at += width)
        if (tb_note_level(x + at, width, rate) > before - 45)
            gone = at + width;
    return fmin(fmax(60 / 45.0 * (double)(gone - start) / rate, SHORTEST), LONGEST);
}

static TbStatus listen_to_release(const TbNoteRenderer *renderer, const TbSamplerOptions *o, const TbKeyMap *map,
                                  TbProbe *probe) {
    double hold = probe->sustains ? 1.5 : 0.5;
    TbAudio audio;
    TbNoteOptions note = {map->zone[map->n_zones / 2].root, 0.8, .hold = hold, .longest = hold + 10, .seed = o->seed};
    TbStatus status = renderer->note(renderer->context, &note, o->sample_rate, &audio);
    if (status)
        return status;
    probe->release = fall_time(audio.samples, audio.n_samples, o->sample_rate, hold);
    tb_audio_free(&audio);
    return TB_OK;
}

static TbStatus listen_to_velocities(const TbNoteRenderer *renderer, const TbSamplerOptions *o, TbKeyMap *map) {
    double softest = 0, hardest = 0;
    for (int i = 0; i < map->n_layers; i++) {
        TbLayer *layer = &map->layer[i];
        double level[TB_CURVE] = {0};
        for (int j = 0; j < layer->n_curve; j++) {
            TbAudio audio;
            TbNoteOptions note = {map->zone[map->n_zones / 2].root, layer->velocity[j] / 127.0, .hold = 0.6,
                                  .longest = 0.6, .seed = o->seed};
            TbStatus status = renderer->note(renderer->context, &note, o->sample_rate, &audio);
            if (status)
                return status;
            level[j] = tb_note_level(audio.samples, audio.n_samples, o->sample_rate);
            tb_audio_free(&audio);
        }
        softest = i == 0 ? level[0] : softest;
        hardest = level[layer->n_curve - 1];
        /* Softer than the sample it is made of, and never louder for a softer touch. */
        double above = 1;
        for (int j = layer->n_curve - 1; j >= 0; j--) {
            above = fmin(above, pow(10, (level[j] - level[layer->n_curve - 1]) / 20));
            layer->gain[j] = fmax(above, SOFTEST);
        }
    }
    /* An instrument that knows nothing of velocity is left to the curve that players have by themselves. */
    for (int i = 0; i < map->n_layers && hardest - softest < LEAST_DYNAMICS; i++)
        map->layer[i].n_curve = 0;
    return TB_OK;
}

TbStatus tbi_probe_instrument(const TbNoteRenderer *renderer, const TbSamplerOptions *o, TbKeyMap *map,
                              TbProbe *probe) {
    TbStatus status = listen_to_keys(renderer, o, map, probe);
    if (status == TB_OK)
        status = listen_to_release(renderer, o, map, probe);
    return status == TB_OK ? listen_to_velocities(renderer, o, map) : status;
}
