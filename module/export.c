// SPDX-License-Identifier: GPL-2.0-only
/* What the KUnit suites call: built in only where the kernel has KUnit. */
#include <kunit/visibility.h>

#include "expiry.h"
#include "phase.h"
#include "route.h"
#include "segment.h"
#include "table.h"

EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_ack_us);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_bytes);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_opening);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_rcv_nxt);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_conn_syn_us);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_fsm_expire);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_fsm_matrix);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_fsm_segment);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_fsm_step);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_class);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_class_name);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_expired);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_get);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_name);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_state_name);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_step);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_phase_verdict_name);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_route_begin);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_route_choose);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_route_role);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_segment_parse);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_segment_parse_flags);
EXPORT_SYMBOL_IF_KUNIT(tcpstate_segment_parse_options);
