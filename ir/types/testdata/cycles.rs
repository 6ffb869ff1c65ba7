// Each module is one case. A comment behind a field (two slashes, a tilde, the
// fields of a cycle in order) says that this cycle
// is found, and that this field is best made a Weak.
#![allow(dead_code)]

pub mod cell_list {
    use std::{cell::RefCell, rc::Rc};
    pub struct Node {
        pub value: u32,
        pub next: RefCell<Option<Rc<Node>>>, //~ Node.next
    }
}
pub mod immutable_list {
    use std::rc::Rc;
    pub struct Node {
        pub value: u32,
        pub next: Option<Rc<Node>>,
    }
}
pub mod cell_beside {
    use std::{cell::Cell, rc::Rc};
    pub struct Node {
        pub visits: Cell<u32>,
        pub next: Option<Rc<Node>>,
    }
}
pub mod owned_tree {
    use std::cell::RefCell;
    pub struct Node {
        pub children: RefCell<Vec<Box<Node>>>,
    }
}
pub mod strong_parent {
    use std::{cell::RefCell, rc::Rc};
    pub struct Node {
        pub children: Vec<Rc<RefCell<Node>>>,
        pub parent: Option<Rc<RefCell<Node>>>, //~ Node.parent
    }
}
pub mod weak_parent {
    use std::cell::RefCell;
    use std::rc::{Rc, Weak};
    pub struct Node {
        pub children: RefCell<Vec<Rc<Node>>>,
        pub parent: RefCell<Weak<Node>>,
    }
}
pub mod two_types {
    use std::sync::{Arc, Mutex};
    pub struct Server {
        pub clients: Mutex<Vec<Arc<Client>>>,
    }
    pub struct Client {
        pub owner: Arc<Server>, //~ Server.clients Client.owner
    }
}
pub mod two_types_weak {
    use std::sync::{Arc, Mutex, Weak};
    pub struct Server {
        pub clients: Mutex<Vec<Arc<Client>>>,
    }
    pub struct Client {
        pub owner: Weak<Server>,
    }
}
pub mod doubly_linked {
    use std::{cell::RefCell, rc::Rc};
    pub struct Node {
        pub next: Option<Rc<RefCell<Node>>>,
        pub prev: Option<Rc<RefCell<Node>>>, //~ Node.prev
    }
}
pub mod self_handle {
    use std::cell::RefCell;
    use std::rc::{Rc, Weak};
    pub struct Node {
        pub self_: Weak<Node>,
        pub peers: RefCell<Vec<Rc<Node>>>, //~ Node.peers
    }
}
pub mod enum_nodes {
    use std::{cell::RefCell, rc::Rc};
    pub enum Expr {
        Leaf(u32),
        Add(Rc<RefCell<Expr>>, Rc<RefCell<Expr>>), //~ Expr.0
    }
}
pub mod generic_node {
    use std::{cell::RefCell, rc::Rc};
    pub type Link<T> = Option<Rc<RefCell<Node<T>>>>;
    pub struct Node<T> {
        pub value: T,
        pub next: Link<T>, //~ Node.next
    }
    pub struct User {
        pub n: Node<u8>,
    }
}
pub mod generic_wrapper {
    use std::{cell::RefCell, rc::Rc};
    pub struct Shared<T>(pub Rc<RefCell<T>>); //~ Node.next Shared.0
    pub struct Node {
        pub next: Option<Shared<Node>>,
    }
}
pub mod trait_objects {
    use std::{cell::RefCell, rc::Rc};
    pub trait Widget {}
    pub struct Window {
        pub widgets: RefCell<Vec<Rc<dyn Widget>>>,
    }
    pub struct Button {
        pub window: Rc<Window>, //~ Window.widgets Button.window
    }
    impl Widget for Button {}
}
pub mod boxed_listeners {
    use std::{cell::RefCell, rc::Rc};
    pub trait Listener {
        fn told(&self);
    }
    pub struct Subject {
        pub listeners: RefCell<Vec<Box<dyn Listener>>>,
    }
    pub struct Logger {
        pub subject: Rc<Subject>, //~ Subject.listeners Logger.subject
    }
    impl Listener for Logger {
        fn told(&self) {}
    }
}
pub mod closures {
    use std::{cell::RefCell, rc::Rc};
    pub struct Button {
        pub on_click: Rc<RefCell<Vec<Box<dyn Fn()>>>>,
    }
}
pub mod borrowed {
    use std::{cell::RefCell, marker::PhantomData, rc::Rc};
    pub struct Node<'a> {
        pub next: RefCell<Option<&'a Rc<Node<'a>>>>,
        pub mark: PhantomData<Rc<RefCell<Node<'a>>>>,
        pub raw: RefCell<*const Rc<Node<'a>>>,
    }
}
pub mod once {
    use std::sync::{Arc, OnceLock};
    pub struct Node {
        pub link: OnceLock<Arc<Node>>, //~ Node.link
    }
}
pub mod growing {
    use std::{cell::RefCell, rc::Rc};
    pub struct Grow<T> {
        pub next: Option<Rc<RefCell<Grow<Option<T>>>>>,
    }
}
pub mod maps {
    use std::collections::HashMap;
    use std::sync::{Arc, RwLock};
    pub struct Graph {
        pub nodes: HashMap<u32, Arc<Node>>,
    }
    pub struct Node {
        pub edges: RwLock<HashMap<u32, Arc<Node>>>, //~ Node.edges
    }
}
pub mod shared_leaf {
    use std::{cell::RefCell, rc::Rc};
    pub struct Leaf {
        pub value: RefCell<String>,
    }
    pub struct Tree {
        pub leaves: RefCell<Vec<Rc<Leaf>>>,
    }
}

fn main() {}
