// SPDX-License-Identifier: GPL-2.0-only
/* See end.h. */
#include "end.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Into to[END_LEN]. An IPv4-mapped address is the IPv4 address that is on the wire. */
const char *end_show(char *to, const void *addr, int family, unsigned int port)
{
	static const __u8 mapped[12] = { [10] = 0xff, 0xff };
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET6 && !memcmp(addr, mapped, sizeof(mapped))) {
		family = AF_INET;
		addr = (const __u8 *)addr + sizeof(mapped);
	}
	inet_ntop(family, addr, text, sizeof(text));
	snprintf(to, END_LEN, "%s,%u", text, port);
	return to;
}
