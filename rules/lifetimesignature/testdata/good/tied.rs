// The same types with signatures that hold, and some that look loose and are not.
use std::ffi::{c_char, c_void, CStr};
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

pub struct List<T> {
    head: *mut Node<T>,
}

pub struct Node<T> {
    value: T,
}

pub struct Iter<'a, T> {
    at: *const Node<T>,
    of: PhantomData<&'a T>,
}

impl<T> List<T> {
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { at: self.head, of: PhantomData }
    }

    pub fn first<'a>(&'a self) -> Option<&'a T> {
        unsafe { self.head.as_ref().map(|n| &n.value) }
    }

    pub fn any<'a, 'b: 'a>(&'b self) -> &'a T {
        unsafe { &(*self.head).value }
    }

    /// # Safety
    /// The list must outlive what is returned.
    pub unsafe fn leak_first<'a>(&self) -> &'a T {
        unsafe { &(*self.head).value }
    }

    fn inner<'a>(&self) -> &'a T {
        unsafe { &(*self.head).value }
    }

    pub fn of_inner(&self) -> &T {
        self.inner()
    }

    pub fn kind(&self) -> &'static str {
        "list"
    }

    pub fn version(&self) -> &'static CStr {
        unsafe { CStr::from_ptr(version()) }
    }
}

extern "C" {
    fn version() -> *const c_char;
    fn open(name: *const c_char) -> *mut c_void;
    fn set_hook(call: Option<unsafe extern "C" fn(*mut u8)>, data: *mut u8);
}

/// An iterator hands out what it borrows, not itself.
impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;
    fn next(&mut self) -> Option<&'a T> {
        unsafe { self.at.as_ref().map(|n| &n.value) }
    }
}

impl<'a, T> Iter<'a, T> {
    pub fn rest(&self) -> &'a T {
        unsafe { &(*self.at).value }
    }
}

/// Nothing ends what an interned name points to.
#[derive(Clone, Copy)]
pub struct Name {
    text: *const String,
}

impl Name {
    pub fn new(text: &str) -> Name {
        Name { text: Box::leak(Box::new(text.to_string())) }
    }

    pub fn as_str(self) -> &'static str {
        unsafe { &*self.text }
    }

    pub fn text(&self) -> &'static str {
        unsafe { &*self.text }
    }
}

pub struct Window<'a, T> {
    start: *const T,
    len: usize,
    of: PhantomData<&'a [T]>,
}

impl<'a, T> Window<'a, T> {
    pub fn new(of: &'a [T]) -> Self {
        Window { start: of.as_ptr(), len: of.len(), of: PhantomData }
    }

    pub fn get(&self) -> &'a [T] {
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

/// The library copies the name.
pub struct Handle {
    raw: *mut c_void,
}

impl Handle {
    pub fn new(name: &CStr) -> Handle {
        Handle { raw: unsafe { open(name.as_ptr()) } }
    }

    pub fn is_open(&self) -> bool {
        !self.raw.is_null()
    }

    pub fn byte(&self) -> &u8 {
        unsafe { &*(self.raw as *const u8) }
    }
}

/// The owner goes along.
pub struct Part<T> {
    value: *const T,
    owner: Arc<T>,
}

impl<T> Part<T> {
    pub fn new(of: &Arc<T>) -> Part<T> {
        Part { value: &**of, owner: of.clone() }
    }

    pub fn get(&self) -> &T {
        unsafe { &*self.value }
    }

    pub fn count(&self) -> usize {
        Arc::strong_count(&self.owner)
    }
}

/// A counted handle: its clone has the same pointer.
pub struct Shared<T> {
    inner: NonNull<T>,
}

impl<T> Shared<T> {
    pub fn new(value: T) -> Self {
        Shared { inner: unsafe { NonNull::new_unchecked(Box::into_raw(Box::new(value))) } }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared { inner: self.inner }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        unsafe { self.inner.as_ref() }
    }
}

/// What is owned stays in place.
///
/// # Safety
/// Moving the owner must not move what it derefs to.
pub unsafe trait StableAddress: Deref {}

pub struct Mapped<G, R> {
    owner: G,
    part: *const R,
}

impl<G: StableAddress, R> Mapped<G, R> {
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
    fn deref(&self) -> &R {
        unsafe { &*self.part }
    }
}

unsafe extern "C" fn call<F: FnMut()>(data: *mut u8) {
    unsafe { (*(data as *mut F))() }
}

pub struct Connection {
    pub number: u32,
}

impl Connection {
    pub fn on_update<F: FnMut() + Send + 'static>(&mut self, f: F) {
        let boxed = Box::into_raw(Box::new(f));
        unsafe { set_hook(Some(call::<F>), boxed as *mut u8) }
    }

