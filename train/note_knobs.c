/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups notes by instrument, and ranks each instrument among all others in brightness, noisiness etc. */
#include "base/no_memory.h"
#include "train/note_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_group(const void *a, const void *b) {
    const NoteItem *x = a, *y = b;
    int order = x->pitched != y->pitched ? (int)x->pitched - (int)y->pitched : strcmp(x->group, y->group);
    return order ? order : (x->key > y->key) - (x->key < y->key);
}

static TbStatus sort_into_instruments(NoteSet *set) {
    qsort(set->items, set->n, sizeof *set->items, by_group);
    set->first = calloc(set->n + 1, sizeof *set->first);
    if (!set->first)
        return tbi_no_memory("for the notes to learn from");
    for (size_t i = 0; i < set->n; i++) {
        NoteItem *item = &set->items[i];
        if (i == 0 || item->pitched != item[-1].pitched || strcmp(item->group, item[-1].group) != 0)
            set->first[set->n_instruments++] = i;
        item->instrument = set->n_instruments - 1;
    }
    set->first[set->n_instruments] = set->n;
    return TB_OK;
}

/* Solves the 3 x 3 system of a least squares fit; zeros if it is singular. */
static void solve3(double a[3][4], double x[3]) {
    for (int i = 0; i < 3; i++) {
        int p = i;
        for (int r = i + 1; r < 3; r++)
            p = fabs(a[r][i]) > fabs(a[p][i]) ? r : p;
        for (int k = 0; k < 4; k++) {
            double keep = a[i][k];
            a[i][k] = a[p][k];
            a[p][k] = keep;
        }
        if (fabs(a[i][i]) < 1e-9) {
            x[0] = x[1] = x[2] = 0;
            return;
        }
        for (int r = 0; r < 3; r++) {
            double f = a[r][i] / a[i][i];
            for (int k = i; r != i && k < 4; k++)
                a[r][k] -= f * a[i][k];
        }
    }
    for (int i = 0; i < 3; i++)
        x[i] = a[i][3] / a[i][i];
}

/* The attribute of pitched notes as a function of the key: fit[0] + fit[1] p + fit[2] p^2. */
static void fit_key(const NoteSet *set, int knob, double fit[3]) {
    double a[3][4] = {{0}};
    for (size_t i = 0; i < set->n; i++) {
        const NoteItem *item = &set->items[i];
        double p = (item->key - 60) / 24, v[3] = {1, p, p * p};
        for (int r = 0; item->pitched && r < 3; r++) {
            for (int k = 0; k < 3; k++)
                a[r][k] += v[r] * v[k];
            a[r][3] += v[r] * item->attribute[knob];
        }
    }
    for (int r = 0; r < 3; r++)
        a[r][r] += 1e-3;
    solve3(a, fit);
}

/* Instruments are weighted by their number of notes, since one with many notes says more about the distribution. */
typedef struct {
    float value;
    size_t index;
    double weight;
} Ranked;

static int by_value(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    return x->value != y->value ? (x->value > y->value) - (x->value < y->value)
                                : (x->index > y->index) - (x->index < y->index);
}

/* The quantile function of the normal distribution, by bisection: it is evaluated only for a table made once. */
static float normal_score(double p) {
    double lo = -6, hi = 6;
    for (int i = 0; i < 50; i++) {
        double x = 0.5 * (lo + hi);
        if (0.5 * erfc(-x / sqrt(2)) < p)
            lo = x;
        else
            hi = x;
    }
    return (float)(0.5 * (lo + hi));
}

static double weight_of(const Ranked *r, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += r[i].weight;
    return sum;
}

/* Normal scores of n values, which it sorts. Equal values share one score. */
static void score(Ranked *r, size_t n, float (*knob)[TB_KNOBS], int k) {
    double all = weight_of(r, n), below = 0;
    qsort(r, n, sizeof *r, by_value);
    for (size_t i = 0; i < n;) {
        size_t end = i;
        double equal = 0;
        while (end < n && r[end].value - r[i].value < 1e-6f)
            equal += r[end++].weight;
        float s = normal_score((below + equal / 2) / all);
        for (below += equal; i < end; i++)
            knob[r[i].index][k] = s;
    }
}

