// SPDX-License-Identifier: GPL-2.0-only
/*
 * traffic: makes one connection after the other, and a few that stay, until it is
 * terminated or has made COUNT of them.
 *
 *   traffic [-s NETNS] [-c NETNS] [-n COUNT] ADDRESS PORT
 *
 * Every fourth ends with a reset; either end closes the others first. Prints how many there
 * were. -s and -c give the namespaces of the server and the client.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "netns.h"

#define STAYING 4

static struct sockaddr_storage address;
static socklen_t address_len;
static int netns_server = -1, netns_client = -1;
static int listener;
static int staying[STAYING][2];

/* SIGTERM is blocked; this looks for it between two connections. */
static bool terminated(void)
{
	sigset_t pending;

	return !sigpending(&pending) && sigismember(&pending, SIGTERM);
}

static void parse_address(const char *text, const char *port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address;
	struct sockaddr_in *in = (struct sockaddr_in *)&address;

	if (strchr(text, ':')) {
		address.ss_family = AF_INET6;
		address_len = sizeof(*in6);
		inet_pton(AF_INET6, text, &in6->sin6_addr);
		in6->sin6_port = htons(atoi(port));
	} else {
		address.ss_family = AF_INET;
		address_len = sizeof(*in);
		inet_pton(AF_INET, text, &in->sin_addr);
		in->sin_port = htons(atoi(port));
	}
}

static int open_socket(int netns)
{
	struct timeval second = { .tv_sec = 1 };
	int one = 1;
	int fd;

	if (netns >= 0 && setns(netns, CLONE_NEWNET))
		return -1;
	fd = socket(address.ss_family, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* If the namespace of the peer goes away, no answer comes. */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	return fd;
}

static int connect_pair(int pair[2])
{
	pair[0] = open_socket(netns_client);
	if (connect(pair[0], (struct sockaddr *)&address, address_len)) {
		close(pair[0]);
		return -1;
	}
	pair[1] = accept(listener, NULL, NULL);
	if (pair[1] < 0)
		close(pair[0]);
	return pair[1] < 0 ? -1 : 0;
}

static void exchange(int pair[2])
{
	char data[1024] = "msg";

	if (send(pair[0], data, sizeof(data), MSG_NOSIGNAL) < 0 ||
	    recv(pair[1], data, sizeof(data), MSG_WAITALL) < 0 ||
	    send(pair[1], data, 3, MSG_NOSIGNAL) < 0 ||
	    recv(pair[0], data, 3, MSG_WAITALL) < 0)
		return;
}

static void end(int pair[2], unsigned long how)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };
	int first = how & 1;

	if (how % 4 == 3)
		setsockopt(pair[first], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(pair[first]);
	close(pair[!first]);
}

int main(int argc, char **argv)
{
	unsigned long made = 0, most = 0;
	sigset_t set;
	int opt;

	while ((opt = getopt(argc, argv, "s:c:n:")) != -1) {
		if (opt == 's')
			netns_server = netns_open(optarg);
		else if (opt == 'c')
			netns_client = netns_open(optarg);
		else if (opt == 'n')
			most = strtoul(optarg, NULL, 10);
		else
			return 2;
		if (opt != 'n' && (opt == 's' ? netns_server : netns_client) < 0) {
			fprintf(stderr, "traffic: no namespace %s\n", optarg);
			return 2;
		}
	}
	if (argc - optind != 2)
		return 2;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	parse_address(argv[optind], argv[optind + 1]);
	listener = open_socket(netns_server);
	if (bind(listener, (struct sockaddr *)&address, address_len) || listen(listener, 64)) {
		fprintf(stderr, "traffic: %s\n", strerror(errno));
		return 1;
	}
	for (int i = 0; i < STAYING; i++)
		if (connect_pair(staying[i]))
			staying[i][0] = -1;
	while (!terminated() && (!most || made < most)) {
		int pair[2];

		if (connect_pair(pair))
			continue;
		exchange(pair);
		end(pair, made++);
		if (staying[made % STAYING][0] >= 0)
			exchange(staying[made % STAYING]);
	}
	printf("%lu connections\n", made);
	return 0;
}
