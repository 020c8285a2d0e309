/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From options to a jam that has its first loops. */
#include "base/no_memory.h"
#include "base/options.h"
#include "compose/styles.h"
#include "jam/internal.h"
#include "score/swing.h"

#include <math.h>
#include <stdlib.h>

enum { DRAWN_BARS = 4 /* of a progression */ };

/* ---- what is asked for ---- */

static TbStatus check_parts(const TbJamOptions *o) {
    int drums = 0;
    if (o->n_parts < 1 || o->n_parts > TB_JAM_PARTS)
        return tb_fail(TB_ERR_ARGUMENT, "A jam has 1 to %d parts, not %d.", TB_JAM_PARTS, o->n_parts);
    for (int i = 0; i < o->n_parts; i++) {
        const TbJamPart *p = &o->part[i];
        if ((int)p->role < TB_ROLE_OTHER || p->role > TB_ROLE_DRUMS || p->bars < 1 || p->bars > TB_JAM_BARS ||
            (p->bars & (p->bars - 1)) || (int)p->mode < TB_JAM_LOOP || p->mode > TB_JAM_LOCK)
            return tb_fail(TB_ERR_ARGUMENT, "A part of a jam is a loop of 1, 2, 4 or 8 bars, not %d.", p->bars);
        drums += p->role == TB_ROLE_DRUMS;
    }
    return drums > 1 ? tb_fail(TB_ERR_ARGUMENT, "A jam has one part of drums at most, not %d.", drums) : TB_OK;
}

static TbStatus check(const TbMusicModels *m, const TbJamOptions *o) {
    const double rate = o->sample_rate;
    if (!(rate >= 8000 && rate <= 192000 && rate == floor(rate)))
        return tb_fail(TB_ERR_ARGUMENT, "A jam has a sample rate of 8000 to 192000 whole Hz, not %g.", rate);
    if (o->tempo != 0 && !(o->tempo >= TB_SLOWEST && o->tempo <= TB_JAM_FASTEST))
        return tb_fail(TB_ERR_ARGUMENT, "The tempo of a jam is %d to %d quarter notes a minute, not %g.", TB_SLOWEST,
                       TB_JAM_FASTEST, o->tempo);
    if (o->swing != 0 && !(o->swing >= 50 && o->swing <= 75))
        return tb_fail(TB_ERR_ARGUMENT, "The swing is 50 (straight) to 75 percent, not %g.", o->swing);
    if (!(o->intensity >= 0 && o->intensity <= 1) || !(o->temperature >= 0 && o->temperature <= 2))
        return tb_fail(TB_ERR_ARGUMENT, "A jam has an intensity of 0 to 1 and a temperature of 0 to 2.");
    if (o->tonic < -1 || o->tonic > 11)
        return tb_fail(TB_ERR_ARGUMENT, "A key has a tonic of 0 (C) to 11 (B), not %d.", o->tonic);
    if (!tbi_compose_style(o->style))
        return tb_fail(TB_ERR_ARGUMENT, "There is no style number %d.", o->style);
    if (!tb_melody_metre_is_possible(o->numerator, o->denominator) ||
        !tb_rhythm_metre_is_possible(o->numerator, o->denominator))
        return tb_fail(TB_ERR_UNSUPPORTED, "A jam cannot be in %d/%d; give a metre such as 4/4, 3/4 or 6/8.",
                       o->numerator, o->denominator);
    if (!m->rhythm || !m->melody || !m->piece)
        return tb_fail(TB_ERR_UNSUPPORTED, "A jam needs networks of rhythms, melodies and pieces, and the file of "
                                           "models does not have them all.");
    return check_parts(o);
}

/* ---- the beginning ---- */

static TbStatus find_harmony(TbJam *j, TbRng *rng) {
    const TbJamOptions *o = &j->options;
    const ComposeStyle *style = tbi_compose_style(o->style);
    const int tonic = (int)(tb_rng_next(rng) % 12);
    const bool minor = (double)tb_rng_uniform(rng) < style->minor;
    JamHarmony *h = &j->harmony;
    h->numerator = o->numerator;
    h->denominator = o->denominator;
    h->bars = DRAWN_BARS;
    h->key = o->tonic >= 0 ? (TbKey){o->tonic, o->minor, 0} : (TbKey){tonic, o->minor || minor, 0};
    TbStatus status = o->chords ? tbi_jam_chords_parse(o->chords, h)
                                : tbi_jam_chords_draw(j->models, o->style, h->bars, tbi_jam_seed(j), h);
    if (status == TB_OK && o->chords && o->tonic < 0)
        h->key = tbi_jam_chords_key(h);
    j->harmonies[0] = j->asked = *h;
    return status;
}

