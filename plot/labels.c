/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where names stand beside dots: to the right if possible, else at one of seven other places around the dot, so that no
 * name lies on another or on a dot. The names with the fewest places go first; one that then finds none may send one
 * other to another place. (On point feature labels: Christensen, Marks and Shieber 1995.) */
#include "plot/draw.h"

#include <math.h>
#include <stdlib.h>

enum { PLACES = 8 };
static const double GAP = 3;

typedef struct {
    TbBox room;
    double radius;
    TbLabel *labels;
    size_t n;
} Names;

static TbBox place(const Names *names, const TbLabel *label, int which) {
    /* To which side of the dot, and by how much of the distance: corners are nearer. */
    static const double side[PLACES][3] = {{1, 0, 1},    {-1, 0, 1},    {0, -1, 1},  {0, 1, 1},
                                           {1, -1, 0.6}, {-1, -1, 0.6}, {1, 1, 0.6}, {-1, 1, 0.6}};
    const double *s = side[which];
    double away = (names->radius + GAP) * s[2];
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

/* The area of the dots that a box touches. */
static double over_dots(const Names *names, TbBox box) {
    double sum = 0, r = names->radius + 1;
    for (size_t i = 0; i < names->n; i++) {
        double x = names->labels[i].x, y = names->labels[i].y;
        double dx = fmax(fmax(box.x - x, x - box.x - box.width), 0);
        double dy = fmax(fmax(box.y - y, y - box.y - box.height), 0);
        if (dx * dx + dy * dy < r * r)
            sum += M_PI * r * r;
    }
    return sum;
}

static bool free_of_dots(const Names *names, TbBox box) {
    return inside(names->room, box) && over_dots(names, box) <= 0;
}

/* How many names but `own` lie under a box; *one is the last of them. */
static size_t names_under(const Names *names, TbBox box, const TbLabel *own, TbLabel **one) {
    size_t n = 0;
    for (size_t i = 0; i < names->n; i++) {
        TbLabel *other = &names->labels[i];
        if (other != own && other->placed && overlap(box, other->box) > 0) {
            *one = other;
            n++;
        }
    }
    return n;
}

/* Puts a name where it lies on nothing. */
static bool settle(const Names *names, TbLabel *label) {
    TbLabel *other;
    for (int k = 0; k < PLACES; k++) {
        TbBox box = place(names, label, k);
        if (free_of_dots(names, box) && names_under(names, box, label, &other) == 0) {
            label->box = box;
            label->placed = true;
            return true;
        }
    }
    return false;
}

/* The same, where one other name can give way. */
static bool settle_by_force(const Names *names, TbLabel *label) {
    for (int k = 0; k < PLACES; k++) {
        TbLabel *other = NULL;
        TbBox box = place(names, label, k);
        if (!free_of_dots(names, box) || names_under(names, box, label, &other) != 1)
            continue;
        TbBox was = other->box;
        label->box = box;
        label->placed = true;
        if (settle(names, other))
            return true;
        other->box = was;
        label->placed = false;
    }
    return false;
}

/* Where the least is hidden. */
static void squeeze_in(const Names *names, TbLabel *label) {
    double least = INFINITY;
    for (int k = 0; k < PLACES; k++) {
        TbBox box = place(names, label, k);
        double hidden = over_dots(names, box) + (box.width * box.height - overlap(box, names->room)) * 10;
        for (size_t i = 0; i < names->n; i++)
            if (names->labels[i].placed)
                hidden += overlap(box, names->labels[i].box);
        if (hidden < least) {
            least = hidden;
            label->box = box;
        }
    }
    label->placed = true;
}

size_t tbi_place_labels(TbBox room, double radius, TbLabel *labels, size_t n, bool all) {
    Names names = {room, radius, labels, n};
    size_t n_left = 0;
    for (size_t i = 0; i < n; i++) {
        labels[i].placed = false;
        labels[i].n_places = 0;
        for (int k = 0; k < PLACES; k++)
            labels[i].n_places += free_of_dots(&names, place(&names, &labels[i], k));
    }
    for (int most = 1; most <= PLACES; most++)
        for (size_t i = 0; i < n; i++)
            if (labels[i].n_places == most)
                settle(&names, &labels[i]);
    for (size_t i = 0; i < n; i++)
        if (!labels[i].placed && !settle(&names, &labels[i]) && !settle_by_force(&names, &labels[i]))
            n_left++;
    for (size_t i = 0; i < n && all; i++)
        if (!labels[i].placed)
            squeeze_in(&names, &labels[i]);
    return all ? 0 : n_left;
}
