// SPDX-License-Identifier: GPL-2.0-only
/* Events from the kernel. */
#include "ipc.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "compiler.h"
#include "ipc_attr.h"
#include "ipc_recording.h"
#include "ipc_socket.h"

/* Events that wait while the reader is busy, with the kernel's own overhead. */
#define EVENTS_BYTES	(64 * 1024 * 1024)

/*
 * Messages that one system call reads. If events come one by one, and faster than they are
 * printed, a system call for each would take most of the time.
 */
#define EVENTS_MESSAGES		64
/* The kernel sends less than that at once. */
#define EVENTS_MESSAGE_BYTES	(32 * 1024)

static int join_group(struct ipc *ipc, const char *family, const char *group)
{
	uint16_t own = ipc->family;
	int ret = ipc_socket_resolve(ipc, family, group);

	ipc->family = own;
	if (ret)
		return ret;
	if (!ipc->group)
		return ipc_socket_fail(ipc, ENOENT, "the kernel has no group '%s' of '%s'",
				       group, family);
	if (mnl_socket_setsockopt(ipc->events, NETLINK_ADD_MEMBERSHIP, &ipc->group,
				  sizeof(ipc->group)))
		return ipc_socket_refused(ipc, errno, NULL);
	return 0;
}

/**
 * ipc_subscribe() - begin to listen to events
 * @ipc: where
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_subscribe(struct ipc *ipc)
{
	int size = EVENTS_BYTES, fd;
	int ret;

	if (ipc->recording)
		return ipc_recording_subscribe(ipc);
	ipc->events = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!ipc->events || mnl_socket_bind(ipc->events, 0, MNL_SOCKET_AUTOPID))
		return ipc_socket_fail(ipc, errno, "no netlink socket: %s", strerror(errno));
	fd = mnl_socket_get_fd(ipc->events);
	/* A privileged process may exceed net.core.rmem_max. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Unloading the module ends its group silently; the controller announces that. */
	ret = join_group(ipc, "nlctrl", "notify");
	return ret ? ret : join_group(ipc, TCPSTATE_FAMILY_NAME, TCPSTATE_MCGRP_EVENTS);
}

/* Does the controller announce the end of our family? */
static bool is_farewell(const struct nlmsghdr *message)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	if (header->cmd != CTRL_CMD_DELFAMILY)
		return false;
	mnl_attr_for_each(attr, message, sizeof(*header))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_NAME &&
		    !strcmp(mnl_attr_get_str(attr), TCPSTATE_FAMILY_NAME))
			return true;
	return false;
}

