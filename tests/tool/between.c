// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into tcpstate watch: counts how many datagrams of the table it receives between a key
 * and its answer, which no other work of the machine changes.
 *
 *	BETWEEN=FD LD_PRELOAD=between.so tcpstate watch
 *
 * Writes a dot to FD for each 50 datagrams, so that somebody can type while the table is read.
 * When the tool ends: the most datagrams that any key waited for, how many keys were seen to wait,
 * and how many datagrams there were.
 */
#include <dlfcn.h>
#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVERY	50

static unsigned long behind, most, keys, datagrams;
/* A key was read, and nothing was written since. */
static bool read_one;

static bool is_key_there(void)
{
	int bytes = 0;

	return !ioctl(STDIN_FILENO, FIONREAD, &bytes) && bytes;
}

static int own_fd(void)
{
	const char *fd = getenv("BETWEEN");

	return fd ? atoi(fd) : STDERR_FILENO;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size)
{
	static ssize_t (*next)(const struct mnl_socket *socket, void *buffer, size_t size);
	ssize_t ret;

	if (!next)
		next = dlsym(RTLD_NEXT, "mnl_socket_recvfrom");
	ret = next(socket, buffer, size);
	if (++datagrams % EVERY == 0)
		dprintf(own_fd(), ".");
	if (read_one || is_key_there()) {
		behind++;
		most = behind > most ? behind : most;
	}
	return ret;
}

ssize_t read(int file, void *buffer, size_t size)
{
	static ssize_t (*next)(int file, void *buffer, size_t size);
	bool seen = file == STDIN_FILENO && is_key_there();
	ssize_t ret;

	if (!next)
		next = dlsym(RTLD_NEXT, "read");
	ret = next(file, buffer, size);
	if (file == STDIN_FILENO && ret > 0) {
		read_one = true;
		keys += seen;
	}
	return ret;
}

ssize_t write(int file, const void *buffer, size_t size)
{
	static ssize_t (*next)(int file, const void *buffer, size_t size);

	if (!next)
		next = dlsym(RTLD_NEXT, "write");
	if (file == STDOUT_FILENO && read_one) {
		read_one = false;
		behind = 0;
	}
	return next(file, buffer, size);
}

static void __attribute__((destructor)) say(void)
{
	dprintf(own_fd(), " %lu %lu %lu\n", most, keys, datagrams);
}
