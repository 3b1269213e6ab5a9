/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acpi_aml.c - two facts out of the DSDT's byte code, found by looking, not by running it.
 *
 * WHAT        \_S5 is a package of small integers: the values that switch the machine off. Each
 *             virtio-mmio device has _HID "LNRO0005" and a _CRS buffer with one fixed memory range and
 *             one interrupt. Compilers of such tables (QEMU, Firecracker, Cloud Hypervisor) put them as
 *             plain names and literal buffers, so a scanner for these shapes is enough.
 * INVARIANTS  L1, L2 of acpi_tables.c. What does not have the expected shape is skipped.
 * SEE         ACPI 6.4 sections 20.2 (byte code), 6.4 (resource descriptors)
 */
#include "acpi_impl.h"

#define AML_ZERO      0x00
#define AML_ONE	      0x01
#define AML_NAME      0x08
#define AML_BYTE      0x0a
#define AML_WORD      0x0b
#define AML_DWORD     0x0c
#define AML_STRING    0x0d
#define AML_BUFFER    0x11
#define AML_PACKAGE   0x12
#define RES_END	      0x79
#define RES_MEMORY32  0x86
#define RES_INTERRUPT 0x89

/* Unread bytes. */
struct aml {
	const u8 *at;
	size_t left;
};

static bool aml_skip(struct aml *aml, size_t n)
{
	if (n > aml->left)
		return false;
	aml->at += n;
	aml->left -= n;
	return true;
}

static bool aml_starts_with(const struct aml *aml, const char *text, size_t n)
{
	if (n > aml->left)
		return false;
	for (size_t i = 0; i < n; i++)
		if (aml->at[i] != (u8)text[i])
			return false;
	return true;
}

/* Move to just behind the next occurrence of @text. */
static bool aml_find(struct aml *aml, const char *text, size_t n)
{
	for (; aml->left >= n; aml->at++, aml->left--)
		if (aml_starts_with(aml, text, n))
			return aml_skip(aml, n);
	return false;
}

/* PkgLength counts from its own first byte; *body becomes what lies behind it. */
static bool aml_package_length(struct aml *aml, struct aml *body)
{
	struct aml start = *aml;
	u32 more, length;

	if (!aml->left)
		return false;
	more = aml->at[0] >> 6;
	if (aml->left < 1 + more)
		return false;
	length = more ? aml->at[0] & 0x0f : aml->at[0] & 0x3f;
	for (u32 i = 0; i < more; i++)
		length |= (u32)aml->at[1 + i] << (4 + 8 * i);
	if (length < 1 + more || length > start.left)
		return false;
	aml_skip(aml, 1 + more);
	body->at = aml->at;
	body->left = length - 1 - more;
	return true;
}

static bool aml_integer(struct aml *aml, u32 *value)
{
	size_t size;

	if (!aml->left)
		return false;
	switch (aml->at[0]) {
	case AML_ZERO:
	case AML_ONE:
		*value = aml->at[0];
		return aml_skip(aml, 1);
	case AML_BYTE:
		size = 1;
		break;
	case AML_WORD:
		size = 2;
		break;
	case AML_DWORD:
		size = 4;
		break;
	default:
		return false;
	}
	if (aml->left < 1 + size)
		return false;
	*value = 0;
	for (size_t i = 0; i < size; i++)
		*value |= (u32)aml->at[1 + i] << (8 * i);
	return aml_skip(aml, 1 + size);
}

static void read_s5(struct acpi_info *info, struct aml aml)
{
	struct aml body;
	u32 a, b;

	while (aml_find(&aml, "_S5_", 4)) {
		struct aml package = aml;

		if (!package.left || package.at[0] != AML_PACKAGE || !aml_skip(&package, 1))
			continue;
		if (!aml_package_length(&package, &body) || !aml_skip(&body, 1)) /* element count */
			continue;
		if (!aml_integer(&body, &a))
			continue;
		if (!aml_integer(&body, &b))
			b = 0;
		info->has_s5 = true;
		info->s5_type_a = a & 7;
		info->s5_type_b = b & 7;
		return;
	}
}

/* One resource descriptor; false at the end tag or at nonsense. */
static bool read_resource(struct aml *res, struct acpi_mmio_device *device)
{
	size_t len;

	if (!res->left || res->at[0] == RES_END)
		return false;
	if (!(res->at[0] & 0x80)) /* small: length in the tag */
		return aml_skip(res, 1 + (res->at[0] & 7));
	if (res->left < 3)
		return false;
	len = acpi_u16(res->at + 1);
	if (len > res->left - 3)
		return false;
	if (res->at[0] == RES_MEMORY32 && len >= 9) {
		device->phys = acpi_u32(res->at + 4);
		device->size = acpi_u32(res->at + 8);
	}
	if (res->at[0] == RES_INTERRUPT && len >= 6 && res->at[4] >= 1) {
		device->gsi = acpi_u32(res->at + 5);
		device->is_edge = (res->at[3] & 2) != 0;
	}
	return aml_skip(res, 3 + len);
}

/* The buffer of the _CRS that follows, within this device. */
static bool read_crs(struct aml aml, struct acpi_mmio_device *device)
{
	struct aml buffer;
	u32 size;

	if (!aml_find(&aml, "\x08_CRS", 5) || !aml.left || aml.at[0] != AML_BUFFER)
		return false;
	aml_skip(&aml, 1);
	if (!aml_package_length(&aml, &buffer) || !aml_integer(&buffer, &size))
		return false;
	device->gsi = ~0u;
	while (read_resource(&buffer, device))
		;
	return device->phys && device->size && device->gsi != ~0u;
}

static const char hid[] = "\rLNRO0005"; /* string prefix and text; the final 0 counts */

static void read_mmio_devices(struct acpi_info *info, struct aml aml)
{
	while (info->nr_mmio < ACPI_MAX_MMIO && aml_find(&aml, hid, sizeof(hid))) {
		struct acpi_mmio_device device = { 0 };
		struct aml mine = aml, next = aml;

		/* This device's names end where the next device's _HID begins. */
		if (aml_find(&next, hid, sizeof(hid)))
			mine.left = (size_t)(next.at - aml.at);
		if (read_crs(mine, &device))
			info->mmio[info->nr_mmio++] = device;
	}
}

void acpi_read_dsdt(struct acpi_info *info, const u8 *table, size_t len)
{
	struct aml aml = { table, len };

	if (!aml_skip(&aml, ACPI_HEADER_SIZE))
		return;
	read_s5(info, aml);
	read_mmio_devices(info, aml);
}
