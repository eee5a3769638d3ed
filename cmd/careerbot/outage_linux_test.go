package main

import (
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// limitFileSize is RLIMIT_FSIZE.
const limitFileSize = 1

// A disk on which no file can grow: the kernel refuses the process every write past
// a file's first byte, as a full disk does.
func init() {
	outages["full"] = func(t *testing.T, _ string, served *os.Process) outage {
		limit := func(bytes uint64) {
			t.Helper()
			l := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
			_, _, e := syscall.Syscall6(syscall.SYS_PRLIMIT64, uintptr(served.Pid), limitFileSize, uintptr(unsafe.Pointer(&l)), 0, 0, 0)
			if e != 0 {
				t.Fatalf("prlimit: %v", e)
			}
		}
		return outage{func() { limit(1) }, func() { limit(^uint64(0)) }}
	}
}
