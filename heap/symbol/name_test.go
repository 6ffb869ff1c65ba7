package symbol

import (
	"testing"

	"softshell/heap/profile"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ linkage, name, crate string }{
		{"_ZN5alloc2rc11Rc$LT$T$GT$3new17h65228bfef5be1622E", "alloc::rc::Rc<T>::new", "alloc"},
		{"_ZN5leaky15create_and_leak17h65228bfef5be1622E.llvm.123", "leaky::create_and_leak", "leaky"},
		{"_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h65228bfef5be1622E", "core::ptr::drop_in_place<alloc::string::String>", "core"},
		{"_ZN53_$LT$leaky..Node$u20$as$u20$core..ops..drop..Drop$GT$4drop17h65228bfef5be1622E", "<leaky::Node as core::ops::drop::Drop>::drop", "leaky"},
		{"_ZN50_$LT$T$u20$as$u20$core..convert..Into$LT$U$GT$$GT$4into17h65228bfef5be1622E", "<T as core::convert::Into<U>>::into", "core"},
		{"_ZN56_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$leaky..Grow$GT$4grow17h65228bfef5be1622E", "<alloc::vec::Vec<T> as leaky::Grow>::grow", "leaky"},
		{"_RNvMs10_NtCslNYArtu3iFV_5alloc2rcINtB6_2RcNtCs1_5leaky4NodeE3newBT_", "<alloc::rc::Rc<leaky::Node>>::new", "alloc"},
		{"_RNvCs1_5leaky4main", "leaky::main", "leaky"},
		{"_RNvXNtCs1_5leaky4treeNtB2_4NodeNtNtNtCsgEmfK2I1SDS_4core3ops4drop4Drop4drop", "<leaky::tree::Node as core::ops::drop::Drop>::drop", "leaky"},
		{"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back", ""},
		{"malloc", "malloc", ""},
		{"_RNv", "_RNv", ""},
		{"_ZN", "_ZN", ""},
	} {
		name := Demangle(c.linkage)
		if name != c.name {
			t.Errorf("%s: %q, want %q", c.linkage, name, c.name)
		}
		if crate := crateOf(c.linkage, name); crate != c.crate {
			t.Errorf("%s: crate %q, want %q", c.linkage, crate, c.crate)
		}
	}
}

func TestSystemFrames(t *testing.T) {
	for _, c := range []struct {
		frame  profile.Frame
		system bool
	}{
		{profile.Frame{Function: "alloc::rc::Rc<T>::new", Crate: "alloc"}, true},
		{profile.Frame{Function: "leaky::main", Crate: "leaky"}, false},
		{profile.Frame{Function: "tokio::spawn", Crate: "tokio"}, false},
		{profile.Frame{Function: "hashbrown::raw::RawTable<T>::reserve", Crate: "hashbrown", File: "/rust/deps/hashbrown-0.16.0/src/raw.rs"}, true},
		{profile.Frame{Function: "hashbrown::raw::RawTable<T>::reserve", Crate: "hashbrown", File: "/home/u/.cargo/registry/src/x/hashbrown-0.16.0/src/raw.rs"}, false},
		{profile.Frame{Function: "<my::Counter as core::alloc::global::GlobalAlloc>::alloc", Crate: "my"}, true},
		{profile.Frame{Function: "__rustc::__rust_alloc", Crate: "__rustc"}, true},
		{profile.Frame{Function: "__rust_alloc"}, true},
		{profile.Frame{Function: "__libc_start_main"}, true},
		{profile.Frame{Function: "main"}, false},
	} {
		if got := systemFrame(&c.frame); got != c.system {
			t.Errorf("%s (%s): %v", c.frame.Function, c.frame.File, got)
		}
	}
	for path, want := range map[string]bool{
		"/lib/x86_64-linux-gnu/libc.so.6": true, "/lib64/ld-linux-x86-64.so.2": true, "/usr/lib/libstdc++.so.6.0.30": true,
		"[vdso]": true, "/usr/bin/rg": false, "/opt/libcurl.so.4": false, "/target/debug/libcontainer": false,
	} {
		if got := systemModule(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
