// SPDX-License-Identifier: GPL-2.0-only
/* A small TCP after RFC 9293, 3.10, with go-back-n; see fsm_model.h. */
#include <linux/string.h>

#include "fsm_script.h"
#include "fsm_model.h"

void model_wire_put(struct model *model, struct model_wire *wire,
		    const struct tcpstate_segment *seg)
{
	if (wire->n == MODEL_WIRE_MAX) {
		model->overrun = true;
		return;
	}
	wire->seg[wire->n++] = *seg;
}

bool model_wire_take(struct model_wire *wire, unsigned int i,
		     struct tcpstate_segment *seg)
{
	if (i >= wire->n)
		return false;
	*seg = wire->seg[i];
	wire->n--;
	memmove(&wire->seg[i], &wire->seg[i + 1],
		(wire->n - i) * sizeof(wire->seg[0]));
	return true;
}

static void model_send(struct model *model, int host, u8 flags, u32 seq, u32 ack,
		       u32 len)
{
	struct tcpstate_segment seg = {
		.seq = seq,
		.ack = flags & ACK ? ack : 0,
		.len = len,
		.window = MODEL_WINDOW,
		.segs = 1,
		.flags = flags,
		.wscale = TCPSTATE_WSCALE_NONE,
	};

	model_wire_put(model, &model->before[host], &seg);
}

void model_send_ack(struct model *model, int host)
{
	struct model_end *end = &model->end[host];

	end->ack_due = false;
	model_send(model, host, ACK, end->snd_nxt, end->rcv_nxt, 0);
}

void model_connect(struct model *model, int host)
{
	struct model_end *end = &model->end[host];

	if (end->state != TCPSTATE_CLOSED && end->state != TCPSTATE_LISTEN)
		return;
	end->state = TCPSTATE_SYN_SENT;
	end->snd_una = end->isn;
	end->snd_nxt = end->isn + 1;
	model_send(model, host, SYN, end->isn, 0, 0);
}

void model_send_data(struct model *model, int host, u32 len)
{
	struct model_end *end = &model->end[host];

	if ((end->state != TCPSTATE_ESTABLISHED &&
	     end->state != TCPSTATE_CLOSE_WAIT) ||
	    end->snd_nxt + len - end->snd_una > MODEL_WINDOW)
		return;
	end->ack_due = false;
	model_send(model, host, PSH_ACK, end->snd_nxt, end->rcv_nxt, len);
	end->snd_nxt += len;
}

void model_close(struct model *model, int host)
{
	struct model_end *end = &model->end[host];

	if (end->state == TCPSTATE_ESTABLISHED)
		end->state = TCPSTATE_FIN_WAIT_1;
	else if (end->state == TCPSTATE_CLOSE_WAIT)
		end->state = TCPSTATE_LAST_ACK;
	else
		return;
	end->ack_due = false;
	end->closed = true;
	model_send(model, host, FIN_ACK, end->snd_nxt, end->rcv_nxt, 0);
	end->snd_nxt++;
}

void model_abort(struct model *model, int host)
{
	struct model_end *end = &model->end[host];

	if (end->state < TCPSTATE_ESTABLISHED || end->state >= TCPSTATE_CLOSING)
		return;
	end->state = TCPSTATE_CLOSED;
	model_send(model, host, RST_ACK, end->snd_nxt, end->rcv_nxt, 0);
}

/* The retransmission timer: all that was not acknowledged, FIN included. */
void model_resend(struct model *model, int host)
{
	struct model_end *end = &model->end[host];
	u32 len = end->snd_nxt - end->snd_una;

	if (!len || end->state == TCPSTATE_CLOSED || end->state == TCPSTATE_LISTEN)
		return;
	end->ack_due = false;
	if (end->snd_una == end->isn)
		model_send(model, host,
			   end->state == TCPSTATE_SYN_SENT ? SYN : SYN_ACK,
			   end->isn, end->rcv_nxt, 0);
	else
		model_send(model, host, end->closed ? FIN_ACK : PSH_ACK,
			   end->snd_una, end->rcv_nxt, len - end->closed);
}

/* 3.5.2, group 1. */
static void model_refuse(struct model *model, int host,
			 const struct tcpstate_segment *seg)
{
	if (seg->flags & RST)
		return;
	if (seg->flags & ACK)
		model_send(model, host, RST, seg->ack, 0, 0);
	else
		model_send(model, host, RST_ACK, 0,
			   seg->seq + seg->len + !!(seg->flags & SYN), 0);
}

