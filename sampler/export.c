/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exports an instrument: renders and writes each sample, then the SFZ file, the picture and the readme. */
#include "base/no_memory.h"
#include "base/options.h"
#include "base/utf8.h"
#include "sampler/key_map.h"
#include "timbrel/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const TbNoteRenderer *renderer;
    const TbSamplerOptions *options;
    TbProgress progress;
    void *context;
    TbSamplerReport *report;
    TbKeyMap map;
    TbProbe probe;
    TbWrittenSample *written; /* [n_layers][n_zones] */
    TbSample shown;           /* for the picture: the middle key at the highest velocity */
} Export;

static TbStatus render_instrument_note(void *context, const TbNoteOptions *options, double sample_rate,
                                       TbAudio *audio) {
    return tb_instrument_note(context, options, sample_rate, audio);
}

TbNoteRenderer tb_notes_from_instrument(const TbInstrument *instrument) {
    return (TbNoteRenderer){render_instrument_note, (void *)instrument, tb_instrument_has_pitch(instrument)};
}

static TbStatus check(const TbSamplerOptions *o) {
    if (!o->folder || !o->name || !o->title || !o->licence)
        return tb_fail(TB_ERR_ARGUMENT, "An instrument's files need a folder, a name, a title and a licence.");
    size_t n = 0, bytes;
    while ((bytes = utf8_name_length(o->name + n)) > 0)
        n += bytes;
    if (n == 0 || n > 100 || o->name[n])
        return tb_fail(TB_ERR_ARGUMENT, "The name \"%s\" cannot name files; use 1 to 100 letters, digits, - and _.",
                       o->name);
    if (o->low_key < 0 || o->high_key > 127 || o->low_key > o->high_key)
        return tb_fail(TB_ERR_ARGUMENT, "Keys must be from 0 to 127, the low one first.");
    if (o->every < 1 || o->every > 127)
        return tb_fail(TB_ERR_ARGUMENT, "Samples can be 1 to 127 keys apart.");
    if (o->layers < 1 || o->layers > TB_SAMPLER_LAYERS)
        return tb_fail(TB_ERR_ARGUMENT, "There can be 1 to %d velocity layers.", TB_SAMPLER_LAYERS);
    if (o->bits != TB_BITS_16 && o->bits != TB_BITS_24)
        return tb_fail(TB_ERR_ARGUMENT, "Samplers read 16 or 24 bits.");
    return TB_OK;
}

/* Returns FOLDER/FILE, malloced; NULL when out of memory. */
static char *file_path(const TbSamplerOptions *o, const char *file) {
    char *path;
    return asprintf(&path, "%s/%s", o->folder, file) < 0 ? NULL : path;
}

static void count(TbSamplerReport *report, const TbSample *sample) {
    report->n_samples++;
    report->seconds += (double)sample->audio.n_samples / sample->audio.sample_rate;
    report->worst_cents = fmax(report->worst_cents, fabs(sample->info.fine_tune_cents));
    if (sample->loop.end == 0)
        return;
    report->n_looped++;
    report->worst.level_db = fmax(report->worst.level_db, sample->quality.level_db);
    report->worst.spectrum_db = fmax(report->worst.spectrum_db, sample->quality.spectrum_db);
    report->worst.click = fmax(report->worst.click, sample->quality.click);
}

static TbStatus export_sample(Export *e, int layer, int zone) {
    TbSample sample;
    const TbSamplerOptions *o = e->options;
    TbWrittenSample *w = &e->written[layer * e->map.n_zones + zone];
    TbStatus status = tbi_sample_make(e->renderer, o, &e->probe, &e->map.zone[zone], &e->map.layer[layer], &sample);
    if (status)
        return status;
    tbi_sample_file_name(o->name, sample.info.root_key, layer, w->file);
    char *path = file_path(o, w->file);
    if (fabs(sample.info.fine_tune_cents) < 0.5) /* rounding, not tuning; many readers only use the key */
        sample.info.fine_tune_cents = 0;
    status = !path ? tbi_no_memory("for the instrument")
                   : tb_audio_write_sample(path, sample.audio.samples, sample.audio.n_samples, sample.audio.sample_rate,
                                           o->bits, &sample.info);
    free(path);
    w->info = sample.info;
    w->volume_db = sample.volume_db;
    w->seconds = (double)sample.audio.n_samples / sample.audio.sample_rate;
    if (status == TB_OK)
        count(e->report, &sample);
    if (status == TB_OK && zone == e->map.n_zones / 2 && layer == e->map.n_layers - 1)
        e->shown = sample;
    else
        tb_audio_free(&sample.audio);
    return status;
}

