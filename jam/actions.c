/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of a jam. */
#include "jam/internal.h"

#include <math.h>

static const TbJamControlInfo controls[TB_JAM_CONTROLS] = {
    [TB_JAM_TEMPO] = {"tempo", TB_SLOWEST, TB_JAM_FASTEST},
    [TB_JAM_SWING] = {"swing", 50, 75},
    [TB_JAM_INTENSITY] = {"intensity", 0, 1},
    [TB_JAM_TEMPERATURE] = {"temperature", 0, 2},
    [TB_JAM_QUANTISE] = {"quantise", 0, 1},
};

const TbJamControlInfo *tb_jam_control_info(int control) {
    return control >= 0 && control < TB_JAM_CONTROLS ? &controls[control] : NULL;
}

const char *tb_jam_action_name(int action) {
    static const char *const names[TB_JAM_ACTIONS] = {
        [TB_JAM_SET_MODE] = "mode", [TB_JAM_ONCE] = "generate once",
        [TB_JAM_RESET] = "reset",   [TB_JAM_RESET_AND_GENERATE] = "reset and generate",
        [TB_JAM_VARY] = "vary",     [TB_JAM_UNDO_LOOP] = "undo",
        [TB_JAM_MUTE] = "mute",     [TB_JAM_SOLO] = "solo",
        [TB_JAM_LENGTH] = "length",
    };
    return action >= 0 && action < TB_JAM_ACTIONS ? names[action] : "";
}

static TbStatus check_value(TbJamAction action, double value) {
    switch (action) {
    case TB_JAM_SET_MODE:
        return value == TB_JAM_LOOP || value == TB_JAM_GENERATE || value == TB_JAM_LOCK
                   ? TB_OK
                   : tb_fail(TB_ERR_ARGUMENT, "A part loops, generates or is locked; there is no mode %g.", value);
    case TB_JAM_VARY:
        return value >= 0 && value <= 1
                   ? TB_OK
                   : tb_fail(TB_ERR_ARGUMENT, "The amount of a variation is 0 to 1, not %g.", value);
    case TB_JAM_LENGTH:
        return value == 1 || value == 2 || value == 4 || value == 8
                   ? TB_OK
                   : tb_fail(TB_ERR_ARGUMENT, "A loop has 1, 2, 4 or 8 bars, not %g.", value);
    default:
        return isfinite(value) ? TB_OK : tb_fail(TB_ERR_ARGUMENT, "%s wants a number.", tb_jam_action_name(action));
    }
}

static void set_bit(atomic_uint *bits, int part, bool on) {
    if (on)
        atomic_fetch_or(bits, 1u << part);
    else
        atomic_fetch_and(bits, ~(1u << part));
}

static bool has_undo(const JamPart *p) {
    return p->n_before > 0 || p->next.is_there;
}

/* Asks for another loop; the same that waits already is not asked for again. */
static TbStatus ask(JamPart *p, TbJamAction action, double value) {
    if (p->mode == TB_JAM_LOCK)
        return tb_fail(TB_ERR_BUSY, "This part is locked; unlock it first.");
    if (action == TB_JAM_UNDO_LOOP && !has_undo(p))
        return tb_fail(TB_ERR_EMPTY, "There is no loop before this one to go back to.");
    if (action == TB_JAM_LENGTH && tbi_jam_latest(p)->bars == (int)value)
        return TB_OK;
    if (p->next.is_there && p->next.action == action && action != TB_JAM_LENGTH)
        return TB_OK;
    p->wants = true;
    p->automatic = p->withdraws = false;
    p->action = action;
    p->value = value;
    return TB_OK;
}

/* What a locked part has been asked for does not come; one that loops keeps only what generating has not asked for. */
static void set_mode(JamPart *p, TbJamMode mode) {
    p->mode = mode;
    if (mode == TB_JAM_GENERATE && !p->wants && !p->next.is_there) {
        p->wants = p->automatic = true;
        p->action = TB_JAM_ONCE;
    }
    if (mode == TB_JAM_GENERATE)
        return;
    if (mode == TB_JAM_LOCK || p->automatic)
        p->wants = false;
    p->withdraws = p->next.is_there && (mode == TB_JAM_LOCK || p->next.automatic);
}

static TbStatus press(TbJam *j, int part, TbJamAction action, double value) {
    JamPart *p = &j->part[part];
    switch (action) {
    case TB_JAM_SET_MODE:
        set_mode(p, (TbJamMode)value);
        set_bit(&j->player.generating, part, p->mode == TB_JAM_GENERATE);
        return TB_OK;
    case TB_JAM_MUTE:
        set_bit(&j->player.muted, part, value != 0);
        return TB_OK;
    case TB_JAM_SOLO:
        set_bit(&j->player.soloed, part, value != 0);
        return TB_OK;
    default:
        return ask(p, action, value);
    }
}

TbStatus tb_jam_press(TbJam *j, int part, TbJamAction action, double value) {
    if (part < 0 || part >= j->options.n_parts)
        return tb_fail(TB_ERR_ARGUMENT, "There is no part %d; this jam has %d.", part + 1, j->options.n_parts);
    if ((int)action < 0 || action >= TB_JAM_ACTIONS)
        return tb_fail(TB_ERR_ARGUMENT, "There is no action number %d.", (int)action);
    TbStatus status = check_value(action, value);
    if (status)
        return status;
    tbi_jam_lock(j);
    status = press(j, part, action, value);
    tbi_jam_unlock(j);
    return status;
}

TbStatus tb_jam_set(TbJam *j, TbJamControl control, double value) {
    if ((int)control < 0 || control >= TB_JAM_CONTROLS || isnan(value))
        return tb_fail(TB_ERR_ARGUMENT,
                       "There is no control number %d, or %g is no number; give a number for tempo, swing, intensity, "
                       "temperature or "
                       "quantise.",
                       (int)control, value);
    value = fmin(fmax(value, controls[control].low), controls[control].high);
    tbi_jam_lock(j);
    const bool other = value != j->value[control];
    j->value[control] = value;
    if (control == TB_JAM_TEMPO)
        atomic_store(&j->player.tempo, (uint32_t)lround(6e7 / value));
    if (control == TB_JAM_QUANTISE)
        atomic_store(&j->player.at_bars, value >= 0.5);
    j->refresh = j->refresh || (other && (control == TB_JAM_SWING || control == TB_JAM_INTENSITY));
    tbi_jam_unlock(j);
    return TB_OK;
}

TbStatus tb_jam_set_key(TbJam *j, int tonic, bool minor) {
    if (tonic < 0 || tonic > 11)
        return tb_fail(TB_ERR_ARGUMENT, "A key has a tonic of 0 (C) to 11 (B), not %d.", tonic);
    tbi_jam_lock(j);
    tbi_jam_harmony_move(&j->asked, (TbKey){tonic, minor, 0});
    j->asks_harmony = true;
    tbi_jam_unlock(j);
    return TB_OK;
}

TbStatus tb_jam_set_chords(TbJam *j, const char *chords) {
    TbStatus status = TB_OK;
    tbi_jam_lock(j);
    if (chords)
        status = tbi_jam_chords_parse(chords, &j->asked);
    if (status == TB_OK) {
        j->asks_chords = !chords;
        j->asks_harmony = j->asks_harmony || chords;
    }
    tbi_jam_unlock(j);
    return status;
}