/* The values at -2, -1.5 .. 2 standard deviations, from sorted ones. */
static void set_points(const Ranked *r, size_t n, float *points) {
    double all = weight_of(r, n), below = 0; /* the weight of those before j */
    size_t j = 0;
    for (int i = 0; i < TB_KNOB_POINTS; i++) {
        double at = all * 0.5 * erfc(-(-2 + 0.5 * i) / sqrt(2));
        while (j + 1 < n && below + r[j].weight + r[j + 1].weight / 2 < at)
            below += r[j++].weight;
        size_t l = j + 1 < n ? j + 1 : j;
        double span = (r[j].weight + r[l].weight) / 2, w = (at - below - r[j].weight / 2) / span;
        points[i] = r[j].value + (float)fmin(fmax(w, 0), 1) * (r[l].value - r[j].value);
    }
}

static TbStatus rank_instruments(NoteSet *set) {
    Ranked *r = malloc((set->n_instruments + 1) * sizeof *r);
    set->knob = calloc(set->n_instruments + 1, sizeof *set->knob);
    if (!r || !set->knob) {
        free(r);
        return tbi_no_memory("for the notes to learn from");
    }
    for (int k = 0; k < TB_KNOBS; k++) {
        double fit[3];
        fit_key(set, k, fit);
        for (int pitched = 0; pitched < 2; pitched++) {
            size_t n = 0;
            for (size_t i = 0; i < set->n_instruments; i++) {
                size_t first = set->first[i], end = set->first[i + 1];
                double sum = 0;
                for (size_t j = first; j < end; j++) {
                    double p = (set->items[j].key - 60) / 24;
                    sum += set->items[j].attribute[k] - (pitched ? fit[1] * p + fit[2] * p * p : 0);
                }
                if (set->items[first].pitched == pitched)
                    r[n++] = (Ranked){(float)(sum / (double)(end - first)), i, (double)(end - first)};
            }
            score(r, n, set->knob, k);
            if (n > 0 && (pitched || set->facts.knob[k][0] == set->facts.knob[k][TB_KNOB_POINTS - 1]))
                set_points(r, n, set->facts.knob[k]);
        }
    }
    free(r);
    return TB_OK;
}

/* Standard deviation of each channel over all time points. */
static void measure_scale(NoteSet *set) {
    size_t width = (size_t)note_channels(set->latent);
    for (size_t k = 0; k < width; k++) {
        double sum = 0, squares = 0, all = 1e-9;
        for (size_t i = 0; i < set->n; i++) {
            for (size_t m = 0; m < NOTE_POINTS; m++) {
                double w = set->items[i].weight[m], v = set->items[i].input[m * width + k];
                sum += w * v;
                squares += w * v * v;
                all += w;
            }
        }
        double mean = sum / all;
        set->facts.scale[k] = (float)fmax(sqrt(fmax(squares / all - mean * mean, 0)), 0.15);
    }
}

/* Standardises the attributes for the encoder over all notes: mean 0, deviation 1. */
static void finish_inputs(NoteSet *set) {
    for (int k = 0; k < TB_KNOBS; k++) {
        double sum = 0, squares = 0, n = (double)set->n;
        for (size_t i = 0; i < set->n; i++) {
            sum += set->items[i].attribute[k];
            squares += (double)set->items[i].attribute[k] * set->items[i].attribute[k];
        }
        double mean = sum / n;
        set->facts.middle[k] = (float)mean;
        set->facts.width[k] = (float)sqrt(fmax(squares / n - mean * mean, 1e-6));
    }
    for (size_t i = 0; i < set->n; i++) {
        tbi_note_input_finish(&set->facts, set->latent, set->items[i].condition, set->items[i].attribute,
                              set->items[i].input);
    }
}

TbStatus tbi_note_set_finish(NoteSet *set) {
    if (set->n == 0)
        return TB_OK;
    TbStatus status = sort_into_instruments(set);
    if (status == TB_OK)
        status = rank_instruments(set);
    if (status == TB_OK) {
        measure_scale(set);
        finish_inputs(set);
    }
    return status;
}
