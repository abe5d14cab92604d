// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"

#define SOCKETS 4096

static struct socket sockets[SOCKETS];
static char netns_now[32] = ".";
static int netns_first = -1;

/* Remembers the namespace that this program was started in. */
void socket_init(void)
{
	netns_first = netns_open(".");
}

/* Enters a namespace; "." is the one that this program was started in. */
int socket_enter(const char *netns)
{
	int err;

	if (!strcmp(netns, netns_now))
		return 0;
	if (strcmp(netns, "."))
		err = netns_enter(netns);
	else
		err = setns(netns_first, CLONE_NEWNET) ? -errno : 0;
	if (!err)
		snprintf(netns_now, sizeof(netns_now), "%s", netns);
	return err;
}

/* The socket of that name, or NULL. */
struct socket *socket_find(const char *name)
{
	for (size_t i = 0; i < SOCKETS; i++)
		if (sockets[i].name[0] && !strcmp(sockets[i].name, name))
			return &sockets[i];
	return NULL;
}

/* A place for a socket of that name; NULL if there is one already, or no room. */
struct socket *socket_add(const char *name)
{
	if (socket_find(name))
		return NULL;
	for (size_t i = 0; i < SOCKETS; i++) {
		if (sockets[i].name[0])
			continue;
		snprintf(sockets[i].name, sizeof(sockets[i].name), "%s", name);
		return &sockets[i];
	}
	return NULL;
}

/*
 * Reads an address for that socket. The caller has to enter the socket's namespace first:
 * that is where a scope like %veth0 has its index.
 */
int socket_address(const struct socket *s, const char *address, const char *port,
		   struct socket_address *to)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&to->sa;
	struct sockaddr_in *in = (struct sockaddr_in *)&to->sa;
	char host[64];
	char *scope;

	memset(to, 0, sizeof(*to));
	snprintf(host, sizeof(host), "%s", address);
	to->sa.ss_family = s->family;
	if (s->family == AF_INET) {
		to->len = sizeof(*in);
		in->sin_port = htons(atoi(port));
		return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? 0 : -EINVAL;
	}
	to->len = sizeof(*in6);
	in6->sin6_port = htons(atoi(port));
	scope = strchr(host, '%');
	if (scope) {
		*scope++ = '\0';
		in6->sin6_scope_id = if_nametoindex(scope);
		if (!in6->sin6_scope_id)
			return -ENODEV;
	}
	return inet_pton(AF_INET6, host, &in6->sin6_addr) == 1 ? 0 : -EINVAL;
}
