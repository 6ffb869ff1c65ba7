// The same types with what is missing, and some that need no more.
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::Arc;

pub struct Slot<T> {
    ptr: AtomicPtr<T>,
}

unsafe impl<T> Send for Slot<T> where Box<T>: Send {}
unsafe impl<T: Sync + Send> Sync for Slot<T> {}

impl<T> Slot<T> {
    pub fn new(value: T) -> Self {
        Slot { ptr: AtomicPtr::new(Box::into_raw(Box::new(value))) }
    }

    pub fn swap(&self, value: T) -> Box<T> {
        let new = Box::into_raw(Box::new(value));
        unsafe { Box::from_raw(self.ptr.swap(new, Ordering::AcqRel)) }
    }
}

/// The bound comes from a trait of ours.
pub trait Element: Movable {}
pub trait Movable: Send + Sync {}

pub struct Once<T> {
    done: AtomicBool,
    value: UnsafeCell<Option<T>>,
}

unsafe impl<T: Element> Sync for Once<T> {}

impl<T> Once<T> {
    pub fn get_or_init<F: FnOnce() -> T>(&self, make: F) -> &T {
        if !self.done.swap(true, Ordering::AcqRel) {
            unsafe { *self.value.get() = Some(make()) }
        }
        unsafe { (*self.value.get()).as_ref().unwrap() }
    }
}

/// A lock gives one thread at a time a `&mut T`: `Send` is enough.
pub struct Lock<T: ?Sized> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

unsafe impl<T: ?Sized + Send> Sync for Lock<T> {}
unsafe impl<T: ?Sized + Send> Send for Lock<T> {}

pub struct Guard<'a, T: ?Sized> {
    lock: &'a Lock<T>,
}

unsafe impl<T: ?Sized> Sync for Guard<'_, T> where for<'b> &'b T: Send {}

impl<T: ?Sized> Lock<T> {
    pub fn lock(&self) -> Guard<'_, T> {
        while self.taken.swap(true, Ordering::Acquire) {}
        Guard { lock: self }
    }

    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: ?Sized> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        unsafe { &mut *self.lock.value.get() }
    }
}

/// No `&self` method leads to the value: sharing the wrapper shares nothing.
pub struct Exclusive<T> {
    value: T,
}

unsafe impl<T> Sync for Exclusive<T> {}

impl<T> Exclusive<T> {
    pub fn new(value: T) -> Self {
        Exclusive { value }
    }

    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    pub fn into_inner(self) -> T {
        self.value
    }
}

/// A number with a type: there is no value of that type in it.
pub struct Id<T> {
    number: usize,
    of: PhantomData<*const T>,
}

unsafe impl<T> Send for Id<T> {}
unsafe impl<T> Sync for Id<T> {}

impl<T> Id<T> {
    pub fn new(number: usize) -> Self {
        Id { number, of: PhantomData }
    }

    pub fn number(&self) -> usize {
        self.number
    }
}

/// The methods ask, so the impl need not.
pub struct Late<T> {
    value: AtomicPtr<T>,
}

unsafe impl<T> Sync for Late<T> {}
unsafe impl<T> Send for Late<T> {}

impl<T: Send + Sync> Late<T> {
    pub fn new(value: T) -> Self {
        Late { value: AtomicPtr::new(Box::into_raw(Box::new(value))) }
    }

    pub fn get(&self) -> &T {
        unsafe { &*self.value.load(Ordering::Acquire) }
    }
}

/// What another type of ours promises holds here too.
pub struct Lazy<T, F> {
    cell: Once<T>,
    make: Cell<Option<F>>,
}

unsafe impl<T: Send + Sync, F: Send> Sync for Lazy<T, F> where Once<T>: Sync {}

impl<T, F: FnOnce() -> T> Lazy<T, F> {
    pub fn force(&self) -> &T {
        self.cell.get_or_init(|| (self.make.take().unwrap())())
    }
}

/// Keeps to the thread that made it.
pub struct Sticky<T> {
    value: T,
    thread: std::thread::ThreadId,
}

unsafe impl<T> Send for Sticky<T> {}
unsafe impl<T> Sync for Sticky<T> {}

impl<T> Sticky<T> {
    pub fn new(value: T) -> Self {
        Sticky { value, thread: std::thread::current().id() }
    }

