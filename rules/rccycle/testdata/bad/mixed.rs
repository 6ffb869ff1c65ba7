use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex};
struct Node { next: RefCell<Option<Rc<Node>>> }
fn two() {
    let a = Rc::new(Node { next: RefCell::new(None) });
    let b = Rc::new(Node { next: RefCell::new(None) });
    *a.next.borrow_mut() = Some(Rc::clone(&b));
    *b.next.borrow_mut() = Some(a); //~ rc-cycle
}
struct Parent { kids: Mutex<Vec<Arc<Child>>> }
struct Child { parent: Mutex<Option<Arc<Parent>>> }
fn family() -> Arc<Parent> {
    let p = Arc::new(Parent { kids: Mutex::new(Vec::new()) });
    let c = Arc::new(Child { parent: Mutex::new(Some(p.clone())) });
    p.kids.lock().unwrap().push(c); //~ rc-cycle
    p
}
struct Tree { parent: Option<Rc<RefCell<Tree>>>, kids: Vec<Rc<RefCell<Tree>>> }
fn add(parent: &Rc<RefCell<Tree>>, kid: Rc<RefCell<Tree>>) {
    kid.borrow_mut().parent = Some(parent.clone());
    parent.borrow_mut().kids.push(kid); //~ rc-cycle
}
fn link(a: &Rc<Node>, b: &Rc<Node>) { a.next.replace(Some(b.clone())); }
fn via() {
    let a = Rc::new(Node { next: RefCell::new(None) });
    let b = Rc::new(Node { next: RefCell::new(None) });
    link(&a, &b);
    link(&b, &a); //~ rc-cycle
}
struct Button { on: RefCell<Option<Box<dyn Fn()>>>, n: u32 }
fn wire() {
    let b = Rc::new(Button { on: RefCell::new(None), n: 1 });
    let me = b.clone();
    *b.on.borrow_mut() = Some(Box::new(move || println!("{}", me.n))); //~ rc-cycle
}
fn selfloop() { let a = Rc::new(Node { next: RefCell::new(None) }); let c = a.clone(); a.next.replace(Some(c)); } //~ rc-cycle
struct Ring { next: std::cell::OnceCell<Rc<Ring>> }
fn ring() { let a = Rc::new(Ring { next: std::cell::OnceCell::new() }); let _ = a.next.set(a.clone()); } //~ rc-cycle
trait Shape { fn area(&self) -> f32; }
struct Scene { shapes: RefCell<Vec<Box<dyn Shape>>> }
struct Group { scene: Rc<Scene> }
impl Shape for Group { fn area(&self) -> f32 { self.scene.shapes.borrow().len() as f32 } }
fn scene() {
    let s = Rc::new(Scene { shapes: RefCell::new(Vec::new()) });
    let g = Group { scene: Rc::clone(&s) };
    s.shapes.borrow_mut().push(Box::new(g)); //~ rc-cycle
}
fn main() { two(); family(); let p = Rc::new(RefCell::new(Tree { parent: None, kids: vec![] })); let k = Rc::new(RefCell::new(Tree { parent: None, kids: vec![] })); add(&p, k); via(); wire(); selfloop(); ring(); scene(); let _w: Weak<u8> = Weak::new(); }