/* Parts in the order in which they listen to each other. */
static TbStatus write_loops(TbJam *j) {
    static const TbRole order[] = {TB_ROLE_DRUMS, TB_ROLE_CHORDS, TB_ROLE_BASS, TB_ROLE_MELODY, TB_ROLE_OTHER};
    const TbJamOptions *o = &j->options;
    int done = 0;
    TbStatus status = TB_OK;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (int i = 0; i < o->n_parts && status == TB_OK; i++) {
            JamPart *p = &j->part[i];
            JamBand band;
            if (p->role != order[k])
                continue;
            if (o->progress && !o->progress(o->context, (double)done++ / o->n_parts, "loops"))
                return tb_fail(TB_ERR_CANCELLED, "The work was stopped.");
            tbi_jam_band(j, &band);
            const JamTask task = {.part = i, .how = JAM_NEW, .bars = o->part[i].bars, .seed = tbi_jam_seed(j)};
            status = tbi_jam_write(&band, &task, &p->playing, &j->redrawn);
            p->playing.id = ++j->sources;
            j->written++;
            if (p->role == TB_ROLE_DRUMS && j->value[TB_JAM_SWING] == 0)
                j->value[TB_JAM_SWING] = p->playing.swing;
        }
    return status;
}

static TbStatus begin(TbJam *j) {
    const TbJamOptions *o = &j->options;
    const ComposeStyle *style = tbi_compose_style(o->style);
    TbRng rng;
    tb_rng_seed(&rng, o->seed);
    const double drawn = rint(style->slow + (style->fast - style->slow) * (double)tb_rng_uniform(&rng));
    j->value[TB_JAM_TEMPO] = o->tempo > 0 ? o->tempo : drawn;
    j->value[TB_JAM_SWING] = o->swing > 0 ? o->swing : style->swing;
    j->value[TB_JAM_INTENSITY] = o->intensity;
    j->value[TB_JAM_TEMPERATURE] = o->temperature;
    unsigned generating = 0;
    for (int i = 0; i < o->n_parts; i++) {
        j->part[i].role = o->part[i].role;
        j->part[i].mode = o->part[i].mode;
        j->part[i].audible = true;
        j->part[i].playing.bars = o->part[i].bars;
        generating |= (unsigned)(o->part[i].mode == TB_JAM_GENERATE) << i;
        j->player.channel[i] = (uint8_t)tbi_jam_channel_of(o->part[i].role, i);
    }
    if (!tbi_jam_player_init(&j->player, o->sample_rate))
        return tbi_no_memory("for a jam");
    j->player.n_parts = o->n_parts;
    j->player.numerator = (uint8_t)o->numerator;
    j->player.denominator = (uint8_t)o->denominator;
    atomic_init(&j->player.generating, generating);
    atomic_init(&j->player.tempo, (uint32_t)lround(6e7 / j->value[TB_JAM_TEMPO]));
    TbStatus status = find_harmony(j, &rng);
    for (int i = 0; i < o->n_parts; i++) /* silent until it is written */
        j->part[i].playing.harmony = j->harmony;
    status = status ? status : write_loops(j);
    if (j->value[TB_JAM_SWING] == 0)
        j->value[TB_JAM_SWING] = SWING_STRAIGHT;
    status = status ? status : tbi_jam_session_begin(j);
    return status ? status : tbi_jam_refresh(j);
}

TbStatus tb_jam_new(const TbMusicModels *models, const TbJamOptions *options, TbJam **jam) {
    TbJamOptions o;
    *jam = NULL;
    TbStatus status = tbi_options_read(options, &o, sizeof o);
    status = status ? status : check(models, &o);
    if (status)
        return status;
    TbJam *j = calloc(1, sizeof *j);
    if (!j)
        return tbi_no_memory("for a jam");
    j->options = o;
    j->models = models;
    pthread_mutex_init(&j->lock, NULL);
    status = begin(j);
    j->options.chords = NULL;
    j->options.progress = NULL;
    if (status)
        tb_jam_free(j);
    else
        *jam = j;
    return status;
}

void tb_jam_free(TbJam *j) {
    if (!j)
        return;
    if (j->started)
        tb_jam_stop(j);
    tbi_jam_player_release(&j->player);
    tb_score_free(&j->session.score);
    pthread_mutex_destroy(&j->lock);
    free(j);
}
