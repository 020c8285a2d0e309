/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/compose_report.h"
#include "app/compose_files.h"
#include "app/files.h"
#include "app/info.h"
#include "app/numbers.h"
#include "base/no_memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE = 600, LONG_PIECE = 32 /* bars; its phrases have eight */ };

static size_t count_notes(const TbScore *s, size_t part) {
    size_t n = 0;
    for (size_t i = 0; i < s->n_notes; i++)
        n += s->notes[i].part == part;
    return n;
}

/* "melody by: flute, 0 LU, 64 notes" */
static void tell_parts(Info *info, const TbScore *s, const Track *t) {
    int n[TB_ROLE_DRUMS + 1] = {0};
    for (size_t p = 0; p < t->n_parts; p++) {
        const TrackPart *part = &t->part[p];
        const char *role = tb_role_name(part->of->role);
        size_t notes = count_notes(s, part->of->part);
        char key[40], line[LINE], level[40];
        number_text(part->plan, 2, 1, level, sizeof level);
        snprintf(line, sizeof line, "%.400s, %zu note%s, %s LU", part->of->sound, notes, plural(notes), level);
        if (++n[part->of->role] == 1)
            snprintf(key, sizeof key, "%s_by", role);
        else
            snprintf(key, sizeof key, "%s_%d_by", role, n[part->of->role]);
        info_text(info, key, line);
    }
}

static void tell_sound(Info *info, const Track *t) {
    char line[LINE];
    int n = snprintf(line, sizeof line, "%.1f LUFS, true peak %.1f dB", t->lufs, t->peak);
    if (t->limited >= 0.05)
        snprintf(line + n, sizeof line - (size_t)n, ", limited by %.1f dB at most", t->limited);
    info_number(info, "length", round(100 * (double)t->n_samples / t->sample_rate) / 100, "s");
    info_text(info, "loudness", line);
}

static void tell_copies(Info *info, const Composition *c) {
    char line[LINE];
    size_t run = c->copied.run > 0 ? (size_t)c->copied.run : 0;
    if (tb_copy_index_count(c->learned) == 0 || !c->written)
        return;
    if (run == 0 || !c->copied.name)
        snprintf(line, sizeof line, "none in what the networks learned from");
    else
        snprintf(line, sizeof line, "%zu note%s, also in \"%.300s\"%s", run, plural(run), c->copied.name,
                 run > COPY_NOTES ? ": a copy" : "");
    info_text(info, "longest_match", line);
    if (c->drafts > 0) {
        snprintf(line, sizeof line, "%d, which copied what the networks learned from", c->drafts);
        info_text(info, "drafts_discarded", line);
    }
}

static TbStatus tell_files(Info *info, const ComposeRequest *r, const Track *t) {
    const ComposeValues *v = r->values;
    char line[4 * LINE], *midi = compose_midi_path(r);
    if (!midi)
        return tbi_no_memory("to tell what was made");
    int n = snprintf(line, sizeof line, "%s%s%.800s", r->sound ? v->output.path : "", r->sound ? ", " : "", midi);
    if (v->picture && n < (int)sizeof line)
        n += snprintf(line + n, sizeof line - (size_t)n, ", %s", v->picture);
    if (v->stems && n < (int)sizeof line)
        snprintf(line + n, sizeof line - (size_t)n, ", and %zu stem%s in %s", t->n_parts, plural(t->n_parts), v->stems);
    info_text(info, "files", line);
    free(midi);
    return TB_OK;
}

TbStatus compose_report(const ComposeRequest *r, const Composition *c, const Track *t) {
    Info info = {json_object(), json_object()};
    TbStatus status = info.facts && info.units ? info_music(&info, &c->score) : tbi_no_memory("to tell what was made");
    if (status == TB_OK) {
        if (strcmp(c->style, "any") != 0)
            info_text(&info, "style", c->style);
        info_number(&info, "seed", r->values->seed, "");
        if (c->first > 0)
            info_number(&info, "new_from_bar", c->first + 1, "");
        if (t) {
            tell_parts(&info, &c->score, t);
            tell_sound(&info, t);
        }
        tell_copies(&info, c);
        status = tell_files(&info, r, t);
    }
    if (status == TB_OK)
        info_print(path_base(r->values->output.path), &info);
    json_decref(info.facts);
    json_decref(info.units);
    return status;
}

TbStatus compose_title(const ComposeRequest *r, const TbScore *s, char *title, size_t size) {
    const char *name = path_base(r->values->output.path), *ending = strrchr(name, '.');
    char *form = NULL, key_name[TB_CHORD_TEXT] = "no key";
    TbKey key;
    TbBars bars;
    TbStatus status = tb_score_key(s, TB_SCOPE_AUTO, &key);
    if (status == TB_OK)
        status = tb_bars_new(s, s->end, &bars);
    if (status)
        return status;
    status = tb_score_form(s, bars.n_bars >= LONG_PIECE ? 8 : 4, &form);
    tb_bars_free(&bars);
    if (status)
        return status;
    if (key.tonic >= 0)
        tb_key_name(key, key_name);
    snprintf(title, size, "%.*s   ·   %s   ·   %.4g BPM%s%.200s", (int)(ending ? ending - name : 200), name, key_name,
             6e7 / s->tempos[0].us_per_quarter, *form ? "   ·   " : "", form);
    free(form);
    return TB_OK;
}
