/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets of local ends, and the processes that have them open. */
#ifndef TOOLS_SOCKETS_H
#define TOOLS_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ipc_diag.h"
#include "record.h"

/* So many of the processes that have one socket open are kept. */
#define SOCKETS_HOLDERS	8
/* TASK_COMM_LEN */
#define SOCKETS_NAME	16

/** struct socket_holder - a process that has a socket open */
struct socket_holder {
	char name[SOCKETS_NAME];
	pid_t pid;
	int fd;
};

/** struct socket - the socket of one end */
struct socket {
	struct diag diag;
	/** @netns: as in struct flow */
	const char *netns;
	/** @holder: the first @n_holders of those that have it open, by pid */
	struct socket_holder *holder;
	unsigned int n_holders;
	/** @more: how many others there are */
	unsigned int more;
};

/** struct sockets - the sockets of one or more network namespaces */
struct sockets {
	struct socket *socket;
	size_t n;
	size_t room;
	/** @hidden: how many processes do not show their files */
	unsigned int hidden;
};

int sockets_read(struct sockets *sockets, struct ipc *ipc);
int sockets_read_flow(struct sockets *sockets, struct ipc *ipc, const struct flow *flow);
void sockets_free(struct sockets *sockets);
void sockets_join(const struct sockets *sockets, struct flow *flow);

#endif
