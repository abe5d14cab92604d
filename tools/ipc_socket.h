/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket for requests; used by ipc*.c alone. */
#ifndef TOOLS_IPC_SOCKET_H
#define TOOLS_IPC_SOCKET_H

#include <libmnl/libmnl.h>

#include "compiler.h"
#include "ipc.h"
#include "parse.h"
#include "record.h"

/* More than the kernel puts into one message of a dump, or of events. */
#define IPC_BUFFER_BYTES	(256 * 1024)
/* The longest filter: FILTER_TERMS terms of less than 512 bytes each */
#define IPC_REQUEST_BYTES	(FILTER_TERMS * 512 + 1024)

struct ipc_recording;

/** struct ipc - the connection to the module in the kernel, or to a recording */
struct ipc {
	/** @recording: what is read in place of the kernel's answers; or NULL */
	struct ipc_recording *recording;
	/** @requests: NULL for a recording */
	struct mnl_socket *requests;
	/** @events: NULL until ipc_subscribe() */
	struct mnl_socket *events;
	uint16_t family;
	/** @group: the multicast group that was looked for last; 0 for none */
	uint32_t group;
	uint32_t seq;
	/** @between: called between two datagrams of an answer; may be NULL */
	ipc_between *between;
	void *between_data;
	/** @message: what tells the connection or the event that a callback has */
	const struct nlmsghdr *message;
	/** @next: the number of the event that comes next; 0 before the first */
	uint64_t next;
	/** @missing: how many events are missing before the one that a callback has */
	uint64_t missing;
	/** @netns: the network namespace, with --all-netns; otherwise NULL */
	const char *netns;
	/** @all: for what ipc_open_all() makes, which has no socket; otherwise NULL */
	struct ipc_all *all;
	/** @ifindex: the interface of which @interface is the name */
	uint32_t ifindex;
	const char *interface;
	/** @flow: the connection that is being read */
	struct flow flow;
	char error[PARSE_ERROR];
	char buffer[IPC_BUFFER_BYTES] __aligned(8);
};

/* What to do with one message of an answer; not 0 ends the answer. */
typedef int ipc_socket_answer(struct ipc *ipc, const struct nlmsghdr *message, void *data);

__printf(3, 4) int ipc_socket_fail(struct ipc *ipc, int error, const char *format, ...);
int ipc_socket_refused(struct ipc *ipc, int error, const char *text);
int ipc_socket_talk(struct ipc *ipc, struct nlmsghdr *request, ipc_socket_answer *answer,
		    void *data);
struct nlmsghdr *ipc_socket_prepare(struct ipc *ipc, char buffer[IPC_REQUEST_BYTES],
				    uint8_t command, uint16_t flags);
void ipc_read_flow(struct ipc *ipc, const struct nlmsghdr *message, struct flow *flow);
int ipc_socket_resolve(struct ipc *ipc, const char *family, const char *group);

#endif
