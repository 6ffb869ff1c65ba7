use std::cell::RefCell;
use std::rc::{Rc, Weak};
struct Node { next: RefCell<Option<Rc<Node>>> }
fn list(n: usize) -> Rc<Node> {
    let mut head = Rc::new(Node { next: RefCell::new(None) });
    for _ in 0..n {
        let x = Rc::new(Node { next: RefCell::new(None) });
        *x.next.borrow_mut() = Some(head);
        head = x;
    }
    head
}
fn append(n: usize) -> Rc<Node> {
    let head = Rc::new(Node { next: RefCell::new(None) });
    let mut tail = head.clone();
    for _ in 0..n {
        let x = Rc::new(Node { next: RefCell::new(None) });
        *tail.next.borrow_mut() = Some(x.clone());
        tail = x;
    }
    head
}
fn broken() {
    let a = Rc::new(Node { next: RefCell::new(None) });
    let b = Rc::new(Node { next: RefCell::new(None) });
    *a.next.borrow_mut() = Some(b.clone());
    *b.next.borrow_mut() = Some(a.clone());
    a.next.take();
}
struct Tree { parent: RefCell<Weak<Tree>>, kids: RefCell<Vec<Rc<Tree>>> }
fn add(parent: &Rc<Tree>, kid: Rc<Tree>) {
    *kid.parent.borrow_mut() = Rc::downgrade(parent);
    parent.kids.borrow_mut().push(kid);
}
fn counters() -> usize { let c = Rc::new(RefCell::new(0)); let d = c.clone(); *d.borrow_mut() += 1; let x = *c.borrow(); x }
struct Holder { n: Rc<Node> }
fn hold(n: &Rc<Node>) -> Holder { Holder { n: Rc::clone(n) } }
fn main() { list(3); append(3); broken(); let t = Rc::new(Tree { parent: RefCell::new(Weak::new()), kids: RefCell::new(vec![]) }); let k = Rc::new(Tree { parent: RefCell::new(Weak::new()), kids: RefCell::new(vec![]) }); add(&t, k); counters(); let n = list(1); let h = hold(&n); let _ = h.n; }
