// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A descriptor of the namespace, "." being the present one, or the error as a negative number */
int netns_open(const char *name)
{
	char path[64] = "/proc/thread-self/ns/net";
	int fd;

	if (strcmp(name, "."))
		snprintf(path, sizeof(path), NETNS_FOLDER "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* 0 if this thread is in that namespace now, or the error as a negative number */
int netns_enter(const char *name)
{
	int fd, err;

	/* To stay takes no privilege. */
	if (!strcmp(name, "."))
		return 0;
	fd = netns_open(name);
	if (fd < 0)
		return fd;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return err;
}
