package patch

import "testing"

func TestWhatCargoRefuses(t *testing.T) {
	const locked = "    Updating crates.io index\n" +
		"error: failed to select a version for `js-sys`.\n" +
		"    ... required by package `iana-time-zone v0.1.65`\n" +
		"    ... which satisfies dependency `iana-time-zone = \"^0.1.45\"` of package `chrono v0.4.30`\n" +
		"    ... which satisfies dependency `chrono = \"^0.4\"` of package `app v0.11.9 (/home/me/app)`\n" +
		"versions that meet the requirements `^0.3.66` are: 0.3.107\n\n" +
		"all possible versions conflict with previously selected packages.\n\n" +
		"  previously selected package `js-sys v0.3.51`\n" +
		"    ... which satisfies dependency `js-sys = \"^0.3\"` (locked to 0.3.51) of package `chrono v0.4.30`\n\n" +
		"failed to select a version for `js-sys` which could resolve this conflict\n"
	r := refused(locked)
	if r.conflict == nil || *r.conflict != (conflict{"js-sys", "0.3.51", "^0.3.66"}) || r.absent {
		t.Errorf("%+v", r)
	}
	if r.said != "js-sys is locked to 0.3.51, and ^0.3.66 is needed" {
		t.Error(r.said)
	}
	r = refused("error: no matching package named `smallvec` found\nlocation searched: crates.io index\n" +
		"required by package `t1 v0.1.0 (/home/me/t1)`\nAs a reminder, you're using offline mode (--offline) which can\n")
	if !r.absent || r.conflict != nil || r.said != "no matching package named `smallvec` found; location searched: crates.io index; required by package `t1 v0.1.0`" {
		t.Errorf("%+v", r)
	}
	if r := refused("Segmentation fault\n"); r.said != "cargo failed: Segmentation fault" {
		t.Error(r.said)
	}
}
