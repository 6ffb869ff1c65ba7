/* Prints the rows that the collector makes of a file: rows FILE. */
#include "ehframe.c"


#include <elf.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	static Elf64_Ehdr e;
	static Elf64_Phdr p[64];
	if (fd < 0 || pread(fd, &e, sizeof e, 0) != sizeof e || e.e_phnum > 64
		|| pread(fd, p, sizeof *p * e.e_phnum, (off_t)e.e_phoff) != (ssize_t)(sizeof *p * e.e_phnum))
		return 2;
	uint64_t low = ~0ull, high = 0, hdr = 0;
	for (int i = 0; i < e.e_phnum; i++) {
		if (p[i].p_type == PT_GNU_EH_FRAME)
			hdr = p[i].p_vaddr;
		if (p[i].p_type != PT_LOAD)
			continue;
		low = p[i].p_vaddr < low ? p[i].p_vaddr & ~4095ull : low;
		high = p[i].p_vaddr + p[i].p_memsz > high ? p[i].p_vaddr + p[i].p_memsz : high;
	}
	char *at = pages(high - low + 8192);
	if (!at || !hdr)
		return 3;
	for (int i = 0; i < e.e_phnum; i++)
		if (p[i].p_type == PT_LOAD && pread(fd, at + p[i].p_vaddr - low, p[i].p_filesz, (off_t)p[i].p_offset) != (ssize_t)p[i].p_filesz)
			return 4;
	struct rows rows;
	if (!rows_build(&rows, (uint8_t *)at + hdr - low, (uint64_t)at, (uint64_t)at + high - low))
		return 5;
	for (uint32_t i = 0; i < rows.count; i++) {
		struct row r = rows.row[i], found = rows_find(&rows, (uint64_t)at + rows.pc[i]);
		if (!bytes_equal(&r, &found, sizeof r))
			return 6;
		printf("%lx %d %d %d %d\n", rows.pc[i] + low, r.cfa & ROW_KINDS, r.cfa & ~ROW_KINDS, r.fp == ROW_SAVED_NOT ? 0 : r.fp * 8, r.ra == ROW_SAVED_NOT ? 0 : r.ra * 8);
	}
	return 0;
}
