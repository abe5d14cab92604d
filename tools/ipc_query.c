// SPDX-License-Identifier: GPL-2.0-only
/* Requests to other parts of the kernel than the module. */
#include "ipc_query.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* More than the kernel puts into one datagram. */
#define BYTES	(64 * 1024)

static int talk(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t answer, void *data,
		char *buffer)
{
	unsigned int port = mnl_socket_get_portid(socket);
	unsigned int seq = request->nlmsg_seq;
	int ret = mnl_socket_sendto(socket, request, request->nlmsg_len);

	while (ret > 0) {
		ret = mnl_socket_recvfrom(socket, buffer, BYTES);
		if (ret > 0)
			ret = mnl_cb_run(buffer, ret, seq, port, answer, data);
	}
	return ret < 0 ? -errno : 0;
}

/**
 * ipc_query() - send a request in the network namespace of the caller, and read all of its answer
 * @bus: NETLINK_*
 * @request: a dump, or a request with NLM_F_ACK
 * @answer: gets each message of the answer; returns MNL_CB_*, with errno for MNL_CB_ERROR
 * @data: for @answer
 *
 * Return: 0 or -errno; -EPROTONOSUPPORT if the kernel has no such bus.
 */
int ipc_query(int bus, struct nlmsghdr *request, mnl_cb_t answer, void *data)
{
	struct mnl_socket *socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
	char *buffer = malloc(BYTES);
	int ret = -ENOMEM;

	request->nlmsg_seq = 1;
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		ret = -errno;
	else if (buffer)
		ret = talk(socket, request, answer, data, buffer);
	if (socket)
		mnl_socket_close(socket);
	free(buffer);
	return ret;
}
