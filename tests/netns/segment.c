// SPDX-License-Identifier: GPL-2.0-only
/*
 * segment: TCP segments with numbers of the caller's choice, sent through this
 * host by way of a TUN device: they come in from it, are forwarded, and go out
 * to it again.
 *
 *   segment DEVICE     creates DEVICE in the present network namespace
 *
 * Reads lines from stdin and answers each with one line:
 *
 *   SOURCE PORT DESTINATION PORT FLAGS seq N [WORD [VALUE]...]...
 *       one segment, with tcpdump's FLAGS (S F R P U . or none). Words: ack N, win N,
 *       len N, mss N, wscale N, sackok, ts VAL ECR, opt HEX, doff N (a data
 *       offset that lies), cut N (bytes of TCP that are there), badsum,
 *       frag UNITS (its offset), mf (more fragments), in (it is for this host and
 *       does not come out). "ok": it came out with the same bytes. "changed",
 *       "lost" (in 2 s).
 *   heard
 *       "ok SEQ ACK WIN" of the next IPv4 segment that comes out, or "lost"
 *   flood COUNT SOURCE DESTINATION PORT [FLAGS]
 *       so many segments, SYNs unless FLAGS are given, from different ports, then different
 *       sources; "ok"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/types.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WORDS 64
#define DEADLINE_MS 20000
#define TCP_MAX 9000

struct segment {
	bool ipv6;
	__u8 source[16];
	__u8 destination[16];
	__u8 tcp[TCP_MAX];
	/** @len: bytes in @tcp that are sent */
	size_t len;
	/** @in: it is for this host, and is not forwarded */
	bool in;
	/** @frag: offset in units of 8 bytes, and the more-fragments bit 0x2000 */
	__u16 frag;
};

static int tun;