    pub fn get(&self) -> &T {
        assert_eq!(self.thread, std::thread::current().id());
        &self.value
    }
}

/// A pointer that only `unsafe` functions follow.
pub struct Raw<T>(NonNull<T>);

unsafe impl<T> Send for Raw<T> {}

impl<T> Raw<T> {
    /// # Safety
    /// The value must live, in this thread.
    pub unsafe fn get(&self) -> &T {
        unsafe { self.0.as_ref() }
    }

    pub fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

/// Functions over a type hold no value of it.
pub struct Hook<T> {
    call: Arc<dyn Fn(T) + Send + Sync>,
    raw: *const u8,
}

unsafe impl<T> Send for Hook<T> {}
unsafe impl<T> Sync for Hook<T> {}

impl<T> Hook<T> {
    pub fn call(&self, value: T) {
        (self.call)(value)
    }

    pub fn raw(&self) -> *const u8 {
        self.raw
    }
}

/// A trait object whose trait asks for it.
pub trait Job: Send + Sync {
    fn run(&self);
}

pub struct Jobs {
    list: Vec<Box<dyn Job>>,
    raw: *mut u8,
}

unsafe impl Send for Jobs {}
unsafe impl Sync for Jobs {}

impl Jobs {
    pub fn push(&mut self, job: Box<dyn Job>) {
        self.list.push(job)
    }

    pub fn raw(&self) -> *mut u8 {
        self.raw
    }
}

/// Lends `&K` beside `&mut V`: nobody else has the map meanwhile.
pub struct PairsMut<'a, K, V> {
    at: *mut (K, V),
    end: *mut (K, V),
    of: PhantomData<(&'a K, &'a mut V)>,
}

unsafe impl<K: Send, V: Send> Send for PairsMut<'_, K, V> {}

impl<'a, K, V> Iterator for PairsMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);
    fn next(&mut self) -> Option<(&'a K, &'a mut V)> {
        if self.at == self.end {
            return None;
        }
        let (k, v) = unsafe { &mut *self.at };
        self.at = unsafe { self.at.add(1) };
        Some((k, v))
    }
}

/// Asks of the items of what it holds.
pub unsafe trait Array {
    type Item;
}

pub struct Small<A: Array> {
    data: std::mem::MaybeUninit<A>,
    heap: *mut A::Item,
}

unsafe impl<A: Array> Send for Small<A> where A::Item: Send {}

impl<A: Array> Small<A> {
    pub fn into_inner(self) -> A {
        unsafe { self.data.assume_init() }
    }

    pub fn heap(&self) -> *mut A::Item {
        self.heap
    }
}

/// Only `spawn` makes one, and `spawn` asks.
pub struct Handle<T> {
    result: Arc<UnsafeCell<Option<T>>>,
}

unsafe impl<T> Send for Handle<T> {}
unsafe impl<T> Sync for Handle<T> {}

pub fn spawn<F: FnOnce() -> T + Send + 'static, T: Send + 'static>(f: F) -> Handle<T> {
    let _ = f;
    Handle { result: Arc::new(UnsafeCell::new(None)) }
}

impl<T> Handle<T> {
    pub fn join(self) -> Option<T> {
        unsafe { (*self.result.get()).take() }
    }
}

/// A guard that owns its lock: exclusive, so `Send` is enough to send it.
pub struct OwnedGuard<T> {
    lock: Arc<Lock<T>>,
    raw: *const u8,
}

unsafe impl<T: Send> Send for OwnedGuard<T> {}

impl<T> Deref for OwnedGuard<T> {
    type Target = T;
    fn deref(&self) -> &T {
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for OwnedGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        unsafe { &mut *self.lock.value.get() }
    }
}

/// An iterator over what a container shares with its parts.
pub struct Parts<'a, T> {
    at: *const T,
    of: PhantomData<&'a OwnedGuard<T>>,
}

unsafe impl<T: Sync> Send for Parts<'_, T> {}

impl<'a, T> Iterator for Parts<'a, T> {
    type Item = &'a T;
    fn next(&mut self) -> Option<&'a T> {
        unsafe { self.at.as_ref() }
    }
}