static void model_take_syn(struct model *model, int host,
			   const struct tcpstate_segment *seg)
{
	struct model_end *end = &model->end[host];

	end->rcv_nxt = seg->seq + 1;
	if (end->state == TCPSTATE_LISTEN) {
		end->snd_una = end->isn;
		end->snd_nxt = end->isn + 1;
	}
	if (seg->flags & ACK) {
		end->snd_una = seg->ack;
		end->state = TCPSTATE_ESTABLISHED;
		model_send_ack(model, host);
		return;
	}
	end->state = TCPSTATE_SYN_RECEIVED;
	model_send(model, host, SYN_ACK, end->isn, end->rcv_nxt, 0);
}

/* 3.10.7.4, fifth. */
static void model_take_ack(struct model_end *end, u32 ack)
{
	if (tcpstate_seq_after(ack, end->snd_nxt) ||
	    !tcpstate_seq_after(ack, end->snd_una))
		return;
	end->snd_una = ack;
	if (end->state == TCPSTATE_SYN_RECEIVED)
		end->state = TCPSTATE_ESTABLISHED;
	if (!end->closed || ack != end->snd_nxt)
		return;
	if (end->state == TCPSTATE_FIN_WAIT_1)
		end->state = TCPSTATE_FIN_WAIT_2;
	else if (end->state == TCPSTATE_CLOSING)
		end->state = TCPSTATE_TIME_WAIT;
	else if (end->state == TCPSTATE_LAST_ACK)
		end->state = TCPSTATE_CLOSED;
}

/* 3.10.7.4, eighth. */
static void model_take_fin(struct model_end *end)
{
	end->rcv_nxt++;
	if (end->state == TCPSTATE_ESTABLISHED)
		end->state = TCPSTATE_CLOSE_WAIT;
	else if (end->state == TCPSTATE_FIN_WAIT_1)
		end->state = TCPSTATE_CLOSING;
	else if (end->state == TCPSTATE_FIN_WAIT_2)
		end->state = TCPSTATE_TIME_WAIT;
}

static void model_take_text(struct model *model, int host,
			    const struct tcpstate_segment *seg, bool hold_ack)
{
	struct model_end *end = &model->end[host];
	u32 last = seg->seq + seg->len;

	if (tcpstate_seq_after(last, end->rcv_nxt))
		end->rcv_nxt = last;
	if (seg->flags & FIN && last == end->rcv_nxt)
		model_take_fin(end);
	end->ack_due = true;
	if (!hold_ack)
		model_send_ack(model, host);
}

/* 3.10.7.1 to 3.10.7.4; what is out of order is answered, not kept. */
void model_receive(struct model *model, int host,
		   const struct tcpstate_segment *seg, bool hold_ack)
{
	struct model_end *end = &model->end[host];
	u32 last = tcpstate_segment_end(seg);

	if (end->state == TCPSTATE_CLOSED) {
		model_refuse(model, host, seg);
	} else if (end->state == TCPSTATE_LISTEN) {
		if (seg->flags & ACK)
			model_refuse(model, host, seg);
		else if (seg->flags & SYN)
			model_take_syn(model, host, seg);
	} else if (end->state == TCPSTATE_SYN_SENT) {
		if (seg->flags & ACK && seg->ack != end->snd_nxt)
			model_refuse(model, host, seg);
		else if (seg->flags & RST)
			end->state = seg->flags & ACK ? TCPSTATE_CLOSED :
							end->state;
		else if (seg->flags & SYN)
			model_take_syn(model, host, seg);
	} else if (seg->flags & RST) {
		if (seg->seq == end->rcv_nxt)
			end->state = TCPSTATE_CLOSED;
	} else if (seg->flags & SYN) {
		/* A crossing SYN/ACK; any other draws a challenge. */
		if (end->state == TCPSTATE_SYN_RECEIVED && seg->flags & ACK)
			model_take_ack(end, seg->ack);
		else
			model_send_ack(model, host);
	} else if (tcpstate_seq_before(last, end->rcv_nxt) ||
		   tcpstate_seq_after(seg->seq, end->rcv_nxt)) {
		/* Old, or beyond a gap: the latter's ACK counts. */
		if (tcpstate_seq_after(seg->seq, end->rcv_nxt))
			model_take_ack(end, seg->ack);
		if (last != seg->seq && end->state != TCPSTATE_CLOSED)
			model_send_ack(model, host);
	} else {
		model_take_ack(end, seg->ack);
		if (last != seg->seq && end->state != TCPSTATE_CLOSED) {
			if (last == end->rcv_nxt)
				model_send_ack(model, host);
			else
				model_take_text(model, host, seg, hold_ack);
		}
	}
}
