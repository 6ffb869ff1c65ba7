//! Two nodes that point at each other. The compiler accepts it without a
//! warning, there is no `unsafe`, and every node that is made is lost.

use std::cell::RefCell;
use std::rc::Rc;

struct Node {
    id: u64,
    next: RefCell<Option<Rc<Node>>>,
}

fn create_and_leak() {
    for round in 0..2 {
        let first = Rc::new(Node { id: 2 * round, next: RefCell::new(None) });
        let second = Rc::new(Node { id: 2 * round + 1, next: RefCell::new(None) });
        *first.next.borrow_mut() = Some(Rc::clone(&second));
        *second.next.borrow_mut() = Some(Rc::clone(&first));
        println!("node {} and node {} hold each other", first.id, second.id);
    }
}

fn main() {
    create_and_leak();
    println!("all handles are gone, and no node was freed");
}
