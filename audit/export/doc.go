// Package export writes what an audit found: text, JSON, CycloneDX, OpenVEX, HTML.
package export
