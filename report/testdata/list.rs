use std::cell::RefCell;
use std::rc::Rc;

pub struct Node {
	next: RefCell<Option<Rc<Node>>>, // 漢字 and a tab
}

pub fn close(a: &Rc<Node>, b: &Rc<Node>) {
	*a.next.borrow_mut() = Some(Rc::clone(b));
	let _größe = "漢字"; *b.next.borrow_mut() = Some(Rc::clone(a));



	drop(
		(a, b),
	);
}
