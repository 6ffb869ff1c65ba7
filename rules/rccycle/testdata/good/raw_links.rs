// A list whose links are raw pointers: its head holds the counts. //~ silent
use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::rc::Rc;

pub struct Task {
    prev: UnsafeCell<*const Task>,
    next: Cell<*const Task>,
}

pub struct Tasks {
    head: Cell<*const Task>,
}

impl Tasks {
    pub fn link(&self, task: Rc<Task>) {
        let ptr = Rc::into_raw(task);
        let next = self.head.replace(ptr);
        unsafe {
            (*ptr).next.set(next);
            if !next.is_null() {
                *(*next).prev.get() = ptr;
            }
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        let mut at = self.head.replace(ptr::null());
        while !at.is_null() {
            let task = unsafe { Rc::from_raw(at) };
            at = task.next.get();
        }
    }
}
