use std::cell::RefCell;
use std::rc::Rc;

pub struct Node {
    pub id: u64,
    pub next: RefCell<Option<Rc<Node>>>,
}

#[inline(always)]
fn node(id: u64) -> Rc<Node> {
    Rc::new(Node { id, next: RefCell::new(None) })
}

#[inline(never)]
fn pair(id: u64) -> Rc<Node> {
    let first = node(id);
    let second = node(id + 1);
    *first.next.borrow_mut() = Some(Rc::clone(&second));
    *second.next.borrow_mut() = Some(Rc::clone(&first));
    second
}

fn main() {
    let kept: Vec<Rc<Node>> = (0..3).map(pair).collect();
    println!("{}", kept.len());
}
