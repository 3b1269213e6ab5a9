/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * modules_test.c - dependencies come first, each once; damaged modules do no harm.
 */
#include <stdio.h>
#include <sys/stat.h>
#include "modules.c"
#include "report_stub.h"
#include "unit_test.h"

#define NAMES "\0.modinfo\0.shstrtab\0"

struct object {
	Elf64_Ehdr header;
	Elf64_Shdr sections[3];
	char names[32];
	char info[128];
};

static struct object make_object(const char *depends)
{
	struct object o = { .header = { .e_shoff = offsetof(struct object, sections),
					.e_shentsize = sizeof(Elf64_Shdr),
					.e_shnum = 3,
					.e_shstrndx = 2 } };

	memcpy(o.header.e_ident, ELFMAG, SELFMAG);
	memcpy(o.names, NAMES, sizeof(NAMES));
	o.sections[1] = (Elf64_Shdr){ .sh_name = 1,
				      .sh_type = SHT_PROGBITS,
				      .sh_offset = offsetof(struct object, info),
				      .sh_size = sizeof(o.info) };
	o.sections[2] = (Elf64_Shdr){ .sh_name = 10,
				      .sh_type = SHT_STRTAB,
				      .sh_offset = offsetof(struct object, names),
				      .sh_size = sizeof(o.names) };
	snprintf(o.info, sizeof(o.info), "license=GPL%cdepends=%s", 0, depends);
	return o;
}

static char dir[32];

static void write_file(const char *name, const void *data, size_t len)
{
	char *full = must_format("%s/%s", dir, name);
	FILE *f = fopen(full, "w");

	CHECK(f && fwrite(data, 1, len, f) == len);
	fclose(f);
	free(full);
}

static void write_module(const char *name, const char *depends)
{
	struct object o = make_object(depends);

	write_file(name, &o, sizeof(o));
}

static void make_directory(const char *order, const char *builtin)
{
	strcpy(dir, "/tmp/modules-test-XXXXXX");
	CHECK(mkdtemp(dir));
	write_file("modules.order", order, strlen(order));
	write_file("modules.builtin", builtin, strlen(builtin));
}

static void remove_directory(void)
{
	char *command = must_format("rm -r %s", dir);

	CHECK(!system(command));
	free(command);
}

TEST(dependencies_come_first_and_once)
{
	struct module_set set;

	make_directory("a.ko\nb-b.ko\nc.ko\nd.ko", "kernel/x/core.ko\n");
	write_module("a.ko", "b_b,c");
	write_module("b-b.ko", "d,core");
	write_module("c.ko", "d");
	write_module("d.ko", "");
	module_set_init(&set, dir);
	module_set_add(&set, "a");
	module_set_add(&set, "c");
	CHECK_EQ(set.nr_modules, 4);
	CHECK_STREQ(set.modules[0].name, "d.ko");
	CHECK_STREQ(set.modules[1].name, "b-b.ko");
	CHECK_STREQ(set.modules[2].name, "c.ko");
	CHECK_STREQ(set.modules[3].name, "a.ko");
	CHECK(module_set_offers(&set, "core") && module_set_offers(&set, "b_b"));
	CHECK(!module_set_offers(&set, "b"));
	module_set_fini(&set);
	remove_directory();
}

TEST(what_is_missing_or_circular_is_said)
{
	struct module_set set;

	make_directory("a.ko\nb.ko\n", "");
	write_module("a.ko", "b");
	write_module("b.ko", "a");
	module_set_init(&set, dir);
	CHECK(DIES(module_set_add(&set, "nonesuch")));
	CHECK(strstr(died_with, "no module nonesuch"));
	CHECK(DIES(module_set_add(&set, "a")));
	CHECK(strstr(died_with, "circle"));
	module_set_fini(&set);
	remove_directory();
}

TEST(damaged_section_tables_are_ignored)
{
	for (int i = 0; i < 2000; i++) {
		struct object o = make_object("x");
		struct bytes b = { .at = (unsigned char *)&o, .len = sizeof(o) };

		for (int k = 0; k < 4; k++)
			b.at[4 + unit_random() % (sizeof(o) - 4)] = (unsigned char)unit_random();
		b.len = unit_random() % 2 ? sizeof(o) : unit_random() % sizeof(o);
		free(modinfo(&b, "depends"));
	}
}
