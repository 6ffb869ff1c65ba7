// Types whose `unsafe impl` asks too little of what they hand out.
use std::cell::{Cell, RefCell, UnsafeCell};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Owns its value by a raw pointer and gives it back.
pub struct Slot<T> {
    ptr: AtomicPtr<T>,
}

unsafe impl<T> Send for Slot<T> {} //~ send-sync "`Slot<T>` is made Send without `T: Send`"
unsafe impl<T: Sync> Sync for Slot<T> {} //~ send-sync "without `T: Send`"

impl<T> Slot<T> {
    pub fn new(value: T) -> Self {
        Slot { ptr: AtomicPtr::new(Box::into_raw(Box::new(value))) }
    }

    pub fn swap(&self, value: T) -> Box<T> {
        let new = Box::into_raw(Box::new(value));
        unsafe { Box::from_raw(self.ptr.swap(new, Ordering::AcqRel)) }
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        unsafe { drop(Box::from_raw(*self.ptr.get_mut())) }
    }
}

/// A cell that is filled through a shared reference.
pub struct Once<T> {
    done: AtomicBool,
    value: UnsafeCell<Option<T>>,
}

unsafe impl<T: Sync> Sync for Once<T> {} //~ send-sync "`Once<T>` is made Sync without `T: Send`"

impl<T> Once<T> {
    pub fn get_or_init<F: FnOnce() -> T>(&self, make: F) -> &T {
        if !self.done.swap(true, Ordering::AcqRel) {
            unsafe { *self.value.get() = Some(make()) }
        }
        unsafe { (*self.value.get()).as_ref().unwrap() }
    }
}

/// A lock whose guard forgets that `&Guard` gives `&T`.
pub struct Lock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

unsafe impl<T> Sync for Lock<T> {} //~ send-sync "`Lock<T>` is made Sync without `T: Send`"

pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
}

unsafe impl<T: Send> Sync for Guard<'_, T> {} //~ send-sync "`Guard<T>` is made Sync without `T: Sync`"

impl<T> Lock<T> {
    pub fn lock(&self) -> Guard<'_, T> {
        while self.taken.swap(true, Ordering::Acquire) {}
        Guard { lock: self }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &Self::Target {
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        self.lock.taken.store(false, Ordering::Release)
    }
}

/// An iterator that borrows: who sends it reads from two threads.
pub struct Items<'a, T> {
    at: *const T,
    end: *const T,
    of: PhantomData<&'a T>,
}

unsafe impl<T: Send> Send for Items<'_, T> {} //~ send-sync "`Items<T>` is made Send without `T: Sync`"

impl<'a, T> Iterator for Items<'a, T> {
    type Item = &'a T;
    fn next(&mut self) -> Option<&'a T> {
        if self.at == self.end {
            return None;
        }
        let item = unsafe { &*self.at };
        self.at = unsafe { self.at.add(1) };
        Some(item)
    }
}

/// An associated type goes in and comes out.
pub trait Store {
    type Owned;
}

pub struct Packed<S: Store> {
    ptr: NonNull<S::Owned>,
}

unsafe impl<S: Store + Send> Send for Packed<S> {} //~ send-sync "`Packed<S>` is made Send without `S::Owned: Send`"

impl<S: Store> Packed<S> {
    pub fn new(value: S::Owned) -> Self {
        Packed { ptr: unsafe { NonNull::new_unchecked(Box::into_raw(Box::new(value))) } }
    }

    pub fn into_inner(self) -> S::Owned {
        unsafe { *Box::from_raw(self.ptr.as_ptr()) }
    }
}

/// A function that is called through `&self`, taken out of its cell.
pub struct Lazy<T, F> {
    value: UnsafeCell<Option<T>>,
    make: Cell<Option<F>>,
}

unsafe impl<T: Send + Sync, F> Sync for Lazy<T, F> {} //~ send-sync "`Lazy<T, F>` is made Sync without `F: Send`"

impl<T, F: FnOnce() -> T> Lazy<T, F> {
    pub fn force(&self) -> &T {
        if let Some(make) = self.make.take() {
            unsafe { *self.value.get() = Some(make()) }
        }
        unsafe { (*self.value.get()).as_ref().unwrap() }
    }
}

/// A counted handle: clones share the value.
pub struct Shared<T> {
    inner: NonNull<T>,
}

unsafe impl<T: Send> Send for Shared<T> {} //~ send-sync "`Shared<T>` is made Send without `T: Sync`"

impl<T> Shared<T> {
    pub fn new(value: T) -> Self {
        Shared { inner: unsafe { NonNull::new_unchecked(Box::into_raw(Box::new(value))) } }
    }

    pub fn get(&self) -> &T {
        unsafe { self.inner.as_ref() }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared { inner: self.inner }
    }
}

/// No parameter, but a count that is not atomic.
#[derive(Clone)]
pub struct Names {
    list: Rc<Vec<String>>,
}

unsafe impl Send for Names {} //~ send-sync "`Names` is made Send, but holds `Rc`"

impl Names {
    pub fn list(&self) -> &[String] {
        &self.list
    }
}

/// Gives its cell to every thread.
pub struct Counter {
    count: RefCell<Vec<u32>>,
}

unsafe impl Sync for Counter {} //~ send-sync "`Counter` is made Sync, but holds `RefCell`"

impl Counter {
    pub fn counts(&self) -> std::cell::Ref<'_, Vec<u32>> {
        self.count.borrow()
    }

    pub fn cell(&self) -> &RefCell<Vec<u32>> {
        &self.count
    }
}

/// Takes any function, whatever it holds.
pub struct Task {
    run: Box<dyn Fn() + 'static>,
}

unsafe impl Send for Task {} //~ send-sync "`Task` is made Send, but holds `dyn"

impl Task {
    pub fn new<F: Fn() + 'static>(f: F) -> Self {
        Task { run: Box::new(f) }
    }

    pub fn run(&self) {
        (self.run)()
    }
}
