// SPDX-License-Identifier: GPL-2.0-only
/* See repair.h. */
#include "repair.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "conn.h"

static int begin(int fd)
{
	static const int on = TCP_REPAIR_ON;

	return conn_result(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)));
}

/* Without a window probe: nothing of it shows on the wire. */
static int end(int fd)
{
	static const int off = TCP_REPAIR_OFF_NO_WP;

	return conn_result(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)));
}

/* What a socket sends next, and what it expects. */
int repair_get_numbers(int fd, __u32 *snd_nxt, __u32 *rcv_nxt)
{
	static const int queues[] = { TCP_SEND_QUEUE, TCP_RECV_QUEUE };
	__u32 *numbers[] = { snd_nxt, rcv_nxt };
	socklen_t len = sizeof(__u32);
	int err = begin(fd);

	if (err)
		return err;
	for (int i = 0; i < 2; i++) {
		setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queues[i], sizeof(queues[i]));
		getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, numbers[i], &len);
	}
	return end(fd);
}

/* A socket that is not connected yet: Linux chooses a number where it has none. */
int repair_set_isn(int fd, __u32 isn)
{
	static const int queue = TCP_SEND_QUEUE;
	int err = begin(fd), failed;

	if (err)
		return err;
	setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue));
	failed = conn_result(setsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &isn, sizeof(isn)));
	err = end(fd);
	return failed ? failed : err;
}
