// SPDX-License-Identifier: GPL-2.0-only
/*
 * events: listens to the group, and checks the events by figure 5 (walk.c).
 *
 *   events [-n NETNS] [-b RCVBUF] [-w] [-t SECONDS] -u PORT
 *
 * Prints "ready GROUP" when it has joined, and listens until the record of a
 * connection to PORT ends; with -w it does not read before it gets SIGUSR1. Its
 * buffer (-b, bytes) holds what a test makes meanwhile, however late it reads. Then
 * it prints walk_totals, and how often the kernel said ENOBUFS (overruns), one on
 * each line, as NAME NUMBER. Each fault is a line of its own.
 * Status 1: there were faults; 2: it could not listen; 3: PORT never came.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "genl.h"
#include "walk.h"

static __u16 last_port;
static bool over;
static __u64 overruns;

static void take(const struct nlmsghdr *nlh, int len)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

		walk_event(nlh);
		over |= genl->cmd == TCPSTATE_CMD_FLOW_END &&
			walk_responder_port(nlh) == last_port;
	}
}

static void report(void)
{
	printf("received %llu\nmissing %llu\ngaps %llu\nfirst %llu\nlast %llu\n"
	       "begun %llu\nended %llu\ntransitions %llu\noverruns %llu\nfaults %llu\n",
	       walk_totals.received, walk_totals.missing, walk_totals.gaps,
	       walk_totals.first, walk_totals.last, walk_totals.begun, walk_totals.ended,
	       walk_totals.transitions, overruns, walk_totals.faults);
	fflush(stdout);
}

static void on_alarm(int signal)
{
	(void)signal;
	report();
	_exit(3);
}

int main(int argc, char **argv)
{
	static struct nlmsghdr buffer[GENL_BUFFER / NLMSG_HDRLEN];
	struct genl_family family;
	struct mnl_socket *nl;
	struct timespec now;
	unsigned int seconds = 300;
	bool waits = false;
	int rcvbuf = 64 << 20;
	int opt;

	while ((opt = getopt(argc, argv, "n:b:t:u:w")) != -1) {
		if (opt == 'n')
			genl_enter(optarg);
		else if (opt == 'b')
			rcvbuf = atoi(optarg);
		else if (opt == 't')
			seconds = atoi(optarg);
		else if (opt == 'u')
			last_port = atoi(optarg);
		else if (opt == 'w')
			waits = true;
		else
			return 2;
	}
	genl_block(SIGUSR1);
	nl = genl_open(rcvbuf);
	family = genl_find(nl);
	if (mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &family.events,
				  sizeof(family.events)))
		genl_die("join");
	clock_gettime(CLOCK_BOOTTIME, &now);
	walk_totals.since_ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	printf("ready %u\n", family.events);
	fflush(stdout);
	signal(SIGALRM, on_alarm);
	alarm(seconds);
	if (waits)
		genl_wait(SIGUSR1);
	while (!over) {
		ssize_t got = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));

		if (got < 0 && errno == ENOBUFS)
			overruns++;
		else if (got < 0)
			genl_die("receive");
		else
			take(buffer, got);
	}
	report();
	return walk_totals.faults ? 1 : 0;
}