    /// The closure is called before this returns.
    pub fn each<F: FnMut()>(&mut self, f: F) {
        let boxed = Box::into_raw(Box::new(f));
        unsafe {
            set_hook(Some(call::<F>), boxed as *mut u8);
            set_hook(None, std::ptr::null_mut());
            drop(Box::from_raw(boxed));
        }
    }
}

/// Advances: what it lends the next time is another part.
pub struct Rows<'a> {
    start: *mut f64,
    len: usize,
    of: PhantomData<&'a mut f64>,
}

impl<'a> Rows<'a> {
    pub fn next_row(&mut self) -> &'a mut [f64] {
        let row = unsafe { std::slice::from_raw_parts_mut(self.start, self.len) };
        self.start = unsafe { self.start.add(self.len) };
        row
    }

    pub fn slice_mut(&mut self) -> &mut [f64] {
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }
}

/// Two lifetimes, and one is that of the borrow.
pub struct Drain<'s, 'b, T> {
    at: std::slice::Iter<'s, T>,
    list: NonNull<Arena<'b, T>>,
}

pub struct Arena<'b, T> {
    items: *mut T,
    len: usize,
    of: PhantomData<&'b T>,
}

impl<'b, T> Arena<'b, T> {
    pub fn drain<'s>(&'s mut self) -> Drain<'s, 'b, T> {
        let items = unsafe { std::slice::from_raw_parts(self.items, self.len) };
        Drain { at: items.iter(), list: NonNull::from(self) }
    }
}

impl<T> Drop for Arena<'_, T> {
    fn drop(&mut self) {
        self.len = 0;
    }
}

impl<'s, T> Drain<'s, '_, T> {
    pub fn rest(&self) -> (usize, &'s [T]) {
        (unsafe { self.list.as_ref().len }, self.at.as_slice())
    }
}

extern "C" {
    fn list_ref(list: *mut u8) -> *mut u8;
    fn list_free(list: *mut u8);
    fn list_next(list: *mut u8, state: *mut usize) -> u32;
}

pub struct Properties {
    list: *mut u8,
}

/// Counts itself as an owner.
pub struct Entries {
    list: *mut u8,
    state: usize,
}

/// Borrows.
pub struct Lent<'a> {
    list: *mut u8,
    state: usize,
    of: PhantomData<&'a Properties>,
}

impl Properties {
    pub fn entries(&self) -> Entries {
        unsafe { list_ref(self.list) };
        Entries { list: self.list, state: 0 }
    }

    pub fn lend(&self) -> Lent<'_> {
        Lent { list: self.list, state: 0, of: PhantomData }
    }
}

impl Drop for Properties {
    fn drop(&mut self) {
        unsafe { list_free(self.list) }
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        unsafe { list_free(self.list) }
    }
}

impl Entries {
    pub fn next(&mut self) -> u32 {
        unsafe { list_next(self.list, &mut self.state) }
    }
}

impl Lent<'_> {
    pub fn next(&mut self) -> u32 {
        unsafe { list_next(self.list, &mut self.state) }
    }
}

/// What is given may borrow for as long as the result does.
pub struct Boxed<'a> {
    value: *mut (dyn Fn() + 'a),
}

impl<'a> Boxed<'a> {
    /// # Safety
    /// Nothing may have moved out of it.
    pub unsafe fn assert<G>(owner: G, part: *const u8) -> Mapped<G, u8> {
        Mapped { owner, part }
    }

    pub fn call(&self) {
        unsafe { (*self.value)() }
    }
}

/// A copy of its own, though its type is changed first.
pub struct Signed<'a> {
    name: String,
    of: PhantomData<&'a str>,
}

impl Clone for Signed<'_> {
    fn clone(&self) -> Self {
        Signed { name: self.name.clone(), of: PhantomData }
    }
}

impl<'a> Signed<'a> {
    pub fn to_owned(&self) -> Signed<'static> {
        let me = unsafe { std::mem::transmute::<&Signed<'a>, &Signed<'static>>(self) };
        me.clone()
    }
}

/// Its messages are the library's.
pub struct Inflate {
    state: *mut c_void,
    message: *const c_char,
}

impl Inflate {
    pub fn message(&self) -> Option<&'static str> {
        unsafe { CStr::from_ptr(self.message).to_str() }.ok()
    }
}

impl Drop for Inflate {
    fn drop(&mut self) {
        unsafe { drop(Box::from_raw(self.state as *mut u8)) }
    }
}

/// Nobody else can name what is in here.
mod inner {
    use super::{Node, PhantomData};

    pub struct Handle<'a, T> {
        at: *const Node<T>,
        of: PhantomData<&'a T>,
    }

    impl<T> Handle<'_, T> {
        pub fn extend<'b>(&self) -> Handle<'b, T> {
            Handle { at: self.at, of: PhantomData }
        }
    }
}
