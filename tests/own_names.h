/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that a program may well have for itself. Each of them was once a global name of this library. */
#ifndef TIMBREL_TESTS_OWN_NAMES_H
#define TIMBREL_TESTS_OWN_NAMES_H

/* clang-format off */
#define COMMON_NAMES(X) \
    X(analyze_note) X(audio_loss) X(audio_loss_free) X(audio_loss_new) X(audio_stage_free) X(audio_stage_gradients) \
    X(audio_stage_new) X(audio_thread_begin) X(audio_thread_block) X(audio_thread_init) X(audio_thread_send) \
    X(audio_thread_send_at) X(augment_frame) X(band_centre) X(band_fraction) X(band_map_init) X(band_position) \
    X(bands_from_psd) X(blend_frame) X(channel_message) X(channel_move_gains) X(channel_move_timbre) \
    X(channel_reset) X(channel_start) X(checkpoint_read) X(checkpoint_write) X(clamp) X(clock_block) \
    X(clock_offset) X(clock_start) X(control_start) X(course_free) X(course_movement) X(course_of) X(cut_chunks) \
    X(dataset_pack) X(dataset_unpack) X(demodulate) X(detail_pack) X(detail_unpack) X(device_block) X(device_close) \
    X(device_jack) X(device_latency) X(device_midi) X(device_midi_connect) X(device_open) X(device_plays) \
    X(device_portaudio) X(device_start) X(embedded_factory) X(embedded_models) X(embedded_sounds) X(engine_run) \
    X(even_apply) X(even_map) X(events_take) X(fade) X(file_list_free) X(find_landmarks) X(find_onsets) \
    X(find_release) X(find_sounds) X(fit_noise) X(fit_partials) X(fit_sweep) X(fit_with_octaves) X(flatten_sound) \
    X(frame_at) X(frame_power) X(gate) X(gate_host) X(gate_origin) X(gate_token) X(glide_move) X(glide_nearer) \
    X(hands_begin) X(hands_do) X(hands_free) X(hands_leave) X(hands_new) X(hands_record_failed) X(hands_tend) \
    X(harmonic_window) X(harmonics_explain) X(heard_note_free) X(heard_notes_set) X(history_add) X(history_free) \
    X(history_move) X(history_new) X(history_saved) X(http_answer) X(http_host) X(keep_notes) X(kept_add) \
    X(kept_copy) X(kept_free) X(kept_new) X(kept_pitch) X(kept_position) X(kept_shares) X(knob_order_loss) \
    X(knobs_keep_apart) X(level_error) X(limiter_new) X(limiter_run) X(limiter_start) X(live_now) \
    X(loaded_model_free) X(loader_start) X(loader_stop) X(loudest_power) X(make_condition) X(make_folders_of) \
    X(map_controller) X(map_let_go) X(map_parse) X(map_read) X(map_write) X(measure_harmonics) X(mend_slips) \
    X(midi_bytes_take) X(midi_file_parse) X(midi_in_check) X(midi_in_close) X(midi_in_look) X(midi_in_open) \
    X(models_begin) X(models_count) X(models_ended) X(models_find) X(models_free) X(models_hand_over) X(models_put) \
    X(models_take_out) X(morph_frame) X(mpe_bend_range) X(mpe_configure) X(mpe_home) X(mpe_touch) X(noise_add) \
    X(noise_gain) X(noise_power) X(noise_start) X(note_above_key) X(note_basis) X(note_batch_draw) \
    X(note_batch_free) X(note_batch_new) X(note_channel_loudness) X(note_channel_pitch) X(note_code) \
    X(note_condition) X(note_detail) X(note_down) X(note_f0) X(note_has_pitch) X(note_init) X(note_input_finish) \
    X(note_listen) X(note_loss) X(note_loudness) X(note_loudness_channel) X(note_model_from_file) \
    X(note_model_n_tensors) X(note_model_new) X(note_model_views) X(note_moment) X(note_move) X(note_name_octaves) \
    X(note_name_parse) X(note_net_config) X(note_pitch_channel) X(note_prior) X(note_release) X(note_set_add) \
    X(note_set_finish) X(note_set_free) X(note_set_init) X(note_set_train) X(note_table) X(note_table_held) \
    X(note_table_movement) X(note_table_released) X(note_take_apart) X(note_track_free) X(note_track_new) \
    X(note_up) X(note_z) X(notes_cut) X(osc_packet) X(oscillators_add) X(pad_move) X(page_message) X(page_now) \
    X(page_sound_allowed) X(phases_pack) X(phases_unpack) X(picture_draw) X(picture_free) X(picture_new) \
    X(pitch_jumps) X(pitch_track_free) X(preempted_begin) X(preempted_end) X(preset_check) X(preset_find) \
    X(preset_is_path) X(preset_plain) X(quiet_begin) X(quiet_end) X(record_close) X(record_open) X(reverb_free) \
    X(reverb_new) X(reverb_rings) X(reverb_run) X(ring_count) X(ring_drop) X(ring_first) X(ring_free) X(ring_get) \
    X(ring_new) X(ring_put) X(schedule_grid) X(schedule_late) X(schedule_starts) X(schedule_tick) \
    X(scores_have_pitch) X(shelf_find) X(shelf_free) X(shelf_new) X(shelf_put) X(shelf_tidy) X(silence_unvoiced) \
    X(slot_ratio) X(slot_width) X(socket_callback) X(socket_tick) X(sound_map_free) X(sound_map_model) \
    X(sound_map_new) X(sound_map_text) X(split_rows) X(stage_can_redo) X(stage_can_undo) X(stage_fulfil) \
    X(stage_go_to) X(stage_notice) X(stage_now) X(stage_trouble) X(stage_wish) X(subtract_harmonics) \
    X(subtract_partials) X(succeed_render) X(to_polar) X(told_free) X(told_hello) X(told_update) X(tonal_power) \
    X(track_median) X(track_pitch) X(tune_harmonics) X(turned) X(turned_course) X(turned_decay) X(turned_movement) \
    X(turned_rise) X(user_path) X(voice_follow) X(voices_all_off) X(voices_damp) X(voices_key_pressure) \
    X(voices_mix) X(voices_note_off) X(voices_note_on) X(voices_silence) X(voices_sostenuto) X(warp) X(web_files) \
    X(white_get) X(white_release) X(width_free) X(width_new) X(width_run)
/* clang-format on */

#endif
