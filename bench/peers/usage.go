package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cpuTime returns the CPU time of this process, including the garbage collector's threads and system time.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// residentMb returns the resident memory after a garbage collection; 0 without /proc.
func residentMb() float64 {
	debug.FreeOSMemory()
	statm, _ := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return float64(pages*os.Getpagesize()) / (1 << 20)
}

func milliseconds(duration time.Duration) float64 {
	return float64(duration) / float64(time.Millisecond)
}

func microsecondsAt(sorted []time.Duration, share float64) float64 {
	at := min(len(sorted)-1, int(float64(len(sorted))*share))
	return float64(sorted[at]) / float64(time.Microsecond)
}
