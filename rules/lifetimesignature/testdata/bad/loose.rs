// Signatures that let go of what the result points into.
use std::marker::PhantomData;
use std::ops::Deref;

pub struct List<T> {
    head: *mut Node<T>,
    name: String,
}

pub struct Node<T> {
    value: T,
    next: *mut Node<T>,
}

pub struct Iter<'a, T> {
    at: *const Node<T>,
    of: PhantomData<&'a T>,
}

impl<T> List<T> {
    pub fn iter<'a>(&self) -> Iter<'a, T> { //~ lifetime-signature "`List<T>::iter` returns what may outlive `self`"
        Iter { at: self.head, of: PhantomData }
    }

    pub fn first<'a>(&self) -> Option<&'a T> { //~ lifetime-signature "returns what may outlive `self`"
        unsafe { self.head.as_ref().map(|n| &n.value) }
    }

    pub fn front_mut<'a>(&mut self) -> &'a mut T { //~ lifetime-signature "returns what may outlive `self`"
        unsafe { &mut (*self.head).value }
    }

    pub fn name(&self) -> &'static str { //~ lifetime-signature "returns what may outlive `self`"
        unsafe { std::mem::transmute::<&str, &'static str>(&self.name) }
    }

    pub fn next_of(&self) -> *mut Node<T> {
        unsafe { (*self.head).next }
    }
}

pub struct Lock<T> {
    value: std::cell::UnsafeCell<T>,
    taken: std::cell::Cell<bool>,
}

pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
}

impl<'a, T> Guard<'a, T> {
    pub fn value(&self) -> &'a T { //~ lifetime-signature "returns what may outlive `self`"
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        self.lock.taken.set(false)
    }
}

/// Holds a pointer to the argument, and no lifetime.
pub struct Window<T> {
    start: *const T,
    len: usize,
}

impl<T> Window<T> {
    pub fn new(of: &[T]) -> Self { //~ lifetime-signature "`Window<T>::new` keeps a pointer to its argument"
        Window { start: of.as_ptr(), len: of.len() }
    }

    pub fn get(&self) -> &[T] {
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

/// An owner beside a pointer into it: what it holds inline moves with it.
pub struct Mapped<G, R> {
    owner: G,
    part: *const R,
}

impl<G: Deref, R> Mapped<G, R> {
    pub fn new<F: FnOnce(&G::Target) -> &R>(owner: G, pick: F) -> Self {
        let part: *const R = pick(&owner);
        Mapped { owner, part }
    }

    pub fn owner(&self) -> &G {
        &self.owner
    }
}

impl<G, R> Deref for Mapped<G, R> {
    type Target = R;
    fn deref(&self) -> &R { //~ lifetime-signature "`<Mapped<G, R> as Deref>::deref` follows a pointer into a value that has moved"
        unsafe { &*self.part }
    }
}

extern "C" {
    fn set_hook(call: Option<unsafe extern "C" fn(*mut u8)>, data: *mut u8);
}

unsafe extern "C" fn call<F: FnMut()>(data: *mut u8) {
    unsafe { (*(data as *mut F))() }
}

pub struct Connection {
    pub number: u32,
}

impl Connection {
    pub fn on_update<'c, F: FnMut() + Send + 'c>(&'c mut self, f: F) { //~ lifetime-signature "gives a closure away that may borrow"
        let boxed = Box::into_raw(Box::new(f));
        unsafe { set_hook(Some(call::<F>), boxed as *mut u8) }
    }
}

/// An exclusive view that lends the same again and again.
pub struct Row<'a> {
    start: *mut f64,
    len: usize,
    of: PhantomData<&'a mut f64>,
}

impl<'a> Row<'a> {
    pub fn slice_mut(&mut self) -> &'a mut [f64] { //~ lifetime-signature "returns what may outlive `self`"
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }
}

extern "C" {
    fn list_new() -> *mut u8;
    fn list_free(list: *mut u8);
    fn list_next(list: *mut u8, state: *mut usize) -> u32;
}

/// Owns a list of a C library.
pub struct Properties {
    list: *mut u8,
}

pub struct Entries {
    list: *mut u8,
    state: usize,
}

impl Properties {
    pub fn new() -> Properties {
        Properties { list: unsafe { list_new() } }
    }

    pub fn entries(&self) -> Entries { //~ lifetime-signature "`Properties::entries` gives out a pointer of `self`"
        Entries { list: self.list, state: 0 }
    }
}

impl Drop for Properties {
    fn drop(&mut self) {
        unsafe { list_free(self.list) }
    }
}

impl Entries {
    pub fn next(&mut self) -> u32 {
        unsafe { list_next(self.list, &mut self.state) }
    }
}

struct Inner {
    number: u32,
}

impl Inner {
    fn on_commit<'c, F: FnMut() + Send + 'c>(&'c mut self, f: F) {
        self.number += 1;
        let boxed = Box::into_raw(Box::new(f));
        unsafe { set_hook(Some(call::<F>), boxed as *mut u8) }
    }
}

pub struct Outer {
    inner: Inner,
}

impl Outer {
    pub fn on_commit<'c, F: FnMut() + Send + 'c>(&'c mut self, f: F) { //~ lifetime-signature "`Outer::on_commit` gives a closure away that may borrow"
        self.inner.on_commit(f)
    }
}
