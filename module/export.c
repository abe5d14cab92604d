// SPDX-License-Identifier: GPL-2.0-only
/* What the KUnit suites call: built in only where the kernel has KUnit. */
#include <kunit/visibility.h>

#include "engine/incarnation.h"
#include "engine/phase.h"
#include "engine/predict.h"
#include "account.h"
#include "collector.h"
#include "deadline.h"
#include "evict.h"
#include "expiry.h"
#include "expression.h"
#include "hooks.h"
#include "limit.h"
#include "main.h"
#include "names.h"
#include "packet.h"
#include "rank.h"
#include "reclaim.h"
#include "report.h"
#include "stats.h"
#include "track.h"
#include "walk.h"
#include "zone.h"

EXPORT_SYMBOL_IF_KUNIT(tcpstate_account_find);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_account_get_pair);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_account_is_scarce);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_bucket_find);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_bucket_is_full);
#ifdef CONFIG_PREEMPT_RT
EXPORT_SYMBOL_IF_KUNIT(tcpstate_bucket_locks);
#elif defined(CONFIG_DEBUG_LOCK_ALLOC)
EXPORT_SYMBOL_IF_KUNIT(tcpstate_bucket_map);
#endif
EXPORT_SYMBOL_IF_KUNIT(tcpstate_collector_ask);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_collector_flush);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_collector_get_state);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_collector_note);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_collector_reclaim);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_ack_us);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_bytes);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_isn_known);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_opening);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_pack_us);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_rcv_nxt);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_saturated);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_segments);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_syn_us);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_window_known);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_deadline_blocks);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_deadline_empty_block);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_deadline_lower_block);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_deadline_lower_mark);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_deadline_others);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_deadline_read);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_deadline_read_block);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_deadline_write_mark);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_evict_alloc);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_evict_crowded);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_expiry_idle_ms);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_expiry_is_due);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_expiry_left_ms);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_expiry_mark);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_expression_depth);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_expression_match);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_filter_init);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_filter_match);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_flow_get_key);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_flow_hash);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_flow_in_state_ms);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_flow_match6);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_flow_pack_lasted);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_flow_self);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_flow_set_key);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_flow_unpack_lasted);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_fsm_expire);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_fsm_forget);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_fsm_segment);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_hooks_init);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_incarnation_begin);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_incarnation_choose);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_incarnation_is_repeat);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_incarnation_role);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_limit_get_max);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_limit_set_max);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_limit_share);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_limit_used);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_main_net_exit);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_main_net_init);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_matrix);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_matrix_record);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_matrix_step);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_names_phase);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_names_state);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_names_timer);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_names_verdict);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_net_id);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_owner_get_uid);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_packet_locate);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_packet_parse);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_packet_parse_flags);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_packet_parse_options);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_expired);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_flags);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_of);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_stage);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_step);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_step_name);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_timer);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_unseen);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_predict_step);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_rank_cost);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_rank_hint);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_rank_of);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_reclaim_zones);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_report_close);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_report_open);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_report_unheard);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_report_wanted);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_stats_records);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_stats_sum);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_table_bucket);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_table_bytes);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_table_end);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_table_fetch);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_table_free);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_table_insert);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_table_number);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_track_segment);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_walk_flush);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_walk_next);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_zone_find);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_zone_find_ifindex);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_zone_free_hidden);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_zone_get);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_zone_hide);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_zone_is_scarce);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_zone_net_pre_exit);
