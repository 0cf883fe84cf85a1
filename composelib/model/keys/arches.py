"""Debian's names of architectures, as dpkg knows them (dpkg-architecture -L)."""

from __future__ import annotations

LINUX = (
    "alpha amd64 arc arm arm64 arm64ilp32 armeb armel armhf avr32 hppa i386 ia64 loong64 m32r m68k mips mips64"
    " mips64el mips64r6 mips64r6el mipsel mipsn32 mipsn32el mipsn32r6 mipsn32r6el mipsr6 mipsr6el nios2 or1k powerpc"
    " powerpcel powerpcspe ppc64 ppc64el riscv64 s390 s390x sh3 sh3eb sh4 sh4eb sparc sparc64 tilegx x32"
)
OTHERS = "hurd-amd64 hurd-i386 kfreebsd-amd64 kfreebsd-i386 musl-linux-amd64 musl-linux-arm64 musl-linux-armhf"
ARCHES = frozenset(f"{LINUX} {OTHERS}".split())
