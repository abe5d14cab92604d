/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two ends as RFC 9293, 3.10 has them, and the wire between them: they know
 * what they received, which the engine between them must find out.
 */
#ifndef FSM_MODEL_H
#define FSM_MODEL_H

#include "engine/fsm.h"

#define MODEL_WINDOW	60000
#define MODEL_WIRE_MAX	64

/** struct model_end - a transmission control block */
struct model_end {
	/** @state: enum tcpstate_state, as this end itself sees it */
	u8 state;
	/** @isn: initial sequence number */
	u32 isn;
	/** @snd_una: oldest number not yet acknowledged */
	u32 snd_una;
	/** @snd_nxt: next number to send, SYN and FIN included */
	u32 snd_nxt;
	/** @rcv_nxt: next number expected */
	u32 rcv_nxt;
	/** @closed: a FIN was sent, the last number below @snd_nxt */
	bool closed;
	/** @ack_due: an ACK is held back */
	bool ack_due;
};

/** struct model_wire - segments in flight, in order */
struct model_wire {
	/** @n: how many */
	unsigned int n;
	/** @seg: the oldest first */
	struct tcpstate_segment seg[MODEL_WIRE_MAX];
};

/** struct model - two ends and, each way, the wire before and behind the observer */
struct model {
	/** @end: host A, host B */
	struct model_end end[2];
	/** @before: from a host to the observer, by sender */
	struct model_wire before[2];
	/** @behind: from the observer to the other host, by sender */
	struct model_wire behind[2];
	/** @overrun: a wire was too short */
	bool overrun;
};

void model_connect(struct model *model, int host);
void model_send_data(struct model *model, int host, u32 len);
void model_close(struct model *model, int host);
void model_abort(struct model *model, int host);
void model_send_ack(struct model *model, int host);
void model_resend(struct model *model, int host);
void model_receive(struct model *model, int host,
		   const struct tcpstate_segment *seg, bool hold_ack);
bool model_wire_take(struct model_wire *wire, unsigned int i,
		     struct tcpstate_segment *seg);
void model_wire_put(struct model *model, struct model_wire *wire,
		    const struct tcpstate_segment *seg);

#endif