static TbStatus export_samples(Export *e) {
    for (int zone = 0; zone < e->map.n_zones; zone++)
        for (int layer = 0; layer < e->map.n_layers; layer++) {
            char note[TB_KEY_NAME];
            double done = (double)e->report->n_samples / (double)e->report->n_planned;
            tbi_key_name(e->map.zone[zone].root, false, note);
            if (e->progress && !e->progress(e->context, done, note))
                return tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
            TbStatus status = export_sample(e, layer, zone);
            if (status)
                return status;
        }
    return TB_OK;
}

static TbStatus draw(Export *e, const char *path) {
    const TbSample *s = &e->shown;
    size_t n = e->report->n_planned;
    char note[TB_KEY_NAME], title[300];
    TbInstrumentZone *zones = calloc(n, sizeof *zones);
    if (!zones)
        return tbi_no_memory("for the instrument");
    for (size_t i = 0; i < n; i++) {
        const TbSampleInfo *info = &e->written[i].info;
        zones[i] =
            (TbInstrumentZone){.root_key = info->root_key,
                               .low_key = info->low_key,
                               .high_key = info->high_key,
                               .low_velocity = info->low_velocity,
                               .high_velocity = info->high_velocity,
                               .layer = (int)i / e->map.n_zones,
                               .seconds = e->written[i].seconds,
                               .loop_seconds = (double)(info->loop_end - info->loop_start) / e->options->sample_rate};
    }
    tbi_key_name(s->info.root_key, false, note);
    snprintf(title, sizeof title, "%s, velocity %d", note, s->info.high_velocity);
    TbInstrumentPicture picture = {.title = e->options->title,
                                   .sound = &s->audio,
                                   .sound_title = title,
                                   .loop_start = s->loop.start,
                                   .loop_end = s->loop.end,
                                   .zones = zones,
                                   .n_zones = n};
    TbStatus status = e->options->draw(path, &picture);
    free(zones);
    return status;
}

static TbStatus write_index_files(Export *e) {
    const TbSamplerOptions *o = e->options;
    char file[160];
    snprintf(file, sizeof file, "%s.sfz", o->name);
    char *sfz = file_path(o, file), *readme = file_path(o, "README.txt");
    snprintf(file, sizeof file, "%s.png", o->name);
    char *png = file_path(o, file);
    bool has_pitch = e->renderer->has_pitch;
    TbStatus status = sfz && readme && png ? TB_OK : tbi_no_memory("for the instrument");
    if (status == TB_OK && o->draw)
        status = draw(e, png);
    if (status == TB_OK)
        status = tbi_sampler_readme(o, has_pitch, &e->map, e->report, readme);
    if (status == TB_OK)
        status = tbi_sfz_write(o, has_pitch, &e->map, &e->probe, e->written, sfz);
    free(sfz);
    free(readme);
    free(png);
    return status;
}

TbStatus tb_sampler_export(const TbNoteRenderer *renderer, const TbSamplerOptions *given, TbProgress progress,
                           void *context, TbSamplerReport *report) {
    TbSamplerOptions own, *options = &own;
    Export e = {.renderer = renderer, .options = options, .progress = progress, .context = context, .report = report};
    *report = (TbSamplerReport){0};
    TbStatus status = tbi_options_read(given, &own, sizeof own);
    status = status ? status : check(options);
    if (status)
        return status;
    tbi_key_map(options, renderer->has_pitch, &e.map);
    if (e.map.n_zones == 0)
        return tb_fail(TB_ERR_ARGUMENT, "No key from %d to %d has a pitch in this tuning; choose other keys.",
                       options->low_key, options->high_key);
    report->n_planned = (size_t)(e.map.n_zones * e.map.n_layers);
    e.written = calloc(report->n_planned, sizeof *e.written);
    if (!e.written)
        return tbi_no_memory("for the instrument");
    status = progress && !progress(context, 0, "probing the instrument")
                 ? tb_fail(TB_ERR_CANCELLED, "The work was stopped.")
                 : tbi_probe_instrument(renderer, options, &e.map, &e.probe);
    report->sustains = e.probe.sustains;
    report->release = e.probe.release;
    if (status == TB_OK)
        status = export_samples(&e);
    if (status == TB_OK)
        status = write_index_files(&e);
    if (status == TB_OK)
        status = tbi_sampler_remove_leftovers(options, e.written, report->n_planned, &report->n_removed);
    report->finished = status == TB_OK;
    tb_audio_free(&e.shown.audio);
    free(e.written);
    return status;
}
