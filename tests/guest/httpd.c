/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A web server for tests: files below a directory, on a port of 127.0.0.1
 * that the kernel chooses, for one client after the other.
 *
 * usage: httpd [-c BYTES] [-k] [-n] DIR
 *	-c BYTES  send at most so many of a file and hang up, though it has
 *		  announced all
 *	-k	  no byte changes hands for ever, instead
 *	-n	  knows no ranges
 * It prints its port, then a line for each request: "PATH FROM STATUS".
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_MAX 8192

static long long cut;
static bool has_ranges = true, is_silent;

static void
put(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

/* The head of a request; false if the client went away. */
static bool
read_request(int fd, char *out)
{
	size_t len = 0;

	while (len + 1 < REQUEST_MAX) {
		ssize_t n = read(fd, out + len, 1);

		if (n <= 0)
			return false;
		len++;
		out[len] = '\0';
		if (len >= 4 && strcmp(out + len - 4, "\r\n\r\n") == 0)
			return true;
	}
	return false;
}

static void
send_file(int client, int fd, long long from, long long size)
{
	char data[4096];
	long long left = size - from, n;

	if (cut > 0 && left > cut)
		left = cut;
	(void)lseek(fd, (off_t)from, SEEK_SET);
	while (left > 0) {
		n = read(fd, data,
		    left < (long long)sizeof(data) ? (size_t)left :
						     sizeof(data));
		if (n <= 0)
			return;
		put(client, data, (size_t)n);
		left -= n;
	}
}

static void
serve(int client, int dir)
{
	char request[REQUEST_MAX], head[256], *path, *end;
	const char *range;
	long long from = 0;
	struct stat st;
	int fd, status = 200;

	if (!read_request(client, request) || strncmp(request, "GET /", 5) != 0)
		return;
	while (is_silent)
		(void)pause();
	range = strstr(request, "Range: bytes=");
	if (range != NULL && has_ranges)
		from = strtoll(range + strlen("Range: bytes="), NULL, 10);
	path = request + 5;
	end = strchr(path, ' ');
	if (end != NULL)
		*end = '\0';
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		status = 404;
	else if (from >= (long long)st.st_size && from > 0)
		status = 416;
	else if (from > 0)
		status = 206;
	(void)snprintf(head, sizeof(head),
	    "HTTP/1.1 %d Whatever\r\nConnection: close\r\n"
	    "Content-Length: %lld\r\n",
	    status,
	    status == 404 || status == 416 ? 0 : (long long)st.st_size - from);
	put(client, head, strlen(head));
	if (status == 206) {
		(void)snprintf(head, sizeof(head),
		    "Content-Range: bytes %lld-%lld/%lld\r\n", from,
		    (long long)st.st_size - 1, (long long)st.st_size);
		put(client, head, strlen(head));
	}
	put(client, "\r\n", 2);
	if (status == 200 || status == 206)
		send_file(client, fd, from, (long long)st.st_size);
	printf("%s %lld %d\n", path, from, status);
	(void)fflush(stdout);
	if (fd >= 0)
		(void)close(fd);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int c, dir, listener = socket(AF_INET, SOCK_STREAM, 0);

	while ((c = getopt(argc, argv, "c:kn")) != -1) {
		if (c == 'c')
			cut = strtoll(optarg, NULL, 10);
		else if (c == 'k')
			is_silent = true;
		else if (c == 'n')
			has_ranges = false;
		else
			return 2;
	}
	if (optind + 1 != argc)
		errx(2, "usage: httpd [-c BYTES] [-k] [-n] DIR");
	(void)signal(SIGPIPE, SIG_IGN);
	if ((dir = open(argv[optind], O_RDONLY | O_DIRECTORY)) < 0)
		err(1, "%s", argv[optind]);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(listener, 8) < 0 ||
	    getsockname(listener, (struct sockaddr *)&a, &len) < 0)
		err(1, "socket");
	printf("%u\n", (unsigned)ntohs(a.sin_port));
	(void)fflush(stdout);
	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client < 0)
			err(1, "accept");
		serve(client, dir);
		(void)shutdown(client, SHUT_WR);
		(void)close(client);
	}
}
