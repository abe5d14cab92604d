/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from spec/tcpstate.yaml by spec/names: `make generate`. */
#ifndef TCPSTATE_NAMES_GEN_H
#define TCPSTATE_NAMES_GEN_H

#include <linux/tcpstate.h>

static const char * const tcpstate_family_names[] __attribute__((__unused__)) = {
	[TCPSTATE_FAMILY_IPV4] = "ipv4",
	[TCPSTATE_FAMILY_IPV6] = "ipv6",
};

static const char * const tcpstate_role_names[] __attribute__((__unused__)) = {
	[TCPSTATE_INITIATOR] = "initiator",
	[TCPSTATE_RESPONDER] = "responder",
};

static const char * const tcpstate_state_names[] __attribute__((__unused__)) = {
	[TCPSTATE_LISTEN] = "LISTEN",
	[TCPSTATE_SYN_SENT] = "SYN_SENT",
	[TCPSTATE_SYN_RECEIVED] = "SYN_RECEIVED",
	[TCPSTATE_ESTABLISHED] = "ESTABLISHED",
	[TCPSTATE_FIN_WAIT_1] = "FIN_WAIT_1",
	[TCPSTATE_FIN_WAIT_2] = "FIN_WAIT_2",
	[TCPSTATE_CLOSE_WAIT] = "CLOSE_WAIT",
	[TCPSTATE_CLOSING] = "CLOSING",
	[TCPSTATE_LAST_ACK] = "LAST_ACK",
	[TCPSTATE_TIME_WAIT] = "TIME_WAIT",
	[TCPSTATE_CLOSED] = "CLOSED",
};

static const char * const tcpstate_phase_names[] __attribute__((__unused__)) = {
	[TCPSTATE_PHASE_OPEN] = "open",
	[TCPSTATE_PHASE_ESTABLISHED] = "established",
	[TCPSTATE_PHASE_CLOSE] = "close",
	[TCPSTATE_PHASE_CLOSED] = "closed",
};

static const char * const tcpstate_timer_names[] __attribute__((__unused__)) = {
	[TCPSTATE_TIMER_HANDSHAKE] = "handshake",
	[TCPSTATE_TIMER_UNSURE] = "unsure",
	[TCPSTATE_TIMER_ESTABLISHED] = "established",
	[TCPSTATE_TIMER_HALF_CLOSED] = "half_closed",
	[TCPSTATE_TIMER_CLOSING] = "closing",
	[TCPSTATE_TIMER_TIME_WAIT] = "time_wait",
	[TCPSTATE_TIMER_CLOSED] = "closed",
};

static const char * const tcpstate_verdict_names[] __attribute__((__unused__)) = {
	[TCPSTATE_VERDICT_NONE] = "none",
	[TCPSTATE_VERDICT_CLOSED] = "closed",
	[TCPSTATE_VERDICT_RESET_BY_INITIATOR] = "reset_by_initiator",
	[TCPSTATE_VERDICT_RESET_BY_RESPONDER] = "reset_by_responder",
	[TCPSTATE_VERDICT_REFUSED] = "refused",
	[TCPSTATE_VERDICT_GONE] = "gone",
	[TCPSTATE_VERDICT_NO_ANSWER] = "no_answer",
	[TCPSTATE_VERDICT_ABANDONED] = "abandoned",
	[TCPSTATE_VERDICT_IDLE] = "idle",
	[TCPSTATE_VERDICT_EVICTED] = "evicted",
	[TCPSTATE_VERDICT_FLUSHED] = "flushed",
	[TCPSTATE_VERDICT_REOPENED] = "reopened",
};