static int read_events(struct ipc *ipc, char *buffer, int len, ipc_each *each, void *data)
{
	const struct nlmsghdr *message = (void *)buffer;
	/* Not @ipc->flow: @each may make requests, whose answers go there. */
	struct flow flow;
	int ret;

	for (; mnl_nlmsg_ok(message, len); message = mnl_nlmsg_next(message, &len)) {
		if (mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
			continue;
		if (message->nlmsg_type == GENL_ID_CTRL && is_farewell(message))
			return ipc_socket_fail(ipc, ENOTCONN, "the module was unloaded: no more events will come");
		if (message->nlmsg_type != ipc->family)
			continue;
		ipc_read_flow(ipc, message, &flow);
		ipc->missing = ipc->next ? flow.event.number - ipc->next : 0;
		ipc->next = flow.event.number + 1;
		ipc->message = message;
		ret = each(&flow, data);
		if (ret)
			return ret;
	}
	return 1;
}

static int fail_reading(struct ipc *ipc, int error)
{
	if (error == EINTR || error == ENOBUFS)
		return -error;
	return ipc_socket_fail(ipc, error, "cannot read events: %s", strerror(error));
}

/* Read up to EVENTS_MESSAGES that wait. If some were lost, those before the loss come first. */
static int read_messages(struct ipc *ipc, int fd, ipc_each *each, void *data)
{
	/* Not @ipc->buffer: @each may make requests, which use that. */
	static char buffer[EVENTS_MESSAGES][EVENTS_MESSAGE_BYTES] __aligned(8);
	struct mmsghdr messages[EVENTS_MESSAGES] = {};
	struct iovec places[EVENTS_MESSAGES];
	int i, n, ret = 1;

	for (i = 0; i < EVENTS_MESSAGES; i++) {
		places[i] = (struct iovec){ buffer[i], sizeof(buffer[i]) };
		messages[i].msg_hdr.msg_iov = &places[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(fd, messages, EVENTS_MESSAGES, MSG_DONTWAIT, NULL);
	if (n < 0)
		return errno == EAGAIN ? 1 : fail_reading(ipc, errno);
	for (i = 0; i < n && ret == 1; i++)
		ret = read_events(ipc, buffer[i], messages[i].msg_len, each, data);
	return ret;
}

/* Waits until one of @pollers is ready: how many, 0 after @timeout_ms, or -errno. */
static int wait_for(struct pollfd *pollers, size_t n, int timeout_ms)
{
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000l,
	};
	sigset_t none;
	int ret;

	sigemptyset(&none);
	ret = ppoll(pollers, n, timeout_ms < 0 ? NULL : &timeout, &none);
	return ret < 0 ? -errno : ret;
}

/* Has the reader of stdout gone? */
static bool nobody_reads(const struct pollfd *poller)
{
	return poller->revents & (POLLERR | POLLHUP | POLLNVAL);
}

/**
 * ipc_wait() - wait for events of one of several network namespaces
 * @ipcs: where, each after ipc_subscribe()
 * @ready: is filled: which of them have some
 * @n: how many there are
 * @timeout_ms: how long to wait, at most; -1 for ever
 *
 * Signals that the caller has blocked come through while it waits, and only then.
 *
 * Return: how many have some; 0 after @timeout_ms; -EINTR; -EPIPE if nobody reads stdout any more;
 * or another negative.
 */
int ipc_wait(struct ipc *const *ipcs, bool *ready, size_t n, int timeout_ms)
{
	struct pollfd *pollers = calloc(n + 1, sizeof(*pollers));
	int ret = -ENOMEM;

	if (!pollers)
		return ret;
	for (size_t i = 0; i < n; i++)
		pollers[i] = (struct pollfd){
			.fd = mnl_socket_get_fd(ipcs[i]->events), .events = POLLIN,
		};
	/* The end of a pipe's reader comes unasked. */
	pollers[n].fd = STDOUT_FILENO;
	ret = wait_for(pollers, n + 1, timeout_ms);
	for (size_t i = 0; i < n; i++)
		ready[i] = ret > 0 && pollers[i].revents;
	if (ret > 0 && nobody_reads(&pollers[n]))
		ret = -EPIPE;
	free(pollers);
	return ret;
}

/**
 * ipc_receive() - wait for events, and call back for each
 * @ipc: where, after ipc_subscribe()
 * @timeout_ms: how long to wait, at most; -1 for ever
 * @each: gets each event of what came at once; may ask @ipc for other things
 * @data: for @each
 *
 * Signals that the caller has blocked come through while it waits, and only then.
 *
 * Return: 1 if there were events; 0 after @timeout_ms; what @each returned;
 * -ENOBUFS if the kernel found no room for more, so that some were lost after those
 * that come next; -ENODATA at the end of a recording; -EINTR; -EPIPE if nobody reads stdout
 * any more; or another negative, with ipc_error().
 */
int ipc_receive(struct ipc *ipc, int timeout_ms, ipc_each *each, void *data)
{
	struct pollfd pollers[] = {
		{ .events = POLLIN },
		/* The end of a pipe's reader comes unasked. */
		{ .fd = STDOUT_FILENO },
	};
	int ret;

	if (ipc->recording)
		return ipc_recording_receive(ipc, each, data);
	pollers[0].fd = mnl_socket_get_fd(ipc->events);
	ret = wait_for(pollers, ARRAY_SIZE(pollers), timeout_ms);
	if (!ret)
		return 0;
	if (ret < 0)
		return fail_reading(ipc, -ret);
	if (nobody_reads(&pollers[1]))
		return -EPIPE;
	return read_messages(ipc, pollers[0].fd, each, data);
}

/**
 * ipc_missing() - how many events are missing right before this one?
 * @ipc: where from; the callback of ipc_receive() has an event
 *
 * Return: how many were lost, as the numbers of events show.
 */
uint64_t ipc_missing(const struct ipc *ipc)
{
	return ipc->missing;
}

/**
 * ipc_message() - the netlink message that told what a callback has
 * @ipc: where from; the callback of ipc_list() or ipc_receive() has a connection or an event
 * @len: set to its bytes
 *
 * Return: the message, until the callback returns.
 */
const void *ipc_message(const struct ipc *ipc, size_t *len)
{
	*len = ipc->message->nlmsg_len;
	return ipc->message;
}
