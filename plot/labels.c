/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Label placement: to the right of the dot if possible, else at one of seven other positions around it, so that no
 * label overlaps another or a dot. Labels with the fewest free positions are placed first; a label without one may move
 * one other label. (On point feature labels: Christensen, Marks and Shieber 1995.) */
#include "plot/draw.h"

#include <math.h>
#include <stdlib.h>

enum { POSITIONS = 8 };
static const double GAP = 3;

typedef struct {
    TbBox room;
    double radius;
    TbLabel *labels;
    size_t n;
} Placement;

static TbBox candidate_box(const Placement *placement, const TbLabel *label, int which) {
    /* Direction in x and y, and a factor of the distance: corners are closer. */
    static const double side[POSITIONS][3] = {{1, 0, 1},    {-1, 0, 1},    {0, -1, 1},  {0, 1, 1},
                                              {1, -1, 0.6}, {-1, -1, 0.6}, {1, 1, 0.6}, {-1, 1, 0.6}};
    const double *s = side[which];
    double away = (placement->radius + GAP) * s[2];
    return (TbBox){label->x + s[0] * away + (s[0] - 1) / 2 * label->width,
                   label->y + s[1] * away + (s[1] - 1) / 2 * label->height, label->width, label->height};
}

static double overlap(TbBox a, TbBox b) {
    double width = fmin(a.x + a.width, b.x + b.width) - fmax(a.x, b.x);
    double height = fmin(a.y + a.height, b.y + b.height) - fmax(a.y, b.y);
    return width > 0 && height > 0 ? width * height : 0;
}

static bool inside(TbBox room, TbBox box) {
    return box.x >= room.x && box.y >= room.y && box.x + box.width <= room.x + room.width &&
           box.y + box.height <= room.y + room.height;
}

/* Total area of the dots that a box touches. */
static double over_dots(const Placement *placement, TbBox box) {
    double sum = 0, r = placement->radius + 1;
    for (size_t i = 0; i < placement->n; i++) {
        double x = placement->labels[i].x, y = placement->labels[i].y;
        double dx = fmax(fmax(box.x - x, x - box.x - box.width), 0);
        double dy = fmax(fmax(box.y - y, y - box.y - box.height), 0);
        if (dx * dx + dy * dy < r * r)
            sum += M_PI * r * r;
    }
    return sum;
}

static bool free_of_dots(const Placement *placement, TbBox box) {
    return inside(placement->room, box) && over_dots(placement, box) <= 0;
}

/* Number of placed labels other than `own` that overlap a box; *one is the last of them. */
static size_t overlapping_labels(const Placement *placement, TbBox box, const TbLabel *own, TbLabel **one) {
    size_t n = 0;
    for (size_t i = 0; i < placement->n; i++) {
        TbLabel *other = &placement->labels[i];
        if (other != own && other->placed && overlap(box, other->box) > 0) {
            *one = other;
            n++;
        }
    }
    return n;
}

/* Places a label at its first free position; false if there is none. */
static bool place_free(const Placement *placement, TbLabel *label) {
    TbLabel *other;
    for (int k = 0; k < POSITIONS; k++) {
        TbBox box = candidate_box(placement, label, k);
        if (free_of_dots(placement, box) && overlapping_labels(placement, box, label, &other) == 0) {
            label->box = box;
            label->placed = true;
            return true;
        }
    }
    return false;
}

/* The same, but may move the one other label that overlaps to a free position. */
static bool place_moving_other(const Placement *placement, TbLabel *label) {
    for (int k = 0; k < POSITIONS; k++) {
        TbLabel *other = NULL;
        TbBox box = candidate_box(placement, label, k);
        if (!free_of_dots(placement, box) || overlapping_labels(placement, box, label, &other) != 1)
            continue;
        TbBox was = other->box;
        label->box = box;
        label->placed = true;
        if (place_free(placement, other))
            return true;
        other->box = was;
        label->placed = false;
    }
    return false;
}

/* Places a label where it covers the smallest area. */
static void place_least_covering(const Placement *placement, TbLabel *label) {
    double least = INFINITY;
    for (int k = 0; k < POSITIONS; k++) {
        TbBox box = candidate_box(placement, label, k);
        double hidden = over_dots(placement, box) + (box.width * box.height - overlap(box, placement->room)) * 10;
        for (size_t i = 0; i < placement->n; i++)
            if (placement->labels[i].placed)
                hidden += overlap(box, placement->labels[i].box);
        if (hidden < least) {
            least = hidden;
            label->box = box;
        }
    }
    label->placed = true;
}

size_t tbi_place_labels(TbBox room, double radius, TbLabel *labels, size_t n, bool all) {
    Placement placement = {room, radius, labels, n};
    size_t n_left = 0;
    for (size_t i = 0; i < n; i++) {
        labels[i].placed = false;
        labels[i].n_places = 0;
        for (int k = 0; k < POSITIONS; k++)
            labels[i].n_places += free_of_dots(&placement, candidate_box(&placement, &labels[i], k));
    }
    for (int most = 1; most <= POSITIONS; most++)
        for (size_t i = 0; i < n; i++)
            if (labels[i].n_places == most)
                place_free(&placement, &labels[i]);
    for (size_t i = 0; i < n; i++)
        if (!labels[i].placed && !place_free(&placement, &labels[i]) && !place_moving_other(&placement, &labels[i]))
            n_left++;
    for (size_t i = 0; i < n && all; i++)
        if (!labels[i].placed)
            place_least_covering(&placement, &labels[i]);
    return all ? 0 : n_left;
}