/// Its elements change through `&mut self` alone: `&self` only looks at them,
/// and at numbers that are compared with them.
pub struct Grid<T, I> {
    cells: NonNull<T>,
    shape: Shape<I>,
}

unsafe impl<T: Sync, I> Sync for Grid<T, I> {}
unsafe impl<T: Send, I> Send for Grid<T, I> {}

pub struct Shape<I> {
    rows: I,
}

/// What all that hands the index out asks of it.
pub trait Index: Copy + Send + Sync {
    fn at(self) -> usize;
}

impl<I: Index> Shape<I> {
    pub fn rows(&self) -> I {
        self.rows
    }
}

impl<T, I> Deref for Grid<T, I> {
    type Target = Shape<I>;
    fn deref(&self) -> &Shape<I> {
        &self.shape
    }
}

impl<T, I: Index> Grid<T, I> {
    fn all(&self) -> &[T] {
        unsafe { std::slice::from_raw_parts(self.cells.as_ptr(), self.shape.rows.at()) }
    }

    pub fn fill(&mut self, with: T)
    where
        T: Clone,
    {
        let n = self.shape.rows.at();
        unsafe { std::slice::from_raw_parts_mut(self.cells.as_ptr(), n) }.fill(with)
    }

    pub fn within(&self, least: T, most: T) -> bool
    where
        T: Clone + PartialOrd,
    {
        self.all().iter().all(|x| least <= *x && *x <= most)
    }
}

/// An iterator of std in it borrows: `Sync` is what it takes along.
pub struct Steps<'a, T> {
    inner: std::slice::Iter<'a, T>,
    at: *const T,
}

unsafe impl<T: Sync> Send for Steps<'_, T> {}

impl<'a, T> Iterator for Steps<'a, T> {
    type Item = &'a T;
    fn next(&mut self) -> Option<&'a T> {
        self.inner.next()
    }
}

/// What it lends lies in itself: the phantom only ties it to its library.
pub struct Symbol<'lib, T> {
    at: *mut u8,
    of: PhantomData<&'lib T>,
}

unsafe impl<T: Send> Send for Symbol<'_, T> {}
unsafe impl<T: Sync> Sync for Symbol<'_, T> {}

impl<T> Deref for Symbol<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        unsafe { &*(&self.at as *const *mut u8 as *const T) }
    }
}

/// What it has not handed out it owns: a slice's iterator only counts for it.
pub struct Drain<'a, T> {
    iter: std::slice::Iter<'a, T>,
    of: NonNull<Vec<T>>,
}

unsafe impl<T: Send> Send for Drain<'_, T> {}
unsafe impl<T: Sync> Sync for Drain<'_, T> {}

impl<T> Drain<'_, T> {
    pub fn as_slice(&self) -> &[T] {
        self.iter.as_slice()
    }
}

impl<T> Iterator for Drain<'_, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.iter.next().map(|x| unsafe { std::ptr::read(x) })
    }
}

/// It takes an exclusive borrow in and lends shared ones.
pub struct Lent<O, T: ?Sized> {
    owner: O,
    at: *const T,
}

unsafe impl<O: Send, T: ?Sized + Sync> Send for Lent<O, T> {}
unsafe impl<O: Sync, T: ?Sized + Sync> Sync for Lent<O, T> {}

impl<'a, T: ?Sized> From<&'a mut T> for Lent<&'a mut T, T> {
    fn from(owner: &'a mut T) -> Self {
        let at: *const T = owner;
        Lent { owner, at }
    }
}

impl<O, T: ?Sized> Deref for Lent<O, T> {
    type Target = T;
    fn deref(&self) -> &T {
        unsafe { &*self.at }
    }
}

mod seal {
    pub trait Sealed {}
}

/// The crate alone says which types these are.
pub trait Store: seal::Sealed {}

pub struct Bits<T: Store> {
    at: NonNull<T>,
    len: usize,
}

unsafe impl<T: Store> Send for Bits<T> {}
unsafe impl<T: Store> Sync for Bits<T> {}

impl<T: Store> Bits<T> {
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        unsafe { std::slice::from_raw_parts_mut(self.at.as_ptr(), self.len) }
    }

    pub fn as_slice(&self) -> &[T] {
        unsafe { std::slice::from_raw_parts(self.at.as_ptr(), self.len) }
    }
}
