/* SPDX-License-Identifier: GPL-2.0-only */
/* An end of a connection as text: ADDRESS,PORT. */
#ifndef TESTS_TRUTH_END_H
#define TESTS_TRUTH_END_H

#include <linux/types.h>
#include <netinet/in.h>

#define END_LEN (INET6_ADDRSTRLEN + 8)

const char *end_show(char *to, const void *addr, int family, unsigned int port);

#endif
