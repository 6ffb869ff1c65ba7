use std::ptr::NonNull;
use std::marker::PhantomData;
struct Own { p: *mut u32 }
impl Own { fn new(x: u32) -> Self { Own { p: Box::into_raw(Box::new(x)) } } 
  fn into_inner(self) -> Box<u32> { let b = unsafe { Box::from_raw(self.p) }; std::mem::forget(self); b }
  fn set(&mut self, v: u32) { let old = std::mem::replace(&mut self.p, Box::into_raw(Box::new(v))); unsafe { drop(Box::from_raw(old)) } }
  fn set2(&mut self, v: u32) { unsafe { drop(Box::from_raw(self.p)) } self.p = Box::into_raw(Box::new(v)); } }
impl Drop for Own { fn drop(&mut self) { unsafe { drop(Box::from_raw(self.p)) } } }
struct Cond { p: *mut u8, cap: usize }
impl Cond { fn new() -> Cond { Cond { p: Box::into_raw(Box::new([0u8; 8])) as *mut u8, cap: 8 } } fn free(&mut self) { if self.cap != 0 { unsafe { drop(Box::from_raw(self.p as *mut [u8; 8])) } self.cap = 0; } } }
impl Drop for Cond { fn drop(&mut self) { self.free() } }
struct Nn<T> { p: NonNull<T>, _m: PhantomData<T> }
impl<T> Nn<T> { fn new(t: T) -> Nn<T> { Nn { p: unsafe { NonNull::new_unchecked(Box::into_raw(Box::new(t))) }, _m: PhantomData } } }
impl<T> Drop for Nn<T> { fn drop(&mut self) { unsafe { drop(Box::from_raw(self.p.as_ptr())) } } }
struct View<'a> { p: *const u8, n: usize, _m: PhantomData<&'a u8> }
impl<'a> View<'a> { fn new(s: &'a [u8]) -> View<'a> { View { p: s.as_ptr(), n: s.len(), _m: PhantomData } } }
struct ListNode { v: u32, next: *mut ListNode }
struct List { head: *mut ListNode }
impl List { fn new() -> List { List { head: std::ptr::null_mut() } } fn push(&mut self, v: u32) { let n = Box::into_raw(Box::new(ListNode { v, next: self.head })); self.head = n; } 
 fn pop(&mut self) -> Option<u32> { if self.head.is_null() { return None; } let b = unsafe { Box::from_raw(self.head) }; self.head = b.next; Some(b.v) } }
impl Drop for List { fn drop(&mut self) { while !self.head.is_null() { let b = unsafe { Box::from_raw(self.head) }; self.head = b.next; } } }
fn main() { let mut o = Own::new(1); o.set(2); o.set2(4); o.into_inner(); let c = Cond::new(); let _ = c.cap; Nn::new(3); let v = View::new(b"x"); let _ = (v.p, v.n); let mut l = List::new(); l.push(1); l.pop(); }
