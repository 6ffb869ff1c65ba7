// A parent and its child, an observer list, a graph, and a Mutex: all hold each other strongly.
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

pub struct Parent {
    child: RefCell<Option<Rc<Child>>>,
}

pub struct Child {
    parent: RefCell<Option<Rc<Parent>>>,
}

pub fn family() {
    let p = Rc::new(Parent { child: RefCell::new(None) });
    let c = Rc::new(Child { parent: RefCell::new(None) });
    *p.child.borrow_mut() = Some(Rc::clone(&c));
    *c.parent.borrow_mut() = Some(Rc::clone(&p)); //~ rc-cycle
}

pub struct Vertex {
    edges: RefCell<Vec<Rc<Vertex>>>,
}

pub fn graph() {
    let a = Rc::new(Vertex { edges: RefCell::new(Vec::new()) });
    let b = Rc::new(Vertex { edges: RefCell::new(Vec::new()) });
    a.edges.borrow_mut().push(b.clone());
    b.edges.borrow_mut().push(a.clone()); //~ rc-cycle
}

pub struct Channel {
    other: Mutex<Option<Arc<Channel>>>,
}

pub fn pair() {
    let a = Arc::new(Channel { other: Mutex::new(None) });
    let b = Arc::new(Channel { other: Mutex::new(Some(Arc::clone(&a))) });
    *a.other.lock().unwrap() = Some(b); //~ rc-cycle
}

pub struct Me {
    me: OnceCell<Rc<Me>>,
    count: Cell<u32>,
}

pub fn oneself() -> u32 {
    let m = Rc::new(Me { me: OnceCell::new(), count: Cell::new(1) });
    let _ = m.me.set(m.clone()); //~ rc-cycle
    m.count.get()
}