static const char * const tcpstate_trigger_names[] __attribute__((__unused__)) = {
	[TCPSTATE_SND_SYN] = "snd_syn",
	[TCPSTATE_SND_SYN_ACK] = "snd_syn_ack",
	[TCPSTATE_SND_FIN] = "snd_fin",
	[TCPSTATE_SND_RST] = "snd_rst",
	[TCPSTATE_RCV_SYN] = "rcv_syn",
	[TCPSTATE_RCV_SYN_ACK] = "rcv_syn_ack",
	[TCPSTATE_RCV_ACK_OF_SYN] = "rcv_ack_of_syn",
	[TCPSTATE_RCV_ACK_OF_FIN] = "rcv_ack_of_fin",
	[TCPSTATE_RCV_FIN] = "rcv_fin",
	[TCPSTATE_RCV_RST] = "rcv_rst",
	[TCPSTATE_EXPIRE] = "expire",
	[TCPSTATE_SYN_ACK_AGAIN] = "syn_ack_again",
	[TCPSTATE_FIN_AGAIN] = "fin_again",
	[TCPSTATE_UNDO_RST] = "undo_rst",
	[TCPSTATE_REINCARNATE] = "reincarnate",
	[TCPSTATE_NO_SOCKET] = "no_socket",
};

static const char * const tcpstate_flow_flag_names[] __attribute__((__unused__)) = {
	[0] = "picked_up",
	[1] = "guessed",
	[2] = "fast_open",
	[3] = "simultaneous",
	[4] = "retracted",
	[5] = "pending",
	[6] = "one_way",
	[7] = "adjusted",
	[8] = "offloaded",
};

static const char * const tcpstate_count_names[] __attribute__((__unused__)) = {
	[0] = "repeats",
	[1] = "opening",
	[2] = "data",
	[3] = "acks",
	[4] = "closing",
	[5] = "bytes",
	[6] = "retransmits",
	[7] = "gaps",
};

static const char * const tcpstate_counter_names[] __attribute__((__unused__)) = {
	[TCPSTATE_A_COUNTER_SEGMENTS] = "segments",
	[TCPSTATE_A_COUNTER_NEW] = "new",
	[TCPSTATE_A_COUNTER_PICKED_UP] = "picked_up",
	[TCPSTATE_A_COUNTER_ENDED] = "ended",
	[TCPSTATE_A_COUNTER_EVICTED] = "evicted",
	[TCPSTATE_A_COUNTER_UNTRACKED_FULL] = "untracked_full",
	[TCPSTATE_A_COUNTER_UNTRACKED_MEMORY] = "untracked_memory",
	[TCPSTATE_A_COUNTER_UNTRACKED_STRAY] = "untracked_stray",
	[TCPSTATE_A_COUNTER_UNACCEPTABLE] = "unacceptable",
	[TCPSTATE_A_COUNTER_PAWS] = "paws",
	[TCPSTATE_A_COUNTER_CHALLENGE] = "challenge",
	[TCPSTATE_A_COUNTER_KEEPALIVE] = "keepalive",
	[TCPSTATE_A_COUNTER_ZERO_WINDOW] = "zero_window",
	[TCPSTATE_A_COUNTER_REPEAT] = "repeat",
	[TCPSTATE_A_COUNTER_RETRACT] = "retract",
	[TCPSTATE_A_COUNTER_BAD_SHORT] = "bad_short",
	[TCPSTATE_A_COUNTER_BAD_CHECKSUM] = "bad_checksum",
	[TCPSTATE_A_COUNTER_BAD_FLAGS] = "bad_flags",
	[TCPSTATE_A_COUNTER_BAD_OPTIONS] = "bad_options",
	[TCPSTATE_A_COUNTER_FRAGMENT] = "fragment",
	[TCPSTATE_A_COUNTER_MULTICAST] = "multicast",
	[TCPSTATE_A_COUNTER_EVENTS_LOST] = "events_lost",
	[TCPSTATE_A_COUNTER_RETRANSMITS] = "retransmits",
	[TCPSTATE_A_COUNTER_GAPS] = "gaps",
	[TCPSTATE_A_COUNTER_OWNER_UNKNOWN] = "owner_unknown",
};

#endif
