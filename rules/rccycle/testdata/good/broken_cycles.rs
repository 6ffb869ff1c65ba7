// Weak handles, cycles that are broken before the end, and trees that only look like cycles.
use std::cell::RefCell;
use std::rc::{Rc, Weak};

pub struct Tree {
    parent: RefCell<Weak<Tree>>,
    children: RefCell<Vec<Rc<Tree>>>,
}

pub fn tree() -> Rc<Tree> {
    let root = Rc::new(Tree { parent: RefCell::new(Weak::new()), children: RefCell::new(Vec::new()) });
    let leaf = Rc::new(Tree { parent: RefCell::new(Weak::new()), children: RefCell::new(Vec::new()) });
    *leaf.parent.borrow_mut() = Rc::downgrade(&root);
    root.children.borrow_mut().push(leaf);
    root
}

pub struct Gadget {
    me: Weak<Gadget>,
    next: RefCell<Option<Rc<Gadget>>>,
}

pub fn cyclic() -> Rc<Gadget> {
    Rc::new_cyclic(|me| Gadget { me: me.clone(), next: RefCell::new(None) })
}

pub fn taken() {
    let a = Rc::new(Gadget { me: Weak::new(), next: RefCell::new(None) });
    let b = Rc::new(Gadget { me: Weak::new(), next: RefCell::new(None) });
    *a.next.borrow_mut() = Some(Rc::clone(&b));
    *b.next.borrow_mut() = Some(Rc::clone(&a));
    a.next.borrow_mut().take();
    let _ = b.me.upgrade();
}

pub fn chain() -> Rc<Gadget> {
    let a = Rc::new(Gadget { me: Weak::new(), next: RefCell::new(None) });
    let b = Rc::new(Gadget { me: Weak::new(), next: RefCell::new(Some(Rc::clone(&a))) });
    let c = Rc::new(Gadget { me: Weak::new(), next: RefCell::new(None) });
    *c.next.borrow_mut() = Some(b);
    c
}

pub fn cleared(n: usize) {
    let a = Rc::new(Gadget { me: Weak::new(), next: RefCell::new(None) });
    let keep = Rc::clone(&a);
    for _ in 0..n {
        *a.next.borrow_mut() = Some(Rc::clone(&keep));
        *a.next.borrow_mut() = None;
    }
}

pub enum Cons {
    Cell(u32, Rc<Cons>),
    Nil,
}

pub fn list() -> Rc<Cons> {
    let tail = Rc::new(Cons::Cell(2, Rc::new(Cons::Nil)));
    Rc::new(Cons::Cell(1, tail))
}
