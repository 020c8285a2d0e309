/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/play_status.h"
#include "app/numbers.h"
#include "app/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED_EVERY 1.0 /* seconds between two preset names */
enum { INPUTS = 12 };   /* named at most */

void play_status_begin(PlayStatus *s, TbLive *live, TbSession *session, const ComputerKeyboard *keys, bool records) {
    const char *term = getenv("TERM");
    *s = (PlayStatus){.live = live,
                      .session = session,
                      .keys = keys,
                      .records = records,
                      .line = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0};
}

void play_status_clear(const PlayStatus *s) {
    if (s->line)
        fprintf(stderr, "\r\033[K");
}

static void say(const PlayStatus *s, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    play_status_clear(s);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

static void print_inputs(PlayStatus *s) {
    char names[sizeof s->midi] = "";
    TbMidiInput inputs[INPUTS];
    size_t n = tb_live_midi(s->live, inputs, INPUTS);
    for (size_t i = 0; i < n && i < INPUTS; i++) {
        strncat(names, i ? ", " : "", sizeof names - strlen(names) - 1);
        strncat(names, inputs[i].name, sizeof names - strlen(names) - 1);
    }
    if (n > INPUTS) {
        char more[40];
        snprintf(more, sizeof more, " and %zu more", n - INPUTS);
        strncat(names, more, sizeof names - strlen(names) - 1);
    }
    if (strcmp(names, s->midi) != 0) {
        say(s, "MIDI from %s\n", *names ? names : "no input any more");
        memcpy(s->midi, names, sizeof names);
    }
}

static void print_device(PlayStatus *s, const TbLiveState *live) {
    if (live->disconnected && !s->lost)
        say(s, "The sound device is gone; waiting for \"%s\". To play on another one, stop and start again.\n",
            live->device);
    else if (!live->disconnected && s->lost && live->sample_rate != s->rate)
        say(s, "The sound device is back, now at %.0f Hz.\n", live->sample_rate);
    else if (!live->disconnected && s->lost)
        say(s, "The sound device is back.\n");
    s->lost = live->disconnected;
    s->rate = live->disconnected ? s->rate : live->sample_rate;
}

/* The session ends the recording, which may wait for the disk, and then says why it failed. The page asks it to for
 * those begun there. */
static void print_record_failure(PlayStatus *s, const TbLiveState *live) {
    if (live->record_failed && !s->record_failed)
        say(s, "The recording has stopped; %s.\n", live->recorded > 0 ? "what there was is kept" : "there is no file");
    s->record_failed = live->record_failed;
    if (live->record_failed && s->records) {
        s->broken = true;
        s->kept = live->recorded;
        s->records = !tb_session_request(s->session, &(TbSessionRequest){.kind = TB_REQUEST_RECORD_END});
    }
}

static void print_changes(PlayStatus *s, const TbLiveState *live, const TbSessionState *session) {
    print_device(s, live);
    if (*live->last_error && strcmp(live->last_error, s->device_trouble) != 0)
        say(s, "It cannot be used: %s.\n", live->last_error);
    memcpy(s->device_trouble, live->last_error, sizeof s->device_trouble);
    if (!s->rights_known && !live->disconnected && live->seconds > 0.5) {
        s->rights_known = true;
        if (!live->realtime && !live->silent)
            say(s, "The audio thread has no right to go before other programs; the manual, \"On stage\", says how to "
                   "give it.\n");
    }
    print_record_failure(s, live);
    if (live->record_files > s->record_files && s->record_files > 0)
        say(s, "The recording goes on in \"%s\", at this sample rate.\n", live->record_file);
    s->record_files = live->recording ? live->record_files : 0;
    if (*session->last_error && strcmp(session->last_error, s->last_error) != 0)
        say(s, "timbrel: %s\n", session->last_error);
    memcpy(s->last_error, session->last_error, sizeof s->last_error);
    if (live->seconds - s->named < NAMED_EVERY)
        return; /* limits output during a flood of program changes */
    if (*s->preset && strcmp(session->preset.name, s->preset) != 0) {
        say(s, "%s: %s\n", session->preset.name, session->preset.text);
        s->named = live->seconds;
    }
    memcpy(s->preset, session->preset.name, sizeof s->preset);
}

static void show_line(const PlayStatus *s, const TbLiveState *live, const TbSessionState *session) {
    char line[400], part[100];
    snprintf(line, sizeof line, "load %2.0f %% (%2.0f)  voices %2d  %.1f ms  xruns %llu", 100 * live->load,
             100 * live->worst_load, live->voices, 1e3 * live->latency, (unsigned long long)live->xruns);
    if (live->recording) {
        snprintf(part, sizeof part, "  rec %.0f s", live->recorded);
        strncat(line, part, sizeof line - strlen(line) - 1);
    }
    if (session->preset.n_sounds > 1) {
        snprintf(part, sizeof part, "  pad %.2f %.2f", (double)session->preset.control[TB_CONTROL_X],
                 (double)session->preset.control[TB_CONTROL_Y]);
        strncat(line, part, sizeof line - strlen(line) - 1);
    }
    TbControl knob = computer_keyboard_knob(s->keys);
    snprintf(part, sizeof part, "  %s %+.2f  C%d%s%s", tb_control_info(knob)->name,
             (double)session->preset.control[knob], s->keys->octave / 12 - 1, s->keys->hold ? "  held" : "",
             session->loading ? "  listening" : "");
    strncat(line, part, sizeof line - strlen(line) - 1);
    fprintf(stderr, "\r\033[K%.*s", terminal_columns() - 1, line);
    fflush(stderr);
}

void play_status_show(PlayStatus *s) {
    TbLiveState live;
    TbSessionState session;
    tb_live_state(s->live, &live);
    tb_session_state(s->session, &session);
    print_changes(s, &live, &session);
    print_inputs(s);
    if (s->line)
        show_line(s, &live, &session);
}

void play_status_end(const TbLiveState *s) {
    fprintf(stderr, "Played %.1f s; xruns %llu; blocks too late: by our fault %llu, waiting for the processor %llu",
            s->seconds, (unsigned long long)s->xruns, (unsigned long long)s->overruns,
            (unsigned long long)s->preempted_blocks);
    if (s->dropped_events)
        fprintf(stderr, "; %llu MIDI message%s lost", (unsigned long long)s->dropped_events, plural(s->dropped_events));
    if (s->lost_frames)
        fprintf(stderr, "; the disk was too slow for %llu sample%s", (unsigned long long)s->lost_frames,
                plural(s->lost_frames));
    fprintf(stderr, ".\n");
}