static void put16(__u8 *at, unsigned int value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put32(__u8 *at, __u32 value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static __u32 sum(const __u8 *at, size_t len, __u32 so_far)
{
	for (size_t i = 0; i < len; i++)
		so_far += i & 1 ? at[i] : at[i] << 8;
	return so_far;
}

static __u16 fold(__u32 value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	return ~value;
}

/* Not so large that the sum overflows: TCP_MAX * 0xff00 / 2 < 2^32. */
static void set_checksum(struct segment *s)
{
	size_t size = s->ipv6 ? 16 : 4;
	__u32 value = sum(s->source, size, 6 + s->len);

	value = sum(s->destination, size, value);
	put16(s->tcp + 16, 0);
	put16(s->tcp + 16, fold(sum(s->tcp, s->len, value)));
}

static bool parse_address(struct segment *s, const char *text, __u8 *to)
{
	s->ipv6 = strchr(text, ':');
	return inet_pton(s->ipv6 ? AF_INET6 : AF_INET, text, to) == 1;
}

static unsigned int parse_flags(const char *text)
{
	static const char names[] = "FSRPSU";
	static const __u8 bits[] = { 0x01, 0x02, 0x04, 0x08, 0x02, 0x20 };
	unsigned int flags = 0;

	for (; *text; text++) {
		const char *at = strchr(names, *text);

		if (at)
			flags |= bits[at - names];
		else if (*text == '.')
			flags |= 0x10;
	}
	return flags;
}

static size_t add_hex(__u8 *to, const char *hex)
{
	size_t n;

	for (n = 0; hex[2 * n] && hex[2 * n + 1]; n++) {
		char byte[3] = { hex[2 * n], hex[2 * n + 1] };

		to[n] = strtoul(byte, NULL, 16);
	}
	return n;
}

/* One word with its values; returns how many values it took, or -1. */
static int parse_word(struct segment *s, char **w, __u8 *opts, size_t *opts_len)
{
	__u32 value = w[1] ? strtoul(w[1], NULL, 0) : 0;
	__u8 *opt = opts + *opts_len;

	if (!strcmp(w[0], "sackok")) {
		put32(opt, 0x01010402);
		*opts_len += 4;
		return 0;
	}
	if (!w[1])
		return -1;
	if (!strcmp(w[0], "seq")) {
		put32(s->tcp + 4, value);
	} else if (!strcmp(w[0], "ack")) {
		put32(s->tcp + 8, value);
	} else if (!strcmp(w[0], "win")) {
		put16(s->tcp + 14, value);
	} else if (!strcmp(w[0], "mss")) {
		put32(opt, 0x02040000 | value);
		*opts_len += 4;
	} else if (!strcmp(w[0], "wscale")) {
		put32(opt, 0x01030300 | value);
		*opts_len += 4;
	} else if (!strcmp(w[0], "ts") && w[2]) {
		put32(opt, 0x0101080a);
		put32(opt + 4, value);
		put32(opt + 8, strtoul(w[2], NULL, 0));
		*opts_len += 12;
		return 2;
	} else if (!strcmp(w[0], "opt")) {
		*opts_len += add_hex(opt, w[1]);
	} else {
		return -1;
	}
	return 1;
}

static bool build(struct segment *s, char **w, int n)
{
	int cut = -1, doff = -1, len = 0;
	size_t opts_len = 0;
	bool badsum = false;

	memset(s, 0, sizeof(*s));
	if (n < 7 || !parse_address(s, w[0], s->source) ||
	    !parse_address(s, w[2], s->destination))
		return false;
	put16(s->tcp, atoi(w[1]));
	put16(s->tcp + 2, atoi(w[3]));
	s->tcp[13] = parse_flags(w[4]);
	put16(s->tcp + 14, 65535);
	for (int i = 5; i < n; i++) {
		int took = 1;

		if (!strcmp(w[i], "badsum") || !strcmp(w[i], "mf") || !strcmp(w[i], "in")) {
			badsum |= w[i][0] == 'b';
			s->in |= w[i][0] == 'i';
			s->frag |= w[i][0] == 'm' ? 0x2000 : 0;
			took = 0;
		} else if (!strcmp(w[i], "len")) {
			len = atoi(w[i + 1]);
		} else if (!strcmp(w[i], "cut")) {
			cut = atoi(w[i + 1]);
		} else if (!strcmp(w[i], "doff")) {
			doff = atoi(w[i + 1]);
		} else if (!strcmp(w[i], "frag")) {
			s->frag |= atoi(w[i + 1]);
		} else {
			took = parse_word(s, w + i, s->tcp + 20, &opts_len);
		}
		if (took < 0 || i + took >= n)
			return false;
		i += took;
	}
	opts_len = (opts_len + 3) & ~3;
	s->tcp[12] = (doff < 0 ? 5 + opts_len / 4 : (size_t)doff) << 4;
	s->len = 20 + opts_len + len;
	if (opts_len > 40 || s->len > sizeof(s->tcp))
		return false;
	memset(s->tcp + 20 + opts_len, '.', len);
	set_checksum(s);
	if (badsum)
		s->tcp[16] ^= 0x55;
	if (cut >= 0 && (size_t)cut < s->len)
		s->len = cut;
	return true;
}

/* The IP header before the segment; returns the packet's length. */
static size_t wrap(const struct segment *s, __u8 *to)
{
	size_t header = s->ipv6 ? 40 : 20;

	memset(to, 0, header);
	if (s->ipv6) {
		put32(to, 0x60000000);
		put16(to + 4, s->len);
		to[6] = 6;
		to[7] = 64;
		memcpy(to + 8, s->source, 16);
		memcpy(to + 24, s->destination, 16);
	} else {
		put16(to, 0x4500);
		put16(to + 2, header + s->len);
		put16(to + 4, 1);
		put16(to + 6, s->frag);
		put16(to + 8, 64 << 8 | 6);
		memcpy(to + 12, s->source, 4);
		memcpy(to + 16, s->destination, 4);
		put16(to + 10, fold(sum(to, header, 0)));
	}
	memcpy(to + header, s->tcp, s->len);
	return header + s->len;
}

static bool write_packet(const struct segment *s)
{
	__u8 packet[TCP_MAX + 40];
	ssize_t len = wrap(s, packet);

	return write(tun, packet, len) == len;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Skip packets that the kernel sends of its own accord. */
static const char *read_packet(const struct segment *s)
{
	size_t header = s->ipv6 ? 40 : 20;
	long end = now_ms() + DEADLINE_MS;
	__u8 packet[TCP_MAX + 40];

	for (;;) {
		struct pollfd pfd = { .fd = tun, .events = POLLIN };
		long left = end - now_ms();
		ssize_t len;

		if (left <= 0 || poll(&pfd, 1, left) < 1)
			return "lost";
		len = read(tun, packet, sizeof(packet));
		if (len < (ssize_t)header || packet[0] >> 4 != (s->ipv6 ? 6 : 4) ||
		    packet[s->ipv6 ? 6 : 9] != 6)
			continue;
		if ((size_t)len != header + s->len || memcmp(packet + header, s->tcp, s->len))
			return "changed";
		return "ok";
	}
}

static __u32 get32(const __u8 *at)
{
	return (__u32)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* What a socket of this host sends to one that is played. */
static const char *hear(void)
{
	long end = now_ms() + DEADLINE_MS;
	static char answer[64];
	__u8 packet[TCP_MAX];

	for (;;) {
		struct pollfd pfd = { .fd = tun, .events = POLLIN };
		long left = end - now_ms();

		if (left <= 0 || poll(&pfd, 1, left) < 1)
			return "lost";
		if (read(tun, packet, sizeof(packet)) < 40 || packet[0] != 0x45 ||
		    packet[9] != 6)
			continue;
		snprintf(answer, sizeof(answer), "ok %u %u %u", get32(packet + 24),
			 get32(packet + 28), packet[34] << 8 | packet[35]);
		return answer;
	}
}

static void drain(void)
{
	struct pollfd pfd = { .fd = tun, .events = POLLIN };
	__u8 packet[TCP_MAX + 40];

	while (poll(&pfd, 1, 0) > 0)
		if (read(tun, packet, sizeof(packet)) < 0)
			return;
}

/* Segments that nobody answers, from 10000 ports of as many sources as it takes */
static const char *flood(char **w, int n)
{
	struct segment s = { .len = 20 };
	__u32 count;

	if (n < 5 || !parse_address(&s, w[2], s.source) ||
	    !parse_address(&s, w[3], s.destination))
		return "error";
	count = strtoul(w[1], NULL, 10);
	put16(s.tcp + 2, atoi(w[4]));
	s.tcp[12] = 5 << 4;
	s.tcp[13] = n > 5 ? parse_flags(w[5]) : 0x02;
	put16(s.tcp + 14, 65535);
	for (__u32 i = 0; i < count; i++) {
		put16(s.tcp, 10000 + i % 10000);
		put32(s.tcp + 4, i);
		if (i && i % 10000 == 0)
			s.source[s.ipv6 ? 15 : 3]++;
		set_checksum(&s);
		if (!write_packet(&s))
			return "error";
		if (i % 64 == 0)
			drain();
	}
	drain();
	return "ok";
}

static const char *run(char *line)
{
	char *w[WORDS + 2] = { NULL };
	struct segment s;
	int n = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *at = strtok(line, " "); at && n < WORDS; at = strtok(NULL, " "))
		w[n++] = at;
	if (n && !strcmp(w[0], "heard"))
		return hear();
	if (n && !strcmp(w[0], "flood"))
		return flood(w, n);
	if (!build(&s, w, n))
		return "error";
	drain();
	if (!write_packet(&s))
		return "error";
	return s.in ? "ok" : read_packet(&s);
}

int main(int argc, char **argv)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	char line[4096];

	if (argc != 2)
		return 2;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", argv[1]);
	tun = open("/dev/net/tun", O_RDWR);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &ifr)) {
		printf("error %s\n", strerror(errno));
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ok");
	while (fgets(line, sizeof(line), stdin))
		puts(run(line));
	return 0;
}
