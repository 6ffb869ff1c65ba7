//go:build !unix

package check

func peakMemory() int64 { return 0 }
