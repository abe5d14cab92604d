/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets of peer.c by name, each in its network namespace, and addresses for them. */
#ifndef SOCKET_H
#define SOCKET_H

#include <sys/socket.h>

/* struct socket - a name is empty where there is no socket */
struct socket {
	char name[24];
	char netns[32];
	int family;
	int fd;
};

struct socket_address {
	struct sockaddr_storage sa;
	socklen_t len;
};

void socket_init(void);
struct socket *socket_find(const char *name);
struct socket *socket_add(const char *name);
int socket_enter(const char *netns);
int socket_address(const struct socket *s, const char *address, const char *port,
		   struct socket_address *to);

#endif
