// SPDX-License-Identifier: GPL-2.0-only
/*
 * prejoin: joins every group of generic netlink, or those that it may, and counts
 * what it hears there.
 *
 *   prejoin [-r] [MOST]
 *
 * Prints "joined N... ." with the numbers, up to MOST. On SIGTERM it prints "heard N", the
 * number of messages that are not of the controller's own group. Without MOST it prints the
 * number that the family's group has. With -r it joins them over and over.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "genl.h"

static unsigned int count(const struct nlmsghdr *nlh, int len)
{
	unsigned int heard = 0;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
		heard += nlh->nlmsg_type != GENL_ID_CTRL;
	return heard;
}

/* Joins the groups, and prints those that it may join, unless silent. */
static void join(struct mnl_socket *nl, int most, bool silent)
{
	for (int group = 1; group <= most; group++)
		if (!mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) &&
		    !silent)
			printf(" %d", group);
}

int main(int argc, char **argv)
{
	static struct nlmsghdr buffer[GENL_BUFFER / NLMSG_HDRLEN];
	struct timeval pause = { .tv_usec = 100000 };
	struct mnl_socket *nl = genl_open(0);
	bool again = argc > 2 && !strcmp(argv[1], "-r");
	int most = atoi(argv[argc - 1]);
	unsigned int heard = 0;
	ssize_t got;

	if (argc < 2) {
		printf("%u\n", genl_find(nl).events);
		return 0;
	}
	genl_block(SIGTERM);
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
	printf("joined");
	join(nl, most, false);
	puts(" .");
	fflush(stdout);
	/* Count the messages that were queued when the signal came, too. */
	for (;;) {
		if (again)
			join(nl, most, true);
		got = recv(mnl_socket_get_fd(nl), buffer, sizeof(buffer),
			   again ? MSG_DONTWAIT : 0);
		if (got > 0)
			heard += count(buffer, got);
		else if (errno == ENOBUFS)
			heard++;
		else if (errno == EAGAIN && genl_pending(SIGTERM))
			break;
		else if (errno != EAGAIN)
			genl_die("receive");
	}
	printf("heard %u\n", heard);
	return 0;
}
