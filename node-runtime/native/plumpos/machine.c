#define _GNU_SOURCE
#include "machine.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/io.h"

int find_program(const char *name, char *path, size_t room)
{
	const char *next = strchr(name, '/') != NULL ? "" : getenv("PATH");
	for (; next != NULL; next = strchr(next, ':') == NULL ? NULL : strchr(next, ':') + 1) {
		int length = (int)strcspn(next, ":");
		snprintf(path, room, length > 0 ? "%.*s/%s" : "%.*s%s", length, next, name);
		if (access(path, X_OK) == 0)
			return 1;
	}
	return 0;
}

void explain_machine(const char *name)
{
	static const struct {
		unsigned short machine;
		const char *name;
	} machines[] = { { EM_AARCH64, "64-bit ARM" }, { EM_ARM, "ARM" }, { EM_RISCV, "RISC-V" }, { EM_PPC64, "64-bit PowerPC" }, { EM_PPC, "PowerPC" },
		         { EM_MIPS, "MIPS" }, { EM_S390, "IBM S/390" }, { EM_SPARCV9, "SPARC" } };
	char path[4096];
	unsigned char head[20];
	int fd = find_program(name, path, sizeof path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? -1 : read_some(fd, head, sizeof head);
	if (fd >= 0)
		close(fd);
	if (n != sizeof head || memcmp(head, ELFMAG, SELFMAG) != 0)
		return;
	unsigned machine = head[EI_DATA] == ELFDATA2MSB ? (unsigned)(head[18] << 8 | head[19]) : (unsigned)(head[19] << 8 | head[18]);
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
		if (machines[i].machine == machine)
			fprintf(stderr, "  %s is a program for %s; members are PCs (x86-64)\n", path, machines[i].name);
}
