/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets of the kernel's TCP. */
#ifndef TOOLS_IPC_DIAG_H
#define TOOLS_IPC_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc.h"
#include "record.h"

/** struct diag_info - what a socket tells of its connection; see struct tcp_info */
struct diag_info {
	uint32_t rtt_us;
	uint32_t rttvar_us;
	uint32_t rto_us;
	uint32_t mss;
	/** @cwnd: the congestion window, in segments */
	uint32_t cwnd;
	/** @ssthresh: where slow start ends; UINT32_MAX while there is no such limit */
	uint32_t ssthresh;
	uint32_t unacked;
	uint32_t total_retrans;
	/** @congestion: the name of the algorithm; empty if it is not known */
	char congestion[16];
};

/** struct diag - a socket */
struct diag {
	/** @tuple: its own address and port, and those of the other end */
	struct tuple tuple;
	uint32_t uid;
	/** @inode: by which processes have it open; 0 if none does */
	uint32_t inode;
	bool has_info;
	struct diag_info info;
};

/* Called for each socket. A result that is not 0 ends the list and is returned. */
typedef int ipc_diag_each(const struct diag *diag, void *data);

int ipc_diag_list(struct ipc *ipc, ipc_diag_each *each, void *data);
int ipc_diag_get(struct ipc *ipc, const struct flow *flow, int end, struct diag *diag);

#endif
