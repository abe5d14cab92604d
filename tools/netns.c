// SPDX-License-Identifier: GPL-2.0-only
/* Another network namespace than the caller's. */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where 'ip netns' keeps its namespaces. */
#define NETNS_FOLDER	"/var/run/netns"

static int fail(const char *name, const char *text)
{
	fprintf(stderr, "tcpstate: network namespace '%s': %s\n", name, text);
	return -1;
}

/**
 * netns_enter() - go into a network namespace
 * @name: its name, as 'ip netns' shows it, or a path
 *
 * All later requests of this program to the kernel are about that namespace.
 *
 * Return: 0, or -1 with a message on stderr.
 */
int netns_enter(const char *name)
{
	char path[PATH_MAX];
	int fd, ret;

	if (strchr(name, '/'))
		ret = snprintf(path, sizeof(path), "%s", name);
	else
		ret = snprintf(path, sizeof(path), "%s/%s", NETNS_FOLDER, name);
	if (!*name || ret >= (int)sizeof(path))
		return fail(name, "expected a name, or a path");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(name, errno == ENOENT ? "there is none; 'ip netns' lists them" :
						    strerror(errno));
	ret = setns(fd, CLONE_NEWNET);
	close(fd);
	if (!ret)
		return 0;
	return fail(name, errno == EPERM ? "permission denied: it takes CAP_SYS_ADMIN to go there" :
			  errno == EINVAL ? "that is none" : strerror(errno));
}
