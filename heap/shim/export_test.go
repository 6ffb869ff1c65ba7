package shim

// BuildLibraryFor compiles for another processor.
var BuildLibraryFor = buildLibrary
