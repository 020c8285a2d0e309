/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/info.h"
#include "app/json_text.h"

#include <math.h>

void info_text(Info *info, const char *key, const char *value) {
    json_object_set_new(info->facts, key, json_text(value));
}

json_t *info_value(double value) {
    bool whole = rint(value) == value && fabs(value) < 1e15;
    return whole ? json_integer((json_int_t)value) : isfinite(value) ? json_real(value) : json_null();
}

void info_number(Info *info, const char *key, double value, const char *unit) {
    json_object_set_new(info->units, key, json_string(unit));
    json_object_set_new(info->facts, key, info_value(value));
}

void info_list(Info *info, const char *key, json_t *list) {
    json_object_set_new(info->facts, key, list);
}
