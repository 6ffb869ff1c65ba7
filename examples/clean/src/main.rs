//! The twin of `leaky`: the links are `Weak`, so they keep nothing alive. The
//! nodes live as long as the handles in the function, and no longer.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

struct Node {
    id: u64,
    next: RefCell<Weak<Node>>,
}

fn create_and_free() {
    for round in 0..2 {
        let first = Rc::new(Node { id: 2 * round, next: RefCell::new(Weak::new()) });
        let second = Rc::new(Node { id: 2 * round + 1, next: RefCell::new(Weak::new()) });
        *first.next.borrow_mut() = Rc::downgrade(&second);
        *second.next.borrow_mut() = Rc::downgrade(&first);
        let next = first.next.borrow().upgrade();
        if let Some(next) = next {
            println!("node {} knows node {}", first.id, next.id);
        }
    }
}

fn main() {
    create_and_free();
    println!("all handles are gone, and so are the nodes");
}
