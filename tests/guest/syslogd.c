/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests in sh: listens where syslog(3) writes, and writes to stdout what
 * comes, a line each, until one comes that has "the-end" in it.
 *
 * usage: syslogd SOCKET
 * Its first line is "ready".
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

int
main(int argc, char **argv)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char text[65536];
	ssize_t n;
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(to.sun_path))
		errx(2, "usage: syslogd SOCKET");
	memcpy(to.sun_path, argv[1], strlen(argv[1]));
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    chmod(argv[1], 0666) < 0)
		err(1, "%s", argv[1]);
	printf("ready\n");
	(void)fflush(stdout);
	while ((n = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		if (strstr(text, "the-end") != NULL)
			return 0;
		printf("%s\n", text);
		(void)fflush(stdout);
	}
	err(1, "recv");
}
