/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Kagari's programs in the kernel: one object, programs that are loaded each for itself.
 */
#include "file.h"
#include "network.h"
#include "packet.h"
#include "process.h"

char licence[] SEC("license") = "GPL";
