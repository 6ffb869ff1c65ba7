// One node stands in both fields of an empty queue; the destructor walks from the tail.
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

struct Node<T> {
    next: AtomicPtr<Node<T>>,
    value: Option<T>,
}

pub struct Queue<T> {
    head: AtomicPtr<Node<T>>,
    tail: UnsafeCell<*mut Node<T>>,
}

impl<T> Node<T> {
    fn boxed(value: Option<T>) -> *mut Node<T> {
        Box::into_raw(Box::new(Node { next: AtomicPtr::new(ptr::null_mut()), value }))
    }
}

impl<T> Queue<T> {
    pub fn new() -> Self {
        let stub = Node::boxed(None);
        Queue { head: AtomicPtr::new(stub), tail: UnsafeCell::new(stub) }
    }

    pub fn push(&self, value: T) {
        let node = Node::boxed(Some(value));
        let before = self.head.swap(node, Ordering::AcqRel);
        unsafe { (*before).next.store(node, Ordering::Release) };
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        unsafe {
            let mut at = *self.tail.get();
            while !at.is_null() {
                let next = (*at).next.load(Ordering::Relaxed);
                let node = Box::from_raw(at);
                drop(node.value);
                at = next;
            }
        }
    }
}

fn main() {
    let queue = Queue::new();
    queue.push(1);
}
