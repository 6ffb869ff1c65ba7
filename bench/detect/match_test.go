package main

import "testing"

func TestSameItem(t *testing.T) {
	for _, c := range []struct {
		row, item string
		want      bool
	}{
		{"SmallVec::insert_many", "SmallVec<A>::insert_many", true},
		{"SmallVec::insert_many", "SmallVec::<A>::insert_many", true},
		{"SmallVec::insert_many", "<SmallVec<A> as Insert<T>>::insert_many::{closure#0}", true},
		{"SmallVec::insert_many", "SmallVec<A>::insert_many_more", false},
		{"SmallVec::insert_many", "SmallVec<A>::insert", false},
		{"SmallVec::insert_many", "IntoIter<SmallVec<A>>::insert_many", false},
		{"Cursor::drop", "<Cursor<'a, T, N> as Drop>::drop", true},
		{"Cursor::drop", "<Cursor<'a, T, N> as std::ops::Drop>::drop", true},
		{"Cursor::drop", "Cursor<'a, T, N>::split", false},
		{"Cursor::drop", "<Writer<Cursor> as Drop>::drop", false},
		{"Cursor::drop", "<impl at src/lib.rs:1:1: 2:3>::drop", false},
		{"X::drop", "X::other", false},
		{"X::drop", "<X as Drop>::drop::{closure#1}::{closure#0}", true},

		// A trait with arguments: those that are concrete count.
		{"From<Buffer>", "<Vec<u8> as From<Buffer>>::from", true},
		{"From<Buffer>", "<Vec<u8> as std::convert::From<buffer::Buffer<'a>>>::from", true},
		{"From<Buffer>", "<Vec<u8> as From<Body>>::from", false},
		{"From<Buffer>", "<Vec<u8> as From<T>>::from", true},
		{"From<Buffer>", "impl From<Buffer> for Vec<u8>", true},
		{"From<Buffer>", "Buffer::from", false},
		{"Foo<u8>::bar", "Foo<T>::bar", true},
		{"Foo<T>::bar", "Foo<A, B>::bar", true},
		{"Foo::bar", "Foo<fn(u8) -> Vec<T>>::bar", true},
		{"<Table as AsRef<[u8]>>::as_ref", "<Table as AsRef<TableSlice>>::as_ref", false},
		{"<Table as AsRef>::as_ref", "<Table as AsRef<TableSlice<'a>>>::as_ref", true},
		{"<Table as AsRef>::as_ref", "<Row as AsRef<TableSlice<'a>>>::as_ref", false},
		{"Table::as_ref", "<Table as AsRef<TableSlice<'a>>>::as_ref", true},
		{"AsRef::as_ref", "<Table as AsRef<TableSlice<'a>>>::as_ref", true},

		// A trait, a type: any function of it.
		{"Random", "<[T; 3] as Random>::random", true},
		{"Random", "<$t as Random>::random", true},
		{"Random", "RandomState::new", false},
		{"ComponentBytes", "ComponentBytes::as_bytes", true},
		{"ComponentBytes", "<[P] as ComponentBytes<T>>::as_bytes_mut", true},
		{"Cow", "Cow", true},
		{"Cow", "Cow<'a, T, U>", true},
		{"Cow", "impl Send for Cow<'a, T, U>", true},
		{"Cow", "unsafe impl<'a, T: ?Sized + Beef, U> Send for generic::Cow<'a, T, U> where U: Capacity", true},
		{"Cow", "<impl Send for Cow<'a, T, U>>", true},
		{"Cow", "impl !Sync for Cow", true},
		{"Cow", "<Cow<T> as Send>", true},
		{"Cow", "generic::Cow<'a, T, U>::owned", true},
		{"Cow", "<&'a mut Cow<T> as Tr>::f", true},
		{"Cow", "<String as From<Cow<T>>>::from", false},
		{"Cow", "CowRef::get", false},
		{"GreedyAccessReader", "<reader::GreedyAccessReader<R> as std::io::BufRead>::fill_buf", true},

		// Functions and modules.
		{"into_raw", "into_raw", true},
		{"into_raw", "Node::into_raw", true},
		{"into_raw", "m::n::into_raw::{closure#0}", true},
		{"into_raw", "into_raw::Node::new", false}, // a module
		{"into_raw", "into_raw::helper", false},
		{"into_raw", "<Node as IntoRaw>::into_raw::inner", true},
		{"into_raw()", "into_raw", true},
		{"util::mutate", "util::mutate", true},
		{"util::mutate", "mutate", true},
		{"util::mutate", "deep::util::mutate", true},
		{"util::mutate", "other::mutate", false},
		{"util::mutate", "util::mutator", false},
		{"deep::util::mutate", "util::mutate", true},
		{"my_crate::util::mutate", "util::mutate", true},
		{"crate::util::mutate", "util::mutate::<T>", true},
		{"deque::Stealer::steal", "Stealer<T>::steal", true},
		{"deque::Stealer::steal", "old::Stealer<T>::steal", true},
		{"Stealer::steal", "deque::Stealer<T>::steal::{closure#0}", true},
		{"Stealer::steal", "deque::Stealer<T>::steal_batch", false},
		{"Outer::method", "Outer<T>::method::inner", true},
		{"", "f", false},
		{"f", "", false},
		{"f", "{closure#0}", false},
	} {
		if got := sameItem(c.row, c.item, "my-crate"); got != c.want {
			t.Errorf("row %q, item %q: got %v, want %v", c.row, c.item, got, c.want)
		}
	}
}

func TestNamesCall(t *testing.T) {
	const title = "what `Box::into_raw` gives up is lost if a call panics"
	for row, want := range map[string]bool{"into_raw": true, "raw": false, "Box": false, "Box::into_raw": false, "gives": false, "": false} {
		if got := namesCall(row, title); got != want {
			t.Errorf("%q: %v", row, got)
		}
	}
}
