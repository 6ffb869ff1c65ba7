// Package report renders what a run has to say: text for people, JSON, SARIF
// 2.1.0, annotations for a hosted build, and cargo's message format for editors.
//
// In: a Report. Out: bytes on a writer. Renderers only render: the same Report
// gives the same bytes, and none of them reads anything but the source lines
// that it shows. Each says what was not analysed.
package report
