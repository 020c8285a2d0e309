/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a score or refused. A score that is accepted is in order, can be measured and analysed, and what is
 * written of it is read back as it is written. */
#include "tests/fuzz/fuzz.h"
#include "timbrel/score.h"

#include <math.h>

enum { MOST_BARS = 60 /* analysed: the time it takes grows with them, and small inputs can have many */ };

static void check(const TbScore *s) {
    require(s->ticks_per_quarter > 0 && s->end >= 0 && s->n_tempos > 0 && s->n_metres > 0);
    require(s->tempos[0].tick == 0 && s->metres[0].tick == 0);
    for (size_t i = 0; i < s->n_notes; i++) {
        const TbScoreNote *n = &s->notes[i];
        require(n->onset >= (i ? n[-1].onset : 0) && n->duration >= 0 && n->onset + n->duration <= s->end);
        require(n->pitch < 128 && n->velocity > 0 && n->velocity < 128 && n->part < s->n_parts);
    }
    for (size_t i = 1; i < s->n_tempos; i++)
        require(s->tempos[i].tick > s->tempos[i - 1].tick && s->tempos[i].seconds >= s->tempos[i - 1].seconds);
    for (size_t i = 0; i < s->n_metres; i++)
        require(s->metres[i].numerator > 0 && s->metres[i].denominator > 0);
    for (size_t i = 0; i < s->n_parts; i++)
        require(memchr(s->parts[i].name, 0, sizeof s->parts[i].name) && s->parts[i].channel < 16);
    for (size_t i = 0; i < s->n_chords; i++)
        require(memchr(s->chords[i].text, 0, sizeof s->chords[i].text));
}

static void analyse(const TbScore *s) {
    TbMeasures m;
    TbStyle style;
    TbChordSpan *chords;
    TbCopyIndex *index;
    TbCopied copied;
    char *form;
    size_t n;
    require(tb_score_measure(s, TB_SCOPE_AUTO, &m) == TB_OK && m.notes == (double)s->n_notes && !(m.rep1 > 1));
    TbStatus status = tb_score_style(s, TB_SCOPE_ALL, &style); /* TB_ERR_EMPTY: one pitched note beside drums */
    require(status == TB_ERR_EMPTY || (status == TB_OK && s->n_notes > 1));
    require(tb_score_find_chords(s, true, &chords, &n) == TB_OK);
    for (size_t i = 0; i < n; i++)
        require(chords[i].end > chords[i].tick && (i == 0 || chords[i].tick == chords[i - 1].end));
    free(chords);
    require(tb_score_form(s, 4, &form) == TB_OK);
    free(form);
    require(tb_copy_index_new(&index) == TB_OK && tb_copy_index_add(index, "itself", s) == TB_OK);
    require(tb_copy_index_find(index, s, &copied) == TB_OK && !(copied.run > (double)s->n_notes));
    tb_copy_index_free(index);
}

/* What is written and read has no faults, is tidy, and is written and read again without a change. Before that, a part
 * may go whose notes all start together with the same ones of another part of its channel. */
static void write_and_read(const TbScore *s) {
    TbScore back, again;
    void *first, *second;
    size_t n_first, n_second;
    if (tb_score_print(s, &first, &n_first) != TB_OK)
        return; /* its last bar is beyond the longest score */
    require(tb_score_parse(first, n_first, &back) == TB_OK && back.n_parts <= s->n_parts);
    const TbScoreFaults *f = &back.faults;
    require(f->unclosed + f->stray_offs + f->zero_length + f->overlaps + f->open_tracks == 0 && !*f->damage);
    require(tb_score_print(&back, &second, &n_second) == TB_OK && n_second <= n_first);
    require(back.n_parts < s->n_parts || (n_first == n_second && memcmp(first, second, n_first) == 0));
    require(tb_score_parse(second, n_second, &again) == TB_OK && again.n_parts == back.n_parts);
    tb_score_tidy(&again, NULL);
    require(again.n_notes == back.n_notes && again.end == back.end);
    require(back.n_notes == 0 || memcmp(again.notes, back.notes, back.n_notes * sizeof *back.notes) == 0);
    free(first);
    free(second);
    tb_score_free(&back);
    tb_score_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TbScore s;
    TbBars bars;
    TbStatus status = tb_score_parse(data, size, &s);
    if (fuzz_refused(status, !s.notes && !s.parts))
        return 0;
    check(&s);
    require(tb_bars_new(&s, s.end, &bars) == TB_OK && bars.line[bars.n_bars] >= s.end);
    bool few = bars.n_bars <= MOST_BARS;
    tb_bars_free(&bars);
    if (few)
        analyse(&s);
    write_and_read(&s);
    tb_score_free(&s);
    return 0;
}
