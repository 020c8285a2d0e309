/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probes an instrument: a few notes show whether it sustains, its level, its release time and how its level follows
 * velocity. */
#include "sampler/key_map.h"

#include <math.h>

static const double HEADROOM_DB = -6;              /* peak of the loudest probed sample */
static const double HELD = 2.6;                    /* s: enough for tb_note_sustains */
static const double SHORTEST = 0.03, LONGEST = 20; /* s of a release */
static const double MIN_DYNAMICS = 3;              /* dB */
static const double SOFTEST = 0.003;               /* gain: some players interpret 0 as "not given" */

static float loudest_sample(const TbAudio *a) {
    float most = 0;
    for (size_t i = 0; i < a->n_samples; i++)
        most = fmaxf(most, fabsf(a->samples[i]));
    return most;
}

static TbStatus probe_keys(const TbNoteRenderer *renderer, const TbSamplerOptions *o, const TbKeyMap *map,
                           TbProbe *probe) {
    int zones[3] = {0, map->n_zones / 2, map->n_zones - 1}, n = map->n_zones < 3 ? map->n_zones : 3, sustained = 0;
    float most = 0;
    for (int i = 0; i < n; i++) {
        TbAudio audio;
        int zone = n < 3 ? i : zones[i];
        TbNoteOptions note = {.size = sizeof(TbNoteOptions),
                              .key = tbi_key_pitch(o, map->zone[zone].root),
                              .velocity = 1,
                              .hold = HELD,
                              .longest = HELD,
                              .seed = o->seed};
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
    probe->sustains = 2 * sustained > n; /* majority of keys: all samples of an instrument are treated the same */
    return TB_OK;
}

/* Extrapolated from the time of a 45 dB decay, by the last 10 ms that are louder. */
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

static TbStatus probe_release(const TbNoteRenderer *renderer, const TbSamplerOptions *o, const TbKeyMap *map,
                              TbProbe *probe) {
    double hold = probe->sustains ? 1.5 : 0.5;
    TbAudio audio;
    TbNoteOptions note = {.size = sizeof(TbNoteOptions),
                          .key = tbi_key_pitch(o, map->zone[map->n_zones / 2].root),
                          .velocity = 0.8,
                          .hold = hold,
                          .longest = hold + 10,
                          .seed = o->seed};
    TbStatus status = renderer->note(renderer->context, &note, o->sample_rate, &audio);
    if (status)
        return status;
    probe->release = fall_time(audio.samples, audio.n_samples, o->sample_rate, hold);
    tb_audio_free(&audio);
    return TB_OK;
}

static TbStatus probe_velocities(const TbNoteRenderer *renderer, const TbSamplerOptions *o, TbKeyMap *map) {
    double softest = 0, hardest = 0;
    for (int i = 0; i < map->n_layers; i++) {
        TbLayer *layer = &map->layer[i];
        double level[TB_CURVE] = {0};
        for (int j = 0; j < layer->n_curve; j++) {
            TbAudio audio;
            TbNoteOptions note = {.size = sizeof(TbNoteOptions),
                                  .key = tbi_key_pitch(o, map->zone[map->n_zones / 2].root),
                                  .velocity = layer->velocity[j] / 127.0,
                                  .hold = 0.6,
                                  .longest = 0.6,
                                  .seed = o->seed};
            TbStatus status = renderer->note(renderer->context, &note, o->sample_rate, &audio);
            if (status)
                return status;
            level[j] = tb_note_level(audio.samples, audio.n_samples, o->sample_rate);
            tb_audio_free(&audio);
        }
        softest = i == 0 ? level[0] : softest;
        hardest = level[layer->n_curve - 1];
        /* Not louder than the sample itself, and monotonic in velocity. */
        double above = 1;
        for (int j = layer->n_curve - 1; j >= 0; j--) {
            above = fmin(above, pow(10, (level[j] - level[layer->n_curve - 1]) / 20));
            layer->gain[j] = fmax(above, SOFTEST);
        }
    }
    /* Without a response to velocity, leave it to the player's default curve. */
    for (int i = 0; i < map->n_layers && hardest - softest < MIN_DYNAMICS; i++)
        map->layer[i].n_curve = 0;
    return TB_OK;
}

TbStatus tbi_probe_instrument(const TbNoteRenderer *renderer, const TbSamplerOptions *o, TbKeyMap *map,
                              TbProbe *probe) {
    TbStatus status = probe_keys(renderer, o, map, probe);
    if (status == TB_OK)
        status = probe_release(renderer, o, map, probe);
    return status == TB_OK ? probe_velocities(renderer, o, map) : status;
}
